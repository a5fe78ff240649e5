//! `cargo sigra new <dir>`: `cargo new`, then `install`.

use std::{path::Path, process::Command};

use anyhow::Result;

use super::install::Run;
use crate::{
    apply::Made,
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
    let wishes = args.wanted.wishes()?;
    wishes.refuse_impossible(&world.templates)?;
    ask::refuse_silence(&wishes, None, world)?;
    let made = Made::before(&args.dir);
    make(&args.dir, world)?;
    let ended = project::folder(&args.dir).and_then(|root| {
        let run = Run {
            verb: "new",
            root: &root,
            wishes: &wishes,
            mode: Mode::default(),
            world,
        };
        run.perform()
    });
    if !args.dir.join(manifest::PATH).exists() {
        made.take_back();
    }
    ended
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
