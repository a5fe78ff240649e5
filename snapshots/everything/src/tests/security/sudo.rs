//! MFA-9, LOG-3: what needs a recent proof of who the user is, and how often one can be tried.

use axum::http::StatusCode;
use time::Duration;

use crate::tests::{
    test_app::TestApp,
    two_factor::{self, CONFIRM, WRONG_CODE},
};

const ANN: &str = "ann@example.com";

/// What must not be done in a session that was left open.
const DANGEROUS: [&str; 9] = [
    "/users/settings/email",
    "/users/settings/delete",
    "/users/settings/sessions/{id}/end",
    "/users/settings/sessions/end-others",
    "/users/settings/sessions/end-all",
    "/users/settings/second-factor",
    "/users/settings/second-factor/disable",
    "/users/settings/second-factor/backup-codes",
    "/users/settings/trusted-browsers/{id}/end",
];

#[tokio::test]
async fn sec_mfa_09_what_is_dangerous_needs_sudo() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    ann.log_in(&test, ANN, &[("trust_browser", "on")]).await;
    test.after(Duration::minutes(16));
    for path in DANGEROUS {
        let path = path.replace("{id}", "018f0000-0000-7000-8000-000000000000");
        let answer = ann.browser.post(&path, &[]).await;
        assert_eq!(answer.header("location"), "/users/sudo", "{path}");
    }
    assert!(ann.browser.is_logged_in().await);
    assert!(test.user(ANN).await.unwrap().second_factor_at.is_some());
}

#[tokio::test]
async fn sec_log_03_first_codes_are_counted_by_session() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let phone = two_factor::scan(&mut browser).await;
    for number in 0..10 {
        let answer = browser.post(CONFIRM, &[("code", WRONG_CODE)]).await;
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        assert_eq!(answer.status, status, "{number}");
    }
    let code = phone.code(&test);
    browser
        .post(CONFIRM, &[("code", &code)])
        .await
        .expect(StatusCode::TOO_MANY_REQUESTS);
    assert!(test.user(ANN).await.unwrap().second_factor_at.is_none());
}

/// The clock was ahead when the user proved who they are, and was set right since.
#[tokio::test]
async fn sec_ses_15_a_proof_of_the_future_is_none() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let path = "/users/settings/sessions/end-others";
    for (minutes, to) in [
        (-16, "/users/sudo"),
        (-14, "/users/settings/sessions"),
        (2, "/users/sudo"),
        (24 * 60, "/users/sudo"),
    ] {
        sqlx::query("update sessions set sudo_at = $1")
            .bind(test.app.now() + Duration::minutes(minutes))
            .execute(&test.app.db)
            .await
            .unwrap();
        let answer = browser.post(path, &[]).await;
        assert_eq!(answer.header("location"), to, "{minutes} minutes");
    }
}
