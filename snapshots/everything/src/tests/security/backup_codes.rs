//! MFA-8: backup codes.

use std::collections::BTreeSet;

use argon2::{Algorithm, Argon2, Params, Version};
use axum::http::StatusCode;

use crate::{
    accounts::backup_code,
    tests::{
        test_app::TestApp,
        two_factor::{self, SETTINGS, STEP},
    },
    texts::second_factor::{self as texts, letters},
};

const ANN: &str = "ann@example.com";
const REGENERATE: &str = "/users/settings/second-factor/backup-codes";
const CODES: &str = "select count(*) from backup_codes";

#[tokio::test]
async fn sec_mfa_08_there_are_ten_of_fifty_bits() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let codes: BTreeSet<_> = ann.backup_codes.iter().collect();
    assert_eq!(codes.len(), 10);
    for code in codes {
        let (first, last) = code.split_once('-').unwrap();
        // Characters of five bits each.
        assert_eq!((first.len(), last.len()), (5, 5), "{code}");
    }
}

#[tokio::test]
async fn sec_mfa_08_they_are_kept_as_slow_hashes_with_one_salt() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let rows: Vec<(Vec<u8>, Vec<u8>)> =
        sqlx::query_as("select salt, code_hash from backup_codes order by id")
            .fetch_all(&test.app.db)
            .await
            .unwrap();
    let salts: BTreeSet<_> = rows.iter().map(|(salt, _)| salt.clone()).collect();
    assert_eq!((rows.len(), salts.len()), (10, 1));
    let salt = &rows[0].0;
    assert_eq!(salt.len(), 16);
    // With the parameters of all hashes in tests.
    let params = Params::new(8, 1, 1, None).unwrap();
    let argon2id = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    for (code, (_, kept)) in ann.backup_codes.iter().zip(&rows) {
        let mut hash = [0; 32];
        let plain = code.replace('-', "");
        argon2id
            .hash_password_into(plain.as_bytes(), salt, &mut hash)
            .unwrap();
        assert_eq!(kept, &hash, "{code}");
    }
}

#[tokio::test]
async fn sec_mfa_08_a_code_works_once_however_it_is_typed() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let code = ann.backup_codes[3].to_lowercase().replace('-', " ");
    let mut browser = ann.pending(&test, ANN).await;
    browser
        .post(STEP, &[("code", &code)])
        .await
        .expect_redirect("/");
    test.expect_letter(ANN, letters::USED_SUBJECT).await;
    let mut other = ann.pending(&test, ANN).await;
    other
        .post(STEP, &[("code", &ann.backup_codes[3])])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn sec_mfa_08_of_ten_browsers_with_one_code_one_gets_in() {
    let test = TestApp::start().await;
    let ann = two_factor::member(&test, ANN).await;
    let mut pending = Vec::new();
    for _ in 0..10 {
        pending.push(ann.pending(&test, ANN).await);
    }
    let code = &ann.backup_codes[0];
    let tries = pending.into_iter().map(|mut browser| {
        let code = code.clone();
        tokio::spawn(async move { browser.post(STEP, &[("code", &code)]).await.status })
    });
    let mut right = 0;
    for one in tries.collect::<Vec<_>>() {
        right += usize::from(one.await.unwrap() == StatusCode::SEE_OTHER);
    }
    assert_eq!(right, 1);
    assert_eq!(test.count(CODES).await, 9);
}

#[tokio::test]
async fn sec_mfa_08_they_are_shown_once() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    let page = ann.browser.post(REGENERATE, &[]).await;
    let codes = two_factor::backup_codes(&page.expect(StatusCode::OK).body);
    assert_eq!(codes.len(), 10);
    for (path, is_a_page) in [
        (SETTINGS, true),
        (REGENERATE, false),
        ("/users/settings", true),
    ] {
        let answer = ann.browser.get(path).await;
        assert_eq!(answer.status == StatusCode::OK, is_a_page, "{path}");
        for code in codes.iter().chain(&ann.backup_codes) {
            assert!(!answer.body.contains(code.as_str()), "{path}");
        }
    }
    let export = ann.browser.get("/users/settings/export").await;
    let export = export.expect(StatusCode::OK).expect_text(ANN).body;
    for word in ["code_hash", "salt", "sealed", codes[0].as_str()] {
        assert!(!export.contains(word), "{word}");
    }
}

#[tokio::test]
async fn sec_mfa_08_new_ones_end_the_old_ones() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    let page = ann.browser.post(REGENERATE, &[]).await;
    let new = two_factor::backup_codes(&page.expect(StatusCode::OK).body);
    assert_eq!(test.count(CODES).await, 10);
    // The second of two clicks shows the same.
    let again = ann.browser.post(REGENERATE, &[]).await.body;
    assert_eq!(two_factor::backup_codes(&again), new);
    test.expect_letter(ANN, letters::CODES_SUBJECT).await;
    let mut browser = ann.pending(&test, ANN).await;
    browser
        .post(STEP, &[("code", &ann.backup_codes[0])])
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    browser
        .post(STEP, &[("code", &new[0])])
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn sec_mfa_08_there_are_none_without_a_second_factor() {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    browser
        .post(REGENERATE, &[])
        .await
        .expect_redirect(SETTINGS);
    assert_eq!(test.count(CODES).await, 0);
}

#[tokio::test]
async fn sec_mfa_08_users_are_reminded_when_two_are_left() {
    let test = TestApp::start().await;
    let mut ann = two_factor::member(&test, ANN).await;
    for (number, code) in ann.backup_codes[..8].iter().enumerate() {
        let mut browser = ann.pending(&test, ANN).await;
        browser
            .post(STEP, &[("code", code)])
            .await
            .expect_redirect("/");
        let is_told = browser
            .get("/")
            .await
            .body
            .contains(texts::FEW_BACKUP_CODES);
        assert_eq!(is_told, number == 7, "after {}", number + 1);
        // Codes of unknown browsers are limited.
        test.after(time::Duration::minutes(1));
    }
    assert_eq!(backup_code::REMIND_AT, 2);
    ann.browser
        .get(SETTINGS)
        .await
        .expect_text("Only 2 backup codes are left.");
}
