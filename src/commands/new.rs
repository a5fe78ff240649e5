//! `cargo sigra new <dir>`: `cargo new`, then `install`.

use std::{path::Path, process::Command};

use anyhow::Result;

use super::install::Run;
use crate::{
    answers::Requested,
    apply::{self, Made},
    ask,
    cli::{Mode, New},
    manifest,
    project::{
        self,
        toolchain::{self, Compiler},
    },
    refusal::{CommandRefusal, Exit},
    world::World,
};

/// Performs the command. A package into which nothing was installed does not stay.
pub fn run(args: &New, world: &World) -> Result<Exit> {
    let requested = args.wanted.requested()?;
    requested.refuse_impossible(&world.templates)?;
    ask::refuse_silence(&requested, None, world)?;
    // A run that Ctrl-C stops while cargo is at work takes back what that has made.
    apply::listen_for_ctrl_c();
    let made = Made::before(&args.dir);
    let ended = make_and_install(&args.dir, &requested, world);
    if !args.dir.join(manifest::PATH).exists() {
        made.take_back();
    }
    ended
}

fn make_and_install(dir: &Path, requested: &Requested, world: &World) -> Result<Exit> {
    make(dir, world).map_err(apply::or_interrupted)?;
    let run = Run {
        verb: "new",
        root: &project::folder(dir)?,
        requested,
        mode: Mode::default(),
        world,
    };
    run.perform()
}

/// Makes the package, unless the compiler is too old for what would be put into it.
pub fn make(dir: &Path, world: &World) -> Result<()> {
    Compiler::ask(Path::new("."))?.refuse_older(world.templates.rust_version())?;
    let made = Command::new(toolchain::program("CARGO", "cargo"))
        .args(["new", "--quiet", "--bin"])
        .arg(dir)
        .status();
    let made = made.map_err(|why| toolchain::cannot_run("cargo", &why))?;
    if made.success() {
        return Ok(());
    }
    let dir = dir.into();
    Err(CommandRefusal::NewFailed { dir }.into())
}
