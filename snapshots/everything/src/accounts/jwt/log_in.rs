//! Logging in with an app, and out.

use super::{Tokens, families, keys, refresh};
use crate::{
    accounts::{
        api::scope::Scopes,
        audit::{Action, Actor, NewEvent, Target},
        client::Client,
        email::Email,
        held::Held,
        log_in::{self, by_password},
        login_step::{self, LoginStep, Progress},
        password::Password,
        proof::{Proof, Proofs},
        second_factor::{
            self,
            step::{self, Verified},
        },
        secret::Secret,
        session::{
            self, Kind,
            standing::{self, Standing},
        },
        status::AccountStatus,
        visit::{self, Visit},
    },
    app::App,
    id::Id,
};

/// How far an app gets.
pub enum Entry {
    In(Box<Tokens>),
    Pending(PendingLogin),
    Refused,
    /// No key signs here. Another process may have one.
    Unavailable,
}

/// What is left of a log-in.
pub struct PendingLogin {
    /// The steps, in their order.
    pub steps: Vec<LoginStep>,
    /// With it the app takes the first step. `None`: that is taken in a browser.
    pub login_token: Option<Secret>,
}

/// Logs an app in with a password, or says no without saying why, as [`by_password::log_in`] does for browsers.
///
/// # Errors
/// [`Busy`](crate::accounts::password::Busy) when too many passwords are waiting to be checked.
pub async fn with_password(
    app: &App,
    email: Option<&Email>,
    password: &Password,
    scopes: Scopes,
    client: &Client,
) -> anyhow::Result<Entry> {
    // Before anything is held: it may have to be read from the database.
    let Some(key) = keys::current(app).await? else {
        return Ok(Entry::Unavailable);
    };
    let Some(mut held) = by_password::prove(app, email, password, client).await? else {
        return Ok(Entry::Refused);
    };
    let proofs = Proofs::of(Proof::Password);
    let entry = match log_in::proceed(app, &mut held, &proofs, client).await? {
        Progress::Full => start(app, &mut held, &key, scopes, proofs, client).await?,
        Progress::Pending(step) => pending(app, &mut held, step, scopes, proofs, client).await?,
        Progress::Refused => Entry::Refused,
    };
    held.commit().await?;
    Ok(entry)
}

async fn start(
    app: &App,
    held: &mut Held,
    key: &keys::Key,
    scopes: Scopes,
    proofs: Proofs,
    client: &Client,
) -> anyhow::Result<Entry> {
    let family = families::start(held, scopes, proofs, client, app.now()).await?;
    let refresh = refresh::issue(held, family.id, app.now()).await?;
    let tokens = Tokens::sign(app, key, family, refresh)?;
    // As a browser: other people's tries do not lock it out.
    let client = log_in::know_browser(app, held, client).await?;
    Ok(Entry::In(Box::new(Tokens { client, ..tokens })))
}

/// Begins a pending session for the app, where the next step can be taken without a browser.
async fn pending(
    app: &App,
    held: &mut Held,
    step: LoginStep,
    scopes: Scopes,
    proofs: Proofs,
    client: &Client,
) -> anyhow::Result<Entry> {
    let status = AccountStatus::of(&app.config, held.user());
    let steps = login_step::remaining(status, held.user(), &proofs);
    let user_id = held.user().id;
    // A security key is used in a browser.
    let can_be_taken = step == LoginStep::SecondFactor
        && second_factor::has_codes(held.connection(), user_id).await?;
    let login_token = match can_be_taken {
        true => Some(start_pending(app, held, step, scopes, proofs, client).await?),
        false => None,
    };
    Ok(Entry::Pending(PendingLogin { steps, login_token }))
}

/// Returns the login token of the new pending session.
async fn start_pending(
    app: &App,
    held: &mut Held,
    step: LoginStep,
    scopes: Scopes,
    proofs: Proofs,
    client: &Client,
) -> anyhow::Result<Secret> {
    let token = Secret::random()?;
    let standing = Standing {
        kind: Kind::Ordinary,
        login_step: Some(step),
        proofs,
    };
    let secret = session_secret(&token)?;
    let session = standing::start_with(held, &secret, &standing, client, app.now()).await?;
    keep_scopes(held, session, &scopes).await?;
    Ok(token)
}

async fn keep_scopes(held: &mut Held, session: Id, scopes: &Scopes) -> sqlx::Result<()> {
    sqlx::query("insert into jwt_pending (session_id, scopes) values ($1, $2)")
        .bind(session)
        .bind(scopes.to_string())
        .execute(held.connection())
        .await?;
    Ok(())
}

/// What the app has asked for with the password.
async fn kept_scopes(held: &mut Held, session: Id) -> sqlx::Result<Scopes> {
    let scopes: String = sqlx::query_scalar("select scopes from jwt_pending where session_id = $1")
        .bind(session)
        .fetch_one(held.connection())
        .await?;
    Ok(scopes.into())
}

/// The secret of the pending session that a login token stands for: another one, so that the token is no cookie, and no cookie
/// is a login token.
fn session_secret(login_token: &Secret) -> anyhow::Result<Secret> {
    let derived = Secret::derived(&login_token.mac(b"session of a login token"));
    derived.ok_or_else(|| anyhow::anyhow!("a MAC has not 256 bits"))
}

/// Returns the pending session that a login token stands for. `None`: it is unknown, or has ended.
pub async fn find_pending(
    app: &App,
    login_token: &Secret,
    client: &Client,
) -> anyhow::Result<Option<Visit>> {
    let secret = session_secret(login_token)?;
    let visit = visit::find(app, &secret, client).await?.visit;
    let step = Some(LoginStep::SecondFactor);
    Ok(visit.filter(|visit| visit.session.login_step == step))
}

/// Takes the step of the second factor with a code, which ends the pending session.
///
/// # Errors
/// [`Busy`](crate::accounts::password::Busy) when too many passwords are waiting to be hashed.
pub async fn with_second_factor(
    app: &App,
    pending: &Visit,
    code: &str,
    client: &Client,
) -> anyhow::Result<Entry> {
    let Some(key) = keys::current(app).await? else {
        return Ok(Entry::Unavailable);
    };
    let verified = step::verify(app, pending, code, None, client).await?;
    let Verified::Right(mut held, proof) = verified else {
        return Ok(Entry::Refused);
    };
    let (id, proofs) = (held.session().id, held.session().proofs.clone().with(proof));
    let scopes = kept_scopes(&mut held, id).await?;
    session::end(&mut held, id).await?;
    let entry = match log_in::proceed(app, &mut held, &proofs, client).await? {
        Progress::Full => start(app, &mut held, &key, scopes, proofs, client).await?,
        Progress::Pending(step) => {
            self::pending(app, &mut held, step, scopes, proofs, client).await?
        }
        Progress::Refused => Entry::Refused,
    };
    held.commit().await?;
    Ok(entry)
}

/// Logs out the app that holds this refresh token, also with one that was exchanged since. An unknown one is no error
/// (RFC 7009, section 2.2): what should end has ended.
pub async fn out(app: &App, token: &Secret, client: &Client) -> anyhow::Result<()> {
    let Some((mut held, family)) = refresh::hold(app, token).await? else {
        return Ok(());
    };
    families::end(&mut held, family).await?;
    let client = Client {
        actor: Actor::ConnectedApp(family),
        ..client.clone()
    };
    let event = NewEvent::new(Action::LogOut, &client).on(Target::ConnectedApp(family));
    held.record(app, event).await?;
    Ok(held.commit().await?)
}

/// Logs out one of the user's apps. An id that is not theirs ends nothing, and writes nothing.
pub async fn out_of(app: &App, held: &mut Held, id: Id, client: &Client) -> anyhow::Result<()> {
    if families::end(held, id).await? {
        let event = NewEvent::new(Action::SessionEnd, client).on(Target::ConnectedApp(id));
        held.record(app, event).await?;
    }
    Ok(())
}
