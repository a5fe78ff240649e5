//! Links from letters: what one is good for.

use super::error::Error;
use crate::{
    accounts::{
        emailed_link::{self, Addressee},
        secret::Secret,
        token::Purpose,
    },
    app::App,
};

/// The secret in a link's address, and whom it was sent to. None: it is spent, too old, made up, or for something else.
///
/// Looking spends nothing: mail scanners open every link, so each leads to a page with a button.
pub async fn find(
    app: &App,
    purpose: Purpose,
    text: &str,
) -> Result<Option<(Secret, Addressee)>, Error> {
    let Some(secret) = Secret::parse(text) else {
        return Ok(None);
    };
    let addressee = emailed_link::find(app, purpose, &secret).await?;
    Ok(addressee.map(|addressee| (secret, addressee)))
}
