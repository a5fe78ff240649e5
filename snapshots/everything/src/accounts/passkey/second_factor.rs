//! A passkey or a security key as the second factor of a log-in.

use super::{
    Refused,
    authentication::{Answer, Signed, verify},
    challenge::{Asker, Purpose},
    counter::accept,
};
use crate::{
    accounts::{
        client::Client,
        log_in::{Entry, again},
        repeat::Act,
        second_factor::step::{self, Trust},
        session::attempts::{self, Shown},
        visit::Visit,
    },
    app::App,
};

/// Takes the step of a pending session. A browser that sends the same answer twice gets the same session.
pub async fn advance(
    app: &App,
    pending: &Visit,
    answer: &Answer<'_>,
    trust: Trust,
    client: &Client,
) -> anyhow::Result<Result<Entry, Refused>> {
    let session = pending.session.id.to_string();
    let act = Act::new(client, "passkey", &[&session, &answer.challenge.reveal()]);
    if let Some(entry) = again::entry(app, act.as_ref(), client).await? {
        return Ok(Ok(entry));
    }
    let signed = match verify_counted(app, pending, answer, client).await? {
        Ok(signed) => signed,
        // The first of two that are the same has answered the challenge, and may have gone on with the session.
        Err(refused @ (Refused::Expired | Refused::SessionEnded)) => {
            let again = again::entry(app, act.as_ref(), client).await?;
            return Ok(again.ok_or(refused));
        }
        Err(refused) => return Ok(Err(refused)),
    };
    let Some(mut held) = pending.hold(app).await? else {
        return Ok(Err(Refused::SessionEnded));
    };
    if !held.has_newest_secret() {
        return Ok(Err(Refused::SessionEnded));
    }
    let entry = match accept(app, &mut held, &signed, client).await? {
        Ok(()) => {
            let proof = signed.proof();
            let entry = step::take(app, &mut held, proof, trust, client, act.as_ref()).await?;
            entry.ok_or(Refused::NotAllowed)
        }
        Err(refused) => Err(refused),
    };
    held.commit().await?;
    Ok(entry)
}

/// Verifies what was signed. What is wrong counts like a wrong code, and the last attempt ends the session.
async fn verify_counted(
    app: &App,
    pending: &Visit,
    answer: &Answer<'_>,
    client: &Client,
) -> anyhow::Result<Result<Signed, Refused>> {
    let asker = Asker::Session(pending);
    let verify = verify(app, Purpose::SecondFactor, asker, answer, client);
    let counted = attempts::counted(app, pending, verify, |signed| match signed {
        Err(Refused::Invalid) => Shown::Wrong,
        _ => Shown::NotWrong,
    });
    match counted.await? {
        Ok(signed) => Ok(signed),
        Err(over) => {
            step::end_if_spent(app, pending, over, client).await?;
            Ok(Err(Refused::SessionEnded))
        }
    }
}
