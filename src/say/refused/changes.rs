//! Changes that cannot be made.

use crate::refusal::{Blocked, ChangesRefusal, VersionProblem};

pub(super) fn sentence(why: &ChangesRefusal) -> String {
    use ChangesRefusal as Why;
    match why {
        Why::Format { path } => format!(
            "{path} cannot be edited without changing its format; save it with plain line \
             ends and run this again"
        ),
        Why::Table {
            path,
            kind,
            table,
            is_users_table,
        } => {
            let way_out = if *is_users_table {
                ", or under another name: --table members"
            } else {
                ""
            };
            let article = if *kind == "index" { "an" } else { "a" };
            format!(
                "{path} creates {article} {kind} {table} already; \
                 this version installs only where there is none{way_out}"
            )
        }
        Why::Taken { from, path } => {
            format!("{from} has to go to {path}, where another file is; give that one another name")
        }
        Why::Version(problem) => version(problem),
        Why::Blocked(what) => blocked(what),
        Why::Conflicts { files } => format!(
            "yours and ours do not fit together in {}; nothing was written. \
             Without `--on-conflict fail` both are kept there",
            files.join(", ")
        ),
        Why::OwnName { name } => format!(
            "this package is named {name}, and so is a crate that it needs; \
             give it another name in Cargo.toml and run this again"
        ),
        Why::NoMatch { pattern } => format!(
            "{pattern} means no file of the templates; see their paths with `cargo sigra upgrade \
             --dry-run --verbose`"
        ),
    }
}

fn version(why: &VersionProblem) -> String {
    use VersionProblem as Why;
    match why {
        Why::None { path } => format!(
            "sqlx does not read {path}: its name has to begin with a number and `_`; rename it, or \
             move it out of migrations, and run this again"
        ),
        Why::Twice {
            paths: [one, other],
        } => format!(
            "{one} and {other} have the same version, and sqlx runs only one of them; give one of \
             them another number and run this again"
        ),
        Why::Last { path } => format!(
            "{path} has the last version that sqlx knows, so no migration can come after it; give \
             it a smaller number and run this again"
        ),
    }
}

fn blocked(why: &Blocked) -> String {
    use Blocked as Why;
    match why {
        Why::Module { ours, owners } => format!(
            "{owners} is there and {ours} would be written, and a module has only one file (E0584); \
             move {owners} to another module and run this again"
        ),
        Why::Case { ours, owners } => format!(
            "{owners} is there and {ours} would be written, and on macOS and Windows both are the \
             same file; rename {owners} and run this again"
        ),
        Why::Folder { path } => format!(
            "{path} is a file, and files have to be written into a folder of that name; move it \
             out of the way and run this again"
        ),
    }
}
