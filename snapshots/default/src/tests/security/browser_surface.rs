//! WEB: what a browser is told, and what other sites may make it do.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};

use super::access::path;
use crate::{
    tests::{OTHER_PASSWORD, PASSWORD, browser::Answer, test_app::TestApp},
    web::routes,
};

const HTTPS: [(&str, &str); 1] = [("APP_URL", "https://shop.example.com")];

/// Every page there is: as a stranger and as a person, with real letters.
async fn every_page(test: &TestApp) -> Vec<(String, Answer)> {
    let mut person = test.member("ann@example.com").await;
    let mut stranger = test.browser();
    stranger.register("ben@example.com", PASSWORD).await;
    let confirm = test.link_for("ben@example.com").await;
    stranger
        .post("/users/reset-password", &[("email", "ann@example.com")])
        .await;
    let reset = test.link_for("ann@example.com").await;

    let rows = routes::table()
        .into_iter()
        .filter(|row| row.method == Method::GET);
    let mut paths: Vec<String> = rows.map(|row| path(&row)).collect();
    paths.extend([confirm, reset, "/".to_owned(), "/nothing-here".to_owned()]);
    let mut pages = Vec::new();
    for path in paths {
        for browser in [&mut stranger, &mut person] {
            pages.push((path.clone(), browser.get(&path).await));
        }
    }
    pages
}

#[tokio::test]
async fn sec_web_01_no_form_is_taken_from_another_site() {
    let test = TestApp::start().await;
    let person = test.member("ann@example.com").await;
    let rows = routes::table()
        .into_iter()
        .filter(|row| row.method != Method::GET);
    let mut tried = 0;
    for row in rows {
        for browser in [test.browser(), person.clone()] {
            let mut forged = browser
                .with_header("sec-fetch-site", "cross-site")
                .with_header("origin", "https://evil.example");
            forged
                .send(row.method.clone(), &path(&row), Body::empty())
                .await
                .expect(StatusCode::FORBIDDEN);
            tried += 1;
        }
    }
    assert!(tried > 10, "the table has hardly any forms");
    assert!(person.clone().is_logged_in().await);
}

#[tokio::test]
async fn sec_web_02_a_mail_scanner_spends_no_link() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.register("ann@example.com", PASSWORD).await;
    let link = test.link_for("ann@example.com").await;
    let mut scanner = test.browser().from("203.0.113.50");
    for _ in 0..3 {
        scanner
            .send(Method::HEAD, &link, Body::empty())
            .await
            .expect(StatusCode::OK);
        scanner.get(&link).await.expect(StatusCode::OK);
    }
    browser.post(&link, &[]).await.expect_redirect("/");

    browser.post("/users/log-out", &[]).await;
    browser
        .post("/users/reset-password", &[("email", "ann@example.com")])
        .await;
    let link = test.link_for("ann@example.com").await;
    scanner
        .send(Method::HEAD, &link, Body::empty())
        .await
        .expect(StatusCode::OK);
    scanner.get(&link).await.expect(StatusCode::OK);
    browser
        .post(&link, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect_redirect("/users/log-in");
}

#[tokio::test]
async fn sec_web_03_nothing_inline_runs_and_nobody_frames_us() {
    let test = TestApp::start().await;
    for (path, page) in every_page(&test).await {
        let policy = page.header("content-security-policy");
        if path.starts_with("/dev/mailbox/") && path.ends_with("/html") {
            assert_eq!(
                policy,
                "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
            );
            continue;
        }
        for part in [
            "default-src 'self'",
            "script-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        ] {
            assert!(
                policy.split("; ").any(|given| given == part),
                "{path}: {policy}"
            );
        }
        // The mailbox shows the source of letters, which have styles.
        let is_source = path.starts_with("/dev/mailbox/");
        assert!(
            is_source
                || !page.body.contains(" style=")
                    && !page.body.contains(" onclick=")
                    && !page.body.contains("<style"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn sec_web_04_every_answer_has_the_headers_of_safety() {
    let test = TestApp::start_with(&HTTPS).await;
    let mut pages = every_page(&test).await;
    pages.push((
        "/static/app.css".to_owned(),
        test.browser().get("/static/app.css").await,
    ));
    pages.push(("/health".to_owned(), test.browser().get("/health").await));
    for (path, page) in pages {
        assert_eq!(
            page.header("strict-transport-security"),
            "max-age=31536000",
            "{path}"
        );
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(
            page.header("cross-origin-opener-policy"),
            "same-origin",
            "{path}"
        );
        assert_eq!(
            page.header("cross-origin-resource-policy"),
            "same-origin",
            "{path}"
        );
        assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
    }
    let local = TestApp::start().await;
    assert_eq!(
        local
            .browser()
            .get("/")
            .await
            .header("strict-transport-security"),
        ""
    );
}

#[tokio::test]
async fn sec_web_05_no_cache_keeps_a_page() {
    let test = TestApp::start().await;
    for (path, page) in every_page(&test).await {
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
    }
}

#[tokio::test]
async fn sec_web_06_no_other_origin_may_read_answers() {
    let test = TestApp::start().await;
    for origin in ["https://evil.example", "null", "http://localhost:4000"] {
        let mut browser = test.browser().with_header("origin", origin);
        for path in ["/", "/users/log-in", "/health"] {
            let answer = browser.get(path).await;
            assert!(
                answer
                    .headers
                    .keys()
                    .all(|name| !name.as_str().starts_with("access-control-")),
                "{path}"
            );
        }
        let preflight = browser
            .clone()
            .with_header("access-control-request-method", "POST");
        let answer = preflight
            .clone()
            .send(Method::OPTIONS, "/users/log-in", Body::empty())
            .await;
        assert!(
            answer
                .headers
                .keys()
                .all(|name| !name.as_str().starts_with("access-control-"))
        );
    }
}

#[tokio::test]
async fn sec_web_07_what_people_send_is_shown_as_text() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let script = "<script>alert(1)</script>";
    let mut browser = test
        .browser()
        .with_header("user-agent", &format!("Firefox/1 Linux {script}"))
        .from("198.51.100.3");
    browser
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/");
    let pages = [
        browser.get("/users/settings/sessions").await,
        test.browser()
            .log_in("\"><script>alert(1)</script>", PASSWORD)
            .await,
        test.browser()
            .register("'><script>alert(1)</script>", PASSWORD)
            .await,
        test.browser()
            .get("/users/%3Cscript%3Ealert(1)%3C/script%3E")
            .await,
    ];
    for page in pages {
        assert!(!page.body.contains(script), "{}", page.body);
    }
}

#[tokio::test]
async fn sec_web_08_pages_with_a_secret_address_tell_it_to_nobody() {
    let test = TestApp::start().await;
    test.browser().register("ann@example.com", PASSWORD).await;
    let confirm = test.link_for("ann@example.com").await;
    test.browser()
        .post("/users/reset-password", &[("email", "ann@example.com")])
        .await;
    let reset = test.link_for("ann@example.com").await;
    for link in [confirm, reset] {
        let wrong = test
            .browser()
            .post(&link, &[("new_password", "short")])
            .await;
        let wrong = wrong.expect(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(wrong.header("referrer-policy"), "same-origin");
        let page = test.browser().get(&link).await.expect(StatusCode::OK);
        assert_eq!(page.header("referrer-policy"), "same-origin");
        assert!(
            !page.body.contains("http://") && !page.body.contains("https://"),
            "{}",
            page.body
        );
    }
}

/// Browsers without `Sec-Fetch-Site` (Safari before 16.4) are told apart by the origin alone. With `no-referrer` on the page they
/// would send `Origin: null`, which is refused.
#[tokio::test]
async fn sec_web_08_older_browsers_can_send_the_forms_of_links() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    test.browser()
        .post("/users/reset-password", &[("email", "ann@example.com")])
        .await;
    let reset = test.link_for("ann@example.com").await;
    let older = test.browser().without_header("sec-fetch-site");
    let mut null = older.clone().with_header("origin", "null");
    null.post(&reset, &[]).await.expect(StatusCode::FORBIDDEN);
    let mut older = older.with_header("origin", "http://localhost:4000");
    let page = older.get(&reset).await;
    assert_eq!(page.header("referrer-policy"), "same-origin");
    older
        .post(&reset, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect_redirect("/users/log-in");
}

#[tokio::test]
async fn sec_web_12_password_managers_find_where_to_change_a_password() {
    let test = TestApp::start().await;
    test.browser()
        .get("/.well-known/change-password")
        .await
        .expect_redirect("/users/reset-password");
}
