//! Forms that end the session they are sent with: a second click comes with a session that has
//! ended, and is answered like the first.

use axum::{
    extract::FromRequestParts,
    http::{Method, request::Parts},
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    accounts::{
        client::Client,
        held::Held,
        repeat::{self, Act},
    },
    app::App,
    web::{cookies::Cookies, error::Error, notice::Notice, visitor::Visitor},
};

pub const DELETE: &str = "/users/settings/delete";
pub const END_ALL: &str = "/users/settings/sessions/end-all";

/// The forms, and what is said afterwards.
const FORMS: [(&str, Notice); 2] = [
    (DELETE, Notice::DeletionScheduled),
    (END_ALL, Notice::LoggedOut),
];

/// Remembers that this form was sent with the session that it has just ended.
pub async fn remember(
    app: &App,
    held: &mut Held,
    client: &Client,
    form: &str,
) -> anyhow::Result<()> {
    let act = act(client, form);
    repeat::remember(held, act.as_ref(), None, app.now()).await
}

/// Answers a second click. None: it is none.
pub async fn again(visitor: &Visitor, parts: &mut Parts) -> Result<Option<Response>, Error> {
    let path = parts.uri.path();
    let form = FORMS.into_iter().find(|(form, _)| *form == path);
    let is_sent = parts.method == Method::POST && visitor.visit.is_none();
    let Some((form, notice)) = form.filter(|_| is_sent) else {
        return Ok(None);
    };
    let app = &visitor.app;
    let Ok(client) = Client::from_request_parts(parts, app).await;
    let mut connection = app.db.acquire().await?;
    let act = act(&client, form);
    let found = repeat::find(&mut connection, act.as_ref(), app.now()).await?;
    let cookies = Cookies::read(&parts.headers, &app.config);
    let answer = || (cookies.notify(notice), Redirect::to("/users/log-in")).into_response();
    Ok(found.map(|_| answer()))
}

fn act(client: &Client, form: &str) -> Option<Act> {
    let session = client.session.as_ref()?;
    Act::new(client, "leave", &[form, &session.reveal()])
}
