//! Requests that are carried out to their end, whether or not their client waits for it.
//!
//! A browser gives the first request up when a button is clicked twice. What it has begun must not stop half-way: an attempt that
//! was counted would be neither right nor wrong.

use std::{future::Future, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tracing::Instrument;

use super::{connections::PATIENCE, time_limit::TIME_LIMIT};
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

/// Runs the rest of a request that may write something in a task of its own. One whose client hangs up, or is told that it was
/// too slow ([`super::time_limit`]), before the body has come is given up: nothing was done.
pub async fn run(app: &App, next: Next, request: Request) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let Some(place) = app.places.take() else {
        return next.run(request).await;
    };
    let (request, body) = watched(request);
    let (mut answer, answered) = oneshot::channel();
    let work = async move {
        let _place = place;
        let response = tokio::select! {
            response = within_time(next.run(request)) => response,
            () = broken_off(&mut answer, &body) => return,
        };
        if let Err(unheard) = answer.send(response) {
            let status = unheard.status().as_u16();
            tracing::info!(status, "the client has hung up before this response");
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

/// Lives as long as a body that has not come yet, or has not been read.
type Awaited = Arc<()>;

fn watched(request: Request) -> (Request, Awaited) {
    let awaited = Awaited::default();
    let held = awaited.clone();
    let request = request.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _held = &held;
            frame
        }))
    });
    (request, awaited)
}

/// Returns when the client is gone, if the body has not come by then.
async fn broken_off(answer: &mut oneshot::Sender<Response>, body: &Awaited) {
    answer.closed().await;
    if Arc::strong_count(body) == 1 {
        std::future::pending().await
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
