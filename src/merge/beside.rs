//! Lines that one side has inserted beside lines that the other side has removed. That is no
//! conflict: what was inserted stays, and what was removed goes.
//!
//! It is one wherever the answer could be another: a side that has changed a line, lines that stand
//! there twice, an insertion within what is removed, an attribute above it.

use std::collections::BTreeSet;

/// What one line of the longer side is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Kept,
    Inserted,
    Removed,
}

/// The lines at a place that both sides have changed, where one has only inserted lines and the
/// other has only removed some. `None` where that is not so, or not certain.
pub(super) fn both<'t>(
    base: &[&'t str],
    mine: &[&'t str],
    theirs: &[&'t str],
) -> Option<Vec<&'t str>> {
    inserted_and_removed(base, mine, theirs).or_else(|| inserted_and_removed(base, theirs, mine))
}

fn inserted_and_removed<'t>(
    base: &[&'t str],
    longer: &[&'t str],
    shorter: &[&'t str],
) -> Option<Vec<&'t str>> {
    if !is_part_of(base, longer) || !is_part_of(shorter, base) {
        return None;
    }
    // Which of several equal lines was removed cannot be told, and must not matter.
    let found = [Way::FromStart, Way::FromEnd].map(|way| {
        let gone = gone(longer, &runs(base, &way.missing(base, shorter)))?;
        let rest = longer.iter().enumerate();
        let rest = rest.filter(|(at, _)| !gone.contains(at));
        let rest: Vec<_> = rest.map(|(_, line)| *line).collect();
        let is_sound = is_part_of(shorter, &rest) && are_apart(longer, &rest, &gone, shorter);
        is_sound.then_some(rest)
    });
    match found {
        [Some(one), Some(other)] if one == other => Some(one),
        _ => None,
    }
}

/// The side from which the lines of one text are looked for in another.
#[derive(Clone, Copy, Debug)]
enum Way {
    FromStart,
    FromEnd,
}

impl Way {
    /// For each line of a text, whether a part of it lacks that line.
    fn missing(self, text: &[&str], part: &[&str]) -> Vec<bool> {
        match self {
            Self::FromStart => missing(text.iter(), part.iter()),
            Self::FromEnd => {
                let mut missing = missing(text.iter().rev(), part.iter().rev());
                missing.reverse();
                missing
            }
        }
    }
}

fn missing<'t>(
    text: impl Iterator<Item = &'t &'t str>,
    part: impl Iterator<Item = &'t &'t str>,
) -> Vec<bool> {
    let mut part = part.peekable();
    text.map(|line| part.next_if_eq(&line).is_none()).collect()
}

/// Whether the lines of a part are all in a text, in that order.
fn is_part_of(part: &[&str], text: &[&str]) -> bool {
    let found = missing(text.iter(), part.iter());
    found.into_iter().filter(|is_missing| !is_missing).count() == part.len()
}

/// The removed lines, as far as they stand together.
fn runs<'b, 't>(base: &'b [&'t str], is_removed: &[bool]) -> Vec<&'b [&'t str]> {
    let mut rest = base;
    let runs = is_removed.chunk_by(|one, other| one == other);
    let runs = runs.filter_map(|run| {
        let (lines, others) = rest.split_at(run.len());
        rest = others;
        run[0].then_some(lines)
    });
    runs.collect()
}

/// Where the removed lines are on the side that still has them.
fn gone(longer: &[&str], runs: &[&[&str]]) -> Option<BTreeSet<usize>> {
    let places = runs.iter().map(|run| {
        let found = places(run, longer);
        // An empty line that set them off sets off what was inserted.
        found.or_else(|| places(without_empty_ends(run), longer))
    });
    let places: Vec<_> = places.collect::<Option<_>>()?;
    let count: usize = places.iter().map(Vec::len).sum();
    let gone: BTreeSet<_> = places.into_iter().flatten().collect();
    (gone.len() == count).then_some(gone)
}

fn places(run: &[&str], longer: &[&str]) -> Option<Vec<usize>> {
    let together = only_place(run, longer).map(|at| (at..at + run.len()).collect());
    together.or_else(|| one_by_one(run, longer))
}

fn without_empty_ends<'r, 't>(run: &'r [&'t str]) -> &'r [&'t str] {
    let is_text = |line: &&str| !line.trim().is_empty();
    let first = run.iter().position(is_text).unwrap_or_default();
    let last = run.iter().rposition(is_text).map_or(first, |last| last + 1);
    &run[first..last]
}

/// The one place of some lines in a text; `None` where there are several.
fn only_place(lines: &[&str], text: &[&str]) -> Option<usize> {
    let mut places = text.windows(lines.len().max(1)).enumerate();
    let mut places = places.by_ref().filter(|(_, there)| *there == lines);
    let (at, _) = places.next()?;
    places.next().is_none().then_some(at)
}

/// The places of lines between which something was inserted. That is only sure in a list, where each
/// line stands for itself.
fn one_by_one(run: &[&str], longer: &[&str]) -> Option<Vec<usize>> {
    let places = run.iter().map(|line| only_place(&[line], longer));
    let places: Vec<_> = places.collect::<Option<_>>()?;
    let there = longer.get(*places.first()?..=*places.last()?)?;
    let elements = there.iter().filter(|line| !is_comment(line));
    let mut elements = elements.map(|line| element(line));
    let first = elements.next()??;
    let is_list = elements.all(|element| element == Some(first));
    (is_list && places.is_sorted()).then_some(places)
}

/// The indentation and the end of a line that is a whole element of a list: `mod a;`, `a,`, `.a()`.
fn element(line: &str) -> Option<(&str, char)> {
    let text = line.trim();
    let end = text.chars().last();
    let end = end.filter(|end| [';', ',', ')'].contains(end))?;
    let indentation = &line[..line.len() - line.trim_start().len()];
    is_whole(&[text]).then_some((indentation, end))
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//") && !is_bound_to_the_next(line)
}

/// Whether no insertion belongs to what is removed: none wraps it, none is an attribute of it.
fn are_apart(longer: &[&str], rest: &[&str], gone: &BTreeSet<usize>, shorter: &[&str]) -> bool {
    [Way::FromStart, Way::FromEnd].into_iter().any(|way| {
        let mut is_inserted = way.missing(rest, shorter).into_iter();
        let kinds = (0..longer.len()).map(|at| {
            if gone.contains(&at) {
                Line::Removed
            } else if is_inserted.next() == Some(true) {
                Line::Inserted
            } else {
                Line::Kept
            }
        });
        let kinds: Vec<_> = kinds.collect();
        let mut end = 0;
        kinds.chunk_by(|one, other| one == other).all(|run| {
            let lines = &longer[end..end + run.len()];
            end += run.len();
            let is_above = kinds.get(end) == Some(&Line::Removed);
            let last = lines.last().copied().unwrap_or_default();
            let is_apart = is_whole(lines) && !(is_above && is_bound_to_the_next(last));
            run[0] != Line::Inserted || is_apart
        })
    })
}

/// Whether what is opened in some lines is closed there, and nothing else is.
fn is_whole(lines: &[&str]) -> bool {
    let letters = lines.iter().flat_map(|line| line.chars());
    let depth = letters
        .clone()
        .try_fold(0_usize, |depth, letter| match letter {
            '(' | '[' | '{' => Some(depth + 1),
            ')' | ']' | '}' => depth.checked_sub(1),
            _ => Some(depth),
        });
    depth == Some(0)
}

/// Whether a line means nothing without the next one: an attribute, a doc comment, half a command.
fn is_bound_to_the_next(line: &str) -> bool {
    let text = line.trim();
    text.ends_with([']', '\\', '=']) || text.starts_with("///") || text.starts_with("#[")
}
