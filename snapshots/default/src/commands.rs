//! What the program can be told to do: the words after its name.

pub mod rotate_keys;
pub mod seed;
pub mod user;

use axum::Router;

use crate::{app::App, config::Config, run};

const HELP: &str = "say what to do:
  serve           serves pages and works jobs; also without a word
  worker          works jobs only
  migrate         brings the database up to date
  user            what can be done to somebody's account: `user` says more
  rotate-keys     seals everything anew with the first of ENCRYPTION_KEYS
  seed            people to try things with, in development";

#[derive(PartialEq, Eq, Debug)]
pub enum Command {
    Serve,
    Worker,
    Migrate,
    User(user::Command),
    Seed,
    RotateKeys,
}

/// Does what the words say. Without any it serves.
pub async fn run(words: &[String], pages: Router<App>) -> anyhow::Result<()> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let command = Command::parse(&words)?;
    let config = Config::from_environment()?;
    run::start_logging(&config);
    match command {
        Command::Serve => run::serve(config, pages).await?,
        Command::Worker => run::worker(config).await?,
        Command::Migrate => run::migrate(config).await?,
        Command::User(command) => println!("{}", command.run(&run::open(config).await?).await?),
        Command::Seed => println!("{}", seed::run(&run::open(config).await?).await?),
        Command::RotateKeys => println!("{}", rotate_keys::run(&run::open(config).await?).await?),
    }
    Ok(())
}

impl Command {
    pub fn parse(words: &[&str]) -> anyhow::Result<Self> {
        let (name, words) = words.split_first().unwrap_or((&"serve", &[]));
        let command = match *name {
            "serve" => Self::Serve,
            "worker" => Self::Worker,
            "migrate" => Self::Migrate,
            "user" => return Ok(Self::User(user::Command::parse(words)?)),
            "seed" => Self::Seed,
            "rotate-keys" => Self::RotateKeys,
            other => anyhow::bail!("there is no command `{other}`: {HELP}"),
        };
        match words {
            [] => Ok(command),
            [word, ..] => anyhow::bail!("`{name}` stands alone: what is `{word}`?"),
        }
    }
}
