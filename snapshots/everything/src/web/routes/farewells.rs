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
    web::{
        cookies::Cookies,
        error::{Error, SessionEnded},
        notice::Notice,
        visitor::Visitor,
    },
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

/// One of the forms, as it was sent.
pub struct Farewell {
    app: App,
    act: Option<Act>,
    cookies: Cookies,
    notice: Notice,
}

impl Farewell {
    pub async fn of(visitor: &Visitor, parts: &mut Parts) -> Option<Self> {
        let path = parts.uri.path();
        let form = FORMS.into_iter().find(|(form, _)| *form == path);
        let (form, notice) = form.filter(|_| parts.method == Method::POST)?;
        let app = &visitor.app;
        let Ok(client) = Client::from_request_parts(parts, app).await;
        Some(Self {
            app: app.clone(),
            act: act(&client, form),
            cookies: Cookies::read(&parts.headers, &app.config),
            notice,
        })
    }

    /// Answers a second click. None: it is none.
    pub async fn again(&self) -> Result<Option<Response>, Error> {
        let mut connection = self.app.db.acquire().await?;
        let found = repeat::find(&self.app, &mut connection, self.act.as_ref()).await?;
        let cookies = self.cookies.clone().notify(self.notice);
        let answer = || (cookies, Redirect::to("/users/log-in")).into_response();
        Ok(found.map(|_| answer()))
    }

    /// The same for one whose session the first click has ended while it waited.
    pub async fn or_again(&self, response: Response) -> Result<Response, Error> {
        if response.extensions().get::<SessionEnded>().is_none() {
            return Ok(response);
        }
        Ok(self.again().await?.unwrap_or(response))
    }
}

fn act(client: &Client, form: &str) -> Option<Act> {
    let session = client.session.as_ref()?;
    Act::new(client, "leave", &[form, &session.reveal()])
}
