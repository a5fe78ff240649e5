//! RST-1, REG-6, LOG-5 and EML-1: how long each kind of emailed link works, for users and for those who have only registered.

use axum::http::StatusCode;
use time::Duration;

use crate::tests::{OTHER_PASSWORD, PASSWORD, browser::Browser, test_app::TestApp};

const ANN: &str = "ann@example.com";
const NEW: &str = "ann@example.org";
/// Who has only registered.
const BOB: &str = "bob@example.com";

/// Who gets the email, the path of the link, and the minutes for which it works.
const LINKS: [(&str, &str, i64); 8] = [
    (ANN, "/users/log-in/link/", 10),
    (BOB, "/users/log-in/link/", 10),
    (ANN, "/users/unlock/", 15),
    (ANN, "/users/reset-password/", 60),
    (BOB, "/users/reset-password/", 60),
    (NEW, "/users/settings/email/", 24 * 60),
    (BOB, "/users/confirm/", 48 * 60),
    (ANN, "/users/email-veto/", 72 * 60),
];

/// Has all of them sent, and returns a session in which they can be opened.
async fn ask_for_all(test: &TestApp) -> Browser {
    test.member(ANN).await;
    test.browser().register(BOB, PASSWORD).await;
    let mut session = test.browser();
    session.log_in_remembered(ANN, PASSWORD).await;
    let answer = session.post("/users/settings/email", &[("email", NEW)]);
    answer.await.expect_redirect("/users/settings");
    for email in [ANN, BOB] {
        for path in ["/users/log-in/link", "/users/reset-password"] {
            let answer = test.browser().post(path, &[("email", email)]).await;
            answer.expect_redirect("/users/log-in");
        }
    }
    for _ in 0..5 {
        let answer = test.browser().log_in(ANN, OTHER_PASSWORD).await;
        answer.expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    session
}

#[tokio::test]
async fn sec_rst_01_each_kind_of_link_works_as_long_as_is_written_here() {
    let test = TestApp::start().await;
    let session = ask_for_all(&test).await;
    let mut links = Vec::new();
    for (email, path, minutes) in LINKS {
        links.push((test.link_below(email, path).await, minutes));
    }
    let mut times: Vec<_> = LINKS.iter().flat_map(|row| [row.2 - 1, row.2]).collect();
    times.sort_unstable();
    times.dedup();
    let mut passed = 0;
    for at in times {
        test.after(Duration::minutes(at - passed));
        passed = at;
        for (link, minutes) in &links {
            let mut browser = match link.starts_with("/users/settings/") {
                true => session.clone(),
                false => test.browser(),
            };
            // A link that is opened is not used: it works until its time is over.
            let wanted = if at < *minutes { 200 } else { 404 };
            let answer = browser.get(link).await;
            assert_eq!(answer.status.as_u16(), wanted, "{link} at {at}");
            if wanted == 404 {
                let fields = [("new_password", OTHER_PASSWORD), ("password", PASSWORD)];
                let answer = browser.post(link, &fields).await;
                assert_eq!(answer.status.as_u16(), 404, "{link} at {at}");
            }
        }
    }
}
