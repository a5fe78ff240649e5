//! What a run would do, for one that only looks.

use super::summary::shortened;
use crate::{
    merge::Word,
    say::{Loudness, Voice},
};

/// Names each file that git keeps and that would change: a 3 has to be explained.
pub fn would(news: &[(String, Option<Word>)], voice: Voice) {
    for line in would_lines(news) {
        voice.careful("Changes", &line);
    }
}

/// A line for each file: `src/app.rs would be updated`.
#[must_use]
pub fn would_lines(news: &[(String, Option<Word>)]) -> Vec<String> {
    let lines = news
        .iter()
        .map(|(path, word)| format!("{path} {}", future(*word)));
    lines.collect()
}

/// Names the files that are missing here and would be written, and that do not count for `--check`.
pub fn local(paths: &[String], voice: Voice) {
    if !paths.is_empty() {
        let all = voice.loudness == Loudness::Verbose;
        let paths = shortened(paths, all);
        voice.careful(
            "Local",
            &format!("{paths} would be written; that is not committed, so it does not count"),
        );
    }
}

/// What would become of a file, in one word for a program.
#[must_use]
pub fn action(word: Option<Word>) -> String {
    word.map_or("edited".into(), |word| word.name().to_lowercase())
}

fn future(word: Option<Word>) -> String {
    match word {
        Some(Word::Conflict | Word::Marked) => "would conflict with your edits".into(),
        Some(Word::Collision) => "would be in the way of yours".into(),
        word => format!("would be {}", action(word)),
    }
}
