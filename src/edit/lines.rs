//! `.gitignore` and `.gitattributes`: lines that should be there, in any order.

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

fn has(text: &str, line: &str) -> bool {
    text.lines().any(|there| there.trim() == line)
}

/// Where the last line that says this ends.
fn end_of(text: &str, wanted: &str) -> Option<usize> {
    let mut end = 0;
    let ends = text.split_inclusive('\n').map(|line| {
        end += line.len();
        (line.trim(), end)
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
    let gap = match text[..at].ends_with('\n') {
        true => "",
        false => end,
    };
    text.insert_str(at, &format!("{gap}{line}{end}"));
}
