//! Who comes with a request: the secret of their browser becomes a session and a person.

use time::{Duration, OffsetDateTime};

use super::{
    audit::{self, Action},
    client::Client,
    gate,
    secret::Secret,
    session::{self, OLD_SECRET_LIVES, REISSUED_AFTER, Session},
    user::{self, User},
};
use crate::{
    app::App,
    db::{self, Pool},
    jobs::send_letter::{News, SendLetter},
};

/// `last_active_at` is written at most this often.
const TOUCHED_EVERY: Duration = Duration::minutes(1);

/// A session, whose it is, and the secret it has from now on, if that has changed.
#[derive(Clone, Debug)]
pub struct Visit {
    pub session: Session,
    pub user: User,
    pub reissued: Option<Secret>,
}

impl Visit {
    /// Whether they are logged in, rather than waiting at a gate.
    pub fn is_in(&self) -> bool {
        self.session.gate.is_none()
    }
}

/// Who comes with this secret. Notes that they were here, and gives remembered sessions a new secret once a week.
pub async fn find(app: &App, secret: &Secret, client: &Client) -> anyhow::Result<Option<Visit>> {
    let now = app.now();
    let Some(found) = by_secret(&app.db, secret)
        .await?
        .filter(|found| found.session.is_alive(now))
    else {
        return Ok(None);
    };
    let mut session = found.session;
    // A gate that has shut since, or opened, ends what the session was for.
    let user = user::by_id(&app.db, session.user_id)
        .await?
        .filter(|user| gate::next(&app.config, user) == session.gate);
    let Some(user) = user else {
        return Ok(None);
    };
    if found.is_old && now >= session.reissued_at + OLD_SECRET_LIVES {
        end_stolen(app, &session, client).await?;
        return Ok(None);
    }

    touch(&app.db, &session, client, now).await?;
    let is_due = session.remembered
        && session.gate.is_none()
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
}

async fn by_secret(db: &Pool, secret: &Secret) -> sqlx::Result<Option<Found>> {
    sqlx::query_as(
        "select id, user_id, remembered, gate, address, agent, sudo_at, last_active_at, reissued_at,
           expires_at, inserted_at, token_hash <> $1 as is_old
         from sessions where token_hash = $1 or old_token_hash = $1",
    )
    .bind(secret.hash())
    .fetch_optional(db)
    .await
}

async fn touch(
    db: &Pool,
    session: &Session,
    client: &Client,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    if now < session.last_active_at + TOUCHED_EVERY {
        return Ok(());
    }
    sqlx::query("update sessions set last_active_at = $2, address = $3 where id = $1")
        .bind(session.id)
        .bind(now)
        .bind(&client.address)
        .execute(db)
        .await?;
    Ok(())
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
        audit::success(app, &mut tx, Action::SessionReuse, session.user_id, client).await?;
    }
    Ok(tx.commit().await?)
}
