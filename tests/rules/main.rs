//! Rules for the source of this program itself: who may use whom, how long things are, what it depends on.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used
)]

mod architecture;
mod dependencies;
mod plain_code;
mod sentences;
