//! PKY: what an authenticator signs. Each test changes one thing of a ceremony that is right without the change.

use axum::http::StatusCode;
use serde_json::{Value, json};
use time::Duration;

use super::encryption;
use crate::{
    accounts::passkey::SEALED_CREDENTIAL,
    commands::rotate_keys,
    id::Id,
    tests::{
        OTHER_PASSWORD, PASSWORD,
        authenticator::{
            BACKUP, Begun, FLAGS, Key, LOG_IN, SETTINGS, SUDO, add, decode, encode, location,
            log_in,
        },
        browser::{Answer, Browser},
        test_app::TestApp,
    },
};

const ANN: &str = "ann@example.com";
const BOB: &str = "bob@example.com";
const CHANGE: &str = "/users/settings/password/passkey";

/// Where the length of the credential's id stands in authenticator data, and the id.
const ID_LENGTH: std::ops::Range<usize> = 53..55;
const ID: std::ops::Range<usize> = 55..71;
/// Where the public key begins.
const PUBLIC_KEY: usize = 71;

/// An account with one passkey.
async fn with_passkey(key: &mut Key) -> (TestApp, Browser) {
    let test = TestApp::start().await;
    let mut browser = test.member(ANN).await;
    location(&add(&mut browser, key).await);
    (test, browser)
}

async fn sign_at(
    browser: &mut Browser,
    path: &str,
    key: &mut Key,
    change: impl FnOnce(&mut Value),
) -> Answer {
    let begun = Begun::begin(browser, path, json!({})).await;
    let mut credential = key.sign(&begun.options).await;
    change(&mut credential);
    begun.finish(browser, &credential).await
}

#[track_caller]
fn expect_refused(answer: &Answer) {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(
        answer
            .set_cookies()
            .iter()
            .all(|c| !c.contains("_session="))
    );
}

/// Neither a log-in nor sudo takes what this key signs.
async fn expect_no_use(test: &TestApp, member: &mut Browser, key: &mut Key) {
    expect_refused(&log_in(&mut test.browser(), key).await);
    expect_refused(&sign_at(member, SUDO, key, |_| ()).await);
}

/// Nothing that this key makes is registered.
async fn expect_no_registration(member: &mut Browser, mut key: Key) {
    expect_refused(&add(member, &mut key).await);
}

#[tokio::test]
async fn sec_pky_01_the_type_is_that_of_the_ceremony() {
    let mut key = Key::new();
    let (test, mut member) = with_passkey(&mut key).await;
    for kind in ["webauthn.create", "payment.get", ""] {
        key.client_data.insert("type".to_owned(), kind.into());
        expect_no_use(&test, &mut member, &mut key).await;
    }
    let mut other = Key::new();
    let kind = "webauthn.get".into();
    other.client_data.insert("type".to_owned(), kind);
    expect_no_registration(&mut member, other).await;
}

#[tokio::test]
async fn sec_pky_01_a_credential_is_a_public_key() {
    let mut key = Key::new();
    let (test, mut member) = with_passkey(&mut key).await;
    let rename = |credential: &mut Value| credential["type"] = json!("password");
    let mut browser = test.browser();
    browser.get("/users/log-in").await;
    expect_refused(&sign_at(&mut browser, LOG_IN, &mut key, rename).await);
    let begun = Begun::begin(&mut member, SETTINGS, json!({ "kind": "login" })).await;
    let mut credential = Key::new().create(&begun.options).await;
    rename(&mut credential);
    expect_refused(&begun.finish(&mut member, &credential).await);
}

#[tokio::test]
async fn sec_pky_02_a_challenge_is_random_and_answered_once_within_five_minutes() {
    let mut key = Key::new();
    let (test, _) = with_passkey(&mut key).await;
    let mut browser = test.browser();
    browser.get("/users/log-in").await;

    let first = Begun::begin(&mut browser, LOG_IN, json!({})).await;
    let second = Begun::begin(&mut browser, LOG_IN, json!({})).await;
    let (one, other) = (
        decode(&first.options["challenge"]),
        decode(&second.options["challenge"]),
    );
    assert!(one.len() >= 16 && one != other);
    // The answer to one challenge is none to the other.
    let credential = key.sign(&first.options).await;
    expect_refused(&second.finish(&mut browser, &credential).await);

    location(&first.finish(&mut browser.clone(), &credential).await);
    test.after(Duration::seconds(61));
    expect_refused(&first.finish(&mut browser, &credential).await);

    let late = Begun::begin(&mut browser, LOG_IN, json!({})).await;
    let credential = key.sign(&late.options).await;
    test.after(Duration::minutes(5));
    expect_refused(&late.finish(&mut browser, &credential).await);
    let in_time = Begun::begin(&mut browser, LOG_IN, json!({})).await;
    let credential = key.sign(&in_time.options).await;
    test.after(Duration::seconds(4 * 60 + 55));
    location(&in_time.finish(&mut browser, &credential).await);
}

#[tokio::test]
async fn sec_pky_02_a_challenge_is_for_one_browser_one_session_and_one_purpose() {
    let mut key = Key::new();
    let (test, mut member) = with_passkey(&mut key).await;
    let mut browser = test.browser();
    browser.get("/users/log-in").await;
    let begun = Begun::begin(&mut browser, LOG_IN, json!({})).await;
    let credential = key.sign(&begun.options).await;
    let mut thief = test.browser();
    thief.get("/users/log-in").await;
    expect_refused(&begun.finish(&mut thief, &credential).await);
    // Trying it elsewhere has not used it up.
    location(&begun.finish(&mut browser, &credential).await);

    let sudo = Begun::begin(&mut member, SUDO, json!({})).await;
    let credential = key.sign(&sudo.options).await;
    expect_refused(&sudo.finish(&mut browser, &credential).await);
    let elsewhere = sudo.at(LOG_IN);
    expect_refused(&elsewhere.finish(&mut member, &credential).await);

    let begun = Begun::begin(&mut member, SETTINGS, json!({ "kind": "second_factor" })).await;
    let mut other = Key::new();
    let credential = other.create(&begun.options).await;
    let swapped = begun.with("kind", "login");
    expect_refused(&swapped.finish(&mut member, &credential).await);
}

#[tokio::test]
async fn sec_pky_02_a_challenge_for_sudo_changes_no_password_and_the_other_way_round() {
    let mut key = Key::new();
    let (test, mut member) = with_passkey(&mut key).await;
    for (from, to) in [(SUDO, CHANGE), (CHANGE, SUDO)] {
        let begun = Begun::begin(&mut member, from, json!({})).await;
        let credential = key.sign(&begun.options).await;
        let begun = begun.at(to).with("new_password", OTHER_PASSWORD);
        expect_refused(&begun.finish(&mut member, &credential).await);
    }
    test.browser()
        .log_in(ANN, PASSWORD)
        .await
        .expect_redirect("/");
}

#[tokio::test]
async fn sec_pky_03_the_origin_is_one_of_ours_to_the_letter() {
    let mut key = Key::new();
    let (test, mut member) = with_passkey(&mut key).await;
    for origin in [
        "http://localhost:4000.evil",
        "http://localhost:4001",
        "http://localhost",
        "https://localhost:4000",
        "http://evil.localhost:4000",
        "http://localhost:4000/",
        "http://localhost:4000/path",
        "http://user@localhost:4000",
        "HTTP://LOCALHOST:4000",
        "http://localhost.:4000",
        "null",
    ] {
        let mut other = Key::new();
        for key in [&mut key, &mut other] {
            key.client_data.insert("origin".to_owned(), origin.into());
        }
        expect_no_use(&test, &mut member, &mut key).await;
        expect_no_registration(&mut member, other).await;
    }
}

#[tokio::test]
async fn sec_pky_03_a_related_origin_is_one_that_is_named() {
    let related = [("PASSKEY_ORIGINS", "https://example.de")];
    let test = TestApp::start_with(&related).await;
    let mut member = test.member(ANN).await;
    let mut key = Key::new();
    add(&mut member, &mut key).await;
    let mut from = async |origin: &str| {
        key.client_data.insert("origin".to_owned(), origin.into());
        log_in(&mut test.browser(), &mut key).await
    };
    location(&from("https://example.de").await);
    expect_refused(&from("https://example.fr").await);
    expect_refused(&from("https://www.example.de").await);
}

#[tokio::test]
async fn sec_pky_04_no_frame_of_another_site_asks() {
    let mut key = Key::new();
    let (test, mut member) = with_passkey(&mut key).await;
    for (name, value) in [
        ("crossOrigin", json!(true)),
        ("topOrigin", json!("https://evil.example")),
        ("topOrigin", json!("http://localhost:4000")),
    ] {
        let mut other = Key::new();
        for key in [&mut key, &mut other] {
            key.client_data.clear();
            key.client_data.insert(name.to_owned(), value.clone());
        }
        expect_no_use(&test, &mut member, &mut key).await;
        expect_no_registration(&mut member, other).await;
    }
}

#[tokio::test]
async fn sec_pky_05_what_is_signed_is_for_our_domain() {
    let mut key = Key::new();
    let (test, mut member) = with_passkey(&mut key).await;
    for rp_id in ["evil.example", "localhost.evil", "host"] {
        let mut other = Key::new();
        for key in [&mut key, &mut other] {
            key.rp_id = Some(rp_id.to_owned());
        }
        expect_no_use(&test, &mut member, &mut key).await;
        expect_no_registration(&mut member, other).await;
    }
}

#[tokio::test]
async fn sec_pky_06_the_user_is_present_and_verified() {
    let mut key = Key::new();
    let (test, mut member) = with_passkey(&mut key).await;
    for (is_present, is_verified) in [(true, false), (false, true), (false, false)] {
        key.holder.is_present = is_present;
        key.holder.is_verified = is_verified;
        expect_no_use(&test, &mut member, &mut key).await;
        let mut other = Key::new();
        other.change = Box::new(move |data| {
            data[FLAGS] &= !0b101;
            data[FLAGS] |= u8::from(is_present) | u8::from(is_verified) << 2;
        });
        expect_no_registration(&mut member, other).await;
    }
}

#[tokio::test]
async fn sec_pky_07_copies_are_announced_at_registration_or_never() {
    let mut key = Key::new();
    key.change = Box::new(|data| data[FLAGS] &= !BACKUP);
    // It says that it cannot be copied, and signs later as one that can.
    let (test, mut member) = with_passkey(&mut key).await;
    expect_no_use(&test, &mut member, &mut key).await;
    // It says that it was copied, and that it cannot be.
    let mut other = Key::new();
    other.change = Box::new(|data| data[FLAGS] &= !0b1000);
    expect_no_registration(&mut member, other).await;
}

#[tokio::test]
async fn sec_pky_08_the_public_key_is_one_that_was_asked_for_and_a_point_of_its_curve() {
    let test = TestApp::start().await;
    let mut member = test.member(ANN).await;
    let changes: [fn(&mut Vec<u8>); 5] = [
        // EdDSA, and RS256 with the key of ES256.
        |data| data[PUBLIC_KEY + 4] = 0x27,
        |data| {
            data.splice(PUBLIC_KEY + 4..PUBLIC_KEY + 5, [0x39, 0x01, 0x00]);
        },
        // Not on the curve.
        |data| *data.last_mut().unwrap() ^= 1,
        // Without y.
        |data| {
            data.truncate(data.len() - 35);
            data[PUBLIC_KEY] = 0xa4;
        },
        // Another item behind it.
        |data| data.push(0xa0),
    ];
    for change in changes {
        let mut key = Key::new();
        key.change = Box::new(change);
        expect_no_registration(&mut member, key).await;
    }
}

#[tokio::test]
async fn sec_pky_09_an_id_is_registered_once_and_is_neither_short_nor_long() {
    let mut key = Key::new();
    let (test, mut member) = with_passkey(&mut key).await;
    let id = key.passkey.as_ref().unwrap().credential_id.to_vec();
    let mut other = test.member(BOB).await;
    for browser in [&mut member, &mut other] {
        let (mut same, id) = (Key::new(), id.clone());
        same.change = Box::new(move |data| data[ID].copy_from_slice(&id));
        let answer = add(browser, &mut same).await;
        assert!(answer.status.is_client_error(), "{}", answer.body);
    }
    assert_eq!(test.count("select count(*) from passkeys").await, 1);

    for length in [8_u16, 1024] {
        let mut key = Key::new();
        key.change = Box::new(move |data| {
            data[ID_LENGTH].copy_from_slice(&length.to_be_bytes());
            data.splice(ID, vec![7; usize::from(length)]);
        });
        expect_no_registration(&mut member, key).await;
    }
}

#[tokio::test]
async fn sec_pky_10_a_passkey_belongs_to_whom_the_authenticator_names() {
    let (mut key, mut key_of_bob) = (Key::new(), Key::new());
    let (test, mut member) = with_passkey(&mut key).await;
    let mut bob = test.member(BOB).await;
    add(&mut bob, &mut key_of_bob).await;
    let handle = |key: &Key| {
        let handle = key.passkey.as_ref().unwrap().user_handle.clone();
        json!(encode(&handle.unwrap()))
    };
    let of_bob = handle(&key_of_bob);
    for named in [Value::Null, of_bob, json!("")] {
        let mut browser = test.browser();
        let name = |credential: &mut Value| credential["response"]["userHandle"] = named.clone();
        expect_refused(&sign_at(&mut browser, LOG_IN, &mut key, name).await);
    }
    // Sudo knows who it is, so it may be left out; but another name, or another user's passkey, is none.
    let another = json!(encode(&[7; 16]));
    let name = |credential: &mut Value| credential["response"]["userHandle"] = another.clone();
    expect_refused(&sign_at(&mut member, SUDO, &mut key, name).await);
    let name = |credential: &mut Value| credential["response"]["userHandle"] = Value::Null;
    location(&sign_at(&mut member, SUDO, &mut key, name).await);
    expect_refused(&sign_at(&mut member, SUDO, &mut key_of_bob, |_| ()).await);
    let id = key.passkey.as_ref().unwrap().credential_id.to_vec();
    let swap = |credential: &mut Value| credential["rawId"] = json!(encode(&id));
    expect_refused(&sign_at(&mut member, SUDO, &mut key_of_bob, swap).await);
}

#[tokio::test]
async fn sec_pky_11_no_bit_of_what_was_signed_can_be_flipped() {
    let mut key = Key::new();
    let (test, _) = with_passkey(&mut key).await;
    let mut browser = test.browser();
    browser.get("/users/log-in").await;
    test.after(Duration::hours(1));
    for field in ["authenticatorData", "clientDataJSON", "signature"] {
        for step in 0..8 {
            let flip = |credential: &mut Value| {
                let mut bytes = decode(&credential["response"][field]);
                let at = step * (bytes.len() - 1) / 7;
                bytes[at] ^= 1 << step;
                credential["response"][field] = json!(encode(&bytes));
            };
            expect_refused(&sign_at(&mut browser, LOG_IN, &mut key, flip).await);
            test.after(Duration::seconds(10));
        }
    }
    location(&sign_at(&mut browser, LOG_IN, &mut key, |_| ()).await);
}

#[tokio::test]
async fn sec_pky_17_unsolicited_extensions_are_not_kept() {
    let test = TestApp::start().await;
    let mut member = test.member(ANN).await;
    let mut key = Key::new();
    key.change = Box::new(|data| {
        data[FLAGS] |= 0b1000_0000;
        data.extend(b"\xa2\x6bhmac-secret\xf5\x6bcredProtect\x01");
    });
    let begun = Begun::begin(&mut member, SETTINGS, json!({ "kind": "login" })).await;
    let mut credential = key.create(&begun.options).await;
    credential["clientExtensionResults"] =
        json!({ "credProps": { "rk": true }, "prf": { "enabled": true }, "evil": "x" });
    location(&begun.finish(&mut member, &credential).await);

    let (id, sealed): (Id, Vec<u8>) = sqlx::query_as("select id, sealed_credential from passkeys")
        .fetch_one(&test.app.db)
        .await
        .unwrap();
    let kept = test.app.vault.open(SEALED_CREDENTIAL, id, &sealed).unwrap();
    let kept: Value = serde_json::from_slice(secrecy::ExposeSecret::expose_secret(&kept)).unwrap();
    for (name, state) in kept["extensions"].as_object().unwrap() {
        assert_eq!(state, "NotRequested", "{name}");
    }
    location(&log_in(&mut test.browser(), &mut key).await);
}

#[tokio::test]
async fn sec_pky_17_nor_are_many_bytes_of_them() {
    let test = TestApp::start().await;
    let mut member = test.member(ANN).await;
    let mut key = Key::new();
    key.change = Box::new(|data| {
        data[FLAGS] |= 0b1000_0000;
        // A map of one text, which is 4 KiB long.
        data.extend(b"\xa1\x61x\x79\x10\x00");
        data.extend([b'x'; 4096]);
    });
    expect_no_registration(&mut member, key).await;
}

#[tokio::test]
async fn sec_cry_03_passkeys_are_reencrypted() {
    let test = TestApp::start_with(&[("ENCRYPTION_KEYS", encryption::OLD)]).await;
    add(&mut test.member(ANN).await, &mut Key::new()).await;
    let both = format!("{},{}", encryption::NEW, encryption::OLD);
    let both = test.other_app(&[("ENCRYPTION_KEYS", &both)]).await;
    rotate_keys::run(&both).await.unwrap();
    let newest = test
        .other_app(&[("ENCRYPTION_KEYS", encryption::NEW)])
        .await;
    let (id, sealed): (Id, Vec<u8>) = sqlx::query_as("select id, sealed_credential from passkeys")
        .fetch_one(&test.app.db)
        .await
        .unwrap();
    let opened = newest.vault.open(SEALED_CREDENTIAL, id, &sealed);
    assert!(opened.is_ok());
}
