//! Passkeys and security keys, with Chromium's own virtual authenticators.
//!
//! What they cannot show: the list of suggestions below the email field. A request of that kind is answered as if the user had
//! chosen the passkey there, where one touches the authenticator, and waits otherwise.

use std::time::Duration;

use super::start;
use crate::around::{
    OTHER_PASSWORD, PASSWORD,
    app::App,
    authenticator::{Authenticator, Presence, impatient, without_passkeys},
    browser::{Browser, JavaScript},
    page::{finish, finish_with, inspect},
    person::{ANN, Person, log_in, log_out},
    shop::Database,
    wait_for,
};

const HOME: &str = "/";
const LOG_IN: &str = "/users/log-in";
const SETTINGS: &str = "/users/settings";
const PASSKEYS: &str = "/users/settings/passkeys";
const STEP: &str = "/users/second-factor";
const ROWS: &str = "main .rows > li";
const ADD: &str = "[data-kind=login] button";
const ADD_KEY: &str = "[data-kind=second_factor] button";
const USE: &str = "[data-passkey=get] button";
/// On a page that takes a security key, too.
const USE_PASSKEY: &str = "[data-passkey=get][data-kind=login] button";
const DELETE: &str = "main form[action$='/delete'] button";
const OFFER: &str = "[data-passkey-offer]";

/// What a user sees of an element. Nothing, where it is hidden.
fn seen(browser: &Browser, css: &str) -> bool {
    let script = format!("return document.querySelector({css:?})?.checkVisibility() ?? false");
    browser.script(&script) == true
}

/// Waits until an element says this: what a ceremony comes to is shown by a script.
fn expect_text(browser: &Browser, css: &str, words: &str) {
    wait_for(words, Duration::from_secs(5), || {
        Some(()).filter(|()| browser.text(css).contains(words))
    });
}

/// A user with a passkey and no password.
struct Owner<'a> {
    app: &'a App,
    browser: &'a Browser,
    device: Authenticator<'a>,
    /// What the names of pictures begin with, where some are taken.
    pictures: Option<&'static str>,
}

impl<'a> Owner<'a> {
    fn signs_up(app: &'a App, browser: &'a Browser, pictures: Option<&'static str>) -> Self {
        let device = Authenticator::of_device(browser);
        browser.go("/users/register");
        browser.fill("email", ANN);
        device.touch("[data-passkey=create] button", "/users/confirm");
        browser.fill("code", &app.letter_to(ANN).code());
        browser.submit();
        browser.expect(HOME);
        Self {
            app,
            browser,
            device,
            pictures,
        }
    }

    fn look(&self, name: &str) {
        if let Some(database) = self.pictures {
            inspect(self.browser, database, name);
        }
    }

    /// Found by the authenticator itself, and named after it.
    fn has_one_passkey(&self) {
        self.browser.go(PASSKEYS);
        assert_eq!(self.browser.count(ROWS), 1);
        let credentials = self.device.credentials();
        assert_eq!(credentials.len(), 1);
        assert_eq!(credentials[0]["isResidentCredential"], true);
        assert_eq!(credentials[0]["rpId"], "localhost");
        self.look("passkeys");
    }

    fn cannot_remove_the_last_one(&self) {
        self.browser.follow(DELETE);
        let error = self.browser.text("main .error");
        assert!(error.contains("only way to log in"), "{error}");
        self.look("passkeys-last");
        self.browser.go(PASSKEYS);
        assert_eq!(self.browser.count(ROWS), 1);
    }

    fn renames_it(&self) {
        let name = "<b>Phone</b> & \"tablet\"";
        self.browser.click("main .rows summary");
        self.browser.fill("name", name);
        self.browser.follow("main form[action$='/rename'] button");
        self.browser.expect(PASSKEYS);
        assert_eq!(self.browser.text(".rows strong"), name);
    }

    /// The same authenticator cannot have two.
    fn adds_another_one(&self) -> Authenticator<'a> {
        self.device.user_is(Presence::There);
        self.browser.click(ADD);
        expect_text(
            self.browser,
            "[data-kind=login] [role=alert]",
            "has a passkey",
        );
        self.look("passkeys-taken");
        self.device.user_is(Presence::Away);
        let key = Authenticator::with_pin(self.browser);
        key.touch(ADD, PASSKEYS);
        assert_eq!(self.browser.count(ROWS), 2);
        self.look("passkeys-two");
        self.app.letter_that_says(ANN, "it logs in to your account");
        key
    }

    /// The authenticator forgets it as well.
    fn removes_the_first_one(&self) {
        self.browser.go(PASSKEYS);
        self.browser.follow(DELETE);
        self.browser.expect(PASSKEYS);
        assert_eq!(self.browser.count(ROWS), 1);
        self.app
            .letter_that_says(ANN, "does not log in to your account any more");
        self.device.expect_credentials(0);
    }

    /// Changes their mind first.
    fn logs_in_by_the_button(&self, device: &Authenticator<'_>) {
        self.browser.go(HOME);
        log_out(self.browser);
        let field = "return document.querySelector('[name=email]').autocomplete";
        assert_eq!(self.browser.script(field), "username webauthn");
        self.browser.click(USE);
        expect_text(
            self.browser,
            "[data-passkey=get] [role=alert]",
            "No passkey was used",
        );
        self.look("log-in-passkey-cancelled");
        device.touch(USE, HOME);
    }

    /// From the suggestions of the email field.
    fn logs_in_by_autofill(&self, device: &Authenticator<'_>) {
        self.browser.go(HOME);
        log_out(self.browser);
        device.user_is(Presence::There);
        self.browser.go(LOG_IN);
        self.browser.expect(HOME);
        device.user_is(Presence::Away);
    }

    fn proves_who_they_are(&self, device: &Authenticator<'_>) {
        self.browser.go("/users/sudo?return_to=/users/settings");
        assert!(self.browser.text("main").contains("Use your passkey"));
        self.look("sudo-passkey");
        device.knows_the_user(false);
        device.user_is(Presence::There);
        self.browser.click(USE);
        expect_text(
            self.browser,
            "[data-passkey=get] [role=alert]",
            "No passkey was used",
        );
        device.knows_the_user(true);
        device.touch(USE, SETTINGS);
    }
}

/// A cancelled ceremony is logged in the console, too, and so is what the server has refused.
fn finish_after_refusals(browser: &Browser) {
    let meant = [
        "NotAllowedError",
        "InvalidStateError",
        "status of 410",
        "status of 422",
    ];
    finish_with(browser, &meant.map(str::to_owned));
}

fn passkeys_alone(database: Database, pictures: Option<&'static str>) {
    let app = start(database);
    let browser = Browser::open(&app.url);
    impatient(&browser);
    let ann = Owner::signs_up(&app, &browser, pictures);
    ann.has_one_passkey();
    ann.cannot_remove_the_last_one();
    ann.renames_it();
    let key = ann.adds_another_one();
    ann.removes_the_first_one();
    ann.logs_in_by_the_button(&key);
    ann.logs_in_by_autofill(&key);
    ann.proves_who_they_are(&key);
    finish_after_refusals(&browser);
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn a_passkey_is_all_that_a_user_needs_on_sqlite() {
    passkeys_alone(Database::Sqlite, Some("sqlite"));
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn a_passkey_is_all_that_a_user_needs_on_postgresql() {
    passkeys_alone(Database::Postgres, None);
}

/// As after it was removed with another browser. The authenticator suggests it no more.
#[test]
#[ignore = "needs a browser; tests/run browser"]
fn a_passkey_that_is_not_known_any_more_is_forgotten() {
    let app = start(Database::Postgres);
    let browser = Browser::open(&app.url);
    let ann = Owner::signs_up(&app, &browser, Some("postgres"));
    ann.device.expect_credentials(1);
    app.sql("delete from passkeys");
    log_out(&browser);
    ann.device.user_is(Presence::There);
    // The suggestions are enough: a click would begin anew, when the passkey is forgotten.
    browser.go(LOG_IN);
    expect_text(
        &browser,
        "[data-passkey=get] [role=alert]",
        "not known here",
    );
    ann.device.expect_credentials(0);
    ann.look("log-in-passkey-unknown");
    finish_after_refusals(&browser);
}

/// A password comes first. The key may be a passkey, too.
fn keys_as_the_second_factor(database: Database, pictures: Option<&'static str>) {
    let app = start(database);
    let ann = Person::joins(&app, JavaScript::On, pictures);
    let browser = &ann.browser;
    let key = Authenticator::security_key(browser);
    browser.go(PASSKEYS);
    ann.look("passkeys-none");
    key.touch(ADD_KEY, "/users/settings/second-factor");
    assert!(browser.text("h1").ends_with("On"));
    assert_eq!(key.credentials()[0]["isResidentCredential"], false);
    ann.look("second-factor-security-key");
    ann.reads(ANN, "asks for a second factor", "email-security-key");
    proves_it_with_a_password_and_a_key(&ann, &key);
    browser.go(HOME);
    log_out(browser);
    log_in(browser, PASSWORD, STEP);
    ann.look("log-in-security-key");
    key.touch(USE, HOME);

    let device = Authenticator::of_device(browser);
    browser.go(PASSKEYS);
    device.touch(ADD, PASSKEYS);
    ann.look("passkeys-and-security-key");
    browser.go(HOME);
    log_out(browser);
    log_in(browser, PASSWORD, STEP);
    browser.click("[name=trust_browser]");
    device.touch(USE, HOME);
    log_out(browser);
    log_in(browser, PASSWORD, HOME);
    sets_a_new_password(&ann, &device);
    removes_the_security_key(&ann, &device);
    removes_the_last_passkey(&ann, &device);
    finish(browser, &[422]);
}

/// The password is asked for before the key, and a wrong one is not said to be right.
fn proves_it_with_a_password_and_a_key(ann: &Person<'_>, key: &Authenticator<'_>) {
    let browser = &ann.browser;
    browser.go("/users/sudo?return_to=/users/settings");
    ann.look("sudo-security-key");
    key.user_is(Presence::There);
    browser.fill("password", OTHER_PASSWORD);
    browser.click(USE);
    expect_text(
        browser,
        "[data-passkey=get] [role=alert]",
        "That is not the password",
    );
    ann.look("sudo-security-key-refused");
    key.user_is(Presence::Away);
    browser.fill("password", PASSWORD);
    key.touch(USE, SETTINGS);
}

/// With the passkey in place of the old one, although a trusted browser has shown no second factor.
fn sets_a_new_password(ann: &Person<'_>, device: &Authenticator<'_>) {
    ann.browser.go(SETTINGS);
    ann.look("account-passkey");
    ann.browser.fill("new_password", OTHER_PASSWORD);
    device.touch("[data-finish-field=new_password] button", SETTINGS);
    assert!(ann.browser.has(".notice"), "nothing is said about it");
    ann.app.letter_that_says(ANN, "Your password was changed");
}

fn removes_the_security_key(ann: &Person<'_>, device: &Authenticator<'_>) {
    let browser = &ann.browser;
    browser.go(PASSKEYS);
    if browser.path() != PASSKEYS {
        device.touch(USE_PASSKEY, PASSKEYS);
    }
    browser.follow(DELETE);
    browser.expect(PASSKEYS);
    assert_eq!(browser.count(ROWS), 1);
    assert!(browser.text(".notice").contains("authentication is off"));
    ann.reads(
        ANN,
        "no longer asks for a second factor",
        "email-security-key-removed",
    );
    browser.go(HOME);
    log_out(browser);
    log_in(browser, OTHER_PASSWORD, HOME);
}

/// Nothing is left that names the user to the authenticator, which forgets it all the same.
fn removes_the_last_passkey(ann: &Person<'_>, device: &Authenticator<'_>) {
    let browser = &ann.browser;
    device.expect_credentials(1);
    browser.go(PASSKEYS);
    browser.follow(DELETE);
    browser.expect(PASSKEYS);
    assert!(!browser.has(ROWS));
    device.expect_credentials(0);
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn keys_are_a_second_factor_on_sqlite() {
    keys_as_the_second_factor(Database::Sqlite, Some("sqlite"));
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn keys_are_a_second_factor_on_postgresql() {
    keys_as_the_second_factor(Database::Postgres, None);
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn a_passkey_is_offered_after_a_password_until_the_offer_is_dismissed() {
    let app = start(Database::Sqlite);
    let ann = Person::joins(&app, JavaScript::On, Some("sqlite"));
    let browser = &ann.browser;
    log_out(browser);
    log_in(browser, PASSWORD, HOME);
    assert!(seen(browser, OFFER), "no passkey is offered");
    ann.look("home-passkey-offer");
    browser.follow(&format!("{OFFER} button"));
    browser.expect(HOME);
    assert!(!seen(browser, OFFER), "the offer stays");
    log_out(browser);
    log_in(browser, PASSWORD, HOME);
    assert!(!seen(browser, OFFER), "the offer comes back");
    finish(browser, &[]);
}

/// Without JavaScript no page offers what would not work.
#[test]
#[ignore = "needs a browser; tests/run browser"]
fn without_javascript_nothing_offers_a_passkey() {
    let app = start(Database::Sqlite);
    let ann = Person::joins(&app, JavaScript::Off, None);
    let browser = &ann.browser;
    browser.go(PASSKEYS);
    assert!(!seen(browser, ADD));
    assert!(browser.text("main").contains("do not work in this browser"));
    browser.go(HOME);
    log_out(browser);
    assert!(!seen(browser, USE));
    log_in(browser, PASSWORD, HOME);
    assert!(!seen(browser, OFFER));
    finish(browser, &[]);
}

/// Each page says what works instead, and it does.
#[test]
#[ignore = "needs a browser; tests/run browser"]
fn where_passkeys_do_not_work_the_page_says_what_does() {
    let app = start(Database::Sqlite);
    let ann = Person::joins(&app, JavaScript::On, None);
    let key = Authenticator::security_key(&ann.browser);
    ann.browser.go(PASSKEYS);
    key.touch(ADD_KEY, "/users/settings/second-factor");
    ann.browser
        .follow("main form[action$='/backup-codes'] button");
    let codes = ann.browser.text(".codes");
    let code = codes.lines().next().unwrap();

    let old = Browser::open(&app.url);
    without_passkeys(&old);
    let says = |path: &str, words: &str, picture: &str| {
        if old.path() != path {
            old.go(path);
        }
        assert!(!seen(&old, "[data-passkey] button"), "a button on {path}");
        let hint = old.text("[data-without]");
        assert!(hint.contains(words), "{path} says: {hint}");
        inspect(&old, "sqlite", picture);
    };
    says(
        "/users/register",
        "Choose a password",
        "register-no-passkeys",
    );
    says(LOG_IN, "Use your password", "log-in-no-passkeys");
    log_in(&old, PASSWORD, STEP);
    says(STEP, "backup codes", "log-in-second-factor-no-passkeys");
    old.fill("code", code);
    old.submit();
    old.expect(HOME);
    assert!(!seen(&old, OFFER), "a passkey is offered");
    says(PASSKEYS, "with another browser", "passkeys-no-passkeys");
    says(
        "/users/sudo",
        "Use your password and a code",
        "sudo-no-passkeys",
    );
    finish(&old, &[]);
    finish(&ann.browser, &[]);
}
