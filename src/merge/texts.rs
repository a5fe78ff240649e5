//! Two texts that grew out of a third one, put together line by line.

use similar::{Algorithm, ConflictStyle, MergeResolution, TextMerge};

use super::plain;

/// How long a marker is, where nothing in the texts looks like one.
const MARKER: usize = 7;
/// What markers are made of.
const MARKERS: [char; 4] = ['<', '|', '=', '>'];

/// The three texts, with plain line ends.
#[derive(Clone, Debug)]
pub struct Texts {
    base: String,
    mine: String,
    theirs: String,
}

/// Which side counts where both have changed the same lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The owner's.
    Mine,
    /// Ours.
    Theirs,
}

/// What stands behind the markers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// Behind the text of the last time.
    pub base: String,
    /// Behind the owner's.
    pub mine: String,
    /// Behind ours.
    pub theirs: String,
}

/// A text in which conflicts are marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// The text.
    pub text: String,
    /// The length of its markers.
    pub marker: usize,
}

impl Texts {
    /// None where one of them is not text: then lines mean nothing.
    #[must_use]
    pub fn new(base: &[u8], mine: &[u8], theirs: &[u8]) -> Option<Self> {
        Some(Self {
            base: plain(base)?,
            mine: plain(mine)?,
            theirs: plain(theirs)?,
        })
    }

    /// Both changes in one text; none where they touch the same lines.
    #[must_use]
    pub fn together(&self) -> Option<String> {
        let merge = self.merge();
        (!merge.is_conflicted()).then(|| merge.to_string())
    }

    /// Both changes, with markers where they touch the same lines; none where they do not.
    #[must_use]
    pub fn marked(&self, labels: &Labels) -> Option<Marked> {
        let mut merge = self.merge();
        let marker = self.marker();
        merge
            .conflict_style(ConflictStyle::Diff3)
            .conflict_marker_size(marker)
            .labels(&labels.base, &labels.mine, &labels.theirs);
        merge.is_conflicted().then(|| Marked {
            text: merge.to_string(),
            marker,
        })
    }

    /// Both changes, and one side's where they touch the same lines.
    #[must_use]
    pub fn in_favour_of(&self, side: Side) -> String {
        let merge = self.merge();
        let lines = merge.regions().iter().flat_map(|region| {
            let is_theirs = match region.resolution() {
                MergeResolution::Theirs => true,
                MergeResolution::Conflict => side == Side::Theirs,
                _ => false,
            };
            let (text, range) = if is_theirs {
                (&self.theirs, region.theirs_range())
            } else {
                (&self.mine, region.ours_range())
            };
            text.split_inclusive('\n')
                .skip(range.start)
                .take(range.len())
        });
        lines.collect()
    }

    fn merge(&self) -> TextMerge<'_, '_, '_, str> {
        TextMerge::configure()
            .algorithm(Algorithm::Patience)
            .merge_lines(self.base.as_str(), self.mine.as_str(), self.theirs.as_str())
    }

    /// Longer than everything that could be taken for one.
    fn marker(&self) -> usize {
        let texts = [&self.base, &self.mine, &self.theirs];
        let lines = texts.into_iter().flat_map(|text| text.lines());
        let longest = lines.map(marker_at_the_start).max().unwrap_or_default();
        if longest < MARKER {
            MARKER
        } else {
            longest + 1
        }
    }
}

/// How often a line repeats a letter of markers before anything else comes.
fn marker_at_the_start(line: &str) -> usize {
    let first = line.chars().next();
    let first = first.filter(|first| MARKERS.contains(first));
    first.map_or(0, |first| {
        line.chars().take_while(|next| *next == first).count()
    })
}

/// The line, counted from 1, at which a marker of that length is left in a text.
#[must_use]
pub fn first_marker(text: &str, marker: usize) -> Option<usize> {
    let is_marker = |line: &str| {
        let rest = line.get(marker..).unwrap_or_default();
        marker_at_the_start(line) == marker && (rest.is_empty() || rest.starts_with(' '))
    };
    let at = text.lines().position(is_marker)?;
    Some(at + 1)
}
