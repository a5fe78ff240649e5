//! How a project stands to its templates, in words.

use super::Review;
use crate::{changes::FileChange, merge::Word, say::Voice};

/// Everything that somebody may want to know before they run it again.
pub(super) fn tell(review: &Review<'_>, voice: Voice) {
    installed(review, voice);
    let files = review.changes.files.iter();
    let told = files.filter_map(|file| Some((file, says(file.word)?)));
    told.for_each(|(file, says)| voice.careful(file.word.name(), &format!("{}{says}", file.path)));
    let remaining = review.changes.remaining.iter();
    remaining.for_each(|step| voice.careful("To do", step));
    voice.verb("Finished", &counts(review));
    if !review.changes.is_empty() {
        voice.careful(
            "Changes",
            "would be made by a re-run; see them with `cargo sigra install --diff`",
        );
    }
}

fn installed(review: &Review<'_>, voice: Voice) {
    let recorded = review.project.manifest.as_ref();
    let version = recorded.map_or("", |manifest| manifest.templates.as_str());
    let answers = &review.plan.answers;
    let features = answers.features.iter().copied();
    let choices: Vec<_> = std::iter::once(answers.database.name())
        .chain(features)
        .collect();
    let newer = match version == review.plan.version {
        true => String::new(),
        false => format!("; this program has {}", review.plan.version),
    };
    voice.verb(
        "Installed",
        &format!("templates {version}, {}{newer}", choices.join(", ")),
    );
}

/// What there is to say about a file; nothing where it is as it was written.
fn says(word: Word) -> Option<&'static str> {
    match word {
        Word::Identical | Word::Forgotten => None,
        Word::Yours => Some(" (you have changed it)"),
        Word::Created => Some(" (would be written)"),
        Word::Updated => Some(" (there is a newer one)"),
        Word::Merged => Some(" (you have changed it, and there is a newer one; they fit together)"),
        Word::Conflict => Some(" (changed by you and by the templates, in the same place)"),
        Word::Collision => Some(" (not written by us)"),
        Word::Skipped => Some(" (you deleted it)"),
        Word::SkippedNews => Some(" (you deleted it; there is a newer one)"),
        Word::Removed => Some(" (no longer part of the templates; would be removed)"),
        Word::Orphan => Some(" (no longer part of the templates; it is yours)"),
    }
}

fn counts(review: &Review<'_>) -> String {
    let files = &review.changes.files;
    let is = |file: &&FileChange| file.word == Word::Identical;
    let as_written = files.iter().filter(is).count();
    format!(
        "{as_written} of {} files are as they were written",
        files.len()
    )
}
