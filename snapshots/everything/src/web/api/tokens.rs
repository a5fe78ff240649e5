//! API tokens. A token may list and revoke tokens, but never make one: that takes a browser in which its owner has just shown
//! who they are. Otherwise whoever steals a token could keep themselves in for ever.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use time::Duration;
use utoipa::ToSchema;

use super::{
    bearer::Bearer,
    body::Body,
    moment,
    paging::{Asked, Page, Paging},
    problem::{Always, ForBearer, ForBody, ForId, ForLimits, Problem, Refused},
    scope_name::ScopeName,
};
use crate::{
    accounts::{
        api::{
            scope::{ApiTokensRead, ApiTokensWrite, Scopes},
            token::{self as api_token, ApiToken, New},
        },
        client::Client,
    },
    app::App,
    id::Id,
    texts::api_tokens as texts,
    web::{current_user::RecentUser, path::Path, settings::api_tokens::form::name},
};

/// A token, without the token itself: nobody has that any more.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0197a2f4-7a51-7c3e-9d0b-2f6c1f1b7a11", "name": "Backup", "last_four": "x7Qe",
    "scopes": ["profile:read"], "expires_at": null, "last_used_at": null, "inserted_at": "2027-03-01T12:00:00Z"
}))]
pub struct Token {
    id: String,
    name: String,
    last_four: String,
    #[schema(value_type = Vec<ScopeName>, inline)]
    scopes: Vec<&'static str>,
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
    #[schema(format = DateTime)]
    inserted_at: String,
}

impl Token {
    fn new(token: ApiToken) -> anyhow::Result<Self> {
        Ok(Self {
            id: token.id.to_string(),
            scopes: token.scopes.names(),
            expires_at: token.expires_at.map(moment).transpose()?,
            last_used_at: token.last_used_at.map(moment).transpose()?,
            inserted_at: moment(token.inserted_at)?,
            name: token.name,
            last_four: token.last_four,
        })
    }
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "token": "shop_live_0aB…x7Qe", "id": "0197a2f4-7a51-7c3e-9d0b-2f6c1f1b7a11", "name": "Backup", "last_four": "x7Qe",
    "scopes": ["profile:read"], "expires_at": null, "last_used_at": null, "inserted_at": "2027-03-01T12:00:00Z"
}))]
pub struct Made {
    /// The token itself. It is shown this once.
    token: String,
    #[serde(flatten)]
    about: Token,
}

/// What a token shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Backup", "scopes": ["profile:read"], "expires_in": 2_592_000 }))]
pub struct Create {
    /// Something that people can read: not only spaces, and no control characters.
    #[schema(
        max_length = 64,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    name: String,
    /// At least one.
    #[schema(value_type = Vec<ScopeName>, inline, min_items = 1)]
    scopes: Vec<String>,
    /// Seconds. Left out: until it is revoked.
    #[schema(minimum = 60, maximum = 315_360_000)]
    #[serde(default, deserialize_with = "whole")]
    expires_in: Option<u32>,
}

/// A whole number, also where it is written `60.0`: to JSON Schema that is an integer.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let number = Option::<f64>::deserialize(deserializer)?;
    let is_whole =
        |number: f64| number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    match number {
        Some(number) if !is_whole(number) => Err(D::Error::custom("expected seconds")),
        number => Ok(number.map(|number| number as u32)),
    }
}

/// Ten years.
const LONGEST: u32 = 315_360_000;
const SHORTEST: u32 = 60;

impl Create {
    fn check(self, app: &App) -> Result<New, Refused> {
        let name = name(&self.name).ok_or(("name", texts::NAME_MISSING));
        let scopes = Scopes::named(self.scopes.iter().map(String::as_str));
        let scopes = match scopes {
            Ok(scopes) if scopes.is_empty() => Err(("scopes", texts::SCOPE_MISSING)),
            Ok(scopes) => Ok(scopes),
            Err(_) => Err(("scopes", texts::SCOPE_UNKNOWN)),
        };
        let is_possible = |seconds: u32| (SHORTEST..=LONGEST).contains(&seconds);
        let lasts = match self.expires_in {
            Some(seconds) if !is_possible(seconds) => Err(("expires_in", texts::LIFETIME_WRONG)),
            lasts => Ok(lasts),
        };
        match (name, scopes, lasts) {
            (Ok(name), Ok(scopes), Ok(lasts)) => Ok(New {
                name,
                scopes,
                expires_at: lasts.map(|seconds| app.now() + Duration::seconds(seconds.into())),
            }),
            (name, scopes, lasts) => {
                let errors = [name.err(), scopes.err(), lasts.err()];
                Err(Refused::fields(errors.into_iter().flatten()))
            }
        }
    }
}

/// Your tokens
///
/// The ones that work, the newest first.
#[utoipa::path(
    get,
    path = "/api/tokens",
    operation_id = "list_tokens",
    tag = "API tokens",
    security(("bearer" = ["api_tokens:read"])),
    params(Asked),
    responses((status = 200, description = "A page of them.", body = Page<Token>), Always, ForBearer)
)]
pub async fn index(
    State(app): State<App>,
    bearer: Bearer<ApiTokensRead>,
    paging: Paging,
) -> Result<Json<Page<Token>>, Refused> {
    let (owner, now) = (bearer.user.id, app.now());
    let tokens = api_token::list(&app.db, owner, paging.before, paging.rows(), now).await?;
    Ok(Json(paging.page(tokens, |token| token.id, Token::new)?))
}

/// A new token
///
/// Only for a browser in which its owner has shown within the last 15 minutes who they are. A token cannot make tokens.
#[utoipa::path(
    post,
    path = "/api/tokens",
    operation_id = "create_token",
    tag = "API tokens",
    security(("session" = [])),
    request_body = Create,
    responses(
        (
            status = 201,
            description = "The token, this once.",
            body = Made,
            headers(("location" = String, description = "Where it can be revoked.")),
            links(("revoke" = (operation_id = "revoke_token", parameters(("id" = "$response.body#/id")))))
        ),
        (status = 401, description = "Nobody is logged in with this browser.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "They have 25 already.", body = Problem, content_type = "application/problem+json"),
        Always,
        ForBody,
        ForLimits
    )
)]
pub async fn create(
    State(app): State<App>,
    client: Client,
    user: RecentUser,
    Body(body): Body<Create>,
) -> Result<Response, Refused> {
    let new = body.check(&app)?;
    app.limits.api_token_create.count(&user.id.to_string())?;
    let mut held = user.hold().await?;
    let created = api_token::create(&app, &mut held, new, &client, None).await?;
    held.commit().await?;
    let Some((token, text)) = created else {
        let problem = (texts::problems::INVALID.0, texts::TOO_MANY);
        return Err(Refused::new(StatusCode::CONFLICT, problem));
    };
    let location = format!("/api/tokens/{}", token.id);
    let made = Made {
        token: text.reveal().to_owned(),
        about: Token::new(token)?,
    };
    let headers = [(header::LOCATION, location)];
    Ok((StatusCode::CREATED, headers, Json(made)).into_response())
}

/// Revoke a token
///
/// It stops working at once. It may be the token that asks.
#[utoipa::path(
    delete,
    path = "/api/tokens/{id}",
    operation_id = "revoke_token",
    tag = "API tokens",
    security(("bearer" = ["api_tokens:write"])),
    params(("id" = String, Path, description = "Which.")),
    responses((status = 204, description = "It is revoked."), Always, ForBearer, ForId)
)]
pub async fn delete(
    State(app): State<App>,
    client: Client,
    bearer: Bearer<ApiTokensWrite>,
    Path(id): Path<Id>,
) -> Result<StatusCode, Refused> {
    let mut held = bearer.hold(&app).await?;
    let client = bearer.acting(client);
    let is_revoked = api_token::revoke(&app, &mut held, id, &client).await?;
    held.commit().await?;
    match is_revoked {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Refused::not_found()),
    }
}

/// Revoke all tokens
///
/// The one that asks, too, if it is one of them.
#[utoipa::path(
    delete,
    path = "/api/tokens",
    operation_id = "revoke_all_tokens",
    tag = "API tokens",
    security(("bearer" = ["api_tokens:write"])),
    responses((status = 204, description = "None works any more."), Always, ForBearer)
)]
pub async fn delete_all(
    State(app): State<App>,
    client: Client,
    bearer: Bearer<ApiTokensWrite>,
) -> Result<StatusCode, Refused> {
    let mut held = bearer.hold(&app).await?;
    api_token::revoke_all(&app, &mut held, &bearer.acting(client)).await?;
    held.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
