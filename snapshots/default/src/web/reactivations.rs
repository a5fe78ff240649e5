//! Keeping an account whose deletion is scheduled. Whoever logs in to one comes here first.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    cookies::Cookies,
    error::Error,
    notice::Notice,
    page::{self, Page},
    sessions,
    visitor::Visitor,
};
use crate::{
    accounts::{client::Client, deletion, log_in::Entry, visit::Visit},
    app::App,
    texts,
};

#[derive(Template)]
#[template(path = "reactivations/new.html")]
struct New {
    page: Page,
    email: String,
    day: String,
}

pub async fn new(page: Page, visitor: Visitor) -> Result<Response, Error> {
    let user = visitor.pending.map(|pending| pending.user);
    let Some((day, email)) = user.and_then(|user| Some((user.deletion_at?, user.email))) else {
        return Ok(Redirect::to("/users/log-in").into_response());
    };
    page::show(New {
        page,
        email: email.to_string(),
        day: texts::day(day)?,
    })
}

pub async fn create(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    visitor: Visitor,
) -> Result<Response, Error> {
    let entry = match &visitor.pending {
        Some(pending) => reactivate(&app, pending, &client).await?,
        None => None,
    };
    match entry {
        Some(entry) => {
            sessions::enter(&client, cookies, &visitor, &entry, Notice::Reactivated).await
        }
        None => Ok(Redirect::to("/users/log-in").into_response()),
    }
}

async fn reactivate(app: &App, pending: &Visit, client: &Client) -> anyhow::Result<Option<Entry>> {
    let Some(mut held) = pending.hold(app).await? else {
        return Ok(None);
    };
    let entry = deletion::reactivate(app, &mut held, client).await?;
    held.commit().await?;
    Ok(entry)
}
