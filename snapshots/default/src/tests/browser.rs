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
use url::form_urlencoded;

#[derive(Clone)]
pub struct Browser {
    router: Router,
    pub cookies: BTreeMap<String, String>,
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
            cookies: BTreeMap::new(),
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
        if !self.cookies.is_empty() {
            let cookies: Vec<_> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let mut request = request.body(body).unwrap();
        request
            .extensions_mut()
            .insert(ConnectInfo(SocketAddr::new(self.address, 50_000)));

        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        self.keep_cookies(&parts.headers);
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            match cookie.contains("Max-Age=0") {
                true => self.cookies.remove(name),
                false => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
    }
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
