//! One real browser, through everything that a person does, on the generated app as a real process.
//!
//! Pictures of every page are in `target/screenshots/<database>-<light or dark>-<width>-<page>.png`.

mod clicks;
mod passkeys;
mod second_factor;

use crate::around::{
    OTHER_PASSWORD, PASSWORD,
    app::{App, is_code},
    browser::{Browser, JavaScript},
    page::{finish, inspect},
    person::{ANN, Person, log_in, log_out, register},
    shop::{Database, Shop},
};

/// Above what has happened lately.
const SESSIONS: &str = "main section:first-of-type .rows > li";
const RETURN: char = '\u{e007}';

fn start(database: Database) -> App {
    App::start(&Shop::with_dashboard(database))
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn somebody_joins_leaves_comes_back_and_forgets_the_password_on_sqlite() {
    let app = start(Database::Sqlite);
    let ann = Browser::open(&app.url);
    let look = |name| inspect(&ann, "sqlite", name);

    ann.go("/");
    look("home");
    ann.follow("main a[href='/users/register']");
    ann.expect("/users/register");
    look("register");
    refuse_a_weak_password(&ann);
    look("register-refused");
    ann.fill("password", PASSWORD);
    ann.submit();
    ann.expect("/users/confirm");
    look("confirm");

    ann.fill("code", "000000");
    ann.submit();
    assert!(ann.has("#code-error"), "a wrong code is not refused");
    look("confirm-refused");
    read_the_code(&app, &ann, Some("sqlite"));
    look("home-welcome");

    see_and_end_a_session_elsewhere(&app, &ann);
    log_out(&ann);
    look("log-in");
    come_back_to_the_page_that_was_wanted(&ann);
    look("log-in-refused");
    ann.fill("password", PASSWORD);
    ann.click("[name=remember_me]");
    ann.submit();
    ann.expect("/dashboard?tab=orders");
    assert_eq!(ann.text("body"), format!("Hello {ANN}"));
    ann.go("/users/settings/sessions");
    assert_eq!(
        ann.count(&format!("{SESSIONS} .tag")),
        2,
        "this session is not shown as remembered"
    );
    look("sessions-remembered");
    log_out(&ann);
    choose_a_new_password(&app, &ann, true);
    ann.go("/nothing/here");
    look("not-found");
    finish(&ann, &[404, 422]);
}

fn refuse_a_weak_password(ann: &Browser) {
    ann.fill("email", ANN);
    ann.fill("password", "password1234");
    ann.submit();
    assert!(ann.has("#password-error"), "password1234 is not refused");
    ann.expect("/users/register");
}

/// From the mailbox into the field, as somebody does who has both open. Looks at the mailbox when given a name for the pictures.
fn read_the_code(app: &App, ann: &Browser, pictures: Option<&str>) {
    let number = app.letter_to(ANN).number;
    let look = |name| {
        pictures
            .into_iter()
            .for_each(|database| inspect(ann, database, name))
    };
    ann.go("/dev/mailbox");
    look("mailbox");
    ann.follow(&format!("main a[href='/dev/mailbox/{number}']"));
    ann.expect(&format!("/dev/mailbox/{number}"));
    look("letter");
    ann.enter_frame("iframe");
    let letter = ann.text("body");
    ann.leave_frames();
    let code = letter.split_whitespace().find(|word| is_code(word));
    let code = code.unwrap_or_else(|| panic!("no code in the letter: {letter}"));
    ann.go("/users/confirm");
    ann.fill("code", code);
    ann.submit();
    ann.expect("/");
    assert!(
        ann.text("h1").contains(ANN),
        "not logged in: {}",
        ann.text("h1")
    );
}

fn see_and_end_a_session_elsewhere(app: &App, ann: &Browser) {
    let elsewhere = Browser::open(&app.url);
    log_in(&elsewhere, PASSWORD, "/");
    ann.go("/users/settings/sessions");
    assert_eq!(ann.count(SESSIONS), 2, "both sessions are listed");
    inspect(ann, "sqlite", "sessions");
    ann.follow("main .rows button");
    ann.expect("/users/settings/sessions");
    assert_eq!(ann.count(SESSIONS), 1, "the session elsewhere is not ended");
    inspect(ann, "sqlite", "sessions-ended");
    elsewhere.go("/users/settings/sessions");
    elsewhere.expect("/users/log-in");
}

/// Stops at the refusal of a wrong password.
fn come_back_to_the_page_that_was_wanted(ann: &Browser) {
    ann.go("/dashboard?tab=orders");
    ann.expect("/users/log-in");
    ann.fill("email", ANN);
    ann.fill("password", OTHER_PASSWORD);
    ann.submit();
    assert!(
        ann.has("#password-error"),
        "a wrong password is not refused"
    );
}

fn choose_a_new_password(app: &App, ann: &Browser, pictures: bool) {
    let look = |name| {
        if pictures {
            inspect(ann, "sqlite", name)
        }
    };
    let before = app.letters_to(ANN, 1).len();
    ann.go("/users/log-in");
    ann.follow("main a[href='/users/reset-password']");
    ann.expect("/users/reset-password");
    look("forgot");
    ann.fill("email", ANN);
    ann.submit();
    ann.expect("/users/log-in");
    assert!(ann.has(".notice"), "nothing is said about the letter");
    look("log-in-letter-sent");
    let letter = app.letters_to(ANN, before + 1).pop().unwrap();
    ann.go(&format!("/dev/mailbox/{}", letter.number));
    look("letter-reset");
    ann.enter_frame("iframe");
    ann.follow("a[href*='/users/reset-password/']");
    ann.leave_frames();
    ann.expect(&letter.link());
    look("reset");
    ann.fill("new_password", "short");
    ann.submit();
    assert!(
        ann.has("#new_password-error"),
        "a short password is not refused"
    );
    look("reset-refused");
    ann.fill("new_password", OTHER_PASSWORD);
    ann.submit();
    ann.expect("/users/log-in");
    look("log-in-password-changed");
    log_in(ann, OTHER_PASSWORD, "/");
    ann.go(&letter.link());
    assert!(!ann.has("[name=new_password]"), "the link works twice");
    look("link-expired");
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn somebody_joins_leaves_and_comes_back_on_postgresql() {
    let app = start(Database::Postgres);
    let ann = Browser::open(&app.url);
    register(&ann);
    read_the_code(&app, &ann, Some("postgres"));
    log_out(&ann);
    log_in(&ann, PASSWORD, "/");
    ann.go("/users/settings/sessions");
    inspect(&ann, "postgres", "sessions");
    finish(&ann, &[]);
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn a_link_opened_in_another_browser_asks_for_the_password() {
    let app = start(Database::Sqlite);
    register(&Browser::open(&app.url));
    let elsewhere = Browser::open(&app.url);
    elsewhere.go(&app.letter_to(ANN).link());
    inspect(&elsewhere, "sqlite", "confirm-elsewhere");
    elsewhere.fill("password", OTHER_PASSWORD);
    elsewhere.submit();
    assert!(
        elsewhere.has("#password-error"),
        "a wrong password confirms"
    );
    inspect(&elsewhere, "sqlite", "confirm-elsewhere-refused");
    elsewhere.fill("password", PASSWORD);
    elsewhere.submit();
    elsewhere.expect("/");
    assert!(elsewhere.text("h1").contains(ANN));
    finish(&elsewhere, &[422]);
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn a_link_opened_in_the_same_browser_only_asks_for_a_press() {
    let app = start(Database::Sqlite);
    let ann = Browser::open(&app.url);
    register(&ann);
    ann.go(&app.letter_to(ANN).link());
    assert!(!ann.has("main [name=password]"));
    inspect(&ann, "sqlite", "confirm-link");
    ann.submit();
    ann.expect("/");
    assert!(ann.text("h1").contains(ANN));
    finish(&ann, &[]);
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn who_asks_again_gets_another_letter_whose_code_works() {
    let app = start(Database::Sqlite);
    let ann = Browser::open(&app.url);
    register(&ann);
    let first = app.letter_to(ANN);
    ann.follow("main form[action='/users/confirm/resend'] button");
    ann.expect("/users/confirm");
    inspect(&ann, "sqlite", "confirm-resent");
    let second = app.letters_to(ANN, 2).pop().unwrap();
    assert_ne!(first.link(), second.link());
    ann.fill("code", &second.code());
    ann.submit();
    ann.expect("/");
    finish(&ann, &[]);
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn somebody_does_everything_with_an_account_on_sqlite() {
    let app = start(Database::Sqlite);
    let ann = Person::joins(&app, JavaScript::On, Some("sqlite"));
    ann.does_everything();
    ann.browser.go("/users/settings/sessions");
    ann.look("sessions-activity");
    finish(&ann.browser, &[404, 422]);
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn somebody_does_everything_with_an_account_without_javascript() {
    let app = start(Database::Sqlite);
    let ann = Person::joins(&app, JavaScript::Off, None);
    ann.does_everything();
    finish(&ann.browser, &[404, 422]);
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn somebody_does_everything_with_an_account_on_postgresql() {
    let app = start(Database::Postgres);
    let ann = Person::joins(&app, JavaScript::On, None);
    ann.does_everything();
    finish(&ann.browser, &[404, 422]);
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn what_needs_a_fresh_proof_asks_for_one_and_leads_back() {
    let app = start(Database::Postgres);
    let ann = Person::joins(&app, JavaScript::On, Some("postgres"));
    ann.comes_back_to_the_account_after_a_while();
    ann.has_no_password();
    finish(&ann.browser, &[422]);
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn wrong_passwords_lock_new_browsers_out_and_a_letter_unlocks() {
    let app = start(Database::Sqlite);
    let ann = Person::joins(&app, JavaScript::On, Some("sqlite"));
    ann.is_locked_out_elsewhere();
    finish(&ann.browser, &[]);
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn who_may_come_in_before_confirming_sees_a_banner_until_then() {
    let app = App::with(
        &Shop::with_dashboard(Database::Sqlite),
        &[("UNCONFIRMED", "banner")],
    );
    let ann = Browser::open(&app.url);
    register(&ann);
    let first = app.letter_to(ANN);
    log_in(&ann, PASSWORD, "/");
    inspect(&ann, "sqlite", "home-unconfirmed");
    ann.go("/users/settings");
    inspect(&ann, "sqlite", "account-unconfirmed");
    let banner = "main form.banner[action='/users/confirm/resend']";
    ann.follow(&format!("{banner} button"));
    assert!(ann.has(".notice"), "nothing is said about the letter");
    ann.go(&app.letter_after(&first, "/users/confirm/").link());
    ann.fill("password", PASSWORD);
    ann.follow("main .card button:not([type=button])");
    ann.expect("/");
    assert!(!ann.has(banner), "the banner stays");
    finish(&ann, &[]);
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn everything_works_without_javascript() {
    let app = start(Database::Sqlite);
    let ann = Browser::with(&app.url, JavaScript::Off);
    ann.go("/users/log-in");
    let button = |question: &str| {
        ann.script(&format!(
            "return document.querySelector('[data-shows]').{question}"
        ))
    };
    assert_eq!(button("hidden"), true, "JavaScript is not off");
    assert_eq!(
        button("checkVisibility()"),
        false,
        "a button is shown that does nothing"
    );
    register(&ann);
    read_the_code(&app, &ann, None);
    log_out(&ann);
    come_back_to_the_page_that_was_wanted(&ann);
    ann.fill("password", PASSWORD);
    ann.submit();
    ann.expect("/dashboard?tab=orders");
    ann.go("/");
    log_out(&ann);
    choose_a_new_password(&app, &ann, false);
    finish(&ann, &[404, 422]);
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn a_password_can_be_shown_and_hidden_again() {
    let app = start(Database::Sqlite);
    let ann = Browser::open(&app.url);
    ann.go("/users/register");
    ann.fill("password", PASSWORD);
    let kind = || ann.script("return document.querySelector('[name=password]').type");
    ann.click("[data-shows=password]");
    assert_eq!(kind(), "text");
    inspect(&ann, "sqlite", "register-shown");
    ann.click("[data-shows=password]");
    assert_eq!(kind(), "password");
    finish(&ann, &[]);
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn the_keyboard_is_enough_to_register() {
    let app = start(Database::Sqlite);
    let ann = Browser::open(&app.url);
    ann.go("/users/register");
    ann.script("document.querySelector('[name=email]').focus()");
    let type_in = |text: &str| text.chars().for_each(|key| ann.press(key));
    type_in(ANN);
    while ann.script("return document.activeElement.name") != "password" {
        ann.press('\u{e004}');
    }
    type_in(PASSWORD);
    ann.press(RETURN);
    ann.expect("/users/confirm");
    let focused = ann.script("return document.activeElement.name");
    assert_eq!(focused, "code", "the next thing to type has the focus");
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn somebody_makes_tokens_and_ends_them_and_reads_what_the_api_can_do() {
    let app = App::start(&Shop::with_everything(Database::Sqlite));
    let ann = Person::joins(&app, JavaScript::On, Some("sqlite"));
    ann.makes_a_token_and_revokes_it();
    ann.logs_an_app_in_and_out();
    ann.reads_what_the_api_can_do();
    finish(&ann.browser, &[422]);
}

#[test]
#[ignore = "needs a browser; tests/run browser"]
fn tokens_need_neither_javascript_nor_sqlite() {
    let app = App::start(&Shop::with_everything(Database::Postgres));
    let ann = Person::joins(&app, JavaScript::Off, None);
    ann.makes_a_token_and_revokes_it();
    ann.logs_an_app_in_and_out();
    finish(&ann.browser, &[422]);
}
