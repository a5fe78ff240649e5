//! JWT: which access tokens are believed.

use axum::http::StatusCode;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use time::Duration;

use crate::{
    accounts::{
        client::Client,
        jwt::keys::{
            self, Key,
            rotation::{self, Takeover},
        },
        log_out,
    },
    commands::rotate_keys,
    config::Config,
    run,
    tests::{
        OTHER_PASSWORD, PASSWORD,
        api::Program,
        counting,
        jwt::{Pair, log_in},
        security::configuration,
        test_app::TestApp,
    },
};

const ANN: &str = "ann@example.com";

/// Two keys of a vault.
const OURS: &str = "Lq6QmYx1u0S3c8dV5n2rPzK7wTgBfHjEaX9oIiUlRtA=";
const THEIRS: &str = "3q2+7wAAAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBk=";

pub async fn with_app() -> (TestApp, Pair) {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let pair = log_in(&test, ANN).await;
    (test, pair)
}

async fn is_accepted(test: &TestApp, token: &str) -> bool {
    let answer = Program::with(test, token).get("/api/me").await;
    match answer.status {
        StatusCode::OK => true,
        StatusCode::UNAUTHORIZED => false,
        other => panic!("{other}: {}", answer.body),
    }
}

fn part(token: &str, number: usize) -> Value {
    let part = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn encoded(json: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json)
}

/// The header of a genuine token with some of it changed.
fn header(genuine: &str, changes: &Value) -> Value {
    let mut header = part(genuine, 0);
    header
        .as_object_mut()
        .unwrap()
        .extend(changes.as_object().unwrap().clone());
    header
}

/// A token with our own key's signature over any header and claims, also such as we would never write.
async fn signed(test: &TestApp, header: &str, claims: &str) -> String {
    let key = keys::current(&test.app).await.unwrap().unwrap();
    signed_by(&key, header, claims)
}

fn signed_by(key: &Key, header: &str, claims: &str) -> String {
    let message = format!("{}.{}", encoded(header), encoded(claims));
    let private = key.encoding.as_ref().unwrap();
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), private, key.algorithm);
    format!("{message}.{}", signature.unwrap())
}

#[tokio::test]
async fn sec_jwt_01_no_other_algorithm_is_believed() {
    let (test, pair) = with_app().await;
    let [head, claims, signature] = [0, 1, 2].map(|n| pair.access.split('.').nth(n).unwrap());
    let mut forged = Vec::new();
    for none in ["none", "None", "NONE", "nOnE", ""] {
        let head = encoded(header(&pair.access, &json!({ "alg": none })).to_string());
        forged.push(format!("{head}.{claims}."));
        forged.push(format!("{head}.{claims}.{signature}"));
    }
    forged.push(format!("{head}.{claims}."));
    forged.push(format!("{head}.{claims}"));
    // The public key as a shared secret, in every way it can be written.
    let key = keys::current(&test.app).await.unwrap().unwrap();
    let public = key.public.unwrap();
    for secret in [public.clone(), encoded(&public).into_bytes(), Vec::new()] {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let header = Header {
                typ: Some("at+jwt".to_owned()),
                kid: key.id.clone(),
                ..Header::new(algorithm)
            };
            let key = EncodingKey::from_secret(&secret);
            let claims = part(&pair.access, 1);
            forged.push(jsonwebtoken::encode(&header, &claims, &key).unwrap());
        }
    }
    for algorithm in ["RS256", "ES256", "PS256", "Ed448", "ES256K"] {
        let changed = header(&pair.access, &json!({ "alg": algorithm })).to_string();
        forged.push(signed(&test, &changed, &part(&pair.access, 1).to_string()).await);
    }
    for token in forged {
        assert!(!is_accepted(&test, &token).await, "{token}");
    }
    assert!(is_accepted(&test, &pair.access).await);
}

#[tokio::test]
async fn sec_jwt_01_a_shared_secret_does_not_open_what_keys_sign() {
    let secret = "b7wQ2xZ9kLmN4pRtVyUa8sDfGhJkEcXo1iW5zB3nM6qT0rYuPlAeKdSgHjFvCxZb";
    let (test, pair) = with_app().await;
    let shared = test.other_app(&[("JWT_SECRET_KEY", secret)]).await;
    let caller = crate::accounts::jwt::access::caller(&shared, &pair.access).await;
    assert!(caller.unwrap().is_none());
}

#[tokio::test]
async fn sec_jwt_02_a_token_says_nothing_about_where_its_key_is() {
    let (test, pair) = with_app().await;
    let claims = part(&pair.access, 1).to_string();
    let genuine = signed(&test, &part(&pair.access, 0).to_string(), &claims).await;
    assert!(
        is_accepted(&test, &genuine).await,
        "the helper signs as we do"
    );
    for changes in [
        json!({ "jku": "https://evil.example/jwks.json" }),
        json!({ "x5u": "https://evil.example/cert.pem" }),
        json!({ "jwk": { "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" } }),
        json!({ "x5c": ["MIIB"] }),
        json!({ "crit": ["exp"] }),
        json!({ "crit": ["b64"], "b64": false }),
        json!({ "zip": "DEF" }),
        json!({ "kid": "../../../../dev/null" }),
        json!({ "kid": "' or 1=1 --" }),
        json!({ "kid": "http://evil.example/key" }),
        json!({ "kid": "" }),
        json!({ "kid": null }),
        json!({ "kid": 1 }),
        json!({ "kid": ["a"] }),
        json!({ "kid": "00000000-0000-0000-0000-000000000000" }),
    ] {
        let header = header(&pair.access, &changes).to_string();
        let token = signed(&test, &header, &claims).await;
        assert!(!is_accepted(&test, &token).await, "{changes}");
    }
}

#[tokio::test]
async fn sec_jwt_03_times_are_there_and_are_kept() {
    let (test, pair) = with_app().await;
    let header = part(&pair.access, 0).to_string();
    let now = test.app.now().unix_timestamp();
    let with = |name: &str, value: Value| {
        let mut claims = part(&pair.access, 1);
        match value {
            Value::Null => _ = claims.as_object_mut().unwrap().remove(name),
            value => claims[name] = value,
        }
        claims.to_string()
    };
    for (claims, says) in [
        (with("exp", Value::Null), "without an end"),
        (with("exp", json!(now)), "just ended"),
        (with("exp", json!(now - 1)), "ended"),
        (with("exp", json!("tomorrow")), "an end that is no number"),
        (with("exp", json!(1e300)), "an end that is too far"),
        (with("exp", json!(-1)), "an end before the beginning"),
        (with("exp", json!(i64::MAX)), "an end after the end of time"),
        (with("iat", Value::Null), "without a beginning"),
        (with("iat", json!(now + 90)), "from the future"),
        (with("nbf", json!(now + 90)), "not yet good"),
    ] {
        let token = signed(&test, &header, &claims).await;
        assert!(!is_accepted(&test, &token).await, "{says}");
    }
    let token = signed(&test, &header, &with("exp", json!(now + 30))).await;
    assert!(is_accepted(&test, &token).await);
}

#[tokio::test]
async fn sec_jwt_04_a_token_is_from_us_for_us_and_of_this_kind() {
    let (test, pair) = with_app().await;
    let genuine = part(&pair.access, 0).to_string();
    for (name, values) in [
        (
            "iss",
            json!([
                "",
                "http://evil.example",
                "http://localhost:4000/",
                null,
                ["http://localhost:4000"]
            ]),
        ),
        (
            "aud",
            json!(["", "http://evil.example", "http://localhost", null]),
        ),
        ("sub", json!([null])),
        (
            "sid",
            json!(["", "00000000-0000-0000-0000-000000000000", "1", null, 1]),
        ),
        ("scope", json!([null, 1])),
    ] {
        for value in values.as_array().unwrap() {
            let mut claims = part(&pair.access, 1);
            claims[name] = value.clone();
            let token = signed(&test, &genuine, &claims.to_string()).await;
            assert!(!is_accepted(&test, &token).await, "{name} {value}");
        }
    }
    for typ in [
        json!("JWT"),
        json!("at+JWT "),
        json!("id_token"),
        json!(null),
        json!(""),
    ] {
        let header = header(&pair.access, &json!({ "typ": typ })).to_string();
        let token = signed(&test, &header, &part(&pair.access, 1).to_string()).await;
        assert!(!is_accepted(&test, &token).await, "{typ}");
    }
    assert!(!is_accepted(&test, &pair.refresh).await);
}

#[tokio::test]
async fn sec_jwt_05_keys_change_and_nobody_notices() {
    let (test, old) = with_app().await;
    let ids = async || {
        let jwks = Program::new(&test).get("/.well-known/jwks.json").await;
        let jwks = jwks.expect(StatusCode::OK);
        assert_eq!(jwks.header("cache-control"), "public, max-age=300");
        let keys = jwks.json()["keys"].as_array().unwrap().clone();
        for key in &keys {
            let mut names: Vec<_> = key.as_object().unwrap().keys().collect();
            names.sort();
            let public = ["alg", "crv", "kid", "kty", "use", "x"];
            assert_eq!(names, public, "there is nothing private in it");
        }
        keys.iter()
            .map(|key| key["kid"].clone())
            .collect::<Vec<_>>()
    };
    let kid = |token: &str| part(token, 0)["kid"].clone();
    assert_eq!(ids().await, [kid(&old.access)]);

    assert!(
        rotation::rotate(&test.app, Takeover::Announced)
            .await
            .unwrap()
            .is_some()
    );
    test.after(Duration::minutes(1));
    assert_eq!(ids().await.len(), 2, "it is published before it signs");
    let during = old.next(&test).await;
    assert_eq!(kid(&during.access), kid(&old.access));

    test.after(rotation::ANNOUNCED);
    let new = during.next(&test).await;
    assert_ne!(kid(&new.access), kid(&old.access));
    assert!(during.is_accepted(&test).await, "the old key still opens");
    assert!(new.is_accepted(&test).await);

    test.after(Duration::minutes(15));
    assert_eq!(ids().await, [kid(&new.access)]);
    rotation::delete_ended(&test.app).await.unwrap();
    assert_eq!(test.count("select count(*) from jwt_keys").await, 1);
}

#[tokio::test]
async fn sec_jwt_05_an_old_key_ends_at_its_time_also_where_it_is_still_remembered() {
    let (test, pair) = with_app().await;
    let old = keys::current(&test.app).await.unwrap().unwrap();
    rotation::rotate(&test.app, Takeover::Announced)
        .await
        .unwrap();
    test.after(rotation::ANNOUNCED + Duration::minutes(15) - Duration::seconds(30));
    let header = part(&pair.access, 0).to_string();
    let token = |now: i64| {
        let mut claims = part(&pair.access, 1);
        (claims["iat"], claims["exp"]) = (json!(now), json!(now + 60));
        signed_by(&old, &header, &claims.to_string())
    };
    let before = token(test.app.now().unix_timestamp());
    assert!(is_accepted(&test, &before).await);
    test.after(Duration::seconds(30));
    let after = token(test.app.now().unix_timestamp());
    assert!(!is_accepted(&test, &after).await);
}

#[tokio::test]
async fn sec_jwt_05_rotating_again_while_a_key_waits_makes_none() {
    let (test, _) = with_app().await;
    let rotations = (0..20).map(|_| {
        let app = test.app.clone();
        tokio::spawn(async move { rotation::rotate(&app, Takeover::Announced).await.unwrap() })
    });
    let mut made = 0;
    for rotation in rotations.collect::<Vec<_>>() {
        made += usize::from(rotation.await.unwrap().is_some());
    }
    assert_eq!(
        (made, test.count("select count(*) from jwt_keys").await),
        (1, 2)
    );
}

#[tokio::test]
async fn sec_jwt_05_many_processes_that_start_at_once_make_one_key() {
    let test = TestApp::start().await;
    let starts = (0..20).map(|_| {
        let app = test.app.clone();
        tokio::spawn(async move { keys::current(&app).await.unwrap().unwrap().id })
    });
    let mut ids = Vec::new();
    for start in starts.collect::<Vec<_>>() {
        ids.push(start.await.unwrap());
    }
    ids.dedup();
    assert_eq!(
        (ids.len(), test.count("select count(*) from jwt_keys").await),
        (1, 1)
    );
}

#[tokio::test]
async fn sec_jwt_05_a_key_in_the_wrong_hands_is_worth_nothing_at_once() {
    let (test, pair) = with_app().await;
    rotation::rotate(&test.app, Takeover::AtOnce).await.unwrap();
    test.after(Duration::minutes(1));
    assert!(!pair.is_accepted(&test).await);
    assert!(pair.next(&test).await.is_accepted(&test).await);
}

#[tokio::test]
async fn sec_jwt_05_private_keys_are_sealed_and_stay_so_when_the_vault_changes() {
    let test = TestApp::start_with(&[("ENCRYPTION_KEYS", THEIRS)]).await;
    test.member(ANN).await;
    let pair = log_in(&test, ANN).await;
    let both = test
        .other_app(&[("ENCRYPTION_KEYS", &format!("{OURS},{THEIRS}"))])
        .await;
    let says = rotate_keys::run(&both).await.unwrap();
    assert!(says.contains("Sealed anew: 1."), "{says}");
    let newest = test.other_app(&[("ENCRYPTION_KEYS", OURS)]).await;
    let caller = crate::accounts::jwt::access::caller(&newest, &pair.access).await;
    assert!(caller.unwrap().is_some());
}

/// Its apps would find out, one by one.
#[tokio::test]
async fn sec_jwt_05_no_process_starts_whose_vault_opens_no_key() {
    let test = TestApp::start_with(&[("ENCRYPTION_KEYS", OURS)]).await;
    test.member(ANN).await;
    log_in(&test, ANN).await;
    for (keys, starts) in [(OURS, true), (THEIRS, false)] {
        let setting = |name: &str| match name {
            "APP_ENV" => Some("development".to_owned()),
            "DATABASE_URL" => Some(test.database_url().to_owned()),
            "ENCRYPTION_KEYS" => Some(keys.to_owned()),
            _ => None,
        };
        let opened = run::open(Config::read(&setting).unwrap()).await;
        assert_eq!(opened.is_ok(), starts, "{:?}", opened.err());
    }
}

/// A process in the middle of a change of ENCRYPTION_KEYS, or after a key was left out too early.
#[tokio::test]
async fn sec_jwt_07_a_key_that_the_vault_does_not_open_costs_nothing_but_its_signatures() {
    for takeover in [Takeover::Announced, Takeover::AtOnce] {
        let test = TestApp::start_with(&[("ENCRYPTION_KEYS", OURS)]).await;
        test.member(ANN).await;
        let pair = log_in(&test, ANN).await;
        let other = test.other_app(&[("ENCRYPTION_KEYS", THEIRS)]).await;
        rotation::rotate(&other, takeover).await.unwrap();
        test.after(Duration::minutes(1));
        let jwks = Program::new(&test).get("/.well-known/jwks.json").await;
        jwks.expect(StatusCode::OK);
        if takeover == Takeover::Announced {
            assert!(pair.is_accepted(&test).await);
            assert!(pair.next(&test).await.is_accepted(&test).await);
            continue;
        }
        let body = json!({ "refresh_token": pair.refresh });
        let answer = Program::new(&test)
            .post("/api/auth/token/refresh", &body)
            .await;
        let answer = answer.expect(StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.header("retry-after"), "5");
        let used = "select count(*) from jwt_refresh_tokens where spent_at is not null";
        assert_eq!(test.count(used).await, 0, "it costs no refresh token");
    }
}

/// The first key was made while the clock was a day ahead. That has been put right.
#[tokio::test]
async fn sec_jwt_07_a_clock_that_was_ahead_stops_no_program() {
    let test = TestApp::start().await;
    test.member(ANN).await;
    let later = test.app.now() + Duration::days(1);
    sqlx::query("update jwt_keys set signs_from = $1")
        .bind(later)
        .execute(&test.app.db)
        .await
        .unwrap();
    let other = test.other_app(&[]).await;
    assert!(keys::current(&other).await.unwrap().is_some());
    rotation::rotate(&other, Takeover::AtOnce).await.unwrap();
    assert!(log_in(&test, ANN).await.is_accepted(&test).await);
}

#[tokio::test]
async fn sec_jwt_09_whatever_ends_trust_ends_access_within_a_second() {
    let test = TestApp::start().await;
    let client = Client::default();
    let browser = test.member(ANN).await;
    for way in [
        "password",
        "others",
        "all",
        "everyone",
        "deletion",
        "suspension",
    ] {
        test.after(Duration::minutes(2));
        let mut browser = browser.clone();
        browser.log_in(ANN, PASSWORD).await;
        let pair = log_in(&test, ANN).await;
        assert!(pair.is_accepted(&test).await, "{way}");
        match way {
            "password" => {
                browser.change_password(PASSWORD, PASSWORD).await;
            }
            "others" => {
                _ = browser
                    .post("/users/settings/sessions/end-others", &[])
                    .await
            }
            "all" => _ = browser.post("/users/settings/sessions/end-all", &[]).await,
            "everyone" => _ = log_out::everyone(&test.app, &client).await.unwrap(),
            "deletion" => {
                browser.post("/users/settings/delete", &[]).await;
                browser.log_in(ANN, PASSWORD).await;
                browser.post("/users/reactivate", &[]).await;
            }
            _ => _ = test.suspend(ANN).await,
        }
        test.after(Duration::seconds(1));
        assert!(!pair.is_accepted(&test).await, "{way}");
        assert_eq!(
            pair.exchange(&test).await.0,
            StatusCode::UNAUTHORIZED,
            "{way}"
        );
    }
    test.unsuspend(ANN).await;
}

#[tokio::test]
async fn sec_jwt_09_checking_a_token_asks_the_database_once_a_second() {
    let (test, pair) = with_app().await;
    let mut program = Program::with(&test, &pair.access);
    program.get("/api/me").await.expect(StatusCode::OK);
    let (answer, statements) = counting::statements(program.get("/api/me")).await;
    answer.expect(StatusCode::OK);
    assert_eq!(statements, Vec::<String>::new());
    test.after(Duration::seconds(1));
    let (_, statements) = counting::statements(program.get("/api/me")).await;
    assert_eq!(statements.len(), 1, "{statements:?}");
}

#[tokio::test]
async fn sec_jwt_09_a_clock_that_is_put_back_makes_nothing_good_for_longer() {
    let (test, pair) = with_app().await;
    assert!(pair.is_accepted(&test).await);
    test.app.clock.put_back(Duration::seconds(20));
    assert!(pair.is_accepted(&test).await);
    sqlx::query("delete from jwt_families")
        .execute(&test.app.db)
        .await
        .unwrap();
    test.after(Duration::seconds(1));
    assert!(!pair.is_accepted(&test).await);

    test.app.clock.put_back(Duration::hours(1));
    test.after(Duration::minutes(1));
    let mut program = Program::new(&test);
    let (_, statements) = counting::statements(program.get("/.well-known/jwks.json")).await;
    assert_eq!(statements.len(), 1, "{statements:?}");
}

#[tokio::test]
async fn sec_jwt_09_a_reset_logs_every_app_out() {
    let (test, pair) = with_app().await;
    test.browser()
        .post("/users/reset-password", &[("email", ANN)])
        .await;
    let link = test.link_below(ANN, "/users/reset-password/").await;
    test.browser()
        .post(&link, &[("new_password", OTHER_PASSWORD)])
        .await;
    assert_eq!(pair.exchange(&test).await.0, StatusCode::UNAUTHORIZED);
    test.after(Duration::seconds(1));
    assert!(!pair.is_accepted(&test).await);
}

#[tokio::test]
async fn sec_jwt_09_a_gate_that_shuts_holds_apps_too() {
    let (test, pair) = with_app().await;
    sqlx::query(
        "update members
         set confirmed_at = null where email = 'ann@example.com'",
    )
    .execute(&test.app.db)
    .await
    .unwrap();
    assert_eq!(pair.exchange(&test).await.0, StatusCode::UNAUTHORIZED);
    test.after(Duration::seconds(1));
    assert!(!pair.is_accepted(&test).await);
}

#[tokio::test]
async fn sec_jwt_10_claims_tell_nothing_about_a_person_and_are_short() {
    let (_test, pair) = with_app().await;
    assert!(pair.access.len() <= 1024, "{} bytes", pair.access.len());
    let claims = part(&pair.access, 1);
    let mut names: Vec<_> = claims.as_object().unwrap().keys().collect();
    names.sort();
    let known = [
        "amr",
        "aud",
        "auth_time",
        "client_id",
        "exp",
        "iat",
        "iss",
        "jti",
        "scope",
        "sid",
        "sub",
    ];
    assert_eq!(names, known);
    assert!(!claims.to_string().contains("ann"), "{claims}");
}

#[tokio::test]
async fn sec_jwt_12_monstrous_tokens_are_refused_quickly() {
    let (test, pair) = with_app().await;
    let header = part(&pair.access, 0).to_string();
    let claims = part(&pair.access, 1).to_string();
    let twice = |json: &str, field: &str| format!("{{{field},{}", &json[1..]);
    let mut monsters = vec![
        "x".repeat(1 << 20),
        ".".repeat(1 << 20),
        "..".to_owned(),
        "a.b.c".to_owned(),
    ];
    monsters.push(format!(
        "{}.{}.x",
        encoded("[".repeat(1000)),
        encoded("[".repeat(1000))
    ));
    for (header, claims) in [
        (twice(&header, r#""alg":"none""#), claims.clone()),
        (twice(&header, r#""kid":"x""#), claims.clone()),
        (header.clone(), twice(&claims, r#""exp":9999999999"#)),
        (header.clone(), twice(&claims, r#""sub":"x""#)),
        (header.clone(), twice(&claims, r#""scope":"profile:read""#)),
        (header.clone(), "[]".to_owned()),
        (header.clone(), "null".to_owned()),
        (header.clone(), String::new()),
        (header.clone(), "{\"exp\":1e999999}".to_owned()),
        (header.clone(), format!("{{\"exp\":{}}}", "9".repeat(500))),
    ] {
        monsters.push(signed(&test, &header, &claims).await);
    }
    for token in monsters {
        let started = std::time::Instant::now();
        assert!(!is_accepted(&test, &token).await, "{token:.200}");
        assert!(started.elapsed().as_millis() < 500, "{token:.200}");
    }
}

#[test]
fn sec_cfg_01_a_shared_secret_is_long_and_drawn() {
    let long = "a".repeat(80);
    for secret in ["short", &long] {
        let problems = configuration::read("JWT_SECRET_KEY", secret).err().unwrap();
        assert!(
            problems[0].starts_with("JWT_SECRET_KEY must"),
            "{problems:?}"
        );
    }
    let base = configuration::production("SECRET_KEY_BASE").unwrap();
    assert!(configuration::read("JWT_SECRET_KEY", &base).is_err());
    let without = configuration::read("JWT_SECRET_KEY", "").ok();
    assert!(without.unwrap().jwt_secret_key.is_none());
}
