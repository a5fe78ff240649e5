//! RST-7: nobody can fill a mailbox, whatever the kind of email, and whoever asks.

use axum::http::StatusCode;

use crate::tests::{PASSWORD, browser::Browser, test_app::TestApp};

const ANN: &str = "ann@example.com";
/// As somebody might type the same address to be counted anew.
const SPELLINGS: [&str; 3] = [ANN, " ANN@example.com", "ａｎｎ@Example.COM"];

/// Every form that sends an email to an address that anybody can type, and how many it sends at once.
const FORMS: [(&str, usize); 4] = [
    ("/users/register", 3),
    ("/users/confirm/resend", 3),
    ("/users/reset-password", 3),
    ("/users/log-in/link", 3),
];

/// Sends a form for the address from thirty networks. All responses are the same.
async fn from_thirty_networks(test: &TestApp, path: &str) {
    let mut answers = Vec::new();
    for number in 0..30 {
        let mut browser = test.browser().from(&format!("198.51.100.{number}"));
        let fields = [("email", SPELLINGS[number % 3]), ("password", PASSWORD)];
        let answer = browser.post(path, &fields).await;
        let answer = answer.expect(StatusCode::SEE_OTHER);
        let cookies = answer.set_cookies().len();
        answers.push((answer.header("location").to_owned(), cookies));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{path}");
}

#[tokio::test]
async fn sec_rst_07_thirty_networks_cannot_fill_the_mailbox_of_a_user() {
    for (path, budget) in FORMS {
        // Who has confirmed already gets no other email to confirm.
        let settings = [("UNCONFIRMED", "banner")];
        let test = TestApp::start_with(&settings).await;
        test.browser().register(ANN, PASSWORD).await;
        let before = test.letters_to(ANN).await.len();
        test.after(time::Duration::hours(1));
        from_thirty_networks(&test, path).await;
        let after = test.letters_to(ANN).await.len();
        assert!(after - before <= budget, "{path}: {}", after - before);
        assert!(after > before, "{path} sends nothing");
    }
}

#[tokio::test]
async fn sec_rst_07_thirty_networks_cannot_fill_the_mailbox_of_somebody_new() {
    let test = TestApp::start().await;
    from_thirty_networks(&test, "/users/register").await;
    let emails = test.letters_to(ANN).await.len();
    assert!((1..=3).contains(&emails), "{emails}");
}

#[tokio::test]
async fn sec_rst_07_a_reset_is_sent_ten_times_an_hour() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    for half_minute in 0..20 {
        for network in 0..2 {
            let from = format!("203.0.{half_minute}.{network}");
            let mut browser = test.browser().from(&from);
            let answer = browser
                .post("/users/reset-password", &[("email", ANN)])
                .await;
            answer.expect_redirect("/users/log-in");
            test.work().await;
        }
        test.after(time::Duration::seconds(30));
    }
    // Ten at first, and one more for six minutes of waiting.
    assert_eq!(test.letters_to(ANN).await.len(), 1 + 11);
}

/// Users who ask for the same new address, each from another network.
async fn thieves(test: &TestApp, count: usize) -> Vec<Browser> {
    let mut thieves = Vec::new();
    for number in 0..count {
        let email = format!("thief{number}@example.com");
        let from = format!("198.51.100.{number}");
        thieves.push(test.member_from(&from, &email).await);
    }
    thieves
}

async fn ask_for_anns(browser: &mut Browser, number: usize) -> StatusCode {
    let fields = [("email", SPELLINGS[number % 3])];
    browser.post("/users/settings/email", &fields).await.status
}

#[tokio::test]
async fn sec_rst_07_a_new_address_is_written_to_twelve_times_an_hour_and_then_it_is_said() {
    let test = TestApp::start().await;
    let mut thieves = thieves(&test, 5).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        for (number, thief) in thieves.iter_mut().enumerate() {
            statuses.push(ask_for_anns(thief, number).await);
        }
        test.after(time::Duration::seconds(61));
    }
    let sent = |status: &StatusCode| *status == StatusCode::SEE_OTHER;
    assert!(statuses[..12].iter().all(sent));
    let told = |status: &StatusCode| *status == StatusCode::TOO_MANY_REQUESTS;
    assert!(statuses[12..].iter().all(told));
    assert_eq!(test.letters_to(ANN).await.len(), 12);
}

#[tokio::test]
async fn sec_log_05_other_users_do_not_use_up_a_change_of_email() {
    let test = TestApp::start().await;
    let mut owner = test.member("old@example.com").await;
    for (number, thief) in thieves(&test, 3).await.iter_mut().enumerate() {
        for _ in 0..4 {
            ask_for_anns(thief, number).await;
        }
    }
    let before = test.letters_to(ANN).await.len();
    assert_eq!(ask_for_anns(&mut owner, 0).await, StatusCode::SEE_OTHER);
    assert_eq!(test.letters_to(ANN).await.len(), before + 1);
    owner.get("/users/settings").await.expect_text(ANN);
    let change = test.link_below(ANN, "/users/settings/email/").await;
    owner
        .post(&change, &[])
        .await
        .expect_redirect("/users/settings");
}

#[tokio::test]
async fn sec_rst_07_other_people_cannot_use_up_the_budget_of_a_session_or_a_known_browser() {
    let test = TestApp::start().await;
    let mut session = test.member(ANN).await;
    let mut known = session.clone();
    known.cookies.retain(|name, _| name.ends_with("_device"));
    for path in ["/users/reset-password", "/users/log-in/link"] {
        from_thirty_networks(&test, path).await;
        for browser in [&mut session, &mut known] {
            let before = test.letters_to(ANN).await.len();
            // Also where the network has no budget left.
            for number in 0..20 {
                let email = format!("{number}@example.com");
                test.browser().post(path, &[("email", &email)]).await;
            }
            browser.post(path, &[("email", ANN)]).await;
            assert_eq!(test.letters_to(ANN).await.len(), before + 1, "{path}");
        }
    }
}

#[tokio::test]
async fn sec_rst_07_a_known_browser_has_no_budget_for_other_people() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let mut thief = test.member_from("198.51.100.7", "thief@example.com").await;
    from_thirty_networks(&test, "/users/reset-password").await;
    let before = test.letters_to(ANN).await.len();
    thief
        .post("/users/reset-password", &[("email", ANN)])
        .await
        .expect_redirect("/users/log-in");
    assert_eq!(test.letters_to(ANN).await.len(), before);
}
