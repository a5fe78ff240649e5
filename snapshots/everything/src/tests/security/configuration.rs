//! CFG: settings, and what must not run with them.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};

use crate::{
    commands::seed,
    config::{Config, Environment, Registration},
    tests::{PASSWORD, database::PRODUCTION_URL, test_app::TestApp},
};

const GOOD: &[(&str, &str)] = &[
    ("APP_ENV", "production"),
    ("APP_URL", "https://shop.example.com"),
    ("DATABASE_URL", PRODUCTION_URL),
    (
        "SECRET_KEY_BASE",
        "q8Vf0tYzJ3nLwR7mXc2HsPdK9bGaUe5oTi6WyNjB1lZkQxMvFrCgEhSuDpA4O+/=0987",
    ),
    ("SESSION_SIGNING_SALT", "vT9kX2mQ7rLp4sWz8bNc1dFg6hJy3eAu"),
    ("TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1"),
    ("SMTP_URL", "smtps://user:secret@mail.example.com"),
    ("MAIL_FROM", "Shop <hello@example.com>"),
    ("ENCRYPTION_KEYS", super::encryption::OLD),
];

/// A setting of a production that may start.
pub fn production(name: &str) -> Option<String> {
    let (_, value) = GOOD.iter().find(|(known, _)| *known == name)?;
    Some((*value).to_owned())
}

/// Reads the good settings with one of them changed; an empty text leaves it out.
pub fn read(name: &str, value: &str) -> Result<Config, Vec<String>> {
    let setting = |asked: &str| match asked == name {
        true => Some(value.to_owned()),
        false => production(asked),
    };
    Config::read(&setting).map_err(|problems| problems.0)
}

#[test]
fn sec_cfg_01_good_settings_are_accepted() {
    let config = read("", "")
        .map_err(|problems| problems.join("\n"))
        .unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(config.environment, Environment::Production);
    assert_eq!(config.trusted_proxies.len(), 2);
    assert!(config.is_https());
}

#[test]
fn sec_cfg_01_production_refuses_what_is_missing_or_unsafe() {
    let long = "a".repeat(80);
    let repeated = "abcdefghijklmnopqrstuvwxyz".repeat(3);
    // Without a pattern, of 11 and of 19 different characters.
    let few = "aababcabcdabcdeabcdefabcdefgabcdefghabcdefghiabcdefghijabcdefghijk";
    let nineteen = "abcdefghijklmnopqrssrqponmlkjihgfedcbaacegikmoqsbdfhjlnprggghhhh";
    let development = "development-only-0123456789-abcdefghijklmnopqrstuvwxyz-not-for-production";
    for (name, bad) in [
        ("APP_ENV", "staging"),
        ("APP_ENV", "Production"),
        ("APP_URL", ""),
        ("APP_URL", "http://shop.example.com"),
        ("APP_URL", "shop.example.com"),
        ("APP_URL", "//shop.example.com"),
        ("APP_URL", "https://"),
        ("APP_URL", "https://shop.example.com/shop"),
        ("APP_URL", "https://shop.example.com/?x=1"),
        ("APP_URL", "https://shop.example.com/#y"),
        ("APP_URL", "https://user:pw@shop.example.com"),
        ("APP_URL", "https://user@shop.example.com"),
        ("APP_URL", "https://shop.example.com."),
        ("APP_URL", "https://shop.example.com:99999"),
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "somewhere"),
        ("DATABASE_URL", "mysql://shop@localhost/shop"),
        ("SECRET_KEY_BASE", ""),
        ("SECRET_KEY_BASE", "q8Vf0tYzJ3nLwR7mXc2HsPdK9bGaUe5o"),
        ("SECRET_KEY_BASE", &long),
        ("SECRET_KEY_BASE", development),
        ("SECRET_KEY_BASE", &repeated),
        ("SECRET_KEY_BASE", few),
        ("SECRET_KEY_BASE", nineteen),
        (
            "SECRET_KEY_BASE",
            "q8Vf0tYzJ3nLwR7mXc2HsPdK9bGaUe5oTi6WyNjB1lZkQxMvFrCgEhSuDpA4O+/",
        ),
        ("SECRET_KEY_BASE_OLD", "short"),
        ("SECRET_KEY_BASE_OLD", &long),
        ("SECRET_KEY_BASE_OLD", few),
        ("SECRET_KEY_BASE_OLD", development),
        ("SESSION_SIGNING_SALT", ""),
        ("SESSION_SIGNING_SALT", "x"),
        ("SESSION_SIGNING_SALT", "pepper-and-salt"),
        ("SESSION_SIGNING_SALT", &long),
        ("SESSION_SIGNING_SALT", "vT9kX2mQ7rLp4sWz8bNc1dFg6hJy3eA"),
        (
            "SESSION_SIGNING_SALT",
            "abcdefghiabcdefghiabcdefghiabcdefghi",
        ),
        ("TRUSTED_PROXIES", ""),
        ("TRUSTED_PROXIES", ","),
        ("TRUSTED_PROXIES", "everybody"),
        ("TRUSTED_PROXIES", "None"),
        ("TRUSTED_PROXIES", "none,10.0.0.1"),
        ("TRUSTED_PROXIES", "10.0.0.1:80"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ("TRUSTED_PROXIES", "172.16.0.0/8"),
        ("TRUSTED_PROXIES", "192.168.0.0/9"),
        ("TRUSTED_PROXIES", "192.168.0.0/12"),
        ("TRUSTED_PROXIES", "127.0.0.1/7"),
        ("TRUSTED_PROXIES", "fd00::/6"),
        ("TRUSTED_PROXIES", "10.0.0"),
        ("TRUSTED_PROXIES", "\u{0661}0.0.0.1"),
        ("TRUSTED_PROXIES", "0.0.0.0/0"),
        ("TRUSTED_PROXIES", "100.0.0.0/8"),
        ("TRUSTED_PROXIES", "2000::/7"),
        ("TRUSTED_PROXIES", "2a00::/12"),
        ("TRUSTED_PROXIES", "::/0"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, 0.0.0.0/1"),
        ("TRUSTED_PROXIES", "::ffff:0.0.0.0/96"),
        ("CLIENT_IP_HEADER", "Fly Client IP"),
        ("CLIENT_IP_HEADER", "Fly-Client-IP:"),
        ("CLIENT_IP_HEADER", "Forwarded"),
        ("CLIENT_IP_HEADER", "cookie"),
        ("SMTP_URL", ""),
        ("SMTP_URL", "mail.example.com"),
        ("SMTP_URL", "mail.example.com:587"),
        ("SMTP_URL", "https://mail.example.com"),
        ("SMTP_URL", "smtps://"),
        ("SMTP_URL", "smtp://mail.example.com"),
        ("SMTP_URL", "smtp://user:secret@mail.example.com"),
        ("SMTP_URL", "smtp://user:secret@mail.example.com:25"),
        (
            "SMTP_URL",
            "smtp://user:secret@mail.example.com?tls=opportunistic",
        ),
        ("SMTP_URL", "smtp://user:secret@127.0.0.1.example.com"),
        (
            "SMTP_URL",
            "smtps://user:secret@mail.example.com?tls=perhaps",
        ),
        (
            "SMTP_URL",
            "smtps://user:secret@mail.example.com?TLS=required",
        ),
        ("SMTP_URL", "smtps://user:pa$wo$rd#1@mail.example.com"),
        ("SMTP_URL", "smtps://user#1:secret@mail.example.com"),
        ("SMTP_URL", "smtps://user:12/34@mail.example.com"),
        ("SMTP_URL", "smtps://user:12?34@mail.example.com"),
        ("SMTP_URL", "smtps://user@mail.example.com"),
        ("SMTP_URL", "smtps://:secret@mail.example.com"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "Shop <hello@example.com"),
        ("MAIL_FROM", "a@example.com, b@example.com"),
        ("COOKIE_DOMAIN", ".com"),
        ("COOKIE_DOMAIN", "com"),
        ("COOKIE_DOMAIN", ".evil.example"),
        ("COOKIE_DOMAIN", "*.example.com"),
        ("COOKIE_DOMAIN", "..example.com"),
        ("COOKIE_DOMAIN", "example.com:443"),
        ("COOKIE_DOMAIN", "https://example.com"),
        ("COOKIE_DOMAIN", "ample.com"),
        ("COOKIE_DOMAIN", "192.0.2.1"),
        ("UNCONFIRMED", "perhaps"),
        ("DELETION", "never"),
        ("REGISTRATION", "everyone, really"),
        ("REGISTRATION", "example.com."),
        ("REGISTRATION", ".example.com"),
        ("REGISTRATION", "*.example.com"),
        ("REGISTRATION", "%65xample.com"),
        ("REGISTRATION", "localhost"),
        ("REGISTRATION", ", ,"),
        ("PWNED_PASSWORDS", "perhaps"),
        ("PWNED_PASSWORDS", "http://pwned.example.com/range"),
        ("PORT", "many"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "\u{0664}000"),
        ("PORT", "40\u{fffd}00"),
        ("POOL_SIZE", "0"),
        ("POOL_SIZE", "-1"),
        ("POOL_SIZE", "1.5"),
        ("POOL_SIZE", "1001"),
        ("POOL_SIZE", "4294967295"),
        ("ENCRYPTION_KEYS", ","),
        ("ALLOWED_ORIGINS", ","),
        ("ALLOWED_ORIGINS", "*"),
        ("ALLOWED_ORIGINS", "https://*.example.com"),
        ("ALLOWED_ORIGINS", "null"),
        ("ALLOWED_ORIGINS", "app.example.com"),
        ("ALLOWED_ORIGINS", "http://app.example.com"),
        ("ALLOWED_ORIGINS", "ftp://app.example.com"),
        ("ALLOWED_ORIGINS", "https://app.example.com/"),
        ("ALLOWED_ORIGINS", "https://APP.example.com"),
        ("ALLOWED_ORIGINS", "https://app.example.com:443"),
        (
            "ALLOWED_ORIGINS",
            "https://app.example.com, http://localhost:3000",
        ),
    ] {
        let problems = read(name, bad)
            .err()
            .unwrap_or_else(|| panic!("{name}={bad} was accepted"));
        assert!(
            problems.iter().all(|problem| problem.starts_with(name)),
            "{name}={bad}: {problems:?}"
        );
    }
}

#[test]
fn sec_cfg_01_what_is_safe_is_accepted_however_it_is_written() {
    for (name, good) in [
        ("APP_URL", "https://shop.example.com/"),
        ("APP_URL", "https://localhost:4443"),
        (
            "SECRET_KEY_BASE_OLD",
            "Zx3Kq9Lm2Vb7Nc4Rt8Yp1Ws6Dg5Hj0FaQeUiOoTzXyCvBnMlKjHgFdSaPqWeRtZu",
        ),
        ("TRUSTED_PROXIES", "none"),
        ("TRUSTED_PROXIES", " 10.0.0.0/8 ,fd00::/8,, 192.0.2.1,"),
        ("TRUSTED_PROXIES", "::ffff:10.0.0.1, fc00::/7"),
        ("CLIENT_IP_HEADER", "Fly-Client-IP"),
        ("SMTP_URL", "smtps://user:secret@mail.example.com:465"),
        ("SMTP_URL", "smtps://user:secret@mail.example.com/"),
        (
            "SMTP_URL",
            "smtp://user:secret@mail.example.com:587?tls=required",
        ),
        (
            "SMTP_URL",
            "smtp://user%40example.com:pa%23ss@mail.example.com?tls=required",
        ),
        ("SMTP_URL", "smtp://localhost:1025"),
        ("SMTP_URL", "smtp://127.0.0.1:1025"),
        ("SMTP_URL", "smtp://[::1]:1025"),
        ("SMTP_URL", "smtp://mail:1025?tls=none"),
        ("COOKIE_DOMAIN", ".example.com"),
        ("COOKIE_DOMAIN", "Example.COM"),
        ("COOKIE_DOMAIN", "shop.example.com"),
        ("PORT", " 80 "),
        (
            "ALLOWED_ORIGINS",
            "https://app.example.com,https://b.example.com:8443",
        ),
    ] {
        if let Err(problems) = read(name, good) {
            panic!("{name}={good}: {problems:?}");
        }
    }
}

#[test]
fn sec_cfg_01_a_cookie_domain_is_nobody_elses() {
    for (host, domain, is_good) in [
        ("shop.example.co.uk", ".example.co.uk", true),
        ("shop.example.co.uk", ".co.uk", false),
        ("shop.example.com.br", ".com.br", false),
        ("ann.github.io", ".github.io", false),
        ("www.ann.github.io", ".ann.github.io", true),
        ("shop.fly.dev", ".fly.dev", false),
        ("shop.\u{4f8b}.jp", ".jp", false),
        ("b\u{fc}cher.example.com", "b\u{fc}cher.example.com", true),
        ("192.0.2.1", "192.0.2.1", false),
    ] {
        let url = format!("https://{host}");
        let setting = |name: &str| match name {
            "APP_URL" => Some(url.clone()),
            "COOKIE_DOMAIN" => Some(domain.to_owned()),
            name => production(name),
        };
        assert_eq!(
            Config::read(&setting).is_ok(),
            is_good,
            "{domain} for {host}"
        );
    }
}

#[test]
fn sec_cfg_01_everything_that_is_wrong_is_said_at_once() {
    let setting = |name: &str| (name == "APP_ENV").then(|| "production".to_owned());
    let problems = Config::read(&setting).err().unwrap();
    for name in [
        "APP_URL",
        "DATABASE_URL",
        "SECRET_KEY_BASE",
        "SESSION_SIGNING_SALT",
        "TRUSTED_PROXIES",
        "SMTP_URL",
    ] {
        assert_eq!(
            problems
                .0
                .iter()
                .filter(|problem| problem.starts_with(name))
                .count(),
            1,
            "{problems}"
        );
    }
}

#[test]
fn sec_cfg_01_development_needs_nothing_and_listens_here_only() {
    let setting = |name: &str| (name == "APP_ENV").then(|| "development".to_owned());
    let config = Config::read(&setting).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(config.listen.ip().is_loopback());
    assert_eq!(config.origin(), "http://localhost:4000");
    assert_eq!(config.registration, Registration::Open);
    let production = read("", "").unwrap_or_else(|problems| panic!("{problems:?}"));
    assert!(production.listen.ip().is_unspecified());
}

/// The app in production, with a mail server that is not there.
pub async fn in_production() -> TestApp {
    let settings = GOOD.iter().map(|(name, value)| match *name {
        "SMTP_URL" => (*name, "smtp://127.0.0.1:9"),
        name => (name, *value),
    });
    TestApp::idle(&settings.collect::<Vec<_>>()).await
}

#[tokio::test]
async fn sec_rst_10_seeds_are_refused_in_production() {
    let test = in_production().await;
    let refused = seed::run(&test.app).await.unwrap_err().to_string();
    assert!(refused.contains("not in production"), "{refused}");
    assert_eq!(test.people().await, 0);
}

#[tokio::test]
async fn sec_cfg_01_production_has_no_mailbox() {
    let test = in_production().await;
    for path in ["/dev/mailbox", "/dev/mailbox/0", "/dev/mailbox/0/html"] {
        test.browser().get(path).await.expect(StatusCode::NOT_FOUND);
    }
}

#[test]
fn sec_log_04_a_header_that_nobody_is_believed_is_a_mistake() {
    let setting = |asked: &str| match asked {
        "TRUSTED_PROXIES" => Some("none".to_owned()),
        "CLIENT_IP_HEADER" => Some("Fly-Client-IP".to_owned()),
        _ => production(asked),
    };
    let Err(problems) = Config::read(&setting) else {
        panic!("it starts");
    };
    assert!(problems.0[0].contains("CLIENT_IP_HEADER"), "{problems:?}");
}

#[test]
fn sec_cfg_02_problems_never_repeat_a_secret() {
    for (name, secret) in [
        ("SECRET_KEY_BASE", "hunter2hunter2"),
        ("SMTP_URL", "hunter2"),
        ("SMTP_URL", "smtp://user:hunter2@mail.example.com"),
        ("SMTP_URL", "smtps://user:hunter2#@mail.example.com"),
        ("DATABASE_URL", "x://user:hunter2@x"),
        ("APP_URL", "ftp://user:hunter2@x"),
        ("APP_URL", "https://user:hunter2@x.example.com"),
        ("SECRET_KEY_BASE_OLD", "hunter2"),
        ("SESSION_SIGNING_SALT", "hunter2"),
        ("COOKIE_DOMAIN", "https://user:hunter2@example.com"),
        ("PWNED_PASSWORDS", "http://user:hunter2@example.com"),
        ("ALLOWED_ORIGINS", "https://user:hunter2@app.example.com"),
    ] {
        let problems = read(name, secret)
            .err()
            .unwrap_or_else(|| panic!("{name}={secret}"));
        assert!(!problems.join(" ").contains("hunter2"), "{problems:?}");
    }
}

#[tokio::test]
async fn sec_cfg_03_unknown_methods_and_addresses_tell_nothing() {
    let test = TestApp::start().await;
    for method in [Method::TRACE, Method::PUT, Method::DELETE, Method::PATCH] {
        let answer = test
            .browser()
            .send(method.clone(), "/users/log-in", Body::empty())
            .await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
    let answer = test.browser().get("/").await;
    assert_eq!(
        (answer.header("server"), answer.header("x-powered-by")),
        ("", "")
    );
    for path in [
        "/metrics",
        "/.env",
        "/debug",
        "/static/",
        "/static/../.env",
        "/Cargo.toml",
    ] {
        test.browser().get(path).await.expect(StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn sec_cfg_04_one_connection_is_enough_for_every_flow() {
    let test = TestApp::start_with(&[("POOL_SIZE", "1")]).await;
    let mut browser = test.member("ann@example.com").await;
    browser
        .post("/users/settings/sessions/end-others", &[])
        .await
        .expect_redirect("/users/settings/sessions");
    browser
        .post("/users/reset-password", &[("email", "ann@example.com")])
        .await
        .expect_redirect("/users/log-in");
    let link = test.link_for("ann@example.com").await;
    browser
        .post(&link, &[("new_password", "velvet harbour onion seven")])
        .await
        .expect_redirect("/users/log-in");
    browser
        .log_in("ann@example.com", "velvet harbour onion seven")
        .await
        .expect_redirect("/");
    assert_ne!(PASSWORD, "velvet harbour onion seven");
}

#[tokio::test]
async fn sec_cfg_06_times_are_kept_in_utc() {
    let test = TestApp::start().await;
    test.member("ann@example.com").await;
    let at = test
        .user("ann@example.com")
        .await
        .unwrap()
        .confirmed_at
        .unwrap();
    assert!(at.offset().is_utc());
    assert!((test.app.now() - at).whole_seconds().abs() < 60);
}
