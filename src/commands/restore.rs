//! `cargo sigra restore PATH`: a file as the templates have it, again.

use anyhow::Result;

use super::{
    named::{self, Named},
    recorded::{self, Ended, Recorded},
    settle::Intent,
};
use crate::{
    apply, ask,
    changes::{Changes, is_added_to},
    cli::{Mode, Restore},
    manifest::State,
    merge::same,
    refusal::{CommandRefusal, Exit, Refusal},
    review::{self, Document},
    tracked::TrackedFile,
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

    fn file(recorded: &Recorded, file: &TrackedFile<'_>) -> Result<Self, Refusal> {
        let path = &file.path;
        recorded.project.tree.refuse_blocked(path)?;
        let text = restored(recorded, file)?;
        let is_other = |side: Option<&[u8]>, mine| !side.is_some_and(|side| same(side, mine));
        let is_edited = |mine| is_other(file.written, mine) && is_other(Some(text), mine);
        // To the owner's own file only what it lacks is added.
        let is_replaced = !is_added_to(&recorded.manifest, &file.id);
        Ok(Self {
            path: path.clone(),
            changes: Changes::restore(&recorded.project, &recorded.manifest, file, text)?,
            is_edited: is_replaced && file.sides.mine.is_some_and(is_edited),
        })
    }

    /// A migration comes back only as it was written: databases remember its text.
    fn migration(recorded: &Recorded, id: &str) -> Result<Self, Refusal> {
        let record = &recorded.manifest.migrations[id];
        let mut planned = recorded.plan.migrations.iter();
        let planned = planned.find(|planned| planned.id == id && planned.is(record.sum));
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

/// The text of a file that comes back: today's beside files of today, and else the one that was
/// written last time, which fits to the others.
fn restored<'a>(recorded: &Recorded, file: &TrackedFile<'a>) -> Result<&'a [u8], Refusal> {
    let manifest = &recorded.manifest;
    let (written_with, needed) = (&manifest.templates, &recorded.plan.version);
    let is_of_today = written_with == needed && !manifest.held.contains_key(&file.id);
    let today = file.sides.theirs.filter(|_| is_of_today);
    let path = file.path.clone();
    let is = |state| file.record.is_some_and(|record| record.state == state);
    // What the templates have dropped belongs to the project's owner, who has edited or forgotten it.
    let is_edited = is(State::Orphan) && file.sides.mine.is_some();
    let is_forgotten = is(State::Forgotten) && is_of_today && file.sides.theirs.is_none();
    if is_edited || is_forgotten {
        return Err(CommandRefusal::NoTemplate { path }.into());
    }
    match (today.or(file.written), file.sides.theirs) {
        (Some(text), _) => Ok(text),
        (None, None) => Err(CommandRefusal::NoTemplate { path }.into()),
        (None, Some(_)) => {
            let (is, needed) = (written_with.clone(), needed.clone());
            Err(CommandRefusal::OtherVersion { is, needed, path }.into())
        }
    }
}
