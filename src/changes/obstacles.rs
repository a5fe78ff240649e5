//! New files that cannot stand where they would be written.

use super::Proposal;
use crate::{
    project::obstacles::{self, Obstacle},
    refusal::ChangesRefusal,
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
        Err(match obstacle {
            Obstacle::Module(owners) => ChangesRefusal::ModuleTwice { ours, owners },
            Obstacle::Case(owners) => ChangesRefusal::OnlyCase { ours, owners },
            Obstacle::File(path) => ChangesRefusal::FileForFolder { path },
        })
    }
}
