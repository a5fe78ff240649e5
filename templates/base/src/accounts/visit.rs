//! Who comes with a request: the secret of their browser becomes a session and a person.

use time::{Duration, OffsetDateTime};

use super::{
    audit::{self, Action, NewEvent, Target},
    client::Client,
    login_step,
    secret::Secret,
    session::{self, OLD_SECRET_LIVES, REISSUED_AFTER, Session},
    status::AccountStatus,
    user::User,
};
use crate::{
    app::App,
    db::{self, Pool},
    jobs::send_letter::{News, SendLetter},
};

/// `last_active_at` is written at most this often.
const TOUCHED_EVERY: Duration = Duration::minutes(1);
/// A request waits no longer than this for what it could do without.
const HOUSEKEEPING: std::time::Duration = std::time::Duration::from_secs(1);

/// A session, whose it is, and the secret it has from now on, if that has changed.
#[derive(Clone, Debug)]
pub struct Visit {
    pub session: Session,
    pub user: User,
    pub reissued: Option<Secret>,
}

impl Visit {
    /// Whether they are logged in: no login step is left.
    pub fn is_full(&self) -> bool {
        self.session.login_step.is_none()
    }
}

/// Who comes with this secret. Notes that they were here, and gives remembered sessions a new secret once a week.
pub async fn find(app: &App, secret: &Secret, client: &Client) -> anyhow::Result<Option<Visit>> {
    let now = app.now();
    let found = by_secret(&app.db, secret).await?;
    let Some(found) = found.filter(|found| found.is_usable(app)) else {
        return Ok(None);
    };
    let (mut session, user) = (found.session, found.user);
    if found.is_old && now >= session.reissued_at + OLD_SECRET_LIVES {
        end_stolen(app, &session, client).await?;
        return Ok(None);
    }

    touch(&app.db, &session, client, now).await;
    let is_due = session.remembered
        && session.login_step.is_none()
        && !found.is_old
        && now >= session.reissued_at + REISSUED_AFTER;
    let reissued = match is_due {
        true => reissue(&app.db, &session, secret, now).await?,
        false => None,
    };
    if reissued.is_some() {
        session.sudo_at = None;
    }
    Ok(Some(Visit {
        session,
        user,
        reissued,
    }))
}

#[derive(sqlx::FromRow)]
struct Found {
    #[sqlx(flatten)]
    session: Session,
    is_old: bool,
    #[sqlx(flatten)]
    user: User,
}

impl Found {
    /// An account that was suspended, or taken back, since the session began ends what the session was for.
    fn is_usable(&self, app: &App) -> bool {
        let status = AccountStatus::of(&app.config, &self.user);
        self.session.is_alive(app.now()) && login_step::is_usable(self.session.login_step, status)
    }
}

/// One query, because it runs on every request.
async fn by_secret(db: &Pool, secret: &Secret) -> sqlx::Result<Option<Found>> {
    sqlx::query_as(
        "select s.id as session_id, s.user_id, s.remembered, s.login_step, s.address, s.agent, s.sudo_at,
           s.last_active_at, s.reissued_at, s.expires_at, s.inserted_at, s.token_hash <> $1 as is_old,
           u.id, u.email, u.confirmed_at, u.suspended_at, u.deletion_at,
           u.password_hash is not null as has_password
         from sessions s join {= users =} u on u.id = s.user_id
         where (s.token_hash = $1 or s.old_token_hash = $1) and u.deleted_at is null",
    )
    .bind(secret.hash())
    .fetch_optional(db)
    .await
}

/// Notes that the session is in use, at most once a minute. It fails no request: that another program holds the lock of
/// the database for long is only logged.
async fn touch(db: &Pool, session: &Session, client: &Client, now: OffsetDateTime) {
    if now < session.last_active_at + TOUCHED_EVERY {
        return;
    }
    let touched =
        sqlx::query("update sessions set last_active_at = $2, address = $3 where id = $1")
            .bind(session.id)
            .bind(now)
            .bind(&client.address)
            .execute(db);
    match tokio::time::timeout(HOUSEKEEPING, touched).await {
        Ok(Ok(_)) => (),
        Ok(Err(error)) => tracing::warn!("cannot write last_active_at: {error}"),
        Err(_) => tracing::warn!("cannot write last_active_at within {HOUSEKEEPING:?}"),
    }
}

/// Of two requests that come at once, one changes the secret; the other goes on with the old one for a minute.
async fn reissue(
    db: &Pool,
    session: &Session,
    old: &Secret,
    now: OffsetDateTime,
) -> anyhow::Result<Option<Secret>> {
    let secret = Secret::random()?;
    let changed = sqlx::query(
        "update sessions set token_hash = $3, old_token_hash = token_hash, reissued_at = $4, sudo_at = null
         where id = $1 and token_hash = $2",
    )
    .bind(session.id)
    .bind(old.hash())
    .bind(secret.hash())
    .bind(now)
    .execute(db)
    .await?;
    Ok((changed.rows_affected() == 1).then_some(secret))
}

/// Somebody uses a secret that was replaced: one of the two is a thief, and we cannot tell which.
async fn end_stolen(app: &App, session: &Session, client: &Client) -> anyhow::Result<()> {
    let mut tx = db::begin(&app.db).await?;
    if session::end(&mut tx, session.user_id, session.id).await? {
        app.jobs
            .enqueue(
                &mut tx,
                SendLetter::about(News::SessionStolen, session.user_id),
            )
            .await?;
        let event = NewEvent::new(Action::SessionReuse, client).about(Some(session.user_id));
        audit::record(app, &mut tx, event.on(Target::Session(session.id))).await?;
    }
    Ok(tx.commit().await?)
}
