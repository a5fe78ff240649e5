//! One file per verb; each reads like the sentence that it performs.

pub mod completions;
mod demo;
pub mod features;
mod forget;
pub mod install;
mod mv;
mod named;
mod new;
mod recorded;
mod recover;
mod restore;
mod secret;
mod settle;
mod status;
mod uninstall;
pub mod upgrade;

use std::ffi::OsString;

use anyhow::{Error, Result};

use crate::{
    cli::{self, Cli, Command},
    refusal::{CommandRefusal, Exit, Refusal},
    review::Document,
    say::{self, Format, Loudness, Voice},
    world::World,
};

/// Does what was typed.
pub fn run(cli: &Cli, world: &World) -> Result<Exit> {
    if world.voice.format == Format::Json && !cli.command.tells() {
        let verb = cli.verb.clone();
        return Err(CommandRefusal::NoDocument { verb }.into());
    }
    match &cli.command {
        Command::Install(args) => install::run(args, world),
        Command::Upgrade(args) => upgrade::run(args, world),
        Command::New(args) => new::run(args, world),
        Command::Status(args) => status::run(args, world),
        Command::Restore(args) => restore::run(args, world),
        Command::Mv(args) => mv::run(args, world),
        Command::Forget(args) => forget::run(args, world),
        Command::Uninstall(args) => uninstall::run(args, world),
        Command::Recover(args) => recover::run(args, world),
        Command::Demo => demo::run(world),
        Command::Features => features::run(world),
        Command::Secret => secret::run(world),
        Command::Completions(args) => completions::run(args, world),
    }
}

/// Says what of the words was not understood, or what they ask about this program itself.
pub fn misunderstood(error: &clap::Error, words: &[OsString]) -> Exit {
    say::printed(error.print());
    if !error.use_stderr() {
        return Exit::Done;
    }
    if cli::want_json(words) {
        let why = error.render().to_string();
        let why = why.strip_prefix("error: ").unwrap_or(&why).trim_end();
        let document = Document::new(cli::verb(words).unwrap_or_default());
        let document = document.with("error", why.into()).text(Exit::Usage);
        Voice::new(Loudness::Quiet, Format::Json).out(&document);
    }
    Exit::Usage
}

/// How a run ends. Where something could not be told, that is no success; whether the project has
/// changed still decides which failure it is.
pub fn ending(exit: Exit, has_written: bool, voice: Voice) -> Exit {
    let Some(trouble) = say::trouble() else {
        return exit;
    };
    voice.error(&trouble.sentence(has_written));
    match (exit, has_written) {
        (Exit::Done, true) => Exit::Remaining,
        (Exit::Done, false) => Exit::Failed,
        _ => exit,
    }
}

/// Says why nothing was done, and how that is told to the shell.
pub fn fail(error: &Error, verb: &str, voice: Voice) -> Exit {
    let why = format!("{error:#}");
    voice.error(&why);
    let exit = error
        .downcast_ref::<Refusal>()
        .map_or(Exit::Failed, Refusal::exit);
    let document = Document::new(verb).with("error", why.into());
    document.tell(exit, voice);
    exit
}
