//! AUD: every flow leaves exactly its rows, with who acted and on what.

use serde_json::json;
use time::Duration;

use super::access::everything;
use crate::{
    accounts::{
        audit::{self, Action, NewEvent},
        client::Client,
        deletion,
    },
    commands::{seed, user},
    db,
    tests::{
        OTHER_PASSWORD, PASSWORD,
        audit_log::AuditLog,
        test_app::TestApp,
        two_factor::{self, SETTINGS, STEP, WRONG_CODE},
    },
};

const ANN: &str = "ann@example.com";
const BOB: &str = "bob@example.com";
const DEAD_LINK: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The files with a walk through the flows.
fn walks() -> Vec<&'static str> {
    let walks = std::iter::once(include_str!("audit.rs"));
    let walks = walks.chain([include_str!("api_audit.rs")]);
    let walks = walks.chain([include_str!("jwt_audit.rs")]);
    let walks = walks.chain([include_str!("passkey_audit.rs")]);
    walks.collect()
}

#[test]
fn sec_aud_01_every_action_is_in_a_walk() {
    for action in Action::ALL {
        let name = action.name();
        let words = [format!("\"{name} "), format!("\"{name}\"")];
        let is_walked = |walk: &&str| words.iter().any(|word| walk.contains(word));
        assert!(walks().iter().any(is_walked), "no walk expects {name}");
    }
}

#[tokio::test]
async fn sec_aud_01_registering_and_confirming() {
    let test = TestApp::start().await;
    let mut log = AuditLog::from_now_on(&test).await;
    let mut browser = test.browser();
    browser.register(ANN, PASSWORD).await;
    log.expect(
        "registering",
        &["auth.register success | anonymous | registration | somebody"],
    )
    .await;
    browser.post("/users/confirm", &[("code", "1")]).await;
    log.expect(
        "a wrong code",
        &["auth.confirmation failure | anonymous | registration | somebody"],
    )
    .await;
    browser.post("/users/confirm/resend", &[]).await;
    log.expect(
        "asking for another code",
        &["auth.confirmation_request success | anonymous | - | -"],
    )
    .await;
    let code = test.code_for(ANN).await;
    browser.post("/users/confirm", &[("code", &code)]).await;
    log.expect(
        "the right code",
        &[
            "auth.confirmation success | user ann | user ann | ann",
            "auth.login success | user ann | user ann | ann | proofs=email",
        ],
    )
    .await;
    test.browser().register(ANN, PASSWORD).await;
    log.expect(
        "registering an email that has an account",
        &["auth.register failure | anonymous | user ann | ann"],
    )
    .await;
}

#[tokio::test]
async fn sec_aud_01_logging_in_and_out() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut log = AuditLog::from_now_on(&test).await;
    browser.post("/users/log-out", &[]).await;
    log.expect(
        "logging out",
        &["auth.logout success | user ann | session | ann"],
    )
    .await;
    browser.log_in(ANN, OTHER_PASSWORD).await;
    log.expect(
        "a wrong password",
        &["auth.login failure | anonymous | user ann | ann"],
    )
    .await;
    browser.log_in(BOB, PASSWORD).await;
    log.expect(
        "an unknown email",
        &["auth.login failure | anonymous | - | -"],
    )
    .await;
    browser.log_in(ANN, PASSWORD).await;
    log.expect(
        "logging in",
        &["auth.login success | user ann | user ann | ann | proofs=password"],
    )
    .await;
}

#[tokio::test]
async fn sec_aud_01_links_by_email() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let mut browser = test.browser();
    let mut log = AuditLog::from_now_on(&test).await;
    for (path, action) in [
        ("/users/log-in/link", "auth.magic_link_request"),
        ("/users/reset-password", "auth.password_reset_request"),
        ("/users/confirm/resend", "auth.confirmation_request"),
    ] {
        browser.post(path, &[("email", ANN)]).await;
        browser.post(path, &[("email", BOB)]).await;
        let known = format!("{action} success | anonymous | user ann | ann");
        let unknown = format!("{action} success | anonymous | - | -");
        log.expect(path, &[&known, &unknown]).await;
    }
    let link = test.link_below(ANN, "/users/log-in/link/").await;
    browser.post(&link, &[]).await;
    log.expect(
        "a login link",
        &[
            "auth.magic_link success | user ann | user ann | ann",
            "auth.login success | user ann | user ann | ann | proofs=email",
        ],
    )
    .await;
    let link = test.link_below(ANN, "/users/reset-password/").await;
    let new = [("new_password", OTHER_PASSWORD)];
    browser.post(&link, &new).await;
    log.expect(
        "a reset",
        &["auth.password_reset success | user ann | user ann | ann"],
    )
    .await;
}

#[tokio::test]
async fn sec_aud_01_requests_that_touch_nothing_write_nothing() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let mut log = AuditLog::from_now_on(&test).await;
    let mut browser = test.browser();
    for path in [
        "/users/confirm",
        "/users/log-in/link",
        "/users/reset-password",
        "/users/unlock",
        "/users/email-veto",
    ] {
        let path = format!("{path}/{DEAD_LINK}");
        let form = [("new_password", OTHER_PASSWORD), ("password", PASSWORD)];
        browser.post(&path, &form).await;
    }
    browser.post("/users/confirm", &[("code", "1")]).await;
    // As one that has registered would have it.
    let confirming = concat!(env!("CARGO_PKG_NAME"), "_confirming").to_owned();
    browser.cookies.insert(confirming, DEAD_LINK.to_owned());
    browser.post("/users/confirm", &[("code", "1")]).await;
    browser.post("/users/log-out", &[]).await;
    log.expect("all of that", &[]).await;
}

#[tokio::test]
async fn sec_aud_01_sudo_and_passwords() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut log = AuditLog::from_now_on(&test).await;
    for (password, outcome, proofs) in [
        (OTHER_PASSWORD, "failure", ""),
        (PASSWORD, "success", "password"),
    ] {
        browser.post("/users/sudo", &[("password", password)]).await;
        let row = format!("auth.sudo {outcome} | user ann | session | ann | proofs={proofs}");
        log.expect("sudo", &[&row]).await;
    }
    for (password, outcome) in [(OTHER_PASSWORD, "failure"), (PASSWORD, "success")] {
        let form = [
            ("current_password", password),
            ("new_password", OTHER_PASSWORD),
        ];
        test.after(Duration::minutes(16));
        browser.post("/users/settings/password", &form).await;
        let row = format!("auth.password_change {outcome} | user ann | user ann | ann");
        log.expect("a change of password", &[&row]).await;
    }
    log.expect("nothing else", &[]).await;
}

#[tokio::test]
async fn sec_aud_01_guessing_in_a_session() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let form = [
        ("password", OTHER_PASSWORD),
        ("current_password", OTHER_PASSWORD),
        ("new_password", OTHER_PASSWORD),
    ];
    for (path, failure) in [
        (
            "/users/sudo",
            "auth.sudo failure | user ann | session | ann | proofs=",
        ),
        (
            "/users/settings/password",
            "auth.password_change failure | user ann | user ann | ann",
        ),
    ] {
        let mut browser = test.browser();
        browser.log_in(ANN, PASSWORD).await;
        let mut log = AuditLog::from_now_on(&test).await;
        for _ in 0..6 {
            browser.post(path, &form).await;
        }
        let end = "session.end success | user ann | session | ann | attempts=5, reason=wrong passwords or codes";
        let rows = [failure, failure, failure, failure, failure, end];
        log.expect(path, &rows).await;
        test.after(Duration::hours(2));
    }
}

/// Where unconfirmed users may log in, one can change the email before it was confirmed.
#[tokio::test]
async fn sec_aud_01_a_change_of_email_that_confirms() {
    let test = TestApp::start_with(&[("UNCONFIRMED", "banner")]).await;
    let mut browser = test.browser();
    browser.register(ANN, PASSWORD).await;
    browser.log_in(ANN, PASSWORD).await.expect_redirect("/");
    let new = "ann@example.org";
    browser
        .post("/users/settings/email", &[("email", new)])
        .await;
    let link = test.link_below(new, "/users/settings/email/").await;
    let mut log = AuditLog::from_now_on(&test).await;
    browser
        .post(&link, &[])
        .await
        .expect_redirect("/users/settings");
    log.expect(
        "a change that confirms",
        &[
            "auth.confirmation success | user ann | user ann | ann",
            "account.email_change success | user ann | user ann | ann",
        ],
    )
    .await;
    assert_eq!(test.registrations().await, 0, "that of the old email ends");
}

#[tokio::test]
async fn sec_aud_01_changing_the_email() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut log = AuditLog::from_now_on(&test).await;
    let new = [("email", "ann@example.org")];
    browser.post("/users/settings/email", &new).await;
    browser.post("/users/settings/email/cancel", &[]).await;
    browser.post("/users/settings/email/cancel", &[]).await;
    browser.post("/users/settings/email", &new).await;
    let link = test.link_below("ann@example.org", "/users/settings/email/");
    let link = link.await;
    browser.post(&link, &[]).await;
    browser.post(&link, &[]).await;
    let veto = test.link_below(ANN, "/users/email-veto/").await;
    let mut owner = test.browser();
    owner.post(&veto, &[]).await;
    owner.post(&veto, &[]).await;
    log.expect(
        "a change that the owner of the old email takes back",
        &[
            "account.email_change_request success | user ann | user ann | ann",
            "account.email_change_cancel success | user ann | user ann | ann",
            "account.email_change_request success | user ann | user ann | ann",
            "account.email_change success | user ann | user ann | ann",
            "account.email_veto success | user ann | user ann | ann",
        ],
    )
    .await;
}

/// The id of the newest session that is not this browser's.
async fn newest_session(test: &TestApp, email: &str) -> String {
    let user = test.user(email).await.unwrap();
    let sessions = crate::accounts::session::list(&test.app.db, user.id, test.app.now()).await;
    let mut ids: Vec<_> = sessions.unwrap().iter().map(|session| session.id).collect();
    ids.sort();
    ids.pop().unwrap().to_string()
}

#[tokio::test]
async fn sec_aud_01_the_second_factor() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut log = AuditLog::from_now_on(&test).await;
    let (phone, codes) = two_factor::turn_on(&test, &mut browser).await;
    log.expect(
        "turning it on",
        &["mfa.enroll success | user ann | user ann | ann | method=totp"],
    )
    .await;
    let mut other = test.browser();
    other.log_in(ANN, PASSWORD).await;
    log.expect(
        "the password",
        &["auth.login_held success | user ann | user ann | ann | proofs=password"],
    )
    .await;
    other.post(STEP, &[("code", WRONG_CODE)]).await;
    log.expect(
        "a wrong code",
        &["mfa.verify failure | user ann | user ann | ann | method=totp"],
    )
    .await;
    let code = phone.code(&test);
    let trusting = [("code", code.as_str()), ("trust_browser", "on")];
    other.post(STEP, &trusting).await;
    log.expect(
        "a code, in a browser that is trusted",
        &[
            "mfa.verify success | user ann | user ann | ann | method=totp",
            "mfa.trust success | user ann | user ann | ann",
            "auth.login success | user ann | user ann | ann | proofs=password totp",
        ],
    )
    .await;
    let browsers = "/users/settings/trusted-browsers";
    let page = browser.get(browsers).await.body;
    let (_, id) = page.split_once(&format!("{browsers}/")).unwrap();
    let end = format!("{browsers}/{}/end", id.split('/').next().unwrap());
    for outcome in ["success", "failure"] {
        browser.post(&end, &[]).await;
        let row = format!("mfa.trust_revoke {outcome} | user ann | user ann | ann");
        log.expect("ending the trust, twice", &[&row]).await;
    }
    browser.post(&format!("{SETTINGS}/backup-codes"), &[]).await;
    log.expect(
        "new backup codes",
        &["mfa.backup_codes_regenerate success | user ann | user ann | ann"],
    )
    .await;
    let typed = [("password", PASSWORD), ("code", codes[0].as_str())];
    browser.post("/users/sudo", &typed).await;
    log.expect(
        "sudo with an old backup code",
        &[
            "mfa.verify failure | user ann | user ann | ann | method=backup_code",
            "auth.sudo failure | user ann | session | ann | proofs=password",
        ],
    )
    .await;
    browser.post(&format!("{SETTINGS}/disable"), &[]).await;
    log.expect(
        "turning it off",
        &["mfa.disable success | user ann | user ann | ann | method=totp"],
    )
    .await;
}

#[tokio::test]
async fn sec_aud_01_wrong_codes_end_a_pending_session() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut browser = ann.pending(&test, ANN).await;
    let mut log = AuditLog::from_now_on(&test).await;
    for _ in 0..5 {
        browser.post(STEP, &[("code", WRONG_CODE)]).await;
    }
    let mut rows = vec!["mfa.verify failure | user ann | user ann | ann | method=totp"; 5];
    rows.push("session.end success | anonymous | session | ann | reason=wrong codes");
    log.expect("five wrong codes", &rows).await;
}

#[tokio::test]
async fn sec_aud_01_ending_sessions() {
    let test = TestApp::start().await;
    test.member(BOB).await;
    let mut browser = test.member(ANN).await;
    test.browser().log_in(ANN, PASSWORD).await;
    let mut log = AuditLog::from_now_on(&test).await;
    let ended = "session.end success | user ann | session | ann";
    for (whose, rows) in [(BOB, &[][..]), (ANN, &[ended])] {
        let id = newest_session(&test, whose).await;
        let path = format!("/users/settings/sessions/{id}/end");
        browser.post(&path, &[]).await;
        log.expect(&path, rows).await;
    }
    for path in ["end-others", "end-all"] {
        let path = format!("/users/settings/sessions/{path}");
        browser.post(&path, &[]).await;
        log.expect(&path, &["session.end success | user ann | user ann | ann"])
            .await;
    }
}

#[tokio::test]
async fn sec_aud_01_a_copied_session() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let mut browser = test.browser();
    browser.log_in_remembered(ANN, PASSWORD).await;
    let mut thief = browser.clone();
    let mut log = AuditLog::from_now_on(&test).await;
    test.after(Duration::days(7));
    // The browser gets a new secret, and uses it.
    assert!(browser.is_logged_in().await && browser.is_logged_in().await);
    test.after(Duration::minutes(2));
    thief.get("/").await;
    thief.get("/").await;
    log.expect(
        "using a secret that was replaced",
        &["session.reuse success | anonymous | session | ann"],
    )
    .await;
}

#[tokio::test]
async fn sec_aud_01_a_lock_and_its_end() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let mut log = AuditLog::from_now_on(&test).await;
    for number in 0..5 {
        let mut thief = test.browser().from(&format!("203.0.113.{number}"));
        thief.log_in(ANN, OTHER_PASSWORD).await;
    }
    let failure = "auth.login failure | anonymous | user ann | ann";
    let lock = "auth.lock success | anonymous | user ann | ann";
    let rows = [failure, failure, failure, failure, lock, failure];
    log.expect("five wrong passwords", &rows).await;
    test.browser().log_in(ANN, OTHER_PASSWORD).await;
    log.expect("one more", &[failure]).await;
    let link = test.link_below(ANN, "/users/unlock/").await;
    let mut owner = test.browser();
    owner.post(&link, &[]).await;
    owner.post(&link, &[]).await;
    log.expect(
        "unlocking",
        &["auth.unlock success | user ann | user ann | ann"],
    )
    .await;
}

#[tokio::test]
async fn sec_aud_01_export_and_deletion() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    let mut log = AuditLog::from_now_on(&test).await;
    browser.get("/users/settings/export").await;
    browser.post("/users/settings/delete", &[]).await;
    browser.log_in(ANN, PASSWORD).await;
    browser.post("/users/reactivate", &[]).await;
    browser.post("/users/settings/delete", &[]).await;
    test.after(Duration::days(15));
    deletion::close_due(&test.app).await.unwrap();
    deletion::close_due(&test.app).await.unwrap();
    log.expect(
        "leaving, coming back and leaving",
        &[
            "account.export success | user ann | user ann | ann",
            "account.deletion_schedule success | user ann | user ann | ann",
            "auth.login_held success | user ann | user ann | ann | proofs=password",
            "account.deletion_cancel success | user ann | user ann | ann",
            "auth.login success | user ann | user ann | ann | proofs=password",
            "account.deletion_schedule success | user ann | user ann | ann",
            "account.delete success | system | user ann | ann",
        ],
    )
    .await;
}

#[tokio::test]
async fn sec_aud_01_commands() {
    let test = TestApp::start().await;
    let mut browser = test.member("carl@example.com").await;
    browser.log_in("carl@example.com", PASSWORD).await;
    test.browser().log_in("carl@example.com", PASSWORD).await;
    let mut log = AuditLog::from_now_on(&test).await;
    for (words, row) in [
        ("create", "account.create success"),
        ("confirm", "auth.confirmation success"),
        ("confirm", "auth.confirmation failure"),
        ("suspend", "account.suspend success"),
        ("suspend", "account.suspend failure"),
        ("unsuspend", "account.unsuspend success"),
        ("unsuspend", "account.unsuspend failure"),
        ("log-out", "session.end success"),
    ] {
        let command = user::Command::parse(&[words, ANN]).unwrap();
        command.run(&test.app).await.unwrap();
        let row = format!("{row} | operator | user ann | ann");
        log.expect(words, &[&row]).await;
    }
    let everyone = user::Command::parse(&["log-out", "--everyone"]).unwrap();
    everyone.run(&test.app).await.unwrap();
    log.expect("all", &["session.end success | operator | - | - | ended=2"])
        .await;
    two_factor::member(&test, "dora@example.com").await;
    log.next().await;
    for outcome in ["success", "failure"] {
        let words = ["remove-second-factor", "dora@example.com"];
        let command = user::Command::parse(&words).unwrap();
        command.run(&test.app).await.unwrap();
        let row = format!("mfa.disable {outcome} | operator | user dora | dora");
        log.expect("remove-second-factor", &[&row]).await;
    }
    seed::run(&test.app).await.unwrap();
    let row = |name| format!("account.create success | operator | user {name} | {name}");
    log.expect("seed", &[&row("bob"), &row("eve")]).await;
}

#[tokio::test]
async fn sec_aud_01_a_list_of_stolen_passwords_that_does_not_answer() {
    let test = TestApp::start_with(&[("PWNED_PASSWORDS", "http://127.0.0.1:9/")]).await;
    let mut log = AuditLog::from_now_on(&test).await;
    test.browser().register(ANN, PASSWORD).await;
    log.expect(
        "registering",
        &[
            "auth.password_check_skipped failure | anonymous | - | -",
            "auth.register success | anonymous | registration | somebody",
        ],
    )
    .await;
}

type Request<'a> = (&'a str, String, Vec<(&'a str, &'a str)>);

type Form = [(&'static str, &'static str)];

/// A request of each flow that needs no link: by whom, where, with which form.
const REQUESTS: &[(&str, &str, &Form)] = &[
    (
        "other",
        "register",
        &[("email", "eve@example.com"), ("password", PASSWORD)],
    ),
    ("new", "confirm", &[("code", "1")]),
    ("new", "confirm/resend", &[]),
    ("other", "confirm/resend", &[("email", BOB)]),
    ("other", "log-in", &[("email", ANN), ("password", PASSWORD)]),
    (
        "other",
        "log-in",
        &[("email", ANN), ("password", OTHER_PASSWORD)],
    ),
    ("other", "log-in/link", &[("email", ANN)]),
    ("other", "reset-password", &[("email", ANN)]),
    ("ann", "log-out", &[]),
    ("ann", "sudo", &[("password", PASSWORD)]),
    (
        "ann",
        "settings/password",
        &[
            ("current_password", PASSWORD),
            ("new_password", OTHER_PASSWORD),
        ],
    ),
    ("ann", "settings/email", &[("email", "a@example.org")]),
    ("ann", "settings/email/cancel", &[]),
    ("ann", "settings/sessions/end-others", &[]),
    ("ann", "settings/sessions/end-all", &[]),
    ("ann", "settings/delete", &[]),
];

/// The same for flows that need a link, a code or an id.
async fn requests_with_links(test: &TestApp) -> Vec<Request<'static>> {
    let session = newest_session(test, ANN).await;
    let new = vec![("new_password", OTHER_PASSWORD)];
    let mut requests = vec![(
        "ann",
        format!("/users/settings/sessions/{session}/end"),
        vec![],
    )];
    for (who, email, path, form) in [
        ("new", BOB, "confirm", vec![]),
        ("other", BOB, "confirm", new.clone()),
        ("other", ANN, "log-in/link", vec![]),
        ("other", ANN, "reset-password", new),
        ("other", ANN, "email-veto", vec![]),
        ("ann", "ann@example.org", "settings/email", vec![]),
    ] {
        let path = format!("/users/{path}/");
        requests.push((who, test.link_below(email, &path).await, form));
    }
    requests
}

#[tokio::test]
async fn sec_aud_01_what_cannot_be_written_does_not_happen() {
    let test = TestApp::start().await;
    let (mut ann, mut other) = (test.member(ANN).await, test.browser());
    for path in ["/users/log-in/link", "/users/reset-password"] {
        other.post(path, &[("email", ANN)]).await;
    }
    let email = [("email", "ann@example.org")];
    ann.post("/users/settings/email", &email).await;
    let mut new = test.browser();
    new.register(BOB, PASSWORD).await;
    let code = test.code_for(BOB).await;
    let mut requests = requests_with_links(&test).await;
    requests.push(("new", "/users/confirm".into(), vec![("code", &code)]));
    let fixed = REQUESTS.iter();
    requests.extend(fixed.map(|(who, path, form)| (*who, format!("/users/{path}"), form.to_vec())));
    let test = test.without_workers();
    sqlx::query("alter table audit_events rename to audit_events_away")
        .execute(&test.app.db)
        .await
        .unwrap();

    let before = everything(&test).await;
    for (who, path, form) in requests {
        let browser = match who {
            "ann" => &ann,
            "new" => &new,
            _ => &other,
        };
        let answer = browser.clone().post(&path, &form).await;
        assert!(answer.status.is_server_error(), "{path}: {}", answer.status);
        assert_eq!(everything(&test).await, before, "{path}");
    }
    let export = ann.get("/users/settings/export").await;
    assert!(export.status.is_server_error());
}

#[tokio::test]
async fn sec_aud_01_commands_that_cannot_be_written_do_nothing() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    test.browser().register(BOB, PASSWORD).await;
    let test = test.without_workers();
    sqlx::query("alter table audit_events rename to audit_events_away")
        .execute(&test.app.db)
        .await
        .unwrap();
    let before = everything(&test).await;
    for words in [
        ["create", "eve@example.com"],
        ["confirm", BOB],
        ["suspend", ANN],
        ["log-out", ANN],
        ["log-out", "--everyone"],
    ] {
        let command = user::Command::parse(&words).unwrap();
        assert!(command.run(&test.app).await.is_err(), "{words:?}");
        assert_eq!(everything(&test).await, before, "{words:?}");
    }
}

/// Whether an event with this detail is written.
async fn write(test: &TestApp, name: &str, value: serde_json::Value) -> bool {
    let client = Client::operator();
    let event = NewEvent::new(Action::Export, &client).with(name, value);
    let mut tx = db::begin(&test.app.db).await.unwrap();
    let written = audit::record(&test.app, &mut tx, event).await.is_ok();
    tx.commit().await.unwrap();
    written
}

#[tokio::test]
async fn sec_aud_03_metadata_has_no_secrets() {
    let test = TestApp::idle(&[]).await;
    for name in [
        "password",
        "newPassword",
        "CURRENT_PASSWORD",
        "token",
        "access-token",
        "refreshToken",
        "client_secret",
        "cookie",
        "Authorization",
        "api_key",
        "privateKey",
        "code",
        "backup_codes",
        "otp",
        "password_hash",
        "passphrase",
        "pwd",
        "credential",
        "credentials",
        "id_token",
        "session_id_secret",
        "count_of_codes",
        "totp",
        "pin",
        "jwt",
        "bearer",
        "seed",
        "session",
    ] {
        assert!(!write(&test, name, json!("x")).await, "{name}");
        let nested = json!({ "list": [{ name: "x" }] });
        assert!(!write(&test, "nested", nested).await, "nested {name}");
    }
    for name in [
        "scopes",
        "api_token_id",
        "sessions",
        "encoder",
        "keyboard",
        "token_count",
    ] {
        assert!(write(&test, name, json!("x")).await, "{name}");
    }
    assert_eq!(test.count("select count(*) from audit_events").await, 6);
}

#[tokio::test]
async fn sec_aud_03_metadata_has_an_end() {
    let test = TestApp::idle(&[]).await;
    // `{"text":"…"}` is eleven bytes longer than the text.
    assert!(write(&test, "text", json!("x".repeat(8192 - 11))).await);
    assert!(!write(&test, "text", json!("x".repeat(8192 - 10))).await);
    assert!(!write(&test, "text", json!("é".repeat(8192 / 2))).await);
    assert_eq!(test.count("select count(*) from audit_events").await, 1);
}
