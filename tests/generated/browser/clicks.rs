//! Two clicks on the button of every form, over a slow network: a browser keeps the second response, so that has to be as good
//! as the first.
//!
//! One row for each form is always run. With `SIGRA_ALL_CLICKS` each is run with all latencies and gaps.

mod passkeys;
mod second_factor;

use std::{thread::sleep, time::Duration};

use crate::around::{
    OTHER_PASSWORD, PASSWORD,
    app::{App, free_port},
    browser::Browser,
    person::{ANN, log_in, log_out, register},
    proxy::Proxy,
    shop::{Database, Shop},
};

const SETTINGS: &str = "/users/settings";
const SESSIONS: &str = "/users/settings/sessions";
const TOKENS: &str = "/users/settings/api-tokens";
const APPS: &str = "/users/settings/apps";
const REVOKE: &str = "main form[action$='/revoke'] button";
const NEW_EMAIL: &str = "ann@example.org";
/// The button of the page's first form.
const BUTTON: &str = "main form:not(.banner) button:not([type=button])";

/// Milliseconds each way.
const LATENCIES: [u64; 2] = [60, 250];
/// Milliseconds between two clicks.
const GAPS: [u64; 5] = [50, 120, 200, 350, 500];
/// As a double click on a usual connection.
const USUAL: (u64, u64) = (60, 120);

/// A form, and what is true after two clicks on its button.
struct Row {
    form: &'static str,
    /// Leads to the form, and fills it in.
    arrange: fn(&Scene),
    button: &'static str,
    /// Where the browser is afterwards.
    path: &'static str,
    after: fn(&Scene),
}

struct Scene {
    app: App,
    browser: Browser,
    network: Proxy,
}

impl Scene {
    fn open(shop: &Shop) -> Self {
        let port = free_port();
        let network = Proxy::start(port);
        let url = format!("http://localhost:{}", network.port);
        let mut app = App::at(port, shop, &[("APP_URL", &url)]);
        app.url = url;
        let browser = Browser::open(&app.url);
        Self {
            app,
            browser,
            network,
        }
    }

    /// Clicks, and clicks again if the page is still there. Comes back when the last response has.
    fn click_twice(&self, button: &str, latency: u64, gap: u64) {
        self.network.slow_down(Duration::from_millis(latency));
        self.browser.script(&format!(
            "const button = document.querySelector({button:?});
             button.click();
             setTimeout(() => button.click(), {gap});"
        ));
        sleep(Duration::from_millis(gap + 6 * latency + 1500));
        self.network.slow_down(Duration::ZERO);
    }

    fn is_logged_in(&self) {
        self.browser.go("/users/settings/sessions");
        self.browser.expect("/users/settings/sessions");
    }

    fn is_logged_out(&self) {
        self.browser.go(SETTINGS);
        self.browser.expect("/users/log-in");
    }

    fn emails_about(&self, email: &str, words: &str) -> usize {
        sleep(Duration::from_millis(300));
        let emails = self.app.letters_to(email, 1).into_iter();
        emails.filter(|email| email.text.contains(words)).count()
    }

    /// Opens the link in the newest email that has one below this path.
    fn open_link(&self, email: &str, path: &str) {
        let link = self.app.letter_that_says(email, path).link();
        self.browser.go(&link);
    }
}

const ROWS: [Row; 23] = [
    Row {
        form: "register",
        arrange: |scene| {
            scene.browser.go("/users/register");
            scene.browser.fill("email", ANN);
            scene.browser.fill("password", PASSWORD);
        },
        button: BUTTON,
        path: "/users/confirm",
        after: |scene| {
            assert_eq!(scene.emails_about(ANN, "/users/confirm/"), 1);
            let code = scene.app.letter_to(ANN).code();
            scene.browser.fill("code", &code);
            scene.browser.submit();
            scene.browser.expect("/");
        },
    },
    Row {
        form: "confirm by code",
        arrange: |scene| {
            register(&scene.browser);
            let code = scene.app.letter_to(ANN).code();
            scene.browser.fill("code", &code);
        },
        button: BUTTON,
        path: "/",
        after: Scene::is_logged_in,
    },
    Row {
        form: "confirm by link",
        arrange: |scene| {
            register(&scene.browser);
            scene.open_link(ANN, "/users/confirm/");
        },
        button: BUTTON,
        path: "/",
        after: Scene::is_logged_in,
    },
    Row {
        form: "confirm by link in another browser",
        arrange: |scene| {
            register(&Browser::open(&scene.app.url));
            scene.open_link(ANN, "/users/confirm/");
            scene.browser.fill("password", PASSWORD);
        },
        button: BUTTON,
        path: "/",
        after: Scene::is_logged_in,
    },
    Row {
        form: "log in",
        arrange: |scene| {
            join(scene);
            log_out(&scene.browser);
            scene.browser.fill("email", ANN);
            scene.browser.fill("password", PASSWORD);
        },
        button: BUTTON,
        path: "/",
        after: |scene| {
            scene.is_logged_in();
            assert_eq!(
                scene.browser.count("main section:first-of-type .rows > li"),
                1
            );
        },
    },
    Row {
        form: "log in by link",
        arrange: |scene| {
            join(scene);
            log_out(&scene.browser);
            scene.browser.fill("email", ANN);
            let by_link = "main button[formaction='/users/log-in/link']";
            scene.browser.follow(by_link);
            scene.open_link(ANN, "/users/log-in/link/");
        },
        button: BUTTON,
        path: "/",
        after: Scene::is_logged_in,
    },
    Row {
        form: "reset password",
        arrange: |scene| {
            join(scene);
            log_out(&scene.browser);
            scene.browser.go("/users/reset-password");
            scene.browser.fill("email", ANN);
            scene.browser.submit();
            scene.open_link(ANN, "/users/reset-password/");
            scene.browser.fill("new_password", OTHER_PASSWORD);
        },
        button: BUTTON,
        path: "/users/log-in",
        after: |scene| log_in(&scene.browser, OTHER_PASSWORD, "/"),
    },
    Row {
        form: "sudo",
        arrange: |scene| {
            join(scene);
            scene.browser.go("/users/sudo?return_to=/users/settings");
            scene.browser.fill("password", PASSWORD);
        },
        button: BUTTON,
        path: SETTINGS,
        after: Scene::is_logged_in,
    },
    Row {
        form: "change password",
        arrange: |scene| {
            join(scene);
            scene.browser.go(SETTINGS);
            if scene.browser.has("[name=current_password]") {
                scene.browser.fill("current_password", PASSWORD);
            }
            scene.browser.fill("new_password", OTHER_PASSWORD);
        },
        button: "main form[action='/users/settings/password'] button:not([type=button])",
        path: SETTINGS,
        after: |scene| {
            assert!(scene.browser.has(".notice"), "nothing is said about it");
            scene.is_logged_in();
            let words = "Your password was changed";
            assert_eq!(scene.emails_about(ANN, words), 1);
        },
    },
    Row {
        form: "change email",
        arrange: |scene| {
            ask_for_another_email(scene);
            scene.open_link(NEW_EMAIL, "/users/settings/email/");
        },
        button: BUTTON,
        path: SETTINGS,
        after: |scene| {
            assert_eq!(scene.browser.text(".settings strong"), NEW_EMAIL);
            scene.is_logged_in();
        },
    },
    Row {
        form: "keep the old email",
        arrange: |scene| {
            ask_for_another_email(scene);
            scene.open_link(NEW_EMAIL, "/users/settings/email/");
            scene.browser.submit();
            scene.browser.expect(SETTINGS);
            scene.open_link(ANN, "/users/email-veto/");
        },
        button: BUTTON,
        path: "/users/log-in",
        after: Scene::is_logged_out,
    },
    Row {
        form: "unlock",
        arrange: |scene| {
            join(scene);
            let unknown = Browser::open(&scene.app.url);
            unknown.go("/users/log-in");
            unknown.fill("email", ANN);
            for _ in 0..5 {
                unknown.fill("password", OTHER_PASSWORD);
                unknown.submit();
            }
            log_out(&scene.browser);
            scene.open_link(ANN, "/users/unlock/");
        },
        button: BUTTON,
        path: "/users/log-in",
        after: |scene| log_in(&scene.browser, PASSWORD, "/"),
    },
    Row {
        form: "delete account",
        arrange: |scene| {
            join(scene);
            scene.browser.go(SETTINGS);
        },
        button: "main form[action='/users/settings/delete'] button",
        path: "/users/log-in",
        after: |scene| log_in(&scene.browser, PASSWORD, "/users/reactivate"),
    },
    Row {
        form: "keep account",
        arrange: |scene| {
            join(scene);
            scene.browser.go(SETTINGS);
            scene
                .browser
                .follow("main form[action='/users/settings/delete'] button");
            log_in(&scene.browser, PASSWORD, "/users/reactivate");
        },
        button: BUTTON,
        path: "/",
        after: Scene::is_logged_in,
    },
    Row {
        form: "log out",
        arrange: join,
        button: "header form button",
        path: "/users/log-in",
        after: Scene::is_logged_out,
    },
    Row {
        form: "resend",
        arrange: |scene| register(&scene.browser),
        button: "main form[action='/users/confirm/resend'] button",
        path: "/users/confirm",
        after: |scene| {
            // The first registration's code still works, whatever has come since.
            let code = scene.app.letter_to(ANN).code();
            scene.browser.fill("code", &code);
            scene.browser.submit();
            scene.browser.expect("/");
        },
    },
    Row {
        form: "ask for a reset",
        arrange: |scene| {
            join(scene);
            log_out(&scene.browser);
            scene.browser.go("/users/reset-password");
            scene.browser.fill("email", ANN);
        },
        button: BUTTON,
        path: "/users/log-in",
        after: |scene| {
            scene.open_link(ANN, "/users/reset-password/");
            scene.browser.fill("new_password", OTHER_PASSWORD);
            scene.browser.submit();
            log_in(&scene.browser, OTHER_PASSWORD, "/");
        },
    },
    Row {
        form: "ask for a link to log in",
        arrange: |scene| {
            join(scene);
            log_out(&scene.browser);
            scene.browser.fill("email", ANN);
        },
        button: "main button[formaction='/users/log-in/link']",
        path: "/users/log-in",
        after: |scene| {
            scene.open_link(ANN, "/users/log-in/link/");
            scene.browser.submit();
            scene.is_logged_in();
        },
    },
    Row {
        form: "ask to change the email",
        arrange: |scene| {
            join(scene);
            scene.browser.go(SETTINGS);
            scene.browser.fill("email", NEW_EMAIL);
        },
        button: "main form[action='/users/settings/email'] button",
        path: SETTINGS,
        after: |scene| {
            assert_eq!(scene.emails_about(NEW_EMAIL, "/users/settings/email/"), 1);
            scene.open_link(NEW_EMAIL, "/users/settings/email/");
            scene.browser.submit();
            assert_eq!(scene.browser.text(".settings strong"), NEW_EMAIL);
        },
    },
    Row {
        form: "cancel a change of the email",
        arrange: |scene| {
            ask_for_another_email(scene);
            scene.browser.go(SETTINGS);
        },
        button: "main form[action='/users/settings/email/cancel'] button",
        path: SETTINGS,
        after: |scene| {
            assert!(
                !scene
                    .browser
                    .has("form[action='/users/settings/email/cancel']")
            );
            scene.is_logged_in();
        },
    },
    Row {
        form: "end a session",
        arrange: with_another_session,
        button: "main form[action$='/end'] button",
        path: SESSIONS,
        after: is_the_only_session,
    },
    Row {
        form: "end the other sessions",
        arrange: with_another_session,
        button: "main form[action$='/end-others'] button",
        path: SESSIONS,
        after: is_the_only_session,
    },
    Row {
        form: "end all sessions",
        arrange: with_another_session,
        button: "main form[action$='/end-all'] button",
        path: "/users/log-in",
        after: Scene::is_logged_out,
    },
];

/// The forms that come with the API and JWT.
const API_ROWS: [Row; 4] = [
    Row {
        form: "make a token",
        arrange: |scene| {
            join(scene);
            fill_in_a_token(scene, "Backup");
        },
        button: "main form[action='/users/settings/api-tokens'] button",
        path: TOKENS,
        after: |scene| {
            assert!(scene.browser.has("#token"), "no token is shown");
            scene.browser.go(TOKENS);
            assert_eq!(scene.browser.count(REVOKE), 1);
        },
    },
    Row {
        form: "revoke a token",
        arrange: with_a_token,
        button: REVOKE,
        path: TOKENS,
        after: has_no_token,
    },
    Row {
        form: "revoke all tokens",
        arrange: |scene| {
            with_a_token(scene);
            make_a_token(scene, "Second");
        },
        button: "main form[action$='/revoke-all'] button",
        path: TOKENS,
        after: has_no_token,
    },
    Row {
        form: "log an app out",
        arrange: |scene| {
            join(scene);
            let log_in = serde_json::json!({ "email": ANN, "password": PASSWORD });
            scene.app.client().post_json("/api/auth/token", &log_in);
            scene.browser.go(APPS);
        },
        button: "main form[action$='/end'] button",
        path: APPS,
        after: |scene| {
            assert!(!scene.browser.has("main form[action$='/end']"));
            scene.is_logged_in();
        },
    },
];

/// Logs in in another browser, too, and looks at the list of sessions.
fn with_another_session(scene: &Scene) {
    join(scene);
    log_in(&Browser::open(&scene.app.url), PASSWORD, "/");
    scene.browser.go(SESSIONS);
    assert_eq!(scene.browser.count("main form[action$='/end']"), 1);
}

fn is_the_only_session(scene: &Scene) {
    assert!(!scene.browser.has("main form[action$='/end']"));
    scene.is_logged_in();
}

fn fill_in_a_token(scene: &Scene, name: &str) {
    scene.browser.go(TOKENS);
    scene.browser.fill("name", name);
    scene.browser.click("[name=scopes]");
}

fn make_a_token(scene: &Scene, name: &str) {
    fill_in_a_token(scene, name);
    scene
        .browser
        .follow("main form[action='/users/settings/api-tokens'] button");
    scene.browser.go(TOKENS);
}

fn with_a_token(scene: &Scene) {
    join(scene);
    make_a_token(scene, "First");
}

fn has_no_token(scene: &Scene) {
    assert!(!scene.browser.has(REVOKE));
    scene.is_logged_in();
}

/// Registers, confirms and is logged in.
fn join(scene: &Scene) {
    register(&scene.browser);
    let code = scene.app.letter_to(ANN).code();
    scene.browser.fill("code", &code);
    scene.browser.submit();
    scene.browser.expect("/");
}

fn ask_for_another_email(scene: &Scene) {
    join(scene);
    scene.browser.go(SETTINGS);
    scene.browser.fill("email", NEW_EMAIL);
    scene
        .browser
        .follow("main form[action='/users/settings/email'] button");
}

fn times() -> Vec<(u64, u64)> {
    if std::env::var_os("SIGRA_ALL_CLICKS").is_none() {
        return vec![USUAL];
    }
    let of = |latency| GAPS.map(move |gap| (latency, gap));
    LATENCIES.into_iter().flat_map(of).collect()
}

/// Tells about every row that failed, not just the first.
fn run(shop: &Shop, rows: &[Row]) {
    let mut failed = Vec::new();
    for row in rows {
        for (latency, gap) in times() {
            let name = format!("{} ({latency} ms each way, {gap} ms apart)", row.form);
            eprintln!("{name}");
            if std::panic::catch_unwind(|| try_once(shop, row, latency, gap)).is_err() {
                failed.push(name);
            }
        }
    }
    assert!(failed.is_empty(), "failed:\n  {}", failed.join("\n  "));
}

fn try_once(shop: &Shop, row: &Row, latency: u64, gap: u64) {
    let scene = Scene::open(shop);
    (row.arrange)(&scene);
    scene.click_twice(row.button, latency, gap);
    scene.browser.expect(row.path);
    (row.after)(&scene);
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn a_double_click_does_what_one_click_does() {
    run(&Shop::with_dashboard(Database::Sqlite), &ROWS);
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn a_double_click_on_what_comes_with_the_api_does_what_one_click_does() {
    run(&Shop::with_everything(Database::Sqlite), &API_ROWS);
}

/// What another tab loads while the session gets a new secret: with the old one, on its own connection.
#[test]
#[ignore = "needs a browser; tests/run browser"]
fn a_page_that_another_tab_loads_logs_nobody_out() {
    for (latency, gap) in [(60, 110), (60, 180), (250, 110)] {
        let scene = Scene::open(&Shop::with_dashboard(Database::Sqlite));
        join(&scene);
        scene.browser.go("/users/sudo?return_to=/users/settings");
        scene.browser.fill("password", PASSWORD);
        scene.network.slow_down(Duration::from_millis(latency));
        scene.browser.script(&format!(
            "document.querySelector({BUTTON:?}).click();
             setTimeout(() => fetch('{SETTINGS}', {{ keepalive: true }}), {gap});"
        ));
        sleep(Duration::from_millis(gap + 6 * latency + 1500));
        scene.network.slow_down(Duration::ZERO);
        scene.browser.expect(SETTINGS);
        scene.is_logged_in();
    }
}
