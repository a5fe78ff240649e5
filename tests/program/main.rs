//! The program's own tests, by topic. Every test works in a temporary folder of its own, so they run beside one another.
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
#[path = "../combined/mod.rs"]
mod combined;
#[path = "../evolution/mod.rs"]
mod evolution;
#[path = "../support/mod.rs"]
mod support;

mod hosts;
mod merging;
mod planning;
mod safety;
mod templates;
mod words;
