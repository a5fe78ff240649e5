//! `cargo sigra install`: writes the account system into a project, or brings it up to date.

use std::path::Path;

use anyhow::Result;

use super::settle::{self, Intent};
use crate::{
    answers::Requested,
    apply, ask,
    changes::{Changes, Choices},
    cli::{Install, Mode},
    plan::Plan,
    project::{self, Project},
    refusal::Exit,
    restyle,
    review::{self, Review},
    world::World,
};

/// Performs the command.
pub fn run(args: &Install, world: &World) -> Result<Exit> {
    let mut requested = args.wanted.requested()?;
    requested.refuse_impossible(&world.templates)?;
    requested.options.on_conflict = args.merging.on_conflict;
    let root = project::folder(&args.path)?;

    let run = Run {
        verb: "install",
        root: &root,
        requested: &requested,
        mode: args.mode,
        world,
    };
    run.perform()
}

/// One run that installs, by whatever verb.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The verb that was typed.
    pub verb: &'static str,
    /// The package's folder.
    pub root: &'a Path,
    /// What was typed.
    pub requested: &'a Requested,
    /// What to do with the plan.
    pub mode: Mode,
    /// Everything outside of the project.
    pub world: &'a World,
}

/// What is decided about changes before they are shown as a plan; nothing where the run is to stop.
type Decision = fn(&Changes, &Project, &Plan, &World) -> Result<Option<Choices>>;

/// In this order: where a file has gone decides what is in the way.
const DECISIONS: [Decision; 2] = [about_moves, about_collisions];

impl Run<'_> {
    /// The road, from the folder to the end.
    pub fn perform(self) -> Result<Exit> {
        apply::listen_for_ctrl_c();
        let intent = Intent::of(self.mode, self.requested.yes);
        settle::stopped_run(self.root, intent, self.world)?;
        project::refuse_newer(self.root, &self.world.templates)?;
        let (project, plan) = self.look().map_err(apply::or_interrupted)?;
        let (changes, is_decided) = self.changes(&project, &plan)?;
        apply::preflight(self.root, &changes)?;

        let review = Review {
            project: &project,
            plan: &plan,
            changes: &changes,
            verb: self.verb,
            mode: self.mode,
        };
        let voice = self.world.voice;
        if !is_decided || !review.accepted(self.requested, self.world)? {
            return Ok(review.looked(voice));
        }
        let World { now, disk, .. } = self.world;
        apply::write(self.verb, &changes, self.root, *now, disk)?;
        Ok(review.done(!self.requested.yes, voice))
    }

    /// What is there, and what should be.
    fn look(self) -> Result<(Project, Plan)> {
        let templates = &self.world.templates;
        let project = Project::read(self.root, templates)?;
        let answers = ask::missing(&project, self.requested, self.world)?;
        let mut plan = Plan::new(&project, &answers, templates)?;
        plan.options = self.requested.options.clone();
        plan.restyled = restyle::of(&project, &plan)?;
        Ok((project, plan))
    }

    /// The changes by everything that was decided about them, and whether that is everything.
    fn changes(self, project: &Project, plan: &Plan) -> Result<(Changes, bool)> {
        let World { now, random, .. } = *self.world;
        let mut choices = Choices::new();
        let propose = |choices: &Choices| Changes::propose_as(choices, project, plan, now, random);
        let mut changes = propose(&choices)?;
        if !self.world.somebody || self.requested.yes || self.mode.looks_only() {
            return Ok((changes, true));
        }
        for decide in DECISIONS {
            let Some(decided) = decide(&changes, project, plan, self.world)? else {
                return Ok((changes, false));
            };
            if !decided.is_empty() {
                choices.extend(decided);
                changes = propose(&choices)?;
            }
        }
        Ok((changes, true))
    }
}

/// Files that are gone, and may have been moved.
fn about_moves(changes: &Changes, _: &Project, _: &Plan, _: &World) -> Result<Option<Choices>> {
    ask::moves(&changes.guesses).map(Some)
}

/// Files that are in the way.
fn about_collisions(
    changes: &Changes,
    project: &Project,
    plan: &Plan,
    world: &World,
) -> Result<Option<Choices>> {
    ask::collisions(&review::collisions(changes, project, plan), world)
}
