//! EML: nobody gets an account by its address, and nobody loses one by it.

use axum::http::StatusCode;
use time::Duration;

use crate::{
    accounts::deletion,
    pages,
    tests::{OTHER_PASSWORD, PASSWORD, audit_log::AuditLog, browser::Browser, test_app::TestApp},
    texts::{self, letters},
    web,
};

const OLD: &str = "ann@example.com";
const NEW: &str = "ann@example.org";
const SETTINGS: &str = "/users/settings";

async fn ask(browser: &mut Browser, email: &str) {
    browser
        .post("/users/settings/email", &[("email", email)])
        .await
        .expect_redirect(SETTINGS);
}

/// Somebody who has asked for another address, with the link that went there.
async fn asked(test: &TestApp) -> (Browser, String) {
    let mut browser = test.member(OLD).await;
    ask(&mut browser, NEW).await;
    let link = test.link_below(NEW, "/users/settings/email/").await;
    (browser, link)
}

/// The same, and the change is done.
async fn changed(test: &TestApp) -> Browser {
    let (mut browser, link) = asked(test).await;
    browser.post(&link, &[]).await.expect_redirect(SETTINGS);
    browser
}

#[tokio::test]
async fn sec_eml_01_only_somebody_who_has_just_proved_who_they_are_may_ask() {
    let test = TestApp::start().await;
    let mut browser = test.member(OLD).await;
    test.after(Duration::minutes(16));
    browser
        .post("/users/settings/email", &[("email", NEW)])
        .await
        .expect_redirect("/users/sudo");
    assert!(test.letters_to(NEW).await.is_empty());
}

#[tokio::test]
async fn sec_eml_01_the_new_address_has_to_agree_and_the_old_one_is_told() {
    let test = TestApp::start().await;
    let (mut browser, link) = asked(&test).await;
    test.expect_letter(OLD, letters::EMAIL_CHANGING_SUBJECT)
        .await;
    assert!(test.user(NEW).await.is_none());
    browser.get(&link).await.expect_text(NEW);
    assert!(test.user(NEW).await.is_none());
    browser.post(&link, &[]).await.expect_redirect(SETTINGS);
    assert!(test.user(NEW).await.is_some() && test.user(OLD).await.is_none());
    test.expect_letter(OLD, letters::EMAIL_CHANGED_SUBJECT)
        .await;
    // Later it only says what it has done.
    test.after(Duration::minutes(1));
    browser.post(&link, &[]).await.expect(StatusCode::OK);
}

/// Two changes were asked for: the link that comes with the change works for three days, as that of the second one does.
#[tokio::test]
async fn sec_eml_01_the_link_to_object_to_a_change_is_the_newest() {
    let test = TestApp::start().await;
    asked(&test).await;
    test.after(Duration::hours(47));
    let mut browser = test.browser();
    browser.log_in(OLD, PASSWORD).await.expect_redirect("/");
    let other = "other@example.net";
    browser
        .post("/users/settings/email", &[("email", other)])
        .await
        .expect_redirect(SETTINGS);
    let link = test.link_below(other, "/users/settings/email/").await;
    browser.post(&link, &[]).await.expect_redirect(SETTINGS);
    let veto = test.link_below(OLD, "/users/email-veto/").await;
    test.after(Duration::hours(71));
    test.browser()
        .post(&veto, &[])
        .await
        .expect_redirect("/users/log-in");
    assert!(test.user(OLD).await.is_some());
}

#[tokio::test]
async fn sec_eml_01_every_other_session_ends() {
    let test = TestApp::start().await;
    let (mut here, link) = asked(&test).await;
    let mut phone = test.browser();
    phone.log_in(OLD, PASSWORD).await.expect_redirect("/");
    here.post(&link, &[]).await.expect_redirect(SETTINGS);
    assert!(here.is_logged_in().await && !phone.is_logged_in().await);
}

#[tokio::test]
async fn sec_eml_01_the_link_works_for_a_day_and_in_no_other_account() {
    let test = TestApp::start().await;
    let (_, link) = asked(&test).await;
    let mut bob = test.member("bob@example.com").await;
    bob.get(&link).await.expect(StatusCode::NOT_FOUND);
    bob.post(&link, &[]).await.expect(StatusCode::NOT_FOUND);
    test.browser()
        .post(&link, &[])
        .await
        .expect_redirect("/users/log-in");
    assert!(test.user(NEW).await.is_none());
    test.after(Duration::hours(24));
    let mut ann = test.browser();
    ann.log_in(OLD, PASSWORD).await.expect_redirect("/");
    ann.post(&link, &[]).await.expect(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn sec_eml_01_the_old_address_may_object_before_the_change() {
    let test = TestApp::start().await;
    let (mut thief, link) = asked(&test).await;
    let veto = test.link_below(OLD, "/users/email-veto/").await;
    let mut owner = test.browser();
    owner.get(&veto).await.expect_text(OLD);
    owner
        .post(&veto, &[])
        .await
        .expect_redirect("/users/log-in");
    assert!(!thief.is_logged_in().await);
    thief.log_in(OLD, PASSWORD).await;
    assert!(!thief.is_logged_in().await);
    thief
        .post(&link, &[])
        .await
        .expect_redirect("/users/log-in");
    assert!(test.user(NEW).await.is_none());
}

#[tokio::test]
async fn sec_eml_01_the_old_address_may_object_for_three_days_after_it() {
    let test = TestApp::start().await;
    let mut thief = changed(&test).await;
    let veto = test.link_below(OLD, "/users/email-veto/").await;
    test.after(Duration::hours(71));
    let mut owner = test.browser();
    owner
        .post(&veto, &[])
        .await
        .expect_redirect("/users/log-in");
    assert!(test.user(OLD).await.is_some() && test.user(NEW).await.is_none());
    assert!(!thief.is_logged_in().await);

    // What the thief may know is worth nothing, and the owner gets a link to a new password.
    thief.log_in(OLD, PASSWORD).await;
    assert!(!thief.is_logged_in().await);
    let reset = test.link_below(OLD, "/users/reset-password/").await;
    owner
        .post(&reset, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect_redirect("/users/log-in");
    owner.log_in(OLD, OTHER_PASSWORD).await.expect_redirect("/");
    test.browser()
        .post(&veto, &[])
        .await
        .expect(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn sec_eml_01_after_three_days_it_is_too_late() {
    let test = TestApp::start().await;
    changed(&test).await;
    let veto = test.link_below(OLD, "/users/email-veto/").await;
    test.after(Duration::hours(73));
    test.browser()
        .post(&veto, &[])
        .await
        .expect(StatusCode::NOT_FOUND);
    assert!(test.user(NEW).await.is_some());
}

#[tokio::test]
async fn sec_eml_01_a_thief_cannot_end_the_owners_objection() {
    let test = TestApp::start().await;
    let mut thief = changed(&test).await;
    let veto = test.link_below(OLD, "/users/email-veto/").await;
    // By a reset with the new address, by a second change, and by the veto against that one.
    thief
        .post("/users/reset-password", &[("email", NEW)])
        .await
        .expect_redirect("/users/log-in");
    let reset = test.link_below(NEW, "/users/reset-password/").await;
    thief
        .post(&reset, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect_redirect("/users/log-in");
    test.after(Duration::minutes(1));
    thief.log_in(NEW, OTHER_PASSWORD).await.expect_redirect("/");
    ask(&mut thief, "thief@example.net").await;
    let again = test.link_below("thief@example.net", "/users/settings/email/");
    thief
        .post(&again.await, &[])
        .await
        .expect_redirect(SETTINGS);
    let thiefs_veto = test.link_below(NEW, "/users/email-veto/").await;
    thief
        .post(&thiefs_veto, &[])
        .await
        .expect_redirect("/users/log-in");

    let mut owner = test.browser();
    owner
        .post(&veto, &[])
        .await
        .expect_redirect("/users/log-in");
    assert!(test.user(OLD).await.is_some());
}

#[tokio::test]
async fn sec_eml_01_a_veto_ends_the_thiefs_own_veto() {
    let test = TestApp::start().await;
    let mut thief = changed(&test).await;
    let veto = test.link_below(OLD, "/users/email-veto/").await;
    test.after(Duration::minutes(1));
    ask(&mut thief, "thief@example.net").await;
    let thiefs_veto = test.link_below(NEW, "/users/email-veto/").await;
    test.browser()
        .post(&veto, &[])
        .await
        .expect_redirect("/users/log-in");
    thief
        .post(&thiefs_veto, &[])
        .await
        .expect(StatusCode::NOT_FOUND);
    assert!(test.user(OLD).await.is_some());
}

#[tokio::test]
async fn sec_eml_02_of_two_requests_either_link_works_and_ends_the_other() {
    for is_first in [true, false] {
        let test = TestApp::start().await;
        let (mut browser, first) = asked(&test).await;
        ask(&mut browser, "other@example.org").await;
        let second = test
            .link_below("other@example.org", "/users/settings/email/")
            .await;
        let (used, ended, new) = if is_first {
            (first, second, NEW)
        } else {
            (second, first, "other@example.org")
        };
        browser.post(&used, &[]).await.expect_redirect(SETTINGS);
        browser
            .post(&ended, &[])
            .await
            .expect(StatusCode::NOT_FOUND);
        assert!(test.user(new).await.is_some());
        assert_eq!(test.people().await, 1);
    }
}

#[tokio::test]
async fn sec_eml_02_a_request_that_is_made_again_leaves_the_first_link_valid() {
    let test = TestApp::start().await;
    let (mut browser, first) = asked(&test).await;
    test.after(Duration::minutes(2));
    ask(&mut browser, NEW).await;
    let links = test.links_for(NEW).await;
    assert_eq!(links.len(), 2);
    browser.post(&first, &[]).await.expect_redirect(SETTINGS);
    assert!(test.user(NEW).await.is_some());
}

#[tokio::test]
async fn sec_eml_02_two_clicks_on_the_form_are_one_request() {
    let test = TestApp::start().await;
    let (mut browser, link) = asked(&test).await;
    ask(&mut browser, NEW).await;
    assert_eq!(test.links_for(NEW).await.len(), 1);
    assert_eq!(test.count("select count(*) from tokens").await, 2);
    browser
        .post("/users/settings/email/cancel", &[])
        .await
        .expect_redirect(SETTINGS);
    ask(&mut browser, NEW).await;
    assert_eq!(test.links_for(NEW).await.len(), 2);
    browser.post(&link, &[]).await.expect(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn sec_eml_03_cancelling_ends_every_request() {
    let test = TestApp::start().await;
    let (mut browser, first) = asked(&test).await;
    ask(&mut browser, "other@example.org").await;
    let second = test
        .link_below("other@example.org", "/users/settings/email/")
        .await;
    browser
        .post("/users/settings/email/cancel", &[])
        .await
        .expect_redirect(SETTINGS);
    for link in [first, second] {
        browser.post(&link, &[]).await.expect(StatusCode::NOT_FOUND);
    }
}

/// A thief who uses up their own session's budget takes nothing from the owner.
#[tokio::test]
async fn sec_log_05_another_session_does_not_use_up_the_changes_of_email() {
    let test = TestApp::start().await;
    let mut owner = test.member(OLD).await;
    let mut thief = test.browser();
    thief.log_in(OLD, PASSWORD).await.expect_redirect("/");
    for number in 0..5 {
        ask(&mut thief, &format!("thief{number}@example.org")).await;
    }
    thief
        .post(
            "/users/settings/email",
            &[("email", "one-more@example.org")],
        )
        .await
        .expect(StatusCode::TOO_MANY_REQUESTS);
    ask(&mut owner, NEW).await;
    assert_eq!(test.links_for(NEW).await.len(), 1);
}

#[tokio::test]
async fn sec_eml_02_however_they_race_an_address_is_never_unproved() {
    let test = TestApp::start().await;
    let mut changes = 0;
    for round in 0..30 {
        let old = format!("ann{round}@example.com");
        let new = format!("ann{round}@example.org");
        let from = format!("198.51.100.{round}");
        let mut browser = test.member_from(&from, &old).await;
        ask(&mut browser, &new).await;
        let link = test.link_below(&new, "/users/settings/email/").await;
        let (mut one, mut other, path) = (browser.clone(), browser.clone(), link.clone());
        let confirm = tokio::spawn(async move { one.post(&path, &[]).await.status });
        // Not so many for one address that nobody may ask for it any more.
        let victim = format!("victim{}@example.org", round % 10);
        let email = victim.clone();
        let ask = tokio::spawn(async move {
            let form = [("email", email.as_str())];
            other.post("/users/settings/email", &form).await.status
        });
        let (confirmed, asked) = (confirm.await.unwrap(), ask.await.unwrap());
        // Whichever came first, the link has changed the address to the one that it was sent to, or to none.
        let is_changed = test.user(&new).await.is_some();
        assert_eq!(is_changed, test.user(&old).await.is_none());
        assert_eq!(is_changed, confirmed == StatusCode::SEE_OTHER);
        assert_eq!(asked, StatusCode::SEE_OTHER);
        // A second click says the same.
        browser.post(&link, &[]).await.expect(confirmed);
        assert!(test.user(&victim).await.is_none());
        changes += usize::from(is_changed);
    }
    assert!(changes > 0, "in no round was the link used in time");
}

#[tokio::test]
async fn sec_eml_03_a_pending_change_dies_with_a_new_password() {
    let test = TestApp::start().await;
    let (mut browser, link) = asked(&test).await;
    test.browser()
        .post("/users/reset-password", &[("email", OLD)])
        .await
        .expect_redirect("/users/log-in");
    let reset = test.link_below(OLD, "/users/reset-password/").await;
    test.browser()
        .post(&reset, &[("new_password", OTHER_PASSWORD)])
        .await
        .expect_redirect("/users/log-in");
    browser
        .log_in(OLD, OTHER_PASSWORD)
        .await
        .expect_redirect("/");
    browser.post(&link, &[]).await.expect(StatusCode::NOT_FOUND);
    assert!(test.user(NEW).await.is_none());
}

/// An attacker may have asked for it, and the user would be led to the attacker's address.
#[tokio::test]
async fn sec_eml_03_a_pending_change_ends_with_the_other_sessions() {
    for path in ["end-others", "end-all"] {
        let test = TestApp::start().await;
        let (mut browser, link) = asked(&test).await;
        let path = format!("/users/settings/sessions/{path}");
        browser.post(&path, &[]).await.expect(StatusCode::SEE_OTHER);
        browser.log_in(OLD, PASSWORD).await.expect_redirect("/");
        browser.post(&link, &[]).await.expect(StatusCode::NOT_FOUND);
        assert!(test.user(NEW).await.is_none());
    }
}

/// The attacker has scheduled it, and the user could not log in to take it back.
#[tokio::test]
async fn sec_eml_01_a_veto_takes_a_scheduled_deletion_back() {
    let test = TestApp::start().await;
    let mut thief = changed(&test).await;
    thief
        .post("/users/settings/delete", &[])
        .await
        .expect_redirect("/users/log-in");
    let veto = test.link_below(OLD, "/users/email-veto/").await;
    test.browser()
        .post(&veto, &[])
        .await
        .expect(StatusCode::SEE_OTHER);
    assert!(test.user(OLD).await.unwrap().deletion_at.is_none());
}

#[tokio::test]
async fn sec_eml_03_a_pending_change_can_be_cancelled() {
    let test = TestApp::start().await;
    let (mut browser, link) = asked(&test).await;
    browser.get(SETTINGS).await.expect_text(NEW);
    browser
        .post("/users/settings/email/cancel", &[])
        .await
        .expect_redirect(SETTINGS);
    browser.post(&link, &[]).await.expect(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn sec_eml_04_an_address_that_has_an_account_is_not_taken_over_and_not_betrayed() {
    let test = TestApp::start().await;
    let mut bob = test.member("bob@example.com").await;
    let mut ann = test.member(OLD).await;
    let taken = ann
        .post("/users/settings/email", &[("email", "bob@example.com")])
        .await;
    test.expect_letter("bob@example.com", letters::ALREADY_SUBJECT)
        .await;
    let free = ann
        .post("/users/settings/email", &[("email", "free@example.com")])
        .await;
    assert_eq!(
        (taken.status, taken.body, taken.headers.get("location")),
        (free.status, free.body, free.headers.get("location"))
    );
    assert!(bob.is_logged_in().await);
}

#[tokio::test]
async fn sec_eml_04_an_address_that_was_taken_meanwhile_stays_with_who_has_it() {
    let test = TestApp::start().await;
    let (mut ann, link) = asked(&test).await;
    let mut other = test.member(NEW).await;
    ann.post(&link, &[]).await.expect(StatusCode::NOT_FOUND);
    assert!(test.user(OLD).await.is_some());
    assert!(other.is_logged_in().await && ann.is_logged_in().await);
}

#[tokio::test]
async fn sec_eml_04_somebody_who_has_only_registered_an_address_does_not_hold_it() {
    let test = TestApp::start().await;
    let (mut ann, link) = asked(&test).await;
    test.browser().register(NEW, OTHER_PASSWORD).await;
    test.work().await;
    ann.post(&link, &[]).await.expect_redirect(SETTINGS);
    assert!(test.user(OLD).await.is_none());
    assert_eq!(test.people().await, 1);
}

/// Where users may log in before they confirm.
const BANNER: [(&str, &str); 1] = [("UNCONFIRMED", "banner")];

#[tokio::test]
async fn sec_reg_08_an_email_that_nobody_has_proved_is_no_way_around_the_list_of_domains() {
    let only = [("REGISTRATION", "example.com"), BANNER[0]];
    let test = TestApp::start_with(&only).await;
    let mut browser = test.browser();
    browser.register(OLD, PASSWORD).await;
    browser.log_in(OLD, PASSWORD).await.expect_redirect("/");
    let change = [("email", NEW)];
    let refused = browser.post("/users/settings/email", &change).await;
    refused
        .expect(StatusCode::UNPROCESSABLE_ENTITY)
        .expect_text(texts::fields::EMAIL_NOT_ALLOWED);
    // A link from before the list was written.
    let open = test.other_app(&BANNER).await;
    let mut before = browser.clone().on(web::router(open, pages::routes()));
    ask(&mut before, NEW).await;
    let link = test.link_below(NEW, "/users/settings/email/").await;
    browser.post(&link, &[]).await.expect(StatusCode::NOT_FOUND);
    assert!(test.user(NEW).await.is_none());
    // Somebody who has proved theirs may move on.
    let mut member = test.member("ben@example.com").await;
    ask(&mut member, "ben@example.org").await;
}

#[tokio::test]
async fn sec_eml_02_somebody_who_has_only_registered_the_old_address_does_not_stop_a_veto() {
    for settings in [&[][..], &BANNER] {
        let test = TestApp::start_with(settings).await;
        let mut thief = changed(&test).await;
        let veto = test.link_below(OLD, "/users/email-veto/").await;
        let mut squatter = test.browser().from("203.0.113.5");
        squatter.register(OLD, OTHER_PASSWORD).await;
        squatter.log_in(OLD, OTHER_PASSWORD).await;
        let code = test.code_for(OLD).await;

        test.browser()
            .post(&veto, &[])
            .await
            .expect_redirect("/users/log-in");
        assert!(test.user(OLD).await.unwrap().confirmed_at.is_some());
        assert!(test.user(NEW).await.is_none());
        assert!(!thief.is_logged_in().await && !squatter.is_logged_in().await);
        squatter.post("/users/confirm", &[("code", &code)]).await;
        assert!(!squatter.is_logged_in().await);
        squatter.log_in(OLD, OTHER_PASSWORD).await;
        assert!(!squatter.is_logged_in().await);
    }
}

#[tokio::test]
async fn sec_eml_02_an_account_that_loses_its_unproved_address_is_deleted_like_any_other() {
    let test = TestApp::start_with(&BANNER).await;
    let (mut ann, link) = asked(&test).await;
    let mut squatter = test.browser().from("203.0.113.5");
    squatter.register(NEW, OTHER_PASSWORD).await;
    squatter.log_in(NEW, OTHER_PASSWORD).await;
    let lost = test.user(NEW).await.unwrap().id;
    let mut log = AuditLog::from_now_on(&test).await;
    ann.post(&link, &[]).await.expect_redirect(SETTINGS);
    log.expect(
        "the proof",
        &[
            "account.delete success | user ann | user ann | ann",
            "account.email_change success | user ann | user ann | ann",
        ],
    )
    .await;
    let by_another = "select count(*) from audit_events
         where action = 'account.delete' and actor_id <> user_id";
    assert_eq!(test.count(by_another).await, 1);
    assert!(!squatter.is_logged_in().await);
    assert_ne!(test.user(NEW).await.unwrap().id, lost);
    // The letter of a deletion would go to somebody else.
    assert_eq!(test.letters_about(NEW, letters::DELETED_SUBJECT).await, 0);

    test.after(Duration::hours(2));
    deletion::erase_closed(&test.app).await.unwrap();
    let erased = "select count(*)
         from users where erased_at is not null and email like 'deleted-%'";
    assert_eq!(test.count(erased).await, 1);
}

#[tokio::test]
async fn sec_eml_04_a_link_that_changes_nothing_is_not_spent() {
    let test = TestApp::start().await;
    let (mut ann, link) = asked(&test).await;
    let mut other = test.member(NEW).await;
    ann.post(&link, &[]).await.expect(StatusCode::NOT_FOUND);
    give_back(&test, &mut other).await;
    ann.post(&link, &[]).await.expect_redirect(SETTINGS);
    assert!(test.user(NEW).await.is_some() && test.user(OLD).await.is_none());
}

#[tokio::test]
async fn sec_eml_04_a_veto_that_restores_nothing_is_not_spent() {
    let test = TestApp::start().await;
    let mut thief = changed(&test).await;
    let veto = test.link_below(OLD, "/users/email-veto/").await;
    let mut other = test.member(OLD).await;
    let mut owner = test.browser();
    owner.post(&veto, &[]).await.expect(StatusCode::NOT_FOUND);
    assert!(thief.is_logged_in().await && other.is_logged_in().await);
    give_back(&test, &mut other).await;
    owner
        .post(&veto, &[])
        .await
        .expect_redirect("/users/log-in");
    assert!(test.user(OLD).await.is_some() && !thief.is_logged_in().await);
}

/// Somebody takes another address, so that the one before is free.
async fn give_back(test: &TestApp, browser: &mut Browser) {
    ask(browser, "other@example.net").await;
    let link = test.link_below("other@example.net", "/users/settings/email/");
    browser
        .post(&link.await, &[])
        .await
        .expect_redirect(SETTINGS);
}
