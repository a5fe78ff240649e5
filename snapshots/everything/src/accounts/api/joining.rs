//! Joining by way of a program: the same steps as in a browser, but nobody is logged in by them.

use crate::{
    accounts::{client::Client, confirmation, secret::Secret},
    app::App,
    db,
};

/// Confirms an address by the code, for the program that registered it. Whether the code was right.
pub async fn confirm(
    app: &App,
    program: &Secret,
    code: &str,
    client: &Client,
) -> anyhow::Result<bool> {
    let mut tx = db::begin(&app.db).await?;
    let user = confirmation::by_code(app, &mut tx, program, code, client).await?;
    tx.commit().await?;
    Ok(user.is_some())
}
