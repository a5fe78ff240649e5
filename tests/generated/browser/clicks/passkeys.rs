//! The buttons and forms of passkeys. A button of a ceremony cannot be pressed again while that goes on.

use super::{Row, SETTINGS, Scene, join, run};
use crate::around::{
    OTHER_PASSWORD, PASSWORD,
    authenticator::{Authenticator, Presence},
    person::{ANN, log_in, log_out},
    shop::{Database, Shop},
};

const PASSKEYS: &str = "/users/settings/passkeys";
const SECOND_FACTOR: &str = "/users/settings/second-factor";
const ADD: &str = "[data-kind=login] button";
const ADD_KEY: &str = "[data-kind=second_factor] button";
const USE: &str = "[data-passkey=get] button";
const PASSKEY_ROWS: &str = "main .rows > li";

const ROWS: [Row; 10] = [
    Row {
        form: "create an account with a passkey",
        arrange: |scene| {
            Authenticator::of_device(&scene.browser).user_is(Presence::There);
            scene.browser.go("/users/register");
            scene.browser.fill("email", ANN);
        },
        button: "[data-passkey=create] button",
        path: "/users/confirm",
        after: |scene| {
            assert_eq!(scene.emails_about(ANN, "/users/confirm/"), 1);
            let code = scene.app.letter_to(ANN).code();
            scene.browser.fill("code", &code);
            scene.browser.submit();
            scene.browser.expect("/");
            has_passkeys(scene, 1);
        },
    },
    Row {
        form: "log in with a passkey",
        arrange: |scene| {
            let device = with_a_passkey(scene);
            log_out(&scene.browser);
            device.user_is(Presence::There);
        },
        button: USE,
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
        form: "second factor with a security key",
        arrange: |scene| {
            let key = with_a_security_key(scene);
            scene.browser.go("/");
            log_out(&scene.browser);
            log_in(&scene.browser, PASSWORD, "/users/second-factor");
            key.user_is(Presence::There);
        },
        button: USE,
        path: "/",
        after: Scene::is_logged_in,
    },
    Row {
        form: "sudo with a passkey",
        arrange: |scene| {
            let device = with_a_passkey(scene);
            scene.browser.go("/users/sudo?return_to=/users/settings");
            device.user_is(Presence::There);
        },
        button: USE,
        path: SETTINGS,
        after: Scene::is_logged_in,
    },
    Row {
        form: "change password with a passkey",
        arrange: |scene| {
            let device = with_a_passkey(scene);
            scene.browser.go(SETTINGS);
            scene.browser.fill("new_password", OTHER_PASSWORD);
            device.user_is(Presence::There);
        },
        button: "[data-finish-field=new_password] button",
        path: SETTINGS,
        after: |scene| {
            scene.is_logged_in();
            let words = "Your password was changed";
            assert_eq!(scene.emails_about(ANN, words), 1);
        },
    },
    Row {
        form: "add a passkey",
        arrange: |scene| {
            join(scene);
            Authenticator::of_device(&scene.browser).user_is(Presence::There);
            scene.browser.go(PASSKEYS);
        },
        button: ADD,
        path: PASSKEYS,
        after: |scene| {
            has_passkeys(scene, 1);
            assert_eq!(scene.emails_about(ANN, "it logs in to your account"), 1);
        },
    },
    Row {
        form: "add a security key",
        arrange: |scene| {
            join(scene);
            Authenticator::security_key(&scene.browser).user_is(Presence::There);
            scene.browser.go(PASSKEYS);
        },
        button: ADD_KEY,
        path: SECOND_FACTOR,
        after: |scene| {
            assert!(scene.browser.text("h1").ends_with("On"));
            has_passkeys(scene, 1);
        },
    },
    Row {
        form: "rename a passkey",
        arrange: |scene| {
            with_a_passkey(scene);
            scene.browser.go(PASSKEYS);
            scene.browser.click("main .rows summary");
            scene.browser.fill("name", "Phone");
        },
        button: "main form[action$='/rename'] button",
        path: PASSKEYS,
        after: |scene| assert_eq!(scene.browser.text(".rows strong"), "Phone"),
    },
    Row {
        form: "remove a passkey",
        arrange: |scene| {
            with_a_passkey(scene);
            scene.browser.go(PASSKEYS);
        },
        button: "main form[action$='/delete'] button",
        path: PASSKEYS,
        after: |scene| {
            has_passkeys(scene, 0);
            assert_eq!(
                scene.emails_about(ANN, "does not log in to your account"),
                1
            );
        },
    },
    Row {
        form: "dismiss the offer of a passkey",
        arrange: |scene| {
            join(scene);
            log_out(&scene.browser);
            log_in(&scene.browser, PASSWORD, "/");
        },
        button: "[data-passkey-offer] button",
        path: "/",
        after: |scene| {
            assert!(!scene.browser.has("[data-passkey-offer]"));
            scene.is_logged_in();
        },
    },
];

/// Has a password, too.
fn with_a_passkey(scene: &Scene) -> Authenticator<'_> {
    join(scene);
    let device = Authenticator::of_device(&scene.browser);
    scene.browser.go(PASSKEYS);
    device.touch(ADD, PASSKEYS);
    device
}

fn with_a_security_key(scene: &Scene) -> Authenticator<'_> {
    join(scene);
    let key = Authenticator::security_key(&scene.browser);
    scene.browser.go(PASSKEYS);
    key.touch(ADD_KEY, SECOND_FACTOR);
    key
}

fn has_passkeys(scene: &Scene, count: usize) {
    scene.browser.go(PASSKEYS);
    assert_eq!(scene.browser.count(PASSKEY_ROWS), count);
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn a_double_click_on_what_belongs_to_passkeys_does_what_one_click_does() {
    run(&Shop::with_dashboard(Database::Sqlite), &ROWS);
}
