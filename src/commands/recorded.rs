//! What every verb begins with that looks at a project after an installation: the project as it is,
//! and the plan by the answers that were given then. Nobody is asked.

use std::path::Path;

use anyhow::Result;

use super::settle::{self, Intent};
use crate::{
    answers::Requested,
    apply, ask,
    cli::ProjectArgs,
    manifest::Manifest,
    plan::Plan,
    project::{self, Project},
    refusal::{CommandRefusal, Exit},
    restyle,
    review::Document,
    say::Voice,
    world::World,
};

/// A project that something was installed into.
pub struct Recorded {
    /// As it is.
    pub project: Project,
    /// What was recorded of it.
    pub manifest: Manifest,
    /// What its answers mean today.
    pub plan: Plan,
}

/// How a verb has ended.
pub struct Ended {
    /// As the shell sees it.
    pub exit: Exit,
    /// As a program sees it.
    pub document: Document,
}

impl Ended {
    /// Nothing remains to be done.
    #[must_use]
    pub fn done(document: Document) -> Self {
        let exit = Exit::Done;
        Self { exit, document }
    }

    /// Prints the document where one is wanted.
    #[must_use]
    pub fn told(self, voice: Voice) -> Exit {
        self.document.tell(self.exit, voice);
        self.exit
    }
}

/// Performs a verb on a project that something was installed into: finds and reads it, and prints
/// the document. The frame of all verbs that look at such a project.
pub fn perform(
    place: &ProjectArgs,
    intent: Intent,
    world: &World,
    verb: impl FnOnce(Recorded) -> Result<Ended>,
) -> Result<Exit> {
    if intent != Intent::Look {
        apply::listen_for_ctrl_c();
    }
    let root = project::installed(&place.path)?;
    let ended = verb(Recorded::read(&root, intent, world)?)?;
    Ok(ended.told(world.voice))
}

impl Recorded {
    /// Reads it, once nothing is left of a run that was stopped in the middle; refuses where nothing
    /// was installed, or a newer program has.
    pub fn read(root: &Path, intent: Intent, world: &World) -> Result<Self> {
        settle::stopped_run(root, intent, world)?;
        project::refuse_newer(root, &world.templates)?;
        Self::look(root, world).map_err(apply::or_interrupted)
    }

    /// Reads it only to tell about it, also where a newer program has installed.
    pub fn read_to_tell(root: &Path, world: &World) -> Result<Self> {
        settle::stopped_run(root, Intent::Look, world)?;
        Self::look(root, world).map_err(apply::or_interrupted)
    }

    fn look(root: &Path, world: &World) -> Result<Self> {
        let manifest = match project::recorded(root, &world.templates)? {
            Some(manifest) => manifest,
            None => {
                // The first installation may be under way.
                apply::wait_for_others(root)?;
                let manifest = project::recorded(root, &world.templates)?;
                manifest.ok_or(CommandRefusal::NoManifest)?
            }
        };
        let project = Project::read(root, &world.templates)?;
        let requested = Requested {
            yes: true,
            ..Requested::default()
        };
        let answers = ask::missing(&project, &requested, world)?;
        let mut plan = Plan::new(&project, &answers, &world.templates)?;
        plan.restyled = restyle::of(&project, &plan)?;
        Ok(Self {
            project,
            manifest,
            plan,
        })
    }
}
