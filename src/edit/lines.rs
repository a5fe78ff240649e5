//! `.gitignore` and `.gitattributes`: lines that should be there, in any order.

/// The header above lines that we append.
const HEADER: &str = "# sigra";

/// The text with the missing lines appended, and those lines; `known` are those that were added
/// before, and that their owner may have removed.
#[must_use]
pub fn unite(text: &str, wanted: &[String], known: &str) -> (String, Vec<String>) {
    let has = |text: &str, line: &str| text.lines().any(|there| there.trim() == line);
    let mut missing: Vec<String> = Vec::new();
    for line in wanted {
        if !has(text, line) && !has(known, line) && !missing.contains(line) {
            missing.push(line.clone());
        }
    }
    if missing.is_empty() {
        return (text.into(), missing);
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut united = text.to_owned();
    if !united.is_empty() {
        let gap = if united.ends_with('\n') {
            end.into()
        } else {
            end.repeat(2)
        };
        united.push_str(&gap);
    }
    for line in std::iter::once(HEADER).chain(missing.iter().map(String::as_str)) {
        united.push_str(line);
        united.push_str(end);
    }
    (united, missing)
}
