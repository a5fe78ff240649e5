//! `cargo sigra new <dir>`: `cargo new`, then `install`.

use std::{path::Path, process::Command};

use anyhow::Result;

use super::install::Run;
use crate::{
    ask,
    cli::{Mode, New},
    project::{
        self,
        toolchain::{self, Compiler},
    },
    refusal::{CommandRefusal, Exit},
    world::World,
};

/// Performs the command.
pub fn run(args: &New, world: &World) -> Result<Exit> {
    let wishes = args.wanted.wishes()?;
    wishes.refuse_impossible(&world.templates)?;
    ask::refuse_silence(&wishes, None, world)?;
    make(&args.dir, world)?;
    let run = Run {
        verb: "new",
        root: &project::folder(&args.dir)?,
        wishes: &wishes,
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
