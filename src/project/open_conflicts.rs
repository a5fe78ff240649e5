//! Conflicts that somebody's merge has left in a file, or ours. Nothing is merged into those.

use super::Tree;
use crate::{
    manifest::Manifest,
    merge,
    refusal::{ProjectRefusal, Refusal},
    render,
};

/// How the three lines of a conflict begin, in their order.
const MARKS: [&str; 3] = ["<<<<<<< ", "=======", ">>>>>>> "];
/// Markup and prose, by the ends of their names.
const PROSE: [&str; 3] = [".html", ".md", ".txt"];

/// Refuses a project in which a file that we know is in the middle of a merge; names them all.
pub fn refuse(tree: &Tree) -> Result<(), Refusal> {
    let files = tree
        .below("")
        .filter(|(path, _)| !path.starts_with(".sigra/base/"));
    let open = files.filter_map(|(path, file)| {
        let line = open_merge(&file.bytes).filter(|_| !may_hold_marks(path, &file.bytes))?;
        Some(format!("{path}:{line}"))
    });
    let open: Vec<_> = open.collect();
    if open.is_empty() {
        return Ok(());
    }
    Err(ProjectRefusal::OpenMerge { places: open }.into())
}

/// Refuses a project in which markers of ours are left, or a file that had some does not parse.
pub fn refuse_ours(tree: &Tree, manifest: &Manifest) -> Result<(), Refusal> {
    let marked = manifest.marked().filter_map(|(path, marker)| {
        let text = tree.bytes(path).map(String::from_utf8_lossy)?;
        Some((path, marker, text))
    });
    let marked: Vec<_> = marked.collect();
    let open = marked.iter().filter_map(|(path, marker, text)| {
        let line = merge::first_marker(text, *marker)?;
        Some(format!("{path}:{line}"))
    });
    let open: Vec<_> = open.collect();
    if !open.is_empty() {
        return Err(ProjectRefusal::OpenConflicts { places: open }.into());
    }
    let mut checked = marked
        .iter()
        .map(|(path, _, text)| render::check(path, text));
    checked.try_for_each(|checked| {
        checked.map_err(|why| {
            let why = why.to_string();
            let why = why.trim_end().into();
            ProjectRefusal::Unresolved { why }.into()
        })
    })
}

/// Whether such lines may be what a file is about: a page can show them, and so can a string. A page
/// is only not merged then.
fn may_hold_marks(path: &str, bytes: &[u8]) -> bool {
    let is_prose = PROSE.iter().any(|end| path.ends_with(end));
    let parses = || render::rust(&String::from_utf8_lossy(bytes)).is_ok();
    is_prose || path.ends_with(".rs") && parses()
}

/// Returns the line, counted from 1, at which a conflict begins in a file.
#[must_use]
pub fn open_merge(bytes: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines().enumerate();
    let (start, _) = lines.find(|(_, line)| line.starts_with(MARKS[0]))?;
    lines.find(|(_, line)| *line == MARKS[1])?;
    lines.find(|(_, line)| line.starts_with(MARKS[2]))?;
    Some(start + 1)
}
