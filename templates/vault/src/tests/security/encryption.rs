//! CRY: what is sealed, for whom it opens, and how its keys change.

use std::collections::HashSet;

use secrecy::ExposeSecret;

use crate::{
    accounts::totp,
    app::App,
    commands::rotate_keys,
    id::{self, Id},
    tests::{security::configuration, test_app::TestApp, two_factor},
    vault::{Column, Key, Vault},
};

pub const OLD: &str = "3q2+7wAAAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBk=";
pub const NEW: &str = "Lq6QmYx1u0S3c8dV5n2rPzK7wTgBfHjEaX9oIiUlRtA=";

/// A column of a table that only these tests have.
const PIN: Column = Column {
    table: "wallets",
    name: "sealed_pin",
};

fn vault(keys: &[&str]) -> Vault {
    let keys: Vec<Key> = keys.iter().map(|key| Key::parse(key).unwrap()).collect();
    Vault::new(&keys)
}

async fn next_id(app: &App) -> Id {
    let mut tx = crate::db::begin(&app.db).await.unwrap();
    let id = id::next(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    id
}

fn opens(vault: &Vault, column: Column, row: Id, sealed: &[u8]) -> bool {
    vault.open(column, row, sealed).is_ok()
}

#[tokio::test]
async fn sec_cry_01_what_is_sealed_opens_in_its_own_place_only() {
    let test = TestApp::start().await;
    let vault = vault(&[OLD]);
    let (row, other_row) = (next_id(&test.app).await, next_id(&test.app).await);
    let sealed = vault.seal(PIN, row, b"1234").unwrap();
    let opened = vault.open(PIN, row, &sealed).unwrap();
    assert_eq!(opened.expose_secret(), b"1234");
    assert!(!sealed.windows(4).any(|bytes| bytes == b"1234"));

    let other_column = Column {
        name: "sealed_puk",
        ..PIN
    };
    let other_table = Column {
        table: "purses",
        ..PIN
    };
    assert!(!opens(&vault, PIN, other_row, &sealed), "in another row");
    assert!(!opens(&vault, other_column, row, &sealed), "another column");
    assert!(!opens(&vault, other_table, row, &sealed), "another table");
}

#[tokio::test]
async fn sec_cry_01_what_was_changed_does_not_open() {
    let test = TestApp::start().await;
    let (vault, row) = (vault(&[OLD]), next_id(&test.app).await);
    let sealed = vault.seal(PIN, row, b"1234").unwrap();
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(!opens(&vault, PIN, row, &changed), "byte {at}");
        assert!(!opens(&vault, PIN, row, &sealed[..at]), "cut at {at}");
    }
}

#[tokio::test]
async fn sec_cry_02_no_nonce_comes_twice() {
    let test = TestApp::start().await;
    let (vault, row) = (vault(&[OLD]), next_id(&test.app).await);
    let sealed = (0..20_000).map(|_| vault.seal(PIN, row, b"1234").unwrap());
    let nonces: HashSet<Vec<u8>> = sealed.map(|sealed| sealed[8..32].to_vec()).collect();
    assert_eq!(nonces.len(), 20_000);
}

async fn wallet(app: &App, pin: &[u8]) -> Id {
    let id = next_id(app).await;
    sqlx::query("insert into wallets (id, sealed_pin) values ($1, $2)")
        .bind(id)
        .bind(app.vault.seal(PIN, id, pin).unwrap())
        .execute(&app.db)
        .await
        .unwrap();
    id
}

async fn pin(app: &App, id: Id) -> anyhow::Result<Vec<u8>> {
    let sealed: Vec<u8> = sqlx::query_scalar("select sealed_pin from wallets where id = $1")
        .bind(id)
        .fetch_one(&app.db)
        .await?;
    Ok(app.vault.open(PIN, id, &sealed)?.expose_secret().to_vec())
}

/// With a table of wallets that looks like one of ours.
async fn with_wallets(settings: &[(&str, &str)]) -> TestApp {
    let test = TestApp::start_with(settings).await;
    sqlx::query("create table wallets as select id, token_hash as sealed_pin from sessions")
        .execute(&test.app.db)
        .await
        .unwrap();
    test
}

#[tokio::test]
async fn sec_cry_03_keys_change_while_people_are_busy() {
    let test = with_wallets(&[("ENCRYPTION_KEYS", OLD)]).await;
    let mut wallets = Vec::new();
    for number in 0..250 {
        wallets.push(wallet(&test.app, format!("{number}").as_bytes()).await);
    }
    // The old process goes on while the new one, which knows both keys, seals everything anew.
    let new = test
        .other_app(&[("ENCRYPTION_KEYS", &format!("{NEW},{OLD}"))])
        .await;
    let busy = async {
        for round in 0..3 {
            for (number, id) in wallets.iter().enumerate() {
                let expected = number.to_string().into_bytes();
                assert_eq!(pin(&new, *id).await.unwrap(), expected, "round {round}");
            }
        }
        wallet(&test.app, b"late").await
    };
    let (sealed, late) = tokio::join!(rotate_keys::seal_anew(&new, PIN), busy);
    assert!(sealed.unwrap() >= 250);
    // It is resumed, and finds what the old process has sealed since.
    rotate_keys::seal_anew(&new, PIN).await.unwrap();
    assert_eq!(rotate_keys::seal_anew(&new, PIN).await.unwrap(), 0);

    let newest = test.other_app(&[("ENCRYPTION_KEYS", NEW)]).await;
    for (number, id) in wallets.iter().enumerate() {
        assert_eq!(
            pin(&newest, *id).await.unwrap(),
            number.to_string().into_bytes()
        );
    }
    assert_eq!(pin(&newest, late).await.unwrap(), b"late");
    assert!(pin(&test.app, wallets[0]).await.is_err());
}

#[tokio::test]
async fn sec_cry_03_what_somebody_writes_meanwhile_is_kept() {
    let test = with_wallets(&[("ENCRYPTION_KEYS", OLD)]).await;
    let id = wallet(&test.app, b"before").await;
    let before: Vec<u8> = sqlx::query_scalar("select sealed_pin from wallets where id = $1")
        .bind(id)
        .fetch_one(&test.app.db)
        .await
        .unwrap();
    sqlx::query("update wallets set sealed_pin = $2 where id = $1")
        .bind(id)
        .bind(test.app.vault.seal(PIN, id, b"meanwhile").unwrap())
        .execute(&test.app.db)
        .await
        .unwrap();
    let both = format!("{NEW},{OLD}");
    let new = test.other_app(&[("ENCRYPTION_KEYS", &both)]).await;
    rotate_keys::seal_row_anew(&new, PIN, id, &before)
        .await
        .unwrap();
    assert_eq!(pin(&new, id).await.unwrap(), b"meanwhile");
}

#[tokio::test]
async fn sec_cry_03_a_key_that_is_missing_is_named_and_nothing_is_lost() {
    let test = with_wallets(&[("ENCRYPTION_KEYS", OLD)]).await;
    let id = wallet(&test.app, b"1234").await;
    let without = test.other_app(&[("ENCRYPTION_KEYS", NEW)]).await;
    let error = rotate_keys::seal_anew(&without, PIN).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("wallets.sealed_pin:{id}: its key is not in ENCRYPTION_KEYS")
    );
    assert_eq!(pin(&test.app, id).await.unwrap(), b"1234");
}

#[tokio::test]
async fn sec_cry_03_every_column_of_ours_is_sealed_anew() {
    let test = TestApp::start_with(&[("ENCRYPTION_KEYS", OLD)]).await;
    let ann = two_factor::member(&test, "ann@example.com").await;
    let both = format!("{NEW},{OLD}");
    let new = test.other_app(&[("ENCRYPTION_KEYS", &both)]).await;
    rotate_keys::run(&new).await.unwrap();
    let newest = test.other_app(&[("ENCRYPTION_KEYS", NEW)]).await;
    let mut held = test.hold("ann@example.com").await;
    let code = ann.phone.code(&test);
    assert!(totp::consume(&newest, &mut held, &code).await.unwrap());
}

#[test]
fn sec_cry_03_the_id_of_a_key_tells_nothing_of_it_and_stays() {
    let (one, again) = (vault(&[OLD]), vault(&[OLD, NEW]));
    let id = [0x65, 0x20, 0x68, 0x81, 0x63, 0x51, 0xe3, 0x0c];
    assert_eq!(one.current_id().unwrap(), id);
    assert_eq!(again.current_id().unwrap(), id);
    assert_ne!(
        one.current_id().unwrap(),
        vault(&[NEW]).current_id().unwrap()
    );
}

#[tokio::test]
async fn sec_cry_05_what_goes_wrong_never_shows_what_was_sealed() {
    let test = TestApp::start().await;
    let (vault, row) = (vault(&[OLD]), next_id(&test.app).await);
    let sealed = vault.seal(PIN, row, b"open sesame").unwrap();
    let opened = vault.open(PIN, row, &sealed).unwrap();
    assert!(!format!("{opened:?}").contains("sesame"));
    let error = vault
        .open(PIN, next_id(&test.app).await, &sealed)
        .unwrap_err();
    assert!(!format!("{error:?}").contains("sesame"));
}

#[test]
fn sec_cfg_01_production_refuses_keys_that_are_missing_short_typed_or_a_developers() {
    let typed = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let developers = "ZGV2ZWxvcG1lbnQgb25seSwgbm90IHByb2R1Y3Rpb24=";
    let second = format!("{OLD},{typed}");
    for keys in ["", "too short", typed, developers, &second] {
        let problems = configuration::read("ENCRYPTION_KEYS", keys).err().unwrap();
        assert_eq!(problems.len(), 1, "{keys}: {problems:?}");
        assert!(problems[0].starts_with("ENCRYPTION_KEYS "), "{problems:?}");
        assert!(
            keys.is_empty() || !problems[0].contains(keys),
            "{problems:?}"
        );
    }
    let both = configuration::read("ENCRYPTION_KEYS", &format!("{NEW}, {OLD}")).ok();
    assert_eq!(both.unwrap().encryption_keys.len(), 2);
}
