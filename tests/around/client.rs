//! A browser without pictures: keeps cookies, sends forms, follows nothing by itself.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;
use ureq::{Agent, Body, http::Response};

pub struct Client {
    url: String,
    agent: Agent,
    cookies: BTreeMap<String, String>,
    /// Further headers, sent with every request.
    pub headers: Vec<(String, String)>,
}

pub struct Answer {
    pub status: u16,
    /// Where a redirect leads, or nothing.
    pub location: String,
    pub body: String,
}

impl Client {
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            agent: agent(),
            cookies: BTreeMap::new(),
            headers: Vec::new(),
        }
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.try_get(path)
            .unwrap_or_else(|| panic!("{}{path} does not answer", self.url))
    }

    /// Nothing where nobody listens.
    pub fn try_get(&mut self, path: &str) -> Option<Answer> {
        let mut request = self
            .agent
            .get(format!("{}{path}", self.url))
            .header("accept", "text/html");
        for (name, value) in self.sent() {
            request = request.header(name, value);
        }
        Some(self.remember(request.call().ok()?))
    }

    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let url = format!("{}{path}", self.url);
        let mut request = self
            .agent
            .post(url)
            .header("accept", "text/html")
            .header("origin", &self.url);
        for (name, value) in self.sent() {
            request = request.header(name, value);
        }
        let answer = request.send_form(fields.iter().copied());
        self.remember(answer.unwrap())
    }

    /// As a program sends it: JSON, and no origin.
    pub fn post_json(&mut self, path: &str, body: &Value) -> Answer {
        let mut request = self
            .agent
            .post(format!("{}{path}", self.url))
            .header("content-type", "application/json");
        for (name, value) in self.sent() {
            request = request.header(name, value);
        }
        let answer = request.send(body.to_string());
        self.remember(answer.unwrap())
    }

    fn sent(&self) -> Vec<(String, String)> {
        let pairs: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let cookies = [("cookie".to_owned(), pairs.join("; "))];
        self.headers.iter().cloned().chain(cookies).collect()
    }

    fn remember(&mut self, mut response: Response<Body>) -> Answer {
        for cookie in response.headers().get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                _ = self.cookies.remove(name)
            } else {
                _ = self.cookies.insert(name.to_owned(), value.to_owned())
            }
        }
        let location = response
            .headers()
            .get("location")
            .map_or("", |to| to.to_str().unwrap());
        Answer {
            status: response.status().as_u16(),
            location: location.to_owned(),
            body: response.body_mut().read_to_string().unwrap_or_default(),
        }
    }
}

/// Says every status as it is and goes nowhere by itself.
pub fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_secs(60)));
    config.build().into()
}
