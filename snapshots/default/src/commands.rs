//! What the program can be told to do: the words after its name.

pub mod seed;
pub mod user;

use axum::Router;

use crate::{app::App, config::Config, run};

const NAMES: [&str; 5] = ["serve", "worker", "migrate", "user", "seed"];

#[derive(PartialEq, Eq, Debug)]
pub enum Command {
    Serve,
    Worker,
    Migrate,
    User(user::Command),
    Seed,
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
    }
    Ok(())
}

impl Command {
    pub fn parse(words: &[&str]) -> anyhow::Result<Self> {
        Ok(match words {
            [] | ["serve"] => Self::Serve,
            ["worker"] => Self::Worker,
            ["migrate"] => Self::Migrate,
            ["user", words @ ..] => Self::User(user::Command::parse(words)?),
            ["seed"] => Self::Seed,
            [name, word, ..] if NAMES.contains(name) => {
                anyhow::bail!("`{name}` stands alone: what is `{word}`?")
            }
            [other, ..] => {
                anyhow::bail!("there is no command `{other}`: try {}", NAMES.join(", "))
            }
        })
    }
}
