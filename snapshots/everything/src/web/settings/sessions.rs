//! Everywhere somebody is logged in, and how to end it.

use askama::Template;
use axum::{
    extract::State,
    response::{Html, IntoResponse, Redirect, Response},
};

use crate::{
    accounts::{
        audit::{self, Event},
        client::{self, Client},
        hooks, log_out,
        session::{self, Session},
        visit::Visit,
    },
    app::App,
    id::Id,
    texts,
    web::{
        cookies::Cookies, current_user::RecentUser, error::Error, notice::Notice, page::Page,
        path::Path, routes::farewells,
    },
};

/// So many of the last things that happened are shown.
const SHOWN: i64 = 20;

#[derive(Template)]
#[template(path = "settings/sessions.html")]
struct Index {
    page: Page,
    sessions: Vec<Row>,
    activity: Vec<Happened>,
}

struct Row {
    id: Id,
    is_this: bool,
    is_remembered: bool,
    device: String,
    address: String,
    place: Option<String>,
    last_active: String,
    since: String,
}

/// A line of what has happened lately.
struct Happened {
    what: &'static str,
    failed: bool,
    device: String,
    address: String,
    at: String,
}

impl Happened {
    fn new(event: &Event) -> Result<Self, time::error::Format> {
        Ok(Self {
            what: texts::activity(&event.action),
            failed: event.outcome != "success",
            device: client::device(&event.agent),
            address: event.address.clone(),
            at: texts::time(event.inserted_at)?,
        })
    }
}

impl Row {
    fn new(session: Session, this: &Session) -> Result<Self, time::error::Format> {
        Ok(Self {
            id: session.id,
            is_this: session.id == this.id,
            is_remembered: session.remembered,
            device: client::device(&session.agent),
            place: hooks::place(&session.address),
            address: session.address,
            last_active: texts::time(session.last_active_at)?,
            since: texts::time(session.inserted_at)?,
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
    let events = audit::latest(&app.db, visit.user.id, SHOWN).await?;
    let activity = events.iter().map(Happened::new);
    let activity = activity.collect::<Result<Vec<_>, _>>()?;
    let page = Index {
        page,
        sessions,
        activity,
    };
    Ok(Html(page.render()?))
}

pub async fn end(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    user: RecentUser,
    Path(id): Path<Id>,
) -> Result<Response, Error> {
    let mut held = user.hold().await?;
    log_out::of(&app, &mut held, id, &client).await?;
    held.commit().await?;
    Ok(back(cookies, Notice::SessionEnded))
}

pub async fn end_others(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    user: RecentUser,
) -> Result<Response, Error> {
    let mut held = user.hold().await?;
    log_out::elsewhere(&app, &mut held, &client).await?;
    held.commit().await?;
    Ok(back(cookies, Notice::OthersEnded))
}

pub async fn end_all(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    user: RecentUser,
) -> Result<Response, Error> {
    let mut held = user.hold().await?;
    log_out::everywhere(&app, &mut held, &client).await?;
    farewells::remember(&app, &mut held, &client, farewells::END_ALL).await?;
    held.commit().await?;
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
