//! The user's passkeys and security keys: which there are, adding, renaming and removing them.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    accounts::{
        client::Client,
        passkey::{
            self, Kind, MAX_NAME_LENGTH, Passkey, Refused, registration, removal,
            webauthn::RegisterPublicKeyCredential,
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
        form::Form,
        notice::Notice,
        page::{self, Page},
        passkeys::{
            self as ceremonies, Json,
            signals::{self, Signals},
        },
        path::Path,
        visitor,
    },
};

const PAGE: &str = "/users/settings/passkeys";

#[derive(Template)]
#[template(path = "settings/passkeys.html")]
struct Index {
    page: Page,
    rows: Vec<Row>,
    max_name_length: usize,
    is_full: bool,
    /// What went wrong with the form that was sent.
    error: Option<&'static str>,
    signals: Option<Signals>,
}

struct Row {
    id: Id,
    name: String,
    is_security_key: bool,
    backed_up: bool,
    last_used: Option<String>,
    since: String,
}

impl Row {
    fn new(passkey: &Passkey) -> Result<Self, time::error::Format> {
        Ok(Self {
            id: passkey.id,
            name: passkey.name.clone(),
            is_security_key: passkey.kind == Kind::SecondFactor,
            backed_up: passkey.backed_up,
            last_used: passkey.last_used_at.map(texts::time).transpose()?,
            since: texts::time(passkey.inserted_at)?,
        })
    }
}

async fn of(app: &App, page: Page, user_id: Id) -> Result<Index, Error> {
    let all = passkey::list(&app.db, user_id).await?;
    let rows = all.iter().map(Row::new).collect::<Result<_, _>>()?;
    Ok(Index {
        page,
        rows,
        max_name_length: MAX_NAME_LENGTH,
        is_full: all.len() >= passkey::MAX_PER_USER,
        error: None,
        signals: Signals::new(app, &all),
    })
}

pub async fn index(
    State(app): State<App>,
    page: Page,
    user: RecentUser,
    Query(form): Query<Deleted>,
) -> Result<Response, Error> {
    if !page.has_passkeys {
        return Err(Error::NotFound);
    }
    let mut index = of(&app, page, user.id).await?;
    if let Some(signals) = index.signals {
        let deleted = form.deleted.as_deref();
        index.signals = Some(signals.with_deleted(&app, deleted).await?);
    }
    page::show(index)
}

#[derive(Deserialize)]
pub struct Deleted {
    /// The id of the credential that was removed a moment ago, so that the page tells its authenticator. In base64url.
    deleted: Option<String>,
}

#[derive(Deserialize)]
pub struct Begin {
    kind: Kind,
}

pub async fn options(
    State(app): State<App>,
    client: Client,
    visit: Visit,
    Json(form): Json<Begin>,
) -> Result<Response, Error> {
    ceremonies::count(&app, &client, Some(&visit)).await?;
    let options = registration::start(&app, &visit, form.kind).await?;
    Ok(ceremonies::options(options.map_err(ceremonies::problem)?))
}

#[derive(Deserialize)]
pub struct Add {
    challenge_id: String,
    kind: Kind,
    credential: RegisterPublicKeyCredential,
}

pub async fn create(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    visit: Visit,
    Json(form): Json<Add>,
) -> Result<Response, Error> {
    let challenge = ceremonies::challenge(&form.challenge_id)?;
    let answer = (&challenge, &form.credential);
    let added = registration::finish(&app, &visit, form.kind, answer, &client).await?;
    let redirect = match added.map_err(ceremonies::problem)? {
        None => back(cookies.withdraw_passkey_offer(), Notice::PasskeyAdded),
        // Where that has turned the second factor on, its page asks to make backup codes.
        Some(secret) => {
            let cookies = cookies.session_is(&secret, visitor::lasts(&app, &visit.session));
            let cookies = cookies.notify(match visit.user.second_factor_at {
                Some(_) => Notice::AnotherKeyAdded,
                None => Notice::SecurityKeyAdded,
            });
            (cookies, Redirect::to("/users/settings/second-factor")).into_response()
        }
    };
    Ok(ceremonies::located(&redirect))
}

#[derive(Deserialize)]
pub struct Rename {
    name: String,
}

pub async fn rename(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    page: Page,
    user: RecentUser,
    Path(id): Path<Id>,
    Form(form): Form<Rename>,
) -> Result<Response, Error> {
    let Some(name) = passkey::parse_name(&form.name) else {
        return again(&app, page, user.id, texts::passkeys::NAME_INVALID).await;
    };
    let mut held = user.hold().await?;
    if !passkey::rename(&app, &mut held, id, &name, &client).await? {
        return Err(Error::NotFound);
    }
    held.commit().await?;
    Ok(back(cookies, Notice::PasskeyRenamed))
}

pub async fn delete(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    page: Page,
    user: RecentUser,
    Path(id): Path<Id>,
) -> Result<Response, Error> {
    let mut held = user.hold().await?;
    let removed = match removal::remove(&app, &mut held, id, &client).await? {
        Ok(removed) => removed,
        Err(Refused::LastMethod) => {
            drop(held);
            let why = texts::passkeys::problems::LAST_METHOD;
            return again(&app, page, user.id, why).await;
        }
        // The second of two clicks is answered like the first. Another user's passkey stays.
        Err(_) => return Ok(back(cookies, Notice::PasskeyDeleted)),
    };
    let notice = match (removed.kind, held.user().second_factor_at) {
        (Kind::Login, _) => Notice::PasskeyDeleted,
        (Kind::SecondFactor, Some(_)) => Notice::SecondFactorChanged,
        (Kind::SecondFactor, None) => Notice::SecondFactorOff,
    };
    held.commit().await?;
    let deleted = signals::encode(&removed.credential_id);
    let page = Redirect::to(&format!("{PAGE}?deleted={deleted}"));
    Ok((cookies.notify(notice), page).into_response())
}

async fn again(app: &App, page: Page, user_id: Id, error: &'static str) -> Result<Response, Error> {
    page::again(Index {
        error: Some(error),
        ..of(app, page, user_id).await?
    })
}

fn back(cookies: Cookies, notice: Notice) -> Response {
    (cookies.notify(notice), Redirect::to(PAGE)).into_response()
}
