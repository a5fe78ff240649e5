//! Two-factor authentication, from the QR code to turning it off. The codes come from an implementation of its own.

use std::time::Duration;

use serde_json::json;

use super::start;
use crate::around::{
    OTHER_PASSWORD, PASSWORD,
    browser::{Browser, JavaScript},
    page::{finish, inspect},
    person::{ANN, Person, log_in, log_out},
    shop::Database,
    totp::{self, AuthenticatorApp},
    wait_for,
};

const SETTINGS: &str = "/users/settings/second-factor";
const TRUSTED: &str = "/users/settings/trusted-browsers";
const STEP: &str = "/users/second-factor";
const MAKE_CODES: &str = "main form[action$='/backup-codes'] button";
/// Shown as no code of anybody's: six digits would sometimes be right.
const WRONG_CODE: &str = "12345";

/// The test vectors of RFC 4226, appendix D, and of RFC 6238, appendix B, of which six digits are shown.
#[test]
fn the_codes_are_those_of_the_rfcs() {
    let secret = b"12345678901234567890";
    let code = |step| totp::code(secret, step);
    assert_eq!([0, 1, 9].map(code), ["755224", "287082", "520489"]);
    let times = [59, 1_111_111_109, 20_000_000_000];
    let codes = times.map(|seconds: u64| code(seconds / 30));
    assert_eq!(codes, ["287082", "081804", "353130"]);
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn a_second_factor_on_sqlite() {
    does_everything(Database::Sqlite, JavaScript::On, Some("sqlite"));
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn a_second_factor_on_sqlite_without_javascript() {
    does_everything(Database::Sqlite, JavaScript::Off, None);
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn a_second_factor_on_postgresql() {
    does_everything(Database::Postgres, JavaScript::On, None);
}

fn does_everything(database: Database, javascript: JavaScript, pictures: Option<&'static str>) {
    let app = start(database);
    let ann = Person::joins(&app, javascript, pictures);
    let (phone, codes) = turns_it_on(&ann);
    trusts_this_browser(&ann, &phone);
    trusts_it_no_more(&ann, &phone);
    logs_in_with_a_backup_code(&ann, &codes);
    makes_new_codes(&ann, &codes);
    turns_it_off(&ann);
    finish(&ann.browser, &[422]);
}

/// Reads the key that is below the QR code, types a wrong code first, and saves the backup codes.
fn turns_it_on(ann: &Person<'_>) -> (AuthenticatorApp, Vec<String>) {
    let browser = &ann.browser;
    browser.go("/users/settings");
    browser.follow(&format!("main a[href='{SETTINGS}']"));
    browser.expect(SETTINGS);
    ann.look("second-factor-off");
    browser.follow(&format!("main form[action='{SETTINGS}'] button"));
    browser.expect(SETTINGS);
    let key = browser.text(".key");
    let phone = AuthenticatorApp::with_key(&key);
    sees_the_qr_code(browser, &key);
    ann.look("second-factor-set-up");
    browser.fill("code", WRONG_CODE);
    browser.submit();
    assert!(browser.has("#code-error"), "{WRONG_CODE} is good");
    assert_eq!(browser.text(".key"), key);
    ann.look("second-factor-set-up-refused");
    browser.fill("code", &phone.code());
    browser.submit();
    let codes = saves_the_codes(ann, "second-factor-backup-codes");
    browser.follow("main .actions a:not([download])");
    browser.expect(SETTINGS);
    assert!(browser.text("h1").ends_with("On"));
    ann.look("second-factor-on");
    assert!(!browser.has(".codes"), "the codes are shown again");
    ann.reads(ANN, "asks for a second factor", "email-second-factor-on");
    (phone, codes)
}

/// Large enough to be scanned, and not without a link for those who read this on the phone.
fn sees_the_qr_code(browser: &Browser, key: &str) {
    let side = "return document.querySelector('.qr svg').getBoundingClientRect().width";
    let side = browser.script(side).as_f64().unwrap();
    assert!(side > 150.0, "the QR code is {side} pixels wide");
    let link = "return document.querySelector('a[href^=\"otpauth://totp/\"]').href";
    let link = browser.script(link);
    let secret = format!("secret={}", key.replace(' ', ""));
    assert!(link.as_str().unwrap().contains(&secret), "{link}");
}

/// The ten codes that are shown. The file has the same.
fn saves_the_codes(ann: &Person<'_>, picture: &str) -> Vec<String> {
    let browser = &ann.browser;
    let codes = shown(browser);
    assert_eq!(codes.len(), 10);
    ann.look(picture);
    let folder = tempfile::tempdir().unwrap();
    browser.chromium(
        "Browser.setDownloadBehavior",
        &json!({ "behavior": "allow", "downloadPath": folder.path() }),
    );
    browser.click("main a[download]");
    let file = folder.path().join("Shop-backup-codes.txt");
    let text = wait_for("the codes as a file", Duration::from_secs(10), || {
        std::fs::read_to_string(&file).ok()
    });
    assert_eq!(text.lines().collect::<Vec<_>>(), codes);
    codes
}

fn shown(browser: &Browser) -> Vec<String> {
    let shown = browser.text(".codes");
    shown.lines().map(str::to_owned).collect()
}

/// After a wrong code. The next log-in asks for none.
fn trusts_this_browser(ann: &Person<'_>, phone: &AuthenticatorApp) {
    let browser = &ann.browser;
    log_out(browser);
    browser.go("/users/settings/sessions");
    log_in(browser, PASSWORD, STEP);
    ann.look("log-in-second-factor");
    browser.fill("code", WRONG_CODE);
    browser.submit();
    assert!(browser.has("#code-error"), "{WRONG_CODE} is good");
    ann.look("log-in-second-factor-refused");
    browser.fill("code", &phone.code());
    browser.click("[name=trust_browser]");
    browser.submit();
    browser.expect("/users/settings/sessions");
    log_out(browser);
    log_in(browser, PASSWORD, "/");
}

/// A trusted browser is not asked for a code to log in, but it is for this.
fn trusts_it_no_more(ann: &Person<'_>, phone: &AuthenticatorApp) {
    let browser = &ann.browser;
    browser.go(SETTINGS);
    ann.look("second-factor-later");
    browser.follow("main .prompt a");
    ann.look("sudo-second-factor");
    browser.fill("password", PASSWORD);
    browser.fill("code", WRONG_CODE);
    browser.submit();
    assert!(browser.has("#code-error"), "{WRONG_CODE} is good");
    ann.look("sudo-second-factor-refused");
    browser.fill("password", PASSWORD);
    browser.fill("code", &phone.code());
    browser.submit();
    browser.expect(SETTINGS);
    browser.follow(&format!("main a[href='{TRUSTED}']"));
    browser.expect(TRUSTED);
    assert_eq!(browser.count("main .rows > li"), 1);
    ann.look("trusted-browsers");
    browser.follow("main .rows button");
    browser.expect(TRUSTED);
    assert_eq!(browser.count("main .rows > li"), 0);
    ann.look("trusted-browsers-none");
    log_out(browser);
    log_in(browser, PASSWORD, STEP);
}

/// The phone is at home.
fn logs_in_with_a_backup_code(ann: &Person<'_>, codes: &[String]) {
    let browser = &ann.browser;
    browser.fill("code", &codes[3].to_lowercase());
    browser.submit();
    browser.expect("/");
    ann.reads(ANN, "A backup code was used", "email-backup-code-used");
    log_out(browser);
    log_in(browser, PASSWORD, STEP);
    browser.fill("code", &codes[3]);
    browser.submit();
    assert!(browser.has("#code-error"), "a backup code works twice");
    browser.fill("code", &codes[4]);
    browser.submit();
    browser.expect("/");
}

fn makes_new_codes(ann: &Person<'_>, old: &[String]) {
    let browser = &ann.browser;
    browser.go(SETTINGS);
    assert!(browser.text("main").contains("8 codes left"));
    browser.follow(MAKE_CODES);
    let codes = saves_the_codes(ann, "second-factor-new-codes");
    ann.reads(ANN, "The old ones no longer work", "email-new-codes");
    browser.go("/");
    log_out(browser);
    log_in(browser, PASSWORD, STEP);
    browser.fill("code", &old[5]);
    browser.submit();
    assert!(browser.has("#code-error"), "an old backup code works");
    browser.fill("code", &codes[0]);
    browser.submit();
    browser.expect("/");
}

fn turns_it_off(ann: &Person<'_>) {
    let browser = &ann.browser;
    browser.go(SETTINGS);
    browser.follow("main form[action$='/disable'] button");
    browser.expect(SETTINGS);
    assert!(browser.text("h1").ends_with("Off"));
    ann.look("second-factor-turned-off");
    ann.reads(
        ANN,
        "no longer asks for a second factor",
        "email-second-factor-off",
    );
    browser.go("/");
    log_out(browser);
    log_in(browser, PASSWORD, "/");
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn five_wrong_codes_end_the_log_in_and_few_backup_codes_are_pointed_out() {
    let app = start(Database::Postgres);
    let ann = Person::joins(&app, JavaScript::On, Some("postgres"));
    let (_, codes) = turns_it_on(&ann);
    app.sql(
        "delete from backup_codes where id in (select id from backup_codes order by id limit 7)",
    );
    log_out(&ann.browser);
    log_in(&ann.browser, PASSWORD, STEP);
    ann.browser.fill("code", &codes[8]);
    ann.browser.submit();
    ann.browser.expect("/");
    assert!(ann.browser.text(".notice").contains("Few backup codes"));
    ann.look("home-few-backup-codes");
    ann.browser.go(SETTINGS);
    ann.look("second-factor-few-codes");

    let thief = Browser::open(&app.url);
    log_in(&thief, PASSWORD, STEP);
    for _ in 0..5 {
        thief.fill("code", WRONG_CODE);
        thief.submit();
    }
    thief.expect("/users/log-in");
    inspect(&thief, "postgres", "log-in-too-many-codes");
    thief.go(STEP);
    thief.expect("/users/log-in");
    finish(&thief, &[422]);
    ann.reads(ANN, "failed at it five times", "email-wrong-codes");
    finish(&ann.browser, &[422]);
}

/// The mailbox alone is not enough to log in, and the password is new all the same.
#[test]
#[ignore = "needs a browser; tests/run browser"]
fn a_reset_of_the_password_and_a_link_ask_for_the_code_too() {
    let app = start(Database::Sqlite);
    let ann = Person::joins(&app, JavaScript::On, None);
    let (phone, codes) = turns_it_on(&ann);
    trusts_this_browser(&ann, &phone);
    let browser = &ann.browser;
    log_out(browser);
    browser.go("/users/reset-password");
    browser.fill("email", ANN);
    browser.submit();
    browser.go(&app.letter_that_says(ANN, "/users/reset-password/").link());
    browser.fill("new_password", OTHER_PASSWORD);
    browser.submit();
    log_in(browser, OTHER_PASSWORD, STEP);

    browser.go("/users/log-in");
    browser.fill("email", ANN);
    browser.follow("main button[formaction='/users/log-in/link']");
    browser.go(&app.letter_that_says(ANN, "/users/log-in/link/").link());
    browser.submit();
    browser.expect(STEP);
    browser.fill("code", &codes[0]);
    browser.submit();
    browser.expect("/");
    finish(browser, &[422]);
}
