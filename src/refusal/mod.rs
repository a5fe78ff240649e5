//! Why a run stops before it has changed anything, as values: what is wrong and where, without a
//! sentence. The sentences stand in `say::refused`, one file per area, beside which each of these
//! files has its own.

mod answers;
mod apply;
mod ask;
mod changes;
mod commands;
mod demo;
mod edit;
mod manifest;
mod moves;
mod package;
mod project;
mod shape;

pub use self::{
    answers::{AnswersRefusal, PrefixOwner, TableProblem},
    apply::ApplyRefusal,
    ask::AskRefusal,
    changes::{Blocked, ChangesRefusal, VersionProblem},
    commands::CommandRefusal,
    demo::DemoRefusal,
    edit::{EditRefusal, Unfit},
    manifest::{Damage, ManifestRefusal},
    moves::MoveRefusal,
    package::PackageRefusal,
    project::ProjectRefusal,
    shape::ShapeRefusal,
};

/// How a run ended, as the shell sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or there was nothing to do.
    Done = 0,
    /// It failed, and the project is as it was.
    Failed = 1,
    /// What was typed cannot be done.
    Usage = 2,
    /// `--check` found that something would change.
    Changes = 3,
    /// Done, but something remains to be done by hand.
    Remaining = 4,
    /// An earlier run left something that a person has to look at first.
    Unfinished = 5,
    /// Ctrl-C; the project is as it was.
    Interrupted = 130,
}

/// The reason for not going on.
///
/// To add one:
///
/// 1. add a variant to the enum of its area (`refusal/project.rs`, …) that carries what is wrong as
///    data: paths, names, lines. No sentence and no part of one;
/// 2. where its exit code is not that of its neighbours, name it in `exit` (below that enum, or below
///    this one where all of an area have the same);
/// 3. write its sentence in the file of the same name in `say/refused/`: what is wrong, where, what
///    to do. The compiler asks for it.
///
/// Return it as `Err(PackageRefusal::NoName.into())`, both where the error is a [`Refusal`] and
/// where it is an [`anyhow::Error`]; the latter holds a `Refusal` then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Ctrl-C was pressed.
    Interrupted,
    /// Several reasons at once.
    Several(Vec<Self>),
    /// What was typed, or was answered before.
    Answers(AnswersRefusal),
    /// A question that cannot be asked.
    Ask(AskRefusal),
    /// `.sigra/manifest.toml`.
    Manifest(ManifestRefusal),
    /// The project as it is.
    Project(ProjectRefusal),
    /// The package and the compiler.
    Package(PackageRefusal),
    /// What the package consists of.
    Shape(ShapeRefusal),
    /// An entry of a file that is not ours.
    Edit(EditRefusal),
    /// What would be written.
    Changes(ChangesRefusal),
    /// Another run, or one that was stopped.
    Apply(ApplyRefusal),
    /// A verb that cannot be performed.
    Command(CommandRefusal),
    /// The demo.
    Demo(DemoRefusal),
    /// A file that `mv` cannot move.
    Move(MoveRefusal),
}

impl Refusal {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Interrupted => Exit::Interrupted,
            Self::Several(all) => all.first().map_or(Exit::Failed, Self::exit),
            Self::Answers(why) => why.exit(),
            Self::Manifest(why) => why.exit(),
            Self::Package(_) | Self::Shape(_) | Self::Edit(_) => Exit::Failed,
            Self::Ask(_) | Self::Move(_) => Exit::Usage,
            Self::Project(why) => why.exit(),
            Self::Changes(why) => why.exit(),
            Self::Apply(why) => why.exit(),
            Self::Command(why) => why.exit(),
            Self::Demo(why) => why.exit(),
        }
    }
}

impl std::error::Error for Refusal {}

/// Makes a [`Refusal`] of an area's own, and an [`anyhow::Error`] that holds it.
macro_rules! area {
    ($variant:ident, $area:ident) => {
        impl From<$area> for Refusal {
            fn from(why: $area) -> Self {
                Self::$variant(why)
            }
        }

        impl From<$area> for anyhow::Error {
            fn from(why: $area) -> Self {
                Refusal::$variant(why).into()
            }
        }
    };
}

area!(Answers, AnswersRefusal);
area!(Ask, AskRefusal);
area!(Manifest, ManifestRefusal);
area!(Project, ProjectRefusal);
area!(Package, PackageRefusal);
area!(Shape, ShapeRefusal);
area!(Edit, EditRefusal);
area!(Changes, ChangesRefusal);
area!(Apply, ApplyRefusal);
area!(Command, CommandRefusal);
area!(Demo, DemoRefusal);
area!(Move, MoveRefusal);
