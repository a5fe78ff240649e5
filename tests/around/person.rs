//! Somebody in a real browser, and what they do with their account. Every deed begins and ends logged in.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    OTHER_PASSWORD, PASSWORD,
    app::{App, Letter},
    browser::{Browser, JavaScript},
    page::{finish, inspect},
    wait_for,
};

pub const ANN: &str = "ann@example.com";
const NEW_ADDRESS: &str = "ann@example.org";
const SETTINGS: &str = "/users/settings";
const LOG_IN: &str = "/users/log-in";

pub struct Person<'a> {
    pub app: &'a App,
    pub browser: Browser,
    /// What the names of pictures begin with, where some are taken.
    pictures: Option<&'static str>,
}

impl<'a> Person<'a> {
    /// Has registered and confirmed the address.
    pub fn joins(app: &'a App, javascript: JavaScript, pictures: Option<&'static str>) -> Self {
        let browser = Browser::with(&app.url, javascript);
        register(&browser);
        browser.fill("code", &app.letter_to(ANN).code());
        browser.submit();
        browser.expect("/");
        Self {
            app,
            browser,
            pictures,
        }
    }

    /// In the order that the next deed needs: an old address that is taken back ends the new password.
    pub fn does_everything(&self) {
        self.changes_the_password();
        self.changes_the_address();
        self.takes_the_old_address_back();
        self.logs_in_by_letter();
        self.takes_a_copy_of_everything();
        self.leaves_and_comes_back();
    }

    pub fn look(&self, name: &str) {
        self.look_at(&self.browser, name);
    }

    /// In another browser.
    pub fn look_at(&self, browser: &Browser, name: &str) {
        if let Some(database) = self.pictures {
            inspect(browser, database, name);
        }
    }

    /// The newest letter that says this.
    pub fn reads(&self, address: &str, words: &str, name: &str) -> Letter {
        let letter = self.app.letter_that_says(address, words);
        if self.pictures.is_some() {
            self.browser.go(&format!("/dev/mailbox/{}", letter.number));
            self.look(name);
        }
        letter
    }

    /// Presses the button of that form, which comes back to the page of the account.
    fn press(&self, form: &str) {
        self.browser.follow(&format!(
            "main form[action='{SETTINGS}/{form}'] button:not([type=button])"
        ));
    }

    /// A new password is for this browser only: whoever is logged in elsewhere has to know it.
    fn changes_the_password(&self) {
        let phone = Browser::open(&self.app.url);
        log_in(&phone, PASSWORD, "/");
        self.browser.go(SETTINGS);
        self.look("account");
        self.browser.fill("current_password", PASSWORD);
        self.browser.fill("new_password", "short");
        self.press("password");
        assert!(self.browser.has("#new_password-error"), "short is good");
        self.look("account-password-refused");
        self.browser.fill("current_password", PASSWORD);
        self.browser.fill("new_password", OTHER_PASSWORD);
        self.press("password");
        self.browser.expect(SETTINGS);
        assert!(self.browser.has(".notice"), "nothing is said about it");
        phone.go(SETTINGS);
        phone.expect(LOG_IN);
        self.reads(ANN, "Your password was changed", "letter-password-changed");
        self.reads(ANN, "New log-in to your account", "letter-log-in");
    }

    /// Mistypes it, thinks again, and asks once more.
    fn changes_the_address(&self) {
        self.asks_for("ann@nowhere");
        assert!(self.browser.has("#email-error"), "ann@nowhere is good");
        self.look("account-address-refused");
        self.asks_for(NEW_ADDRESS);
        self.browser.expect(SETTINGS);
        self.look("account-address-pending");
        self.app.letter_to(NEW_ADDRESS);
        self.press("email/cancel");
        self.asks_for(NEW_ADDRESS);
        let link = self.app.letters_to(NEW_ADDRESS, 2).pop().unwrap().link();
        self.reads(NEW_ADDRESS, &link, "letter-new-address");
        self.browser.go(&link);
        self.look("address-link");
        self.browser.submit();
        self.browser.expect(SETTINGS);
        assert_eq!(self.browser.text(".settings strong"), NEW_ADDRESS);
        self.look("account-address-changed");
        self.browser.go(&link);
        self.look("address-link-expired");
        self.browser.go(SETTINGS);
    }

    fn asks_for(&self, address: &str) {
        self.browser.go(SETTINGS);
        self.browser.fill("email", address);
        self.press("email");
    }

    /// With the letter to the old address, in another browser. It throws the one out who has changed it, and the password too.
    fn takes_the_old_address_back(&self) {
        let letter = self.reads(ANN, "Your address was changed", "letter-address-changed");
        let owner = Browser::open(&self.app.url);
        owner.go(&letter.link());
        self.look_at(&owner, "veto");
        owner.submit();
        owner.expect(LOG_IN);
        self.look_at(&owner, "log-in-address-restored");
        owner.go(&letter.link());
        self.look_at(&owner, "veto-expired");
        finish(&owner, &[404]);

        self.browser.go(SETTINGS);
        self.browser.expect(LOG_IN);
        let letter = self.app.letter_that_says(ANN, "/users/reset-password/");
        self.browser.go(&letter.link());
        self.browser.fill("new_password", PASSWORD);
        self.browser.submit();
        self.browser.expect(LOG_IN);
        log_in(&self.browser, PASSWORD, SETTINGS);
        assert_eq!(self.browser.text(".settings strong"), ANN);
    }

    /// With nothing in the field of the password, and back to the page that was wanted.
    fn logs_in_by_letter(&self) {
        let by_letter = "main button[formaction='/users/log-in/link']";
        log_out(&self.browser);
        self.browser.go("/dashboard?tab=orders");
        self.browser.expect(LOG_IN);
        self.browser.fill("email", "nonsense");
        self.browser.follow(by_letter);
        assert!(self.browser.has("#email-error"), "nonsense is good");
        self.look("log-in-letter-refused");
        self.browser.fill("email", ANN);
        self.browser.follow(by_letter);
        self.browser.expect(LOG_IN);
        self.look("log-in-link-sent");
        let letter = self.reads(ANN, "/users/log-in/link/", "letter-log-in-link");
        self.browser.go(&letter.link());
        self.look("log-in-link");
        self.browser.click("[name=remember_me]");
        self.browser.submit();
        self.browser.expect("/dashboard?tab=orders");
        self.browser.go(&letter.link());
        let form = "main form:not(.banner)";
        assert!(!self.browser.has(form), "the link works twice");
        self.look("log-in-link-expired");
    }

    /// As a file, which says who they are and not what their password is.
    fn takes_a_copy_of_everything(&self) {
        let folder = tempfile::tempdir().unwrap();
        self.browser.chromium(
            "Browser.setDownloadBehavior",
            &json!({ "behavior": "allow", "downloadPath": folder.path() }),
        );
        self.browser.go(SETTINGS);
        self.browser
            .click(&format!("main a[href='{SETTINGS}/export']"));
        let file = folder.path().join("shop.json");
        let text = wait_for("the copy", Duration::from_secs(10), || {
            std::fs::read_to_string(&file).ok()
        });
        let copy: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(copy["users"][0]["email"], ANN);
        assert!(!text.contains("$argon2"), "the password is in {text}");
    }

    /// Turns around at the page that would keep the account, and then keeps it.
    fn leaves_and_comes_back(&self) {
        self.browser.go(SETTINGS);
        self.press("delete");
        self.browser.expect(LOG_IN);
        self.look("log-in-deletion-scheduled");
        self.reads(ANN, "will be deleted on", "letter-deletion");
        log_in(&self.browser, PASSWORD, "/users/reactivate");
        self.look("reactivate");
        self.browser.follow("main .aside button");
        self.browser.expect(LOG_IN);
        log_in(&self.browser, PASSWORD, "/users/reactivate");
        self.browser.submit();
        self.browser.expect("/");
        self.look("home-reactivated");
        self.reads(ANN, "Your account stays", "letter-deletion-cancelled");
    }

    /// Wrong passwords in a new browser keep that out, and not the one that is known.
    pub fn is_locked_out_elsewhere(&self) {
        let new = Browser::open(&self.app.url);
        new.go(LOG_IN);
        new.fill("email", ANN);
        for password in [OTHER_PASSWORD; 5].into_iter().chain([PASSWORD]) {
            new.fill("password", password);
            new.submit();
            assert!(
                new.has("#password-error"),
                "{password} opens a locked account"
            );
        }
        self.look_at(&new, "log-in-locked");
        log_out(&self.browser);
        log_in(&self.browser, PASSWORD, "/");

        let letter = self.reads(ANN, "/users/unlock/", "letter-unlock");
        new.go(&letter.link());
        self.look_at(&new, "unlock");
        new.submit();
        new.expect(LOG_IN);
        self.look_at(&new, "log-in-unlocked");
        log_in(&new, PASSWORD, "/");
        finish(&new, &[422]);
    }

    /// What needs a fresh proof is hidden without one, and the way there leads back.
    pub fn comes_back_to_the_account_after_a_while(&self) {
        self.app
            .sql("update sessions set sudo_at = sudo_at - interval '16 minutes'");
        self.browser.go(SETTINGS);
        assert!(!self.browser.has("main [name=email]"));
        self.look("account-later");
        self.browser.fill("current_password", OTHER_PASSWORD);
        self.browser
            .fill("new_password", "six grey otters paint doors");
        self.press("password");
        assert!(self.browser.has("#current_password-error"));
        self.look("account-later-refused");
        self.browser.follow("main a[href^='/users/sudo']");
        self.look("sudo");
        self.browser.fill("password", OTHER_PASSWORD);
        self.browser.submit();
        assert!(self.browser.has("#password-error"));
        self.look("sudo-refused");
        self.browser.fill("password", PASSWORD);
        self.browser.submit();
        self.browser.expect(SETTINGS);
        assert!(self.browser.has("main [name=email]"));
    }

    /// Somebody whose password was thrown away, or who never had one.
    pub fn has_no_password(&self) {
        self.app.sql("update users set password_hash = null");
        self.browser.go(SETTINGS);
        self.look("account-no-password");
        self.app
            .sql("update sessions set sudo_at = sudo_at - interval '16 minutes'");
        self.browser.go(SETTINGS);
        self.look("account-no-password-later");
        self.browser.follow("main a[href^='/users/sudo']");
        self.look("sudo-no-password");
        self.browser.submit();
        let letter = self.app.letter_that_says(ANN, "/users/log-in/link/");
        self.browser.go(&letter.link());
        self.browser.submit();
        self.browser.expect(SETTINGS);
        self.browser.fill("new_password", PASSWORD);
        self.press("password");
        self.browser.expect(SETTINGS);
    }
}

pub fn register(browser: &Browser) {
    browser.go("/users/register");
    browser.fill("email", ANN);
    browser.fill("password", PASSWORD);
    browser.submit();
    browser.expect("/users/confirm");
}

/// Leads to that page.
pub fn log_in(browser: &Browser, password: &str, page: &str) {
    browser.go(LOG_IN);
    browser.fill("email", ANN);
    browser.fill("password", password);
    browser.submit();
    browser.expect(page);
}

pub fn log_out(browser: &Browser) {
    browser.follow("header form button");
    browser.expect(LOG_IN);
}
