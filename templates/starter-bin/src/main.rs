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
//! | `tests` | how all of it behaves, as sentences; `tests/security` holds a test for each rule of safety |

#![forbid(unsafe_code)]

mod accounts;
mod app;
mod brand;
mod clock;
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
mod web;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let command = std::env::args().nth(1);
    match run(command.as_deref().unwrap_or("serve")).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: &str) -> anyhow::Result<()> {
    let config = config::Config::from_environment()?;
    run::start_logging(&config);
    match command {
        "serve" => run::serve(config, pages::routes()).await,
        "worker" => run::worker(config).await,
        "migrate" => run::migrate(config).await,
        other => anyhow::bail!("there is no command `{other}`: try serve, worker or migrate"),
    }
}
