//! Forms as browsers use them: reloaded, opened with a slash too many, filled in by password
//! managers.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use time::Duration;

use super::{
    PASSWORD,
    browser::{Answer, Browser},
    test_app::TestApp,
    two_factor::{self, SETTINGS, STEP},
};
use crate::{texts, web::routes};

const ANN: &str = "ann@example.com";
const BEN: &str = "ben@example.com";

type Attributes = BTreeMap<String, String>;

/// The attributes of every element with this name.
fn elements(html: &str, name: &str) -> Vec<Attributes> {
    let start = format!("<{name}");
    let tags = html.split(&start).skip(1);
    let tags = tags.filter(|rest| rest.starts_with([' ', '\n', '>']));
    tags.map(|rest| attributes(rest.split('>').next().unwrap()))
        .collect()
}

fn attributes(tag: &str) -> Attributes {
    let mut rest = tag;
    let mut found = Attributes::new();
    while let Some(start) = rest.find(|c: char| !c.is_whitespace()) {
        rest = &rest[start..];
        let end = rest.find(|c: char| c == '=' || c.is_whitespace());
        let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
        let quoted = after.strip_prefix("=\"");
        let (value, after) = quoted.map_or(("", after), |quoted| quoted.split_once('"').unwrap());
        found.insert(name.to_owned(), value.to_owned());
        rest = after;
    }
    found
}

fn has(field: &Attributes, name: &str, allowed: &[&str]) -> bool {
    field
        .get(name)
        .is_some_and(|value| allowed.contains(&value.as_str()))
}

/// What is wrong with a field of a form.
fn problem(field: &Attributes) -> Option<&'static str> {
    let kind = field.get("type").map_or("text", String::as_str);
    let name = field.get("name").map_or("", String::as_str);
    let completions: &[&str] = match (kind, name) {
        ("hidden" | "checkbox" | "radio", _) => return None,
        ("email", _) => &["username", "email"],
        ("password", _) => &["current-password", "new-password"],
        (_, "code") => &["one-time-code"],
        _ if has(field, "autocomplete", &["username"]) => &["username"],
        // Text of yours.
        _ => return None,
    };
    if !has(field, "spellcheck", &["false"]) || !has(field, "autocapitalize", &["none"]) {
        return Some("is corrected as if it were text");
    }
    if !has(field, "autocomplete", completions) {
        return Some("does not say what it is for");
    }
    let keyboard = match (kind, name) {
        ("email", _) => has(field, "inputmode", &["email"]),
        (_, "code") => has(field, "inputmode", &["text", "numeric"]),
        _ => true,
    };
    (!keyboard).then_some("brings the wrong keyboard")
}

/// Fails unless every form of a page names an address that takes it, and every field says what it
/// is.
fn expect_good_forms(path: &str, page: &Answer) {
    let is_form = |action: &str| {
        let mut rows = routes::table().into_iter();
        rows.any(|row| row.method == Method::POST && fits(row.path, action))
    };
    for form in elements(&page.body, "form") {
        assert_eq!(form["method"], "post", "{path}: {form:?}");
        let action = form.get("action").map_or("", String::as_str);
        assert!(action == "?" || is_form(action), "{path}: {form:?}");
        // That is the page's own address, so no other form may show it.
        assert!(action != "?" || is_form(path), "{path}: {form:?}");
    }
    for field in elements(&page.body, "input") {
        assert_eq!(problem(&field), None, "{path}: {field:?}");
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.split('/'), path.split('/'));
    pattern.clone().count() == path.clone().count()
        && pattern
            .zip(path)
            .all(|(expected, part)| expected.starts_with('{') || expected == part)
}

/// Opens pages in a browser and returns how many forms they have.
async fn look_at(browser: &mut Browser, paths: &[&str]) -> usize {
    let mut forms = 0;
    for path in paths {
        let page = browser.get(path).await.expect(StatusCode::OK);
        expect_good_forms(path, &page);
        forms += elements(&page.body, "form").len();
    }
    forms
}

#[tokio::test]
async fn every_form_names_its_address_and_every_field_what_it_is_for() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    let mut anonymous = test.browser();
    for path in ["/users/reset-password", "/users/log-in/link"] {
        anonymous.post(path, &[("email", ANN)]).await;
    }
    ann.post("/users/settings/email", &[("email", "ann@example.org")])
        .await;
    let reset = test.link_below(ANN, "/users/reset-password/").await;
    let log_in = test.link_below(ANN, "/users/log-in/link/").await;
    let veto = test.link_below(ANN, "/users/email-veto/").await;
    let change = test
        .link_below("ann@example.org", "/users/settings/email/")
        .await;
    let mut ben = test.browser();
    ben.register(BEN, PASSWORD).await;
    let confirm = test.link_below(BEN, "/users/confirm/").await;

    let of_links = [&*reset, &*log_in, &*veto, &*confirm];
    let of_everybody = [
        "/users/log-in",
        "/users/register",
        "/users/reset-password",
        "/users/confirm/resend",
    ];
    let of_users = [
        "/users/settings",
        "/users/sudo",
        "/users/settings/sessions",
        &*change,
    ];
    assert_eq!(look_at(&mut anonymous, &of_everybody).await, 4);
    assert!(look_at(&mut anonymous, &of_links).await > 4);
    assert!(look_at(&mut ben, &["/users/confirm", &*confirm]).await >= 3);
    assert!(look_at(&mut ann, &of_users).await > 7);
    let of_factor = [SETTINGS, "/users/settings/trusted-browsers"];
    assert!(look_at(&mut ann, &of_factor).await > 1);
    let phone = two_factor::scan(&mut ann).await;
    look_at(&mut ann, &of_factor).await;
    let code = [("code", &*phone.code(&test))];
    ann.post(two_factor::CONFIRM, &code).await;
    assert!(look_at(&mut ann, &of_factor).await > 4);
    anonymous.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
    assert_eq!(look_at(&mut anonymous, &[STEP]).await, 2);
    test.after(Duration::minutes(16));
    look_at(&mut ann, &of_users[..2]).await;
    look_at(&mut ann, &of_factor).await;
}

#[tokio::test]
async fn a_form_that_failed_can_be_loaded_again_and_sent_to_its_own_address() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    let settings = [
        ("/users/settings/email", "email"),
        ("/users/settings/password", "new_password"),
    ];
    for (path, field) in settings {
        let page = ann.post(path, &[(field, "nonsense")]).await;
        expect_good_forms(path, &page.expect(StatusCode::UNPROCESSABLE_ENTITY));
        ann.get(path).await.expect_redirect("/users/settings");
    }
    let mut anonymous = test.browser();
    let anonymous_forms = [
        ("/users/log-in/link", "/users/log-in"),
        ("/users/reset-password", ""),
        ("/users/confirm/resend", ""),
    ];
    for (path, page) in anonymous_forms {
        let failed = anonymous.post(path, &[("email", "nonsense")]).await;
        let failed = failed.expect(StatusCode::UNPROCESSABLE_ENTITY);
        expect_good_forms(path, &failed);
        let answer = anonymous.get(path).await;
        match page {
            "" => answer.expect(StatusCode::OK),
            page => answer.expect_redirect(page),
        };
    }
}

#[tokio::test]
async fn every_address_of_a_form_answers_when_it_is_opened() {
    let test = TestApp::start().await;
    let ann = test.member(ANN).await;
    let forms = routes::table().into_iter();
    let forms = forms.filter(|row| row.method == Method::POST && row.path.starts_with("/users/"));
    for row in forms {
        let path = row.path.replace("{token}", "x").replace("{id}", "1");
        for mut browser in [ann.clone(), test.browser()] {
            let answer = browser.get(&path).await;
            assert!(
                !answer.status.is_server_error() && answer.status != StatusCode::METHOD_NOT_ALLOWED,
                "{path}: {}",
                answer.status
            );
        }
    }
    for (path, page) in [
        ("/users/settings/email/cancel", "/users/settings"),
        ("/users/settings/sessions/7/end", "/users/settings/sessions"),
        ("/users/log-out", "/"),
    ] {
        ann.clone().get(path).await.expect_redirect(page);
    }
}

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_only_takes_forms() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    test.after(Duration::minutes(31));
    let failed = "http://localhost:4000/users/settings/password";
    let mut ann_there = ann.clone().with_header("referer", failed);
    ann_there
        .post("/users/settings/password", &[("new_password", "x")])
        .await
        .expect_redirect("/users/log-in");
    ann.cookies = ann_there.cookies;
    let sent = ann.log_in(ANN, PASSWORD).await;
    let page = ann.get(sent.header("location")).await;
    page.expect_redirect("/users/settings");
}

#[tokio::test]
async fn an_address_with_a_slash_at_its_end_leads_to_the_page() {
    let test = TestApp::start().await;
    for (path, page) in [
        ("/users/log-in/", "/users/log-in"),
        ("/users/settings/?tab=2", "/users/settings?tab=2"),
        ("/users/reset-password/abc/", "/users/reset-password/abc"),
        ("/users/log-in/link/", "/users/log-in/link"),
    ] {
        let answer = test.browser().get(path).await;
        let answer = answer.expect(StatusCode::PERMANENT_REDIRECT);
        assert_eq!(answer.header("location"), page);
    }
    for path in ["//evil.example/", "/users//evil.example/", "/nothing/"] {
        let answer = test.browser().get(path).await;
        assert_eq!(answer.header("location"), "", "{path}");
    }
}

#[tokio::test]
async fn a_notice_waits_for_a_page_that_shows_it() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    assert!(ann.cookie("_notice").is_some());
    ann.get("/users/settings/export")
        .await
        .expect(StatusCode::OK);
    ann.get("/static/app.css").await.expect(StatusCode::OK);
    ann.send(Method::HEAD, "/users/settings", axum::body::Body::empty())
        .await;
    ann.get("/users/log-in").await.expect_redirect("/");
    assert!(ann.cookie("_notice").is_some());
    // A page that says what is wrong shows it, too.
    ann.post("/users/settings/password", &[("new_password", "short")])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY)
        .expect_text(texts::notices::WELCOME);
    assert_eq!(ann.cookie("_notice"), None);
    let page = ann.get("/users/settings").await;
    assert!(!page.body.contains(texts::notices::WELCOME));
}

#[tokio::test]
async fn password_managers_are_led_to_the_form_that_changes_the_password() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    const CHANGE: &str = "/.well-known/change-password";
    ann.get(CHANGE)
        .await
        .expect_redirect("/users/settings#password");
    ann.get("/users/settings")
        .await
        .expect_text("id=\"password\"");
    ann.post("/users/log-out", &[]).await;
    ann.get(CHANGE)
        .await
        .expect_redirect("/users/reset-password");
}
