//! Conflicts that somebody's merge has left in a file. Nothing is merged into those.

use super::Tree;
use crate::refusal::Refusal;

/// How the three lines of a conflict begin, in their order.
const MARKS: [&str; 3] = ["<<<<<<< ", "=======", ">>>>>>> "];

/// Refuses a project in which a file that we know is in the middle of a merge; names them all.
pub fn refuse(tree: &Tree) -> Result<(), Refusal> {
    let files = tree
        .below("")
        .filter(|(path, _)| !path.starts_with(".sigra/base/"));
    let open = files.filter_map(|(path, file)| {
        let line = line(&String::from_utf8_lossy(&file.bytes))?;
        Some(format!("{path}:{line}"))
    });
    let open: Vec<_> = open.collect();
    match open.is_empty() {
        true => Ok(()),
        false => Err(Refusal::unfinished(format!(
            "a merge was not finished in {}; resolve the conflict and run this again",
            open.join(", ")
        ))),
    }
}

/// The line at which a conflict begins.
fn line(text: &str) -> Option<usize> {
    let mut lines = text.lines().enumerate();
    let (start, _) = lines.find(|(_, line)| line.starts_with(MARKS[0]))?;
    lines.find(|(_, line)| *line == MARKS[1])?;
    lines.find(|(_, line)| line.starts_with(MARKS[2]))?;
    Some(start + 1)
}
