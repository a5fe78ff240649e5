//! Authenticators that Chromium provides for tests (WebAuthn Level 2, section 11): an implementation of its own, independent
//! of the one in the tests of the generated app.

use std::time::Duration;

use serde_json::{Value, json};

use super::{browser::Browser, wait_for};

/// A virtual authenticator of a browser. It stays there until the browser is closed.
pub struct Authenticator<'a> {
    browser: &'a Browser,
    id: String,
}

/// Whether the user touches the authenticator when it asks for it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    There,
    Away,
}

impl<'a> Authenticator<'a> {
    /// A phone or a laptop: keeps passkeys, and verifies its user with a fingerprint. It is not touched yet. A browser has one.
    pub fn of_device(browser: &'a Browser) -> Self {
        Self::add(browser, "internal", true)
    }

    /// A security key that keeps passkeys, and verifies its user with a PIN.
    pub fn with_pin(browser: &'a Browser) -> Self {
        Self::add(browser, "usb", true)
    }

    /// A security key from before there were passkeys: it keeps nothing, and a touch is all it can ask for.
    pub fn security_key(browser: &'a Browser) -> Self {
        Self::add(browser, "usb", false)
    }

    fn add(browser: &'a Browser, transport: &str, keeps_passkeys: bool) -> Self {
        let model = json!({
            "protocol": "ctap2",
            "transport": transport,
            "hasResidentKey": keeps_passkeys,
            "hasUserVerification": keeps_passkeys,
            "isUserVerified": keeps_passkeys,
            "isUserConsenting": false,
        });
        let id = browser.post("webauthn/authenticator", &model);
        Self {
            browser,
            id: id.as_str().unwrap().to_owned(),
        }
    }

    /// What the user does from now on. A request that waits already is not touched any more.
    pub fn user_is(&self, presence: Presence) {
        let params = json!({ "authenticatorId": self.id, "enabled": presence == Presence::There });
        let command = "WebAuthn.setAutomaticPresenceSimulation";
        self.browser.chromium(command, &params);
    }

    /// Presses that button, and touches the authenticator when it asks, which leads to this page. A passkey is suggested on every
    /// page for logging in: whoever touches the authenticator all the time is logged in there at once.
    pub fn touch(&self, button: &str, page: &str) {
        self.user_is(Presence::There);
        self.browser.follow(button);
        self.browser.expect(page);
        self.user_is(Presence::Away);
    }

    /// Reads the finger of another person.
    pub fn knows_the_user(&self, is_known: bool) {
        let path = format!("webauthn/authenticator/{}/uv", self.id);
        self.browser
            .post(&path, &json!({ "isUserVerified": is_known }));
    }

    /// What it has made: each has `credentialId`, `isResidentCredential`, `rpId`, `signCount` and more.
    pub fn credentials(&self) -> Vec<Value> {
        let path = format!("webauthn/authenticator/{}/credentials", self.id);
        self.browser.get(&path).as_array().unwrap().clone()
    }

    /// Waits until it has so many: a page that tells it to forget one does not wait for it.
    pub fn expect_credentials(&self, count: usize) {
        let what = format!("{count} credentials, not {:?}", self.credentials());
        wait_for(&what, Duration::from_secs(5), || {
            Some(()).filter(|()| self.credentials().len() == count)
        });
    }
}

/// Takes passkeys away from a browser, as older ones and those in some apps are.
pub fn without_passkeys(browser: &Browser) {
    browser.before_each_page("delete window.PublicKeyCredential;");
}

/// Lets a request that nobody answers end after a moment, as by a press on "Cancel": a browser without a head shows no such
/// button, and reports both in the same way.
pub fn impatient(browser: &Browser) {
    browser.before_each_page(
        "for (const name of ['get', 'create']) {
           const ask = CredentialsContainer.prototype[name];
           CredentialsContainer.prototype[name] = function (options) {
             if (options.mediation !== 'conditional') options.publicKey.timeout = 300;
             return ask.call(this, options);
           };
         }",
    );
}
