//! {= title =}. Start reading here.
//!
//! | where | what |
//! |---|---|
//! | `pages` | your own pages: add yours here |
//! | `web` | what a browser may ask: `web/routes.rs` is the table of addresses, and of who may come in |
//! | `accounts` | who people are: registering, logging in, sessions, passwords. SQL, no HTTP |
//! | `mail`, `jobs` | letters, and the work that is done after the answer has been sent |
//! | `config` | every setting, with its default and its unit |
//! | `brand`, `texts` | your name and every sentence people read; colours and sizes are in `static/` |
//! | `db`, `id`, `clock`, `keys`, `limits`, `http` | what the rest stands on |
//! | `app`, `run` | what every handler can reach, and how it starts and stops |
//! | `commands` | what the program can be told to do: serve, worker, migrate, user, seed |
//! | `vault` | encryption at rest |
//! | `tests` | how all of it behaves, as sentences; `tests/security` holds a test for each rule of safety |
//% if api
//!
//! # Taking a feature out
//!
//! `cargo sigra install --no-jwt` or `--no-api`: your edits stay, and what needs a look is named. The tables stay until a
//! migration of yours drops them.
//% endif

#![forbid(unsafe_code)]

pub mod accounts;
pub mod app;
pub mod brand;
pub mod clock;
pub mod commands;
pub mod config;
pub mod db;
pub mod http;
pub mod id;
pub mod jobs;
pub mod keys;
pub mod limits;
pub mod mail;
pub mod pages;
pub mod run;
pub mod texts;
pub mod vault;
pub mod web;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

/// The program: `src/main.rs` calls it, and so can any other.
#[tokio::main]
pub async fn main() -> ExitCode {
    let words = std::env::args_os().skip(1);
    let words: Vec<String> = words
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    match commands::run(&words, pages::routes()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
