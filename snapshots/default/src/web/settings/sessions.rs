//! Everywhere somebody is logged in, and how to end it.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{Html, IntoResponse, Redirect, Response},
};
use time::{OffsetDateTime, macros::format_description};
use uuid::Uuid;

use crate::{
    accounts::{
        client::{self, Client},
        log_out,
        session::{self, Session},
        visit::Visit,
    },
    app::App,
    web::{cookies::Cookies, current_user::RecentUser, error::Error, notice::Notice, page::Page},
};

#[derive(Template)]
#[template(path = "settings/sessions.html")]
struct Index {
    page: Page,
    sessions: Vec<Row>,
}

struct Row {
    id: Uuid,
    is_this: bool,
    is_remembered: bool,
    device: String,
    address: String,
    last_active: String,
    since: String,
}

impl Row {
    fn new(session: Session, this: &Session) -> Result<Self, time::error::Format> {
        Ok(Self {
            id: session.id,
            is_this: session.id == this.id,
            is_remembered: session.remembered,
            device: client::device(&session.agent),
            address: session.address,
            last_active: written(session.last_active_at)?,
            since: written(session.inserted_at)?,
        })
    }
}

pub async fn index(
    State(app): State<App>,
    page: Page,
    visit: Visit,
) -> Result<Html<String>, Error> {
    let sessions = session::list(&app.db, visit.user.id, app.now()).await?;
    let rows = sessions
        .into_iter()
        .map(|session| Row::new(session, &visit.session));
    let mut sessions = rows.collect::<Result<Vec<_>, _>>()?;
    sessions.sort_by_key(|row| !row.is_this);
    Ok(Html(Index { page, sessions }.render()?))
}

pub async fn end(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    user: RecentUser,
    Path(id): Path<Uuid>,
) -> Result<Response, Error> {
    log_out::of(&app, user.id, id, &client).await?;
    Ok(back(cookies, Notice::SessionEnded))
}

pub async fn end_others(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    visit: Visit,
) -> Result<Response, Error> {
    log_out::elsewhere(&app, &visit.session, &client).await?;
    Ok(back(cookies, Notice::OthersEnded))
}

pub async fn end_all(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    user: RecentUser,
) -> Result<Response, Error> {
    log_out::everywhere(&app, user.id, &client).await?;
    let cookies = cookies.logged_out().notify(Notice::LoggedOut);
    Ok((cookies, Redirect::to("/users/log-in")).into_response())
}

fn back(cookies: Cookies, notice: Notice) -> Response {
    (
        cookies.notify(notice),
        Redirect::to("/users/settings/sessions"),
    )
        .into_response()
}

fn written(at: OffsetDateTime) -> Result<String, time::error::Format> {
    at.format(format_description!(
        "[day padding:none] [month repr:long] [year], [hour]:[minute] UTC"
    ))
}
