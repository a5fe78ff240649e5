//! Who comes with a request: the secret of their browser becomes a session and a person.

use time::{Duration, OffsetDateTime};

use super::{
    audit::{self, Action, NewEvent, Target},
    client::Client,
    held::{Held, HeldSession},
    login_step,
    secret::Secret,
    session::{self, OLD_SECRET_LIVES, REISSUED_AFTER, Session},
    status::AccountStatus,
    user::User,
};
use crate::{
    app::App,
    db::{self, Pool, Tx},
    id::Id,
    jobs::send_letter::{News, SendLetter},
};

/// `last_active_at` is written at most this often.
const TOUCHED_EVERY: Duration = Duration::minutes(1);

/// A session, whose it is, and the secret it has from now on, if that has changed.
#[derive(Clone, Debug)]
pub struct Visit {
    pub session: Session,
    pub user: User,
    /// The secret that came with the request.
    pub secret: Secret,
    pub reissued: Option<Secret>,
    /// Whether it was let in because of a proof in the last minutes: then that has to be true still when it writes.
    pub needs_sudo: bool,
}

impl Visit {
    /// Whether they are logged in: no login step is left.
    pub fn is_full(&self) -> bool {
        self.session.login_step.is_none()
    }

    /// Holds the user and the session, if the session is still what the request was let in with. None: it has ended, or has
    /// another secret or login step, or is not in sudo any more, or the account is not what it was.
    pub async fn hold(&self, app: &App) -> sqlx::Result<Option<HeldSession>> {
        self.hold_in(app, db::begin(&app.db).await?).await
    }

    /// The same in a transaction that has begun, for what takes another lock before that of the user.
    pub(super) async fn hold_in(&self, app: &App, tx: Tx) -> sqlx::Result<Option<HeldSession>> {
        let Some(mut held) = Held::lock(tx, self.user.id).await? else {
            return Ok(None);
        };
        let found = lock(&mut held, self.session.id, &self.secret).await?;
        let found = found.filter(|found| {
            let in_sudo = !found.is_old && found.session.is_recent(app.now());
            found.is_usable(app, held.user())
                && !found.is_stale(app.now())
                && found.session.login_step == self.session.login_step
                && (in_sudo || !self.needs_sudo)
        });
        Ok(found.map(|found| HeldSession::new(held, found.session)))
    }
}

/// Who comes with this secret. Notes that they were here, and gives remembered sessions a new secret once a week.
pub async fn find(app: &App, secret: &Secret, client: &Client) -> anyhow::Result<Option<Visit>> {
    let now = app.now();
    let found = by_secret(&app.db, secret).await?;
    let Some(ByUser { found, user }) = found else {
        return Ok(None);
    };
    if !found.is_usable(app, &user) {
        return Ok(None);
    }
    if found.is_stale(now) {
        end_stolen(app, &found.session, client).await?;
        return Ok(None);
    }
    let mut session = found.session;
    touch(&app.db, &session, client, now).await;
    let is_due = session.remembered
        && session.login_step.is_none()
        && !found.is_old
        && now >= session.reissued_at + REISSUED_AFTER;
    let reissued = match is_due {
        true => reissue(&app.db, &session, secret, now).await?,
        false => None,
    };
    // A new secret by age takes sudo away, and a secret that was replaced never has it.
    if found.is_old || reissued.is_some() {
        session.sudo_at = None;
    }
    Ok(Some(Visit {
        session,
        user,
        secret: secret.clone(),
        reissued,
        needs_sudo: false,
    }))
}

/// A session, and whether it was found by the secret it had before the current one.
#[derive(sqlx::FromRow)]
struct Found {
    #[sqlx(flatten)]
    session: Session,
    is_old: bool,
}

#[derive(sqlx::FromRow)]
struct ByUser {
    #[sqlx(flatten)]
    found: Found,
    #[sqlx(flatten)]
    user: User,
}

impl Found {
    /// Whether the session lives, and the account still has the status that the session is for.
    fn is_usable(&self, app: &App, user: &User) -> bool {
        let status = AccountStatus::of(&app.config, user);
        self.session.is_alive(app.now()) && login_step::is_usable(self.session.login_step, status)
    }

    /// Whether the secret was replaced too long ago for a request that was under way.
    fn is_stale(&self, now: OffsetDateTime) -> bool {
        self.is_old && now >= self.session.reissued_at + OLD_SECRET_LIVES
    }
}

/// One query, because it runs on every request.
async fn by_secret(db: &Pool, secret: &Secret) -> sqlx::Result<Option<ByUser>> {
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

/// Locks a session of the held user and reads it again, if this is still one of its secrets.
async fn lock(held: &mut Held, id: Id, secret: &Secret) -> sqlx::Result<Option<Found>> {
    sqlx::query_as(db::locking!(
        "select id as session_id, user_id, remembered, login_step, address, agent, sudo_at, last_active_at,
           reissued_at, expires_at, inserted_at, token_hash <> $2 as is_old
         from sessions
         where id = $1 and (token_hash = $2 or old_token_hash = $2) and user_id = $3"
    ))
    .bind(id)
    .bind(secret.hash())
    .bind(held.user().id)
    .fetch_optional(held.connection())
    .await
}

/// Notes that the session is in use, at most once a minute. It fails no request.
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
    db::housekeeping("last_active_at", touched).await;
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
    let Some(mut held) = Held::begin(app, session.user_id).await? else {
        return Ok(());
    };
    if session::end(&mut held, session.id).await? {
        app.jobs
            .enqueue(
                held.tx(),
                SendLetter::about(News::SessionStolen, session.user_id),
            )
            .await?;
        let event = NewEvent::new(Action::SessionReuse, client).about(Some(session.user_id));
        audit::record(app, held.tx(), event.on(Target::Session(session.id))).await?;
    }
    Ok(held.commit().await?)
}
