//! Somebody who owns a project of the first version.

use std::{collections::BTreeMap, sync::OnceLock};

use cargo_sigra::{
    answers::{Requested, Table},
    cli::Mode,
    feature::{Database, Key},
    manifest::{self, Manifest},
    refusal::Exit,
    world::World,
};

use super::version;
use crate::support::Project;

pub type Tree = BTreeMap<String, Vec<u8>>;

/// What somebody chose who made a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// What is proposed: SQLite, UUIDs, the table `users`.
    Proposed,
    /// The other one everywhere: PostgreSQL, integers, another table.
    Other,
}

impl Choice {
    pub const ALL: [Self; 2] = [Self::Proposed, Self::Other];

    /// What a project says that was chosen for it.
    fn of(project: &Project) -> Self {
        let manifest = Manifest::parse(&project.read(manifest::PATH)).unwrap();
        match manifest.database {
            Some(Database::Postgres) => Self::Other,
            _ => Self::Proposed,
        }
    }

    /// That, and every feature.
    fn requested(self) -> Requested {
        let requested = Requested {
            features: [("jwt", true)].into(),
            yes: true,
            ..Requested::default()
        };
        match self {
            Self::Proposed => requested,
            Self::Other => Requested {
                database: Some(Database::Postgres),
                key: Some(Key::Integer),
                table: Some(Table::parse("members").unwrap()),
                ..requested
            },
        }
    }
}

/// A new project with every feature in that version.
pub fn shop(number: usize) -> Project {
    chosen(Choice::Proposed, number)
}

/// The same, for whoever chose that.
pub fn chosen(choice: Choice, number: usize) -> Project {
    made(choice, number).0.copy()
}

/// Its files.
pub fn files(number: usize) -> &'static Tree {
    &made(Choice::Proposed, number).1
}

/// The files of a new project in that version for which the same was chosen as for this one.
pub fn files_like(project: &Project, number: usize) -> &'static Tree {
    &made(Choice::of(project), number).1
}

/// Made once.
fn made(choice: Choice, number: usize) -> &'static (Project, Tree) {
    static SHOPS: [[OnceLock<(Project, Tree)>; 3]; 2] =
        [const { [const { OnceLock::new() }; 3] }; 2];
    SHOPS[choice as usize][number - 1].get_or_init(|| {
        let project = Project::fresh();
        let requested = choice.requested();
        let exit = project.install_with(requested, Mode::default(), &version(number));
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
