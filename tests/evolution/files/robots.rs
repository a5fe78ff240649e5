//! `/robots.txt`: what search engines may keep.

use axum::extract::State;

use crate::app::App;

/// Nobody finds the pages of an account by searching, and yours only where the settings allow it.
pub async fn show(State(app): State<App>) -> &'static str {
    match app.config.robots {
        true => "User-agent: *\nDisallow: /users/\n",
        false => "User-agent: *\nDisallow: /\n",
    }
}
