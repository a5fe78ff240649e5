//! Shows what would change, has it accepted, and tells what happened.

mod json;
pub mod patch;
mod status;
mod summary;

use anyhow::Result;

pub use self::json::Document;
use crate::{
    answers::Wishes,
    ask,
    changes::Changes,
    cli::{Diff, Format, Mode},
    plan::Plan,
    project::{Project, git},
    refusal::Exit,
    say::Voice,
    world::World,
};

/// Changes on their way to a person.
pub struct Review<'a> {
    /// What was there.
    pub project: &'a Project,
    /// What should be there.
    pub plan: &'a Plan,
    /// The difference.
    pub changes: &'a Changes,
    /// What this run wants with it.
    pub mode: Mode,
    /// For a person, or for a program.
    pub format: Format,
}

impl Review<'_> {
    /// Shows the changes as this run wants them, and tells whether they may be written.
    pub fn accepted(&self, wishes: &Wishes, world: &World) -> Result<bool> {
        if let Some(of) = self.mode.diff {
            world.voice.patch(&self.patch(of));
        }
        if self.changes.is_empty() || self.mode.check || self.mode.diff.is_some() {
            return Ok(false);
        }
        if self.mode.dry_run || !wishes.yes {
            let uncommitted = git::uncommitted(self.project);
            summary::plan(self.changes, self.plan, uncommitted, world.voice);
        }
        Ok(!self.mode.dry_run && ask::go_ahead(wishes, self.plan.answers.database, world)?)
    }

    fn patch(&self, of: Diff) -> String {
        match of {
            Diff::Tree => patch::of_tree(self.changes, self.project),
            Diff::Upstream => patch::of_upstream(self.changes, self.project, self.plan),
            Diff::Mine => patch::of_mine(self.project),
        }
    }

    /// Tells about a run that wrote nothing.
    pub fn looked(&self, voice: Voice) -> Exit {
        match (self.changes.is_empty(), self.mode.check) {
            (true, _) => return self.done(voice),
            (_, true) => voice.careful("Changes", "would be made; see them with --diff"),
            _ => voice.line("nothing was written"),
        }
        self.finish(voice)
    }

    /// Tells how the project stands to its templates.
    pub fn status(&self, voice: Voice) -> Exit {
        status::tell(self, voice);
        let exit = self.exit_of_status();
        if self.format == Format::Json {
            voice.out(&self.document("status").text(exit));
        }
        exit
    }

    fn exit_of_status(&self) -> Exit {
        let remains = !self.changes.remaining.is_empty();
        match (self.mode.check && !self.changes.is_empty(), remains) {
            (true, _) => Exit::Changes,
            (_, true) => Exit::Remaining,
            _ => Exit::Done,
        }
    }

    /// Tells about a run that wrote everything, or had nothing to write.
    pub fn done(&self, voice: Voice) -> Exit {
        summary::what_happened(self.changes, self.plan, voice);
        summary::next_steps(self.changes, self.project, voice);
        self.finish(voice)
    }

    fn finish(&self, voice: Voice) -> Exit {
        let exit = self.exit();
        if self.format == Format::Json {
            voice.out(&self.document("install").text(exit));
        }
        exit
    }

    fn document(&self, command: &str) -> Document {
        let features = self.plan.features.iter().map(|(name, _)| *name);
        Document::of(command, self.changes).with("features", features.collect())
    }

    fn exit(&self) -> Exit {
        let (changes, remains) = (!self.changes.is_empty(), !self.changes.remaining.is_empty());
        match (
            self.mode.check && changes,
            remains && !self.mode.looks_only(),
        ) {
            (true, _) => Exit::Changes,
            (_, true) => Exit::Remaining,
            _ => Exit::Done,
        }
    }
}
