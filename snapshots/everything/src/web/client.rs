//! Where a request comes from, behind whatever proxies there are.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use ipnet::IpNet;

use super::cookies::Cookies;
use crate::{accounts::client::Client, app::App};

impl FromRequestParts<App> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        // Without an address everybody is counted together, which is better than not at all.
        let peer = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
        let agent = parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|agent| agent.to_str().ok());
        let address = address(peer, &parts.headers, &app.config.trusted_proxies);
        let device = Cookies::read(&parts.headers, &app.config).device();
        Ok(Self::new(address, agent.unwrap_or_default(), device))
    }
}

/// Walks `X-Forwarded-For` from its end, as long as a proxy of ours says who it got the request from. Whatever stands
/// before that, or comes from elsewhere, anybody can have written.
fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_ours = |address: IpAddr| {
        trusted
            .iter()
            .any(|network| network.contains(&address.to_canonical()))
    };
    let hops = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|line| line.to_str().ok());
    let mut hops: Vec<&str> = hops
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .collect();
    let mut address = peer;
    while is_ours(address) {
        match hops.pop().and_then(|hop| hop.parse().ok()) {
            Some(before) => address = before,
            None => break,
        }
    }
    address
}
