//! What git keeps of the changes. Only that counts for `--check`: the rest is missing in every clone.

use std::collections::BTreeMap;

use super::{Changes, Note, Operation, Proposal};
use crate::{merge::Word, paths::OWN, project::Rule};

impl Changes {
    /// What would be written and can be committed.
    pub fn kept(&self) -> impl Iterator<Item = &Operation> {
        let operations = self.operations.iter();
        operations.filter(|operation| !self.unkept.contains(&operation.path))
    }

    /// The files that would be written and that git does not keep.
    pub fn local(&self) -> impl Iterator<Item = &str> {
        let operations = self.operations.iter().map(|operation| &operation.path);
        let local = operations.filter(|path| self.unkept.contains(*path));
        local.map(String::as_str)
    }

    /// What becomes of the files that git keeps; of others than the templates' no more than that
    /// they change.
    #[must_use]
    pub fn news(&self) -> Vec<(String, Option<Word>)> {
        let is_touched = |path: &str| self.kept().any(|kept| kept.path.starts_with(path));
        // What waits already is no news, though it is a conflict still.
        let files = self.files.iter();
        let files = files.filter(|file| is_news(file.word) && is_touched(&file.path));
        let mut news: Vec<_> = files
            .map(|file| (file.path.clone(), Some(file.word)))
            .collect();
        let is_told = |path: &str| self.files.iter().any(|file| path.starts_with(&file.path));
        let others = self.kept().map(|kept| kept.path.as_str());
        let (own, others): (Vec<_>, Vec<_>) = others
            .filter(|path| !is_told(path))
            .partition(|path| path.starts_with(OWN));
        let edited = |path: &str| (path.to_owned(), None);
        news.extend(others.into_iter().map(edited));
        if news.is_empty() {
            news.extend(own.into_iter().map(edited));
        }
        news
    }
}

fn is_news(word: Word) -> bool {
    matches!(
        word,
        Word::Created
            | Word::Updated
            | Word::Merged
            | Word::Removed
            | Word::Renamed
            | Word::Moved
            | Word::Conflict
            | Word::Marked
            | Word::Collision
    )
}

impl Proposal<'_> {
    /// Notes down what git does not keep of what would be written: secrets, as it should be, and
    /// what the owner's rules hide, which is told.
    pub(super) fn tell_hidden(&mut self) {
        let ignored = &self.project.ignored;
        let mut rules: BTreeMap<&Rule, Vec<String>> = BTreeMap::new();
        for operation in &self.changes.operations {
            let Some(after) = &operation.after else {
                continue;
            };
            let rule = ignored.rule(&operation.path);
            if after.shown.is_some() || rule.is_some() {
                self.changes.unkept.insert(operation.path.clone());
            }
            if let (Some(rule), None) = (rule, &after.shown) {
                rules.entry(rule).or_default().push(operation.path.clone());
            }
        }
        let hidden: Vec<_> = rules
            .into_iter()
            .map(|(rule, files)| (rule.clone(), files))
            .collect();
        if !hidden.is_empty() {
            self.changes.notes.push(Note::Hidden { hidden });
        }
    }
}
