//! The changes as one JSON document, for programs.

use serde_json::{Value, json};

use crate::{
    changes::{Changes, Edit, FileChange},
    plan::Plan,
    refusal::Exit,
};

/// `{"schema":1,"command":…}` and a line end. Contents are never in it, so neither are
/// secrets.
#[must_use]
pub(super) fn document(command: &str, changes: &Changes, plan: &Plan, exit: Exit) -> String {
    let document = json!({
        "schema": 1,
        "command": command,
        "features": plan.features.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        "files": changes.files.iter().map(file).collect::<Vec<_>>(),
        "edits": changes.edits.iter().map(edit).collect::<Vec<_>>(),
        "remaining": changes.remaining,
        "notes": changes.notes,
        "deps": changes.deps,
        "exit": exit as u8,
    });
    format!("{document}\n")
}

fn file(file: &FileChange) -> Value {
    json!({ "path": file.path, "action": file.word.name().to_lowercase() })
}

fn edit(edit: &Edit) -> Value {
    json!({ "path": edit.path, "added": edit.added })
}
