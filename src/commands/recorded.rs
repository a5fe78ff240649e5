//! What every verb begins with that looks at a project after an installation: the project as it is,
//! and the plan by the answers that were given then. Nobody is asked.

use std::path::Path;

use anyhow::Result;

use super::stopped::{self, Intent};
use crate::{
    answers::Wishes,
    apply, ask,
    manifest::Manifest,
    plan::Plan,
    project::{self, Project},
    refusal::CommandRefusal,
    restyle,
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

impl Recorded {
    /// Reads it, once nothing is left of a run that was stopped in the middle; refuses where nothing
    /// was installed.
    pub fn read(root: &Path, intent: Intent, world: &World) -> Result<Self> {
        stopped::settle(root, intent, world)?;
        Self::look(root, world).map_err(apply::or_interrupted)
    }

    fn look(root: &Path, world: &World) -> Result<Self> {
        let manifest = project::recorded(root)?.ok_or(CommandRefusal::NoManifest)?;
        let project = Project::read(root, &world.templates)?;
        let wishes = Wishes {
            yes: true,
            ..Wishes::default()
        };
        let answers = ask::missing(&project, &wishes, world)?;
        let mut plan = Plan::new(&project, &answers, &world.templates)?;
        plan.restyled = restyle::of(&project, &plan)?;
        Ok(Self {
            project,
            manifest,
            plan,
        })
    }
}
