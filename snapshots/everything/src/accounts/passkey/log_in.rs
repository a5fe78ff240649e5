//! Logging in with a passkey.

use super::{
    Refused,
    authentication::{Answer, verify},
    challenge::{Asker, Purpose},
    counter::accept,
};
use crate::{
    accounts::{
        client::Client,
        held::Held,
        log_in::{self, Entry},
        repeat::Act,
        secret::Secret,
        session,
    },
    app::App,
};

/// Logs in with a passkey, by itself. Lockouts do not count: a signature cannot be guessed.
pub async fn log_in(
    app: &App,
    browser: &Secret,
    answer: &Answer<'_>,
    kind: session::Kind,
    client: &Client,
) -> anyhow::Result<Result<Entry, Refused>> {
    let act = Act::new(client, "passkey", &[&answer.challenge.reveal()]);
    let asker = Asker::Browser(browser);
    let signed = match verify(app, Purpose::LogIn, asker, answer, client).await? {
        Ok(signed) => signed,
        // Sent twice: the second response is the one that browsers keep.
        Err(Refused::Expired) => {
            let again = log_in::again::entry(app, act.as_ref(), client).await?;
            return Ok(again.ok_or(Refused::Expired));
        }
        Err(refused) => return Ok(Err(refused)),
    };
    let Some(mut held) = Held::begin(app, signed.passkey().user_id).await? else {
        return Ok(Err(Refused::NotAllowed));
    };
    let entry = match accept(app, &mut held, &signed, client).await? {
        Ok(()) => {
            let (proof, act) = (signed.proof(), act.as_ref());
            let entry = log_in::admit(app, &mut held, proof, kind, client, act).await?;
            entry.ok_or(Refused::NotAllowed)
        }
        Err(refused) => Err(refused),
    };
    held.commit().await?;
    Ok(entry)
}
