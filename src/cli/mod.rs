//! What can be typed. Types for clap and nothing else; what the words mean is decided in
//! [`crate::answers`].

mod afterwards;
mod flags;
mod shared;

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

use clap::{Args, CommandFactory, Error, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;

pub use self::{
    afterwards::{Forget, Mv, Recover, Restore, Status, Uninstall, Upgrade},
    shared::{Diff, Merging, Mode, Output, ProjectArgs},
};
use crate::{
    answers::{Requested, Table},
    feature::{Answer, Database, Features, Key},
    refusal::Refusal,
};

/// Writes a complete account system into your axum project, and keeps your edits when it brings
/// updates.
#[derive(Debug, Parser)]
#[command(
    name = "cargo-sigra",
    bin_name = "cargo sigra",
    version,
    max_term_width = 100
)]
pub struct Cli {
    /// The verb.
    #[command(subcommand)]
    pub command: Command,
    /// How to speak.
    #[command(flatten)]
    pub output: Output,
    /// The name of the verb.
    #[arg(skip)]
    pub verb: String,
}

impl Cli {
    /// Understands `cargo sigra install` (cargo passes its own word `sigra` on) and `cargo-sigra
    /// install` alike, with the flags of these features.
    pub fn from_cargo_or_shell(
        words: impl Iterator<Item = OsString>,
        features: Features,
    ) -> Result<Self, Error> {
        let words = words
            .enumerate()
            .filter(|(at, word)| !(*at == 1 && word == "sigra"));
        let matches = command(features).try_get_matches_from(words.map(|(_, word)| word))?;
        let mut cli = Self::from_arg_matches(&matches)?;
        if let Some((verb, matches)) = matches.subcommand() {
            cli.verb = verb.into();
            if let Some(wanted) = cli.command.wanted() {
                wanted.features = flags::typed(matches, features);
            }
        }
        Ok(cli)
    }
}

/// The definitions for clap, with the flags of these features wherever there is something to choose.
#[must_use]
pub fn command(features: Features) -> clap::Command {
    let add = |verb| flags::add(verb, features);
    Cli::command()
        .mut_subcommand("install", add)
        .mut_subcommand("new", add)
}

/// The verb among words that were not understood, as far as there is one.
#[must_use]
pub fn verb(words: &[OsString]) -> Option<&str> {
    let all = Cli::command();
    let is_verb = |word: &&str| all.find_subcommand(word).is_some();
    words
        .iter()
        .skip(1)
        .filter_map(|word| word.to_str())
        .find(is_verb)
}

/// Whether words that were not understood want to be answered in JSON.
#[must_use]
pub fn want_json(words: &[OsString]) -> bool {
    let is_format = |pair: &[OsString]| pair[0] == "--format" && pair[1] == "json";
    words.iter().any(|word| word == "--format=json") || words.windows(2).any(is_format)
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write the account system into a project, or bring it up to date
    Install(Install),
    /// Bring a project up to date, with what was chosen for it
    Upgrade(Upgrade),
    /// Make a new project with `cargo new` and install into it
    New(New),
    /// Tell what became of what was written, and what is still to do
    Status(Status),
    /// Bring back a file that you deleted or edited, as the templates have it
    Restore(Restore),
    /// Move a file, or say where you have moved it, so that it is kept up to date there
    Mv(Mv),
    /// Leave a file to you alone, from now on
    Forget(Forget),
    /// Take out what was written, but for what you have edited
    Uninstall(Uninstall),
    /// Undo a run that was stopped in the middle, or finish it
    Recover(Recover),
    /// Make ./sigra-demo with everything there is, build it and serve it on port 4000 (or PORT)
    Demo,
    /// List the features
    Features,
    /// Print 64 random bytes in base64, as SECRET_KEY_BASE wants them
    Secret,
    /// Print a script that completes commands and flags in a shell
    Completions(Completions),
}

impl Command {
    /// What is wanted, for the verbs that choose.
    fn wanted(&mut self) -> Option<&mut Wanted> {
        match self {
            Self::Install(args) => Some(&mut args.wanted),
            Self::New(args) => Some(&mut args.wanted),
            _ => None,
        }
    }

    /// Whether it tells what happened to a project. The others print a text for a shell or a
    /// terminal, and nothing of that is a document.
    #[must_use]
    pub fn tells(&self) -> bool {
        !matches!(self, Self::Demo | Self::Secret | Self::Completions(_))
    }
}

/// `install`
#[derive(Debug, Args)]
pub struct Install {
    /// The package to install into
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub path: PathBuf,
    /// What to install.
    #[command(flatten)]
    pub wanted: Wanted,
    /// What to do with the plan.
    #[command(flatten)]
    pub mode: Mode,
    /// What to do with conflicts.
    #[command(flatten)]
    pub merging: Merging,
}

/// `new`
#[derive(Debug, Args)]
pub struct New {
    /// The folder to make
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// What to install.
    #[command(flatten)]
    pub wanted: Wanted,
}

/// `completions`
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

/// What to install; of a flag and its negation the last one typed counts.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Features")]
pub struct Wanted {
    /// The database [default: sqlite in a fresh project]
    #[arg(long, value_enum, value_name = "NAME")]
    pub database: Option<Database>,
    /// The users table's name [default: users]
    #[arg(long, value_name = "NAME")]
    pub table: Option<String>,
    /// UUIDv7 keys; the default
    #[arg(long, overrides_with = "no_binary_id")]
    pub binary_id: bool,
    /// 64-bit integer keys, which the database counts
    #[arg(long, overrides_with = "binary_id")]
    pub no_binary_id: bool,
    /// The features that were named.
    #[arg(skip)]
    pub features: BTreeMap<&'static str, Answer>,
    /// Never ask: take the default for every open question
    #[arg(long, short, help_heading = "Plan")]
    pub yes: bool,
}

impl Wanted {
    /// What that means.
    pub fn requested(&self) -> Result<Requested, Refusal> {
        let table = self.table.as_deref().map(Table::parse).transpose()?;
        Ok(Requested {
            database: self.database,
            key: self.key(),
            table,
            features: self.features.clone().into_iter().collect(),
            yes: self.yes,
            ..Requested::default()
        })
    }

    fn key(&self) -> Option<Key> {
        if self.binary_id {
            return Some(Key::Uuid);
        }
        self.no_binary_id.then_some(Key::Integer)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cli, Command, Wanted};
    use crate::feature::{Answer, FEATURES};

    fn wanted(words: &[&str]) -> Wanted {
        let words = ["cargo-sigra", "install"]
            .iter()
            .chain(words)
            .map(Into::into);
        match Cli::from_cargo_or_shell(words, FEATURES).unwrap().command {
            Command::Install(install) => install.wanted,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn clap_finds_nothing_wrong_with_the_definitions() {
        super::command(FEATURES).debug_assert();
    }

    #[test]
    fn the_word_that_cargo_passes_on_is_skipped() {
        let words = ["cargo-sigra", "sigra", "secret"].iter().map(Into::into);
        let cli = Cli::from_cargo_or_shell(words, FEATURES).unwrap();
        assert!(matches!(cli.command, Command::Secret));
    }

    #[test]
    fn the_last_of_a_flag_and_its_negation_counts() {
        let typed = wanted(&["--live", "--no-live", "--no-api", "--api"]).features;
        let expected = [("live", Answer::Off), ("api", Answer::from(true))];
        assert_eq!(typed, expected.into());
        let typed = wanted(&["--oauth", "oidc", "--no-oauth", "--oauth=google,github"]).features;
        assert_eq!(typed, [("oauth", values(&["github", "google"]))].into());
    }

    #[test]
    fn a_bare_oauth_means_google_and_github() {
        let typed = wanted(&["--oauth"]).features;
        assert_eq!(typed, [("oauth", values(&["github", "google"]))].into());
    }

    fn values(names: &[&str]) -> Answer {
        Answer::On(names.iter().map(|name| (*name).to_owned()).collect())
    }
}
