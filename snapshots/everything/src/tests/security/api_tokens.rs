//! API: what a token can do, for whom, for how long, and how it comes.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use serde_json::{Value, json};
use time::Duration;

use crate::{
    accounts::{
        api::{
            scope::Scopes,
            token::{self, New, text::Text},
        },
        client::Client,
        held::Held,
        secret::Secret,
    },
    db::{self, schema},
    tests::{
        ONE_CONNECTION, OTHER_PASSWORD, PASSWORD,
        api::{Program, all_scopes, api_token},
        counting,
        security::configuration,
        test_app::TestApp,
    },
    web::{
        api::routes::{self, Who},
        routes as pages,
    },
};

const ANN: &str = "ann@example.com";
const BOB: &str = "bob@example.com";

/// How the tokens of a developer's machine begin, and those of production.
const TEST: &str = concat!(env!("CARGO_PKG_NAME"), "_test_");
const LIVE: &str = concat!(env!("CARGO_PKG_NAME"), "_live_");
const SESSION: &str = concat!(env!("CARGO_PKG_NAME"), "_session");

/// A row's path with something in its holes.
fn filled(path: &str) -> String {
    path.replace("{id}", "00000000-0000-0000-0000-000000000000")
}

/// Who has a token that is good for everything.
pub async fn with_token() -> (TestApp, String) {
    let test = TestApp::start().await;
    let token = api_token(&mut test.member(ANN).await, &all_scopes()).await;
    (test, token)
}

async fn is_accepted(test: &TestApp, token: &str) -> bool {
    let answer = Program::with(test, token).get("/api/me").await;
    answer.status == StatusCode::OK
}

#[tokio::test]
async fn sec_api_01_only_a_hash_of_a_token_is_kept() {
    let (test, token) = with_token().await;
    assert!(token.starts_with(TEST), "{token}");
    let random = &token[TEST.len()..];
    let mut tx = db::begin(&test.app.db).await.unwrap();
    let kept = schema::dump(&mut tx, "api_tokens").await.unwrap();
    assert!(kept.contains(&token[token.len() - 4..]), "{kept}");
    assert!(!kept.contains(&random[..10]), "{kept}");
    let jobs = test.count("select count(*) from river_job").await;
    assert!(jobs > 0, "the letter was a job");
}

#[tokio::test]
async fn sec_api_01_a_mistyped_token_is_refused_without_asking_the_database() {
    let (test, token) = with_token().await;
    assert!(is_accepted(&test, &token).await);
    let shorter = &token[..token.len() - 1];
    let mut mistyped = vec![shorter.to_owned(), format!("{token}0"), String::new()];
    for at in 0..token.len() {
        let other = if &token[at..=at] == "0" { "1" } else { "0" };
        mistyped.push(format!("{}{other}{}", &token[..at], &token[at + 1..]));
    }
    for text in mistyped {
        let mut program = Program::with(&test, &text);
        let (answer, statements) = counting::statements(program.get("/api/me")).await;
        answer.expect(StatusCode::UNAUTHORIZED);
        assert!(statements.is_empty(), "{text}: {statements:?}");
    }
}

#[tokio::test]
async fn sec_api_01_tokens_are_all_different_and_say_where_they_are_from() {
    let production = configuration::in_production().await;
    let one = Text::of(&production.app.config, &Secret::random().unwrap());
    let other = Text::of(&production.app.config, &Secret::random().unwrap());
    assert_ne!(one.reveal(), other.reveal());
    assert!(one.reveal().starts_with(LIVE));
    let development = TestApp::start().await;
    assert!(Text::parse(&development.app.config, one.reveal()).is_none());
    assert!(Text::parse(&production.app.config, one.reveal()).is_some());
}

#[tokio::test]
async fn sec_api_02_a_scope_that_a_token_lacks_is_refused() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut tried = 0;
    for row in routes::table() {
        let Who::Bearer(scope) = row.who else {
            continue;
        };
        let mut others = all_scopes();
        others.retain(|other| *other != scope);
        let token = api_token(&mut browser, &others).await;
        let mut program = Program::with(&test, &token);
        let answer = program
            .send(row.method, &filled(row.path), &Value::Null)
            .await;
        let answer = answer.expect(StatusCode::FORBIDDEN);
        let challenge = answer.header("www-authenticate");
        assert!(
            challenge.contains("error=\"insufficient_scope\""),
            "{challenge}"
        );
        assert!(
            challenge.contains(&format!("scope=\"{scope}\"")),
            "{challenge}"
        );
        tried += 1;
    }
    assert!(tried >= 4, "the table has hardly any scopes");
}

#[tokio::test]
async fn sec_api_02_a_scope_that_was_taken_out_of_the_list_is_good_for_nothing() {
    assert!(Scopes::from("root:write".to_owned()).is_empty());
    assert!(Scopes::named(["profile:read", "root:write"]).is_err());
    let (test, token) = with_token().await;
    sqlx::query("update api_tokens set scopes = 'root:write'")
        .execute(&test.app.db)
        .await
        .unwrap();
    let mut program = Program::with(&test, &token);
    program.get("/api/me").await.expect(StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn sec_api_02_a_gate_that_shuts_stops_tokens_until_it_opens() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let token = api_token(&mut browser, &all_scopes()).await;
    browser
        .post("/users/settings/delete", &[])
        .await
        .expect_redirect("/users/log-in");
    assert!(!is_accepted(&test, &token).await);
    browser.log_in(ANN, PASSWORD).await;
    browser.post("/users/reactivate", &[]).await;
    assert!(is_accepted(&test, &token).await);
}

#[tokio::test]
async fn sec_api_03_a_token_opens_no_page_and_makes_no_token() {
    let (test, token) = with_token().await;
    let mut tried = 0;
    for row in pages::table() {
        if matches!(
            row.who,
            pages::Who::Anyone | pages::Who::Developer | pages::Who::Stranger
        ) {
            continue;
        }
        let mut program = Program::with(&test, &token);
        let path = filled(row.path).replace("{token}", "x");
        let answer = program.send(row.method.clone(), &path, &json!({})).await;
        assert_eq!(
            answer.status,
            StatusCode::UNAUTHORIZED,
            "{} {path}",
            row.method
        );
        tried += 1;
    }
    assert!(tried > 10, "the table has hardly any pages");
    assert_eq!(test.count("select count(*) from api_tokens").await, 1);
}

/// pocket-id#1334 (hole 33): a key could make keys. So it takes a person, and one who has just shown who they are.
#[tokio::test]
async fn sec_api_03_a_token_is_made_only_after_a_fresh_proof() {
    let test = TestApp::start().await;
    let browser = test.member(ANN).await;
    let mut program = browser.clone().with_header("accept", "application/json");
    test.after(Duration::minutes(16));
    let fields = [("name", "x"), ("scopes", "profile:read"), ("days", "30")];
    browser
        .clone()
        .post("/users/settings/api-tokens", &fields)
        .await
        .expect_redirect("/users/sudo");
    for path in ["/api/tokens", "/users/settings/api-tokens/revoke-all"] {
        program
            .send(Method::POST, path, Body::empty())
            .await
            .expect(StatusCode::FORBIDDEN);
    }
    assert_eq!(test.count("select count(*) from api_tokens").await, 0);
}

/// BetterAuth CVE-2025-61928 (hole 1): the owner of a new key could be chosen in the body.
#[tokio::test]
async fn sec_api_04_nobody_chooses_whose_a_token_is() {
    let test = TestApp::start().await;
    test.member(BOB).await;
    let bob = test.user(BOB).await.unwrap().id.to_string();
    let browser = test.member(ANN).await;
    for field in ["user_id", "userId", "id", "owner", "token_hash"] {
        let body = json!({ "name": "x", "scopes": ["profile:read"], field: bob });
        let mut browser = browser
            .clone()
            .with_header("content-type", "application/json");
        let body = Body::from(body.to_string());
        browser
            .send(Method::POST, "/api/tokens", body)
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let fields = [
        ("name", "x"),
        ("scopes", "profile:read"),
        ("days", "30"),
        ("user_id", &bob),
    ];
    browser
        .clone()
        .post("/users/settings/api-tokens", &fields)
        .await;
    let owners: Vec<crate::id::Id> = sqlx::query_scalar("select user_id from api_tokens")
        .fetch_all(&test.app.db)
        .await
        .unwrap();
    assert_eq!(owners, [test.user(ANN).await.unwrap().id]);
}

#[tokio::test]
async fn sec_api_04_nobody_sees_or_revokes_what_is_somebody_elses() {
    let (test, anns) = with_token().await;
    let mut browser = test.member(BOB).await;
    let bobs = api_token(&mut browser, &all_scopes()).await;
    let mut ann = Program::with(&test, &anns);
    let list = ann.get("/api/tokens").await.json();
    assert_eq!(list["data"].as_array().unwrap().len(), 1, "{list}");
    let mut bob = Program::with(&test, &bobs);
    let id = bob.get("/api/tokens").await.json()["data"][0]["id"].clone();
    let id = id.as_str().unwrap();
    ann.delete(&format!("/api/tokens/{id}"), &Value::Null)
        .await
        .expect(StatusCode::NOT_FOUND);
    test.member("eve@example.com")
        .await
        .post(&format!("/users/settings/api-tokens/{id}/revoke"), &[])
        .await;
    ann.delete("/api/tokens", &Value::Null).await;
    assert!(is_accepted(&test, &bobs).await);
    assert!(!is_accepted(&test, &anns).await);
}

#[tokio::test]
async fn sec_api_05_a_token_ends_at_its_time() {
    let (test, token) = with_token().await;
    test.after(Duration::days(30) - Duration::minutes(1));
    assert!(is_accepted(&test, &token).await);
    test.after(Duration::minutes(1));
    assert!(!is_accepted(&test, &token).await);
}

#[tokio::test]
async fn sec_api_05_its_last_use_is_written_once_a_minute() {
    let (test, token) = with_token().await;
    let mut program = Program::with(&test, &token);
    for (later, expected) in [(0, 2), (0, 1), (1, 2)] {
        test.after(Duration::minutes(later));
        let (_, statements) = counting::statements(program.get("/api/me")).await;
        let about_tokens = statements.iter().filter(|one| one.contains("api_tokens"));
        assert_eq!(about_tokens.count(), expected, "{statements:?}");
    }
}

#[tokio::test]
async fn sec_api_05_nobody_has_more_than_25_also_if_they_come_at_once() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let ann = test.user(ANN).await.unwrap().id;
    let tries = (0..40).map(|_| {
        let app = test.app.clone();
        tokio::spawn(async move {
            let scopes = Scopes::named(all_scopes()).unwrap();
            let name = "x".to_owned();
            let new = New {
                name,
                scopes,
                expires_at: None,
            };
            let held = Held::by_operator(&app, ann).await.unwrap();
            let (mut held, client) = (held.unwrap(), Client::default());
            let made = token::create(&app, &mut held, new, &client, None).await;
            held.commit().await.unwrap();
            made.unwrap().is_some()
        })
    });
    let mut made = 0;
    for one in tries.collect::<Vec<_>>() {
        made += i64::from(one.await.unwrap());
    }
    assert_eq!(
        (made, test.count("select count(*) from api_tokens").await),
        (25, 25)
    );
    let told = "select count(*) from audit_events where action = 'api_token.create' and outcome = 'failure'";
    assert_eq!(test.count(told).await, 15);
}

#[tokio::test]
async fn sec_api_05_nobody_makes_more_than_20_an_hour() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    for _ in 0..20 {
        api_token(&mut browser, &["profile:read"]).await;
    }
    let fields = [("name", "x"), ("scopes", "profile:read"), ("days", "30")];
    let answer = browser.post("/users/settings/api-tokens", &fields).await;
    answer.expect(StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn sec_api_06_a_token_is_taken_from_its_header_only() {
    let (test, token) = with_token().await;
    let path = format!("/api/me?access_token={token}&token={token}");
    let mut program = Program::new(&test);
    program.get(&path).await.expect(StatusCode::UNAUTHORIZED);
    let mut browser = test.browser().with_header("accept", "application/json");
    browser
        .cookies
        .insert("access_token".to_owned(), token.clone());
    browser
        .get("/api/me")
        .await
        .expect(StatusCode::UNAUTHORIZED);
    let body = json!({ "access_token": token });
    program
        .send(Method::GET, "/api/me", &body)
        .await
        .expect(StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn sec_api_06_every_route_refuses_every_token_that_is_not_good() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let expired = api_token(&mut browser, &all_scopes()).await;
    test.after(Duration::days(31));
    browser.log_in(ANN, PASSWORD).await;
    let revoked = api_token(&mut browser, &all_scopes()).await;
    browser
        .post("/users/settings/api-tokens/revoke-all", &[])
        .await;
    let unknown = Text::of(&test.app.config, &Secret::random().unwrap());
    let none = Program::new(&test);
    let mut tried = 0;
    for row in routes::table() {
        let Who::Bearer(_) = row.who else {
            continue;
        };
        let with = |token: &str| Program::with(&test, token);
        for (mut program, error) in [
            (none.clone(), ""),
            (with("malformed"), "invalid_token"),
            (with(unknown.reveal()), "invalid_token"),
            (with(&expired), "invalid_token"),
            (with(&revoked), "invalid_token"),
        ] {
            let path = filled(row.path);
            let answer = program.send(row.method.clone(), &path, &Value::Null).await;
            let answer = answer.expect(StatusCode::UNAUTHORIZED);
            let challenge = answer.header("www-authenticate");
            assert!(challenge.contains(error), "{path}: {challenge}");
            assert_eq!(challenge.contains("error"), !error.is_empty(), "{path}");
            assert_eq!(answer.header("content-type"), "application/problem+json");
            tried += 1;
        }
    }
    assert!(tried >= 20, "the table has hardly any routes");
}

#[tokio::test]
async fn sec_api_07_a_cookie_is_no_token_and_a_token_no_cookie() {
    let (test, token) = with_token().await;
    let mut browser = test.member(BOB).await;
    for row in routes::table() {
        let Who::Bearer(_) = row.who else {
            continue;
        };
        let path = filled(row.path);
        let answer = browser.send(row.method, &path, Body::empty()).await;
        let answer = answer.expect(StatusCode::UNAUTHORIZED);
        assert!(answer.set_cookies().is_empty(), "{path}");
    }
    // Both at once: each counts where it belongs.
    let header = format!("Bearer {token}");
    let mut both = browser.clone().with_header("authorization", &header);
    let me: Value = serde_json::from_str(&both.get("/api/me").await.body).unwrap();
    assert_eq!(me["email"], ANN);
    both.get("/").await.expect_text(BOB);
}

#[tokio::test]
async fn sec_api_07_a_dead_cookie_beside_a_token_changes_nothing() {
    let (test, token) = with_token().await;
    let mut program = Program::with(&test, &token);
    program.0.cookies.insert(SESSION.to_owned(), "x".repeat(43));
    let answer = program.get("/api/me").await.expect(StatusCode::OK);
    assert!(answer.set_cookies().is_empty());
}

/// freehire#1238 (hole 34): keys that a thief had made stayed good after the owner took the account back.
#[tokio::test]
async fn sec_api_05_whatever_takes_an_account_back_ends_its_tokens() {
    let test = TestApp::start().await;
    let mut thief = test.member(ANN).await;
    let token = api_token(&mut thief, &all_scopes()).await;
    test.browser()
        .post("/users/reset-password", &[("email", ANN)])
        .await;
    let link = test.link_below(ANN, "/users/reset-password/").await;
    test.browser()
        .post(&link, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect_redirect("/users/log-in");
    assert!(!is_accepted(&test, &token).await);

    let mut thief = test.browser();
    thief.log_in(ANN, OTHER_PASSWORD).await;
    let token = api_token(&mut thief, &all_scopes()).await;
    let change = [("email", "thief@example.com")];
    thief.post("/users/settings/email", &change).await;
    let veto = test.link_below(ANN, "/users/email-veto/").await;
    let confirm = test
        .link_below("thief@example.com", "/users/settings/email/")
        .await;
    thief.post(&confirm, &[]).await;
    test.browser().post(&veto, &[]).await;
    assert!(!is_accepted(&test, &token).await);
}

/// GHSA-2vg6-77g8-24mp (hole 16): what somebody was logged in with outlived them.
#[tokio::test]
async fn sec_ses_06_a_token_of_somebody_who_was_shut_out_stays_dead() {
    let (test, token) = with_token().await;
    test.suspend(ANN).await;
    assert!(!is_accepted(&test, &token).await);
    test.unsuspend(ANN).await;
    assert!(!is_accepted(&test, &token).await);
}

#[tokio::test]
async fn sec_reg_05_no_token_that_was_made_before_the_first_proof_survives_it() {
    let test = TestApp::start_with(&[("UNCONFIRMED", "banner")]).await;
    let mut thief = test.browser();
    thief.register(ANN, PASSWORD).await;
    thief.log_in(ANN, PASSWORD).await.expect_redirect("/");
    let token = api_token(&mut thief, &all_scopes()).await;
    assert!(is_accepted(&test, &token).await);
    test.browser()
        .post("/users/log-in/link", &[("email", ANN)])
        .await;
    let link = test.link_below(ANN, "/users/log-in/link/").await;
    test.browser().post(&link, &[]).await.expect_redirect("/");
    assert!(!is_accepted(&test, &token).await);
}

#[tokio::test]
async fn sec_reg_01_programs_get_the_same_answer_for_a_known_address() {
    let test = TestApp::start_with(&ONE_CONNECTION).await;
    test.member(ANN).await;
    let test = test.without_workers();
    let mut seen = Vec::new();
    for email in ["warm@example.com", ANN, "new@example.com"] {
        let mut program = Program::new(&test);
        let body = json!({ "email": email, "password": PASSWORD });
        let call = program.post("/api/auth/register", &body);
        let (answer, statements) = counting::statements(call).await;
        let answer = answer.expect(StatusCode::ACCEPTED);
        let mut headers = answer.headers.clone();
        headers.remove("x-request-id");
        seen.push((headers, answer.body.len(), statements));
    }
    assert_eq!(seen[1], seen[2]);
    assert!(seen[1].2.len() > 1, "nothing was counted");
}

#[tokio::test]
async fn sec_rst_03_programs_get_the_same_answer_for_an_unknown_address() {
    let test = TestApp::start_with(&ONE_CONNECTION).await;
    test.member(ANN).await;
    let test = test.without_workers();
    let mut seen = Vec::new();
    for email in ["warm@example.com", ANN, "new@example.com"] {
        let mut program = Program::new(&test);
        let body = json!({ "email": email });
        let call = program.post("/api/auth/reset-password", &body);
        let (answer, statements) = counting::statements(call).await;
        let answer = answer.expect(StatusCode::ACCEPTED);
        seen.push((answer.body, statements));
    }
    assert_eq!(seen[1], seen[2]);
    assert!(seen[1].1.len() > 1, "nothing was counted");
}

#[tokio::test]
async fn sec_reg_08_a_closed_registration_is_closed_for_programs_too() {
    let test = TestApp::start_with(&[("REGISTRATION", "closed")]).await;
    let body = json!({ "email": ANN, "password": PASSWORD });
    Program::new(&test)
        .post("/api/auth/register", &body)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(test.people().await, 0);
}

#[tokio::test]
async fn sec_web_01_no_other_site_sends_anything_to_the_api() {
    let (test, token) = with_token().await;
    let mut tried = 0;
    for row in routes::table() {
        if row.method == Method::GET {
            continue;
        }
        let forged = Program::with(&test, &token).0;
        let forged = forged.with_header("sec-fetch-site", "cross-site");
        let mut forged = Program(forged.with_header("origin", "https://evil.example"));
        let path = filled(row.path);
        let answer = forged.send(row.method, &path, &json!({})).await;
        answer.expect(StatusCode::FORBIDDEN);
        tried += 1;
    }
    assert!(tried >= 5, "the table has hardly any rows");
    assert!(is_accepted(&test, &token).await);
}

#[tokio::test]
async fn sec_web_05_no_cache_keeps_what_a_program_was_told() {
    let (test, token) = with_token().await;
    for row in routes::table() {
        // What is there for everybody may be kept.
        if row.path.starts_with("/.well-known/") {
            continue;
        }
        let mut program = Program::with(&test, &token);
        let path = filled(row.path);
        let answer = program.send(row.method, &path, &json!({})).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
}

#[tokio::test]
async fn sec_cfg_03_production_describes_its_api_to_nobody_unless_told() {
    let production = configuration::in_production().await;
    for path in ["/api/docs", "/api/openapi.json"] {
        production
            .browser()
            .get(path)
            .await
            .expect(StatusCode::NOT_FOUND);
    }
    let problems = configuration::read("API_DOCS", "perhaps").err().unwrap();
    assert_eq!(problems, ["API_DOCS must be on or off"]);
    assert!(configuration::read("API_DOCS", "on").ok().unwrap().api_docs);
    let off = TestApp::start_with(&[("API_DOCS", "off")]).await;
    off.browser()
        .get("/api/docs")
        .await
        .expect(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn sec_aud_01_every_token_leaves_a_row_where_it_is_made_and_where_it_ends() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    api_token(&mut browser, &all_scopes()).await;
    browser
        .post("/users/settings/api-tokens/revoke-all", &[])
        .await;
    let rows = test
        .count("select count(*) from audit_events where action in ('api_token.create', 'api_token.revoke') and outcome = 'success' and user_id is not null");
    assert_eq!(rows.await, 2);
}

#[tokio::test]
async fn sec_aud_03_no_token_is_in_the_log() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let (token, log) = counting::log_of(async {
        let token = api_token(&mut browser, &all_scopes()).await;
        Program::with(&test, &token).get("/api/me").await;
        Program::with(&test, &token).get("/api/nothing").await;
        token
    })
    .await;
    assert!(!log.is_empty());
    assert!(!log.join("\n").contains(&token[15..]));
}
