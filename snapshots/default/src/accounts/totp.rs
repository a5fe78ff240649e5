//! Authenticator apps: codes that change every thirty seconds (TOTP, RFC 6238).
//!
//! A user has one app. Setting up another one leaves the first in place until the other has given a correct code.

use fast_qr::{ECL, QRBuilder, convert::svg::SvgBuilder};
use secrecy::ExposeSecret;
use time::{Duration, OffsetDateTime};
use totp_rs::{Algorithm, Builder, Secret, Totp};

use super::{
    email::Email,
    held::{Held, HeldSession},
    visit::Visit,
};
use crate::{
    app::App,
    brand,
    db::{self, Connection, Pool},
    id::{self, Id},
    vault::Column,
};

pub const SECRET: Column = Column {
    table: "totp_secrets",
    name: "sealed_secret",
};

/// In bytes: 160 bits, as long as the output of SHA-1 (RFC 4226, section 4).
const SECRET_LENGTH: usize = 20;
/// What every app can do, and some can do nothing else.
const DIGITS: u8 = 6;
const STEP_SECONDS: u64 = 30;
/// So many steps before and after the current one are accepted (RFC 6238, section 5.2, asks for no more).
const SKEW: u16 = 1;

/// How long an app that is being set up is waited for.
pub const ENROLMENT_TTL: Duration = Duration::hours(1);
/// A second click on the button that begins it changes nothing.
const DOUBLE_CLICK: Duration = Duration::minutes(1);

/// An app that is being set up, as its owner sees it.
pub struct Enrolment {
    /// In groups of four, to be typed.
    pub secret: String,
    /// `otpauth://…`, which opens the app on a phone.
    pub url: String,
    /// The same as an image.
    pub qr_svg: String,
}

/// An app that is in use.
#[derive(sqlx::FromRow)]
pub struct Authenticator {
    pub confirmed_at: OffsetDateTime,
    pub last_used_at: Option<OffsetDateTime>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Id,
    sealed_secret: Vec<u8>,
}

impl Row {
    fn open(&self, app: &App, email: &Email) -> anyhow::Result<Totp> {
        let secret = app.vault.open(SECRET, self.id, &self.sealed_secret)?;
        totp(secret.expose_secret(), email)
    }
}

fn totp(secret: &[u8], email: &Email) -> anyhow::Result<Totp> {
    // A colon separates the two, so neither may have one.
    let plain = |text: &str| text.replace(':', " ");
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(DIGITS)
        .with_step_duration(STEP_SECONDS)
        .with_skew(SKEW)
        .with_secret(Secret::new(secret.into()))
        .with_issuer(Some(plain(brand::NAME)))
        .with_account_name(plain(email.as_str()))
        .build()?;
    Ok(totp)
}

/// Begins to set up an app, instead of another one that was begun.
pub async fn begin(app: &App, held: &mut HeldSession) -> anyhow::Result<()> {
    let (user_id, session_id, now) = (held.user().id, held.session().id, app.now());
    let mut secret = [0; SECRET_LENGTH];
    getrandom::fill(&mut secret)?;
    sqlx::query(
        "delete from totp_secrets
         where session_id = $1 and confirmed_at is null and inserted_at <= $2",
    )
    .bind(session_id)
    .bind(now - DOUBLE_CLICK)
    .execute(held.connection())
    .await?;
    let id = id::next(held.tx()).await?;
    let sealed = app.vault.seal(SECRET, id, &secret)?;
    sqlx::query(
        "insert into totp_secrets (id, user_id, session_id, sealed_secret, inserted_at)
         values ($1, $2, $3, $4, $5)
         on conflict (session_id) do nothing",
    )
    .bind(id)
    .bind(user_id)
    .bind(session_id)
    .bind(sealed)
    .bind(now)
    .execute(held.connection())
    .await?;
    Ok(())
}

/// Forgets what the user is setting up, in whichever session. Only `credentials` calls this.
pub async fn end_enrolments(held: &mut Held) -> sqlx::Result<()> {
    sqlx::query("delete from totp_secrets where user_id = $1 and confirmed_at is null")
        .bind(held.user().id)
        .execute(held.connection())
        .await?;
    Ok(())
}

/// Returns the app that is being set up in a session.
pub async fn enrolment(app: &App, visit: &Visit) -> anyhow::Result<Option<Enrolment>> {
    let mut connection = app.db.acquire().await?;
    let Some(row) = pending(&mut connection, visit.session.id, app.now()).await? else {
        return Ok(None);
    };
    let totp = row.open(app, &visit.user.email)?;
    let url = totp.to_url()?;
    let qr = QRBuilder::new(url.as_str()).ecl(ECL::M).build();
    let qr = qr.map_err(|error| anyhow::anyhow!("a QR code of {} bytes: {error:?}", url.len()))?;
    let base32 = totp.secret().to_base32();
    let groups: Vec<&str> = (0..base32.len())
        .step_by(4)
        .map(|at| &base32[at..base32.len().min(at + 4)])
        .collect();
    Ok(Some(Enrolment {
        secret: groups.join(" "),
        qr_svg: SvgBuilder::default().to_str(&qr),
        url,
    }))
}

/// Returns whether this is a code of the app that is being set up in a session. It consumes nothing.
pub async fn is_first_code(app: &App, visit: &Visit, code: &str) -> anyhow::Result<bool> {
    let mut connection = app.db.acquire().await?;
    match pending(&mut connection, visit.session.id, app.now()).await? {
        Some(row) => Ok(step(&row.open(app, &visit.user.email)?, code, app.now())?.is_some()),
        None => Ok(false),
    }
}

async fn pending(
    connection: &mut Connection,
    session_id: Id,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Row>> {
    sqlx::query_as(
        "select id, sealed_secret from totp_secrets
         where session_id = $1 and confirmed_at is null and inserted_at > $2",
    )
    .bind(session_id)
    .bind(now - ENROLMENT_TTL)
    .fetch_optional(connection)
    .await
}

/// Takes the app into use that is being set up, if this is its code: from now on, codes of an earlier one are refused.
pub async fn confirm(app: &App, held: &mut HeldSession, code: &str) -> anyhow::Result<bool> {
    let (session_id, now) = (held.session().id, app.now());
    let Some(row) = pending(held.connection(), session_id, now).await? else {
        return Ok(false);
    };
    let Some(step) = step(&row.open(app, &held.user().email)?, code, now)? else {
        return Ok(false);
    };
    end(held).await?;
    sqlx::query(
        "update totp_secrets
         set confirmed_at = $2, last_used_at = $2, last_step = $3, session_id = null
         where id = $1 and confirmed_at is null",
    )
    .bind(row.id)
    .bind(now)
    .bind(step)
    .execute(held.connection())
    .await?;
    Ok(true)
}

/// Consumes a code of the held user's app. No code is accepted twice, nor one that is older than the last.
pub async fn consume(app: &App, held: &mut Held, code: &str) -> anyhow::Result<bool> {
    let found: Option<Row> = sqlx::query_as(
        "select id, sealed_secret from totp_secrets
         where user_id = $1 and confirmed_at is not null",
    )
    .bind(held.user().id)
    .fetch_optional(held.connection())
    .await?;
    let Some(row) = found else {
        return Ok(false);
    };
    let now = app.now();
    let Some(step) = step(&row.open(app, &held.user().email)?, code, now)? else {
        return Ok(false);
    };
    let consumed = sqlx::query(
        "update totp_secrets set last_step = $2, last_used_at = $3
         where id = $1 and (last_step is null or last_step < $2 or last_step > $4)",
    )
    .bind(row.id)
    .bind(step)
    .bind(now)
    // One that is still to come was noted by a clock that was ahead.
    .bind(latest_step(now))
    .execute(held.connection())
    .await?;
    Ok(consumed.rows_affected() == 1)
}

/// The time step that a code is of, if it is one of those around now. Codes are compared in constant time.
fn step(totp: &Totp, code: &str, now: OffsetDateTime) -> anyhow::Result<Option<i64>> {
    let step = totp.check(code, now.unix_timestamp().try_into()?);
    Ok(step.map(i64::try_from).transpose()?)
}

/// The newest step of which a code is accepted.
fn latest_step(now: OffsetDateTime) -> i64 {
    now.unix_timestamp().div_euclid(STEP_SECONDS.cast_signed()) + i64::from(SKEW)
}

/// Removes the app that is in use. Returns whether there was one.
pub async fn end(held: &mut HeldSession) -> sqlx::Result<bool> {
    let ended =
        sqlx::query("delete from totp_secrets where user_id = $1 and confirmed_at is not null")
            .bind(held.user().id)
            .execute(held.connection())
            .await?;
    Ok(ended.rows_affected() == 1)
}

/// Returns the app that a user has.
pub async fn of_user(db: &Pool, user_id: Id) -> sqlx::Result<Option<Authenticator>> {
    sqlx::query_as(
        "select confirmed_at, last_used_at from totp_secrets
         where user_id = $1 and confirmed_at is not null",
    )
    .bind(user_id)
    .fetch_optional(db)
    .await
}

/// Deletes those that were begun and never confirmed.
pub async fn delete_abandoned(db: &Pool, now: OffsetDateTime) -> sqlx::Result<u64> {
    let deleted = sqlx::query(concat!(
        "delete from totp_secrets where id in (",
        db::locking_free!(
            "select id from totp_secrets where confirmed_at is null and inserted_at <= $1"
        ),
        ")"
    ))
    .bind(now - ENROLMENT_TTL)
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
