//! What becomes of the files, on one screen: a few are named, many are counted by folder, and those
//! that need their owner's attention are always named.

use std::collections::BTreeMap;

use super::summary::{reason, shortened};
use crate::{
    changes::{Changes, FileChange},
    merge::Word,
    paths::{MIGRATIONS, OWN},
    say::{Loudness, Voice},
};

/// How many files are named before they are counted. With the features, the edited files and the
/// question they leave room for some notes in 24 lines.
const NAMED: usize = 8;
/// What stands for the project's own folder.
const TOP: &str = "./";

/// Everything that becomes of the files.
pub fn all(changes: &Changes, voice: Voice) {
    let is_verbose = voice.loudness == Loudness::Verbose;
    let files = changes.files.iter();
    let routine: Vec<_> = files.filter(|file| is_routine(file.word)).collect();
    if names_each(routine.len(), voice) {
        each(changes, |file| is_verbose || is_told(file), voice);
    } else {
        counted(&routine, voice);
        attention(changes, voice);
    }
    edits(changes, voice);
    if is_verbose {
        let operations = changes.operations.iter();
        let own = operations.filter(|operation| operation.path.starts_with(OWN));
        own.for_each(|operation| voice.verb("Recorded", &operation.path));
    }
}

/// The files that are taken out, named or counted.
pub fn removed(changes: &Changes, voice: Voice) {
    let files = changes.files.iter();
    let removed: Vec<_> = files.filter(|file| file.word == Word::Removed).collect();
    if names_each(removed.len(), voice) {
        each(changes, |file| file.word == Word::Removed, voice);
    } else {
        counted(&removed, voice);
    }
}

/// The migrations that stay, named or counted. A note says why they do.
pub fn left_migrations(changes: &Changes, voice: Voice) {
    let files = changes.files.iter();
    let left: Vec<_> = files.filter(|file| is_left_migration(file)).collect();
    if names_each(left.len(), voice) {
        left.iter()
            .for_each(|file| voice.careful("Left", &file.path));
    } else {
        voice.careful("Left", &format!("{} migrations", left.len()));
    }
}

/// Returns whether it is a migration that stays.
pub fn is_left_migration(file: &FileChange) -> bool {
    file.word != Word::Removed && file.path.starts_with(MIGRATIONS)
}

/// Returns whether so many files are named one by one.
fn names_each(count: usize, voice: Voice) -> bool {
    voice.loudness == Loudness::Verbose || count <= NAMED
}

/// The files that need their owner's attention.
pub fn attention(changes: &Changes, voice: Voice) {
    each(
        changes,
        |file| is_told(file) && !is_routine(file.word),
        voice,
    );
}

fn each(changes: &Changes, is_meant: impl Fn(&FileChange) -> bool, voice: Voice) {
    let files = changes.files.iter();
    files.filter(|file| is_meant(file)).for_each(|file| {
        let word = file.word.name();
        match file.word {
            Word::Renamed | Word::Moved => voice.verb(word, &way(file)),
            Word::Identical => voice.verb(word, &file.path),
            _ if is_routine(file.word) => voice.verb(word, &file.path),
            _ => voice.careful(word, &format!("{}{}", file.path, reason(file.word))),
        }
    });
}

/// `Created 120 files: src/ 80, templates/ 40`, for each of the words.
fn counted(files: &[&FileChange], voice: Voice) {
    let words = [
        Word::Created,
        Word::Updated,
        Word::Merged,
        Word::Renamed,
        Word::Moved,
        Word::Removed,
    ];
    for word in words {
        let files: Vec<_> = files.iter().filter(|file| file.word == word).collect();
        match files.as_slice() {
            [] => {}
            [file] if file.from.is_some() => voice.verb(word.name(), &way(file)),
            [file] => voice.verb(word.name(), &file.path),
            files => {
                let folders = folders(files.iter().map(|file| file.path.as_str()));
                voice.verb(word.name(), &format!("{} files: {folders}", files.len()));
            }
        }
    }
}

/// The folders with their numbers of files, the project's own last.
fn folders<'a>(paths: impl Iterator<Item = &'a str>) -> String {
    let mut counts = BTreeMap::new();
    for path in paths {
        let folder = path.split_once('/').map(|(folder, _)| folder);
        *counts.entry((folder.is_none(), folder)).or_insert(0) += 1;
    }
    let named = counts.iter().map(|((_, folder), count)| match folder {
        Some(folder) => format!("{folder}/ {count}"),
        None => format!("{TOP} {count}"),
    });
    named.collect::<Vec<_>>().join(", ")
}

/// A line for each edited file. Where everything is told, each edit has its own.
fn edits(changes: &Changes, voice: Voice) {
    let is_verbose = voice.loudness == Loudness::Verbose;
    let mut paths: Vec<&str> = Vec::new();
    for edit in &changes.edits {
        if !paths.contains(&edit.path.as_str()) {
            paths.push(&edit.path);
        }
    }
    for path in paths {
        let edits = changes.edits.iter().filter(|edit| edit.path == path);
        let (added, removed): (Vec<_>, Vec<_>) =
            edits.map(|edit| (&edit.added, &edit.removed)).unzip();
        let parts = [("adds", added), ("removes", removed)];
        let parts = parts.into_iter().filter_map(|(verb, names)| {
            let names: Vec<_> = names.into_iter().flatten().cloned().collect();
            (!names.is_empty()).then(|| format!("{verb} {}", shortened(&names, is_verbose)))
        });
        let parts = parts.collect::<Vec<_>>().join("; ");
        let colon = if parts.is_empty() { "" } else { ": " };
        voice.verb("Edited", &format!("{path}{colon}{parts}"));
    }
}

/// Both paths of a file that has another one now.
fn way(file: &FileChange) -> String {
    let from = file.from.as_deref().unwrap_or_default();
    format!("{from} to {}", file.path)
}

fn is_routine(word: Word) -> bool {
    matches!(
        word,
        Word::Created | Word::Updated | Word::Merged | Word::Removed | Word::Renamed | Word::Moved
    )
}

fn is_told(file: &FileChange) -> bool {
    match file.word {
        Word::Identical | Word::Yours | Word::Forgotten => false,
        Word::Skipped | Word::Orphan => file.is_news,
        _ => true,
    }
}
