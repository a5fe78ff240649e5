//! Files that their owner has moved. What is byte for byte the same is the same file; what is only
//! much alike is asked about.

use std::collections::BTreeSet;

use super::{Choice, Note, Proposal, Step, files::Case, neighbours::name};
use crate::{
    manifest::FileRecord,
    merge::{ALIKE, Verdict, Word, likeness, same},
    project::strays,
    tracked,
};

/// A file that is gone, and another one that it may have become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// Where it was.
    pub from: String,
    /// Where it may be now.
    pub to: String,
    /// How much alike they are, in percent.
    pub percent: u8,
}

impl Proposal<'_> {
    /// Finds the files that were moved, and those that may have been.
    pub(super) fn find_moves(&mut self) {
        let missing: Vec<_> = strays::missing(&self.project.tree, &self.before)
            .filter(|(_, record)| !self.is_unkept(&record.path))
            .filter(|(_, record)| self.project.left_behind(&record.path).is_none())
            .map(|(id, record)| (id.clone(), record.clone()))
            .collect();
        let installed = self.project.installed();
        let mut free = installed.map_or_else(BTreeSet::new, |found| found.strays.clone());
        let mut open = Vec::new();
        for (id, record) in missing {
            match self
                .decided(&record)
                .or_else(|| self.same_elsewhere(&id, &record, &free))
            {
                Some(path) => {
                    free.remove(&path);
                    self.moved.insert(id, path);
                }
                None => open.push((id, record)),
            }
        }
        for (id, record) in open {
            let is_settled = self.choices.contains_key(&record.path);
            let guess = self
                .among_its_neighbours(&id, &record, &free)
                .or_else(|| self.much_alike(&id, &record, &free));
            self.changes.guesses.extend(guess.filter(|_| !is_settled));
        }
    }

    /// What somebody has answered.
    fn decided(&self, record: &FileRecord) -> Option<String> {
        match self.choices.get(&record.path) {
            Some(Choice::Moved(path)) => Some(path.clone()),
            _ => None,
        }
    }

    /// The one file that is as this one was written; of several, the one of the same name.
    fn same_elsewhere(
        &self,
        id: &str,
        record: &FileRecord,
        free: &BTreeSet<String>,
    ) -> Option<String> {
        let base = self.base_of_missing(id, record)?;
        let is_same = |path: &&String| {
            let there = self.project.tree.bytes(path);
            there.is_some_and(|there| same(there, base))
        };
        let found: Vec<_> = of_its_kind(free, record).filter(is_same).collect();
        let namesakes = found.iter().filter(|path| name(path) == name(&record.path));
        let namesakes: Vec<_> = namesakes.collect();
        match (found.as_slice(), namesakes.as_slice()) {
            ([one], _) => Some((*one).clone()),
            (_, [one]) => Some((**one).clone()),
            _ => None,
        }
    }

    fn base_of_missing(&self, id: &str, record: &FileRecord) -> Option<&[u8]> {
        tracked::written(self.stored_as(id), record.base?, None, self.project)
    }

    /// The file of the same name where the files beside this one have been moved to.
    fn among_its_neighbours(
        &self,
        id: &str,
        record: &FileRecord,
        free: &BTreeSet<String>,
    ) -> Option<Guess> {
        let base = self.base_of_missing(id, record)?;
        let (to, _) = self.beside_its_neighbours(&record.path);
        let there = self.project.tree.bytes(free.get(&to)?)?;
        Some(Guess {
            from: record.path.clone(),
            percent: (likeness(base, there) * 100.0) as u8,
            to,
        })
    }

    /// The file that is most like this one was.
    fn much_alike(&self, id: &str, record: &FileRecord, free: &BTreeSet<String>) -> Option<Guess> {
        let base = self.base_of_missing(id, record)?;
        let alike = of_its_kind(free, record).filter_map(|path| {
            let ratio = likeness(base, self.project.tree.bytes(path)?);
            (ratio >= ALIKE).then_some((path, ratio))
        });
        let (path, ratio) = alike.max_by(|(_, one), (_, other)| one.total_cmp(other))?;
        Some(Guess {
            from: record.path.clone(),
            to: path.clone(),
            percent: (ratio * 100.0) as u8,
        })
    }

    /// A file that may have been moved is not one that was deleted. Where it has news, these wait
    /// until its owner has said which it is.
    pub(super) fn perhaps_moved(&mut self, case: &Case<'_>, verdict: Verdict) -> Verdict {
        let has_news = match verdict.word {
            Word::Skipped => false,
            Word::SkippedNews => true,
            _ => return verdict,
        };
        let mut guesses = self.changes.guesses.iter();
        let Some(guess) = guesses.find(|guess| guess.from == case.path()).cloned() else {
            return verdict;
        };
        if has_news {
            self.held.push((case.id.to_owned(), guess.to.clone()));
            self.changes.remaining.push(Step::FindMoved(guess));
        } else {
            self.changes.notes.push(Note::MaybeMoved(guess));
        }
        Verdict {
            word: Word::Missing,
            write: None,
        }
    }
}

fn of_its_kind<'f>(
    free: &'f BTreeSet<String>,
    record: &FileRecord,
) -> impl Iterator<Item = &'f String> {
    let kind = strays::kind(&record.path).to_owned();
    free.iter().filter(move |path| strays::kind(path) == kind)
}
