//! The second factor of a user: what turns it on and off. The factors themselves are in `totp` and `backup_code`.
//!
//! It is on from the first factor that is set up until the last one is removed. Every change of it ends the user's other
//! sessions and trusted browsers, is told by email, and needs sudo, which asks for the factor that there is.

pub mod code;
pub mod enrolment;
pub mod step;

use super::{
    audit::{Action, NewEvent},
    backup_code::{self, NewCodes},
    client::Client,
    credentials::{self, Scope},
    held::{Held, HeldSession},
    passkey,
    proof::{Proof, Proofs},
    secret::Secret,
    session::standing,
};
use crate::{
    app::App,
    db::Db,
    id::Id,
    jobs::send_letter::{News, SendLetter},
};
use sqlx::Executor;
use time::OffsetDateTime;

/// Notes that a factor was set up in this session, and that it works: the first one turns the second factor on. Returns the
/// new secret of the session, which counts as proved with it. `codes` are the backup codes of a user who had none.
pub async fn added(
    app: &App,
    held: &mut HeldSession,
    proof: Proof,
    codes: Option<&NewCodes>,
    client: &Client,
) -> anyhow::Result<Secret> {
    let is_first = held.user().second_factor_at.is_none();
    if is_first {
        turn(held, Some(app.now())).await?;
    }
    if let Some(codes) = codes {
        backup_code::replace(held, codes, app.now()).await?;
    }
    let news = if is_first {
        News::SecondFactorOn
    } else {
        News::SecondFactorChanged
    };
    let event = NewEvent::new(Action::SecondFactorEnroll, client).with("method", proof.name());
    changed(app, held, news, event, client).await?;
    standing::elevate(held, &Proofs::of(proof), app.now()).await
}

/// Notes that a factor was removed in this session: the last one turns the second factor off.
pub async fn removed(
    app: &App,
    held: &mut HeldSession,
    proof: Proof,
    client: &Client,
) -> anyhow::Result<()> {
    let is_left = is_any_left(held).await?;
    if !is_left {
        end_all(held).await?;
    }
    let news = if is_left {
        News::SecondFactorChanged
    } else {
        News::SecondFactorOff
    };
    let event = NewEvent::new(Action::SecondFactorDisable, client).with("method", proof.name());
    changed(app, held, news, event, client).await
}

/// Removes every factor because an operator says so, and ends everything that the user is logged in with. Returns whether there
/// was one.
pub async fn remove_by_operator(
    app: &App,
    held: &mut Held,
    client: &Client,
) -> anyhow::Result<bool> {
    let user_id = held.user().id;
    let was_on = held.user().second_factor_at.is_some();
    end_all(held).await?;
    let event = NewEvent::new(Action::SecondFactorDisable, client).outcome(was_on);
    held.record(app, event).await?;
    if was_on {
        credentials::revoke(held, Scope::SecondFactorChange).await?;
        let email = SendLetter::about(News::SecondFactorOff, user_id);
        app.jobs.enqueue(held.tx(), email).await?;
    }
    Ok(was_on)
}

async fn changed(
    app: &App,
    held: &mut HeldSession,
    news: News,
    event: NewEvent<'_>,
    client: &Client,
) -> anyhow::Result<()> {
    let user_id = held.user().id;
    credentials::revoke_others(held, Scope::SecondFactorChange, client).await?;
    held.record(app, event).await?;
    app.jobs
        .enqueue(held.tx(), SendLetter::about(news, user_id))
        .await?;
    Ok(())
}

/// Whether a user has codes to type: an authenticator app, or backup codes. Security keys have none.
pub async fn has_codes(db: impl Executor<'_, Database = Db>, user_id: Id) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "select exists (
           select 1 from totp_secrets where user_id = $1 and confirmed_at is not null)
         or exists (select 1 from backup_codes where user_id = $1)",
    )
    .bind(user_id)
    .fetch_one(db)
    .await
}

/// Whether the held user has a factor that can be asked for. Backup codes only stand in for one.
async fn is_any_left(held: &mut Held) -> sqlx::Result<bool> {
    let is_left: bool = sqlx::query_scalar(
        "select exists (
           select 1 from totp_secrets where user_id = $1 and confirmed_at is not null)",
    )
    .bind(held.user().id)
    .fetch_one(held.connection())
    .await?;
    let is_left = is_left || passkey::has_security_key(held).await?;
    Ok(is_left)
}

/// Turns it off and removes every factor. Only `credentials` and commands call this.
pub async fn end_all(held: &mut Held) -> sqlx::Result<()> {
    for delete in [
        "delete from totp_secrets where user_id = $1",
        "delete from backup_codes where user_id = $1",
        "delete from passkeys where user_id = $1 and kind = 'second_factor'",
    ] {
        sqlx::query(delete)
            .bind(held.user().id)
            .execute(held.connection())
            .await?;
    }
    turn(held, None).await
}

async fn turn(held: &mut Held, at: Option<OffsetDateTime>) -> sqlx::Result<()> {
    sqlx::query(
        "update members set second_factor_at = $2, second_factor_failures = 0
         where id = $1",
    )
    .bind(held.user().id)
    .bind(at)
    .execute(held.connection())
    .await?;
    held.reload().await
}
