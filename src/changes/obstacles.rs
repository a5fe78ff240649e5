//! New files that cannot stand where they would be written.

use super::Proposal;
use crate::{
    project::obstacles::{self, Obstacle},
    refusal::{Blocked, ChangesRefusal},
};

impl Proposal<'_> {
    /// Refuses to write a file beside which the project would not build, or not everywhere.
    pub(super) fn refuse_obstacles(&self) -> Result<(), ChangesRefusal> {
        let is_going = |path: &str| self.draft.takes_away(path);
        let found = obstacles::first(&self.project.root, self.draft.created(), is_going);
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
}
