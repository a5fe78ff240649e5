//! SES: sessions and their cookies.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use time::Duration;

use crate::{
    accounts::{client::Client, log_out},
    commands::user::Command,
    db,
    id::Id,
    tests::{
        ONE_CONNECTION, OTHER_PASSWORD, PASSWORD,
        browser::{Answer, Browser},
        counting,
        test_app::TestApp,
    },
};

const HTTPS: [(&str, &str); 1] = [("APP_URL", "https://shop.example.com")];
const SHARED: [(&str, &str); 2] = [HTTPS[0], ("COOKIE_DOMAIN", ".example.com")];

fn session_of(browser: &Browser) -> String {
    browser.cookie("_session").expect("a session").to_owned()
}

#[tokio::test]
async fn sec_ses_01_the_database_knows_only_the_hash_of_256_random_bits() {
    let test = TestApp::start().await;
    let browser = test.member("ann@example.com").await;
    let raw = BASE64_URL_SAFE_NO_PAD.decode(session_of(&browser)).unwrap();
    assert_eq!(raw.len(), 32);
    assert!(raw.chunks(8).all(|part| part != [0; 8]), "{raw:?}");
    let stored: Vec<u8> = sqlx::query_scalar("select token_hash from sessions")
        .fetch_one(&test.app.db)
        .await
        .unwrap();
    assert_eq!(stored, Sha256::digest(&raw).to_vec());
}

#[tokio::test]
async fn sec_ses_02_each_log_in_and_each_proof_gets_a_new_secret_and_the_old_one_ends() {
    let test = TestApp::start().await;
    let mut browser = test.member("ann@example.com").await;
    let old = browser.clone();
    browser
        .post("/users/sudo", &[("password", PASSWORD)])
        .await
        .expect_redirect("/");
    assert_ne!(session_of(&browser), session_of(&old));
    test.after(Duration::seconds(60));
    assert!(!old.clone().is_logged_in().await);
    assert!(browser.is_logged_in().await);

    let mut again = test.browser();
    again.log_in("ann@example.com", PASSWORD).await;
    assert_ne!(session_of(&again), session_of(&browser));
}

#[tokio::test]
async fn sec_ses_03_a_cookie_from_elsewhere_never_becomes_a_session() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let planted = BASE64_URL_SAFE_NO_PAD.encode([7; 32]);
    let mut browser = test.browser();
    browser.cookies.insert(
        concat!(env!("CARGO_PKG_NAME"), "_session").to_owned(),
        planted.clone(),
    );
    let mut thief = browser.clone();
    browser
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/");
    assert_ne!(session_of(&browser), planted);
    assert!(!thief.is_logged_in().await);
}

#[tokio::test]
async fn sec_ses_04_a_session_ends_after_thirty_idle_minutes() {
    let test = TestApp::start().await;
    let mut browser = test.member("ann@example.com").await;
    test.after(Duration::minutes(29));
    assert!(browser.is_logged_in().await);
    test.after(Duration::minutes(29));
    assert!(browser.is_logged_in().await);
    test.after(Duration::minutes(30));
    assert!(!browser.is_logged_in().await);
}

#[tokio::test]
async fn sec_ses_04_a_session_ends_after_a_day_however_busy() {
    let test = TestApp::start().await;
    let mut browser = test.member("ann@example.com").await;
    for _ in 0..71 {
        test.after(Duration::minutes(20));
        assert!(browser.is_logged_in().await);
        // On a busy machine this may not have been noted: see `housekeeping`.
        sqlx::query("update sessions set last_active_at = $1")
            .bind(test.app.now())
            .execute(&test.app.db)
            .await
            .unwrap();
    }
    test.after(Duration::minutes(20));
    assert!(!browser.is_logged_in().await);
}

#[tokio::test]
async fn sec_ses_05_logging_out_ends_the_session_and_clears_the_cache() {
    let test = TestApp::start().await;
    let mut browser = test.member("ann@example.com").await;
    let mut copy = browser.clone();
    let answer = browser
        .post("/users/log-out", &[])
        .await
        .expect_redirect("/users/log-in");
    assert_eq!(answer.header("clear-site-data"), "\"cache\"");
    assert_eq!(browser.cookie("_session"), None);
    assert_eq!(test.count("select count(*) from sessions").await, 0);
    assert!(!copy.is_logged_in().await);
}

#[tokio::test]
async fn sec_ses_06_the_sessions_of_a_deleted_person_are_gone() {
    let test = TestApp::start().await;
    let mut browser = test.member("ann@example.com").await;
    sqlx::query(
        "delete
         from users",
    )
    .execute(&test.app.db)
    .await
    .unwrap();
    assert!(!browser.is_logged_in().await);
    assert_eq!(test.count("select count(*) from sessions").await, 0);
}

#[tokio::test]
async fn sec_ses_07_nobody_ends_somebody_elses_session() {
    let test = TestApp::start().await;
    let mut ann = test.member("ann@example.com").await;
    let mut eve = test.member("eve@example.com").await;
    let theirs: Id = sqlx::query_scalar(
        "select s.id from sessions s
         join users u on u.id = s.user_id where u.email = 'ann@example.com'",
    )
    .fetch_one(&test.app.db)
    .await
    .unwrap();
    let end = format!("/users/settings/sessions/{theirs}/end");
    eve.post(&end, &[]).await;
    assert!(ann.is_logged_in().await);
    let page = eve.get("/users/settings/sessions").await;
    assert!(!page.body.contains(&end));
}

#[tokio::test]
async fn sec_ses_09_over_https_cookies_are_bound_to_the_host() {
    let test = TestApp::start_with(&HTTPS).await;
    test.member("ann@example.com").await;
    let answer = test
        .browser()
        .log_in_remembered("ann@example.com", PASSWORD)
        .await;
    let cookies = answer.set_cookies();
    let session = cookies
        .iter()
        .find(|cookie| cookie.contains("_session="))
        .unwrap();
    assert!(session.starts_with("__Host-"), "{session}");
    for attribute in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
        assert!(session.contains(attribute), "{session}");
    }
    assert!(
        cookies
            .iter()
            .all(|cookie| cookie.starts_with("__Host-") && !cookie.contains("Domain")),
        "{cookies:?}"
    );
}

/// Browsers refuse a cookie of another host by its name as it stands, and take `%5F_Host-`.
#[tokio::test]
async fn sec_ses_09_no_other_spelling_of_a_name_is_a_cookie_of_ours() {
    let test = TestApp::start_with(&HTTPS).await;
    let member = test.member("ann@example.com").await;
    let secret = member.cookie("_session").unwrap();
    let name = format!("__Host-{}", crate::web::cookies::SESSION);
    for at in 0..name.len() {
        let (before, rest) = name.split_at(at);
        let (one, after) = rest.split_at(1);
        let byte = one.as_bytes()[0];
        for encoded in [format!("%{byte:02X}"), format!("%{byte:02x}")] {
            let mut browser = test.browser();
            let name = format!("{before}{encoded}{after}");
            browser.cookies.insert(name.clone(), secret.to_owned());
            assert!(!browser.is_logged_in().await, "{name}");
        }
    }
    let mut browser = test.browser();
    browser.cookies.insert(name, secret.to_owned());
    assert!(browser.is_logged_in().await);
}

/// Every cookie that we set: what the responses say of it, by the end of its name.
async fn cookies_of_all_flows(test: &TestApp) -> BTreeMap<String, String> {
    let mut browser = test.browser();
    let mut answers = vec![browser.get("/users/settings").await];
    answers.push(browser.get("/users/register").await);
    answers.push(browser.register("ann@example.com", PASSWORD).await);
    let code = test.code_for("ann@example.com").await;
    answers.push(browser.post("/users/confirm", &[("code", &code)]).await);
    answers.push(browser.post("/users/log-out", &[]).await);
    let cookies = answers.iter().flat_map(Answer::set_cookies);
    let named = cookies.map(|cookie| {
        let (name, _) = cookie.split_once('=').unwrap();
        let (_, end) = name.split_once(env!("CARGO_PKG_NAME")).unwrap();
        (end.to_owned(), cookie.to_owned())
    });
    named.collect()
}

#[tokio::test]
async fn sec_ses_09_every_cookie_has_all_attributes() {
    for is_shared in [false, true] {
        let settings = if is_shared { &SHARED[..] } else { &HTTPS };
        let test = TestApp::start_with(settings).await;
        let cookies = cookies_of_all_flows(&test).await;
        let names: Vec<&str> = cookies.keys().map(String::as_str).collect();
        let all = [
            "_browser",
            "_confirming",
            "_device",
            "_notice",
            "_return_to",
            "_session",
        ];
        assert_eq!(names, all, "a new cookie belongs here, too");
        for (name, cookie) in &cookies {
            let is_shared = is_shared && name == "_session";
            let prefix = if is_shared { "__Secure-" } else { "__Host-" };
            assert!(cookie.starts_with(prefix), "{cookie}");
            for attribute in ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/"] {
                assert!(cookie.contains(attribute), "{cookie}");
            }
            let has_domain = cookie.contains("; Domain=example.com");
            assert_eq!(has_domain, is_shared, "{cookie}");
            assert_eq!(cookie.contains("Domain"), is_shared, "{cookie}");
        }
    }
}

/// Another host of COOKIE_DOMAIN is not trusted with more than the session: here it has registered the owner's email, and sets
/// the cookie of that registration in the owner's browser.
#[tokio::test]
async fn sec_ses_09_another_host_cannot_give_a_browser_its_registration() {
    let test = TestApp::start_with(&SHARED).await;
    let mut thief = test.browser();
    thief.register("ann@example.com", PASSWORD).await;
    let cookie = thief.cookie("_confirming").unwrap().to_owned();
    let link = test.link_below("ann@example.com", "/users/confirm/").await;
    let mut owner = test.browser();
    let name = format!("__Secure-{}_confirming", env!("CARGO_PKG_NAME"));
    owner.cookies.insert(name, cookie);
    let answer = owner.post(&link, &[]).await;
    answer.expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!owner.is_logged_in().await);
    thief.post(&link, &[]).await.expect_redirect("/");
}

/// The same for the name of a known browser.
#[tokio::test]
async fn sec_log_05_another_host_cannot_give_a_browser_its_name() {
    let test = TestApp::start_with(&SHARED).await;
    let thief = test.member("eve@example.com").await;
    let planted = thief.cookie("_device").unwrap().to_owned();
    let mut owner = test.browser();
    let name = |prefix: &str| format!("{prefix}{}_device", env!("CARGO_PKG_NAME"));
    owner.cookies.insert(name("__Secure-"), planted.clone());
    let owner = test.member_in_browser(owner, "ann@example.com").await;
    assert_ne!(owner.cookies[&name("__Host-")], planted);
}

#[tokio::test]
async fn sec_ses_10_no_cookie_grows_too_large() {
    let test = TestApp::start().await;
    for length in [100, 1000, 1024, 1025, 5000, 60_000] {
        let path = format!("/users/settings/sessions?{}", "x".repeat(length));
        let answer = test.browser().get(&path).await;
        assert!(
            answer
                .set_cookies()
                .iter()
                .all(|cookie| cookie.len() <= 4096),
            "{length}"
        );
    }
}

#[tokio::test]
async fn sec_ses_11_secrets_are_never_in_pages_addresses_or_the_log() {
    let test = TestApp::start().await;
    let ((mut secrets, pages), log) = counting::log_of(async {
        let mut browser = test.browser();
        browser.register("ann@example.com", PASSWORD).await;
        let (code, link) = (
            test.code_for("ann@example.com").await,
            test.link_for("ann@example.com").await,
        );
        let confirming = browser.cookie("_confirming").unwrap().to_owned();
        let mut pages = vec![browser.get(&link).await];
        pages.push(browser.post("/users/confirm", &[("code", &code)]).await);
        let mut secrets = vec![code, confirming, session_of(&browser), PASSWORD.to_owned()];
        secrets.push(link.rsplit('/').next().unwrap().to_owned());
        for path in ["/", "/users/settings/sessions", "/users/sudo"] {
            pages.push(browser.get(path).await);
        }
        browser
            .post("/users/sudo", &[("password", OTHER_PASSWORD)])
            .await;
        pages.push(browser.post("/users/log-out", &[]).await);
        (secrets, pages)
    })
    .await;
    secrets.push("ann@example.com".to_owned());
    assert!(
        log.iter().any(|line| line.starts_with("span request")),
        "nothing was recorded"
    );
    for line in &log {
        assert!(
            !secrets.iter().any(|secret| line.contains(secret)),
            "{line}"
        );
    }
    for page in pages {
        let address = page.header("location");
        assert!(
            !secrets[..5]
                .iter()
                .any(|secret| page.body.contains(secret) || address.contains(secret)),
            "{}",
            page.body
        );
    }
}

/// The same for all other links, at every level of the log.
#[tokio::test]
async fn sec_ses_11_secrets_of_links_are_never_in_the_log() {
    let test = TestApp::start().await;
    let (ann, new) = ("ann@example.com", "new@example.org");
    let (secrets, log) = counting::log_of(async {
        let mut browser = test.member(ann).await;
        browser
            .post("/users/settings/email", &[("email", new)])
            .await;
        browser.post("/users/log-in/link", &[("email", ann)]).await;
        browser
            .post("/users/reset-password", &[("email", ann)])
            .await;
        for number in 0..5 {
            let mut thief = test.browser().from(&format!("203.0.113.{number}"));
            thief.log_in(ann, OTHER_PASSWORD).await;
        }
        let mut secrets = vec![ann.to_owned(), new.to_owned(), PASSWORD.to_owned()];
        let password = [("new_password", OTHER_PASSWORD)];
        for (to, path) in [
            (ann, "/users/unlock/"),
            (new, "/users/settings/email/"),
            (ann, "/users/email-veto/"),
            (ann, "/users/log-in/link/"),
            (ann, "/users/reset-password/"),
        ] {
            let link = test.link_below(to, path).await;
            secrets.push(link.rsplit('/').next().unwrap().to_owned());
            browser.get(&link).await;
            // Once with what it is for, and once when it is used.
            browser.post(&link, &password).await;
            browser.post(&link, &password).await;
        }
        secrets
    })
    .await;
    assert!(log.iter().any(|line| line.starts_with("span request")));
    for line in &log {
        let is_in = |secret: &&String| line.contains(*secret);
        assert_eq!(secrets.iter().find(is_in), None, "{line}");
    }
}

/// Whatever is sent, it begins no line of its own and moves no cursor.
#[tokio::test]
async fn sec_aud_07_what_is_sent_forges_no_line_of_the_log() {
    const FORGED: &str = "x\r\nERROR forged\u{1b}[2J\u{9b}1m\",\"level\":\"ERROR\"";
    let test = TestApp::start().await;
    let ((), log) = counting::log_of(async {
        let agent = "Mozilla\t%0d%0aERROR\",\"level\":\"ERROR";
        let mut browser = test.browser().with_header("user-agent", agent);
        browser = browser.with_header("x-request-id", "%0d%0aERROR forged");
        let path = "/users/log-in/link/%0d%0aERROR%20forged%1b%5b2J";
        browser.get(path).await;
        browser.get(&format!("/nowhere{path}?{}=%0a", "%1b")).await;
        for field in ["email", "password", "code", "new_password", FORGED] {
            let fields = [("email", FORGED), ("password", FORGED), (field, FORGED)];
            browser.post("/users/register", &fields).await;
            browser.post("/users/log-in", &fields).await;
            browser.post("/users/confirm", &fields).await;
            browser.post(path, &fields).await;
        }
        browser.log_in("ann@example.com", FORGED).await;
    })
    .await;
    assert!(log.iter().any(|line| line.starts_with("span request")));
    for line in &log {
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}

#[tokio::test]
async fn sec_ses_12_activity_is_written_once_a_minute() {
    let test = TestApp::start().await;
    let mut browser = test.member("ann@example.com").await;
    let writes = async |browser: &mut Browser| {
        let (_, log) = counting::log_of(browser.get("/")).await;
        log.iter()
            .filter(|line| line.contains("update sessions set last_active_at"))
            .count()
    };
    assert_eq!(writes(&mut browser).await, 0);
    test.after(Duration::seconds(61));
    assert_eq!(writes(&mut browser).await, 1);
    assert_eq!(writes(&mut browser).await, 0);
}

/// Another program holds the lock of the database, or of the rows, for long.
#[tokio::test]
async fn sec_ses_12_that_activity_cannot_be_written_fails_no_request() {
    // Workers wait for the same lock, each with a connection.
    let test = TestApp::start_with(&[("POOL_SIZE", "10")]).await;
    let mut browser = test.member("ann@example.com").await;
    test.work().await;
    test.after(Duration::seconds(61));
    let mut tx = db::begin(&test.app.db).await.unwrap();
    sqlx::query(db::locking!("select id from sessions"))
        .execute(&mut *tx)
        .await
        .unwrap();
    let page = browser.get("/users/settings/sessions");
    // It waits a second for what it can do without, and a loaded machine takes its time.
    let page = tokio::time::timeout(std::time::Duration::from_secs(4), page).await;
    page.expect("it waits for the lock").expect(StatusCode::OK);
}

#[tokio::test]
async fn sec_ses_12_session_and_user_are_read_with_one_query() {
    let test = TestApp::start_with(&ONE_CONNECTION).await;
    let mut browser = test.member("ann@example.com").await;
    test.work().await;
    let (answer, statements) = counting::statements(browser.get("/")).await;
    answer.expect(StatusCode::OK);
    assert_eq!(statements.len(), 1, "{statements:?}");
}

#[tokio::test]
async fn sec_ses_15_a_proof_is_good_for_a_quarter_of_an_hour_in_one_session() {
    let test = TestApp::start().await;
    let mut browser = test.member("ann@example.com").await;
    test.after(Duration::minutes(14));
    browser
        .post("/users/settings/sessions/end-others", &[])
        .await
        .expect_redirect("/users/settings/sessions");
    test.after(Duration::minutes(1));
    browser
        .post("/users/settings/sessions/end-others", &[])
        .await
        .expect_redirect("/users/sudo");

    let mut other = test.browser();
    other.log_in("ann@example.com", PASSWORD).await;
    browser
        .post("/users/settings/sessions/end-others", &[])
        .await
        .expect_redirect("/users/sudo");
    let mut program = browser.clone().with_header("accept", "application/json");
    program
        .post("/users/settings/sessions/end-others", &[])
        .await
        .expect(StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn sec_ses_02_a_new_password_brings_a_new_secret_and_the_old_one_ends() {
    let test = TestApp::start().await;
    let mut browser = test.member("ann@example.com").await;
    let mut copy = browser.clone();
    browser
        .change_password(PASSWORD, OTHER_PASSWORD)
        .await
        .expect_redirect("/users/settings");
    test.after(Duration::seconds(60));
    assert!(browser.is_logged_in().await && !copy.is_logged_in().await);
}

#[tokio::test]
async fn sec_ses_06_a_suspended_person_is_out_at_once() {
    let test = TestApp::start().await;
    let mut browser = test.member("ann@example.com").await;
    let mut phone = test.browser();
    phone.log_in_remembered("ann@example.com", PASSWORD).await;
    for path in ["/users/reset-password", "/users/log-in/link"] {
        let form = [("email", "ann@example.com")];
        browser.post(path, &form).await;
    }
    let links = [
        test.link_below("ann@example.com", "/users/reset-password/")
            .await,
        test.link_below("ann@example.com", "/users/log-in/link/")
            .await,
    ];
    assert!(test.suspend("ann@example.com").await);

    assert!(!browser.is_logged_in().await && !phone.is_logged_in().await);
    let answer = browser.log_in("ann@example.com", PASSWORD).await;
    answer.expect(StatusCode::UNPROCESSABLE_ENTITY);
    for link in &links {
        test.browser().get(link).await.expect(StatusCode::NOT_FOUND);
    }
    // Nothing of it comes back, and no browser is known: a log-in is as new as anybody's.
    assert!(test.unsuspend("ann@example.com").await);
    assert!(!phone.is_logged_in().await);
    for link in &links {
        test.browser().get(link).await.expect(StatusCode::NOT_FOUND);
    }
    assert_eq!(test.count("select count(*) from devices").await, 0);
    test.browser()
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn sec_ses_06_letters_do_not_let_a_suspended_person_in() {
    let test = TestApp::start().await;
    let mut browser = test.member("ann@example.com").await;
    test.suspend("ann@example.com").await;
    let form = [("email", "ann@example.com")];
    browser.post("/users/log-in/link", &form).await;
    let link = test
        .link_below("ann@example.com", "/users/log-in/link/")
        .await;
    browser.post(&link, &[]).await;
    assert!(!browser.is_logged_in().await);
    browser.post("/users/reset-password", &form).await;
    let link = test
        .link_below("ann@example.com", "/users/reset-password/")
        .await;
    browser
        .post(&link, &[("new_password", OTHER_PASSWORD)])
        .await;
    let answer = browser.log_in("ann@example.com", OTHER_PASSWORD).await;
    answer.expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!browser.is_logged_in().await);
}

#[tokio::test]
async fn sec_ses_08_the_sessions_of_one_person_or_of_everybody_can_be_ended() {
    let test = TestApp::start().await;
    let mut ann = test.member("ann@example.com").await;
    let mut bob = test.member("bob@example.com").await;
    let one = Command::parse(&["log-out", "ann@example.com"]).unwrap();
    one.run(&test.app).await.unwrap();
    assert!(!ann.is_logged_in().await && bob.is_logged_in().await);

    ann.log_in("ann@example.com", PASSWORD).await;
    let client = Client::operator();
    assert_eq!(log_out::everyone(&test.app, &client).await.unwrap(), 2);
    assert!(!ann.is_logged_in().await && !bob.is_logged_in().await);
    let told = "select count(*) from audit_events where action = 'session.end'";
    assert_eq!(test.count(told).await, 2);
}

#[tokio::test]
async fn sec_ses_06_a_status_that_changes_later_stops_the_sessions_there_are() {
    let test = TestApp::start().await;
    let mut browser = test.member("ann@example.com").await;
    assert!(browser.is_logged_in().await);
    sqlx::query(
        "update users
         set suspended_at = inserted_at",
    )
    .execute(&test.app.db)
    .await
    .unwrap();
    assert!(!browser.is_logged_in().await);
}
