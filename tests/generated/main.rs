//! Tests that build generated apps and run them, against real servers. What needs those is `#[ignore]`d for plain `cargo test`:
//! `tests/run` starts them and runs these.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used
)]

#[path = "../around/mod.rs"]
mod around;
#[path = "../evolution/mod.rs"]
mod evolution;
#[path = "../support/mod.rs"]
mod support;

mod browser;
mod copy_database;
mod deployment;
mod emails;
mod guides;
mod merged_apps;
mod peers;
mod readme;
mod timing;
