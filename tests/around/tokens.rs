//! What somebody does with programs and apps, in a browser and by way of the program itself.

use serde_json::{Value, json};

use super::{
    PASSWORD,
    client::agent,
    person::{ANN, Person},
};

const TOKENS: &str = "/users/settings/api-tokens";
const APPS: &str = "/users/settings/apps";
const ROWS: &str = "main .rows > li";

/// Asks as a program does: the status and what was said.
pub fn ask(url: &str, token: &str) -> (u16, String) {
    let request = agent().get(url).header("accept", "application/json");
    let request = match token {
        "" => request,
        token => request.header("authorization", format!("Bearer {token}")),
    };
    let mut answer = request.call().unwrap();
    let said = answer.body_mut().read_to_string().unwrap();
    (answer.status().as_u16(), said)
}

/// Logs an app in: what it is given.
pub fn log_in(app: &str) -> Value {
    let body = json!({ "email": ANN, "password": PASSWORD }).to_string();
    let mut answer = agent()
        .post(format!("{app}/api/auth/token"))
        .header("content-type", "application/json")
        .header("user-agent", "ShopApp/1.0 (iPhone)")
        .send(body)
        .unwrap();
    let said = answer.body_mut().read_to_string().unwrap();
    serde_json::from_str(&said).unwrap_or_else(|_| panic!("{}: {said}", answer.status()))
}

impl Person<'_> {
    pub fn makes_a_token_and_revokes_it(&self) {
        let browser = &self.browser;
        browser.go("/users/settings");
        self.look("account-with-programs");
        browser.follow(&format!("main .actions a[href='{TOKENS}']"));
        browser.expect(TOKENS);
        self.look("tokens-none");
        browser.fill("name", "Backup");
        browser.follow("main form .actions button");
        assert!(
            browser.has("#scopes-error"),
            "a token that is good for nothing"
        );
        self.look("tokens-refused");
        browser.click("[name=scopes][value='profile:read']");
        browser.click("[name=scopes][value='orders:read']");
        browser.follow("main form .actions button");
        let token = browser.text("#token");
        self.look("tokens-made");
        self.is_good_for(&token, "/api/me", 200);
        self.is_good_for(&token, "/api/sessions", 403);
        let (status, said) = ask(&format!("{}/orders", self.app.url), &token);
        assert_eq!((status, said), (200, format!("The orders of {ANN}")));
        self.is_good_for("", "/orders", 401);

        browser.go(TOKENS);
        assert_eq!(browser.count(ROWS), 1);
        assert!(!browser.has("#token"), "it is shown again");
        self.look("tokens");
        self.reads(ANN, "New API token", "letter-token");
        browser.go(TOKENS);
        browser.follow("main .rows button");
        browser.expect(TOKENS);
        assert_eq!(browser.count(ROWS), 0);
        self.is_good_for(&token, "/api/me", 401);
    }

    fn is_good_for(&self, token: &str, path: &str, status: u16) {
        let (found, said) = ask(&format!("{}{path}", self.app.url), token);
        assert_eq!(found, status, "{path}: {said}");
    }

    pub fn logs_an_app_in_and_out(&self) {
        let pair = log_in(&self.app.url);
        let access = pair["access_token"].as_str().unwrap();
        self.is_good_for(access, "/api/me", 200);
        self.browser.go(APPS);
        assert_eq!(self.browser.count(ROWS), 1);
        self.look("apps");
        self.browser.follow("main .rows button");
        self.browser.expect(APPS);
        assert_eq!(self.browser.count(ROWS), 0);
        self.look("apps-none");
        std::thread::sleep(std::time::Duration::from_millis(2100));
        self.is_good_for(access, "/api/me", 401);
    }

    pub fn reads_what_the_api_can_do(&self) {
        self.browser.go("/api/docs");
        self.look("api");
        self.browser.script(
            "document.querySelectorAll('details').forEach((one, at) => one.open = at % 4 == 1)",
        );
        self.look("api-open");
        assert!(self.browser.count("main details") > 10);
    }
}
