//! SES-18: every flow at once, on a few accounts. No deadlock, no error, and nothing outlives a reset.
//!
//! `MIXED_LOAD_SECONDS=120 MIXED_LOAD_TASKS=8 cargo test sec_ses_18` is the long run.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::http::Method;
use serde_json::json;

use crate::{
    accounts::{client::Client, held::Held, second_factor, suspension, user},
    db::schema,
    id::Id,
    tests::{
        OTHER_PASSWORD, PASSWORD,
        browser::{Answer, Browser},
        test_app::TestApp,
        two_factor::{self, Phone},
    },
};

const NAMES: [&str; 3] = ["ann", "bob", "eve"];
/// Between two steps, so that moments differ, limits forget, and locks end.
const STEP: time::Duration = time::Duration::seconds(7);
/// An email is there after this long.
const EMAIL: Duration = Duration::from_millis(30);

fn setting(name: &str, otherwise: u64) -> u64 {
    let set = std::env::var(name).ok();
    set.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn random(end: usize) -> usize {
    getrandom::u32().unwrap() as usize % end
}

fn a_password() -> &'static str {
    [PASSWORD, OTHER_PASSWORD][random(2)]
}

/// The authenticator apps of all accounts, as far as their factor is on.
type Phones = Arc<Mutex<HashMap<&'static str, Phone>>>;

/// One who does this and that with one account, as its owner, a thief and an operator would.
struct Player<'a> {
    test: &'a TestApp,
    id: Id,
    name: &'static str,
    browser: &'a mut Browser,
    phones: &'a Phones,
}

impl Player<'_> {
    /// It changes under our feet.
    async fn email(&self) -> Option<String> {
        let user = user::by_id(&self.test.app.db, self.id).await.unwrap();
        user.map(|user| user.email.to_string())
    }

    fn either_email(&self) -> String {
        let domain = ["example.com", "example.org"][random(2)];
        format!("{}@{domain}", self.name)
    }

    async fn post(&mut self, path: &str, form: &[(&str, &str)]) {
        let answer = self.browser.post(path, form).await;
        expect_no_error(&answer, path);
    }

    /// Opens the newest link of this kind.
    async fn follow(&mut self, email: &str, below: &str, form: &[(&str, &str)]) {
        tokio::time::sleep(EMAIL).await;
        let start = self.test.app.config.link(below);
        let letters = self.test.app.mailer.mailbox().unwrap().all();
        let letters = letters.iter().filter(|letter| letter.to == email);
        let lines = letters.flat_map(|letter| letter.text.lines());
        let mut links = lines.filter(|line| line.starts_with(&start));
        if let Some(link) = links.next_back().map(|link| link[start.len()..].to_owned()) {
            self.post(&format!("{below}{link}"), form).await;
        }
    }

    async fn suspend_for_a_moment(&self) {
        let (app, client) = (&self.test.app, Client::operator());
        for is_end in [false, true] {
            let Some(mut held) = Held::by_operator(app, self.id).await.unwrap() else {
                return;
            };
            let done = if is_end {
                suspension::unsuspend(app, &mut held, &client).await
            } else {
                suspension::suspend(app, &mut held, &client).await
            };
            done.unwrap();
            held.commit().await.unwrap();
        }
    }

    async fn log_in(&mut self, email: &str) {
        let form = [("email", email), ("password", a_password())];
        self.post("/users/log-in", &form).await;
        self.give_a_code(two_factor::STEP, &[("trust_browser", "on")])
            .await;
    }

    /// If the account has an app. Others may have used the code, or set up another app since.
    async fn give_a_code(&mut self, path: &str, fields: &[(&str, &str)]) {
        let phone = self.phones.lock().unwrap().get(self.name).cloned();
        if let Some(phone) = phone {
            let code = phone.code(self.test);
            let form = [&[("code", code.as_str())], fields].concat();
            self.post(path, &form).await;
        }
    }

    async fn set_up_an_app(&mut self) {
        self.post(two_factor::SETTINGS, &[]).await;
        let page = self.browser.get(two_factor::SETTINGS).await;
        expect_no_error(&page, "the page of the second factor");
        if !page.body.contains("otpauth://") {
            return;
        }
        let phone = Phone::scan(&page.body);
        let code = phone.code(self.test);
        let form = [("code", code.as_str())];
        let answer = self.browser.post(two_factor::CONFIRM, &form).await;
        expect_no_error(&answer, "an app that is set up");
        if !two_factor::backup_codes(&answer.body).is_empty() {
            self.phones.lock().unwrap().insert(self.name, phone);
        }
    }

    async fn remove_the_second_factor(&self) {
        let (app, client) = (&self.test.app, Client::operator());
        let Some(mut held) = Held::by_operator(app, self.id).await.unwrap() else {
            return;
        };
        let removed = second_factor::remove_by_operator(app, &mut held, &client).await;
        removed.unwrap();
        held.commit().await.unwrap();
        self.phones.lock().unwrap().remove(self.name);
    }

    /// Where there are no connected apps, this is not found.
    async fn log_an_app_in(&self, email: &str) {
        let body = json!({ "email": email, "password": a_password() });
        let app = self.browser.clone();
        let mut app = app.with_header("content-type", "application/json");
        let path = "/api/auth/token";
        let answer = app.send(Method::POST, path, body.to_string().into()).await;
        expect_no_error(&answer, path);
        let tokens: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
        if let Some(refresh) = tokens["refresh_token"].as_str() {
            let body = json!({ "refresh_token": refresh }).to_string();
            let path = "/api/auth/token/refresh";
            let answer = app.send(Method::POST, path, body.into()).await;
            expect_no_error(&answer, path);
        }
    }

    async fn do_something(&mut self) {
        let Some(email) = self.email().await else {
            return;
        };
        let other = self.either_email();
        match random(17) {
            0 | 1 => self.log_in(&email).await,
            2 => {
                self.post("/users/log-in/link", &[("email", &email)]).await;
                self.follow(&email, "/users/log-in/link/", &[]).await;
            }
            3 => {
                self.post("/users/reset-password", &[("email", &email)])
                    .await;
                let form = [("new_password", a_password())];
                self.follow(&email, "/users/reset-password/", &form).await;
            }
            4 => {
                let answer = self.browser.change_password(a_password(), a_password());
                expect_no_error(&answer.await, "a change of password");
            }
            5 => {
                let password = ("password", a_password());
                self.post("/users/sudo", &[password]).await;
                self.give_a_code("/users/sudo", &[password]).await;
            }
            6 => {
                self.post("/users/settings/email", &[("email", &other)])
                    .await;
                self.follow(&other, "/users/settings/email/", &[]).await;
            }
            7 => self.follow(&other, "/users/email-veto/", &[]).await,
            8 => {
                let which = ["end-others", "end-all"][random(2)];
                let path = format!("/users/settings/sessions/{which}");
                self.post(&path, &[]).await;
            }
            9 => {
                self.post("/users/settings/delete", &[]).await;
                self.log_in(&email).await;
                self.post("/users/reactivate", &[]).await;
            }
            10 => {
                let token = [("name", "x"), ("days", "30"), ("scopes", "profile:read")];
                self.post("/users/settings/api-tokens", &token).await;
                self.post("/users/settings/api-tokens/revoke-all", &[])
                    .await;
            }
            11 => self.suspend_for_a_moment().await,
            12 => self.log_an_app_in(&email).await,
            13 => self.set_up_an_app().await,
            14 => self.remove_the_second_factor().await,
            15 => {
                self.post("/users/settings/second-factor/backup-codes", &[])
                    .await;
                self.post("/users/settings/second-factor/disable", &[])
                    .await;
            }
            _ => {
                let form = [("email", other.as_str()), ("password", PASSWORD)];
                self.post("/users/register", &form).await;
                let answer = self.browser.get("/users/settings/export").await;
                expect_no_error(&answer, "an export");
                self.post("/users/log-out", &[]).await;
            }
        }
    }
}

#[track_caller]
fn expect_no_error(answer: &Answer, what: &str) {
    assert!(
        !answer.status.is_server_error(),
        "{what}: {} {}",
        answer.status,
        answer.body
    );
}

/// What grants access, as far as its features are there.
const TABLES: [&str; 5] = [
    "sessions",
    "trusted_browsers",
    "tokens",
    "api_tokens",
    "jwt_families",
];

/// The tables with something that was there before the last reset of its user, and is still.
async fn survivors(test: &TestApp) -> Vec<String> {
    let mut tx = test.app.db.begin().await.unwrap();
    let there = schema::tables_with(&mut tx, "user_id").await.unwrap();
    let tables = TABLES.into_iter();
    let tables = tables.filter(|table| there.iter().any(|name| name == table));
    let kept = tables.map(|table| {
        // A veto is for the one who has lost the account.
        let but = if table == "tokens" {
            "where purpose <> 'veto_email'"
        } else {
            ""
        };
        format!("select '{table}' as name, user_id, inserted_at from {table} {but}")
    });
    let kept: Vec<_> = kept.collect();
    let query = format!(
        "select name from ({}) kept
         where inserted_at < (
           select max(inserted_at) from audit_events reset
           where reset.user_id = kept.user_id and reset.action = 'auth.password_reset'
             and reset.outcome = 'success')",
        kept.join(" union all ")
    );
    sqlx::query_scalar(sqlx::AssertSqlSafe(query))
        .fetch_all(&mut *tx)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_ses_18_every_flow_at_once_ends_without_a_deadlock_and_nothing_outlives_a_reset() {
    let test = TestApp::start_with(&[("POOL_SIZE", "8")]).await;
    let mut ids = Vec::new();
    for name in NAMES {
        let email = format!("{name}@example.com");
        test.member(&email).await;
        ids.push(test.user(&email).await.unwrap().id);
    }
    let end = Instant::now() + Duration::from_secs(setting("MIXED_LOAD_SECONDS", 2));
    let (test, phones) = (Arc::new(test), Phones::default());
    let tasks = (0..setting("MIXED_LOAD_TASKS", 4)).map(|task| {
        let (test, ids, phones) = (test.clone(), ids.clone(), phones.clone());
        tokio::spawn(async move {
            let mut browser = test.browser().from(&format!("198.51.100.{task}"));
            while Instant::now() < end {
                let who = random(NAMES.len());
                let mut player = Player {
                    test: &test,
                    id: ids[who],
                    name: NAMES[who],
                    browser: &mut browser,
                    phones: &phones,
                };
                player.do_something().await;
                test.after(STEP);
                assert_eq!(survivors(&test).await, Vec::<String>::new());
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let resets = "select count(*) from audit_events where action = 'auth.password_reset'";
    let steps =
        "select count(*) from audit_events where action = 'mfa.verify' and outcome = 'success'";
    let (resets, steps) = (test.count(resets).await, test.count(steps).await);
    println!("{resets} resets, {steps} second factors");
}
