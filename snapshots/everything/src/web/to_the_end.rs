//! Requests that are carried out to their end, whether or not their client waits for it.
//!
//! A browser gives the first request up when a button is clicked twice. What it has begun must not stop half-way: an attempt that
//! was counted would be neither right nor wrong.

use std::{future::Future, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::{BodyExt, Channel, Limited};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tracing::Instrument;

use super::{MAX_BODY, connections::PATIENCE, time_limit::TIME_LIMIT};
use crate::app::App;

/// Places for requests whose client may have hung up. There are as many as connections, so that they are no more work than
/// clients that wait.
#[derive(Clone)]
pub struct Places(Arc<Semaphore>);

/// A request that still runs then waits for something that does not come, and holds a connection to the database.
const LONGEST: Duration = TIME_LIMIT.patience.saturating_mul(2);

impl Places {
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(PATIENCE.max)))
    }

    /// One of them, if one is left.
    pub fn take(&self) -> Option<OwnedSemaphorePermit> {
        self.0.clone().try_acquire_owned().ok()
    }

    /// Returns when every request has come to its end.
    pub async fn are_free(&self) {
        let all = u32::try_from(PATIENCE.max).unwrap_or(u32::MAX);
        // It is never closed.
        drop(self.0.acquire_many(all).await);
    }
}

impl Default for Places {
    fn default() -> Self {
        Self::new()
    }
}

/// Runs the rest of a request that may write something in a task of its own. It begins when the whole body has come: a client that
/// is told that it has not ([`super::time_limit`]) can rely on that nothing was done.
pub async fn run(app: &App, next: Next, request: Request) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let request = with_whole_body(request).await;
    let Some(place) = app.places.take() else {
        return next.run(request).await;
    };
    let (answer, answered) = oneshot::channel();
    let work = async move {
        let _place = place;
        let response = within_time(next.run(request)).await;
        if let Err(unheard) = answer.send(response) {
            let status = unheard.status().as_u16();
            tracing::info!(status, "carried out; the client has hung up");
        }
    };
    let task = tokio::spawn(work.in_current_span());
    if let Ok(response) = answered.await {
        return response;
    }
    match task.await {
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The program is being stopped.
        _ => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn within_time(work: impl Future<Output = Response>) -> Response {
    match tokio::time::timeout(LONGEST, work).await {
        Ok(response) => response,
        Err(_) => {
            tracing::error!("a request was given up: it took too long");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// One that is too long, or breaks off, stays one: who reads it says so.
async fn with_whole_body(request: Request) -> Request {
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(whole) => Body::from(whole.to_bytes()),
        Err(error) => {
            let (sender, broken) = Channel::<Bytes, _>::new(1);
            sender.abort(error);
            Body::new(broken)
        }
    };
    Request::from_parts(parts, body)
}
