//! The files that are in the way, as somebody has to see them to decide.

use similar::{DiffTag, TextDiff};

use super::{patch, sides};
use crate::{
    ask::{Collision, MARKS},
    changes::{Changes, FileChange},
    merge::{Word, in_the_style_of},
    plan::Plan,
    project::Project,
    tracked,
};

/// Those that nobody was asked about before. What is not text cannot be compared here, and stays.
#[must_use]
pub fn collisions(changes: &Changes, project: &Project, plan: &Plan) -> Vec<Collision> {
    let is_new = |file: &&FileChange| file.word == Word::Collision && file.is_news;
    let new: Vec<_> = changes.files.iter().filter(is_new).collect();
    let files = tracked::files(project, plan).into_iter();
    let files = files.filter(|file| new.iter().any(|new| new.path == file.path));
    let collisions = files.filter_map(|file| {
        let (mine, theirs) = (file.sides.mine?, file.sides.theirs?);
        let theirs = in_the_style_of(mine, theirs);
        let step = sides::step(&file, Some(mine), Some(&theirs))?;
        let [mine, theirs] = [std::str::from_utf8(mine), std::str::from_utf8(&theirs)];
        Some(Collision {
            both: both(mine.ok()?, theirs.ok()?, &plan.version),
            patch: patch::of([step].iter(), project),
            path: file.path,
        })
    });
    collisions.collect()
}

/// One text: what is the same once, what differs twice, between marks.
fn both(mine: &str, theirs: &str, version: &str) -> String {
    let diff = TextDiff::from_lines(mine, theirs);
    let parts = diff.ops().iter().map(|op| {
        let mine: String = op.old_range().filter_map(|at| diff.old_slice(at)).collect();
        let theirs: String = op.new_range().filter_map(|at| diff.new_slice(at)).collect();
        match op.tag() {
            DiffTag::Equal => mine,
            _ => marked(&ended(&mine), &ended(&theirs), version),
        }
    });
    parts.collect()
}

fn marked(mine: &str, theirs: &str, version: &str) -> String {
    let [open, close] = MARKS;
    format!("{open}yours\n{mine}=======\n{theirs}{close}sigra {version}\n")
}

/// A mark has a line of its own.
fn ended(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') {
        text.into()
    } else {
        format!("{text}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::both;

    #[test]
    fn what_is_the_same_is_there_once_and_what_differs_twice() {
        assert_eq!(
            both("a\nmine\nz\n", "a\nours\nz", "1.0.0"),
            "a\n<<<<<<< yours\nmine\nz\n=======\nours\nz\n>>>>>>> sigra 1.0.0\n"
        );
        assert_eq!(
            both("a\nmine\nz\n", "a\nours\nz\n", "1.0.0"),
            "a\n<<<<<<< yours\nmine\n=======\nours\n>>>>>>> sigra 1.0.0\nz\n"
        );
    }
}
