//! Templates that are not merged line by line. A file that the owner had before one of these came is
//! theirs for ever: the record of what was put into it, under the template's id, says so.

use std::str::from_utf8;

use super::{Proposal, files::Case};
use crate::{
    edit::{env_file, lines},
    manifest::{EditRecord, Found, Manifest},
    merge::{Base, Verdict, Word},
    templates::Policy,
};

/// The owner's file with what it lacks, and all of it that is ours.
pub(super) struct United {
    pub text: String,
    pub ours: String,
}

/// Whether a file was the owner's before its template came, so that only parts of it are ours.
#[must_use]
pub fn is_owners(manifest: &Manifest, id: &str) -> bool {
    Policy::of(id) != Policy::Merge && manifest.edits.contains_key(id)
}

/// Whether that is so, and what is missing in it is added.
#[must_use]
pub fn is_added_to(manifest: &Manifest, id: &str) -> bool {
    is_owners(manifest, id) && Policy::of(id) != Policy::Once
}

impl Proposal<'_> {
    /// What becomes of a file by its template's policy, where that is not to merge it.
    pub(super) fn by_policy(&mut self, case: &Case<'_>, verdict: Verdict) -> Verdict {
        let policy = Policy::of(case.id);
        let Some(mine) = case.mine.filter(|_| policy != Policy::Merge) else {
            return verdict;
        };
        let is_owners = verdict.word == Word::Collision || is_owners(&self.before, case.id);
        match case.theirs {
            None if is_owners => keep(Word::Forgotten),
            Some(theirs) if is_owners => self.add_to_owners(case, mine, theirs).unwrap_or(verdict),
            Some(theirs) => settled(policy, case, mine, theirs, verdict),
            None => verdict,
        }
    }

    /// Puts what is missing into the owner's file, and records it.
    fn add_to_owners(&mut self, case: &Case<'_>, mine: &[u8], theirs: &[u8]) -> Option<Verdict> {
        let known = self.before.edits.get(case.id).cloned();
        let found = match &known {
            Some(known) => known.found,
            None => Found::of(from_utf8(mine).ok()),
        };
        let ours = known.unwrap_or_default().text;
        let united = unite(Policy::of(case.id), mine, &ours, offered(case), theirs)?;
        let verdict = written(mine, united.text);
        let record = EditRecord {
            file: case.path().into(),
            text: united.ours,
            found,
            ..EditRecord::default()
        };
        self.manifest.edits.insert(case.id.into(), record);
        Some(verdict)
    }
}

/// A file that was ours and that its owner has edited is merged like any other; where that does not
/// work out, it gets what it lacks.
fn settled(
    policy: Policy,
    case: &Case<'_>,
    mine: &[u8],
    theirs: &[u8],
    verdict: Verdict,
) -> Verdict {
    match (policy, verdict.word) {
        (Policy::Once, Word::Merged | Word::Conflict) => keep(Word::Yours),
        (_, Word::Conflict) => {
            let base = offered(case);
            let text = from_utf8(base).unwrap_or_default();
            let united = unite(policy, mine, text, base, theirs);
            united.map_or(verdict, |united| written(mine, united.text))
        }
        _ => verdict,
    }
}

/// What was offered to the owner last time.
fn offered<'a>(case: &Case<'a>) -> &'a [u8] {
    match case.base {
        Base::Known(base) => base,
        Base::None | Base::Lost => &[],
    }
}

/// Brings a file and its template together; none where one of them is not text. `ours` is what was
/// put into the file before, `offered` what the template had then.
pub(super) fn unite(
    policy: Policy,
    mine: &[u8],
    ours: &str,
    offered: &[u8],
    theirs: &[u8],
) -> Option<United> {
    let mine = from_utf8(mine).ok()?;
    let theirs = from_utf8(theirs).ok()?;
    let offered = from_utf8(offered).ok()?;
    match policy {
        Policy::Merge => None,
        Policy::Once => Some(United {
            text: mine.into(),
            ours: String::new(),
        }),
        Policy::Keys => Some(United {
            text: env_file::unite(mine, ours, offered, theirs),
            ours: env_file::unite(ours, ours, &format!("{offered}\n{mine}"), theirs),
        }),
        Policy::Lines => Some(unite_lines(mine, ours, offered, theirs)),
    }
}

fn unite_lines(mine: &str, ours: &str, offered: &str, theirs: &str) -> United {
    let wanted = lines::rules(theirs);
    let is_wanted = |line: &&str| wanted.iter().any(|wanted| wanted == line);
    let (kept, gone): (Vec<_>, Vec<_>) = ours.lines().partition(is_wanted);
    let (text, _) = lines::take_out(mine, &gone, false);
    // What was offered and is not ours is the owner's, or was taken out by them.
    let stands = |text: &str, line: &str| text.lines().any(|there| there.trim() == line);
    let is_open = |line: &&String| !stands(offered, line) || stands(ours, line);
    let open: Vec<_> = wanted.iter().filter(is_open).cloned().collect();
    let (text, added) = lines::unite(&text, &open, ours);
    let added = added.iter().map(String::as_str);
    let ours = kept.into_iter().chain(added);
    let ours = ours.map(|line| format!("{line}\n")).collect();
    United { text, ours }
}

fn written(mine: &[u8], text: String) -> Verdict {
    if text.as_bytes() == mine {
        return keep(Word::Yours);
    }
    Verdict {
        word: Word::Merged,
        write: Some(text.into_bytes()),
    }
}

fn keep(word: Word) -> Verdict {
    Verdict { word, write: None }
}
