//! Joining by way of a program: the same steps as in a browser, but nobody is logged in by them.

use crate::{
    accounts::{client::Client, confirmation, secret::Secret},
    app::App,
};

/// Confirms an address by the code, for the program that registered it. Whether the code was right.
pub async fn confirm(
    app: &App,
    program: &Secret,
    code: &str,
    client: &Client,
) -> anyhow::Result<bool> {
    let Some(held) = confirmation::by_code(app, program, code, client).await? else {
        return Ok(false);
    };
    held.commit().await?;
    Ok(true)
}
