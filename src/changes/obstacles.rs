//! New files that cannot stand where they would be written.

use super::Draft;
use crate::{
    project::{
        Project,
        obstacles::{self, Obstacle},
    },
    refusal::{Blocked, ChangesRefusal},
};

/// Refuses to write a file beside which the project would not build, or not everywhere.
pub(super) fn refuse(project: &Project, draft: &Draft<'_>) -> Result<(), ChangesRefusal> {
    let is_going = |path: &str| draft.takes_away(path);
    let found = obstacles::first(&project.root, draft.created(), is_going);
    let Some((ours, obstacle)) = found else {
        return Ok(());
    };
    let ours = ours.to_owned();
    Err(ChangesRefusal::Blocked(match obstacle {
        Obstacle::Module(owners) => Blocked::Module { ours, owners },
        Obstacle::Case(owners) => Blocked::Case { ours, owners },
        Obstacle::File(path) => Blocked::Folder { path },
    }))
}
