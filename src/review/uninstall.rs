//! What is taken out of a project, in words.

use super::{AFTERWARDS, NOW, files, steps::list, summary::shortened};
use crate::{
    changes::Changes,
    merge::Word,
    say::{Loudness, Voice},
};

/// Shows what would be taken out.
pub fn removal(changes: &Changes, voice: Voice) {
    voice.heading("Plan");
    told(changes, voice);
}

/// Tells what a real run will leave to be done by hand, after a dry run.
pub fn after_removal(changes: &Changes, voice: Voice) {
    list(AFTERWARDS, &changes.remaining, voice);
}

/// Tells about a removal that was carried out; where its plan was not shown, all of it.
pub fn removed(changes: &Changes, was_shown: bool, voice: Voice) {
    if !was_shown {
        told(changes, voice);
    }
    let all = changes.files.iter();
    let gone = all.filter(|file| file.word == Word::Removed).count();
    voice.verb("Finished", &format!("{gone} files were taken out"));
    list(NOW, &changes.remaining, voice);
}

fn told(changes: &Changes, voice: Voice) {
    files::removed(changes, voice);
    for file in &changes.files {
        match file.word {
            Word::Removed => {}
            _ if files::is_left_migration(file) => {}
            Word::Updated => voice.verb(
                "Restored",
                &format!("{}: as `cargo new` writes it", file.path),
            ),
            _ => voice.careful("Left", &format!("{} (not as it was written)", file.path)),
        }
    }
    files::left_migrations(changes, voice);
    let edits = changes.edits.iter();
    edits.for_each(|edit| {
        let out = shortened(&edit.removed, voice.loudness == Loudness::Verbose);
        voice.verb("Edited", &format!("{}: takes out {out}", edit.path));
    });
    let notes = changes.notes.iter();
    notes.for_each(|note| voice.careful("Note", &note.to_string()));
}
