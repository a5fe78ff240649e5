//! The account as a whole: a copy of everything, and its end.

use axum::{
    Json,
    extract::State,
    http::{Method, header},
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    accounts::{client::Client, deletion, export},
    app::App,
    web::{
        cookies::Cookies, current_user::RecentUser, error::Error, notice::Notice, routes::farewells,
    },
};

/// Everything that is kept about them, as a file. HEAD asks only whether there is one, and leaves no row in the audit log.
pub async fn export(
    State(app): State<App>,
    method: Method,
    client: Client,
    user: RecentUser,
) -> Result<Response, Error> {
    let name = concat!("attachment; filename=\"", env!("CARGO_PKG_NAME"), ".json\"");
    let name = [(header::CONTENT_DISPOSITION, name)];
    if method == Method::HEAD {
        return Ok((name, Json(())).into_response());
    }
    app.limits.export.count(&user.id.to_string())?;
    let mut held = user.hold().await?;
    let export = export::of(&app, &mut held, &client).await?;
    held.commit().await?;
    Ok((name, Json(export)).into_response())
}

pub async fn delete(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    user: RecentUser,
) -> Result<Response, Error> {
    app.limits.deletion.count(&user.id.to_string())?;
    let mut held = user.hold().await?;
    deletion::schedule(&app, &mut held, &client).await?;
    farewells::remember(&app, &mut held, &client, farewells::DELETE).await?;
    held.commit().await?;
    let cookies = cookies.logged_out().notify(Notice::DeletionScheduled);
    Ok((cookies, Redirect::to("/users/log-in")).into_response())
}
