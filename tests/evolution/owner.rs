//! Somebody who owns a project of the first version.

use std::{collections::BTreeMap, sync::OnceLock};

use cargo_sigra::{answers::Wishes, cli::Mode, refusal::Exit, world::World};

use super::version;
use crate::support::Project;

pub type Tree = BTreeMap<String, Vec<u8>>;

/// A new project with every feature in that version.
pub fn shop(number: usize) -> Project {
    made(number).0.copy()
}

/// Its files.
pub fn files(number: usize) -> &'static Tree {
    &made(number).1
}

/// Made once.
fn made(number: usize) -> &'static (Project, Tree) {
    static SHOPS: [OnceLock<(Project, Tree)>; 3] = [const { OnceLock::new() }; 3];
    SHOPS[number - 1].get_or_init(|| {
        let project = Project::in_memory();
        let wishes = Wishes {
            features: [("jwt", true)].into(),
            yes: true,
            ..Wishes::default()
        };
        let exit = project.install_with(wishes, Mode::default(), &version(number));
        assert_eq!(exit.unwrap(), Exit::Done);
        let tree = project.tree();
        (project, tree)
    })
}

/// Brings the project to that version.
pub fn upgrade(project: &Project, number: usize) -> Exit {
    let world: World = version(number);
    project
        .typed(&["upgrade", "--yes", "--quiet"], &world)
        .unwrap()
}
