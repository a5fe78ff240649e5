//! PWD: passwords.

use std::{sync::atomic::Ordering, time::Duration};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use axum::{
    body::Body,
    http::{Method, StatusCode},
};

use crate::{
    accounts::{
        email::Email,
        password::{Hasher, Hashing, Password, Weakness},
        session,
    },
    tests::{OTHER_PASSWORD, PASSWORD, test_app::TestApp},
    texts,
};

fn ann() -> Email {
    Email::parse("ann@example.com").unwrap()
}

fn weakness(text: &str) -> Option<Weakness> {
    Password::new(text, &ann()).err()
}

fn random_text(length: usize, alphabet: &[char]) -> String {
    let pick = |_| alphabet[getrandom::u32().unwrap() as usize % alphabet.len()];
    (0..length).map(pick).collect()
}

#[test]
fn sec_pwd_01_any_random_text_of_12_to_256_characters_will_do() {
    let alphabets = [
        "abcdefghijklmnopqrstuvwxyz",
        "0123456789abcdef",
        "ABCxyz !?-_",
        "äöüßéñçø",
        "漢字仮名交文章例",
        "🦀🐙🐳🦉🌵🍋",
    ];
    for alphabet in alphabets.map(|text| text.chars().collect::<Vec<_>>()) {
        for length in [16, 17, 40, 64, 128, 255, 256] {
            let text = random_text(length, &alphabet);
            assert_eq!(weakness(&text), None, "{text}");
        }
    }
    assert_eq!(weakness("k7#Vq9!zR2&x"), None);
}

/// A keyboard may send a syllable of Korean in three parts of three bytes each.
#[test]
fn sec_pwd_01_long_passwords_may_be_sent_taken_apart() {
    let vowels = ["\u{1161}", "\u{1166}", "\u{1169}", "\u{116e}", "\u{1175}"];
    let syllable = |_| {
        let consonant = char::from_u32(0x1100 + getrandom::u32().unwrap() % 19).unwrap();
        let vowel = vowels[getrandom::u32().unwrap() as usize % 5];
        format!("{consonant}{vowel}\u{11ab}")
    };
    let text: String = (0..256).map(syllable).collect();
    assert_eq!((text.len(), weakness(&text)), (256 * 9, None));
    let longer = format!("{text}\u{1100}\u{1161}\u{11ab}");
    assert_eq!(weakness(&longer), Some(Weakness::TooLong));
}

#[test]
fn sec_pwd_01_eleven_characters_are_too_few_and_257_too_many() {
    let alphabet: Vec<char> = "abcdefghijklmnopqrstuvwxyz0123456789".chars().collect();
    assert_eq!(
        weakness(&random_text(11, &alphabet)),
        Some(Weakness::TooShort)
    );
    assert_eq!(
        weakness(&random_text(257, &alphabet)),
        Some(Weakness::TooLong)
    );
}

#[tokio::test]
async fn sec_pwd_02_every_character_counts() {
    let test = TestApp::start().await;
    let alphabet: Vec<char> = "abcdefghijklmnopqrstuvwxyz".chars().collect();
    let right = random_text(200, &alphabet);
    let hash = test
        .app
        .hasher
        .hash(&Password::typed(&right))
        .await
        .unwrap();
    for index in [0, 71, 72, 73, 100, 199] {
        let mut wrong = right.clone();
        wrong.replace_range(index..=index, "X");
        assert!(
            !test
                .app
                .hasher
                .verify(&Password::typed(&wrong), Some(&hash))
                .await
                .unwrap(),
            "{index}"
        );
    }
    for wrong in [
        right.to_uppercase(),
        format!("{right} "),
        format!(" {right}"),
        right[..199].to_owned(),
    ] {
        assert!(
            !test
                .app
                .hasher
                .verify(&Password::typed(&wrong), Some(&hash))
                .await
                .unwrap(),
            "{wrong}"
        );
    }
    assert!(
        test.app
            .hasher
            .verify(&Password::typed(&right), Some(&hash))
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn sec_pwd_02_two_keyboards_may_spell_one_letter_differently() {
    let test = TestApp::start().await;
    let composed = Password::typed("caf\u{e9} meadow trumpet");
    let decomposed = Password::typed("cafe\u{301} meadow trumpet");
    let hash = test.app.hasher.hash(&composed).await.unwrap();
    assert!(
        test.app
            .hasher
            .verify(&decomposed, Some(&hash))
            .await
            .unwrap()
    );
}

#[test]
fn sec_pwd_03_common_passwords_and_patterns_are_refused() {
    for common in [
        "passwordpassword",
        "password1234",
        "qwertyuiop123",
        "123456789012",
        "aaaaaaaaaaaaaaaa",
        "abcdefghijklmnop",
        "iloveyouiloveyou",
        "letmeinletmein",
        "P@ssw0rd1234",
        "adminadminadmin",
        "1qaz2wsx3edc4rfv",
        "monkeymonkey12",
        // Which zxcvbn finds somewhat guessable: score two of four.
        "Tr0ub4dour&3",
        "chocolate&tea",
        "starwarsfan77",
    ] {
        assert_eq!(weakness(common), Some(Weakness::Guessable), "{common}");
    }
}

#[test]
fn sec_pwd_03_words_of_the_app_and_of_the_person_are_refused() {
    let email = Email::parse("annabelle.hartmann@gurkenladen.example").unwrap();
    let app = env!("CARGO_PKG_NAME");
    for own in [
        "annabelle.hartmann".to_owned(),
        "annabelle.hartmann2026".to_owned(),
        "annabelle.hartmann@gurkenladen.example".to_owned(),
        "gurkenladen2026".to_owned(),
        format!("{app}{app}{app}{app}{app}{app}2026"),
    ] {
        assert_eq!(
            Password::new(&own, &email).err(),
            Some(Weakness::Guessable),
            "{own}"
        );
    }
}

#[tokio::test]
async fn sec_pwd_05_a_hash_is_argon2id_with_its_own_salt() {
    let test = TestApp::start().await;
    let password = Password::typed(PASSWORD);
    let (one, other) = (
        test.app.hasher.hash(&password).await.unwrap(),
        test.app.hasher.hash(&password).await.unwrap(),
    );
    assert!(one.starts_with("$argon2id$v=19$m="), "{one}");
    assert_ne!(one, other);
    // 16 bytes are 22 characters of base64.
    assert_eq!(one.split('$').nth(4).unwrap().len(), 22);
}

/// What is hashed for an unknown user costs what a user's own password costs.
#[test]
fn sec_log_02_the_hash_of_no_user_has_the_parameters_of_the_others() {
    for (memory, passes) in [(8, 1), (16, 2), (64, 3)] {
        let hasher = Hasher::new(Hashing {
            memory,
            passes,
            cores: 1,
            max_wait: Duration::from_secs(1),
        });
        let hash = hasher.unwrap().nobodys_hash;
        let parameters = format!("$argon2id$v=19$m={memory},t={passes},p=1$");
        assert!(hash.starts_with(&parameters), "{hash}");
    }
}

#[tokio::test]
async fn sec_pwd_06_hashes_with_other_parameters_are_outdated() {
    let test = TestApp::idle(&[]).await;
    for (memory, passes, is_outdated) in [(8, 1, false), (16, 1, true), (8, 2, true)] {
        let params = Params::new(memory, passes, 1, None).unwrap();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash = argon2.hash_password(PASSWORD.as_bytes()).unwrap();
        let hash = hash.to_string();
        assert_eq!(test.app.hasher.is_outdated(&hash), is_outdated, "{hash}");
    }
}

#[tokio::test]
async fn sec_pwd_06_a_log_in_renews_a_hash_with_old_parameters() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let old = Argon2::new(
        Algorithm::Argon2id,
        Version::V0x13,
        Params::new(16, 1, 1, None).unwrap(),
    );
    let old = old.hash_password(PASSWORD.as_bytes()).unwrap().to_string();
    let set = |hash: String| {
        sqlx::query(
            "update members
         set password_hash = $1",
        )
        .bind(hash)
        .execute(&test.app.db)
    };
    set(old.clone()).await.unwrap();

    test.browser()
        .log_in("ann@example.com", OTHER_PASSWORD)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    let hash = || {
        sqlx::query_scalar::<_, String>(
            "select password_hash
         from members",
        )
        .fetch_one(&test.app.db)
    };
    assert_eq!(hash().await.unwrap(), old);
    test.browser()
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/");
    let renewed = hash().await.unwrap();
    assert_ne!(renewed, old);
    assert!(!test.app.hasher.is_outdated(&renewed));
    test.browser()
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/");
}

#[test]
fn sec_pwd_08_assessing_a_password_takes_no_longer_the_longer_it_is() {
    // The worst there is for the search: every character stands for several letters.
    let worst: String = "4@8({[<369&#$1!0o$5+7%2zZ|"
        .chars()
        .cycle()
        .take(256)
        .collect();
    let shorter: String = worst.chars().take(32).collect();
    let (one, other) = (time_of(&shorter), time_of(&worst));
    assert!(
        other < one * 5,
        "{one:?} for 32 characters, {other:?} for 256"
    );
}

fn time_of(text: &str) -> std::time::Duration {
    let start = std::time::Instant::now();
    assert_eq!(weakness(text), None);
    start.elapsed()
}

#[tokio::test]
async fn sec_pwd_09_password_managers_and_pasting_are_welcome() {
    let test = TestApp::start().await;
    test.browser().register("ann@example.com", PASSWORD).await;
    let link = test.link_for("ann@example.com").await;
    for (path, kind) in [
        ("/users/register", "new-password"),
        ("/users/log-in", "current-password"),
        (link.as_str(), "new-password"),
    ] {
        let page = test.browser().get(path).await.expect(StatusCode::OK);
        let page = page
            .expect_text("type=\"password\"")
            .expect_text(&format!("autocomplete=\"{kind}\""));
        assert!(!page.body.contains("onpaste"));
        page.expect_text("data-shows")
            .expect_text(texts::fields::SHOW);
    }
}

#[tokio::test]
async fn sec_pwd_10_a_huge_password_is_refused_before_it_is_hashed() {
    let test = TestApp::start().await;
    let before = test.app.hasher.done.load(Ordering::SeqCst);
    let body = format!(
        "email=ann%40example.com&password={}",
        "a".repeat(10_000_000)
    );
    let answer = test
        .browser()
        .send(Method::POST, "/users/register", Body::from(body))
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(test.app.hasher.done.load(Ordering::SeqCst), before);
}

#[tokio::test]
async fn sec_pwd_11_without_a_password_no_password_is_right() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    sqlx::query(
        "update members
         set password_hash = null",
    )
    .execute(&test.app.db)
    .await
    .unwrap();
    for password in ["", " ", PASSWORD, "nobody's password"] {
        test.browser()
            .log_in("ann@example.com", password)
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
        let typed = Password::typed(password);
        let is_right = test.app.hasher.verify(&typed, None).await.unwrap();
        assert!(!is_right, "{password}");
    }
}

#[tokio::test]
async fn sec_pwd_07_a_change_needs_the_current_password_and_ends_every_other_session() {
    let test = TestApp::start().await;
    let mut here = test.member("ann@example.com").await;
    let mut phone = test.browser();
    phone.log_in_remembered("ann@example.com", PASSWORD).await;
    for current in ["", "wrong", OTHER_PASSWORD] {
        here.change_password(current, OTHER_PASSWORD)
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert!(phone.is_logged_in().await);
    here.change_password(PASSWORD, OTHER_PASSWORD)
        .await
        .expect_redirect("/users/settings");
    assert!(here.is_logged_in().await && !phone.is_logged_in().await);
}

#[tokio::test]
async fn sec_pwd_07_a_change_ends_the_letters_under_way() {
    let test = TestApp::start().await;
    let mut browser = test.member("ann@example.com").await;
    for path in ["/users/reset-password", "/users/log-in/link"] {
        browser.post(path, &[("email", "ann@example.com")]).await;
    }
    let links = test.links_for("ann@example.com").await;
    let links: Vec<_> = links
        .iter()
        .filter(|link| !link.contains("/confirm/"))
        .collect();
    assert_eq!(links.len(), 2);
    browser
        .change_password(PASSWORD, OTHER_PASSWORD)
        .await
        .expect_redirect("/users/settings");
    for link in links {
        test.browser().get(link).await.expect(StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn sec_pwd_07_a_first_password_needs_sudo() {
    let test = TestApp::start().await;
    let mut browser = test.member("ann@example.com").await;
    sqlx::query(
        "update members
         set password_hash = null",
    )
    .execute(&test.app.db)
    .await
    .unwrap();
    let change = ("/users/settings/password", [("new_password", PASSWORD)]);
    test.after(session::SUDO);
    browser
        .post(change.0, &change.1)
        .await
        .expect_redirect("/users/sudo?return_to=/users/settings");
    let without = "select count(*)
         from members where password_hash is null";
    assert_eq!(test.count(without).await, 1);
}
