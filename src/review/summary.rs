//! The changes in words: before as a plan, afterwards as what happened, and what to do next.

use std::path::Path;

use crate::{
    changes::{Changes, FileChange, Notice},
    feature,
    merge::Word,
    plan::Plan,
    project::{Project, programs},
    say::{Loudness, Voice},
};

/// How long the first build of a new project takes, on two cores.
const FIRST_BUILD: &str = "about 4 minutes on two cores";
/// Where a new project is served.
const ADDRESS: &str = "http://localhost:4000";

/// How many additions to a file are named before the rest is counted.
const SHOWN: usize = 4;

/// What is about to happen.
pub fn plan(changes: &Changes, plan: &Plan, uncommitted_files: usize, voice: Voice) {
    voice.heading("Plan");
    plan.features
        .iter()
        .for_each(|(name, says)| voice.verb(name, says));
    voice.careful(
        "not yet",
        &format!(
            "{} (not built yet)",
            feature::planned().collect::<Vec<_>>().join(", ")
        ),
    );
    news(&changes.notices, voice);
    files(changes, voice);
    notes(changes, voice);
    uncommitted(uncommitted_files, voice);
    voice.line("");
}

/// Says that what is about to be written will be seen together with somebody's own changes.
fn uncommitted(count: usize, voice: Voice) {
    let has = match count {
        0 => return,
        1 => "1 file has changes that are".to_owned(),
        _ => format!("{count} files have changes that are"),
    };
    voice.careful(
        "Note",
        &format!(
            "{has} not committed; git will show them and these together. Commit first to see them apart"
        ),
    );
}

fn notes(changes: &Changes, voice: Voice) {
    let notes = changes.notes.iter();
    notes.for_each(|note| voice.careful("Note", &note.to_string()));
}

/// What has happened, or that nothing has.
pub fn what_happened(changes: &Changes, plan: &Plan, voice: Voice) {
    if changes.is_empty() && changes.remaining.is_empty() {
        return voice.verb(
            "Finished",
            "nothing to change; everything is as it should be",
        );
    }
    files(changes, voice);
    notes(changes, voice);
    let version = &plan.version;
    voice.verb(
        "Finished",
        &format!(
            "{} (cargo-sigra {version}, {})",
            counts(changes),
            plan.answers.database.name()
        ),
    );
}

/// What to do next: everything that is still to do, however much it is.
pub fn next_steps(heading: &str, changes: &Changes, project: &Project, plan: &Plan, voice: Voice) {
    let mut steps: Vec<_> = changes.remaining.iter().map(ToString::to_string).collect();
    match &project.manifest {
        None => steps.extend(first_steps(project)),
        Some(manifest) if manifest.templates != plan.version && steps.is_empty() => {
            steps.extend(commit(&plan.version));
        }
        Some(_) => {}
    }
    if steps.is_empty() {
        return;
    }
    voice.heading(&format!("\n{heading}"));
    steps
        .iter()
        .for_each(|step| voice.line(&format!("  {step}")));
}

/// What to do with news that are in place. To commit is up to their owner.
fn commit(version: &str) -> [String; 2] {
    [
        "cargo test".into(),
        format!(
            "git add --all && git commit --message \"Update to the templates of cargo-sigra {version}\""
        ),
    ]
}

fn first_steps(project: &Project) -> Vec<String> {
    let root = &project.root;
    let here = std::env::current_dir()
        .and_then(|here| here.canonicalize())
        .ok();
    let folder = here.and_then(|here| root.strip_prefix(here).ok().map(Path::to_owned));
    let change = folder
        .filter(|folder| !folder.as_os_str().is_empty())
        .map(|folder| format!("cd {}", folder.display()));
    let rest = [
        format!(
            "{}        # the first build takes {FIRST_BUILD}",
            programs::run(project)
        ),
        format!("open {ADDRESS}"),
        "cargo test".to_owned(),
    ];
    change.into_iter().chain(rest).collect()
}

fn files(changes: &Changes, voice: Voice) {
    let all = voice.loudness == Loudness::Verbose;
    for file in changes.files.iter().filter(|file| all || is_told(file)) {
        match file.word {
            Word::Created | Word::Updated | Word::Merged | Word::Removed | Word::Identical => {
                voice.verb(file.word.name(), &file.path)
            }
            Word::Renamed | Word::Moved => voice.verb(file.word.name(), &way(file)),
            _ => voice.careful(
                file.word.name(),
                &format!("{}{}", file.path, reason(file.word)),
            ),
        }
    }
    changes.edits.iter().for_each(|edit| {
        let parts = [("adds", &edit.added), ("removes", &edit.removed)];
        let parts = parts.into_iter().filter(|(_, names)| !names.is_empty());
        let parts = parts.map(|(verb, names)| format!("{verb} {}", shortened(names, all)));
        let parts = parts.collect::<Vec<_>>().join("; ");
        voice.verb("Edited", &format!("{}: {parts}", edit.path));
    });
    if all {
        let own = changes
            .operations
            .iter()
            .filter(|operation| operation.path.starts_with(".sigra/"));
        own.for_each(|operation| voice.verb("Recorded", &operation.path));
    }
}

/// Both paths of a file that has another one now.
fn way(file: &FileChange) -> String {
    let from = file.from.as_deref().unwrap_or_default();
    format!("{from} to {}", file.path)
}

/// What is new in the templates and concerns this project.
pub fn news(notices: &[Notice], voice: Voice) {
    let all = voice.loudness == Loudness::Verbose;
    for Notice {
        version,
        is_security,
        says,
        paths,
        held,
    } in notices
    {
        let taken: Vec<_> = paths
            .iter()
            .filter(|path| !held.contains(path))
            .cloned()
            .collect();
        let left = format!("left for the next run: {}", shortened(held, all));
        let which = match (taken.is_empty(), held.is_empty()) {
            (_, true) => shortened(&taken, all),
            (true, false) => left,
            (false, false) => format!("{}; {left}", shortened(&taken, all)),
        };
        let what = format!("{version}: {says} ({which})");
        if *is_security {
            voice.careful("Security", &what)
        } else {
            voice.verb("News", &what)
        }
    }
}

/// A list of any length on one line.
#[must_use]
pub fn shortened(added: &[String], all: bool) -> String {
    match added.split_at_checked(SHOWN) {
        Some((shown, rest)) if !all && !rest.is_empty() => {
            format!("{} and {} more", shown.join(", "), rest.len())
        }
        _ => added.join(", "),
    }
}

fn is_told(file: &FileChange) -> bool {
    match file.word {
        Word::Identical | Word::Yours | Word::Forgotten => false,
        Word::Skipped | Word::Orphan => file.is_news,
        _ => true,
    }
}

fn reason(word: Word) -> &'static str {
    match word {
        Word::Skipped => " (you deleted it)",
        Word::SkippedNews => " (you deleted it; the templates have a newer one)",
        Word::Orphan => " (no longer part of the templates; it is yours now)",
        Word::Conflict => " (changed by you and by the templates; yours stays, ours is beside it)",
        Word::Marked => " (changed by you and by the templates; both are there, with markers)",
        Word::Collision => " (not written by us; yours stays, ours is beside it)",
        _ => "",
    }
}

fn counted(word: Word) -> String {
    match word {
        Word::Marked => "with markers".into(),
        word => word.name().to_lowercase(),
    }
}

fn counts(changes: &Changes) -> String {
    let words = [
        Word::Created,
        Word::Renamed,
        Word::Moved,
        Word::Updated,
        Word::Merged,
        Word::Removed,
        Word::Conflict,
        Word::Marked,
        Word::Collision,
    ];
    let count = |word: Word| {
        changes
            .files
            .iter()
            .filter(|file| file.word == word)
            .count()
    };
    let counted = words
        .into_iter()
        .map(|word| (count(word), counted(word)))
        .filter(|(count, _)| *count > 0);
    let others = [
        (changes.edits.len(), "edited"),
        (changes.settled, "settled"),
    ];
    let others = others.map(|(count, word)| (count, word.to_owned()));
    let others = others.into_iter().filter(|(count, _)| *count > 0);
    let counted: Vec<_> = counted
        .chain(others)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if counted.is_empty() {
        "nothing but our own records changed".into()
    } else {
        counted.join(", ")
    }
}
