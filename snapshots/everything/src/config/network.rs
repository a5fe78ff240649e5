//! Where the app is on the network: `APP_URL`, `PORT`, `COOKIE_DOMAIN` and `TRUSTED_PROXIES`.

use std::net::IpAddr;

use axum::http::{HeaderName, header};
use ipnet::{IpNet, Ipv4Net};
use url::{Host, Url};

use super::reader::Reader;

const TRUSTED_PROXIES_HELP: &str =
    "must be `none`, or the networks of your proxies: 10.0.0.0/8,fd00::/8";

/// Headers that never have an address only. `Forwarded` has it among other things.
const OTHERS: [HeaderName; 5] = [
    header::FORWARDED,
    header::COOKIE,
    header::AUTHORIZATION,
    header::HOST,
    header::USER_AGENT,
];

impl Reader<'_> {
    pub fn port(&mut self) -> u16 {
        let help = "must be a number from 1 to 65535";
        let port = self.parsed("PORT", "4000", help);
        if port == Some(0) {
            self.problem("PORT", help);
        }
        port.unwrap_or_default()
    }

    pub fn url(&mut self, port: u16) -> Option<Url> {
        let help = "must be where people reach you: https://shop.example.com";
        let Some(text) = self.required("APP_URL") else {
            return Url::parse(&format!("http://localhost:{port}")).ok();
        };
        let url: Url = self.parse("APP_URL", &text, help)?;
        let is_http = !self.production && url.scheme() == "http";
        let host = url.host_str().unwrap_or_default();
        let is_reachable = !host.is_empty() && !host.ends_with('.');
        if !is_reachable || !(url.scheme() == "https" || is_http) {
            self.problem("APP_URL", help);
        } else if !is_origin(&url) {
            self.problem(
                "APP_URL",
                "must end after the host and the port: our pages are not below a path",
            );
        }
        Some(url)
    }

    pub fn cookie_domain(&mut self, url: Option<&Url>) -> Option<String> {
        let text = self.text("COOKIE_DOMAIN")?;
        let host = url.and_then(Url::host_str).unwrap_or_default();
        let help = format!("must be the domain of APP_URL, or one above it: .{host}");
        let Ok(Host::Domain(domain)) = Host::parse(text.strip_prefix('.').unwrap_or(&text)) else {
            self.problem("COOKIE_DOMAIN", &help);
            return None;
        };
        if host != domain && !host.ends_with(&format!(".{domain}")) {
            self.problem("COOKIE_DOMAIN", &help);
        } else if is_public_suffix(&domain) {
            self.problem(
                "COOKIE_DOMAIN",
                "is a domain below which others have theirs: browsers refuse its cookies",
            );
        }
        Some(domain)
    }

    pub fn trusted_proxies(&mut self) -> Vec<IpNet> {
        match self.required("TRUSTED_PROXIES").as_deref() {
            None | Some("none") => Vec::new(),
            Some(list) => {
                let items = self.items("TRUSTED_PROXIES", list).into_iter();
                items.filter_map(|item| self.network(item)).collect()
            }
        }
    }

    /// None: `X-Forwarded-For`.
    pub fn client_ip_header(&mut self, proxies: &[IpNet]) -> Option<HeaderName> {
        let text = self.text("CLIENT_IP_HEADER")?;
        let help = "must be the name of a header that has an address only, such as Fly-Client-IP";
        let name: HeaderName = self.parse("CLIENT_IP_HEADER", &text, help)?;
        if OTHERS.contains(&name) {
            self.problem("CLIENT_IP_HEADER", help);
        } else if proxies.is_empty() {
            let why =
                "is believed of TRUSTED_PROXIES only: name the networks that your proxies are in";
            self.problem("CLIENT_IP_HEADER", why);
        }
        (name != "x-forwarded-for").then_some(name)
    }

    fn network(&mut self, text: &str) -> Option<IpNet> {
        let network = match text.parse::<IpAddr>() {
            Ok(address) => IpNet::from(address),
            Err(_) => self.parse("TRUSTED_PROXIES", text, TRUSTED_PROXIES_HELP)?,
        };
        let network = canonical(network);
        if is_too_wide(network) {
            let what =
                format!("{text} is more than the networks of any proxy: name your proxies only");
            self.problem("TRUSTED_PROXIES", &what);
        }
        Some(network)
    }
}

/// Whether it is wider than the networks of any proxy. A private address has to be in a network that is private as a whole
/// (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7), and the public ones of the largest providers have some millions of
/// addresses.
fn is_too_wide(network: IpNet) -> bool {
    let (first, last) = (network.network(), network.broadcast());
    if is_private(network.addr()) {
        return !is_private(first) || !is_private(last);
    }
    let least = match network {
        IpNet::V4(_) => 10,
        IpNet::V6(_) => 19,
    };
    network.prefix_len() < least
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_loopback(),
    }
}

/// Whether a URL names an origin and nothing else.
fn is_origin(url: &Url) -> bool {
    let has_user = !url.username().is_empty() || url.password().is_some();
    let has_more = url.query().is_some() || url.fragment().is_some();
    url.path() == "/" && !has_user && !has_more
}

/// IPv4 addresses that are written as IPv6 are IPv4 addresses.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else {
        return network;
    };
    let mapped = v6
        .addr()
        .to_ipv4_mapped()
        .zip(v6.prefix_len().checked_sub(96));
    let v4 = mapped.and_then(|(address, length)| Ipv4Net::new(address, length).ok());
    v4.map_or(network, IpNet::from)
}

/// Whether everybody can have a domain below this one: `com`, `co.uk`, `github.io` (publicsuffix.org).
fn is_public_suffix(domain: &str) -> bool {
    let suffix = psl::suffix(domain.as_bytes());
    !domain.contains('.') || suffix.is_some_and(|suffix| suffix.as_bytes() == domain.as_bytes())
}
