//! PWD-6: passwords whose hashes another program has made. These were made with Python's `bcrypt` and `hashlib`.

use axum::http::StatusCode;

use crate::tests::{OTHER_PASSWORD, PASSWORD, test_app::TestApp};

const BCRYPT_2A: &str = "$2a$04$Ho7lLuODVsPKUncHeNahe.Poy2vEENWd3NVdDSZXdMu6N3r5.w8aW";
const BCRYPT_2B: &str = "$2b$04$m.UX.MdvVB0gvOIFVND4Ke5NjnOB/BdzuCGzFabqtL9.Al2n9Va4S";
const BCRYPT_2Y: &str = "$2y$04$m.UX.MdvVB0gvOIFVND4Ke5NjnOB/BdzuCGzFabqtL9.Al2n9Va4S";
const SCRYPT: &str =
    "$scrypt$ln=4,r=8,p=1$AQIDBAUGBwgJCgsMDQ4PEA$+ne07WTRh83KR1ZLv6r4i53aINy1gaSKnL9L4OOds9c";
const PBKDF2: &str =
    "$pbkdf2-sha256$i=1000,l=32$AQIDBAUGBwgJCgsMDQ4PEA$H//CvwfNexEz+mitSe0h2jkG6kjOQzRxh3cFMbSlyUM";

/// "meadow trumpet gravel nine " four times, of which bcrypt has seen 72 bytes.
const BCRYPT_OF_108: &str = "$2b$04$KHihUkuG62oQSPWJ1U6TEuOWF7jxUY3RPOp2EfdALOuDyR7fnLcZm";

async fn with_hash(hash: &str) -> TestApp {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    set_hash(&test, hash).await;
    test
}

async fn set_hash(test: &TestApp, hash: &str) {
    sqlx::query(
        "update {= users =}
         set password_hash = $1",
    )
    .bind(hash)
    .execute(&test.app.db)
    .await
    .unwrap();
}

async fn hash(test: &TestApp) -> String {
    sqlx::query_scalar(
        "select password_hash
         from {= users =}",
    )
    .fetch_one(&test.app.db)
    .await
    .unwrap()
}

async fn is_refused(test: &TestApp, password: &str) {
    test.browser()
        .log_in("ann@example.com", password)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
}

async fn comes_in(test: &TestApp, password: &str) {
    test.browser()
        .log_in("ann@example.com", password)
        .await
        .expect_redirect("/");
}

/// A wrong password leaves the row alone, the right one makes it Argon2id, and goes on being right.
async fn is_renewed(imported: &str) {
    let test = with_hash(imported).await;
    is_refused(&test, OTHER_PASSWORD).await;
    assert_eq!(hash(&test).await, imported);
    comes_in(&test, PASSWORD).await;
    let renewed = hash(&test).await;
    assert!(renewed.starts_with("$argon2id$"), "{renewed}");
    assert!(!test.app.hasher.is_outdated(&renewed));
    comes_in(&test, PASSWORD).await;
    assert_eq!(hash(&test).await, renewed);
    is_refused(&test, OTHER_PASSWORD).await;
}

#[tokio::test]
async fn sec_pwd_06_a_log_in_renews_a_hash_of_bcrypt() {
    for imported in [BCRYPT_2A, BCRYPT_2B, BCRYPT_2Y] {
        is_renewed(imported).await;
    }
}

#[tokio::test]
async fn sec_pwd_06_a_log_in_renews_a_hash_of_scrypt() {
    is_renewed(SCRYPT).await;
}

#[tokio::test]
async fn sec_pwd_06_a_log_in_renews_a_hash_of_pbkdf2() {
    is_renewed(PBKDF2).await;
}

#[tokio::test]
async fn sec_pwd_06_the_new_hash_counts_what_bcrypt_did_not() {
    let test = with_hash(BCRYPT_OF_108).await;
    let long = format!("{PASSWORD} ").repeat(4);
    is_refused(&test, &long[..71]).await;
    comes_in(&test, &long).await;
    is_refused(&test, &long[..107]).await;
    comes_in(&test, &long).await;
}

#[tokio::test]
async fn sec_pwd_06_another_scheme_is_never_taken_for_todays() {
    let test = TestApp::start().await;
    let salt_and_hash = "AQIDBAUGBwgJCgsMDQ4PEA$H//CvwfNexEz+mitSe0h2jkG6kjOQzRxh3cFMbSlyUM";
    for scheme in ["pbkdf2-sha256", "scrypt", "argon2i$v=19$m=8,t=1,p=1"] {
        let hash = format!("${scheme}${salt_and_hash}");
        assert!(test.app.hasher.is_outdated(&hash), "{hash}");
    }
}

/// The right hash of the right password, with more lanes than anybody asks for.
#[tokio::test]
async fn sec_pwd_08_a_hash_that_costs_too_much_is_not_computed() {
    let lanes =
        "$scrypt$ln=4,r=1,p=32$AQIDBAUGBwgJCgsMDQ4PEA$ppAAFWbPIg7p9vPhhjsxPX1g94q6MTwKYCL+kMR42m0";
    is_refused(&with_hash(lanes).await, PASSWORD).await;
}

#[tokio::test]
async fn sec_pwd_06_a_broken_hash_is_nobodys_password() {
    let test = with_hash("").await;
    let cut = |hash: &str| hash[..hash.len() - 1].to_owned();
    for broken in [
        String::new(),
        "$".to_owned(),
        "$2b$".to_owned(),
        PASSWORD.to_owned(),
        cut(BCRYPT_2B),
        cut(SCRYPT),
        cut(PBKDF2),
        BCRYPT_2B.replacen("m.UX", "m.ü", 1),
        BCRYPT_2B.replacen("$04$", "$31$", 1),
        BCRYPT_2B.replacen("$04$", "$99$", 1),
        SCRYPT.replacen("ln=4", "ln=40", 1),
        SCRYPT.replacen("ln=4", "ln=0", 1),
        SCRYPT.replacen("r=8,p=1", "r=4294967295,p=4294967295", 1),
        SCRYPT.replacen("p=1", "p=536870911", 1),
        PBKDF2.replacen("i=1000", "i=4294967295", 1),
        PBKDF2.replacen("l=32", "l=4000", 1),
        PBKDF2.replacen("i=1000,l=32", "", 1),
        "$argon2id$v=19$m=4294967295,t=1,p=1$AQIDBAUGBwgJCgsMDQ4PEA$AQIDBAUGBwgJCgsMDQ4PEA"
            .to_owned(),
        "$md5$AQIDBAUGBwgJCgsMDQ4PEA$AQIDBAUGBwgJCgsMDQ4PEA".to_owned(),
    ] {
        test.after(time::Duration::hours(2));
        set_hash(&test, &broken).await;
        is_refused(&test, PASSWORD).await;
        assert_eq!(hash(&test).await, broken);
    }
}
