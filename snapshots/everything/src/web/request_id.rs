//! A number for each request: in the log, on error pages, in audit rows and in `X-Request-Id`.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{Extensions, HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use tower_http::request_id::{MakeRequestId, MakeRequestUuid, RequestId};

use super::client::is_proxy;
use crate::app::App;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Gives every request a UUID of ours. One that comes along is kept only if a proxy of `TRUSTED_PROXIES` sends it and it
/// is a UUID: anybody can write the header, and it would stand in the log.
pub async fn set(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let Some(id) = given(&app, &request).or_else(|| MakeRequestUuid.make_request_id(&request))
    else {
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

fn given(app: &App, request: &Request) -> Option<RequestId> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    let id = uuid(request.headers())?;
    let is_trusted = is_proxy(peer.ip(), &app.config.trusted_proxies);
    is_trusted.then(|| RequestId::new(id.clone()))
}

/// The header's value, if there is one and it is a UUID in its usual form (RFC 9562, section 4).
fn uuid(headers: &HeaderMap) -> Option<&HeaderValue> {
    let mut values = headers.get_all(HEADER).iter();
    let (value, None) = (values.next()?, values.next()) else {
        return None;
    };
    let groups: Vec<&str> = value.to_str().ok()?.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let is_hex = groups.concat().bytes().all(|byte| byte.is_ascii_hexdigit());
    (lengths == [8, 4, 4, 4, 12] && is_hex).then_some(value)
}
