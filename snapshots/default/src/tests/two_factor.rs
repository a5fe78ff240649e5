//! An authenticator app, as users have one on their phone: RFC 6238 in a few lines, so that the codes are not made by the crate
//! that checks them.

use axum::http::StatusCode;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use time::{Duration, OffsetDateTime};

use super::{browser::Browser, test_app::TestApp};

pub const SETTINGS: &str = "/users/settings/second-factor";
pub const CONFIRM: &str = "/users/settings/second-factor/confirm";
/// The page of the login step.
pub const STEP: &str = "/users/second-factor";
/// One code in 333,333 tests is right by chance.
pub const WRONG_CODE: &str = "000000";
/// Each code is good for one log-in: this later there is another one.
pub const NEXT: Duration = Duration::seconds(30);

#[derive(Clone)]
pub struct Phone {
    secret: Vec<u8>,
}

/// A user who has turned the second factor on, and the browser in which they did.
pub struct Protected {
    pub browser: Browser,
    pub phone: Phone,
    pub backup_codes: Vec<String>,
}

impl Phone {
    /// Reads the link that a page has beside its QR code.
    pub fn scan(page: &str) -> Self {
        let (_, link) = page.split_once("otpauth://totp/").expect("an otpauth link");
        let (_, rest) = link.split_once("secret=").unwrap();
        let base32: String = rest
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        Self {
            secret: decode(&base32),
        }
    }

    pub fn secret(&self) -> &[u8] {
        &self.secret
    }

    pub fn code(&self, test: &TestApp) -> String {
        self.code_at(test.app.now())
    }

    pub fn code_at(&self, at: OffsetDateTime) -> String {
        let step = at.unix_timestamp() / 30;
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.secret).unwrap();
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let offset = usize::from(hash[19] & 0xf);
        let number = hash[offset..offset + 4].try_into().map(u32::from_be_bytes);
        format!("{:06}", (number.unwrap() & 0x7fff_ffff) % 1_000_000)
    }
}

/// RFC 4648, section 6, without padding.
fn decode(base32: &str) -> Vec<u8> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        _ => c - b'2' + 26,
    };
    let bits = base32
        .bytes()
        .flat_map(|c| (0..5).rev().map(move |bit| value(c) >> bit & 1));
    let bits: Vec<u8> = bits.collect();
    let bytes = bits.chunks_exact(8);
    bytes
        .map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | bit))
        .collect()
}

/// Begins to set up an app.
pub async fn scan(browser: &mut Browser) -> Phone {
    browser.post(SETTINGS, &[]).await.expect_redirect(SETTINGS);
    Phone::scan(&browser.get(SETTINGS).await.body)
}

/// Turns the second factor on. Returns the app and the backup codes.
pub async fn turn_on(test: &TestApp, browser: &mut Browser) -> (Phone, Vec<String>) {
    let phone = scan(browser).await;
    let code = phone.code(test);
    let page = browser.post(CONFIRM, &[("code", &code)]).await;
    let codes = backup_codes(&page.expect(StatusCode::OK).body);
    test.after(NEXT);
    (phone, codes)
}

/// The backup codes that a page shows.
pub fn backup_codes(page: &str) -> Vec<String> {
    let codes = page.split("<code>").skip(1);
    codes
        .filter_map(|rest| Some(rest.split_once("</code>")?.0.to_owned()))
        .collect()
}

/// A new user with a second factor.
pub async fn member(test: &TestApp, email: &str) -> Protected {
    let mut browser = test.member(email).await;
    let (phone, backup_codes) = turn_on(test, &mut browser).await;
    Protected {
        browser,
        phone,
        backup_codes,
    }
}

impl Protected {
    /// A browser in which the user has given the password, and nothing else.
    pub async fn pending(&self, test: &TestApp, email: &str) -> Browser {
        let mut browser = test.browser();
        browser
            .log_in(email, super::PASSWORD)
            .await
            .expect_redirect(STEP);
        browser
    }

    /// A browser in which the user has logged in with both factors, with further fields of the form.
    pub async fn log_in(&self, test: &TestApp, email: &str, fields: &[(&str, &str)]) -> Browser {
        let mut browser = self.pending(test, email).await;
        let code = self.phone.code(test);
        let fields = [&[("code", code.as_str())], fields].concat();
        browser.post(STEP, &fields).await.expect_redirect("/");
        test.after(NEXT);
        browser
    }
}
