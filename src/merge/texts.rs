//! Two texts that grew out of a third one, put together line by line.

use similar::{Algorithm, MergeRegion, MergeResolution, TextMerge};

use super::{beside, plain};
use crate::render;

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
    /// Whether insertions beside removed lines are no conflicts.
    combines: bool,
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

/// Some lines of the result.
enum Part<'t> {
    /// Of one side, or of both.
    Merged(Vec<&'t str>),
    /// Of a place that both sides have changed.
    Conflict {
        base: Vec<&'t str>,
        mine: Vec<&'t str>,
        theirs: Vec<&'t str>,
    },
}

/// Three texts and where they differ.
type Merge<'t> = TextMerge<'t, 't, 't, str>;

impl Texts {
    /// The three sides of the file at a path. `None` where one of them is not text: then lines mean
    /// nothing.
    #[must_use]
    pub fn new(path: &str, base: &[u8], mine: &[u8], theirs: &[u8]) -> Option<Self> {
        let texts = Self {
            base: plain(base)?,
            mine: plain(mine)?,
            theirs: plain(theirs)?,
            combines: true,
        };
        let combines = !texts.merge().is_conflicted() || texts.make_sense(path);
        Some(Self { combines, ..texts })
    }

    /// Whether the text parses, whatever its owner makes of the conflicts that remain.
    fn make_sense(&self, path: &str) -> bool {
        let mut sides = [Side::Mine, Side::Theirs].into_iter();
        sides.any(|side| render::check(path, &self.in_favour_of(side)).is_ok())
    }

    /// Both changes in one text; `None` where they touch the same lines.
    #[must_use]
    pub fn together(&self) -> Option<String> {
        let merge = self.merge();
        let parts = self.parts(&merge).into_iter();
        let lines = parts.map(|part| match part {
            Part::Merged(lines) => Some(lines.concat()),
            Part::Conflict { .. } => None,
        });
        lines.collect()
    }

    /// Both changes, with markers where they touch the same lines; `None` where they do not.
    #[must_use]
    pub fn marked(&self, labels: &Labels) -> Option<Marked> {
        let merge = self.merge();
        let marker = self.marker();
        let (mut text, mut is_conflicted) = (String::new(), false);
        for part in self.parts(&merge) {
            match part {
                Part::Merged(lines) => text.extend(lines),
                Part::Conflict { base, mine, theirs } => {
                    is_conflicted = true;
                    let sides = [
                        ('<', labels.mine.as_str(), mine),
                        ('|', labels.base.as_str(), base),
                        ('=', "", theirs),
                    ];
                    for (letter, label, lines) in sides {
                        mark(&mut text, letter, marker, label);
                        text.extend(lines);
                    }
                    mark(&mut text, '>', marker, &labels.theirs);
                }
            }
        }
        is_conflicted.then_some(Marked { text, marker })
    }

    /// Both changes, and one side's where they touch the same lines.
    #[must_use]
    pub fn in_favour_of(&self, side: Side) -> String {
        let merge = self.merge();
        let parts = self.parts(&merge).into_iter();
        let lines = parts.flat_map(|part| match (part, side) {
            (Part::Merged(lines), _) => lines,
            (Part::Conflict { mine, .. }, Side::Mine) => mine,
            (Part::Conflict { theirs, .. }, Side::Theirs) => theirs,
        });
        lines.collect()
    }

    fn merge(&self) -> Merge<'_> {
        TextMerge::configure()
            .algorithm(Algorithm::Patience)
            .merge_lines(self.base.as_str(), self.mine.as_str(), self.theirs.as_str())
    }

    fn parts<'m>(&self, merge: &'m Merge<'_>) -> Vec<Part<'m>> {
        let regions = merge.regions().iter();
        regions.map(|region| self.part(merge, region)).collect()
    }

    fn part<'m>(&self, merge: &'m Merge<'_>, region: &MergeRegion) -> Part<'m> {
        let mine = region.ours_range().filter_map(|at| merge.ours_line(at));
        let theirs = region.theirs_range().filter_map(|at| merge.theirs_line(at));
        match region.resolution() {
            MergeResolution::Conflict => {
                let base = region.base_range().filter_map(|at| merge.base_line(at));
                let base: Vec<_> = base.collect();
                let (mine, theirs): (Vec<_>, Vec<_>) = (mine.collect(), theirs.collect());
                let is_moved = moves(&self.base, &self.mine, &base, &mine)
                    || moves(&self.base, &self.theirs, &base, &theirs);
                let combined = beside::both(&base, &mine, &theirs);
                let combined = combined.filter(|_| self.combines && !is_moved);
                combined.map_or(Part::Conflict { base, mine, theirs }, Part::Merged)
            }
            MergeResolution::Theirs => Part::Merged(theirs.collect()),
            _ => Part::Merged(mine.collect()),
        }
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

/// Whether a side has a line at another place that it has removed here: what was inserted beside it
/// may belong there. Brackets and empty lines are everywhere.
fn moves(base: &str, side: &str, removed_from: &[&str], rest: &[&str]) -> bool {
    let is_gone = |line: &str| {
        let count = |lines: &[&str]| lines.iter().filter(|there| **there == line).count();
        count(rest) < count(removed_from)
    };
    let count = |text: &str, line: &str| {
        let lines = text.split_inclusive('\n');
        lines.filter(|there| *there == line).count()
    };
    let words = removed_from
        .iter()
        .filter(|line| line.contains(char::is_alphanumeric));
    words
        .filter(|line| is_gone(line))
        .any(|line| count(side, line) >= count(base, line))
}

/// A line of its own with a marker, and what it is about.
fn mark(text: &mut String, letter: char, length: usize, label: &str) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.extend(std::iter::repeat_n(letter, length));
    if !label.is_empty() {
        text.extend([" ", label]);
    }
    text.push('\n');
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
