//! From a form to a confirmed account.

use axum::http::StatusCode;
use time::Duration;

use super::{OTHER_PASSWORD, PASSWORD, browser::Browser, test_app::TestApp};
use crate::texts;

#[tokio::test]
async fn registering_sends_a_letter_and_asks_for_its_code() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser
        .register("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/users/confirm");
    browser
        .get("/users/confirm")
        .await
        .expect(StatusCode::OK)
        .expect_text(texts::confirm::TITLE);

    let letter = test.last_letter_to("ann@example.com").await;
    assert_eq!(letter.subject, texts::letters::CONFIRM_SUBJECT);
}

#[tokio::test]
async fn the_code_confirms_and_logs_in() {
    let test = TestApp::start().await;
    let mut browser = test.member("ann@example.com").await;
    browser.get("/").await.expect_text(texts::notices::WELCOME);
    assert!(browser.is_logged_in().await);
    assert!(
        test.user("ann@example.com")
            .await
            .unwrap()
            .confirmed_at
            .is_some()
    );
}

#[tokio::test]
async fn a_code_may_be_typed_as_people_type() {
    let ways: [fn(&str) -> String; 7] = [
        str::to_owned,
        str::to_lowercase,
        |code| code.replace('-', ""),
        |code| format!("  {} ", code.replace('-', " ")),
        |code| code.replace('-', " – ").to_lowercase(),
        |code| code.replace('0', "O").replace('1', "l"),
        |code| code.replace('0', "o").replace('1', "I"),
    ];
    for way in ways {
        let test = TestApp::start().await;
        let (mut browser, code) = registered_with_ambiguous_code(&test).await;
        browser
            .post("/users/confirm", &[("code", &way(&code))])
            .await
            .expect_redirect("/");
    }
}

/// Registers until a code has a character that users take for another one.
async fn registered_with_ambiguous_code(test: &TestApp) -> (Browser, String) {
    for number in 1..=200 {
        let email = format!("ann{number}@example.com");
        let mut browser = test.browser().from(&format!("192.0.2.{number}"));
        browser.register(&email, PASSWORD).await;
        let code = test.code_for(&email).await;
        if code.contains(['0', '1']) {
            return (browser, code);
        }
    }
    panic!("200 codes without 0 and 1");
}

#[tokio::test]
async fn a_code_is_not_taken_with_more_or_less_than_it_has() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.register("ann@example.com", PASSWORD).await;
    let code = test.code_for("ann@example.com").await;
    for typed in [
        "",
        &code[..8],
        &format!("{code}0"),
        &format!("{code}{code}"),
    ] {
        browser
            .post("/users/confirm", &[("code", typed)])
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY)
            .expect_text(texts::fields::CODE_WRONG);
    }
    browser
        .post("/users/confirm", &[("code", &code)])
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn the_field_of_the_code_takes_letters_as_they_are() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.register("ann@example.com", PASSWORD).await;
    let page = browser.get("/users/confirm").await.expect(StatusCode::OK);
    assert!(!page.body.contains("inputmode=\"numeric\""));
    page.expect_text(r#"autocomplete="one-time-code" autocapitalize="none" spellcheck="false""#);
}

#[tokio::test]
async fn a_code_works_for_ten_minutes_and_the_link_for_two_days() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.register("ann@example.com", PASSWORD).await;
    let (code, link) = (
        test.code_for("ann@example.com").await,
        test.link_for("ann@example.com").await,
    );

    test.after(Duration::minutes(10));
    browser
        .post("/users/confirm", &[("code", &code)])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    test.after(Duration::hours(47));
    browser.get(&link).await.expect(StatusCode::OK);
    test.after(Duration::minutes(50));
    browser
        .get(&link)
        .await
        .expect(StatusCode::NOT_FOUND)
        .expect_text(texts::link_expired::TITLE);
}

#[tokio::test]
async fn the_link_confirms_in_the_browser_that_registered() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.register("ann@example.com", PASSWORD).await;
    let link = test.link_for("ann@example.com").await;
    browser.get(&link).await.expect(StatusCode::OK);
    browser.post(&link, &[]).await.expect_redirect("/");
    assert!(browser.is_logged_in().await);
}

#[tokio::test]
async fn the_link_asks_another_browser_for_the_password() {
    let test = TestApp::start().await;
    test.browser().register("ann@example.com", PASSWORD).await;
    let link = test.link_for("ann@example.com").await;

    let mut phone = test.browser();
    phone
        .get(&link)
        .await
        .expect_text(texts::confirm::OTHER_BROWSER);
    phone
        .post(&link, &[("password", OTHER_PASSWORD)])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    phone
        .post(&link, &[("password", PASSWORD)])
        .await
        .expect_redirect("/");
    assert!(phone.is_logged_in().await);
}

#[tokio::test]
async fn the_link_lets_the_owner_of_the_address_set_a_new_password() {
    let test = TestApp::start().await;
    test.browser().register("ann@example.com", PASSWORD).await;
    let link = test.link_for("ann@example.com").await;

    let mut owner = test.browser();
    owner
        .post(&link, &[("new_password", "short")])
        .await
        .expect_text(texts::fields::PASSWORD_TOO_SHORT);
    owner
        .post(&link, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect_redirect("/");
    test.browser()
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    test.browser()
        .log_in("ann@example.com", OTHER_PASSWORD)
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn another_letter_has_a_new_code() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.register("ann@example.com", PASSWORD).await;
    let first = test.link_for("ann@example.com").await;
    browser
        .post("/users/confirm/resend", &[])
        .await
        .expect_redirect("/users/confirm");
    let code = test.code_for("ann@example.com").await;
    assert_eq!(test.letters_to("ann@example.com").await.len(), 2);
    browser.get(&first).await.expect(StatusCode::OK);
    browser
        .post("/users/confirm", &[("code", &code)])
        .await
        .expect_redirect("/");
    let other = test.browser().get(&first).await;
    other.expect(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_letter_asked_for_by_address_has_a_link_and_no_code() {
    let test = TestApp::start().await;
    test.browser().register("ann@example.com", PASSWORD).await;
    test.work().await;
    let mut other = test.browser();
    other
        .get("/users/confirm")
        .await
        .expect_redirect("/users/confirm/resend");
    other
        .post("/users/confirm/resend", &[("email", "Ann@Example.com")])
        .await
        .expect_redirect("/users/log-in");

    let letter = test.last_letter_to("ann@example.com").await;
    assert!(letter.text.contains(texts::letters::CONFIRM));
    other
        .get(&test.link_for("ann@example.com").await)
        .await
        .expect_text(texts::confirm::OTHER_BROWSER);
}

/// Of two who registered the same address, the link that is asked for by address is for the second.
#[tokio::test]
async fn a_link_asked_for_by_address_takes_the_newest_password() {
    let test = TestApp::start().await;
    for password in [PASSWORD, OTHER_PASSWORD] {
        test.browser().register("ann@example.com", password).await;
        test.work().await;
    }
    let mut other = test.browser();
    other
        .post("/users/confirm/resend", &[("email", "ann@example.com")])
        .await
        .expect_redirect("/users/log-in");
    let link = test.link_for("ann@example.com").await;
    other
        .post(&link, &[("password", PASSWORD)])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    other
        .post(&link, &[("password", OTHER_PASSWORD)])
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn a_form_that_is_not_right_keeps_the_address_and_says_why() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    let answer = browser
        .register("not an address", PASSWORD)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    answer
        .expect_text(texts::fields::EMAIL_INVALID)
        .expect_text("not an address");
    let answer = browser
        .register("ann@example.com", "short")
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    answer
        .expect_text(texts::fields::PASSWORD_TOO_SHORT)
        .expect_text("ann@example.com");
}

#[tokio::test]
async fn somebody_who_is_logged_in_does_not_register() {
    let test = TestApp::start().await;
    let mut browser = test.member("ann@example.com").await;
    browser.get("/users/register").await.expect_redirect("/");
}

#[tokio::test]
async fn with_the_banner_unconfirmed_people_may_come_in() {
    let test = TestApp::start_with(&[("UNCONFIRMED", "banner")]).await;
    let mut browser = test.browser();
    browser.register("ann@example.com", PASSWORD).await;
    browser
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/");
    browser
        .get("/")
        .await
        .expect_text(texts::unconfirmed::BANNER);
    browser
        .post("/users/confirm/resend", &[("email", "ann@example.com")])
        .await
        .expect_redirect("/");
    let link = test.link_below("ann@example.com", "/users/confirm/").await;
    browser
        .post(&link, &[("password", PASSWORD)])
        .await
        .expect_redirect("/");
    let home = browser.get("/").await;
    assert!(!home.body.contains(texts::unconfirmed::BANNER));
}

#[tokio::test]
async fn with_the_banner_a_second_registration_takes_nothing_away() {
    let test = TestApp::start_with(&[("UNCONFIRMED", "banner")]).await;
    let mut first = test.browser();
    first.register("ann@example.com", PASSWORD).await;
    first
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/");
    test.browser()
        .register("ann@example.com", OTHER_PASSWORD)
        .await
        .expect_redirect("/users/confirm");
    assert!(first.is_logged_in().await);
    first.post("/users/log-out", &[]).await;
    first
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn with_the_banner_the_code_confirms_the_account_there_is() {
    let test = TestApp::start_with(&[("UNCONFIRMED", "banner")]).await;
    let mut browser = test.browser();
    browser.register("ann@example.com", PASSWORD).await;
    let before = test.user("ann@example.com").await.unwrap();
    let code = test.code_for("ann@example.com").await;
    browser
        .post("/users/confirm", &[("code", &code)])
        .await
        .expect_redirect("/");
    let after = test.user("ann@example.com").await.unwrap();
    assert_eq!(before.id, after.id);
    assert!(before.confirmed_at.is_none() && after.confirmed_at.is_some());
    assert_eq!(test.people().await, 1);
}

#[tokio::test]
async fn somebody_who_is_not_confirmed_is_no_user_yet() {
    let test = TestApp::start().await;
    test.browser().register("ann@example.com", PASSWORD).await;
    assert_eq!((test.people().await, test.registrations().await), (0, 1));
    test.member("ben@example.com").await;
    assert_eq!((test.people().await, test.registrations().await), (1, 1));
}

#[tokio::test]
async fn beyond_the_budget_of_an_address_the_browser_asks_for_its_code() {
    let test = TestApp::start().await;
    for number in 0..5 {
        let mut stranger = test.browser().from(&format!("203.0.113.{number}"));
        stranger.register("ann@example.com", OTHER_PASSWORD).await;
    }
    let mut browser = test.browser();
    let before = test.letters_to("ann@example.com").await.len();
    browser
        .register("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/users/confirm");
    assert_eq!(test.letters_to("ann@example.com").await.len(), before);
    browser
        .post("/users/confirm/resend", &[])
        .await
        .expect_redirect("/users/confirm");
    let code = test.code_for("ann@example.com").await;
    browser
        .post("/users/confirm", &[("code", &code)])
        .await
        .expect_redirect("/");
}
