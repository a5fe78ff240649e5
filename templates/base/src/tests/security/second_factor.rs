//! MFA: the second factor, from setting it up to turning it off.

use axum::http::{Method, StatusCode};
use time::Duration;

use crate::{
    accounts::{login_step::LoginStep, session::attempts},
    tests::{
        OTHER_PASSWORD, PASSWORD,
        browser::Browser,
        test_app::TestApp,
        two_factor::{self, CONFIRM, NEXT, SETTINGS, STEP, WRONG_CODE},
    },
    texts::second_factor::letters,
    web::routes::{self, Who},
};

const ANN: &str = "ann@example.com";

async fn sessions(test: &TestApp) -> i64 {
    test.count("select count(*) from sessions where login_step is null")
        .await
}

async fn try_code(browser: &mut Browser, code: &str) -> StatusCode {
    browser.post(STEP, &[("code", code)]).await.status
}

#[tokio::test]
async fn sec_mfa_01_a_code_is_accepted_once() {
    // The clock of the second phone is ahead.
    for ahead in [0, 1] {
        let test = TestApp::start().await;
        let ann = two_factor::member(&test, ANN).await;
        test.after(NEXT);
        let code = ann.phone.code_at(test.app.now() + NEXT * ahead);
        let mut first = ann.pending(&test, ANN).await;
        let mut second = ann.pending(&test, ANN).await;
        assert_eq!(try_code(&mut first, &code).await, 303);
        assert!(first.is_logged_in().await);
        assert_eq!(try_code(&mut second, &code).await, 422);
        assert!(!second.is_logged_in().await);
    }
}

#[tokio::test]
async fn sec_mfa_01_a_code_that_is_older_than_the_last_is_refused() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let older = ann.phone.code(&test);
    test.after(NEXT);
    let mut browser = ann.pending(&test, ANN).await;
    let newer = ann.phone.code(&test);
    assert_eq!(try_code(&mut browser, &newer).await, 303);
    // No step has passed since: `older` is within the window, one step before the code that was used.
    let mut browser = ann.pending(&test, ANN).await;
    assert_eq!(try_code(&mut browser, &older).await, 422);
}

#[tokio::test]
async fn sec_mfa_01_the_code_that_has_set_the_app_up_is_refused_at_login() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let phone = two_factor::scan(&mut browser).await;
    let code = phone.code(&test);
    browser
        .post(CONFIRM, &[("code", &code)])
        .await
        .expect(StatusCode::OK);
    let mut other = test.browser();
    other.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
    assert_eq!(try_code(&mut other, &code).await, 422);
}

#[tokio::test]
async fn sec_mfa_01_of_twenty_browsers_with_one_code_one_gets_in() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let before = sessions(&test).await;
    let mut pending = Vec::new();
    for number in 0..20 {
        let mut browser = test.browser().from(&format!("203.0.113.{number}"));
        browser.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
        pending.push(browser);
    }
    let code = ann.phone.code(&test);
    let tries = pending.into_iter().map(|mut browser| {
        let code = code.clone();
        tokio::spawn(async move { browser.post(STEP, &[("code", &code)]).await.status })
    });
    let mut right = 0;
    for one in tries.collect::<Vec<_>>() {
        right += usize::from(one.await.unwrap() == StatusCode::SEE_OTHER);
    }
    assert_eq!((right, sessions(&test).await - before), (1, 1));
}

#[tokio::test]
async fn sec_mfa_01_two_clicks_with_a_code_begin_one_session() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let before = sessions(&test).await;
    let mut first = ann.pending(&test, ANN).await;
    let mut second = first.clone();
    let code = ann.phone.code(&test);
    let fields = [("code", code.as_str())];
    let (one, two) = tokio::join!(first.post(STEP, &fields), second.post(STEP, &fields));
    one.expect_redirect("/");
    two.expect_redirect("/");
    assert_eq!(first.cookie("_session"), second.cookie("_session"));
    assert!(first.is_logged_in().await && second.is_logged_in().await);
    assert_eq!(sessions(&test).await - before, 1);
}

/// An attacker who has copied the cookie of the pending session, and does not know the code.
#[tokio::test]
async fn sec_mfa_01_a_copy_of_the_pending_session_gets_nothing_without_the_code() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut owner = ann.pending(&test, ANN).await;
    let mut thief = owner.clone();
    let code = ann.phone.code(&test);
    owner
        .post(STEP, &[("code", &code)])
        .await
        .expect_redirect("/");
    thief
        .post(STEP, &[("code", WRONG_CODE)])
        .await
        .expect_redirect("/users/log-in");
    assert!(!thief.is_logged_in().await);
    assert!(owner.is_logged_in().await);
}

#[tokio::test]
async fn sec_mfa_02_codes_of_one_step_before_and_after_are_accepted_and_no_others() {
    for (step, status) in [(-2, 422_u16), (-1, 303), (0, 303), (1, 303), (2, 422)] {
        let test = TestApp::start().await;
        let ann = two_factor::member(&test, ANN).await;
        test.after(NEXT * 4);
        let mut browser = ann.pending(&test, ANN).await;
        // A moment into a step, so that no other one begins meanwhile.
        let into = test.app.now().unix_timestamp() % 30;
        test.after(Duration::seconds(31 - into));
        let code = ann.phone.code_at(test.app.now() + NEXT * step);
        assert_eq!(try_code(&mut browser, &code).await, status, "{step}");
    }
}

#[tokio::test]
async fn sec_mfa_03_the_secret_has_160_bits_and_is_sealed() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    assert_eq!(ann.phone.secret().len(), 20);
    let sealed: Vec<u8> = sqlx::query_scalar("select sealed_secret from totp_secrets")
        .fetch_one(&test.app.db)
        .await
        .unwrap();
    let is_in = |part: &[u8]| sealed.windows(part.len()).any(|window| window == part);
    assert!(!is_in(&ann.phone.secret()[..4]));
}

/// The sealed secret of one user is worth nothing in the row of another.
#[tokio::test]
async fn sec_mfa_03_a_secret_is_bound_to_its_row() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    two_factor::member(&test, "bob@example.com").await;
    sqlx::query(
        "update totp_secrets set sealed_secret = (
           select sealed_secret from totp_secrets order by id limit 1)",
    )
    .execute(&test.app.db)
    .await
    .unwrap();
    let mut thief = test.browser();
    thief
        .log_in("bob@example.com", PASSWORD)
        .await
        .expect_redirect(STEP);
    let code = ann.phone.code(&test);
    assert_eq!(try_code(&mut thief, &code).await, 500);
    assert!(!thief.is_logged_in().await);
}

#[tokio::test]
async fn sec_mfa_03_apps_can_read_the_link() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    two_factor::scan(&mut browser).await;
    let page = browser.get(SETTINGS).await.expect_text("<svg").body;
    let (_, link) = page.split_once("href=\"otpauth://totp/").unwrap();
    let (link, _) = link.split_once('"').unwrap();
    let (label, query) = link.split_once('?').unwrap();
    assert!(label.ends_with(":ann%40example.com"), "{label}");
    assert!(query.contains("issuer=") && !query.contains("digits=8"));
}

#[tokio::test]
async fn sec_mfa_04_an_app_counts_only_after_a_correct_code() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let phone = two_factor::scan(&mut browser).await;
    browser
        .post(CONFIRM, &[("code", WRONG_CODE)])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    // It does not stand in the way of a log-in.
    let mut other = test.browser();
    other.log_in(ANN, PASSWORD).await.expect_redirect("/");
    // Another one that is begun replaces it.
    test.after(Duration::minutes(2));
    let newer = two_factor::scan(&mut browser).await;
    assert_ne!(phone.secret(), newer.secret());
    let code = phone.code(&test);
    browser
        .post(CONFIRM, &[("code", &code)])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert!(test.user(ANN).await.unwrap().second_factor_at.is_none());
}

#[tokio::test]
async fn sec_mfa_04_an_app_that_is_being_set_up_is_no_second_factor() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    let other = two_factor::scan(&mut ann.browser).await;
    let mut browser = ann.pending(&test, ANN).await;
    let code = other.code(&test);
    assert_eq!(try_code(&mut browser, &code).await, 422);
    let code = ann.phone.code(&test);
    assert_eq!(try_code(&mut browser, &code).await, 303);
}

#[tokio::test]
async fn sec_mfa_06_a_pending_session_reaches_its_step_and_nothing_else() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let pending = ann.pending(&test, ANN).await;
    let mut tried = 0;
    for row in routes::table() {
        let needs_session = match row.who {
            Who::User | Who::RecentUser => true,
            Who::PendingLogin(step) => step != LoginStep::SecondFactor,
            Who::Anyone | Who::Stranger | Who::Developer => false,
        };
        if !needs_session {
            continue;
        }
        let path = row.path.replace("{token}", "x").replace("{id}", "1");
        let mut browser = pending.clone();
        let answer = browser.send(row.method, &path, String::new().into()).await;
        answer.expect_redirect("/users/log-in");
        tried += 1;
    }
    assert!(tried > 10, "the table has hardly any pages");
    let mut browser = pending.clone();
    browser
        .get("/users/settings/sessions")
        .await
        .expect_redirect("/users/log-in");
    browser.get(STEP).await.expect(StatusCode::OK);
    browser.post("/users/log-out", &[]).await;
    browser.get(STEP).await.expect_redirect("/users/log-in");
    let mut copy = pending;
    copy.send(Method::GET, STEP, String::new().into())
        .await
        .expect_redirect("/users/log-in");
}

#[tokio::test]
async fn sec_mfa_06_a_pending_session_lives_ten_minutes() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut browser = test.browser();
    browser
        .log_in_remembered(ANN, PASSWORD)
        .await
        .expect_redirect(STEP);
    let mut late = browser.clone();
    test.after(Duration::minutes(9));
    let code = ann.phone.code(&test);
    browser
        .post(STEP, &[("code", &code)])
        .await
        .expect_redirect("/");
    let mut other = ann.pending(&test, ANN).await;
    test.after(Duration::minutes(10));
    let code = ann.phone.code(&test);
    other
        .post(STEP, &[("code", &code)])
        .await
        .expect_redirect("/users/log-in");
    late.get(STEP).await.expect_redirect("/users/log-in");
    // What was asked for with the password still holds.
    test.after(Duration::days(3));
    assert!(browser.is_logged_in().await);
}

#[tokio::test]
async fn sec_mfa_07_five_wrong_codes_of_any_kind_ask_for_the_password_again() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut browser = ann.pending(&test, ANN).await;
    for code in [WRONG_CODE, "ABCDE-FGHJK", "nonsense", WRONG_CODE] {
        assert_eq!(try_code(&mut browser, code).await, 422, "{code}");
    }
    browser
        .post(STEP, &[("code", WRONG_CODE)])
        .await
        .expect_redirect("/users/log-in");
    let code = ann.phone.code(&test);
    browser
        .post(STEP, &[("code", &code)])
        .await
        .expect_redirect("/users/log-in");
    assert!(!browser.is_logged_in().await);
    let mut again = ann.pending(&test, ANN).await;
    assert_eq!(try_code(&mut again, &code).await, 303);
}

#[tokio::test]
async fn sec_mfa_07_codes_that_come_at_once_are_counted_one_by_one() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let browser = ann.pending(&test, ANN).await;
    let tries = (0..9).map(|number| {
        let (mut browser, code) = (browser.clone(), format!("00000{number}"));
        tokio::spawn(async move { try_code(&mut browser, &code).await })
    });
    for one in tries.collect::<Vec<_>>() {
        one.await.unwrap();
    }
    let looked_at = "select count(*) from audit_events where action = 'mfa.verify'";
    let looked_at = test.count(looked_at).await;
    assert!(looked_at <= attempts::MAX_FAILURES.into(), "{looked_at}");
    assert_eq!(
        test.count("select count(*) from sessions where login_step is not null")
            .await,
        0
    );
}

#[tokio::test]
async fn sec_mfa_07_another_log_in_brings_no_endless_codes_and_the_owner_gets_in() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    for number in 0..10 {
        let mut thief = test.browser().from(&format!("203.0.113.{number}"));
        thief.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
        assert_eq!(try_code(&mut thief, WRONG_CODE).await, 422);
    }
    let mut thief = test.browser().from("203.0.113.99");
    thief.log_in(ANN, PASSWORD).await.expect_redirect(STEP);
    let code = ann.phone.code(&test);
    assert_eq!(try_code(&mut thief, &code).await, 429);
    // The limit is that of unknown browsers.
    ann.browser.post("/users/log-out", &[]).await;
    ann.browser.log_in(ANN, PASSWORD).await;
    assert_eq!(try_code(&mut ann.browser, &code).await, 303);
}

#[tokio::test]
async fn sec_mfa_09_the_first_factor_ends_other_sessions_and_keeps_this_one() {
    let test = TestApp::start().await;
    let mut other = test.member(ANN).await;
    let mut browser = test.browser();
    browser.log_in(ANN, PASSWORD).await;
    let before = browser.cookie("_session").unwrap().to_owned();
    let mut pending = browser.clone();
    two_factor::turn_on(&test, &mut browser).await;
    assert!(browser.is_logged_in().await);
    assert!(!other.is_logged_in().await);
    assert_eq!(sessions(&test).await, 1);
    assert_ne!(browser.cookie("_session"), Some(before.as_str()));
    // The old secret of this session has no sudo.
    pending
        .post(&format!("{SETTINGS}/disable"), &[])
        .await
        .expect_redirect("/users/sudo");
    test.expect_letter(ANN, letters::ON_SUBJECT).await;
    let emails = test.letters_to(ANN).await;
    let email = emails.iter().find(|one| one.subject == letters::ON_SUBJECT);
    let html = &email.unwrap().html;
    assert!(html.contains(letters::STAYS), "{html}");
}

#[tokio::test]
async fn sec_mfa_09_changes_need_sudo_and_sudo_needs_the_factor() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    test.after(Duration::minutes(16));
    for path in ["", "/disable", "/backup-codes"] {
        let path = format!("{SETTINGS}{path}");
        ann.browser
            .post(&path, &[])
            .await
            .expect_redirect("/users/sudo");
    }
    ann.browser
        .post(CONFIRM, &[("code", &ann.phone.code(&test))])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    for code in ["", WRONG_CODE] {
        let typed = [("password", PASSWORD), ("code", code)];
        ann.browser
            .post("/users/sudo", &typed)
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let disable = format!("{SETTINGS}/disable");
    ann.browser
        .post(&disable, &[])
        .await
        .expect_redirect("/users/sudo");
    let code = ann.phone.code(&test);
    ann.browser
        .post("/users/sudo", &[("password", PASSWORD), ("code", &code)])
        .await
        .expect(StatusCode::SEE_OTHER);
    ann.browser
        .post(&disable, &[])
        .await
        .expect_redirect(SETTINGS);
    test.expect_letter(ANN, letters::OFF_SUBJECT).await;
    assert!(ann.browser.is_logged_in().await);
    let mut other = test.browser();
    other.log_in(ANN, PASSWORD).await.expect_redirect("/");
}

#[tokio::test]
async fn sec_mfa_09_an_app_is_taken_into_use_in_sudo_only() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let phone = two_factor::scan(&mut browser).await;
    test.after(Duration::minutes(16));
    let sudo = "/users/sudo?return_to=/users/settings/second-factor";
    browser
        .post(CONFIRM, &[("code", &phone.code(&test))])
        .await
        .expect_redirect(sudo);
    assert!(test.user(ANN).await.unwrap().second_factor_at.is_none());
}

#[tokio::test]
async fn sec_mfa_09_wrong_codes_for_sudo_end_the_session_also_between_right_passwords() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    let (mut current, mut other) = (PASSWORD, OTHER_PASSWORD);
    for _ in 0..attempts::MAX_FAILURES {
        assert!(ann.browser.is_logged_in().await);
        let typed = [("password", current), ("code", WRONG_CODE)];
        ann.browser.post("/users/sudo", &typed).await;
        ann.browser.change_password(current, other).await;
        (current, other) = (other, current);
    }
    assert!(!ann.browser.is_logged_in().await);
}

#[tokio::test]
async fn sec_mfa_09_another_app_replaces_the_first() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    let newer = two_factor::scan(&mut ann.browser).await;
    let code = newer.code(&test);
    ann.browser
        .post(CONFIRM, &[("code", &code)])
        .await
        .expect_redirect(SETTINGS);
    test.expect_letter(ANN, letters::CHANGED_SUBJECT).await;
    test.after(NEXT);
    let mut browser = ann.pending(&test, ANN).await;
    let old = ann.phone.code(&test);
    assert_eq!(try_code(&mut browser, &old).await, 422);
    let code = newer.code(&test);
    assert_eq!(try_code(&mut browser, &code).await, 303);
}

#[tokio::test]
async fn sec_mfa_09_two_clicks_that_turn_it_on_show_the_same_codes() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let phone = two_factor::scan(&mut browser).await;
    let code = phone.code(&test);
    let mut first = browser.clone();
    let fields = [("code", code.as_str())];
    let (one, two) = tokio::join!(first.post(CONFIRM, &fields), browser.post(CONFIRM, &fields));
    let codes = |page: &str| two_factor::backup_codes(page);
    let (one, two) = (codes(&one.body), codes(&two.body));
    assert_eq!((one.len(), &one), (10, &two));
    assert!(browser.is_logged_in().await && first.is_logged_in().await);
}

#[tokio::test]
async fn sec_log_11_five_wrong_codes_are_told_at_most_once_an_hour() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    for _ in 0..2 {
        let mut thief = ann.pending(&test, ANN).await;
        for _ in 0..attempts::MAX_FAILURES {
            try_code(&mut thief, WRONG_CODE).await;
        }
        test.after(Duration::minutes(10));
    }
    test.expect_letter(ANN, letters::FAILED_SUBJECT).await;
    test.after(Duration::hours(1));
    let mut thief = ann.pending(&test, ANN).await;
    for _ in 0..attempts::MAX_FAILURES {
        try_code(&mut thief, WRONG_CODE).await;
    }
    assert_eq!(test.letters_about(ANN, letters::FAILED_SUBJECT).await, 2);
}
