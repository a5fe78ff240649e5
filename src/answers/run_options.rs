//! How this run goes about it. Nothing of this is recorded: the next run may want it otherwise.

use clap::ValueEnum;

use super::Glob;

/// How to go about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// What to do where an edit and news do not fit together.
    pub on_conflict: OnConflict,
    /// Which templates advance.
    pub scope: Scope,
}

/// Which templates advance. The others keep file and base, and wait for the next run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Those that one of these means; all where there is none.
    pub only: Vec<Glob>,
    /// But not those that one of these means.
    pub skip: Vec<Glob>,
    /// Those alone in which a hole is closed.
    pub only_security: bool,
    /// Those alone whose conflicts were resolved.
    pub only_resolved: bool,
}

impl Scope {
    /// Whether a file at that path advances, as far as its path says.
    #[must_use]
    pub fn takes(&self, path: &str) -> bool {
        let is_among = |globs: &[Glob]| globs.iter().any(|glob| glob.matches(path));
        (self.only.is_empty() || is_among(&self.only)) && !is_among(&self.skip)
    }

    /// A pattern that means none of these paths: a typing error, most likely.
    pub fn misses<'a>(&self, paths: impl Iterator<Item = &'a str> + Clone) -> Option<&Glob> {
        let mut globs = self.only.iter().chain(&self.skip);
        globs.find(|glob| !paths.clone().any(|path| glob.matches(path)))
    }
}

/// What to do where an edit and news do not fit together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
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
