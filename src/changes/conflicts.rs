//! Edits and news that do not fit together, as the options of this run say.

use super::{Proposal, Step, files::Case};
use crate::{
    answers::OnConflict,
    manifest::{PendingRecord, next_base_path},
    merge::{self, Base, Labels, Marked, Side, Sides, Texts, Verdict, Word},
    refusal::{ChangesRefusal, Refusal},
    render,
    sum::Sum,
};

impl Proposal<'_> {
    /// What becomes of a file that both sides have changed.
    pub(super) fn in_this_manner(&mut self, case: &Case<'_>, verdict: Verdict) -> Verdict {
        if !verdict.word.needs_sidecar() {
            return verdict;
        }
        match self.plan.options.on_conflict {
            OnConflict::Markers => self.marked(case).unwrap_or(verdict),
            OnConflict::Mine => for_one_side(case, Side::Mine).unwrap_or(verdict),
            // Not even the lines that only its owner has changed could be told apart.
            OnConflict::Theirs if case.base == Base::Lost => verdict,
            OnConflict::Theirs => for_one_side(case, Side::Theirs).unwrap_or(verdict),
            OnConflict::Sidecar => verdict,
            OnConflict::Fail => {
                self.clashes.push(case.path().to_owned());
                verdict
            }
        }
    }

    /// Both texts in the owner's file. None where it cannot hold markers, or has settled for a file
    /// beside it.
    fn marked(&mut self, case: &Case<'_>) -> Option<Verdict> {
        let Sides { base, mine, theirs } = case.sides();
        let (Base::Known(base), Some(mine), Some(theirs)) = (base, mine, theirs) else {
            return None;
        };
        if self.waits_beside(case) {
            return None;
        }
        let marked = Texts::new(case.path(), base, mine, theirs)?.marked(&self.labels(case))?;
        self.leave_pending(case, case.theirs?, &marked);
        Some(Verdict {
            word: Word::Marked,
            write: Some(merge::in_the_style_of(mine, marked.text.as_bytes())),
        })
    }

    fn labels(&self, case: &Case<'_>) -> Labels {
        let record = case.record.as_ref();
        let older = record.and_then(|record| record.templates.as_ref());
        Labels {
            base: format!("sigra {} (base)", older.unwrap_or(&self.before.templates)),
            mine: "yours".into(),
            theirs: format!("sigra {}", self.plan.version),
        }
    }

    fn leave_pending(&mut self, case: &Case<'_>, theirs: &[u8], marked: &Marked) {
        self.draft.write(&next_base_path(case.id), theirs);
        let record = PendingRecord {
            theirs: Sum::of(theirs),
            marker: marked.marker,
        };
        self.manifest.pending.insert(case.id.into(), record);
        let line = merge::first_marker(&marked.text, marked.marker).unwrap_or(1);
        let path = case.path().to_owned();
        self.changes.remaining.push(Step::Resolve { path, line });
    }

    /// Refuses to write anything, where that is how conflicts are to be met.
    pub(super) fn refuse_clashes(&self) -> Result<(), Refusal> {
        if self.clashes.is_empty() {
            return Ok(());
        }
        let files = self.clashes.clone();
        Err(ChangesRefusal::Conflicts { files }.into())
    }
}

/// One side's lines where both have changed the same ones; and where there are no lines to choose
/// from, or they make no sense together, its whole file.
fn for_one_side(case: &Case<'_>, side: Side) -> Option<Verdict> {
    let Sides { base, mine, theirs } = case.sides();
    let (mine, theirs) = (mine?, theirs?);
    let base = match base {
        Base::Known(base) => Some(base),
        Base::None | Base::Lost => None,
    };
    let texts = base.and_then(|base| Texts::new(case.path(), base, mine, theirs));
    let text = texts.map(|texts| texts.in_favour_of(side));
    let text = text.filter(|text| render::check(case.path(), text).is_ok());
    Some(match (text, side) {
        (Some(text), _) => Verdict {
            word: Word::Merged,
            write: Some(merge::in_the_style_of(mine, text.as_bytes())),
        },
        (None, Side::Mine) => Verdict {
            word: Word::Yours,
            write: None,
        },
        (None, Side::Theirs) => Verdict {
            word: Word::Updated,
            write: Some(merge::in_the_style_of(mine, theirs)),
        },
    })
}
