//! What the slow tests stand on: a generated app as a real process, a client without a browser, a browser, an SMTP server.
//!
//! These tests are `#[ignore]`d for plain `cargo test`, because they need servers: `tests/run` starts those and says where they are.
#![allow(
    dead_code,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used
)]

pub mod app;
pub mod authenticator;
pub mod browser;
pub mod client;
pub mod guide;
pub mod image;
pub mod page;
pub mod peers;
pub mod person;
pub mod program;
pub mod proxy;
pub mod readme;
pub mod shop;
pub mod smtp;
pub mod tokens;
pub mod totp;

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

/// Good by the rules of the generated app, and nobody's.
pub const PASSWORD: &str = "seven quiet owls count rain";
pub const OTHER_PASSWORD: &str = "four brass kettles hum at dusk";

/// What `tests/run` tells its tests.
pub fn told(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "{name} is not set: `tests/run` starts the servers that this test needs, and sets it"
        )
    })
}

/// Asks again and again until there is an answer.
pub fn wait_for<T>(what: &str, longest: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < longest, "waited {longest:?} for {what}");
        sleep(Duration::from_millis(30));
    }
}
