//! Registering with a passkey in place of a password.
//!
//! Until the email is confirmed, the passkey waits beside the registration. It becomes the user's only if the email is confirmed
//! in the browser that registered: to any other browser it may be another user's account.

use anyhow::Context;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    Kind, Refused,
    challenge::{self, Asker, Purpose},
    insert,
    new_passkey::{self, NewPasskey},
    registration,
    webauthn::{CreationChallengeResponse, RegisterPublicKeyCredential},
};
use crate::{
    accounts::{
        audit::{self, Action, NewEvent, Target},
        client::Client,
        email::Email,
        held::Held,
        registration::FirstMethod,
        secret::Secret,
        token,
    },
    app::App,
    db::{self, Pool, Tx},
    id::Id,
    vault::Column,
};

/// Where the credentials of registrations are sealed.
pub const SEALED_CREDENTIAL: Column = Column {
    table: "registration_passkeys",
    name: "sealed_credential",
};

#[derive(Serialize, Deserialize)]
struct Started {
    email: String,
    ceremony: registration::Started,
}

/// Begins to register an email with a passkey. The options are the same for an email that has an account.
pub async fn start(
    app: &App,
    email: &Email,
    browser: &Secret,
) -> anyhow::Result<(Secret, CreationChallengeResponse)> {
    let (options, ceremony) = registration::options(app, Kind::Login, email, &[])?;
    let email = email.to_string();
    let (asker, started) = (Asker::Browser(browser), Started { email, ceremony });
    let secret = challenge::issue(app, Purpose::SignUp, asker, &started).await?;
    Ok((secret.context("a browser does not end")?, options))
}

/// What has come of a sign-up: the email that it was begun with, and the passkey.
pub struct Made {
    pub email: Email,
    pub passkey: NewPasskey,
}

/// Verifies what the authenticator has made.
pub async fn finish(
    app: &App,
    browser: &Secret,
    (challenge, response): (&Secret, &RegisterPublicKeyCredential),
) -> anyhow::Result<Result<Made, Refused>> {
    let asker = Asker::Browser(browser);
    let started: Option<Started> =
        challenge::consume(app, Purpose::SignUp, asker, challenge).await?;
    let Some((started, email)) = started.and_then(|started| {
        let email = Email::parse(&started.email)?;
        Some((started, email))
    }) else {
        return Ok(Err(Refused::Expired));
    };
    let verified = new_passkey::verify(app, &started.ceremony, response)?;
    Ok(verified.map(|passkey| Made { email, passkey }))
}

/// Keeps the passkey that was registered, if it was one, until the email is confirmed.
pub async fn keep(
    app: &App,
    tx: &mut Tx,
    id: Id,
    method: &FirstMethod<'_>,
    client: &Client,
) -> anyhow::Result<()> {
    let FirstMethod::Passkey(new) = method else {
        return Ok(());
    };
    sqlx::query(
        "insert into registration_passkeys (id, credential_id, user_handle, sealed_credential, name,
           sign_count, backed_up, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(id)
    .bind(&new.credential.cred_id)
    .bind(&new.user_handle[..])
    .bind(new.seal(app, SEALED_CREDENTIAL, id)?)
    .bind(&new.name)
    .bind(new.sign_count)
    .bind(new.credential.backup_state)
    .bind(app.now() + token::Purpose::Confirm.lifetime())
    .execute(&mut **tx)
    .await?;
    let event = NewEvent::new(Action::PasskeyRegister, client).about(Some(id));
    audit::record(app, tx, event.on(Target::Registration(id))).await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    user_handle: Vec<u8>,
    sealed_credential: Vec<u8>,
    name: String,
    sign_count: i64,
}

/// Gives the passkey of a registration to the user that it has become. Without one, nothing happens.
pub async fn complete(app: &App, held: &mut Held, registration: Id) -> anyhow::Result<()> {
    let row: Option<Row> = sqlx::query_as(
        "delete from registration_passkeys where id = $1
         returning user_handle, sealed_credential, name, sign_count",
    )
    .bind(registration)
    .fetch_optional(held.connection())
    .await?;
    let Some(row) = row else {
        return Ok(());
    };
    let opened = app
        .vault
        .open(SEALED_CREDENTIAL, registration, &row.sealed_credential)?;
    let new = NewPasskey {
        credential: serde_json::from_slice(opened.expose_secret())?,
        user_handle: row.user_handle.as_slice().try_into()?,
        name: row.name,
        sign_count: row.sign_count,
    };
    // Registered twice with the same authenticator, under two emails: the first one has it.
    insert(app, held, Kind::Login, &new).await?;
    Ok(())
}

/// Whether the passkey waits for its email to be confirmed.
pub async fn waits(app: &App, credential_id: &[u8]) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "select exists (
           select 1 from registration_passkeys p join registrations r on r.id = p.id
           where p.credential_id = $1 and r.expires_at > $2)",
    )
    .bind(credential_id)
    .bind(app.now())
    .fetch_one(&app.db)
    .await
}

/// Deletes what belongs to registrations that have ended.
pub async fn delete_ended(db: &Pool, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query(concat!(
        "delete from registration_passkeys where id in (",
        db::locking_free!(
            "select id from registration_passkeys
                 where expires_at <= $1 or id not in (select id from registrations)"
        ),
        ")"
    ))
    .bind(now)
    .execute(db)
    .await?;
    Ok(())
}
