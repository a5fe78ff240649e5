//! Two of the three sides of every file as a patch: what the templates have changed since, or what
//! the owner has.

use super::patch;
use crate::{
    changes::{After, Operation, is_owners},
    merge::{in_the_style_of, same},
    plan::Plan,
    project::{File, Project},
    tracked::{self, TrackedFile},
};

/// From what was written last time to what would be written today.
#[must_use]
pub fn upstream(project: &Project, plan: &Plan) -> String {
    all(project, plan, |file| {
        let is_known = file.base().is_some() || file.record.is_none();
        is_known.then(|| step(file, file.base(), file.sides.theirs))?
    })
}

/// From what was written last time, with the line ends of the owner, to what is there. A file that was
/// the owner's before is left out: only some lines of it were written.
#[must_use]
pub fn mine(project: &Project, plan: &Plan) -> String {
    let manifest = project.manifest();
    all(project, plan, |file| {
        let (base, mine) = (file.base()?, file.sides.mine);
        file.record?;
        if manifest.is_some_and(|manifest| is_owners(manifest, &file.id)) {
            return None;
        }
        let base = mine.map_or_else(|| base.into(), |mine| in_the_style_of(mine, base));
        step(file, Some(&base), mine)
    })
}

fn all(
    project: &Project,
    plan: &Plan,
    step: impl Fn(&TrackedFile<'_>) -> Option<Operation>,
) -> String {
    let mut files = tracked::files(project, plan);
    files.retain(|file| !project.tree.is_blocked(&file.path));
    let steps: Vec<_> = files.iter().filter_map(step).collect();
    patch::of(steps.iter(), project)
}

/// From one text of a file to another; nothing where only line ends differ.
pub(super) fn step(
    file: &TrackedFile<'_>,
    from: Option<&[u8]>,
    to: Option<&[u8]>,
) -> Option<Operation> {
    let is_same = match (from, to) {
        (Some(from), Some(to)) => same(from, to),
        (from, to) => from == to,
    };
    (!is_same).then(|| Operation {
        path: file.path.clone(),
        before: from.map(|bytes| File {
            bytes: bytes.into(),
            mode: mode(bytes),
        }),
        after: to.map(|bytes| After {
            bytes: bytes.into(),
            mode: Some(mode(bytes)),
            shown: None,
        }),
    })
}

fn mode(bytes: &[u8]) -> u32 {
    if bytes.starts_with(b"#!") {
        0o755
    } else {
        0o644
    }
}
