//! The changes in words: before as a plan, afterwards as what happened, and what to do next.

use std::path::Path;

use super::{files, listed::listed};
use crate::{
    answers::Table,
    changes::{Changes, Note, Notice},
    feature::Key,
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
    choices(plan, voice);
    let planned: Vec<_> = plan.all_features.planned().collect();
    voice.detail("later", &format!("{} (not built yet)", planned.join(", ")));
    news(&changes.notices, voice);
    files::all(changes, voice);
    notes(changes.notes.iter(), voice);
    uncommitted(uncommitted_files, voice);
    voice.line("");
}

/// What was chosen, in its owner's terms.
fn choices(plan: &Plan, voice: Voice) {
    let keys = match plan.answers.key {
        Key::Uuid => "UUIDs",
        Key::Integer => "integers",
    };
    let (database, table) = (plan.answers.database.title(), &plan.answers.table);
    let table = if *table == Table::default() {
        String::new()
    } else {
        format!("; users are in the table {}", table.name())
    };
    voice.verb(
        "database",
        &format!("{database}, with {keys} for keys{table}"),
    );
    let flags = plan.features.iter();
    for (feature, flag) in flags.filter_map(|feature| Some((feature, feature.flag?))) {
        let values = &plan.answers.features[feature.name];
        let values: Vec<_> = values.iter().map(String::as_str).collect();
        let says = match values.as_slice() {
            [] => flag.says.to_owned(),
            values => format!("{} ({})", flag.says, values.join(", ")),
        };
        voice.verb(feature.name, &says);
    }
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

/// What the owner may want to know.
pub fn notes<'n>(notes: impl Iterator<Item = &'n Note>, voice: Voice) {
    notes.for_each(|note| voice.careful("Note", &note.to_string()));
}

/// What has happened, or that nothing has. After a plan that was shown, what needs attention and
/// the numbers are enough.
pub fn what_happened(changes: &Changes, plan: &Plan, was_shown: bool, voice: Voice) {
    if changes.is_empty() && changes.remaining.is_empty() {
        notes(changes.lasting_notes(), voice);
        return voice.verb(
            "Finished",
            "nothing to change; everything is as it should be",
        );
    }
    if was_shown && voice.loudness != Loudness::Verbose {
        files::attention(changes, voice);
    } else {
        files::all(changes, voice);
        notes(changes.notes.iter(), voice);
    }
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
    match project.manifest() {
        None => steps.extend(first_steps(project)),
        Some(manifest) if manifest.templates != plan.version && steps.is_empty() => {
            steps.extend(commit(&plan.version, changes));
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
fn commit(version: &str, changes: &Changes) -> [String; 2] {
    let is_part = |note: &Note| matches!(note, Note::Held { .. });
    let what = if changes.notes.iter().any(is_part) {
        "Take part of"
    } else {
        "Update to"
    };
    [
        "cargo test".into(),
        format!(
            "git add --all && git commit --message \"{what} the templates of cargo-sigra {version}\""
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
    listed(added, if all { usize::MAX } else { SHOWN })
}

/// Why a file needs its owner's attention.
pub fn reason(word: Word) -> &'static str {
    match word {
        Word::Skipped => " (you deleted it)",
        Word::SkippedNews => " (you deleted it; the templates have a newer one)",
        Word::Missing => " (you may have moved it)",
        Word::Orphan => " (no longer part of the templates; it is yours now)",
        Word::Conflict => " (changed by you and by the templates; yours stays, ours is beside it)",
        Word::Marked => " (changed by you and by the templates; both are there, with markers)",
        Word::Blocked => " (nothing is written there; see the next steps)",
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
    if changes.is_empty() {
        "nothing was written".into()
    } else if counted.is_empty() {
        "nothing but our own records changed".into()
    } else {
        counted.join(", ")
    }
}
