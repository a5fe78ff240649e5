//! Links from letters: what one is good for.

use super::error::Error;
use crate::{
    accounts::{
        secret::Secret,
        token::{self, Purpose, Token},
    },
    app::App,
};

/// The secret in a link's address, and what it allows. None: it is spent, too old, made up, or for something else.
///
/// Looking spends nothing: mail scanners open every link, so each leads to a page with a button.
pub async fn find(
    app: &App,
    purpose: Purpose,
    text: &str,
) -> Result<Option<(Secret, Token)>, Error> {
    let Some(secret) = Secret::parse(text) else {
        return Ok(None);
    };
    let token = token::look(&app.db, purpose, &secret, app.now()).await?;
    Ok(token.map(|token| (secret, token)))
}
