//! How this run goes about it. Nothing of this is recorded: the next run may want it otherwise.

use crate::cli::Merging;

/// How to go about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// What to do where an edit and news do not fit together.
    pub on_conflict: OnConflict,
}

impl Manner {
    /// Reads the flags.
    #[must_use]
    pub fn new(merging: &Merging) -> Self {
        Self {
            on_conflict: OnConflict::named(&merging.on_conflict),
        }
    }
}

/// What to do where an edit and news do not fit together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// Both are put into the owner's file, with markers between them.
    #[default]
    Markers,
    /// The owner's lines stay.
    Mine,
    /// Ours take their place.
    Theirs,
    /// The owner's file stays, and ours is put beside it.
    Sidecar,
    /// Nothing at all is written.
    Fail,
}

impl OnConflict {
    fn named(name: &str) -> Self {
        match name {
            "mine" => Self::Mine,
            "theirs" => Self::Theirs,
            "sidecar" => Self::Sidecar,
            "fail" => Self::Fail,
            _ => Self::Markers,
        }
    }
}
