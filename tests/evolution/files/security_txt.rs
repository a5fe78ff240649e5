//! `/.well-known/security.txt`: whom to tell about a hole.

use axum::{Router, extract::State, routing::get};

use crate::app::App;

pub fn router() -> Router<App> {
    Router::new().route("/.well-known/security.txt", get(show))
}

async fn show(State(app): State<App>) -> String {
    format!("Contact: mailto:{}\n", app.config.mail_from.email)
}
