//! Passwords that were stolen elsewhere: they are on lists that are tried first, however good they look.
//!
//! Have I Been Pwned has such a list. It learns nothing about a password: the first five of the forty characters of its SHA-1 are
//! all that leaves this machine, and the answer is the hundreds of hashes that begin with them.

use std::time::Duration;

use anyhow::{Context, ensure};
use sha1::{Digest, Sha1};
use url::Url;

use super::Password;
use crate::{
    accounts::{
        audit::{self, Action, NewEvent, Outcome},
        client::Client,
    },
    app::App,
    config::Config,
    db, http,
};

/// Somebody is waiting for a page.
const LONGEST_WAIT: Duration = if cfg!(test) {
    Duration::from_millis(500)
} else {
    Duration::from_secs(5)
};

/// An answer has about a thousand lines of 40 bytes.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// Who is asked, if anybody is.
#[derive(Clone)]
pub struct Breaches(Option<(reqwest::Client, Url)>);

impl Breaches {
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        Ok(Self(match &config.pwned_passwords {
            Some(url) => Some((http::client(LONGEST_WAIT)?, url.clone())),
            None => None,
        }))
    }

    async fn have(&self, password: &Password) -> anyhow::Result<bool> {
        let Some((client, url)) = &self.0 else {
            return Ok(false);
        };
        let hash = sha1(password);
        let (start, rest) = hash.split_at(5);
        let answer = ask(client, below(url, start)?).await?;
        Ok(times(&answer, rest)? > 0)
    }
}

/// Whether this password was stolen elsewhere. When that cannot be found out, nobody is kept from registering by it: the answer
/// is no, and an audit row says so.
pub async fn is_breached(app: &App, password: &Password, client: &Client) -> anyhow::Result<bool> {
    let error = match app.breaches.have(password).await {
        Ok(found) => return Ok(found),
        Err(error) => error,
    };
    tracing::warn!("cannot ask whether a password was stolen: {error:#}");
    let mut tx = db::begin(&app.db).await?;
    let event = NewEvent::new(Action::PasswordCheckSkipped, client).outcome(Outcome::Failure);
    audit::record(app, &mut tx, event).await?;
    tx.commit().await?;
    Ok(false)
}

/// How often the list has a hash that ends with `rest`. With padding, hashes that nobody has ever had are among the others, 0
/// times.
fn times(answer: &str, rest: &str) -> anyhow::Result<u64> {
    ensure!(!answer.trim().is_empty(), "the answer is empty");
    let mut found = 0;
    for line in answer.lines() {
        let (hash, times) = line.split_once(':').context("this is not the list")?;
        let times: u64 = times.trim().parse().context("this is not the list")?;
        if hash.eq_ignore_ascii_case(rest) {
            found = times;
        }
    }
    Ok(found)
}

/// Asks with padding: else somebody who watches the line could tell from an answer's length what was asked.
async fn ask(client: &reqwest::Client, url: Url) -> anyhow::Result<String> {
    let request = client.get(url).header("add-padding", "true");
    // An error would put the address into the log, and five characters of a hash with it.
    let answer = request.send().await.map_err(reqwest::Error::without_url)?;
    let mut answer = answer
        .error_for_status()
        .map_err(reqwest::Error::without_url)?;
    let mut text = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        text.extend_from_slice(&part);
        ensure!(text.len() <= LONGEST_ANSWER, "the answer is too long");
    }
    Ok(String::from_utf8(text)?)
}

fn below(list: &Url, start: &str) -> anyhow::Result<Url> {
    let mut url = list.clone();
    let mut path = url
        .path_segments_mut()
        .map_err(|()| anyhow::anyhow!("PWNED_PASSWORDS has no path"))?;
    path.pop_if_empty().push(start);
    drop(path);
    Ok(url)
}

/// In hexadecimal, as the list has it.
fn sha1(password: &Password) -> String {
    let hash = Sha1::digest(password.text());
    hash.iter().map(|byte| format!("{byte:02X}")).collect()
}
