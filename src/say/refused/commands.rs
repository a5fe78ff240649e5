//! A verb that cannot be performed here.

use crate::refusal::CommandRefusal;

pub(super) fn sentence(why: &CommandRefusal) -> String {
    use CommandRefusal as Why;
    match why {
        Why::Recover { why } => {
            format!("{why}; put this right and run `cargo sigra recover` again")
        }
        Why::NoDocument { verb } => format!(
            "`cargo sigra {verb}` prints a text for a shell or a terminal and no JSON; \
             leave --format json out"
        ),
        Why::NewFailed { dir } => {
            format!(
                "`cargo new {}` failed; nothing was installed",
                dir.display()
            )
        }
        Why::NoManifest => "there is no .sigra/manifest.toml; bring it back from version control, \
             or run `cargo sigra install` first"
            .into(),
        Why::FileOutside { path, root } => format!(
            "{} is not in this project; name a file in {}",
            path.display(),
            root.display()
        ),
        Why::NotOurs { path, nearest } => {
            format!("{path} was not written by cargo sigra; {}", advice(nearest))
        }
        Why::ForgetMigration { path } => format!(
            "{path} is a migration, which is never touched once it is written; there is nothing to forget"
        ),
        Why::NoTemplate { path } => {
            format!("{path} is no longer part of the templates; bring it back from version control")
        }
        Why::OtherVersion { is, needed, path } => format!(
            "the files of this project are of version {is} and this program has {needed}; \
             run `cargo sigra install` first, then restore {path}"
        ),
        Why::NoMigration { path } => format!(
            "this version no longer has {path} as it was written; bring it back from version control"
        ),
        Why::Edited { path } => format!(
            "{path} has changes of yours, which would be lost; look at them with \
             `cargo sigra install --diff=mine`, then give --yes --overwrite"
        ),
        Why::NoConflicts => {
            "no conflicts are open; `cargo sigra upgrade` alone looks for news".into()
        }
        Why::NeverInstalled => {
            "there is nothing to upgrade here; run `cargo sigra install` first".into()
        }
        Why::NothingToAbort => {
            "there is no run to take back: it has left no conflicts, or was continued, or was \
             made in another copy of this project; git has the files of your last commit"
                .into()
        }
    }
}

fn advice(nearest: &[String]) -> String {
    if nearest.is_empty() {
        return "`cargo sigra status -v` lists those that are".into();
    }
    format!("did you mean {}?", nearest.join(" or "))
}
