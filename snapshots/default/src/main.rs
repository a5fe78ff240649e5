//! Shop. Start reading here.
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

#![forbid(unsafe_code)]

mod accounts;
mod app;
mod brand;
mod clock;
mod commands;
mod config;
mod db;
mod http;
mod id;
mod jobs;
mod keys;
mod limits;
mod mail;
mod pages;
mod run;
mod texts;
mod vault;
mod web;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
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
