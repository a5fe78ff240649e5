//! The forms of two-factor authentication.

use super::{BUTTON, Row, SETTINGS, Scene, join, run};
use crate::around::{
    PASSWORD,
    person::{log_in, log_out},
    shop::{Database, Shop},
    totp::AuthenticatorApp,
};

const PAGE: &str = "/users/settings/second-factor";
const TRUSTED: &str = "/users/settings/trusted-browsers";
const STEP: &str = "/users/second-factor";
const BEGIN: &str = "main form[action='/users/settings/second-factor'] button";
const CONFIRM: &str = "main form[action$='/second-factor/confirm'] button";
const DISABLE: &str = "main form[action$='/second-factor/disable'] button";
const MAKE_CODES: &str = "main form[action$='/second-factor/backup-codes'] button";

const ROWS: [Row; 8] = [
    Row {
        form: "set up an authenticator app",
        arrange: |scene| {
            join(scene);
            scene.browser.go(PAGE);
        },
        button: BEGIN,
        path: PAGE,
        after: |scene| {
            fill_in_the_first_code(scene);
            scene.browser.follow(CONFIRM);
            has_working_codes(scene);
        },
    },
    Row {
        form: "turn the second factor on",
        arrange: |scene| {
            join(scene);
            scene.browser.go(PAGE);
            scene.browser.follow(BEGIN);
            fill_in_the_first_code(scene);
        },
        button: CONFIRM,
        path: "/users/settings/second-factor/confirm",
        after: has_working_codes,
    },
    Row {
        form: "second factor",
        arrange: |scene| {
            let phone = turn_on(scene);
            reach_the_step(scene);
            scene.browser.fill("code", &phone.code());
        },
        button: BUTTON,
        path: "/",
        after: |scene| {
            scene.is_logged_in();
            let sessions = "main section:first-of-type .rows > li";
            assert_eq!(scene.browser.count(sessions), 1);
        },
    },
    Row {
        form: "second factor by a backup code, in a browser to trust",
        arrange: |scene| {
            turn_on(scene);
            let codes = scene.browser.text(".codes");
            reach_the_step(scene);
            scene.browser.fill("code", codes.lines().next().unwrap());
            scene.browser.click("[name=trust_browser]");
        },
        button: BUTTON,
        path: "/",
        after: |scene| {
            scene.is_logged_in();
            scene.browser.go(PAGE);
            assert!(scene.browser.text("main").contains("9 codes left"));
            log_out(&scene.browser);
            log_in(&scene.browser, PASSWORD, "/");
        },
    },
    Row {
        form: "sudo with a code",
        arrange: |scene| {
            let phone = turn_on(scene);
            scene.browser.go("/users/sudo?return_to=/users/settings");
            scene.browser.fill("password", PASSWORD);
            scene.browser.fill("code", &phone.code());
        },
        button: BUTTON,
        path: SETTINGS,
        after: Scene::is_logged_in,
    },
    Row {
        form: "make new backup codes",
        arrange: |scene| {
            turn_on(scene);
            scene.browser.go(PAGE);
        },
        button: MAKE_CODES,
        path: "/users/settings/second-factor/backup-codes",
        after: has_working_codes,
    },
    Row {
        form: "turn the second factor off",
        arrange: |scene| {
            turn_on(scene);
            scene.browser.go(PAGE);
        },
        button: DISABLE,
        path: PAGE,
        after: |scene| {
            assert!(scene.browser.text("h1").ends_with("Off"));
            log_out(&scene.browser);
            log_in(&scene.browser, PASSWORD, "/");
        },
    },
    Row {
        form: "stop trusting a browser",
        arrange: |scene| {
            let phone = turn_on(scene);
            reach_the_step(scene);
            scene.browser.fill("code", &phone.code());
            scene.browser.click("[name=trust_browser]");
            scene.browser.submit();
            scene.browser.go(TRUSTED);
            assert_eq!(scene.browser.count("main .rows > li"), 1);
        },
        button: "main form[action$='/end'] button",
        path: TRUSTED,
        after: |scene| {
            assert!(!scene.browser.has("main .rows"));
            log_out(&scene.browser);
            log_in(&scene.browser, PASSWORD, STEP);
        },
    },
];

fn fill_in_the_first_code(scene: &Scene) -> AuthenticatorApp {
    let phone = AuthenticatorApp::with_key(&scene.browser.text(".key"));
    scene.browser.fill("code", &phone.code());
    phone
}

/// Leads to the page that shows the backup codes.
fn turn_on(scene: &Scene) -> AuthenticatorApp {
    join(scene);
    scene.browser.go(PAGE);
    scene.browser.follow(BEGIN);
    let phone = fill_in_the_first_code(scene);
    scene.browser.follow(CONFIRM);
    phone
}

fn reach_the_step(scene: &Scene) {
    scene.browser.go("/");
    log_out(&scene.browser);
    log_in(&scene.browser, PASSWORD, STEP);
}

/// Those that the page shows.
fn has_working_codes(scene: &Scene) {
    let codes = scene.browser.text(".codes");
    let codes: Vec<_> = codes.lines().collect();
    assert_eq!(codes.len(), 10);
    reach_the_step(scene);
    scene.browser.fill("code", codes[9]);
    scene.browser.submit();
    scene.browser.expect("/");
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn a_double_click_on_what_belongs_to_the_second_factor_does_what_one_click_does() {
    run(&Shop::with_dashboard(Database::Sqlite), &ROWS);
}
