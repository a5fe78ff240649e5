//! Requests that are carried out to their end, whether or not their client waits for it.
//!
//! A browser gives the first request up when a button is clicked twice. What it has begun must not stop half-way: an attempt that
//! was counted would be neither right nor wrong.

use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::task::JoinError;
use tracing::Instrument;

/// Runs the rest of a request that may write something in a task of its own.
pub async fn run(next: Next, request: Request) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let answered = next.run(request).in_current_span();
    match tokio::spawn(answered)
        .await
        .map_err(JoinError::try_into_panic)
    {
        Ok(response) => response,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // The program is being stopped.
        Err(Err(_)) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
