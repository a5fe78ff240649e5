//! Where a request comes from, behind whatever proxies there are.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Once,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, HeaderName, header, request::Parts},
};
use ipnet::IpNet;

use super::{cookies::Cookies, request_id, same_browser::SameBrowser};
use crate::{accounts::client::Client, app::App, config::Config};

const FORWARDED: &str = "x-forwarded-for";

impl FromRequestParts<App> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        // Without an address everybody is counted together, which is better than not at all.
        let peer = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
        let agent = parts.headers.get(header::USER_AGENT);
        let agent = agent.map(|agent| String::from_utf8_lossy(agent.as_bytes()));
        let address = client_ip(peer, &parts.headers, &app.config);
        let cookies = Cookies::read(&parts.headers, &app.config);
        let device = cookies.device();
        let request_id = request_id::of(&parts.extensions).map(str::to_owned);
        let browser = parts.extensions.get::<SameBrowser>();
        Ok(Self {
            session: cookies.session(),
            trusted: cookies.trusted(),
            browser: browser.map(|SameBrowser(secret)| secret.clone()),
            request_id,
            ..Self::new(address, &agent.unwrap_or_default(), device)
        })
    }
}

/// Where a request comes from, as the proxies of `TRUSTED_PROXIES` say. What anybody else writes into a header does not count.
///
/// Returns `None` where a proxy of ours names nothing that can be read: its own address would be that of all its users.
pub fn client_ip(peer: IpAddr, headers: &HeaderMap, config: &Config) -> Option<IpAddr> {
    let peer = peer.to_canonical();
    if !is_proxy(peer, &config.trusted_proxies) {
        return Some(peer);
    }
    let address = match &config.client_ip_header {
        Some(name) => named(headers, name),
        None => forwarded(peer, headers, &config.trusted_proxies),
    };
    if address.is_none() {
        tracing::error!(proxy = %peer, "a proxy of TRUSTED_PROXIES names no client that can be read");
    }
    address
}

/// A header that comes once and has one address.
fn named(headers: &HeaderMap, name: &HeaderName) -> Option<IpAddr> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => parse(value.as_bytes().trim_ascii()),
        _ => None,
    }
}

/// Walks `X-Forwarded-For` from its end, as long as a proxy of ours says who it got the request from.
fn forwarded(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    let mut hops = hops(headers);
    if hops.is_empty() {
        return silent_proxy(peer, headers.contains_key(FORWARDED));
    }
    let mut address = peer;
    while is_proxy(address, trusted) {
        match hops.pop() {
            Some(hop) => address = parse(hop)?,
            None => break,
        }
    }
    Some(address)
}

/// Returns whether this address is one of `TRUSTED_PROXIES`.
pub fn is_proxy(address: IpAddr, trusted: &[IpNet]) -> bool {
    let address = address.to_canonical();
    trusted.iter().any(|network| network.contains(&address))
}

/// The elements of all lines as one list, the client first. Empty ones do not count (RFC 9110, 5.6.1).
fn hops(headers: &HeaderMap) -> Vec<&[u8]> {
    let lines = headers.get_all(FORWARDED).iter();
    let elements = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    let elements = elements.map(<[u8]>::trim_ascii);
    elements.filter(|element| !element.is_empty()).collect()
}

/// A proxy that says nothing asks for itself, as its own health checks do.
fn silent_proxy(address: IpAddr, has_header: bool) -> Option<IpAddr> {
    static WARNED: Once = Once::new();
    WARNED.call_once(|| {
        tracing::warn!(
            "a proxy of TRUSTED_PROXIES sends no {FORWARDED}: its users are counted as one"
        );
    });
    (!has_header).then_some(address)
}

/// Reads `192.0.2.1`, `192.0.2.1:51234`, `2001:db8::1`, `[2001:db8::1]` and `[2001:db8::1]:443`, each also in quotes.
fn parse(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim_matches('"');
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let text = bare.unwrap_or(text);
    // `fe80::1%eth0`: which card of the proxy's, which means nothing here.
    let without_zone = text.split_once('%').map_or(text, |(address, _)| address);
    let address = without_zone.parse().ok();
    let with_port = || Some(text.parse::<SocketAddr>().ok()?.ip());
    Some(address.or_else(with_port)?.to_canonical())
}
