//! Who comes with a request: the secret of their browser becomes a session and a person.

use time::{Duration, OffsetDateTime};

use super::{
    audit::{self, Action, NewEvent, Target},
    client::Client,
    held::{Held, HeldSession},
    login_step,
    secret::Secret,
    session::{
        self, REISSUED_AFTER, Session,
        replaced::{self, Replaced},
    },
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
    /// Whether another secret has replaced the one that came.
    pub is_replaced: bool,
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
        let found = found.filter(|found| found.is_usable(app, held.user()));
        let Some(found) = found else {
            return Ok(None);
        };
        let is_newest = found.replaced().is_none();
        let current = found.session.login_step;
        let session = found.into_session();
        let is_further = session.login_step != current;
        let is_same = session.login_step == self.session.login_step
            && (session.is_recent(app.now()) || !self.needs_sudo);
        Ok(is_same
            .then(|| HeldSession::new(held, session, self.secret.clone(), is_newest, is_further)))
    }
}

/// Who a secret belongs to.
#[derive(Default)]
pub struct Found {
    /// None: the secret is unknown, or the session has ended.
    pub visit: Option<Visit>,
    /// Whose session it is, or was.
    pub user_id: Option<Id>,
}

/// Who comes with this secret. Notes that they were here, and gives remembered sessions a new secret once a week.
pub async fn find(app: &App, secret: &Secret, client: &Client) -> anyhow::Result<Found> {
    let Some(ByUser { by_secret, user }) = by_secret(&app.db, secret).await? else {
        return Ok(Found::default());
    };
    let user_id = Some(user.id);
    if by_secret.is_stolen(app.now()) {
        end_stolen(app, &by_secret.session, client).await?;
    } else if by_secret.is_usable(app, &user) {
        let visit = Some(visit(app, by_secret, user, secret, client).await);
        return Ok(Found { visit, user_id });
    }
    Ok(Found {
        visit: None,
        user_id,
    })
}

async fn visit(app: &App, found: BySecret, user: User, secret: &Secret, client: &Client) -> Visit {
    touch(app, &found.session, client).await;
    let reissued = renew(app, &found, secret).await;
    let is_replaced = found.replaced().is_some();
    let mut session = found.into_session();
    // A new secret by age takes sudo away.
    if reissued.is_some() {
        session.sudo_at = None;
    }
    Visit {
        session,
        user,
        secret: secret.clone(),
        reissued,
        is_replaced,
        needs_sudo: false,
    }
}

/// Returns the secret that the browser should have from now on, if it is another one.
async fn renew(app: &App, found: &BySecret, secret: &Secret) -> Option<Secret> {
    let (session, now) = (&found.session, app.now());
    if let Some(replaced) = found.replaced() {
        // The response that had it was lost, or is still on its way.
        let successor = replaced.successor(secret);
        return successor.filter(|next| replaced.is_unseen() && next.hash() == found.token_hash);
    }
    if found.is_unseen {
        let (db, id) = (app.db.clone(), session.id);
        let seen = async move {
            let mut tx = db::begin_impatient(&db).await?;
            replaced::end_unseen(&mut *tx, id, now).await?;
            tx.commit().await
        };
        app.housekeeping.run("ends_at", seen).await;
    }
    let is_due = session.remembered
        && session.login_step.is_none()
        && now >= session.reissued_at + REISSUED_AFTER;
    if !is_due {
        return None;
    }
    let new = Secret::random().ok()?;
    let (db, id, secrets) = (app.db.clone(), session.id, (secret.clone(), new.clone()));
    let reissued = async move { replaced::by_age(&db, id, (&secrets.0, &secrets.1), now).await };
    let is_reissued = app.housekeeping.run("a new secret", reissued).await;
    is_reissued.filter(|is_reissued| *is_reissued).map(|_| new)
}

/// A session, and what is known of the secret that it was found by.
#[derive(sqlx::FromRow)]
struct BySecret {
    #[sqlx(flatten)]
    session: Session,
    token_hash: Vec<u8>,
    #[sqlx(flatten)]
    columns: replaced::Columns,
    /// Whether this is the first request with a secret that replaced another one because of its age.
    is_unseen: bool,
}

#[derive(sqlx::FromRow)]
struct ByUser {
    #[sqlx(flatten)]
    by_secret: BySecret,
    #[sqlx(flatten)]
    user: User,
}

impl BySecret {
    fn replaced(&self) -> Option<Replaced<'_>> {
        self.columns.replaced()
    }

    /// Whether the secret and the session live, and the account still has the status that the session is for.
    fn is_usable(&self, app: &App, user: &User) -> bool {
        let now = app.now();
        let status = AccountStatus::of(&app.config, user);
        self.replaced()
            .is_none_or(|replaced| replaced.is_valid(now))
            && self.session.is_alive(now)
            && login_step::is_usable(self.session.login_step, status, user, &self.session.proofs)
    }

    /// Whether the secret was replaced because of its age, and its successor is in use: one of the two is a thief's.
    fn is_stolen(&self, now: OffsetDateTime) -> bool {
        let is_late = |replaced: Replaced<'_>| replaced.is_by_age() && !replaced.is_valid(now);
        self.session.is_alive(now) && self.replaced().is_some_and(is_late)
    }

    /// What the session is to who has this secret: one that was replaced has never sudo, and is good for no later login step.
    fn into_session(self) -> Session {
        let login_step = match self.replaced() {
            Some(replaced) => replaced.login_step(),
            None => return self.session,
        };
        Session {
            login_step,
            sudo_at: None,
            ..self.session
        }
    }
}

/// One query, because it runs on every request.
async fn by_secret(db: &Pool, secret: &Secret) -> sqlx::Result<Option<ByUser>> {
    sqlx::query_as(
        "select s.id as session_id, s.user_id, s.remembered, s.login_step, s.proofs, s.address, s.agent, s.sudo_at,
           s.last_active_at, s.reissued_at, s.expires_at, s.inserted_at, s.token_hash,
           r.successor, r.login_step as old_login_step, r.by_age, r.ends_at,
           r.hash is null and exists (
             select 1 from replaced_secrets where session_id = s.id and ends_at is null) as is_unseen,
           u.id, u.email, u.confirmed_at, u.suspended_at, u.deletion_at, u.second_factor_at,
           u.password_hash is not null as has_password
         from sessions s join users u on u.id = s.user_id
           left join replaced_secrets r on r.session_id = s.id and r.hash = $1
         where u.deleted_at is null and s.id = coalesce(
           (select id from sessions where token_hash = $1),
           (select session_id from replaced_secrets where hash = $1))",
    )
    .bind(secret.hash())
    .fetch_optional(db)
    .await
}

/// Locks a session of the held user and reads it again, if this is still one of its secrets.
async fn lock(held: &mut Held, id: Id, secret: &Secret) -> sqlx::Result<Option<BySecret>> {
    sqlx::query(db::locking!(
        "select id from sessions where id = $1 and user_id = $2"
    ))
    .bind(id)
    .bind(held.user().id)
    .execute(held.connection())
    .await?;
    sqlx::query_as(
        "select s.id as session_id, s.user_id, s.remembered, s.login_step, s.proofs, s.address, s.agent, s.sudo_at,
           s.last_active_at, s.reissued_at, s.expires_at, s.inserted_at, s.token_hash,
           r.successor, r.login_step as old_login_step, r.by_age, r.ends_at, false as is_unseen
         from sessions s left join replaced_secrets r on r.session_id = s.id and r.hash = $2
         where s.id = $1 and s.user_id = $3 and (s.token_hash = $2 or r.hash = $2)",
    )
    .bind(id)
    .bind(secret.hash())
    .bind(held.user().id)
    .fetch_optional(held.connection())
    .await
}

/// Notes that the session is in use, at most once a minute. It fails no request.
async fn touch(app: &App, session: &Session, client: &Client) {
    let now = app.now();
    if now < session.last_active_at + TOUCHED_EVERY {
        return;
    }
    let (db, id, address) = (app.db.clone(), session.id, client.address.clone());
    let touched = async move {
        let mut tx = db::begin_impatient(&db).await?;
        sqlx::query("update sessions set last_active_at = $2, address = $3 where id = $1")
            .bind(id)
            .bind(now)
            .bind(address)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    };
    app.housekeeping.run("last_active_at", touched).await;
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
