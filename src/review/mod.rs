//! Shows what would change, has it accepted, and tells what happened.

mod collisions;
mod json;
mod notes;
mod patch;
pub mod sides;
mod steps;
mod summary;

use anyhow::Result;

pub use self::{
    collisions::collisions,
    json::{Document, notice, sentences},
    patch::{patch, patch_of},
    summary::{news, shortened},
};
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
    /// What was typed.
    pub verb: &'static str,
    /// What this run wants with it.
    pub mode: Mode,
    /// For a person, or for a program.
    pub format: Format,
}

impl Review<'_> {
    /// Shows the changes as this run wants them, and tells whether they may be written.
    pub fn accepted(&self, wishes: &Wishes, world: &World) -> Result<bool> {
        if let Some(diff) = self.mode.diff {
            news(&self.changes.notices, world.voice);
            // A program finds it in its document.
            if self.format == Format::Human {
                world.voice.patch(&self.patch(diff));
            }
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

    fn patch(&self, diff: Diff) -> String {
        match diff {
            Diff::Tree => patch(self.changes, self.project),
            Diff::Upstream => sides::upstream(self.project, self.plan),
            Diff::Mine => sides::mine(self.project, self.plan),
        }
    }

    /// Tells about a run that wrote nothing.
    pub fn looked(&self, voice: Voice) -> Exit {
        match (self.changes.is_empty(), self.mode.check) {
            (true, _) => self.done(voice),
            (_, true) => {
                voice.careful("Changes", "would be made; see them with --diff");
                self.finish(voice, Exit::Changes, false)
            }
            _ => {
                voice.line("nothing was written");
                self.finish(voice, Exit::Done, false)
            }
        }
    }

    /// Tells about a run that wrote everything, or had nothing to write.
    pub fn done(&self, voice: Voice) -> Exit {
        summary::what_happened(self.changes, self.plan, voice);
        summary::next_steps(self.changes, self.project, self.plan, voice);
        let exit = match self.changes.remaining.is_empty() || self.mode.looks_only() {
            true => Exit::Done,
            false => Exit::Remaining,
        };
        self.finish(voice, exit, !self.changes.is_empty())
    }

    fn finish(&self, voice: Voice, exit: Exit, is_written: bool) -> Exit {
        if self.format == Format::Json {
            let features = self.plan.features.iter().map(|(name, _)| *name);
            let mut document = Document::of(self.verb, self.changes)
                .with("features", features.collect())
                .with("written", is_written.into());
            if let Some(diff) = self.mode.diff {
                document = document.with("patch", self.patch(diff).into());
            }
            voice.out(&document.text(exit));
        }
        exit
    }
}
