//! A link in a letter to an email: to confirm it, to log in, or to set a password. Whoever opens one has shown that the email is
//! theirs.

use super::{
    credentials::{self, Scope},
    deletion,
    email::Email,
    held::Held,
    ownership,
    registration::{
        self, HeldEmail, PasswordAfter,
        pending::{self, PendingRegistration},
    },
    secret::Secret,
    token::{self, Purpose, Token},
    user,
};
use crate::{app::App, id::Id};

/// Whom a link was sent to.
pub enum Addressee {
    User(Token),
    /// Somebody who has registered, and is no user yet.
    Registration(PendingRegistration),
}

impl Addressee {
    pub fn email(&self) -> &Email {
        match self {
            Self::User(token) => &token.email,
            Self::Registration(pending) => &pending.email,
        }
    }

    pub fn user_id(&self) -> Option<Id> {
        match self {
            Self::User(token) => Some(token.user_id),
            Self::Registration(_) => None,
        }
    }

    /// Whether it was registered in this browser.
    pub fn is_from(&self, browser: Option<&Secret>) -> bool {
        match self {
            Self::User(_) => false,
            Self::Registration(pending) => pending.is_from(browser),
        }
    }
}

/// Returns whom a link was sent to. None: it is spent, too old, made up, or for something else. Looking consumes nothing.
pub async fn find(app: &App, purpose: Purpose, link: &Secret) -> sqlx::Result<Option<Addressee>> {
    let now = app.now();
    if let Some(token) = token::look(&app.db, purpose, link, now).await? {
        return Ok(Some(Addressee::User(token)));
    }
    let pending = pending::of_link(&app.db, purpose, link, now).await?;
    Ok(pending.map(Addressee::Registration))
}

/// Consumes a link, confirms the email, and holds the user. None: it cannot be used; and if the transaction is dropped, it can
/// be used still.
pub async fn consume(
    app: &App,
    purpose: Purpose,
    link: &Secret,
    password: PasswordAfter,
) -> anyhow::Result<Option<Held>> {
    match find(app, purpose, link).await? {
        Some(Addressee::User(_)) => of_user(app, purpose, link, password).await,
        Some(Addressee::Registration(pending)) => {
            of_registration(app, purpose, link, &pending.email, password).await
        }
        None => Ok(None),
    }
}

async fn of_user(
    app: &App,
    purpose: Purpose,
    link: &Secret,
    password: PasswordAfter,
) -> anyhow::Result<Option<Held>> {
    let Some((mut held, _)) = Held::for_token(app, purpose, link).await? else {
        return Ok(None);
    };
    match password {
        PasswordAfter::Registered => {
            user::confirm(&mut held, app.now()).await?;
        }
        // A confirmed account gets a new password by a reset, which keeps more of what its owner has set up.
        PasswordAfter::New(_) if held.user().confirmed_at.is_some() => return Ok(None),
        PasswordAfter::New(hash) => {
            credentials::revoke(&mut held, Scope::FirstProof).await?;
            deletion::forget(&mut held).await?;
            user::set_password(&mut held, Some(&hash)).await?;
            user::confirm(&mut held, app.now()).await?;
        }
        PasswordAfter::None => ownership::prove(&mut held, app.now()).await?,
    }
    Ok(Some(held))
}

async fn of_registration(
    app: &App,
    purpose: Purpose,
    link: &Secret,
    email: &Email,
    password: PasswordAfter,
) -> anyhow::Result<Option<Held>> {
    let mut proved = HeldEmail::begin(app, email).await?;
    match pending::consume_link(proved.tx(), purpose, link, app.now()).await? {
        Some(pending) => registration::complete(app, proved, &pending, password).await,
        None => Ok(None),
    }
}
