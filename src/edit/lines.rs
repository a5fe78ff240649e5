//! `.gitignore`, `.gitattributes` and `.dockerignore`: lines that should be there, in any order.

/// The header above lines that we append.
const HEADER: &str = "# sigra";

/// The text with the missing lines put in, and those lines; `known` are those that were added
/// before, and that their owner may have removed.
#[must_use]
pub fn unite(text: &str, wanted: &[String], known: &str) -> (String, Vec<String>) {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut united = text.to_owned();
    let mut missing: Vec<String> = Vec::new();
    for (at, line) in wanted.iter().enumerate() {
        if has(&united, line) || has(known, line) {
            continue;
        }
        let is_ours = |other: &&String| has(known, other) || missing.contains(other);
        let before = wanted[..at].iter().rev().filter(is_ours);
        let place = before
            .filter_map(|other| end_of(&united, other))
            .next()
            .or_else(|| end_of(&united, HEADER));
        let place = place.unwrap_or_else(|| append_header(&mut united, end));
        insert(&mut united, place, line, end);
        missing.push(line.clone());
    }
    (united, missing)
}

/// The lines of a text that are rules, without its comments.
#[must_use]
pub fn rules(text: &str) -> Vec<String> {
    let lines = text.lines().map(bare);
    let rules = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    rules.map(str::to_owned).collect()
}

/// The text without these lines, where they stand below our header and nothing but such lines is
/// between; and those that were taken out. A header above nothing goes, too. `unended` texts get
/// back their last line without an end.
#[must_use]
pub fn take_out(text: &str, ours: &[&str], unended: bool) -> (String, Vec<String>) {
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let Some(header) = lines.iter().position(|line| line.trim() == HEADER) else {
        return (text.into(), Vec::new());
    };
    let block = lines[header + 1..].iter();
    let length = block.take_while(|line| !line.trim().is_empty()).count();
    let end = header + 1 + length;
    let is_ours = |line: &&str| ours.contains(&line.trim());
    let block = lines[header + 1..end].iter().copied();
    let (out, kept): (Vec<&str>, Vec<&str>) = block.partition(is_ours);
    let out = out.iter().map(|line| line.trim().to_owned()).collect();
    let text = if kept.is_empty() {
        without_header(&lines[..header], &lines[end..], unended)
    } else {
        [&lines[..=header], &kept, &lines[end..]].concat().concat()
    };
    (text, out)
}

/// What stood above the header and its gap, and what stands below all of ours.
fn without_header(before: &[&str], after: &[&str], unended: bool) -> String {
    let gap = usize::from(before.last().is_some_and(|line| line.trim().is_empty()));
    let mut text = before[..before.len() - gap].concat();
    if unended && after.is_empty() {
        text.truncate(text.trim_end_matches(['\r', '\n']).len());
    }
    text + &after.concat()
}

fn has(text: &str, line: &str) -> bool {
    text.lines().any(|there| bare(there) == line)
}

/// A line without the space around it, and without the byte order mark that the first may have.
fn bare(line: &str) -> &str {
    line.trim_start_matches('\u{feff}').trim()
}

/// Where the last line that says this ends.
fn end_of(text: &str, wanted: &str) -> Option<usize> {
    let mut end = 0;
    let ends = text.split_inclusive('\n').map(|line| {
        end += line.len();
        (bare(line), end)
    });
    let found = ends.filter(|(line, _)| *line == wanted);
    found.last().map(|(_, end)| end)
}

/// Puts the header below everything, and tells where the next line goes.
fn append_header(text: &mut String, end: &str) -> usize {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str(end);
    }
    if !text.is_empty() {
        text.push_str(end);
    }
    text.extend([HEADER, end]);
    text.len()
}

fn insert(text: &mut String, at: usize, line: &str, end: &str) {
    let gap = if text[..at].ends_with('\n') { "" } else { end };
    text.insert_str(at, &format!("{gap}{line}{end}"));
}
