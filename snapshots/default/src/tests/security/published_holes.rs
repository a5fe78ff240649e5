//! Holes that were found in other people's account systems, tried on this one. The numbers are those of the security guide;
//! further ones are replayed next to the rule that they broke, and named here.
//!
//! 24 is `sec_log_04_nobody_can_write_their_own_address`, 25 `sec_pwd_11_…`, 29, 30 and 41 `sec_log_02_…`,
//! 38 `sec_cfg_04_…`, 39 `sec_ses_10_…`.

use axum::http::StatusCode;

use crate::tests::{OTHER_PASSWORD, PASSWORD, browser::Browser, test_app::TestApp};

const ANN: &str = "ann@example.com";

async fn log_in_link(test: &TestApp, email: &str) -> String {
    test.browser()
        .post("/users/log-in/link", &[("email", email)])
        .await
        .expect_redirect("/users/log-in");
    test.link_below(email, "/users/log-in/link/").await
}

async fn is_in(mut browser: Browser, password: &str) -> bool {
    browser.log_in(ANN, password).await;
    browser.is_logged_in().await
}

/// GHSA-qq9h-g4jm-xgf3: a link by e-mail confirmed the account and kept the password of whoever had registered it.
#[tokio::test]
async fn hole_02_a_link_does_not_keep_a_squatters_password() {
    let test = TestApp::start().await;
    test.browser().register(ANN, PASSWORD).await;
    let link = log_in_link(&test, ANN).await;
    test.browser().post(&link, &[]).await.expect_redirect("/");
    assert!(!is_in(test.browser(), PASSWORD).await);
}

/// better-auth#11023: the code was kept by address, so one for a squatter's account confirmed the owner's.
#[tokio::test]
async fn hole_03_a_code_belongs_to_one_registration() {
    let test = TestApp::start().await;
    let mut thief = test.browser();
    thief.register(ANN, PASSWORD).await;
    let first = test.code_for(ANN).await;
    let mut owner = test.browser();
    owner.register(ANN, OTHER_PASSWORD).await;
    let second = test.code_for(ANN).await;
    thief.post("/users/confirm", &[("code", &second)]).await;
    assert!(!thief.is_logged_in().await);
    if first != second {
        owner
            .post("/users/confirm", &[("code", &first)])
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    owner
        .post("/users/confirm", &[("code", &second)])
        .await
        .expect_redirect("/");
    assert!(!is_in(test.browser(), PASSWORD).await);
}

/// GHSA-7rqj-j65f-68wh: the address was checked before it was normalised, and the letter went somewhere else.
#[tokio::test]
async fn hole_18_an_address_is_normalised_before_anything_else() {
    let test = TestApp::start().await;
    test.browser().register("ann＠example．com", PASSWORD).await;
    assert!(!test.letters_to(ANN).await.is_empty());
    let all = test.app.mailer.mailbox().unwrap().all();
    assert!(all.iter().all(|letter| letter.to == ANN));
    test.browser()
        .register("ann@example.com＠evil.example", PASSWORD)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
}

/// CVE-2026-32700: confirming one change while another was asked for confirmed an address that nobody had proved.
#[tokio::test]
async fn hole_22_the_link_for_one_address_confirms_no_other() {
    let test = TestApp::start().await;
    let mut thief = test.member("thief@example.com").await;
    let ask = [("email", "mine@example.net")];
    thief.post("/users/settings/email", &ask).await;
    let link = test.link_below("mine@example.net", "/users/settings/email/");
    let link = link.await;
    let ask = [("email", "victim@example.org")];
    thief.post("/users/settings/email", &ask).await;
    let answer = thief.post(&link, &[]).await;
    answer.expect_redirect("/users/settings");
    assert!(test.user("victim@example.org").await.is_none());
    assert!(test.user("mine@example.net").await.is_some());
}

/// allauth 65.8.1: logging in to one's own account gave the network its tries at others back.
#[tokio::test]
async fn hole_23_a_success_does_not_clear_the_limit_of_the_network() {
    let test = TestApp::start().await;
    test.member("thief@example.com").await;
    let mut thief = test.browser().from("203.0.113.9");
    // The first one comes from a browser that is not known yet.
    for _ in 0..9 {
        thief.log_in("thief@example.com", PASSWORD).await;
        thief.post("/users/log-out", &[]).await;
        thief.log_in(ANN, "guess").await;
    }
    thief
        .log_in(ANN, "guess")
        .await
        .expect(StatusCode::TOO_MANY_REQUESTS);
}

/// Sudhodanan and Paverd 2022, five ways of having an account before its owner: classic (a password), a session that is
/// kept alive, another address on the account, a change of address under way, and a letter asked for in advance.
#[tokio::test]
async fn hole_40_nothing_that_was_set_up_before_outlives_the_owners_proof() {
    let test = TestApp::start_with(&[("UNCONFIRMED", "banner")]).await;
    let mut thief = test.browser();
    thief.register(ANN, PASSWORD).await;
    thief.log_in(ANN, PASSWORD).await.expect_redirect("/");
    let remembered = {
        let mut other = test.browser();
        other.log_in_remembered(ANN, PASSWORD).await;
        other
    };
    let ask = [("email", "thief@example.net")];
    thief.post("/users/settings/email", &ask).await;
    let change = test.link_below("thief@example.net", "/users/settings/email/");
    let change = change.await;
    let code = test.code_for(ANN).await;

    let mut owner = test.browser();
    let link = log_in_link(&test, ANN).await;
    owner.post(&link, &[]).await.expect_redirect("/");

    assert!(!thief.clone().is_logged_in().await);
    assert!(!remembered.clone().is_logged_in().await);
    assert!(!is_in(test.browser(), PASSWORD).await);
    thief.post(&change, &[]).await;
    owner.post(&change, &[]).await.expect(StatusCode::NOT_FOUND);
    thief.post("/users/confirm", &[("code", &code)]).await;
    assert!(!thief.is_logged_in().await);
    assert!(test.user("thief@example.net").await.is_none());
    assert!(owner.is_logged_in().await);
}

#[tokio::test]
async fn hole_40_a_deletion_that_somebody_else_has_scheduled_is_forgotten() {
    let test = TestApp::start_with(&[("UNCONFIRMED", "banner")]).await;
    let proofs = ["link", "registration", "resent link"];
    for (proof, email) in proofs
        .into_iter()
        .zip([ANN, "ben@example.com", "eve@example.com"])
    {
        let mut thief = test.browser();
        thief.register(email, PASSWORD).await;
        thief.log_in(email, PASSWORD).await.expect_redirect("/");
        thief.post("/users/settings/delete", &[]).await;
        assert!(test.user(email).await.unwrap().deletion_at.is_some());
        test.work().await;

        let mut owner = test.browser();
        let came_in = match proof {
            "link" => {
                let link = log_in_link(&test, email).await;
                owner.post(&link, &[]).await
            }
            "registration" => {
                owner.register(email, OTHER_PASSWORD).await;
                let code = test.code_for(email).await;
                owner.post("/users/confirm", &[("code", &code)]).await
            }
            _ => {
                let ask = [("email", email)];
                owner.post("/users/confirm/resend", &ask).await;
                let link = test.link_below(email, "/users/confirm/").await;
                let password = [("new_password", OTHER_PASSWORD)];
                owner.post(&link, &password).await
            }
        };
        came_in.expect_redirect("/");
        assert!(test.user(email).await.unwrap().deletion_at.is_none());
    }
}

/// formbricks#8971: confirming an address logged its owner in to the account that an attacker had made for it.
#[tokio::test]
async fn hole_43_confirming_leads_nobody_into_a_strangers_account() {
    let test = TestApp::start_with(&[("UNCONFIRMED", "banner")]).await;
    let mut thief = test.browser();
    thief.register(ANN, PASSWORD).await;
    thief.log_in(ANN, PASSWORD).await.expect_redirect("/");
    test.work().await;

    // The owner registers too. The code is for what the owner has set, and nothing of the thief's outlives it.
    let mut owner = test.browser();
    owner.register(ANN, OTHER_PASSWORD).await;
    let code = test.code_for(ANN).await;
    thief.post("/users/confirm", &[("code", &code)]).await;
    assert!(test.user(ANN).await.unwrap().confirmed_at.is_none());
    owner
        .post("/users/confirm", &[("code", &code)])
        .await
        .expect_redirect("/");
    assert!(!thief.is_logged_in().await);
    assert!(!is_in(test.browser(), PASSWORD).await);
    assert!(is_in(test.browser(), OTHER_PASSWORD).await);
}

/// better-auth#9990: where no address was known, nothing was limited.
#[tokio::test]
async fn hole_44_whoever_has_no_address_is_limited_together() {
    let test = TestApp::start().await;
    let router = test.router.clone();
    let mut statuses = Vec::new();
    for _ in 0..11 {
        let request = axum::http::Request::post("/users/log-in")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(axum::body::Body::from("email=ann@example.com&password=x"))
            .unwrap();
        let answer = tower::ServiceExt::oneshot(router.clone(), request);
        statuses.push(answer.await.unwrap().status());
    }
    assert_eq!(statuses[10], StatusCode::TOO_MANY_REQUESTS);
}
