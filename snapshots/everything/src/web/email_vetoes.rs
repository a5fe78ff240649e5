//! Objecting to a change of address, with the link from the letter to the old one.

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
    visitor::Visitor,
};
use crate::{
    accounts::{client::Client, email_change, token::Purpose},
    app::App,
};

#[derive(Template)]
#[template(path = "email_vetoes/show.html")]
struct Show {
    page: Page,
    email: String,
}

const PURPOSE: Purpose = Purpose::VetoEmail;

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
    visitor: Visitor,
    page: Page,
    Path(link): Path<String>,
) -> Result<Response, Error> {
    let found = link::find(&app, PURPOSE, &link).await?;
    let user_id = match &found {
        Some((secret, of)) if email_change::veto(&app, secret, &client).await? => of.user_id(),
        _ => None,
    };
    if user_id.is_some() {
        return Ok(restored(cookies.session_ended(&visitor, user_id)));
    }
    if link::was_just_used(&app, &client, PURPOSE, &link).await? {
        return Ok(restored(cookies));
    }
    link::gone(&app, &client, page, PURPOSE, &link).await
}

fn restored(cookies: Cookies) -> Response {
    let cookies = cookies.notify(Notice::EmailRestored);
    (cookies, Redirect::to("/users/log-in")).into_response()
}
