//! The changes as a patch that `git apply` takes, in the folder of the workspace.

use similar::TextDiff;

use crate::{
    changes::{Changes, Operation},
    paths::CARGO_TOML,
    project::{Project, Workspace},
};

/// Every change, but for new secrets in a `.env` that holds others already: a patch would have to
/// show those.
#[must_use]
pub fn patch(changes: &Changes, project: &Project) -> String {
    let operations = changes.operations.iter();
    of(
        operations.filter(|operation| !touches_secrets(operation)),
        project,
    )
}

/// What happens to one file.
#[must_use]
pub fn patch_of(changes: &Changes, path: &str, project: &Project) -> String {
    let operations = changes.operations.iter();
    of(
        operations.filter(|operation| operation.path == path),
        project,
    )
}

/// These operations as one patch.
pub(super) fn of<'a>(operations: impl Iterator<Item = &'a Operation>, project: &Project) -> String {
    let seen = |path| seen_from_workspace(path, project.workspace.as_ref());
    operations
        .map(|operation| file(&seen(&operation.path), operation))
        .collect()
}

fn touches_secrets(operation: &Operation) -> bool {
    operation.before.is_some()
        && operation
            .after
            .as_ref()
            .is_some_and(|after| after.shown.is_some())
}

fn seen_from_workspace(path: &str, workspace: Option<&Workspace>) -> String {
    match workspace {
        Some(workspace) if path == workspace.manifest => CARGO_TOML.into(),
        Some(workspace) => format!("{}{path}", workspace.member),
        None => path.into(),
    }
}

fn file(path: &str, operation: &Operation) -> String {
    let before = operation
        .before
        .as_ref()
        .map(|file| String::from_utf8_lossy(&file.bytes));
    let after = operation.after.as_ref().map(|after| {
        after
            .shown
            .as_deref()
            .map_or_else(|| String::from_utf8_lossy(&after.bytes), Into::into)
    });
    let name = |side: &str, text: &Option<_>| {
        if text.is_some() {
            format!("{side}/{path}")
        } else {
            "/dev/null".into()
        }
    };
    let diff = TextDiff::from_lines(
        before.as_deref().unwrap_or_default(),
        after.as_deref().unwrap_or_default(),
    );
    let mut unified = diff.unified_diff();
    let hunks = unified
        .context_radius(3)
        .header(&name("a", &before), &name("b", &after))
        .to_string();
    format!(
        "diff --git a/{path} b/{path}\n{}{hunks}",
        mode_line(operation)
    )
}

fn mode_line(operation: &Operation) -> String {
    match (&operation.before, &operation.after) {
        (None, Some(after)) => format!("new file mode {}\n", git_mode(after.mode.unwrap_or(0))),
        (Some(before), None) => format!("deleted file mode {}\n", git_mode(before.mode)),
        _ => String::new(),
    }
}

/// Git knows two kinds of files.
fn git_mode(mode: u32) -> &'static str {
    if mode & 0o100 == 0 {
        "100644"
    } else {
        "100755"
    }
}
