//! The page of API tokens: which there are, a new one, and how to end them.

pub mod form;

use askama::Template;
use axum::{
    extract::{RawForm, State, rejection::RawFormRejection},
    response::{IntoResponse, Redirect, Response},
};

use self::form::{Errors, Form, written};
use crate::{
    accounts::{
        api::{
            scope,
            token::{self as api_token, ApiToken, again, text},
        },
        client::Client,
        visit::Visit,
    },
    app::App,
    config::Config,
    id::Id,
    texts::{self as words, api_tokens as texts},
    web::{
        cookies::Cookies,
        current_user::RecentUser,
        error::Error,
        notice::Notice,
        page::{self, Page},
        path::Path,
        visitor,
    },
};

#[derive(Template)]
#[template(path = "settings/api_tokens.html")]
struct Index {
    page: Page,
    /// Whether they have proved who they are a short while ago. Otherwise they can only look.
    is_recent: bool,
    /// The token that was made just now.
    made: Option<String>,
    tokens: Vec<Row>,
    form: Form,
    errors: Errors,
    choices: Vec<Choice>,
    lifetimes: Vec<Lifetime>,
}

struct Row {
    id: Id,
    name: String,
    start: &'static str,
    last_four: String,
    scopes: Vec<&'static str>,
    used: String,
    expires: String,
    made: String,
}

impl Row {
    fn new(token: ApiToken, config: &Config) -> Result<Self, time::error::Format> {
        Ok(Self {
            id: token.id,
            start: text::prefix(config),
            scopes: token.scopes.names(),
            used: match token.last_used_at {
                Some(at) => format!("{} {}", texts::USED, words::time(at)?),
                None => texts::NEVER_USED.to_owned(),
            },
            expires: match token.expires_at {
                Some(at) => format!("{} {}", texts::EXPIRES, words::day(at)?),
                None => texts::NEVER_EXPIRES.to_owned(),
            },
            made: words::day(token.inserted_at)?,
            name: token.name,
            last_four: token.last_four,
        })
    }
}

struct Choice {
    name: &'static str,
    says: &'static str,
    is_on: bool,
}

struct Lifetime {
    days: String,
    says: &'static str,
    is_on: bool,
}

impl Index {
    async fn of(app: &App, page: Page, visit: &Visit, form: Form) -> Result<Self, Error> {
        let most = api_token::MOST;
        let tokens = api_token::list(&app.db, visit.user.id, None, most, app.now()).await?;
        let rows = tokens.into_iter().map(|token| Row::new(token, &app.config));
        let choices = scope::ALL.iter().map(|(name, says)| Choice {
            name,
            says,
            is_on: form.scopes.iter().any(|scope| scope == name),
        });
        let lifetimes = texts::LIFETIMES.iter().map(|(days, says)| Lifetime {
            days: written(*days),
            says,
            is_on: written(*days) == form.days,
        });
        Ok(Self {
            page,
            is_recent: visit.session.is_recent(app.now()),
            made: None,
            tokens: rows.collect::<Result<_, _>>()?,
            choices: choices.collect(),
            lifetimes: lifetimes.collect(),
            form,
            errors: Errors::default(),
        })
    }
}

pub async fn index(State(app): State<App>, page: Page, visit: Visit) -> Result<Response, Error> {
    page::show(Index::of(&app, page, &visit, Form::empty()).await?)
}

/// Shows the token in the response itself, once. A second click on the form gets the same response.
pub async fn create(
    State(app): State<App>,
    client: Client,
    page: Page,
    visit: Visit,
    body: Result<RawForm, RawFormRejection>,
) -> Result<Response, Error> {
    let RawForm(body) = body?;
    let form = Form::read(&body);
    let new = match form.check(&app) {
        Ok(new) => new,
        Err(errors) => return again(&app, page, &visit, form, errors).await,
    };
    let act = form.act(&client, &visit);
    let mut held = visitor::hold(&app, &visit).await?;
    let mut made = again::find(&app, &mut held, act.as_ref()).await?;
    if made.is_none() {
        let user = visit.user.id.to_string();
        app.limits.api_token_create.count(&user)?;
        let created = api_token::create(&app, &mut held, new, &client, act.as_ref()).await?;
        made = created.map(|(_, text)| text);
    }
    held.commit().await?;
    match made {
        Some(text) => page::show(Index {
            made: Some(text.reveal().to_owned()),
            ..Index::of(&app, page, &visit, Form::empty()).await?
        }),
        None => {
            let errors = Errors {
                all: Some(texts::TOO_MANY),
                ..Errors::default()
            };
            again(&app, page, &visit, form, errors).await
        }
    }
}

async fn again(
    app: &App,
    page: Page,
    visit: &Visit,
    form: Form,
    errors: Errors,
) -> Result<Response, Error> {
    page::again(Index {
        errors,
        ..Index::of(app, page, visit, form).await?
    })
}

pub async fn revoke(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    user: RecentUser,
    Path(id): Path<Id>,
) -> Result<Response, Error> {
    let mut held = user.hold().await?;
    api_token::revoke(&app, &mut held, id, &client).await?;
    held.commit().await?;
    Ok(back(cookies, Notice::ApiTokenRevoked))
}

pub async fn revoke_all(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    user: RecentUser,
) -> Result<Response, Error> {
    let mut held = user.hold().await?;
    api_token::revoke_all(&app, &mut held, &client).await?;
    held.commit().await?;
    Ok(back(cookies, Notice::ApiTokensRevoked))
}

fn back(cookies: Cookies, notice: Notice) -> Response {
    let page = Redirect::to("/users/settings/api-tokens");
    (cookies.notify(notice), page).into_response()
}
