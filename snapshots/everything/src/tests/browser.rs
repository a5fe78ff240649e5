//! A browser: keeps cookies, says where forms come from, and sees what a person would see.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use tower::ServiceExt;
use url::{Url, form_urlencoded};

#[derive(Clone)]
pub struct Browser {
    router: Router,
    /// Where it is: the scheme and the host, without a port.
    site: (String, String),
    pub cookies: BTreeMap<String, String>,
    /// The domain and the path of each cookie that a response has set.
    places: BTreeMap<String, (String, String)>,
    pub headers: BTreeMap<String, String>,
    pub address: IpAddr,
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Browser {
    pub fn new(router: Router) -> Self {
        let headers = [
            ("accept", "text/html,application/xhtml+xml"),
            ("host", "localhost:4000"),
            (
                "user-agent",
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            ),
            ("sec-fetch-site", "same-origin"),
        ];
        Self {
            router,
            site: ("http".to_owned(), "localhost".to_owned()),
            cookies: BTreeMap::new(),
            places: BTreeMap::new(),
            headers: headers
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            address: Ipv4Addr::new(192, 0, 2, 1).into(),
        }
    }

    pub fn from(mut self, address: &str) -> Self {
        self.address = address.parse().unwrap();
        self
    }

    /// At the origin of this address.
    pub fn at(mut self, url: &Url) -> Self {
        let host = url.host_str().unwrap_or_default();
        self.site = (url.scheme().to_owned(), host.to_owned());
        self
    }

    /// The same browser, where other settings answer.
    pub fn on(mut self, router: Router) -> Self {
        self.router = router;
        self
    }

    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, Body::empty()).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.send(Method::POST, path, Body::from(body)).await
    }

    pub async fn register(&mut self, email: &str, password: &str) -> Answer {
        self.post(
            "/users/register",
            &[("email", email), ("password", password)],
        )
        .await
    }

    pub async fn log_in(&mut self, email: &str, password: &str) -> Answer {
        self.post("/users/log-in", &[("email", email), ("password", password)])
            .await
    }

    pub async fn log_in_remembered(&mut self, email: &str, password: &str) -> Answer {
        self.post(
            "/users/log-in",
            &[
                ("email", email),
                ("password", password),
                ("remember_me", "on"),
            ],
        )
        .await
    }

    pub async fn change_password(&mut self, current: &str, new: &str) -> Answer {
        let fields = [("current_password", current), ("new_password", new)];
        self.post("/users/settings/password", &fields).await
    }

    /// Whether a page for people who are logged in opens.
    pub async fn is_logged_in(&mut self) -> bool {
        self.get("/users/settings/sessions").await.status == StatusCode::OK
    }

    /// The value of the one cookie whose name ends like this.
    pub fn cookie(&self, ending: &str) -> Option<&str> {
        let (_, value) = self
            .cookies
            .iter()
            .find(|(name, _)| name.ends_with(ending))?;
        Some(value)
    }

    pub async fn send(&mut self, method: Method, path: &str, body: Body) -> Answer {
        let mut request = Request::builder().method(&method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if method == Method::POST && !self.headers.contains_key("content-type") {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let cookies = self.cookies.iter().filter(|(name, _)| {
            let place = self.places.get(*name);
            place.is_none_or(|(_, below)| is_below(path, below))
        });
        let cookies: Vec<_> = cookies
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let mut request = request.body(body).unwrap();
        request
            .extensions_mut()
            .insert(ConnectInfo(SocketAddr::new(self.address, 50_000)));

        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        self.keep_cookies(path, &parts.headers);
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    /// Fails where a browser would refuse a cookie, or keep another one of its name.
    fn keep_cookies(&mut self, path: &str, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let cookie = SetCookie::parse(line.to_str().unwrap());
            let place = cookie.place(&self.site, path);
            let before = self.places.insert(cookie.name.to_owned(), place.clone());
            let is_same = before.is_none_or(|before| before == place);
            assert!(is_same, "at another place than before: {line:?}");
            let (name, value) = (cookie.name.to_owned(), cookie.value.to_owned());
            match cookie.attribute("Max-Age") {
                Some("0") => self.cookies.remove(&name),
                _ => self.cookies.insert(name, value),
            };
        }
    }
}

/// A line of `Set-Cookie`.
pub struct SetCookie<'a> {
    pub name: &'a str,
    pub value: &'a str,
    /// As they stand there.
    pub attributes: Vec<&'a str>,
}

impl<'a> SetCookie<'a> {
    pub fn parse(line: &'a str) -> Self {
        let mut parts = line.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        Self {
            name,
            value,
            attributes: parts.collect(),
        }
    }

    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        let pairs = self.attributes.iter();
        let mut pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Some(pairs.find(|(known, _)| *known == name)?.1)
    }

    /// The domain and the path that a browser keeps it for: RFC 6265, section 5.3, and the prefixes of its successor.
    fn place(&self, (scheme, host): &(String, String), path: &str) -> (String, String) {
        let is_secure = self.attribute("Secure").is_some();
        let may_be_secure = scheme == "https" || host == "localhost";
        let domain = self.attribute("Domain");
        let default = path.rsplit_once('/').map_or("/", |(folder, _)| folder);
        let below = self.attribute("Path").unwrap_or(default);
        let is_kept = match self.name {
            name if name.starts_with("__Host-") => is_secure && domain.is_none() && below == "/",
            name if name.starts_with("__Secure-") => is_secure,
            _ => true,
        };
        let is_ours = domain.is_none_or(|domain| {
            let rest = host.strip_suffix(domain.trim_start_matches('.'));
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        });
        assert!(
            is_kept && is_ours && (may_be_secure || !is_secure),
            "a browser at {scheme}://{host} refuses {}: {:?}",
            self.name,
            self.attributes
        );
        let domain = domain.map_or(format!("{host} only"), str::to_owned);
        (domain, below.to_owned())
    }
}

/// Whether a path is this one, or below it: RFC 6265, section 5.1.4.
fn is_below(path: &str, above: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let rest = path.strip_prefix(above);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || above.ends_with('/'))
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn set_cookies(&self) -> Vec<&str> {
        self.headers
            .get_all(header::SET_COOKIE)
            .iter()
            .map(|cookie| cookie.to_str().unwrap())
            .collect()
    }

    #[track_caller]
    pub fn expect(self, status: StatusCode) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    #[track_caller]
    pub fn expect_redirect(self, to: &str) -> Self {
        assert_eq!(
            (self.status, self.header("location")),
            (StatusCode::SEE_OTHER, to),
            "{}",
            self.body
        );
        self
    }

    #[track_caller]
    pub fn expect_text(self, text: &str) -> Self {
        let text = text.replace('\'', "&#39;");
        assert!(self.body.contains(&text), "no “{text}” in {}", self.body);
        self
    }
}
