//! What can be done from a terminal.

use axum::http::StatusCode;

use super::{OTHER_PASSWORD, PASSWORD, test_app::TestApp};
use crate::{
    commands::{Command, seed, user},
    texts::letters,
};

/// Types `user …`, and gives what the terminal says to it.
async fn user(test: &TestApp, words: &[&str]) -> String {
    match user::Command::parse(words) {
        Ok(command) => command.run(&test.app).await,
        Err(error) => Err(error),
    }
    .unwrap_or_else(|error| format!("error: {error:#}"))
}

/// How many audit rows there are that a terminal has caused.
async fn told(test: &TestApp, action_and_outcome: &str) -> usize {
    let rows: Vec<String> = sqlx::query_scalar(
        "select action || ' ' || outcome from audit_events
         where agent = 'command line' and user_id is not null",
    )
    .fetch_all(&test.app.db)
    .await
    .unwrap();
    rows.iter().filter(|row| *row == action_and_outcome).count()
}

#[test]
fn what_is_not_understood_is_answered_with_what_there_is() {
    for (words, says) in [
        (vec!["srve"], "there is no command `srve`: say what to do:"),
        (
            vec!["migrate", "now"],
            "`migrate` stands alone: what is `now`?",
        ),
        (vec!["user"], "user create EMAIL"),
        (vec!["user", "suspend"], "user suspend EMAIL"),
        (
            vec!["user", "suspend", "a@b.cd", "please"],
            "user suspend EMAIL",
        ),
        (
            vec!["user", "ban", "ann@example.com"],
            "there is no `user ban`",
        ),
        (
            vec!["user", "create", "ann"],
            "`ann` is not an e-mail address",
        ),
        (vec!["user", "create", "--everyone"], "`--everyone` is not"),
    ] {
        let error = Command::parse(&words).unwrap_err().to_string();
        assert!(error.contains(says), "{words:?}: {error}");
    }
}

#[test]
fn without_a_word_it_serves() {
    assert_eq!(Command::parse(&[]).unwrap(), Command::Serve);
    assert_eq!(Command::parse(&["serve"]).unwrap(), Command::Serve);
    assert_eq!(Command::parse(&["worker"]).unwrap(), Command::Worker);
}

#[tokio::test]
async fn nobody_is_found_by_an_address_without_an_account() {
    let test = TestApp::idle(&[]).await;
    for what in ["confirm", "suspend", "unsuspend", "log-out"] {
        assert_eq!(
            user(&test, &[what, "ann@example.com"]).await,
            "error: nobody has an account with the address ann@example.com"
        );
    }
}

#[tokio::test]
async fn somebody_who_is_created_sets_a_password_with_the_link_from_a_letter() {
    let test = TestApp::start().await;
    let said = user(&test, &["create", "Ann@Example.com"]).await;
    assert!(
        said.starts_with("ann@example.com has an account now."),
        "{said}"
    );
    test.expect_letter("ann@example.com", letters::INVITED_SUBJECT)
        .await;
    let mut browser = test.browser();
    browser
        .log_in("ann@example.com", "")
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    let link = test.link_for("ann@example.com").await;
    browser
        .post(&link, &[("new_password", PASSWORD)])
        .await
        .expect_redirect("/users/log-in");
    browser
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/");
    assert_eq!(told(&test, "account.create success").await, 1);

    let again = user(&test, &["create", "ann@example.com"]).await;
    assert_eq!(again, "error: ann@example.com has an account already");
    assert_eq!(test.letters_to("ann@example.com").await.len(), 2);
}

#[tokio::test]
async fn whoever_forgets_a_password_is_not_invited() {
    let test = TestApp::start().await;
    let mut browser = test.member("ann@example.com").await;
    browser
        .post("/users/reset-password", &[("email", "ann@example.com")])
        .await;
    test.expect_letter("ann@example.com", letters::RESET_SUBJECT)
        .await;
}

#[tokio::test]
async fn somebody_can_be_confirmed_without_a_letter() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.register("ann@example.com", PASSWORD).await;
    let link = test.link_for("ann@example.com").await;
    let confirm = ["confirm", "ann@example.com"];
    assert_eq!(user(&test, &confirm).await, "ann@example.com is confirmed.");
    browser
        .log_in("ann@example.com", PASSWORD)
        .await
        .expect_redirect("/");
    let other = test.browser().get(&link).await;
    other.expect(StatusCode::NOT_FOUND);
    assert_eq!(
        user(&test, &confirm).await,
        "ann@example.com was confirmed already."
    );
    assert_eq!(told(&test, "auth.confirmation success").await, 1);
    assert_eq!(told(&test, "auth.confirmation failure").await, 1);
}

#[tokio::test]
async fn nobody_is_confirmed_who_may_be_somebody_else() {
    let test = TestApp::start().await;
    test.browser().register("ann@example.com", PASSWORD).await;
    test.browser()
        .register("ann@example.com", OTHER_PASSWORD)
        .await;
    let said = user(&test, &["confirm", "ann@example.com"]).await;
    assert!(said.contains("registered more than once"), "{said}");
    assert_eq!((test.people().await, test.registrations().await), (0, 2));
    assert_eq!(told(&test, "auth.confirmation success").await, 0);
}

#[tokio::test]
async fn somebody_who_is_created_again_gets_another_letter() {
    let test = TestApp::start().await;
    let create = ["create", "ann@example.com"];
    user(&test, &create).await;
    let first = test.link_for("ann@example.com").await;
    let said = user(&test, &create).await;
    assert!(said.contains("has an account now"), "{said}");
    assert_eq!(test.letters_to("ann@example.com").await.len(), 2);
    assert_eq!(test.people().await, 1);
    test.browser()
        .post(&first, &[("new_password", PASSWORD)])
        .await
        .expect_redirect("/users/log-in");
}

#[tokio::test]
async fn somebody_can_be_shut_out_and_let_in_again() {
    let test = TestApp::start().await;
    let mut browser = test.member("ann@example.com").await;
    let ann = "ann@example.com";
    for (what, says) in [
        ("unsuspend", "ann@example.com was not shut out."),
        (
            "suspend",
            "ann@example.com is shut out, and logged out everywhere.",
        ),
        ("suspend", "ann@example.com was shut out already."),
    ] {
        assert_eq!(user(&test, &[what, ann]).await, says);
    }
    assert!(!browser.is_logged_in().await);
    let said = user(&test, &["unsuspend", ann]).await;
    assert_eq!(said, "ann@example.com can log in again.");
    test.browser()
        .log_in(ann, PASSWORD)
        .await
        .expect_redirect("/");
    for row in [
        "account.suspend success",
        "account.suspend failure",
        "account.unsuspend success",
        "account.unsuspend failure",
    ] {
        assert_eq!(told(&test, row).await, 1, "{row}");
    }
}

#[tokio::test]
async fn everybody_can_be_logged_out() {
    let test = TestApp::start().await;
    let mut browser = test.member("ann@example.com").await;
    assert_eq!(
        user(&test, &["log-out", "--everyone"]).await,
        "Everybody is logged out. Sessions ended: 1."
    );
    assert!(!browser.is_logged_in().await);
}

#[tokio::test]
async fn the_people_of_the_seeds_log_in_with_what_is_printed() {
    let test = TestApp::start().await;
    let said = seed::run(&test.app).await.unwrap();
    assert_eq!(test.people().await, 3);
    for line in said.lines() {
        let (email, rest) = line.split_once("  ").unwrap();
        let (password, is_confirmed) = match rest.split_once("  ") {
            Some((password, "(not confirmed)")) => (password, false),
            _ => (rest, true),
        };
        let answer = test.browser().log_in(email, password).await;
        let came_in = answer.status == StatusCode::SEE_OTHER;
        assert_eq!(came_in, is_confirmed, "{line}");
    }
    let mut ann = test.browser();
    ann.log_in("ann@example.com", "copper window thirteen birds")
        .await;
    ann.change_password("copper window thirteen birds", OTHER_PASSWORD)
        .await
        .expect_redirect("/users/settings");

    let again = seed::run(&test.app).await.unwrap();
    assert!(
        again.contains("ann@example.com  was there already"),
        "{again}"
    );
    assert_eq!(test.people().await, 3);
    ann.log_in("ann@example.com", OTHER_PASSWORD)
        .await
        .expect_redirect("/");
}
