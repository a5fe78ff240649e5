//! Programs: joining by way of one, tokens, lists in pages, and what the API says about itself.

use std::sync::atomic::{AtomicU32, Ordering};

use std::collections::HashSet;

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use serde_json::{Value, json};

use super::{
    OTHER_PASSWORD, PASSWORD,
    browser::{Answer, Browser},
    test_app::TestApp,
};
use crate::{
    accounts::api::scope,
    web::api::{openapi, routes},
};

const ANN: &str = "ann@example.com";

/// A program: it keeps no cookies, and sends JSON.
#[derive(Clone)]
pub struct Program(pub Browser);

impl Program {
    /// One that comes with nothing.
    pub fn new(test: &TestApp) -> Self {
        let program = test.browser().without_header("sec-fetch-site");
        let program = program.with_header("accept", "application/json");
        let program = program.with_header("content-type", "application/json");
        Self(program.with_header("user-agent", "ShopApp/1.0 (iPhone)"))
    }

    /// One that comes with a token.
    pub fn with(test: &TestApp, token: &str) -> Self {
        let bearer = format!("Bearer {token}");
        Self(Self::new(test).0.with_header("authorization", &bearer))
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &Value::Null).await
    }

    pub async fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, body).await
    }

    pub async fn put(&mut self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, body).await
    }

    pub async fn delete(&mut self, path: &str, body: &Value) -> Answer {
        self.send(Method::DELETE, path, body).await
    }

    /// Without a body where it is null.
    pub async fn send(&mut self, method: Method, path: &str, body: &Value) -> Answer {
        let body = match body {
            Value::Null => Body::empty(),
            body => Body::from(body.to_string()),
        };
        self.0.send(method, path, body).await
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }
}

/// An API token of whoever is logged in with this browser, with a name of its own: the same form again is a second click.
pub async fn api_token(browser: &mut Browser, scopes: &[&str]) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let name = format!("Backup {}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut fields = vec![("name", name.as_str()), ("days", "30")];
    fields.extend(scopes.iter().map(|scope| ("scopes", *scope)));
    let page = browser.post("/users/settings/api-tokens", &fields).await;
    let page = page.expect(StatusCode::OK).body;
    let (_, rest) = page.split_once("<code id=\"token\">").unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

/// The names of all scopes.
pub fn all_scopes() -> Vec<&'static str> {
    scope::ALL.iter().map(|(name, _)| *name).collect()
}

#[tokio::test]
async fn somebody_joins_by_way_of_a_program() {
    let test = TestApp::start().await;
    let mut program = Program::new(&test);
    let body = json!({ "email": "Ann@Example.com", "password": PASSWORD });
    let answer = program.post("/api/auth/register", &body).await;
    let answer = answer.expect(StatusCode::ACCEPTED).json();
    let token = answer["confirmation_token"].as_str().unwrap();
    let code = test.code_for(ANN).await;

    let wrong = json!({ "confirmation_token": token, "code": "000000" });
    let right = json!({ "confirmation_token": token, "code": code });
    if code != "000000" {
        let refused = program.post("/api/auth/confirm", &wrong).await;
        let refused = refused.expect(StatusCode::UNPROCESSABLE_ENTITY).json();
        assert!(refused["errors"]["code"].is_string(), "{refused}");
    }
    let confirmed = program.post("/api/auth/confirm", &right).await;
    let confirmed = confirmed.expect(StatusCode::NO_CONTENT);
    assert!(
        confirmed.set_cookies().is_empty(),
        "nobody is logged in by it"
    );
    assert!(test.user(ANN).await.unwrap().confirmed_at.is_some());
    test.browser()
        .log_in(ANN, PASSWORD)
        .await
        .expect_redirect("/");
    program
        .post("/api/auth/confirm", &right)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_code_is_for_the_program_that_has_registered() {
    let test = TestApp::start().await;
    let mut program = Program::new(&test);
    let body = json!({ "email": ANN, "password": PASSWORD });
    program.post("/api/auth/register", &body).await;
    let code = test.code_for(ANN).await;
    for token in ["", "x", "pJ0kq8W3n5hXv2sT7yBzR1cLdM4fGaUe6oiNQxKwSgE"] {
        let body = json!({ "confirmation_token": token, "code": code });
        program
            .post("/api/auth/confirm", &body)
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert!(test.user(ANN).await.is_none());
}

#[tokio::test]
async fn a_forgotten_password_is_changed_by_way_of_a_program() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut program = Program::new(&test);
    program
        .post("/api/auth/reset-password", &json!({ "email": ANN }))
        .await
        .expect(StatusCode::ACCEPTED);
    let link = test.link_below(ANN, "/users/reset-password/").await;
    let token = link.rsplit('/').next().unwrap();
    let weak = json!({ "token": token, "new_password": "short" });
    let refused = program.put("/api/auth/reset-password", &weak).await;
    let refused = refused.expect(StatusCode::UNPROCESSABLE_ENTITY).json();
    assert!(refused["errors"]["new_password"].is_string(), "{refused}");

    let body = json!({ "token": token, "new_password": OTHER_PASSWORD });
    program
        .put("/api/auth/reset-password", &body)
        .await
        .expect(StatusCode::NO_CONTENT);
    assert!(!browser.is_logged_in().await);
    test.browser()
        .log_in(ANN, OTHER_PASSWORD)
        .await
        .expect_redirect("/");
    let spent = program.put("/api/auth/reset-password", &body).await;
    let spent = spent.expect(StatusCode::UNPROCESSABLE_ENTITY).json();
    assert!(spent["errors"]["token"].is_string(), "{spent}");
}

#[tokio::test]
async fn what_is_wrong_is_said_by_field() {
    let test = TestApp::start().await;
    let body = json!({ "email": "nobody", "password": PASSWORD });
    let answer = Program::new(&test).post("/api/auth/register", &body).await;
    let answer = answer.expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert!(
        answer.json()["errors"]["email"].is_string(),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn a_body_that_cannot_be_read_says_why() {
    let test = TestApp::start().await;
    let mut program = Program::new(&test);
    for (body, status) in [
        ("{", StatusCode::BAD_REQUEST),
        ("[]", StatusCode::UNPROCESSABLE_ENTITY),
        ("{}", StatusCode::UNPROCESSABLE_ENTITY),
        (r#"{"email":1}"#, StatusCode::UNPROCESSABLE_ENTITY),
        (
            r#"{"email":"a@b.cd","e":1}"#,
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            r#"{"email":"a@b.cd","email":"c@d.ef"}"#,
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    ] {
        let path = "/api/auth/reset-password";
        let answer = program.0.send(Method::POST, path, Body::from(body)).await;
        let answer = answer.expect(status);
        assert_eq!(answer.json()["title"], "The body cannot be read");
    }
    let mut form = Program(program.0.with_header("content-type", "text/plain"));
    form.post("/api/auth/reset-password", &json!({ "email": ANN }))
        .await
        .expect(StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_token_acts_in_its_owners_name() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let token = api_token(&mut browser, &["profile:read", "sessions:read"]).await;
    let mut program = Program::with(&test, &token);
    let me = program.get("/api/me").await.expect(StatusCode::OK).json();
    let id = test.user(ANN).await.unwrap().id.to_string();
    let scopes = ["profile:read", "sessions:read"];
    let known = json!({ "id": id, "email": ANN, "second_factor": false, "scopes": scopes });
    assert_eq!(me, known);
    let sessions = program.get("/api/sessions").await.json();
    assert_eq!(sessions["data"][0]["device"], "Firefox on Linux");
}

#[tokio::test]
async fn a_token_is_made_by_a_page_or_by_json_and_told_by_letter() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    api_token(&mut browser, &["profile:read"]).await;
    test.expect_letter(ANN, "New API token").await;

    let mut browser = browser.with_header("content-type", "application/json");
    let body = json!({ "name": "Phone", "scopes": ["profile:read"], "expires_in": 3600 });
    let body = Body::from(body.to_string());
    let made = browser.send(Method::POST, "/api/tokens", body).await;
    let made = made.expect(StatusCode::CREATED);
    let (token, location) = (made.json(), made.header("location").to_owned());
    assert_eq!(
        location,
        format!("/api/tokens/{}", token["id"].as_str().unwrap())
    );
    let text = token["token"].as_str().unwrap();
    assert!(text.ends_with(token["last_four"].as_str().unwrap()));
    Program::with(&test, text)
        .get("/api/me")
        .await
        .expect(StatusCode::OK);

    let page = browser.get("/users/settings/api-tokens").await;
    let page = page.expect_text("Phone").expect_text("Backup");
    assert!(!page.body.contains(text), "it is shown once");
}

#[tokio::test]
async fn a_form_that_is_no_form_is_refused_with_a_page() {
    let test = TestApp::start().await;
    let browser = test.member(ANN).await;
    let mut browser = browser.with_header("content-type", "text/plain");
    let answer = browser.post("/users/settings/api-tokens", &[]).await;
    let answer = answer.expect(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
}

#[tokio::test]
async fn sec_web_07_the_name_of_a_token_is_escaped() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let page = "/users/settings/api-tokens";
    let fields = [
        ("name", "<b>a</b>"),
        ("scopes", "profile:read"),
        ("days", "30"),
    ];
    browser.post(page, &fields).await.expect(StatusCode::OK);
    let body = browser.get(page).await.body;
    assert!(body.contains("&#60;b&#62;a") && !body.contains("<b>a"));
}

#[tokio::test]
async fn a_form_that_is_not_complete_comes_back_as_it_was() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let page = "/users/settings/api-tokens";
    for (fields, says) in [
        (
            vec![("name", " "), ("scopes", "profile:read"), ("days", "30")],
            "Give it a name",
        ),
        (
            vec![("name", "Phone"), ("days", "30")],
            "Choose at least one",
        ),
        (
            vec![("name", "Phone"), ("scopes", "root"), ("days", "30")],
            "Choose at least one",
        ),
        (
            vec![
                ("name", "Phone"),
                ("scopes", "profile:read"),
                ("days", "31"),
            ],
            "Choose one of these",
        ),
    ] {
        let answer = browser.post(page, &fields).await;
        let answer = answer.expect(StatusCode::UNPROCESSABLE_ENTITY);
        answer.expect_text(says);
    }
    assert_eq!(test.count("select count(*) from api_tokens").await, 0);
}

#[tokio::test]
async fn lists_come_in_pages_in_which_nothing_is_missed() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut last = String::new();
    for _ in 0..7 {
        last = api_token(&mut browser, &["api_tokens:read"]).await;
    }
    let mut program = Program::with(&test, &last);
    let all = program.get("/api/tokens").await.json();
    assert_eq!(
        (all["data"].as_array().unwrap().len(), &all["next"]),
        (7, &Value::Null)
    );
    let (mut seen, mut path) = (Vec::new(), "/api/tokens?limit=3".to_owned());
    loop {
        let page = program.get(&path).await.expect(StatusCode::OK).json();
        seen.extend(page["data"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/api/tokens?limit=3&after={next}");
    }
    let ids = |tokens: &[Value]| {
        tokens
            .iter()
            .map(|token| token["id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&seen), ids(all["data"].as_array().unwrap()));
    for wrong in ["limit=0", "limit=201", "limit=x", "after=x", "before=1"] {
        program
            .get(&format!("/api/tokens?{wrong}"))
            .await
            .expect(StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn tokens_are_revoked_one_by_one_or_all_at_once() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let (phone, tablet) = (
        api_token(&mut browser, &all_scopes()).await,
        api_token(&mut browser, &all_scopes()).await,
    );
    let mut phone = Program::with(&test, &phone);
    let mut tablet = Program::with(&test, &tablet);
    let tokens = phone.get("/api/tokens").await.json();
    let newest = tokens["data"][0]["id"].as_str().unwrap();
    let path = format!("/api/tokens/{newest}");
    phone
        .delete(&path, &Value::Null)
        .await
        .expect(StatusCode::NO_CONTENT);
    phone
        .delete(&path, &Value::Null)
        .await
        .expect(StatusCode::NOT_FOUND);
    tablet.get("/api/me").await.expect(StatusCode::UNAUTHORIZED);
    phone.get("/api/me").await.expect(StatusCode::OK);

    api_token(&mut browser, &all_scopes()).await;
    phone
        .delete("/api/tokens", &Value::Null)
        .await
        .expect(StatusCode::NO_CONTENT);
    phone.get("/api/me").await.expect(StatusCode::UNAUTHORIZED);

    let token = api_token(&mut browser, &all_scopes()).await;
    browser
        .post("/users/settings/api-tokens/revoke-all", &[])
        .await
        .expect_redirect("/users/settings/api-tokens");
    Program::with(&test, &token)
        .get("/api/me")
        .await
        .expect(StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_lifetime_is_whole_seconds_however_they_are_written() {
    let test = TestApp::start().await;
    let browser = test.member(ANN).await;
    let mut browser = browser.with_header("content-type", "application/json");
    for (lifetime, status) in [
        ("3600", StatusCode::CREATED),
        ("3600.0", StatusCode::CREATED),
        ("null", StatusCode::CREATED),
        ("3600.5", StatusCode::UNPROCESSABLE_ENTITY),
        ("-3600", StatusCode::UNPROCESSABLE_ENTITY),
        ("1e300", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let body = format!(r#"{{"name":"x","scopes":["profile:read"],"expires_in":{lifetime}}}"#);
        let answer = browser.send(Method::POST, "/api/tokens", Body::from(body));
        answer.await.expect(status);
    }
}

#[tokio::test]
async fn what_an_address_does_not_know_is_said_whoever_asks() {
    let test = TestApp::start().await;
    for path in ["/api/me", "/api/tokens"] {
        let mut stranger = Program::new(&test);
        let answer = stranger.send(Method::PATCH, path, &Value::Null).await;
        let answer = answer.expect(StatusCode::METHOD_NOT_ALLOWED);
        assert!(answer.header("allow").contains("GET"), "{path}");
    }
}

/// The addresses, methods and scopes that the document names.
fn described(test: &TestApp) -> Vec<(String, String, String)> {
    let document = serde_json::to_value(openapi::document(&test.app)).unwrap();
    let mut described = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let scope = operation["security"][0]["bearer"][0].as_str();
            let scope = scope.unwrap_or_default().to_owned();
            described.push((method.to_uppercase(), path.clone(), scope));
        }
    }
    described.sort();
    described
}

#[tokio::test]
async fn the_document_says_what_the_table_says() {
    let test = TestApp::start().await;
    let rows = routes::table().into_iter().map(|row| {
        let scope = match row.who {
            routes::Who::Anyone => "",
            routes::Who::Bearer(scope) => scope,
        };
        (
            row.method.to_string(),
            row.path.to_owned(),
            scope.to_owned(),
        )
    });
    let made_by_people = ("POST".to_owned(), "/api/tokens".to_owned(), String::new());
    let mut rows: Vec<_> = rows.chain([made_by_people]).collect();
    rows.sort();
    assert_eq!(described(&test), rows);
}

#[tokio::test]
async fn everything_in_the_document_is_explained_and_has_an_example() {
    let test = TestApp::start().await;
    let document = Program::new(&test).get("/api/openapi.json").await;
    let document = document.expect(StatusCode::OK).json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = HashSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let name = format!("{method} {path}");
            assert!(operation["summary"].is_string(), "{name} has no summary");
            // Generators of clients name their functions by it.
            let id = operation["operationId"].to_string();
            assert!(ids.insert(id.clone()), "{name} has the id {id}, too");
            assert!(
                operation["description"].is_string(),
                "{name} has no description"
            );
            assert!(operation["responses"]["503"].is_object(), "{name}");
            for (status, answer) in operation["responses"].as_object().unwrap() {
                assert_ne!(answer["description"], "", "{name} {status}");
            }
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let is_list = name.starts_with("Page") || name == "Sessions";
        assert!(
            is_list || schema["example"].is_object(),
            "{name} has no example"
        );
    }
}

#[tokio::test]
async fn the_page_about_the_api_shows_every_endpoint() {
    let test = TestApp::start().await;
    let page = test.browser().get("/api/docs").await.expect(StatusCode::OK);
    for row in routes::table() {
        assert!(page.body.contains(row.path), "{}", row.path);
    }
    assert!(
        !page.body.contains("<script src=\"http"),
        "nothing from elsewhere"
    );
}

#[tokio::test]
async fn programs_in_a_browser_may_come_from_the_origins_that_are_allowed() {
    let app = "https://app.example.com";
    let test = TestApp::start_with(&[("ALLOWED_ORIGINS", app)]).await;
    let token = api_token(&mut test.member(ANN).await, &["profile:read"]).await;
    let program = Program::with(&test, &token).0;
    let program = program.with_header("sec-fetch-site", "cross-site");
    let mut ours = program.clone().with_header("origin", app);
    let answer = ours.get("/api/me").await.expect(StatusCode::OK);
    assert_eq!(answer.header("access-control-allow-origin"), app);
    assert_eq!(answer.header("access-control-allow-credentials"), "");
    let mut theirs = program.with_header("origin", "https://evil.example");
    let answer = theirs.get("/api/me").await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
}
