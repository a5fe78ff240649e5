//! What somebody has decided about files of theirs where ours would go.

use std::collections::BTreeMap;

use crate::merge::{Verdict, Word, in_the_style_of};

/// The decisions, by path. About any other file none was made, and nothing of it is lost.
pub type Choices = BTreeMap<String, Choice>;

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Theirs stays, as if they had made it of ours.
    Keep,
    /// Ours takes its place.
    Overwrite,
    /// Theirs stays, and ours waits beside it.
    Sidecar,
    /// They made one of both.
    Edited(String),
    /// The file that is gone from here is the one that is there.
    Moved(String),
}

impl Choice {
    /// What that means for the file; nothing where it is what happens anyway.
    #[must_use]
    pub fn verdict(&self, mine: &[u8], theirs: &[u8]) -> Option<Verdict> {
        let (word, write) = match self {
            Self::Sidecar | Self::Moved(_) => return None,
            Self::Keep => (Word::Yours, None),
            Self::Overwrite => (Word::Updated, Some(in_the_style_of(mine, theirs))),
            Self::Edited(text) => (Word::Merged, Some(text.clone().into_bytes())),
        };
        Some(Verdict { word, write })
    }
}
