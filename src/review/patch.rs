//! Changes as a patch that `git apply` takes, in the folder of the workspace.

use std::borrow::Cow;

use similar::TextDiff;

use crate::{
    changes::{Changes, Operation},
    manifest::base_path,
    merge,
    plan::Plan,
    project::{Project, Workspace},
};

/// A file on one side.
#[derive(Clone)]
struct Side<'a> {
    text: Cow<'a, str>,
    mode: u32,
}

impl<'a> Side<'a> {
    fn of(bytes: &'a [u8], mode: u32) -> Self {
        let text = String::from_utf8_lossy(bytes);
        Self { text, mode }
    }
}

/// Every change, but for new secrets in a `.env` that holds others already: a patch would have to
/// show those.
#[must_use]
pub fn of_tree(changes: &Changes, project: &Project) -> String {
    let shown = changes.operations.iter();
    let shown = shown.filter(|operation| !touches_secrets(operation));
    shown
        .map(|operation| of_operation(operation, project))
        .collect()
}

/// What is new in the templates since they were written or merged last, whatever became of it here.
#[must_use]
pub fn of_upstream(changes: &Changes, project: &Project, plan: &Plan) -> String {
    let recorded = project.manifest.iter().flat_map(|manifest| &manifest.files);
    let gone = recorded.filter(|(id, _)| !plan.files.contains_key(*id));
    let gone = gone.map(|(id, record)| (id, &record.path, None));
    let there = plan.files.iter();
    let there = there.map(|(id, file)| (id, &file.path, Some(Side::of(&file.bytes, 0))));
    let files = there.chain(gone).map(|(id, path, theirs)| {
        let base = base(project, id);
        between(&seen_from_workspace(path, project), base, theirs)
    });
    // A migration has no base: it is new, or it was written once and for ever.
    let migrations = changes.operations.iter();
    let migrations = migrations.filter(|operation| operation.path.starts_with("migrations/"));
    let migrations = migrations.map(|operation| of_operation(operation, project));
    files.chain(migrations).collect()
}

/// What the owner has changed in what was written.
#[must_use]
pub fn of_mine(project: &Project) -> String {
    let recorded = project.manifest.iter().flat_map(|manifest| &manifest.files);
    let files = recorded.filter_map(|(id, record)| {
        let (base, mine) = (base(project, id)?, project.tree.get(&record.path));
        let is_same = mine.is_some_and(|mine| merge::same(base.text.as_bytes(), &mine.bytes));
        let mine = mine.map(|mine| Side::of(&mine.bytes, 0));
        let path = seen_from_workspace(&record.path, project);
        (!is_same).then(|| between(&path, Some(base), mine))
    });
    files.collect()
}

/// What was written last time.
fn base<'a>(project: &'a Project, id: &str) -> Option<Side<'a>> {
    let bytes = project.tree.bytes(&base_path(id))?;
    Some(Side::of(bytes, 0))
}

fn touches_secrets(operation: &Operation) -> bool {
    let shown = |after: &crate::changes::After| after.shown.is_some();
    operation.before.is_some() && operation.after.as_ref().is_some_and(shown)
}

fn of_operation(operation: &Operation, project: &Project) -> String {
    let before = operation.before.as_ref();
    let before = before.map(|file| Side::of(&file.bytes, file.mode));
    let after = operation.after.as_ref().map(|after| Side {
        text: match &after.shown {
            Some(shown) => shown.as_str().into(),
            None => String::from_utf8_lossy(&after.bytes),
        },
        mode: after.mode.unwrap_or(0),
    });
    between(
        &seen_from_workspace(&operation.path, project),
        before,
        after,
    )
}

fn seen_from_workspace(path: &str, project: &Project) -> String {
    match &project.workspace {
        Some(Workspace { manifest, .. }) if path == manifest => "Cargo.toml".into(),
        Some(Workspace { member, .. }) => format!("{member}{path}"),
        None => path.into(),
    }
}

/// Nothing where both sides have the same text.
fn between(path: &str, before: Option<Side<'_>>, after: Option<Side<'_>>) -> String {
    let text = |side: &Option<Side<'_>>| side.as_ref().map(|side| side.text.to_string());
    let (old, new) = (text(&before), text(&after));
    if old == new {
        return String::new();
    }
    let name = |side: &str, text: &Option<String>| match text {
        Some(_) => format!("{side}/{path}"),
        None => "/dev/null".into(),
    };
    let header = (name("a", &old), name("b", &new));
    let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
    let diff = TextDiff::from_lines(&old, &new);
    let mut unified = diff.unified_diff();
    let hunks = unified.context_radius(3).header(&header.0, &header.1);
    let mode = mode_line(before.as_ref(), after.as_ref());
    format!("diff --git a/{path} b/{path}\n{mode}{hunks}")
}

fn mode_line(before: Option<&Side<'_>>, after: Option<&Side<'_>>) -> String {
    match (before, after) {
        (None, Some(after)) => format!("new file mode {}\n", git_mode(after.mode)),
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
