//! `.env` and `.env.example`: keys that should be there. A line that the owner has written is never
//! touched, whatever its value.

/// A key with the comment right above it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry<'a> {
    key: &'a str,
    lines: Vec<&'a str>,
}

/// The keys that a file sets.
pub fn keys(text: &str) -> impl Iterator<Item = &str> {
    let lines = without_mark(text)
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.strip_prefix("export ").unwrap_or(line).split_once('='))
        .map(|(key, _)| key.trim())
}

/// The text with some lines appended.
#[must_use]
pub fn append(text: &str, lines: &[String]) -> String {
    let end = end_of_lines(text);
    let mut appended = text.to_owned();
    if !lines.is_empty() && !text.is_empty() && !text.ends_with('\n') {
        appended.push_str(end);
    }
    lines
        .iter()
        .for_each(|line| appended.extend([line.as_str(), end]));
    appended
}

/// The text with the keys of `theirs` that it lacks, each with its comment. `ours` is what was put in
/// before: as far as it is still as it was, it follows `theirs`. `offered` is what was offered before:
/// a key of it that is gone was taken out by the owner, and stays out. So does one that the owner has
/// commented out.
#[must_use]
pub fn unite(text: &str, ours: &str, offered: &str, theirs: &str) -> String {
    let theirs = entries(theirs);
    let mut united = text.to_owned();
    for old in entries(ours) {
        let new = theirs.iter().find(|new| new.key == old.key);
        let new = new.map(|new| new.lines.as_slice()).unwrap_or_default();
        if old.lines != new {
            united = replaced(&united, &old.lines, new).unwrap_or(united);
        }
    }
    let is_known = |key: &str| has(text, key) || has(offered, key);
    let missing = theirs.iter().filter(|entry| !is_known(entry.key));
    let missing: Vec<_> = missing.flat_map(|entry| &entry.lines).collect();
    let missing: Vec<_> = missing.into_iter().map(|line| (*line).to_owned()).collect();
    append(&united, &missing)
}

/// The text without what was put into it, as far as that is still as it was; the keys that went, and
/// those that stay because their owner has changed them. `unended` texts get back their last line
/// without an end.
#[must_use]
pub fn take_out(text: &str, ours: &str, unended: bool) -> (String, Vec<String>, Vec<String>) {
    let mut rest = text.to_owned();
    let (mut out, mut left) = (Vec::new(), Vec::new());
    for entry in entries(ours) {
        match replaced(&rest, &entry.lines, &[]) {
            Some(without) => {
                rest = without;
                out.push(entry.key.to_owned());
            }
            None if keys(text).any(|key| key == entry.key) => left.push(entry.key.to_owned()),
            None => {}
        }
    }
    let is_whole = !out.is_empty() && left.is_empty();
    if unended && is_whole && text.starts_with(&rest) {
        rest.truncate(rest.trim_end_matches(['\r', '\n']).len());
    }
    (rest, out, left)
}

/// Whether a key stands in a text, be it commented out.
#[must_use]
pub fn has(text: &str, key: &str) -> bool {
    keys(text).any(|there| there == key) || commented_out(text).any(|there| there == key)
}

/// The keys in comments such as `# KEY=value`.
fn commented_out(text: &str) -> impl Iterator<Item = &str> {
    let comments = without_mark(text).lines().map(str::trim);
    let comments = comments.filter(|line| line.starts_with('#'));
    let keys = comments.filter_map(|line| line.trim_start_matches(['#', ' ']).split_once('='));
    let is_name =
        |key: &str| !key.contains(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
    keys.map(|(key, _)| key).filter(move |key| is_name(key))
}

fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut entries = Vec::new();
    let mut lines = Vec::new();
    for line in without_mark(text).lines() {
        lines.push(line);
        match keys(line).next() {
            Some(key) => entries.push(Entry {
                key,
                lines: std::mem::take(&mut lines),
            }),
            None if line.trim_start().starts_with('#') => {}
            None => lines.clear(),
        }
    }
    entries
}

/// The text with other lines where exactly these stand, one below the other.
fn replaced(text: &str, old: &[&str], new: &[&str]) -> Option<String> {
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let is_old = |run: &[&str]| {
        let pairs = run.iter().zip(old);
        pairs
            .into_iter()
            .all(|(line, old)| without_mark(line).trim() == old.trim())
    };
    let at = lines.windows(old.len()).position(is_old)?;
    let (before, rest) = lines.split_at(at);
    let mark = &rest[0][..rest[0].len() - without_mark(rest[0]).len()];
    let end = end_of_lines(text);
    let new: Vec<_> = new.iter().map(|line| format!("{line}{end}")).collect();
    Some(
        [
            &before.concat(),
            mark,
            &new.concat(),
            &rest[old.len()..].concat(),
        ]
        .concat(),
    )
}

fn end_of_lines(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

fn without_mark(text: &str) -> &str {
    text.trim_start_matches('\u{feff}')
}
