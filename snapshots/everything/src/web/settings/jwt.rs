//! The apps in which somebody is logged in, and how to end it.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    accounts::{
        client::{self, Client},
        hooks,
        jwt::{
            families::{self, Family},
            log_in,
        },
        visit::Visit,
    },
    app::App,
    id::Id,
    texts,
    web::{
        cookies::Cookies,
        current_user::RecentUser,
        error::Error,
        notice::Notice,
        page::{self, Page},
        path::Path,
        routes::{Route, Who, get, post},
    },
};

/// The rows of this page, for the table of what browsers may ask.
pub fn pages() -> [Route; 2] {
    [
        get("/users/settings/apps", Who::User, index),
        post("/users/settings/apps/{id}/end", Who::RecentUser, end),
    ]
}

#[derive(Template)]
#[template(path = "settings/jwt.html")]
struct Index {
    page: Page,
    apps: Vec<Row>,
}

struct Row {
    id: Id,
    device: String,
    address: String,
    place: Option<String>,
    last_active: String,
    since: String,
    scopes: Vec<&'static str>,
}

impl Row {
    fn new(family: Family) -> Result<Self, time::error::Format> {
        Ok(Self {
            id: family.id,
            device: client::device(&family.agent),
            place: hooks::place(&family.address),
            address: family.address,
            last_active: texts::time(family.last_active_at)?,
            since: texts::time(family.inserted_at)?,
            scopes: family.scopes.names(),
        })
    }
}

pub async fn index(State(app): State<App>, page: Page, visit: Visit) -> Result<Response, Error> {
    let families = families::list(&app.db, visit.user.id, app.now()).await?;
    let apps = families.into_iter().map(Row::new);
    let apps = apps.collect::<Result<_, _>>()?;
    page::show(Index { page, apps })
}

pub async fn end(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    user: RecentUser,
    Path(id): Path<Id>,
) -> Result<Response, Error> {
    let mut held = user.hold().await?;
    log_in::out_of(&app, &mut held, id, &client).await?;
    held.commit().await?;
    let page = Redirect::to("/users/settings/apps");
    Ok((cookies.notify(Notice::JwtEnded), page).into_response())
}
