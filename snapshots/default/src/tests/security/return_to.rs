//! LOG-9: the way back leads to a page of ours, and is one user's own.

use axum::http::StatusCode;
use time::Duration;

use crate::{
    accounts::repeat,
    tests::{PASSWORD, browser::Browser, test_app::TestApp},
    web::return_to::ReturnTo,
};

const ANN: &str = "ann@example.com";
const BOB: &str = "bob@example.com";
const COOKIE: &str = concat!(env!("CARGO_PKG_NAME"), "_return_to");
const WANTED: &str = "/users/settings/sessions?of=ann";

/// Asks for a page that needs a user.
async fn want(browser: &mut Browser) {
    browser.get(WANTED).await.expect_redirect("/users/log-in");
    assert!(browser.cookie(COOKIE).is_some());
}

async fn log_in(browser: &mut Browser, email: &str) -> String {
    let answer = browser.log_in(email, PASSWORD).await;
    answer.header("location").to_owned()
}

#[tokio::test]
async fn sec_log_09_only_paths_of_ours_are_returned_to() {
    for bad in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/%2f%2fevil.example",
        "/%2Fevil.example",
        "%2f%2fevil.example",
        "/%5cevil.example",
        "/%5Cevil.example",
        "/%2F%2Fevil.example",
        "%5C%5Cevil.example",
        "/a%5C..%5Cevil.example",
        "/\r\nSet-Cookie: a=b",
        "/\tevil",
        "evil.example",
        "",
        "/./evil",
        "/..//evil.example",
        "http:/evil.example",
        "/a\0b",
        " /a",
        "/a b",
        "/ü",
    ] {
        assert_eq!(ReturnTo::parse(bad), None, "{bad:?}");
    }
    for good in [
        "/",
        "/orders",
        "/orders?page=2&sort=a",
        "/a/b/c",
        "/search?q=%20%26",
        "/x#part",
    ] {
        assert_eq!(ReturnTo::parse(good).unwrap().as_str(), good);
    }
}

#[tokio::test]
async fn sec_log_09_a_forged_cookie_leads_to_the_start() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    browser.post("/users/log-out", &[]).await;
    browser.cookies.insert(
        COOKIE.to_owned(),
        format!(":{}://evil.example", test.app.now().unix_timestamp()),
    );
    browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
}

#[tokio::test]
async fn sec_log_09_a_broken_cookie_leads_to_the_start() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let now = test.app.now().unix_timestamp();
    for kept in [
        String::new(),
        "/orders".to_owned(),
        ":/orders".to_owned(),
        format!(":{now}:"),
        format!(":{}:/orders", i64::MAX),
        ":253402300799:/orders".to_owned(),
        ":-377705116800:/orders".to_owned(),
        format!("nobody:{now}:/orders"),
    ] {
        browser.post("/users/log-out", &[]).await;
        browser.cookies.insert(COOKIE.to_owned(), kept.clone());
        assert_eq!(log_in(&mut browser, ANN).await, "/", "{kept}");
        test.after(Duration::minutes(2));
    }
}

#[tokio::test]
async fn sec_log_09_the_way_back_is_taken_once() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let mut browser = test.browser();
    want(&mut browser).await;
    assert_eq!(log_in(&mut browser, ANN).await, WANTED);
    // A second click does not make it longer.
    test.after(Duration::seconds(40));
    assert_eq!(log_in(&mut browser, ANN).await, WANTED);
    test.after(Duration::seconds(20));
    assert_eq!(log_in(&mut browser, ANN).await, "/");
    assert!(browser.cookie(COOKIE).is_none());
}

/// Whether it is sent before the first response has come or after it.
#[tokio::test]
async fn sec_log_09_the_second_click_leads_to_the_same_page() {
    let test = TestApp::start().await;
    let mut member = test.member(ANN).await;
    test.member(BOB).await;
    let proof = [("email", ANN), ("password", PASSWORD)];
    let mut browser = test.browser();
    want(&mut browser).await;
    member.get("/users/sudo?return_to=/orders").await;
    for (page, mut browser, wanted) in [
        ("/users/log-in", browser, WANTED),
        ("/users/sudo", member, "/orders"),
    ] {
        let mut late = browser.clone();
        for _ in 0..2 {
            browser.post(page, &proof).await.expect_redirect(wanted);
        }
        late.post(page, &proof).await.expect_redirect(wanted);
        // Another user who logs in a moment later is not led there.
        browser.cookies.retain(|name, _| name == COOKIE);
        assert_eq!(log_in(&mut browser, BOB).await, "/");
    }
}

#[tokio::test]
async fn sec_log_09_the_way_back_is_not_another_users() {
    let test = TestApp::start().await;
    test.member(BOB).await;
    let mut browser = test.member(ANN).await;
    browser.post("/users/log-out", &[]).await;
    want(&mut browser).await;
    let mut anns = browser.clone();
    assert_eq!(log_in(&mut anns, ANN).await, WANTED);
    test.after(Duration::seconds(1));
    assert_eq!(log_in(&mut browser, BOB).await, "/");
    assert!(browser.cookie(COOKIE).is_none());
    // Now it is Bob's browser.
    browser.post("/users/log-out", &[]).await;
    want(&mut browser).await;
    assert_eq!(log_in(&mut browser, ANN).await, "/");
}

#[tokio::test]
async fn sec_log_09_a_session_that_is_gone_keeps_the_way_back_for_its_user() {
    let test = TestApp::start().await;
    test.member(BOB).await;
    let mut browser = test.member(ANN).await;
    sqlx::query("delete from sessions")
        .execute(&test.app.db)
        .await
        .unwrap();
    want(&mut browser).await;
    assert_eq!(log_in(&mut browser.clone(), BOB).await, "/");
    assert_eq!(log_in(&mut browser, ANN).await, WANTED);
}

/// Whoever wanted to go there: from then on it is the user's who got there.
#[tokio::test]
async fn sec_log_09_an_old_way_back_that_was_taken_is_not_another_users() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    test.member(BOB).await;
    let mut browser = test.browser();
    want(&mut browser).await;
    test.after(Duration::minutes(14) + Duration::seconds(20));
    assert_eq!(log_in(&mut browser, ANN).await, WANTED);
    browser.cookies.retain(|name, _| name == COOKIE);
    assert_eq!(log_in(&mut browser, BOB).await, "/");
}

#[tokio::test]
async fn sec_log_09_logging_out_forgets_the_way_back() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let ways = [
        "/users/log-out",
        "/users/settings/sessions/end-all",
        "/users/settings/delete",
    ];
    for way_out in ways {
        let mut browser = test.browser();
        browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
        browser.get("/users/sudo?return_to=/orders").await;
        assert!(browser.cookie(COOKIE).is_some());
        browser
            .post(way_out, &[])
            .await
            .expect_redirect("/users/log-in");
        assert!(browser.cookie(COOKIE).is_none(), "{way_out}");
    }
}

#[tokio::test]
async fn sec_log_09_the_way_back_is_forgotten_after_a_quarter_of_an_hour() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let mut browser = test.browser();
    want(&mut browser).await;
    test.after(Duration::minutes(15) - Duration::seconds(5));
    assert_eq!(log_in(&mut browser.clone(), ANN).await, WANTED);
    test.after(Duration::seconds(5));
    assert_eq!(log_in(&mut browser, ANN).await, "/");
}

#[tokio::test]
async fn sec_log_09_the_way_back_from_sudo_is_its_users_and_taken_once() {
    let test = TestApp::start().await;
    test.member(BOB).await;
    let mut browser = test.member(ANN).await;
    let proof = [("password", PASSWORD)];
    browser.get("/users/sudo?return_to=/orders").await;
    browser
        .post("/users/sudo", &proof)
        .await
        .expect_redirect("/orders");
    test.after(repeat::WITHIN);
    browser
        .post("/users/sudo", &proof)
        .await
        .expect_redirect("/");
    browser.get("/users/sudo?return_to=/orders").await;
    test.after(Duration::minutes(15));
    browser
        .post("/users/sudo", &proof)
        .await
        .expect_redirect("/");
    browser.get("/users/sudo?return_to=/orders").await;
    assert_eq!(log_in(&mut browser, BOB).await, "/");
}

#[tokio::test]
async fn sec_log_09_a_link_to_the_log_in_may_say_where_to_go_afterwards() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let link = "/users/log-in?return_to=";
    for (wanted, expected) in [
        ("/rooms/7?day=monday", "/rooms/7?day=monday"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/%5Cevil.example", "/"),
        ("", "/"),
    ] {
        let mut browser = test.browser();
        browser.get(&format!("{link}{wanted}")).await;
        assert_eq!(log_in(&mut browser, ANN).await, expected, "{wanted}");
        // Another link takes the place of the first.
        let mut browser = test.browser();
        browser.get(&format!("{link}/first")).await;
        browser.get(&format!("{link}/second")).await;
        assert_eq!(log_in(&mut browser, ANN).await, "/second");
        test.after(Duration::minutes(1));
    }
    // Nor is it lost on those who are logged in already.
    let mut member = test.browser();
    log_in(&mut member, ANN).await;
    for (wanted, expected) in [("/rooms/7", "/rooms/7"), ("//evil.example", "/"), ("", "/")] {
        let answer = member.get(&format!("{link}{wanted}")).await;
        answer.expect_redirect(expected);
    }
    let twice = format!("{link}/a&return_to=/b");
    let page = test.browser().get(&twice).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.header("content-type").starts_with("text/html"));
}
