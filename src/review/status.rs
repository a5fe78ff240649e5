//! How a project stands, in words and as a document.

use serde_json::{Value, json};

use super::{
    NOW,
    json::{Document, notice, sentences},
    steps::{list, second_migration},
    summary::{news, notes},
    would::{action, local, would},
};
use crate::{
    changes::Unrecorded,
    paths::CARGO_TOML,
    project::Rule,
    say::Voice,
    status::{FileState, FileStatus, MigrationState, MigrationStatus, Status},
};

/// Tells how a project stands.
pub fn status(status: &Status, voice: Voice) {
    versions(status, voice);
    news(&status.notices, voice);
    files(status, voice);
    let migrations = status.migrations.iter();
    migrations.for_each(|migration| told_migration(migration, voice));
    let unrecorded = status.unrecorded.iter();
    unrecorded.for_each(|Unrecorded { path, relation }| {
        let why = second_migration(relation);
        voice.careful("Unrecorded", &format!("{path} {why}"));
    });
    let missing = |what: &str, file: &str| {
        voice.careful("Missing", &format!("{what} in {file} (you took it out)"));
    };
    let edits = status.edits.iter();
    edits.for_each(|edit| missing(&edit.missing, &edit.path));
    status.deps.iter().for_each(|dep| missing(dep, CARGO_TOML));
    what_next(status, voice);
}

fn told_migration(migration: &MigrationStatus, voice: Voice) {
    let MigrationStatus { path, state } = migration;
    let needed = "a database that ran it does not start without it";
    let again = format!("{needed}; `cargo sigra upgrade` writes it again");
    let (word, why) = match state {
        MigrationState::Changed => (
            "Changed",
            "a database that ran it refuses the new text; bring the old one back".into(),
        ),
        MigrationState::Missing => ("Missing", again),
        MigrationState::Hidden(Rule { pattern, place }) => (
            "Ignored",
            format!(
                "`{pattern}` in {place} hides it; {again}, and `git add --force {path}` keeps it"
            ),
        ),
        MigrationState::Lost => (
            "Missing",
            format!("{needed}; bring it back from version control"),
        ),
    };
    voice.careful(word, &format!("{path} ({why})"));
}

fn versions(status: &Status, voice: Voice) {
    let Status {
        templates, program, ..
    } = status;
    let held = match status.held {
        0 => String::new(),
        1 => ", but for 1 template that was left out of the last run".into(),
        held => format!(", but for {held} templates that were left out of the last run"),
    };
    if status.is_program_older {
        let why = "which is older: update cargo-sigra";
        let version = format!("{templates}; this program has {program}, {why}");
        voice.careful("Version", &version);
    } else if templates != program {
        let version = format!("{templates}{held}; this program has {program}");
        voice.careful("Version", &version);
    } else if status.held > 0 {
        voice.careful("Version", &format!("{templates}{held}"));
    } else {
        voice.verb("Version", &format!("{templates}, which is this program's"));
    }
}

fn files(status: &Status, voice: Voice) {
    let is_identical =
        |file: &&FileStatus| file.state == FileState::Identical && file.moved_from.is_none();
    let count = status.files.iter().filter(is_identical).count();
    voice.verb(
        "Identical",
        &format!("{count} of {} files", status.files.len()),
    );
    for file in &status.files {
        if is_identical(&file) {
            voice.detail("Identical", &file.path)
        } else {
            told(file, voice)
        }
    }
}

fn told(file: &FileStatus, voice: Voice) {
    let word = file.state.name();
    let path = match &file.moved_from {
        Some(from) => format!("{} (moved from {from})", file.path),
        None => file.path.clone(),
    };
    match file.state {
        FileState::Identical => voice.verb("Moved", &path),
        FileState::Yours | FileState::Forgotten => voice.verb(word, &path),
        _ => voice.careful(word, &format!("{path}{}", reason(file.state))),
    }
}

fn reason(state: FileState) -> &'static str {
    match state {
        FileState::Deleted => " (you deleted it; `cargo sigra restore` brings it back)",
        FileState::Missing => " (you may have moved it)",
        FileState::Unkept => " (git does not bring it along)",
        FileState::Absent => " (git cannot tell whether a rule hides it)",
        FileState::Behind => " (it has stayed where the package was before)",
        FileState::Orphan => " (no longer part of the templates; it is yours)",
        FileState::Blocked => " (no plain file; nothing is written there)",
        FileState::Waiting => " (ours waits beside it, as .sigra-new)",
        FileState::Unknown => " (what was written is not in .sigra/base as it was)",
        _ => "",
    }
}

fn what_next(status: &Status, voice: Voice) {
    notes(status.notes.iter(), voice);
    would(&status.news, voice);
    local(&status.local, voice);
    match (status.would_change, status.remaining.is_empty()) {
        (true, _) => voice.careful(
            "Changes",
            "would be made by `cargo sigra upgrade`; see them with `cargo sigra upgrade --diff`",
        ),
        (_, true) if status.local.is_empty() && status.unrecorded.is_empty() => {
            voice.verb("Finished", "nothing to do");
        }
        _ => {}
    }
    list(NOW, &status.remaining, voice);
}

/// The same for a program.
#[must_use]
pub fn status_document(status: &Status) -> Document {
    let files = status.files.iter();
    let files = files.map(|file| (file.path.as_str(), file.state.name()));
    let edits = status.edits.iter();
    let edits: Value = edits
        .map(|edit| json!({ "path": edit.path, "missing": edit.missing }))
        .collect();
    let migrations = status.migrations.iter().map(|migration| {
        let action = match migration.state {
            MigrationState::Changed => "changed",
            MigrationState::Hidden(_) => "ignored",
            MigrationState::Missing | MigrationState::Lost => "missing",
        };
        json!({ "path": migration.path, "action": action })
    });
    let unrecorded = status.unrecorded.iter();
    let unrecorded = unrecorded.map(|one| json!({ "path": one.path, "action": "unrecorded" }));
    let migrations = migrations.chain(unrecorded);
    let news = status.news.iter();
    let news = news.map(|(path, word)| json!({ "path": path, "action": action(*word) }));
    Document::new("status")
        .files(files)
        .with("edits", edits)
        .with("deps", json!(status.deps))
        .with("migrations", migrations.collect())
        .with("changes", news.collect())
        .with("news", status.notices.iter().map(notice).collect())
        .with("remaining", sentences(&status.remaining))
        .with("templates", json!(status.templates))
        .with("program", json!(status.program))
        .with("held", json!(status.held))
        .with("would_change", json!(status.would_change))
}
