//! Where a user wanted to go before they had to log in.

use axum::{extract::Query, http::Uri};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use crate::{accounts::repeat, id::Id};

/// A path on this site and nothing else: a link to our log-in page must not end on somebody else's site.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReturnTo(String);

/// A cookie has 4096 bytes. A longer address is forgotten, and they come to the start.
const LONGEST: usize = 1024;
/// Who comes later begins at the start: it may be another user of the same browser.
const KEPT_FOR: Duration = Duration::minutes(15);

/// What a link to the log-in, or to sudo, may say: `?return_to=/rooms/7`.
#[derive(Deserialize)]
pub struct Wanted {
    return_to: Option<String>,
}

impl Wanted {
    /// The page, if it is one of ours.
    pub fn page(&self) -> Option<ReturnTo> {
        ReturnTo::parse(self.return_to.as_deref()?)
    }
}

/// The page that a link to the log-in names, if it is one of ours.
pub fn of_link(link: &Uri) -> Option<ReturnTo> {
    let Query(wanted) = Query::<Wanted>::try_from_uri(link).ok()?;
    wanted.page()
}

impl ReturnTo {
    pub fn parse(path: &str) -> Option<Self> {
        // Browsers take `\` for `/`, and `//host` for another site; some servers decode %2f and %5c first.
        let plain = path
            .replace("%2f", "/")
            .replace("%2F", "/")
            .replace("%5c", "\\")
            .replace("%5C", "\\");
        let is_path =
            plain.starts_with('/') && !plain.starts_with("//") && !plain.starts_with("/.");
        let is_clean = plain
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        (is_path && is_clean && path.len() <= LONGEST).then(|| Self(path.to_owned()))
    }

    /// What the cookie holds: whose way back it is, if that is known, and since when.
    pub fn for_cookie(&self, user_id: Option<Id>, now: OffsetDateTime) -> String {
        let user = user_id.map(|id| id.to_string()).unwrap_or_default();
        format!("{user}:{}:{}", now.unix_timestamp(), self.0)
    }

    /// What the cookie holds when the user has got there: for [`repeat::WITHIN`] the same form leads them to the same page again,
    /// unless it is older already.
    pub fn for_repeat(&self, user_id: Id, since: OffsetDateTime, now: OffsetDateTime) -> String {
        let shorter = now - (KEPT_FOR - repeat::WITHIN);
        self.for_cookie(Some(user_id), since.min(shorter))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A page that a cookie holds.
pub struct Kept {
    pub path: ReturnTo,
    pub since: OffsetDateTime,
}

impl Kept {
    /// Reads it for this user. None: it is another user's, or too old, or no path.
    pub fn of_cookie(kept: &str, user_id: Id, now: OffsetDateTime) -> Option<Self> {
        let (user, rest) = kept.split_once(':')?;
        let (since, path) = rest.split_once(':')?;
        let since = OffsetDateTime::from_unix_timestamp(since.parse().ok()?).ok()?;
        let is_theirs = user.is_empty() || user == user_id.to_string();
        let is_new = (Duration::ZERO..KEPT_FOR).contains(&(now - since));
        let path = ReturnTo::parse(path).filter(|_| is_theirs && is_new)?;
        Some(Self { path, since })
    }
}
