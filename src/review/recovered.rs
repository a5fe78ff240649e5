//! What became of a run that was stopped or taken back, in words and as documents.

use super::Document;
use crate::{
    apply::{Fate, Recovered, Undo},
    paths::ENV,
    say::Voice,
};

/// Tells what became of every file of a run that was stopped.
pub fn fates(files: &[Recovered], voice: Voice) {
    for Recovered { path, fate } in files {
        match fate {
            Fate::Right => voice.detail(fate.name(), path),
            Fate::Left => {
                let what = format!("{path} (changed since the run was stopped; it stays as it is)");
                voice.careful(fate.name(), &what);
            }
            _ => voice.verb(fate.name(), path),
        }
    }
}

/// Tells about a recovery, forward or back; `None` where no run was stopped.
pub fn recovered(files: Option<&[Recovered]>, is_forward: bool, voice: Voice) {
    let Some(files) = files else {
        return voice.verb("Finished", "no run was stopped here; nothing to recover");
    };
    fates(files, voice);
    let is_left = files.iter().any(|file| file.fate == Fate::Left);
    voice.verb("Finished", end(is_forward, is_left));
}

fn end(is_forward: bool, is_left: bool) -> &'static str {
    if is_forward {
        "the run that was stopped; all that it planned is there"
    } else if is_left {
        "the way back, but for what changed since; look at it, then run `cargo sigra install`"
    } else {
        "the way back; the project is as it was before the run that was stopped"
    }
}

/// Tells about a run with conflicts that was taken back.
pub fn taken_back(undo: &Undo, voice: Voice) {
    let foreign = undo.foreign.iter();
    foreign.for_each(|path| voice.careful("Kept", &format!("{path} (changed since that run)")));
    if undo.keeps_secrets {
        voice.careful(
            "Kept",
            ".env (something may be sealed with its secrets already)",
        );
    }
    let files = match undo.changes.operations.len() {
        1 => "1 file is as it was before".to_owned(),
        count => format!("{count} files are as they were before"),
    };
    voice.verb("Finished", &files);
}

/// The same for a program.
#[must_use]
pub fn taken_back_document(undo: &Undo) -> Document {
    let operations = undo.changes.operations.iter();
    let back = operations.map(|operation| {
        let word = match operation.after {
            Some(_) => Fate::Restored,
            None => Fate::Removed,
        };
        (operation.path.as_str(), word.name())
    });
    let secrets = undo.keeps_secrets.then_some(ENV);
    let kept = undo.foreign.iter().map(String::as_str).chain(secrets);
    let kept = kept.map(|path| (path, "Kept"));
    Document::new("upgrade")
        .files(back.chain(kept))
        .with("written", (!undo.changes.is_empty()).into())
}
