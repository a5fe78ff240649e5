//! Base, mine, theirs → what becomes of one file. No row here overwrites, moves or deletes an edit
//! of the owner's.
//!
//! *Base* is what was written last time, *mine* is what is on disk, *theirs* is what would be
//! written today. They are compared and merged with plain line ends and without a byte order mark;
//! what is written keeps those of the file on disk.

mod beside;
mod restyled;
mod texts;

use similar::TextDiff;

pub use self::{
    restyled::Restyled,
    texts::{Labels, Marked, Side, Texts, first_marker},
};
use crate::render;

const BOM: &str = "\u{feff}";
/// From where on two texts are so much alike that one may have been the other.
pub const ALIKE: f32 = 0.6;

/// What is known about the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base<'a> {
    /// The file was never ours.
    None,
    /// This was written.
    Known(&'a [u8]),
    /// Something was, but it cannot be told what.
    Lost,
}

/// The three sides of one file.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// What was written last time.
    pub base: Base<'a>,
    /// What is on disk.
    pub mine: Option<&'a [u8]>,
    /// What would be written today.
    pub theirs: Option<&'a [u8]>,
}

/// What happens to a file, in the word that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// It was not there.
    Created,
    /// It is as it should be.
    Identical,
    /// The owner has not touched it, and there is news.
    Updated,
    /// The templates have it at another path now.
    Renamed,
    /// Its owner has it at another path now.
    Moved,
    /// The owner has changed it, and there is no news.
    Yours,
    /// The owner's changes and the news fit together.
    Merged,
    /// They do not; the owner's file stays.
    Conflict,
    /// They do not; the owner's file holds both, with markers.
    Marked,
    /// Somebody else's file is in the way, and stays.
    Collision,
    /// The owner deleted it, and it stays deleted.
    Skipped,
    /// The same, and there is news that will not arrive.
    SkippedNews,
    /// It is gone, and may have been moved.
    Missing,
    /// Nobody wants it any more.
    Removed,
    /// Only its owner wants it.
    Orphan,
    /// Gone on all sides.
    Forgotten,
    /// It is no plain file, or in the middle of a merge; nothing is written there.
    Blocked,
}

impl Word {
    /// As it is printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::Identical => "Identical",
            Self::Updated => "Updated",
            Self::Renamed => "Renamed",
            Self::Moved => "Moved",
            Self::Yours => "Yours",
            Self::Merged => "Merged",
            Self::Conflict | Self::Marked => "Conflict",
            Self::Collision => "Collision",
            Self::Skipped | Self::SkippedNews => "Skipped",
            Self::Missing => "Missing",
            Self::Removed => "Removed",
            Self::Orphan => "Orphan",
            Self::Forgotten => "Forgotten",
            Self::Blocked => "Blocked",
        }
    }

    /// Returns whether ours has to wait beside the owner's.
    #[must_use]
    pub fn needs_sidecar(self) -> bool {
        matches!(self, Self::Conflict | Self::Collision)
    }
}

/// The decision on one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// In a word.
    pub word: Word,
    /// What to write, if anything.
    pub write: Option<Vec<u8>>,
}

impl Verdict {
    fn keep(word: Word) -> Self {
        Self { word, write: None }
    }

    fn write(word: Word, bytes: Vec<u8>) -> Self {
        Self {
            word,
            write: Some(bytes),
        }
    }
}

/// The table. One row, one line.
#[must_use]
pub fn decide(path: &str, sides: Sides<'_>) -> Verdict {
    let Sides { base, mine, theirs } = sides;
    match (base, mine, theirs) {
        (Base::None, None, Some(theirs)) => Verdict::write(Word::Created, theirs.into()),
        (_, Some(mine), Some(theirs)) if same(mine, theirs) => Verdict::keep(Word::Identical),
        (Base::None, Some(_), Some(_)) => Verdict::keep(Word::Collision),
        (Base::Known(base), Some(mine), Some(theirs)) => both_there(path, base, mine, theirs),
        (Base::Known(base), None, Some(theirs)) if same(base, theirs) => {
            Verdict::keep(Word::Skipped)
        }
        (Base::Known(_) | Base::Lost, None, Some(_)) => Verdict::keep(Word::SkippedNews),
        (Base::Known(base), Some(mine), None) if same(base, mine) => Verdict::keep(Word::Removed),
        (Base::Known(_) | Base::Lost, Some(_), None) => Verdict::keep(Word::Orphan),
        (Base::Lost, Some(_), Some(_)) => Verdict::keep(Word::Conflict),
        (_, None, None) | (Base::None, Some(_), None) => Verdict::keep(Word::Forgotten),
    }
}

fn both_there(path: &str, base: &[u8], mine: &[u8], theirs: &[u8]) -> Verdict {
    if same(base, theirs) {
        return Verdict::keep(Word::Yours);
    }
    if same(base, mine) {
        return Verdict::write(Word::Updated, in_the_style_of(mine, theirs));
    }
    match merged(path, base, mine, theirs) {
        Some(text) => Verdict::write(Word::Merged, in_the_style_of(mine, text.as_bytes())),
        None => Verdict::keep(Word::Conflict),
    }
}

/// The owner's changes and ours in one text; none where they touch the same lines, or fit together
/// into nonsense.
fn merged(path: &str, base: &[u8], mine: &[u8], theirs: &[u8]) -> Option<String> {
    let text = Texts::new(path, base, mine, theirs)?.together()?;
    render::check(path, &text).is_ok().then_some(text)
}

/// Equal but for line ends and byte order mark, which an editor or git may have changed for the
/// owner.
#[must_use]
pub fn same(one: &[u8], other: &[u8]) -> bool {
    one == other || plain(one).is_some_and(|one| Some(one) == plain(other))
}

/// How much alike two texts are, line by line: from 0, nothing, to 1, the same.
#[must_use]
pub fn likeness(one: &[u8], other: &[u8]) -> f32 {
    match (plain(one), plain(other)) {
        (Some(one), Some(other)) => TextDiff::from_lines(&one, &other).ratio(),
        _ => 0.0,
    }
}

fn plain(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(text.strip_prefix(BOM).unwrap_or(text).replace("\r\n", "\n"))
}

/// Some text with the line ends and the byte order mark of another.
#[must_use]
pub fn in_the_style_of(mine: &[u8], bytes: &[u8]) -> Vec<u8> {
    let (Ok(mine), Ok(text)) = (std::str::from_utf8(mine), std::str::from_utf8(bytes)) else {
        return bytes.into();
    };
    let lines = if mine.contains("\r\n") {
        text.replace("\r\n", "\n").replace('\n', "\r\n")
    } else {
        text.into()
    };
    let mark = if mine.starts_with(BOM) { BOM } else { "" };
    format!("{mark}{lines}").into_bytes()
}
