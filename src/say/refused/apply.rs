//! Another run that is at work, or was stopped in the middle.

use crate::{refusal::ApplyRefusal, timestamp::Timestamp};

pub(super) fn sentence(why: &ApplyRefusal) -> String {
    use ApplyRefusal as Why;
    match why {
        Why::AtWork => "another `cargo sigra` is writing into this project; \
             wait for it and run this again"
            .into(),
        Why::Stopped {
            verb,
            begun,
            done,
            of,
        } => format!(
            "{} was stopped {}; `cargo sigra recover` goes back, `cargo sigra recover --forward` \
             finishes it",
            run_name(verb.as_deref(), *begun),
            progress(*done, *of)
        ),
        Why::Journal { why } => format!(
            "an earlier run was stopped, and what it has done cannot be told ({why}); bring back \
             the files of your last commit and remove .sigra/txn"
        ),
        Why::ChangedSince { files } => format!(
            "{} changed since that run was stopped, so it cannot be finished; \
             `cargo sigra recover` goes back and leaves what changed as it is",
            files.join(", ")
        ),
        Why::CannotFinish { lost } => format!(
            "that run cannot be finished: what it had put aside for {} is gone; \
             `cargo sigra recover` without --forward goes back",
            lost.join(", ")
        ),
        Why::CannotUndo { lost } => format!(
            "that run cannot be undone: what it had put aside for {} is gone; \
             bring back the files of your last commit and remove .sigra/txn",
            lost.join(", ")
        ),
        Why::RolledBack { why } => {
            format!("{why}; the project is as it was, put this right and run it again")
        }
        Why::RolledBackBut { why, files } => format!(
            "{why}; {} changed while this ran and stay as they are, everything else is as it was",
            files.join(", ")
        ),
        Why::NotRolledBack { why, also } => {
            format!("{why}; run `cargo sigra recover`, which goes back ({also})")
        }
        Why::InTheWay { .. }
        | Why::NotWritable { .. }
        | Why::OtherMount { .. }
        | Why::ChangedMeanwhile { .. } => cannot_be_written(why),
    }
}

/// What was found out before anything was written.
fn cannot_be_written(why: &ApplyRefusal) -> String {
    use ApplyRefusal as Why;
    match why {
        Why::InTheWay { path } => format!(
            "{path} is something else than what cargo sigra makes there; move it out of the way and \
             run this again"
        ),
        Why::NotWritable { path } => format!(
            "{path} cannot be written into; change its permissions, or run this as its owner"
        ),
        Why::OtherMount { path } => format!(
            "{path} is on another mount than the package, and what is there cannot be replaced at \
             one stroke; run this where the whole package is on one mount"
        ),
        Why::ChangedMeanwhile { path } => {
            format!("{path} was changed while this ran; nothing was written, run it again")
        }
        _ => String::new(),
    }
}

/// `` `cargo sigra install` of 2026-11-23 18:05 UTC ``
pub fn run_name(verb: Option<&str>, begun: Option<Timestamp>) -> String {
    let which = match verb {
        Some(verb) => format!("`cargo sigra {verb}`"),
        None => "an earlier run".into(),
    };
    let begun = begun.map(|begun| format!(" of {}", begun.shown()));
    which + &begun.unwrap_or_default()
}

/// `when 3 of its 7 files were written`
pub fn progress(done: usize, of: usize) -> String {
    match (done, of) {
        (0, _) => "before any of its files was written".into(),
        (1, 1) => "when its only file was written".into(),
        _ => format!("when {done} of its {of} files were written"),
    }
}
