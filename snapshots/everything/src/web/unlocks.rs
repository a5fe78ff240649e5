//! Ending a lockout with the link from a letter.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    cookies::Cookies,
    error::Error,
    link,
    notice::Notice,
    page::{self, Page},
    path::Path,
};
use crate::{
    accounts::{client::Client, lockout, token::Purpose},
    app::App,
};

#[derive(Template)]
#[template(path = "unlocks/show.html")]
struct Show {
    page: Page,
    email: String,
}

const PURPOSE: Purpose = Purpose::Unlock;

/// The page of the link. It only shows a button, because mail scanners open links.
pub async fn show(
    State(app): State<App>,
    client: Client,
    page: Page,
    Path(link): Path<String>,
) -> Result<Response, Error> {
    match link::find(&app, PURPOSE, &link).await? {
        Some((_, addressee)) => page::show(Show {
            page,
            email: addressee.email().to_string(),
        }),
        None => link::gone(&app, &client, page, PURPOSE, &link).await,
    }
}

pub async fn update(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    page: Page,
    Path(link): Path<String>,
) -> Result<Response, Error> {
    let is_done = match link::find(&app, PURPOSE, &link).await? {
        Some((secret, _)) => lockout::unlock(&app, &secret, &client).await?,
        None => false,
    };
    if !is_done && !link::was_just_used(&app, &client, PURPOSE, &link).await? {
        return link::gone(&app, &client, page, PURPOSE, &link).await;
    }
    let cookies = cookies.notify(Notice::Unlocked);
    Ok((cookies, Redirect::to("/users/log-in")).into_response())
}
