//! `.env` and `.env.example`: keys that should be there. An existing key is never touched, whatever
//! its value.

/// The keys that a file sets.
pub fn keys(text: &str) -> impl Iterator<Item = &str> {
    let text = text.trim_start_matches('\u{feff}');
    let lines = text
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
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut appended = text.to_owned();
    if !lines.is_empty() && !text.is_empty() && !text.ends_with('\n') {
        appended.push_str(end);
    }
    lines
        .iter()
        .for_each(|line| appended.extend([line.as_str(), end]));
    appended
}

/// The lines of `theirs` whose keys `mine` does not set, each with the comment right above it.
#[must_use]
pub fn missing_lines(mine: &str, theirs: &str) -> Vec<String> {
    let mut missing = Vec::new();
    let mut comments = Vec::new();
    for line in theirs.lines() {
        match keys(line).next() {
            Some(key) if !keys(mine).any(|there| there == key) => {
                missing.append(&mut comments);
                missing.push(line.to_owned());
            }
            None if line.trim_start().starts_with('#') => comments.push(line.to_owned()),
            _ => comments.clear(),
        }
    }
    missing
}
