//! Two-factor authentication: the authenticator app and the backup codes.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    accounts::{
        backup_code::{self, NewCodes},
        client::Client,
        proof::Proof,
        second_factor::{
            self,
            enrolment::{self, Confirmed},
        },
        secret::Secret,
        totp::{self, Authenticator, Enrolment},
        visit::Visit,
    },
    app::App,
    texts::{self as words, second_factor as texts},
    web::{
        cookies::Cookies,
        current_user::RecentUser,
        error::Error,
        form::{Errors, Form},
        notice::Notice,
        page::{self, Page},
        throttle, visitor,
    },
};

const PAGE: &str = "/users/settings/second-factor";

#[derive(Template)]
#[template(path = "settings/second_factor.html")]
struct SecondFactorPage {
    page: Page,
    is_on: bool,
    is_recent: bool,
    authenticator: Option<AuthenticatorRow>,
    /// What is being set up. Only shown in sudo.
    enrolment: Option<Enrolment>,
    backup_codes: i64,
    errors: Errors,
}

struct AuthenticatorRow {
    since: String,
    last_used: Option<String>,
}

#[derive(Template)]
#[template(path = "settings/backup_codes.html")]
struct BackupCodesPage {
    page: Page,
    codes: Vec<String>,
    /// The same as a file.
    download: String,
}

#[derive(Deserialize)]
pub struct FirstCode {
    code: String,
}

impl AuthenticatorRow {
    fn new(authenticator: &Authenticator) -> Result<Self, time::error::Format> {
        Ok(Self {
            since: words::time(authenticator.confirmed_at)?,
            last_used: authenticator.last_used_at.map(words::time).transpose()?,
        })
    }
}

impl SecondFactorPage {
    async fn of(app: &App, page: Page, visit: &Visit, errors: Errors) -> Result<Self, Error> {
        let is_recent = visit.session.is_recent(app.now());
        let authenticator = totp::of_user(&app.db, visit.user.id).await?;
        let authenticator = authenticator.as_ref().map(AuthenticatorRow::new);
        let enrolment = match is_recent {
            true => totp::enrolment(app, visit).await?,
            false => None,
        };
        Ok(Self {
            page,
            is_on: visit.user.second_factor_at.is_some(),
            is_recent,
            authenticator: authenticator.transpose()?,
            enrolment,
            backup_codes: backup_code::count(&app.db, visit.user.id).await?,
            errors,
        })
    }

    /// Whether the user should make new codes.
    fn has_few_codes(&self) -> bool {
        self.backup_codes <= backup_code::REMIND_AT
    }
}

impl BackupCodesPage {
    fn new(page: Page, seed: &Secret) -> Self {
        let codes = backup_code::shown(seed);
        Self {
            page,
            download: codes.join("%0A"),
            codes,
        }
    }
}

pub async fn show(State(app): State<App>, page: Page, visit: Visit) -> Result<Response, Error> {
    page::show(SecondFactorPage::of(&app, page, &visit, Errors::default()).await?)
}

/// Begins to set up an authenticator app. The page shows it.
pub async fn create(State(app): State<App>, user: RecentUser) -> Result<Response, Error> {
    let mut held = user.hold().await?;
    totp::begin(&app, &mut held).await?;
    held.commit().await?;
    Ok(Redirect::to(PAGE).into_response())
}

/// Takes the app into use. The domain asks for sudo: the second of two clicks comes with a secret that has lost it.
pub async fn confirm(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    page: Page,
    visit: Visit,
    Form(form): Form<FirstCode>,
) -> Result<Response, Error> {
    throttle::session_password(&app, &visit)?;
    let (session, seed) = match enrolment::confirm(&app, &visit, &form.code, &client).await? {
        Confirmed::Done { session, seed } => (session, seed),
        Confirmed::SessionEnded => return Err(Error::SessionEnded),
        Confirmed::NotInSudo => {
            let sudo = format!("/users/sudo?return_to={PAGE}");
            return Ok(Redirect::to(&sudo).into_response());
        }
        Confirmed::Wrong => {
            let errors = Errors::code(texts::FIRST_CODE_WRONG);
            return page::again(SecondFactorPage::of(&app, page, &visit, errors).await?);
        }
    };
    let cookies = cookies.session_is(&session, visitor::lasts(&app, &visit.session));
    match seed {
        Some(seed) => {
            let codes = page::show(BackupCodesPage::new(page, &seed))?;
            Ok((cookies, codes).into_response())
        }
        None => Ok((
            cookies.notify(Notice::SecondFactorChanged),
            Redirect::to(PAGE),
        )
            .into_response()),
    }
}

/// Removes the authenticator app.
pub async fn disable(
    State(app): State<App>,
    client: Client,
    cookies: Cookies,
    user: RecentUser,
) -> Result<Response, Error> {
    let mut held = user.hold().await?;
    if totp::end(&mut held).await? {
        second_factor::removed(&app, &mut held, Proof::Totp, &client).await?;
    }
    let notice = match held.user().second_factor_at {
        Some(_) => Notice::SecondFactorChanged,
        None => Notice::SecondFactorOff,
    };
    held.commit().await?;
    Ok((cookies.notify(notice), Redirect::to(PAGE)).into_response())
}

/// Makes new backup codes and shows them, once.
pub async fn backup_codes(
    State(app): State<App>,
    client: Client,
    page: Page,
    user: RecentUser,
) -> Result<Response, Error> {
    if user.second_factor_at.is_none() {
        return Ok(Redirect::to(PAGE).into_response());
    }
    app.limits.backup_codes.count(&user.id.to_string())?;
    let codes = NewCodes::generate(&app, user.id).await?;
    let mut held = user.hold().await?;
    let seed = enrolment::regenerate(&app, &mut held, &codes, &client).await?;
    held.commit().await?;
    match seed {
        Some(seed) => page::show(BackupCodesPage::new(page, &seed)),
        None => Ok(Redirect::to(PAGE).into_response()),
    }
}
