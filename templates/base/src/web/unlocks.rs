//! Ending a lockout with the link from a letter.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};

use super::{
    cookies::Cookies,
    error::Error,
    link,
    notice::Notice,
    page::{self, Page},
};
use crate::{
    accounts::{client::Client, lockout, token::Purpose},
    app::App,
    texts,
};

#[derive(Template)]
#[template(path = "unlocks/show.html")]
struct Show {
    page: Page,
    email: String,
}

/// The page of the link. It only shows a button, because mail scanners open links.
pub async fn show(
    State(app): State<App>,
    page: Page,
    Path(link): Path<String>,
) -> Result<Response, Error> {
    match link::find(&app, Purpose::Unlock, &link).await? {
        Some((_, addressee)) => page::show(Show {
            page,
            email: addressee.email().to_string(),
        }),
        None => expired(page),
    }
}

pub async fn update(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    page: Page,
    Path(link): Path<String>,
) -> Result<Response, Error> {
    let unlocked = match link::find(&app, Purpose::Unlock, &link).await? {
        Some((secret, _)) => lockout::unlock(&app, &secret, &client).await?,
        None => false,
    };
    match unlocked {
        true => {
            let cookies = cookies.notify(Notice::Unlocked);
            Ok((cookies, Redirect::to("/users/log-in")).into_response())
        }
        false => expired(page),
    }
}

fn expired(page: Page) -> Result<Response, Error> {
    page::link_expired(page, "/users/log-in", texts::layout::LOG_IN)
}
