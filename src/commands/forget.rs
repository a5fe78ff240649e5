//! `cargo sigra forget PATH`: a file is its owner's alone from now on.

use anyhow::Result;

use super::{
    named::{self, Named},
    recorded::Recorded,
    stopped::Intent,
};
use crate::{
    apply,
    changes::Changes,
    cli::{Forget, Format},
    manifest::State,
    project,
    refusal::{CommandRefusal, Exit},
    review::Document,
    world::World,
};

/// Performs the command.
pub fn run(args: &Forget, world: &World) -> Result<Exit> {
    apply::listen_for_ctrl_c();
    let root = project::installed(&args.place.path)?;
    let recorded = Recorded::read(&root, Intent::Write, world)?;
    let file = match named::find(&recorded, &args.file)? {
        Named::File(file) => file,
        Named::Migration(_, record) => {
            let path = record.path.clone();
            return Err(CommandRefusal::ForgetMigration { path }.into());
        }
    };
    let is_done = file
        .record
        .is_some_and(|record| record.state == State::Forgotten);
    let changes = Changes::forget(&recorded.project, &recorded.manifest, &file);

    match is_done {
        true => world.voice.verb(
            "Finished",
            &format!("nothing to do; {} is yours already", file.path),
        ),
        false => {
            apply::write("forget", &changes, &root, world.now, &world.disk)?;
            let path = &file.path;
            world.voice.verb(
                "Forgotten",
                &format!("{path} (yours alone; `cargo sigra restore {path}` takes that back)"),
            );
        }
    }
    if args.place.format == Format::Json {
        let document = Document::of("forget", &changes);
        world.voice.out(&document.text(Exit::Done));
    }
    Ok(Exit::Done)
}
