//! `cargo sigra restore PATH`: a file as the templates have it, again.

use anyhow::Result;

use super::{
    named::{self, Named},
    recorded::{self, Ended, Recorded},
    settle::Intent,
};
use crate::{
    apply, ask,
    changes::Changes,
    cli::{Mode, Restore},
    merge::same,
    ours::Ours,
    refusal::{CommandRefusal, Exit, Refusal},
    review::{self, Document},
    world::World,
};

/// Performs the command.
pub fn run(args: &Restore, world: &World) -> Result<Exit> {
    let intent = Intent::of(Mode::default(), args.yes);
    recorded::perform(&args.place, intent, world, |recorded| {
        let restored = Restored::of(&recorded, named::find(&recorded, &args.file)?)?;
        let Restored { path, changes, .. } = &restored;
        if !restored.accepted(args, &recorded, world)? {
            review::nothing_written(world.voice);
            return Ok(Ended::done(Document::new("restore")));
        }
        let root = &recorded.project.root;
        apply::write("restore", changes, root, world.now, &world.disk)?;
        review::restored(path, !changes.is_empty(), world.voice);
        Ok(Ended::done(Document::of("restore", changes)))
    })
}

/// A file on its way back.
struct Restored {
    path: String,
    changes: Changes,
    /// Whether its owner would lose something.
    is_edited: bool,
}

impl Restored {
    fn of(recorded: &Recorded, named: Named<'_>) -> Result<Self, Refusal> {
        match named {
            Named::File(file) => Self::file(recorded, &file),
            Named::Migration(id, _) => Self::migration(recorded, id),
        }
    }

    fn file(recorded: &Recorded, file: &Ours<'_>) -> Result<Self, Refusal> {
        let path = &file.path;
        let (project, manifest) = (&recorded.project, &recorded.manifest);
        let Some(theirs) = file.sides.theirs else {
            let path = path.clone();
            return Err(CommandRefusal::NoTemplate { path }.into());
        };
        // Beside files of another version it would not fit.
        let (is, needed) = (&manifest.templates, &recorded.plan.version);
        if is != needed {
            let (is, needed, path) = (is.clone(), needed.clone(), path.clone());
            return Err(CommandRefusal::OtherVersion { is, needed, path }.into());
        }
        let is_other = |side: Option<&[u8]>, mine| !side.is_some_and(|side| same(side, mine));
        let mine = file.sides.mine;
        Ok(Self {
            path: path.clone(),
            changes: Changes::restore(project, manifest, file, theirs),
            is_edited: mine
                .is_some_and(|mine| is_other(file.base(), mine) && is_other(Some(theirs), mine)),
        })
    }

    /// A migration comes back only as it was written: databases remember its text.
    fn migration(recorded: &Recorded, id: &str) -> Result<Self, Refusal> {
        let record = &recorded.manifest.migrations[id];
        let mut planned = recorded.plan.migrations.iter();
        let planned = planned.find(|planned| planned.id == id && planned.is(&record.sum));
        let Some(planned) = planned else {
            let path = record.path.clone();
            return Err(CommandRefusal::NoMigration { path }.into());
        };
        let mine = recorded.project.tree.bytes(&record.path);
        Ok(Self {
            path: record.path.clone(),
            changes: Changes::restore_migration(&recorded.project, record, planned),
            is_edited: mine.is_some_and(|mine| mine != planned.bytes),
        })
    }

    /// Nothing is overwritten before its owner has seen what goes, and said so.
    fn accepted(&self, args: &Restore, recorded: &Recorded, world: &World) -> Result<bool> {
        let path = &self.path;
        if self.changes.is_empty() || !self.is_edited || args.overwrite {
            return Ok(true);
        }
        if args.yes {
            let path = path.clone();
            return Err(CommandRefusal::Edited { path }.into());
        }
        let shown = review::patch_of(&self.changes, path, &recorded.project);
        ask::overwrite(path, &shown, world)
    }
}
