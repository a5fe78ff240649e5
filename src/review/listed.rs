//! Lists of any length on one line.

/// `a, b, c and 5 more`, with so many names at most.
#[must_use]
pub fn listed(names: &[String], most: usize) -> String {
    match names.split_at_checked(most) {
        Some((first, rest)) if !rest.is_empty() => {
            format!("{} and {} more", first.join(", "), rest.len())
        }
        _ => names.join(", "),
    }
}
