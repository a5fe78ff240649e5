//! Your own pages. To let only people in who are logged in, a handler takes their name:
//!
//! ```ignore
//! async fn dashboard(user: CurrentUser) -> String {
//!     format!("Hello {}", user.email)
//! }
//! ```
//!
//! and `routes` gets the line `.route("/dashboard", get(dashboard))`. A stranger is sent to log in, and then back.
//! Errors, uploads and tables of your own: `docs/accounts/your-pages.md`.
//! `Option<CurrentUser>` lets everybody in; `RecentUser` asks for the password again when the last time is over 15 minutes ago.

use askama::Template;
use axum::{Router, response::Html, routing::get};

use crate::{
    app::App,
    web::{current_user::CurrentUser, error::Error, page::Page},
};

pub fn routes() -> Router<App> {
    Router::new().route("/", get(home))
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    page: Page,
    user: Option<CurrentUser>,
}

async fn home(page: Page, user: Option<CurrentUser>) -> Result<Html<String>, Error> {
    Ok(Html(Home { page, user }.render()?))
}
