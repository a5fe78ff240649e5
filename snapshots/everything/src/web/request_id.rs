//! A number for each request: in the log, on error pages, in audit rows and in `X-Request-Id`.

use axum::{
    extract::Request,
    http::{Extensions, HeaderName},
    middleware::Next,
    response::Response,
};
use tower_http::request_id::{MakeRequestId, MakeRequestUuid, RequestId};

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Gives every request a UUID of ours. One that comes along is replaced, also if a proxy sends it: most of them pass on what
/// a client has written, and it would stand in audit rows.
pub async fn set(mut request: Request, next: Next) -> Response {
    let Some(id) = MakeRequestUuid.make_request_id(&request) else {
        return next.run(request).await;
    };
    let value = id.header_value().clone();
    request.headers_mut().insert(HEADER, value.clone());
    request.extensions_mut().insert(id);
    let mut response = next.run(request).await;
    response.headers_mut().insert(HEADER, value);
    response
}

/// Returns the UUID of this request, or `None` where it is not below [`set`].
pub fn of(extensions: &Extensions) -> Option<&str> {
    extensions.get::<RequestId>()?.header_value().to_str().ok()
}
