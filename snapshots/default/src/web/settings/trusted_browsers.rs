//! The browsers that are not asked for the second factor.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    accounts::{
        client::{self, Client},
        hooks,
        trusted_browser::{self, TrustedBrowser},
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
    },
};

#[derive(Template)]
#[template(path = "settings/trusted_browsers.html")]
struct TrustedBrowsersPage {
    page: Page,
    browsers: Vec<Row>,
}

struct Row {
    id: Id,
    device: String,
    address: String,
    place: Option<String>,
    last_used: String,
    expires: String,
}

impl Row {
    fn new(browser: TrustedBrowser) -> Result<Self, time::error::Format> {
        Ok(Self {
            id: browser.id,
            device: client::device(&browser.agent),
            place: hooks::place(&browser.address),
            address: browser.address,
            last_used: texts::time(browser.last_used_at)?,
            expires: texts::day(browser.expires_at)?,
        })
    }
}

pub async fn index(State(app): State<App>, page: Page, visit: Visit) -> Result<Response, Error> {
    let browsers = trusted_browser::list(&app.db, visit.user.id, app.now()).await?;
    let rows = browsers.into_iter().map(Row::new);
    page::show(TrustedBrowsersPage {
        page,
        browsers: rows.collect::<Result<_, _>>()?,
    })
}

pub async fn end(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    user: RecentUser,
    Path(id): Path<Id>,
) -> Result<Response, Error> {
    let mut held = user.hold().await?;
    trusted_browser::end(&app, &mut held, id, &client).await?;
    held.commit().await?;
    let cookies = cookies.notify(Notice::TrustEnded);
    Ok((cookies, Redirect::to("/users/settings/trusted-browsers")).into_response())
}
