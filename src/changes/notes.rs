//! What the owner may want to know, as values. The sentences stand in `review::notes`.
#![allow(missing_docs, reason = "a field is named for what it holds")]

use super::Guess;
use crate::{
    feature::Database,
    project::{GitDoubt, Rule},
    refusal::EditRefusal,
};

impl Note {
    /// Returns whether every run, and `status`, tells it as long as it is so.
    #[must_use]
    pub fn lasts(&self) -> bool {
        matches!(
            self,
            Self::Unfit(_)
                | Self::LockDamaged { .. }
                | Self::NotJudged { .. }
                | Self::LeftBehind { .. }
                | Self::Replaced { .. }
                | Self::LacksFeatures { .. }
        )
    }
}

/// One thing that the owner may want to know; there is nothing to do about it.
///
/// To add one: a variant that carries paths, names and lines, and its sentence in
/// `review/notes.rs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// What only a package that stands alone gets is left out.
    LeftOut,
    /// Bases that were not as written were found again.
    BasesFound { files: Vec<String> },
    /// Bases that were not found again: nothing is merged into these files.
    BasesLost { files: Vec<String> },
    /// What the next run offers.
    Held { files: Vec<String> },
    /// Files that get everything new although something is held.
    ComesAlong { files: Vec<String> },
    /// A file that is gone, and one that it may be now.
    MaybeMoved(Guess),
    /// Files that are missing, and may be hidden by a rule that git cannot tell.
    NotJudged { why: GitDoubt, files: Vec<String> },
    /// Files that have stayed where the package was before, and where they are now.
    LeftBehind { files: Vec<(String, String)> },
    /// A migration that is missing, and one of the owner's that makes its tables.
    Replaced { path: String, by: String },
    /// A dependency from a repository or a folder that does not name features which were added.
    LacksFeatures { name: String, features: Vec<String> },
    /// Dependencies in folders, which the Dockerfile does not copy before it builds them.
    DependsOnFolders { folders: Vec<String> },
    /// The next build chooses the newest versions of new crates.
    OwnVersions { is_workspace: bool },
    /// A dependency that the owner has changed into one that does not fit any more.
    Unfit(EditRefusal),
    /// `Cargo.lock` is no lock file.
    LockDamaged { line: usize, why: String },
    /// A profile's setting that the owner has changed stands where cargo does not honour it; and
    /// where it should stand.
    ProfileStays {
        key: String,
        path: String,
        place: String,
    },
    /// A package has moved into a workspace; what only one that stands alone gets is kept.
    MovedIn { files: Vec<String> },
    /// A `rustfmt.toml` above the package has a style of its own.
    StyleAbove { edition: &'static str },
    /// Another database has no rows yet.
    StartsEmpty { old: Database, new: Database },
    /// The migrations and the tables of features that are no longer wanted stay.
    TablesStay { tables: Vec<String> },
    /// The migrations stay after everything else was taken out.
    MigrationsStay,
    /// Lines about the migrations stay with them.
    AttributesStay { path: String, lines: Vec<String> },
    /// Lines that still hide something stay.
    LinesStay { path: String, lines: Vec<String> },
    /// A migration that was here already, byte for byte, is recorded.
    Adopted { path: String },
    /// Files that git ignores, with the rule that hides them.
    Hidden { hidden: Vec<(Rule, Vec<String>)> },
    /// `.env` stays.
    EnvStays,
    /// `Cargo.lock` stays.
    LockStays,
}
