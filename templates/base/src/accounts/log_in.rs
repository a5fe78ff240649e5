//! Coming in. Every way in ends in [`admit`], the only place where a session begins.

use uuid::Uuid;

use super::{
    audit::{self, Action, Outcome},
    client::Client,
    email::Email,
    gate, hooks,
    password::Password,
    secret::Secret,
    session::{self, Kind},
    user::{self, User},
};
use crate::{
    app::App,
    db::{self, Pool, Tx},
};

/// Logs somebody in with a password, or says no without saying why: unknown, wrong and unconfirmed look alike and cost
/// the same. `email` is none where what was typed is no address.
///
/// # Errors
/// [`Busy`](super::password::Busy) when too many passwords are waiting to be checked.
pub async fn with_password(
    app: &App,
    email: Option<&Email>,
    password: &Password,
    kind: Kind,
    client: &Client,
) -> anyhow::Result<Option<Secret>> {
    let (user, hash) = credentials(&app.db, email).await?;
    let right = app.hasher.verify(password, hash.as_deref()).await?;
    let welcome = user
        .clone()
        .filter(|user| right && gate::next(user).is_none());
    let Some((user, hash)) = welcome.zip(hash) else {
        return refuse(app, user.map(|user| user.id), client).await;
    };
    let renewed = match app.hasher.is_outdated(&hash) {
        true => Some(app.hasher.hash(password).await?),
        false => None,
    };

    let mut tx = db::begin(&app.db).await?;
    if !user::keep_password(&mut tx, user.id, &hash, renewed).await? {
        tx.rollback().await?;
        return refuse(app, Some(user.id), client).await;
    }
    let session = admit(app, &mut tx, &user, kind, client).await?;
    tx.commit().await?;
    Ok(session)
}

/// Begins a session for somebody who has proved who they are, unless a gate is still shut.
pub async fn admit(
    app: &App,
    tx: &mut Tx,
    user: &User,
    kind: Kind,
    client: &Client,
) -> anyhow::Result<Option<Secret>> {
    if gate::next(user).is_some() {
        audit::record(
            app,
            tx,
            Action::LogIn,
            Outcome::Failure,
            Some(user.id),
            client,
        )
        .await?;
        return Ok(None);
    }
    hooks::logged_in(tx, user.id).await?;
    audit::record(
        app,
        tx,
        Action::LogIn,
        Outcome::Success,
        Some(user.id),
        client,
    )
    .await?;
    Ok(Some(
        session::start(tx, user.id, kind, client, app.now()).await?,
    ))
}

/// Whether this is the password of whoever has this address. As slow for nobody's.
pub async fn is_theirs(app: &App, email: &Email, password: &Password) -> anyhow::Result<bool> {
    let (_, hash) = credentials(&app.db, Some(email)).await?;
    app.hasher.verify(password, hash.as_deref()).await
}

async fn refuse(
    app: &App,
    user_id: Option<Uuid>,
    client: &Client,
) -> anyhow::Result<Option<Secret>> {
    let mut tx = db::begin(&app.db).await?;
    audit::record(
        app,
        &mut tx,
        Action::LogIn,
        Outcome::Failure,
        user_id,
        client,
    )
    .await?;
    tx.commit().await?;
    Ok(None)
}

/// Somebody and their password's hash, which is the one place that reads it.
async fn credentials(
    db: &Pool,
    email: Option<&Email>,
) -> sqlx::Result<(Option<User>, Option<String>)> {
    #[derive(sqlx::FromRow)]
    struct Found {
        #[sqlx(flatten)]
        user: User,
        password_hash: Option<String>,
    }
    let found: Option<Found> =
        sqlx::query_as("select id, email, confirmed_at, password_hash from users where email = $1")
            .bind(email)
            .fetch_optional(db)
            .await?;
    Ok(found.map_or((None, None), |found| {
        (Some(found.user), found.password_hash)
    }))
}
