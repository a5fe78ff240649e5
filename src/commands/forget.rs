//! `cargo sigra forget PATH`: a file is its owner's alone from now on.

use anyhow::Result;

use super::{
    named::{self, Named},
    recorded::{self, Ended},
    settle::Intent,
};
use crate::{
    apply,
    changes::Changes,
    cli::Forget,
    manifest::{FileRecord, State},
    refusal::{CommandRefusal, Exit},
    review::{self, Document},
    world::World,
};

/// Performs the command.
pub fn run(args: &Forget, world: &World) -> Result<Exit> {
    recorded::perform(&args.place, Intent::Write, world, |recorded| {
        let file = match named::find(&recorded, &args.file)? {
            Named::File(file) => file,
            Named::Migration(_, record) => {
                let path = record.path.clone();
                return Err(CommandRefusal::ForgetMigration { path }.into());
            }
        };
        let is_forgotten = |record: &FileRecord| record.state == State::Forgotten;
        let is_news = !file.record.is_some_and(is_forgotten);
        let changes = Changes::forget(&recorded.project, &recorded.manifest, &file);
        if is_news {
            let root = &recorded.project.root;
            apply::write("forget", &changes, root, world.now, &world.disk)?;
        }
        review::forgotten(&file.path, is_news, world.voice);
        Ok(Ended::done(Document::of("forget", &changes)))
    })
}
