//! Changes that cannot be made.

use crate::refusal::ChangesRefusal;

pub(super) fn sentence(why: &ChangesRefusal) -> String {
    use ChangesRefusal as Why;
    match why {
        Why::Format { path } => format!(
            "{path} cannot be edited without changing its format; save it with plain line \
             ends and run this again"
        ),
        Why::Table {
            path,
            table,
            is_users_table,
        } => {
            let way_out = if *is_users_table {
                ", or under another name: --table members"
            } else {
                ""
            };
            format!(
                "{path} creates a table {table} already; \
                 this version installs only where there is none{way_out}"
            )
        }
        Why::Taken { from, path } => {
            format!("{from} has to go to {path}, where another file is; give that one another name")
        }
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
