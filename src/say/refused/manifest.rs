//! A manifest that this version cannot work with.

use crate::refusal::{Damage, ManifestRefusal};

const PATH: &str = ".sigra/manifest.toml";

pub(super) fn sentence(why: &ManifestRefusal) -> String {
    use ManifestRefusal as Why;
    match why {
        Why::Schema { schema, known } => {
            format!("{PATH} has schema {schema} and this version knows {known}; update cargo-sigra")
        }
        Why::Database { name } => format!(
            "{PATH} names the database {name}, which this version does not know; \
             bring the file back from version control, or update cargo-sigra"
        ),
        Why::Answer { name, value } => {
            format!("{PATH} answers {name} with {value}; write {name} = true or {name} = false")
        }
        Why::UnknownAnswer { name } => format!(
            "{PATH} has an answer {name}, which this version does not know; \
             take the line out, or update cargo-sigra"
        ),
        Why::Value { name, value, known } => format!(
            "{PATH} answers {name} with {value}, which is none of {}",
            known.join(", ")
        ),
        Why::UnknownWritten { name } => format!(
            "{PATH} says that {name} was written, which this version does not know; \
             update cargo-sigra"
        ),
        Why::Damaged(damage) => format!(
            "{PATH} is damaged, as by a merge that went wrong: {}; bring it back from version \
             control and run this again",
            damaged(damage)
        ),
    }
}

fn damaged(damage: &Damage) -> String {
    match damage {
        Damage::Line { line, why } => format!("line {line}: {why}"),
        Damage::NoSchema => "it has no schema".into(),
        Damage::Kind { kind } => format!("{kind} is no table"),
        Damage::Record { kind, id } => format!("[{kind}.\"{id}\"] is no table"),
        Damage::Key { kind, id, key } => format!("[{kind}.\"{id}\"] has no {key}"),
        Damage::State { id } => format!("nobody knows the state of [file.\"{id}\"]"),
        Damage::Twice { id, other, path } => {
            format!("[file.\"{other}\"] and [file.\"{id}\"] are both {path}")
        }
    }
}
