//! Writes that no request may fail for, such as when a session was last active.

use std::{
    future::Future,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use tracing::Instrument;

use super::repeat;
use crate::{app::App, db};

/// A request waits no longer than this for what it could do without.
const PATIENCE: Duration = Duration::from_secs(1);
/// After one that could not be done, for instance because another program holds the database's lock, this long none is
/// tried: each would keep a connection waiting that pages need.
const PAUSE: Duration = Duration::from_secs(5);

#[derive(Default)]
pub struct Housekeeping {
    failed_at: Mutex<Option<Instant>>,
}

impl Housekeeping {
    /// Runs a write. That it cannot be done is only logged.
    pub async fn run<T: Send + 'static>(
        &self,
        what: &str,
        write: impl Future<Output = sqlx::Result<T>> + Send + 'static,
    ) -> Option<T> {
        if self.is_paused() {
            return None;
        }
        // A task of its own finishes it: given up half-way, it would leave a connection to the next query that still waits.
        let write = tokio::spawn(write.in_current_span());
        match tokio::time::timeout(PATIENCE, write).await {
            Ok(Ok(Ok(done))) => return Some(done),
            Ok(Ok(Err(error))) => tracing::warn!("cannot write {what}: {error}"),
            Ok(Err(error)) => tracing::warn!("cannot write {what}: {error}"),
            Err(_) => tracing::warn!("cannot write {what} within {PATIENCE:?}"),
        }
        *self
            .failed_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        None
    }

    fn is_paused(&self) -> bool {
        let failed_at = self
            .failed_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        failed_at.is_some_and(|at| at.elapsed() < PAUSE)
    }
}

/// Erases what was kept for second clicks and lost responses, once their time is over.
pub async fn erase_secrets(app: &App) {
    let (db, now) = (app.db.clone(), app.now());
    let erased = async move {
        let mut tx = db::begin_impatient(&db).await?;
        repeat::erase_secrets(&mut *tx, now).await?;
        //% if jwt
        super::jwt::refresh::erase_children(&mut *tx, now).await?;
        //% endif
        tx.commit().await
    };
    app.housekeeping.run("what was kept", erased).await;
}
