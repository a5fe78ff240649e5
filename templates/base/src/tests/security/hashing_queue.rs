//! PWD-8: a login storm stops neither pages nor users we know.

use std::time::Duration;

use axum::http::StatusCode;
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    accounts::password::{Hashing, Lane, Queue},
    tests::{OTHER_PASSWORD, PASSWORD, browser::Browser, test_app::TestApp},
};

const ANN: &str = "ann@example.com";

/// Works on every password that anonymous clients can have hashed at a time.
async fn work(test: &TestApp) -> Vec<OwnedSemaphorePermit> {
    let mut permits = Vec::new();
    for _ in 0..test.app.config.hashing.cores {
        permits.push(test.app.hasher.queue.enter(Lane::Anonymous).await.unwrap());
    }
    permits
}

/// Fills every place for anonymous clients.
async fn queue(test: &TestApp) -> Vec<tokio::task::JoinHandle<()>> {
    let waiting: Vec<_> = (0..32 * test.app.config.hashing.cores)
        .map(|_| {
            let queue = test.app.hasher.queue.clone();
            tokio::spawn(async move {
                assert!(queue.enter(Lane::Anonymous).await.is_err());
            })
        })
        .collect();
    tokio::task::yield_now().await;
    waiting
}

/// A queue with no permit and no place for anonymous clients.
pub struct Full {
    permits: Vec<OwnedSemaphorePermit>,
    waiting: Vec<tokio::task::JoinHandle<()>>,
}

impl Full {
    pub async fn end(self) {
        for waits in self.waiting {
            waits.await.unwrap();
        }
        drop(self.permits);
    }
}

pub async fn fill(test: &TestApp) -> Full {
    let permits = work(test).await;
    let waiting = queue(test).await;
    Full { permits, waiting }
}

async fn is_busy(browser: &mut Browser) -> bool {
    let answer = browser.log_in(ANN, PASSWORD).await;
    let is_busy = answer.status == StatusCode::SERVICE_UNAVAILABLE;
    assert!(!is_busy || answer.header("retry-after") == "5");
    is_busy
}

#[tokio::test]
async fn sec_pwd_08_who_waits_too_long_is_told_to_come_back() {
    let test = TestApp::start().await;
    let permits = work(&test).await;
    assert!(is_busy(&mut test.browser()).await);
    test.browser()
        .get("/users/log-in")
        .await
        .expect(StatusCode::OK);
    drop(permits);
    assert!(!is_busy(&mut test.browser()).await);
}

#[tokio::test]
async fn sec_pwd_08_a_full_queue_refuses_long_before_those_who_wait() {
    let queue = Queue::new(1, Duration::from_secs(600));
    let _permit = queue.enter(Lane::Anonymous).await.unwrap();
    let waiting: Vec<_> = (0..32)
        .map(|_| {
            let queue = queue.clone();
            tokio::spawn(async move { queue.enter(Lane::Anonymous).await.is_ok() })
        })
        .collect();
    tokio::task::yield_now().await;
    let refused = tokio::time::timeout(Duration::from_secs(60), queue.enter(Lane::Anonymous));
    assert!(refused.await.unwrap().is_err());
    assert!(!waiting.iter().any(tokio::task::JoinHandle::is_finished));
}

#[tokio::test]
async fn sec_pwd_08_a_waiting_known_user_gets_a_reserved_permit() {
    let queue = Queue::new(1, Duration::from_secs(600));
    let _open = queue.enter(Lane::Anonymous).await.unwrap();
    let reserved = queue.enter(Lane::Known).await.unwrap();
    let known = queue.clone();
    let waiting = tokio::spawn(async move { known.enter(Lane::Known).await.is_ok() });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    drop(reserved);
    let entered = tokio::time::timeout(Duration::from_secs(10), waiting).await;
    assert!(entered.unwrap().unwrap());
}

#[tokio::test]
async fn sec_pwd_08_a_full_queue_refuses_and_lets_known_users_through() {
    let test = TestApp::start().await;
    let mut session = test.member(ANN).await;
    let mut known = session.clone();
    known.cookies.retain(|name, _| name.ends_with("_device"));
    let permits = work(&test).await;
    let waiting = queue(&test).await;

    assert!(is_busy(&mut test.browser()).await);
    known.log_in(ANN, PASSWORD).await.expect_redirect("/");
    let fields = [("password", PASSWORD)];
    let answer = session.post("/users/sudo", &fields).await;
    answer.expect(StatusCode::SEE_OTHER);
    let fields = [
        ("current_password", PASSWORD),
        ("new_password", OTHER_PASSWORD),
    ];
    let answer = session.post("/users/settings/password", &fields).await;
    answer.expect(StatusCode::SEE_OTHER);

    for waits in waiting {
        waits.await.unwrap();
    }
    drop(permits);
    assert!(!is_busy(&mut test.browser()).await);
}

#[tokio::test]
async fn sec_pwd_08_a_password_that_is_too_long_is_wrong_and_never_hashed() {
    let test = TestApp::start().await;
    let mut ann = test.member(ANN).await;
    let wrong = test.browser().log_in(ANN, OTHER_PASSWORD).await;
    let hashed = || {
        test.app
            .hasher
            .done
            .load(std::sync::atomic::Ordering::SeqCst)
    };
    let before = hashed();
    // Letters with accents, each of which is two characters when it is taken apart.
    for long in ["x".repeat(257), "x".repeat(60_000), "e\u{301}".repeat(257)] {
        let answer = test.browser().log_in(ANN, &long).await;
        assert_eq!((answer.status, &answer.body), (wrong.status, &wrong.body));
        let answer = ann.post("/users/sudo", &[("password", &long)]).await;
        answer.expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(hashed(), before);
}

#[tokio::test]
async fn sec_pwd_08_the_longest_password_may_be_typed_in_any_spelling() {
    let test = TestApp::start().await;
    let composed = "Mỹ nữ ".repeat(42) + "ộ";
    test.browser().register(ANN, &composed).await;
    let hash = test.app.hasher.hash(&typed(&composed)).await.unwrap();
    let apart: String = unicode_normalization::UnicodeNormalization::nfd(&*composed).collect();
    assert!(apart.chars().count() > 256);
    let fits = test.app.hasher.verify(&typed(&apart), Some(&hash)).await;
    assert!(fits.unwrap());
}

fn typed(text: &str) -> crate::accounts::password::Password {
    crate::accounts::password::Password::typed(text)
}

#[test]
fn sec_pwd_08_what_is_waited_for_in_production() {
    let hashing = Hashing::default();
    assert_eq!((hashing.memory, hashing.passes), (19_456, 2));
    assert_eq!(hashing.max_wait, Duration::from_secs(5));
    let cores = std::thread::available_parallelism().unwrap().get();
    assert_eq!(hashing.cores, cores);
}
