//! Shows what would change, has it accepted, and tells what happened.

mod collisions;
mod demo;
mod files;
mod json;
mod listed;
mod notes;
mod one;
mod patch;
mod recovered;
pub mod sides;
mod status;
mod steps;
mod summary;
mod uninstall;
mod would;

use anyhow::Result;

use self::summary::news;
pub use self::{
    collisions::collisions,
    demo::demo,
    json::Document,
    one::{forgotten, moved, nothing_written, restored},
    patch::{patch, patch_of},
    recovered::{fates, recovered, taken_back, taken_back_document},
    status::{status, status_document},
    uninstall::{after_removal, removal, removed},
    would::would_lines,
};
use crate::{
    answers::Requested,
    ask,
    changes::Changes,
    cli::{Diff, Mode},
    plan::Plan,
    project::{Project, git},
    refusal::Exit,
    say::{Format, Voice},
    world::World,
};

/// The heading of the next steps, when they can be done and when they cannot yet.
const NOW: &str = "Next steps";
const AFTERWARDS: &str = "Next steps after the real run";

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
}

impl Review<'_> {
    /// Shows the changes as this run wants them, and tells whether they may be written.
    pub fn accepted(&self, requested: &Requested, world: &World) -> Result<bool> {
        let goes_on = !self.changes.is_empty() && !self.mode.check && self.mode.diff.is_none();
        let shows_plan = goes_on && (self.mode.dry_run || !requested.yes);
        // The plan has them among its lines.
        if !shows_plan {
            news(&self.changes.notices, world.voice);
        }
        // A program finds the patch in its document.
        if let Some(diff) = self
            .mode
            .diff
            .filter(|_| world.voice.format == Format::Human)
        {
            world.voice.patch(&self.patch(diff));
        }
        if !goes_on {
            return Ok(false);
        }
        if shows_plan {
            let uncommitted = git::uncommitted(self.project);
            summary::plan(self.changes, self.plan, uncommitted, world.voice);
        }
        Ok(!self.mode.dry_run && ask::go_ahead(requested, self.plan.answers.database, world)?)
    }

    fn patch(&self, diff: Diff) -> String {
        match diff {
            Diff::Tree => patch(self.changes, self.project),
            Diff::Upstream => sides::upstream(self.project, self.plan),
            Diff::Mine => sides::mine(self.project, self.plan),
        }
    }

    /// Tells about a run that wrote nothing. One that was to show what would happen ends as the real
    /// run would: with the same next steps and the same exit code.
    pub fn looked(&self, voice: Voice) -> Exit {
        if self.changes.is_empty() {
            return self.done(false, voice);
        }
        if self.mode.check {
            return self.checked(voice);
        }
        nothing_written(voice);
        if !self.foretells() {
            return self.finish(voice, Exit::Done, false);
        }
        self.next_steps(AFTERWARDS, voice);
        self.finish(voice, self.outcome(), false)
    }

    /// Tells what would change of what git keeps. Before a first installation that would be all
    /// there is, and is not named.
    fn checked(&self, voice: Voice) -> Exit {
        if self.project.manifest().is_some() {
            would::would(&self.changes.news(), voice);
            let local: Vec<_> = self.changes.local().map(str::to_owned).collect();
            would::local(&local, voice);
        }
        if self.changes.kept().next().is_none() {
            self.next_steps(NOW, voice);
            return self.finish(voice, Exit::Done, false);
        }
        voice.careful("Changes", "would be made; see them with --diff");
        self.finish(voice, Exit::Changes, false)
    }

    /// Tells about a run that wrote everything, or had nothing to write, and whether its plan was
    /// shown before.
    pub fn done(&self, was_shown: bool, voice: Voice) -> Exit {
        summary::what_happened(self.changes, self.plan, was_shown, voice);
        self.next_steps(NOW, voice);
        let exit = self.outcome();
        self.finish(voice, exit, !self.changes.is_empty())
    }

    /// Returns whether this run shows what the real one would do.
    fn foretells(&self) -> bool {
        self.mode.dry_run || self.mode.diff == Some(Diff::Tree)
    }

    fn next_steps(&self, heading: &str, voice: Voice) {
        summary::next_steps(heading, self.changes, self.project, self.plan, voice);
    }

    /// How the real run ends, for that and a dry run. A patch is complete, whatever it will need.
    fn outcome(&self) -> Exit {
        let ends_alike = self.mode.dry_run || !self.mode.looks_only();
        if ends_alike && !self.changes.remaining.is_empty() {
            Exit::Remaining
        } else {
            Exit::Done
        }
    }

    fn finish(&self, voice: Voice, exit: Exit, is_written: bool) -> Exit {
        let features = self.plan.features.iter().map(|feature| feature.name);
        let mut document = Document::of(self.verb, self.changes)
            .with("features", features.collect())
            .with("answers", json::answers(self.plan))
            .with("written", is_written.into());
        if let Some(diff) = self.mode.diff {
            document = document.with("patch", self.patch(diff).into());
        }
        document.tell(exit, voice);
        exit
    }
}
