//! REG: joining.

use axum::http::StatusCode;

use crate::{
    accounts::{
        client::Client,
        email::Email,
        registration::{self, code},
    },
    pages,
    tests::{
        ONE_CONNECTION, OTHER_PASSWORD, PASSWORD, browser::Answer, counting, test_app::TestApp,
    },
    texts, web,
};

/// All that a stranger can see of an answer, without what is random.
fn visible(answer: &Answer) -> (StatusCode, Vec<String>, String) {
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    headers.retain(|header| !header.starts_with("x-request-id"));
    for header in &mut headers {
        if header.starts_with("set-cookie") {
            let (name, rest) = header.split_once('=').unwrap();
            let (value, attributes) = rest.split_once(';').unwrap();
            *header = format!("{name}={} characters;{attributes}", value.len());
        }
    }
    (answer.status, headers, answer.body.clone())
}

#[tokio::test]
async fn sec_reg_01_a_known_address_gets_the_same_answer_and_another_letter() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let (mut one, mut other) = (test.browser(), test.browser());
    let (new, known) = (
        one.register("ben@example.com", PASSWORD).await,
        other.register("ann@example.com", PASSWORD).await,
    );
    assert_eq!(visible(&new), visible(&known));
    let (new, known) = (
        one.get("/users/confirm").await,
        other.get("/users/confirm").await,
    );
    assert_eq!(visible(&new), visible(&known));
    let (new, known) = (
        one.post("/users/confirm", &[("code", "1")]).await,
        other.post("/users/confirm", &[("code", "1")]).await,
    );
    assert_eq!(visible(&new), visible(&known));

    assert_eq!(test.letters_to("ben@example.com").await.len(), 1);
    assert_eq!(
        test.last_letter_to("ann@example.com").await.subject,
        texts::letters::ALREADY_SUBJECT
    );
    assert_eq!(test.letters_to("ann@example.com").await.len(), 2);
}

#[tokio::test]
async fn sec_reg_02_a_known_address_costs_the_same_work() {
    let test = TestApp::start_with(&ONE_CONNECTION).await;
    test.member("ann@example.com").await;
    let test = test.without_workers();
    test.browser().register("warm@example.com", PASSWORD).await;
    let mut costs = Vec::new();
    for email in ["ben@example.com", "ann@example.com"] {
        let before = test
            .app
            .hasher
            .done
            .load(std::sync::atomic::Ordering::SeqCst);
        let (_, statements) = counting::statements(test.browser().register(email, PASSWORD)).await;
        let hashes = test
            .app
            .hasher
            .done
            .load(std::sync::atomic::Ordering::SeqCst)
            - before;
        costs.push((statements, hashes));
    }
    assert_eq!(costs[0], costs[1]);
    assert!(
        costs[0].0.len() > 3 && costs[0].1 > 0,
        "nothing was counted: {costs:?}"
    );
}

#[tokio::test]
async fn sec_reg_03_two_spellings_of_an_address_are_one_account() {
    let test = TestApp::start().await;
    for spelling in [
        "ann@example.com",
        " Ann@Example.COM ",
        "ａｎｎ@example.com",
        "ann＠example.com",
        "ann@ｅxample.com",
    ] {
        assert_eq!(
            Email::parse(spelling).unwrap().as_str(),
            "ann@example.com",
            "{spelling}"
        );
        test.browser()
            .from(&format!("198.51.100.{}", spelling.len()))
            .register(spelling, PASSWORD)
            .await;
    }
    let emails = "select count(distinct email) from registrations";
    assert_eq!(test.count(emails).await, 1);
    assert_eq!(test.registrations().await, 5);
    assert_eq!(
        Email::parse("ann@bücher.example").unwrap().domain(),
        "xn--bcher-kva.example"
    );
    assert_eq!(
        Email::parse("ann@BÜCHER.example"),
        Email::parse("ann@xn--bcher-kva.example")
    );
}

#[test]
fn sec_reg_03_addresses_of_every_script_are_accepted() {
    for typed in [
        "o'brien+shop@example.com",
        "j\u{fc}rgen@example.com",
        "\u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947}@example.com",
        "\u{c28}\u{c2e}\u{c38}\u{c4d}\u{c24}\u{c47}@example.com",
        "\u{e19}\u{e49}\u{e33}@example.com",
        "\u{7528}\u{6237}@example.com",
        "\u{645}\u{633}\u{62a}\u{62e}\u{62f}\u{645}@example.com",
        "\u{43f}\u{43e}\u{447}\u{442}\u{430}@example.com",
        "\u{3b4}\u{3bf}\u{3ba}\u{3b9}\u{3bc}\u{3ae}@example.com",
        "I\u{307}pek@example.com",
        "\u{130}pek@example.com",
    ] {
        let email = Email::parse(typed).unwrap_or_else(|| panic!("{typed}"));
        assert_eq!(
            Email::parse(email.as_str()).as_ref(),
            Some(&email),
            "{typed}"
        );
        assert_eq!(email.address().to_string(), email.as_str());
    }
}

#[tokio::test]
async fn sec_reg_04_an_address_cannot_carry_headers_or_a_second_recipient() {
    for typed in [
        "ann@example.com\r\nBcc: eve@example.com",
        "ann\r\n@example.com",
        "ann@example.com\0",
        "ann@example.com, eve@example.com",
        "ann,eve@example.com",
        "ann@example.com>",
        "\"ann\" <eve@example.com>",
        "ann@[127.0.0.1]",
        "ann@127.0.0.1",
        "ann@@example.com",
        "@example.com",
        "ann@com",
        // A server that decodes this sends to evil.com.
        "=?utf-8?q?u=40evil.com=3e=20?=@example.com",
        "a=?b@example.com",
        "ann.@example.com",
        ".ann@example.com",
        "an..n@example.com",
        "ann\u{200d}@example.com",
        "ann\u{200b}@example.com",
        "ann\u{ad}@example.com",
        "ann\u{202e}@example.com",
        "ann\u{34f}@example.com",
        "ann\u{fe0f}@example.com",
        "ann\u{115f}@example.com",
        "ann\u{17b4}@example.com",
        "ann\u{180b}@example.com",
        "ann\u{3164}@example.com",
        "ann\u{ffa0}@example.com",
        "ann\u{e0020}@example.com",
        "ann\u{e0100}@example.com",
        "ann\u{e01ef}@example.com",
        "ann\u{115f}@example.com",
        "ann\u{1160}@example.com",
        "ann\u{3164}@example.com",
        "ann\u{ffa0}@example.com",
        "ann@%65xample.com",
        // A sign without the letter that it belongs to.
        "\u{301}ann@example.com",
        "ann.\u{947}@example.com",
        "\u{1f600}@example.com",
        "ann@example.com.",
        "ann@ex ample.com",
    ] {
        assert_eq!(Email::parse(typed), None, "{typed:?}");
    }
    assert_eq!(
        Email::parse(&format!("{}@example.com", "a".repeat(65))),
        None
    );
    assert_eq!(Email::parse(&format!("ann@{}com", "a.".repeat(126))), None);
    let test = TestApp::start().await;
    test.browser().register("ann@example.com", PASSWORD).await;
    let source = test.last_letter_to("ann@example.com").await.source;
    let (headers, _) = source.split_once("\r\n\r\n").unwrap();
    let to: Vec<_> = headers
        .lines()
        .filter(|line| line.starts_with("To:") || line.starts_with("Bcc:"))
        .collect();
    assert_eq!(to, ["To: ann@example.com"]);
}

#[tokio::test]
async fn sec_reg_05_whoever_registered_first_gains_nothing_when_the_owner_registers() {
    let test = TestApp::start().await;
    let mut thief = test.browser();
    thief.register("ann@example.com", OTHER_PASSWORD).await;
    let thiefs_code = test.code_for("ann@example.com").await;

    test.member("ann@example.com").await;
    thief
        .log_in("ann@example.com", OTHER_PASSWORD)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    thief
        .post("/users/confirm", &[("code", &thiefs_code)])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!thief.is_logged_in().await);
}

#[tokio::test]
async fn sec_reg_01_who_has_registered_an_address_does_not_learn_that_its_owner_has_joined() {
    let mut answers = Vec::new();
    for has_joined in [false, true] {
        let test = TestApp::start().await;
        let mut thief = test.browser();
        thief.register("ann@example.com", OTHER_PASSWORD).await;
        test.work().await;
        if has_joined {
            test.member("ann@example.com").await;
        }
        let page = thief.get("/users/confirm").await;
        let again = thief.post("/users/confirm/resend", &[]).await;
        let next = again.header("location").to_owned();
        let cookies = again.set_cookies().join("\n");
        answers.push((page.status, again.status, next, cookies));
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn sec_reg_05_the_link_of_a_thiefs_letter_drops_what_the_thief_has_set() {
    let test = TestApp::start().await;
    let mut thief = test.browser();
    thief.register("ann@example.com", OTHER_PASSWORD).await;
    let (link, code) = (
        test.link_for("ann@example.com").await,
        test.code_for("ann@example.com").await,
    );

    let mut owner = test.browser();
    // A click is not enough: the button of this page must not confirm the thief's password.
    owner
        .post(&link, &[])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    owner
        .post(&link, &[("new_password", PASSWORD)])
        .await
        .expect_redirect("/");
    thief
        .post("/users/confirm", &[("code", &code)])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    thief
        .log_in("ann@example.com", OTHER_PASSWORD)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn sec_reg_05_a_thief_who_registers_second_gains_nothing() {
    let test = TestApp::start().await;
    let mut owner = test.browser();
    owner.register("ann@example.com", PASSWORD).await;
    test.work().await;
    let mut thief = test.browser();
    thief.register("ann@example.com", OTHER_PASSWORD).await;
    let (link, code) = (
        test.link_for("ann@example.com").await,
        test.code_for("ann@example.com").await,
    );

    owner
        .post("/users/confirm", &[("code", &code)])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    owner
        .post(&link, &[("password", PASSWORD)])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    owner
        .post(&link, &[("new_password", PASSWORD)])
        .await
        .expect_redirect("/");
    thief
        .log_in("ann@example.com", OTHER_PASSWORD)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn sec_reg_05_two_who_register_at_once_have_a_password_each() {
    let test = TestApp::start().await;
    for round in 0..20 {
        let email = format!("ann{round}@example.com");
        let register = |password| {
            let (mut browser, email) = (test.browser(), email.clone());
            browser.address = [198, 51, 100, round].into();
            tokio::spawn(async move {
                browser.register(&email, password).await;
                browser
            })
        };
        let (thief, owner) = (register(OTHER_PASSWORD), register(PASSWORD));
        let (mut thief, mut owner) = (thief.await.unwrap(), owner.await.unwrap());
        let letters = test.letters_to(&email).await;
        assert_eq!(letters.len(), 2);
        let mut confirmed = 0;
        for letter in letters {
            let code = test.code_of(&letter).unwrap();
            // The owner reads the letters, and types what is in them.
            let answer = owner.post("/users/confirm", &[("code", &code)]).await;
            confirmed += usize::from(answer.header("location") == "/");
        }
        assert_eq!(confirmed, 1);
        thief.log_in(&email, OTHER_PASSWORD).await;
        assert!(!thief.is_logged_in().await);
        let mut elsewhere = test.browser().from(&format!("203.0.113.{round}"));
        elsewhere
            .log_in(&email, PASSWORD)
            .await
            .expect_redirect("/");
    }
}

#[tokio::test]
async fn sec_reg_05_of_two_registrations_that_are_proved_at_once_one_becomes_the_account() {
    let test = TestApp::start().await;
    for round in 0..20 {
        let email = format!("ann{round}@example.com");
        let mut browsers = Vec::new();
        for password in [PASSWORD, OTHER_PASSWORD] {
            let mut browser = test.browser().from(&format!("198.51.100.{round}"));
            browser.register(&email, password).await;
            let code = test.code_for(&email).await;
            browsers.push((browser, code));
        }
        let tries = browsers.into_iter().map(|(mut browser, code)| {
            tokio::spawn(async move { browser.post("/users/confirm", &[("code", &code)]).await })
        });
        let mut statuses = Vec::new();
        for tried in tries.collect::<Vec<_>>() {
            statuses.push(tried.await.unwrap().status.as_u16());
        }
        statuses.sort();
        assert_eq!(statuses, [303, 422]);
    }
    assert_eq!((test.people().await, test.registrations().await), (20, 0));
}

#[tokio::test]
async fn sec_reg_05_a_reset_drops_what_a_thief_has_set() {
    let test = TestApp::start().await;
    let mut thief = test.browser();
    thief.register("ann@example.com", OTHER_PASSWORD).await;
    let code = test.code_for("ann@example.com").await;
    let mut owner = test.browser();
    owner
        .post("/users/reset-password", &[("email", "ann@example.com")])
        .await;
    let link = test.link_for("ann@example.com").await;
    owner
        .post(&link, &[("new_password", PASSWORD)])
        .await
        .expect_redirect("/users/log-in");

    thief
        .post("/users/confirm", &[("code", &code)])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    thief
        .log_in("ann@example.com", OTHER_PASSWORD)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    owner
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn sec_reg_05_a_letter_asked_for_elsewhere_has_no_code_to_confirm_a_thiefs_password() {
    let test = TestApp::start().await;
    test.browser()
        .register("ann@example.com", OTHER_PASSWORD)
        .await;
    let mut owner = test.browser();
    owner
        .post("/users/confirm/resend", &[("email", "ann@example.com")])
        .await;
    let link = test.link_for("ann@example.com").await;
    owner
        .post(&link, &[])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    // The one in the letter that the thief has asked for.
    let with_code = "select count(*) from registration_secrets where code_hash is not null";
    assert_eq!(test.count(with_code).await, 1);
    let all = "select count(*) from registration_secrets";
    assert_eq!(test.count(all).await, 2);
}

#[tokio::test]
async fn sec_reg_06_a_letter_for_one_registration_does_not_confirm_the_next() {
    let test = TestApp::start().await;
    let mut thief = test.browser();
    thief.register("ann@example.com", OTHER_PASSWORD).await;
    let link = test.link_for("ann@example.com").await;
    test.member("ann@example.com").await;
    thief.post(&link, &[]).await.expect(StatusCode::NOT_FOUND);
    thief.log_in("ann@example.com", OTHER_PASSWORD).await;
    assert!(!thief.is_logged_in().await);
}

#[tokio::test]
async fn sec_reg_06_what_others_do_leaves_the_first_code_and_link_as_they_are() {
    for way in ["code", "link"] {
        let test = TestApp::start().await;
        let mut owner = test.browser();
        owner.register("ann@example.com", PASSWORD).await;
        let code = test.code_for("ann@example.com").await;
        let link = test.link_for("ann@example.com").await;
        for number in 0..8 {
            let mut stranger = test.browser().from(&format!("203.0.113.{number}"));
            stranger.register("ann@example.com", OTHER_PASSWORD).await;
            stranger
                .post("/users/confirm", &[("code", "0000-0000")])
                .await
                .expect(StatusCode::UNPROCESSABLE_ENTITY);
            stranger.post("/users/confirm/resend", &[]).await;
            for path in ["confirm/resend", "log-in/link", "reset-password"] {
                let form = [("email", "ann@example.com")];
                let path = format!("/users/{path}");
                stranger.post(&path, &form).await;
            }
        }
        test.work().await;
        let answer = match way {
            "code" => owner.post("/users/confirm", &[("code", &code)]).await,
            _ => owner.post(&link, &[]).await,
        };
        answer.expect_redirect("/");
        let mut elsewhere = test.browser();
        elsewhere
            .log_in("ann@example.com", PASSWORD)
            .await
            .expect_redirect("/");
    }
}

#[tokio::test]
async fn sec_reg_06_the_first_proof_ends_the_other_registrations() {
    let test = TestApp::start().await;
    let mut thief = test.browser();
    thief.register("ann@example.com", OTHER_PASSWORD).await;
    let (code, link) = (
        test.code_for("ann@example.com").await,
        test.link_for("ann@example.com").await,
    );
    test.member("ann@example.com").await;
    thief
        .post("/users/confirm", &[("code", &code)])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    thief.get(&link).await.expect(StatusCode::NOT_FOUND);
    assert_eq!((test.people().await, test.registrations().await), (1, 0));
}

#[tokio::test]
async fn sec_reg_06_a_code_has_forty_bits() {
    let test = TestApp::start().await;
    let mut seen = std::collections::BTreeSet::new();
    let mut characters = std::collections::BTreeSet::new();
    let registration = {
        test.browser().register("ann@example.com", PASSWORD).await;
        sqlx::query_scalar("select id from registrations")
            .fetch_one(&test.app.db)
            .await
            .unwrap()
    };
    for _ in 0..1000 {
        let (code, _) = code::random(&test.app, registration).unwrap();
        let code = code.replace('-', "");
        assert_eq!(code.len(), 8);
        characters.extend(code.chars());
        seen.insert(code);
    }
    assert_eq!((seen.len(), characters.len()), (1000, 32));
    assert!("ILOU".chars().all(|c| !characters.contains(&c)));
}

#[tokio::test]
async fn sec_reg_06_a_code_is_dead_after_five_wrong_ones_also_when_they_come_at_once() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.register("ann@example.com", PASSWORD).await;
    let code = test.code_for("ann@example.com").await;
    let tries = (0..5).map(|_| {
        let mut browser = browser.clone();
        async move {
            let wrong = [("code", "not the code")];
            browser.post("/users/confirm", &wrong).await
        }
    });
    let tries: Vec<_> = tries.map(tokio::spawn).collect();
    for tried in tries {
        tried
            .await
            .unwrap()
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    browser
        .post("/users/confirm", &[("code", &code)])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn sec_reg_06_another_letter_brings_no_new_tries() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.register("ann@example.com", PASSWORD).await;
    for _ in 0..3 {
        browser
            .post("/users/confirm", &[("code", "wrong")])
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    browser.post("/users/confirm/resend", &[]).await;
    let code = test.code_for("ann@example.com").await;
    for _ in 0..2 {
        browser
            .post("/users/confirm", &[("code", "wrong")])
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    browser
        .post("/users/confirm", &[("code", &code)])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);

    // The next letter has no code any more, and its link still works.
    browser.post("/users/confirm/resend", &[]).await;
    let letter = test.last_letter_to("ann@example.com").await;
    assert!(letter.text.contains(texts::letters::CONFIRM));
    let link = test.link_for("ann@example.com").await;
    browser.post(&link, &[]).await.expect_redirect("/");
}

#[tokio::test]
async fn sec_reg_06_an_invitation_outlives_what_others_register() {
    let test = TestApp::start().await;
    let ann = Email::parse("ann@example.com").unwrap();
    let client = Client::operator();
    assert!(
        registration::invite(&test.app, &ann, &client)
            .await
            .unwrap()
    );
    let id = test.user("ann@example.com").await.unwrap().id;
    let link = test.link_for("ann@example.com").await;
    let mut thief = test.browser();
    thief.register("ann@example.com", OTHER_PASSWORD).await;
    let code = test.code_for("ann@example.com").await;
    assert_eq!(test.user("ann@example.com").await.unwrap().id, id);

    let mut owner = test.browser();
    owner
        .post(&link, &[("new_password", PASSWORD)])
        .await
        .expect_redirect("/users/log-in");
    thief
        .post("/users/confirm", &[("code", &code)])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(test.user("ann@example.com").await.unwrap().id, id);
}

#[tokio::test]
async fn sec_reg_06_somebody_invited_who_registers_gets_the_account_that_was_made_for_them() {
    let test = TestApp::start().await;
    let ann = Email::parse("ann@example.com").unwrap();
    let client = Client::operator();
    registration::invite(&test.app, &ann, &client)
        .await
        .unwrap();
    let id = test.user("ann@example.com").await.unwrap().id;
    let link = test.link_for("ann@example.com").await;
    let mut browser = test.member("ann@example.com").await;
    assert_eq!(test.user("ann@example.com").await.unwrap().id, id);
    assert_eq!(test.people().await, 1);
    browser.get(&link).await.expect(StatusCode::NOT_FOUND);
    test.browser()
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn sec_reg_06_a_code_is_worth_nothing_in_another_browser() {
    let test = TestApp::start().await;
    test.browser().register("ann@example.com", PASSWORD).await;
    let code = test.code_for("ann@example.com").await;
    let mut other = test.browser();
    other.register("eve@example.com", PASSWORD).await;
    other
        .post("/users/confirm", &[("code", &code)])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn sec_reg_07_fields_that_are_not_in_the_form_are_ignored() {
    let test = TestApp::start().await;
    let fields = [
        ("email", "ann@example.com"),
        ("password", PASSWORD),
        ("id", "00000000-0000-0000-0000-000000000001"),
        ("confirmed_at", "2020-01-01T00:00:00Z"),
        ("password_hash", "x"),
        ("inserted_at", "2020-01-01T00:00:00Z"),
        ("is_admin", "true"),
        ("role", "admin"),
    ];
    let mut browser = test.browser();
    browser
        .post("/users/register", &fields)
        .await
        .expect_redirect("/users/confirm");
    let kept =
        "select count(*) from registrations where password_hash = 'x' or user_id is not null";
    assert_eq!(test.count(kept).await, 0);
    let code = test.code_for("ann@example.com").await;
    let fields = [("code", code.as_str())].into_iter().chain(fields);
    browser
        .post("/users/confirm", &fields.collect::<Vec<_>>())
        .await
        .expect_redirect("/");
    let user = test.user("ann@example.com").await.unwrap();
    let year = user.confirmed_at.map(|at| at.year());
    assert!(year > Some(2020) && !user.id.to_string().ends_with("000000000001"));
}

#[tokio::test]
async fn sec_reg_08_registration_can_be_closed() {
    let test = TestApp::start_with(&[("REGISTRATION", "closed")]).await;
    test.browser()
        .get("/users/register")
        .await
        .expect_text(texts::register::CLOSED);
    test.browser()
        .register("ann@example.com", PASSWORD)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!((test.people().await, test.registrations().await), (0, 0));
}

#[tokio::test]
async fn sec_reg_08_what_was_registered_before_it_was_closed_creates_nobody() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.register("ann@example.com", PASSWORD).await;
    let code = test.code_for("ann@example.com").await;
    let link = test.link_for("ann@example.com").await;
    for policy in ["closed", "example.org"] {
        let app = test.other_app(&[("REGISTRATION", policy)]).await;
        let mut closed = browser.clone().on(web::router(app, pages::routes()));
        closed
            .post("/users/confirm", &[("code", &code)])
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
        closed.post(&link, &[]).await;
        assert_eq!(test.people().await, 0);
    }
    browser
        .post("/users/confirm", &[("code", &code)])
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn sec_reg_08_registration_can_be_for_some_domains_only() {
    let test = TestApp::start_with(&[("REGISTRATION", "example.com, example.org")]).await;
    test.browser()
        .register("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/users/confirm");
    for email in [
        "eve@example.net",
        "eve@sub.example.com",
        "eve@notexample.com",
        "eve@example.com.evil.net",
    ] {
        let answer = test
            .browser()
            .register(email, PASSWORD)
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
        answer.expect_text(texts::fields::EMAIL_NOT_ALLOWED);
    }
}

/// A link to confirm is no way to a new password once the email is confirmed.
#[tokio::test]
async fn sec_rst_02_confirming_ends_every_other_link_to_confirm() {
    let test = TestApp::start_with(&[("UNCONFIRMED", "banner")]).await;
    let mut browser = test.browser();
    browser.register("ann@example.com", PASSWORD).await;
    let code = test.code_for("ann@example.com").await;
    browser.log_in("ann@example.com", PASSWORD).await;
    let mut other = test.browser();
    other
        .post("/users/confirm/resend", &[("email", "ann@example.com")])
        .await;
    let second = test.link_for("ann@example.com").await;
    test.browser().get(&second).await.expect(StatusCode::OK);
    browser
        .post("/users/confirm", &[("code", &code)])
        .await
        .expect_redirect("/");
    let new = [("new_password", OTHER_PASSWORD)];
    let mut late = test.browser();
    late.get(&second).await.expect(StatusCode::NOT_FOUND);
    late.post(&second, &new).await.expect(StatusCode::NOT_FOUND);
    assert!(browser.is_logged_in().await && !late.is_logged_in().await);
}
