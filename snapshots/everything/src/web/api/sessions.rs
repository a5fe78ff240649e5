//! Where somebody is logged in with a browser.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    bearer::Bearer,
    moment,
    problem::{Always, ForBearer, Refused},
};
use crate::{
    accounts::{api::scope::SessionsRead, client, session},
    app::App,
};

/// The browsers in which somebody is logged in.
#[derive(Serialize, ToSchema)]
pub struct Sessions {
    data: Vec<Session>,
}

#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0197a2f4-7a51-7c3e-9d0b-2f6c1f1b7a11", "device": "Firefox on Linux", "address": "192.0.2.1",
    "last_active_at": "2027-03-01T12:30:00Z", "inserted_at": "2027-03-01T12:00:00Z"
}))]
pub struct Session {
    id: String,
    /// Browser and system, as far as we can tell.
    device: String,
    /// The IP address it was last used from.
    address: String,
    #[schema(format = DateTime)]
    last_active_at: String,
    #[schema(format = DateTime)]
    inserted_at: String,
}

impl Session {
    fn new(session: session::Session) -> anyhow::Result<Self> {
        Ok(Self {
            id: session.id.to_string(),
            device: client::device(&session.agent),
            last_active_at: moment(session.last_active_at)?,
            inserted_at: moment(session.inserted_at)?,
            address: session.address,
        })
    }
}

/// Where you are logged in
///
/// The browsers, the last active one first. They are ended in the settings, where a token is not enough.
#[utoipa::path(
    get,
    path = "/api/sessions",
    operation_id = "list_sessions",
    tag = "Account",
    security(("bearer" = ["sessions:read"])),
    responses((status = 200, description = "The browsers.", body = Sessions), Always, ForBearer)
)]
pub async fn index(
    State(app): State<App>,
    bearer: Bearer<SessionsRead>,
) -> Result<Json<Sessions>, Refused> {
    let sessions = session::list(&app.db, bearer.user.id, app.now()).await?;
    let data = sessions.into_iter().map(Session::new);
    let data = data.collect::<Result<_, _>>()?;
    Ok(Json(Sessions { data }))
}
