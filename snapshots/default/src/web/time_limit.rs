//! How long a request may take.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    body::{Body, HttpBody},
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;
use tokio::time::{Instant, sleep_until};

use super::error::{Error, explain};

/// How long a request may take, and how slow it may be.
#[derive(Clone, Copy)]
pub struct TimeLimit {
    /// For a request as a whole on the accounts' own routes; for yours, without anything new of its body having come.
    pub patience: Duration,
    /// A body that comes more slowly than this, after `patience`, is cut off. In bytes a second.
    pub slowest: u64,
}

pub const TIME_LIMIT: TimeLimit = TimeLimit {
    patience: Duration::from_secs(30),
    slowest: 1024,
};

/// For the accounts' own routes, whose bodies are short: so much time for everything.
pub async fn whole(State(limit): State<TimeLimit>, request: Request, next: Next) -> Response {
    let body = Arc::new(Progress::of(request.body(), limit));
    let request = watched(request, &body);
    tokio::select! {
        response = next.run(request) => response,
        is_open = body.whole() => too_late(is_open),
    }
}

/// For your own routes: an upload takes as long as it takes while its body comes in, and the handler has 30 seconds after
/// that. A response that is streamed has begun then, and is never cut off.
pub async fn while_body_comes(
    State(limit): State<TimeLimit>,
    request: Request,
    next: Next,
) -> Response {
    let body = Arc::new(Progress::of(request.body(), limit));
    let request = watched(request, &body);
    tokio::select! {
        response = next.run(request) => response,
        is_open = body.stands_still() => too_late(is_open),
    }
}

fn watched(request: Request, progress: &Arc<Progress>) -> Request {
    if request.body().is_end_stream() {
        return request;
    }
    let seen = Seen(progress.clone());
    request.map(|body| {
        Body::new(body.map_frame(move |frame| {
            seen.0
                .received(frame.data_ref().map_or(0, |data| data.len() as u64));
            frame
        }))
    })
}

/// What has come of a body so far.
struct Progress {
    limit: TimeLimit,
    received: Mutex<Received>,
}

struct Received {
    begun: Instant,
    last: Instant,
    bytes: u64,
    is_open: bool,
}

impl Progress {
    fn of(body: &Body, limit: TimeLimit) -> Self {
        let now = Instant::now();
        let received = Mutex::new(Received {
            begun: now,
            last: now,
            bytes: 0,
            is_open: !body.is_end_stream(),
        });
        Self { limit, received }
    }

    fn state(&self) -> MutexGuard<'_, Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn received(&self, bytes: u64) {
        self.change(|state| state.bytes += bytes);
    }

    fn end(&self) {
        self.change(|state| state.is_open = false);
    }

    fn change(&self, change: impl FnOnce(&mut Received)) {
        let mut state = self.state();
        state.last = Instant::now();
        change(&mut state);
    }

    /// Until when something has to happen, and whether the body is still coming.
    fn deadline(&self) -> (Instant, bool) {
        let state = self.state();
        let TimeLimit { patience, slowest } = self.limit;
        let next = state.last + patience;
        if !state.is_open {
            return (next, false);
        }
        let all = state.begun + patience + Duration::from_secs(state.bytes / slowest);
        (next.min(all), true)
    }

    /// Returns when the time for everything is over, and whether the body is still coming then.
    async fn whole(&self) -> bool {
        let deadline = self.state().begun + self.limit.patience;
        sleep_until(deadline).await;
        self.state().is_open
    }

    /// Returns when nothing has happened for too long, and whether the body is still coming then.
    async fn stands_still(&self) -> bool {
        loop {
            let (deadline, is_open) = self.deadline();
            if deadline <= Instant::now() {
                return is_open;
            }
            sleep_until(deadline).await;
        }
    }
}

/// 408 if the body has not come, else 503.
fn too_late(is_open: bool) -> Response {
    if !is_open {
        return Error::Unavailable(anyhow::anyhow!("a handler took too long")).into_response();
    }
    let (title, detail) = explain(StatusCode::REQUEST_TIMEOUT);
    Error::new(StatusCode::REQUEST_TIMEOUT, title, detail).into_response()
}

/// Dropped with the body: a handler has read it, or does not want it.
struct Seen(Arc<Progress>);

impl Drop for Seen {
    fn drop(&mut self) {
        self.0.end();
    }
}
