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
//! | `db`, `clock`, `keys`, `limits` | what the rest stands on |
//! | `app`, `run` | what every handler can reach, and how it starts and stops |
//! | `tests` | how all of it behaves, as sentences; `tests/security` holds a test for each rule of safety |

#![forbid(unsafe_code)]

mod accounts;
mod app;
mod brand;
mod clock;
mod config;
mod db;
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

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = config::Config::from_environment()?;
    run::start_logging(&config);

    match std::env::args().nth(1).as_deref() {
        None | Some("serve") => run::serve(config, pages::routes()).await,
        Some("worker") => run::worker(config).await,
        Some("migrate") => run::migrate(config).await,
        Some(other) => anyhow::bail!("there is no command `{other}`: try serve, worker or migrate"),
    }
}
