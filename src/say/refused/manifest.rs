//! A manifest that this version cannot work with.

use crate::{
    paths::MANIFEST,
    refusal::{Damage, ManifestRefusal},
};

pub(super) fn sentence(why: &ManifestRefusal) -> String {
    use ManifestRefusal as Why;
    match why {
        Why::Newer { templates, program } => format!(
            "this project has the templates of cargo-sigra {templates}, and this is {program}, which \
             would take them back; update cargo-sigra (`cargo install cargo-sigra`) and run this again"
        ),
        Why::Schema { schema, known } => {
            format!(
                "{MANIFEST} has schema {schema} and this version knows {known}; update cargo-sigra"
            )
        }
        Why::Database { name } => format!(
            "{MANIFEST} names the database {name}, which this version does not know; \
             bring the file back from version control, or update cargo-sigra"
        ),
        Why::Answer { name, value } => {
            format!("{MANIFEST} answers {name} with {value}; write {name} = true or {name} = false")
        }
        Why::UnknownAnswer { name } => format!(
            "{MANIFEST} has an answer {name}, which this version does not know; \
             take the line out, or update cargo-sigra"
        ),
        Why::Value { name, value, known } => format!(
            "{MANIFEST} answers {name} with {value}, which is none of {}",
            known.join(", ")
        ),
        Why::UnknownWritten { name } => format!(
            "{MANIFEST} says that {name} was written, which this version does not know; \
             update cargo-sigra"
        ),
        Why::Unknown { line, why } => format!(
            "{MANIFEST}:{line}: {why}; was it written by a newer version? Update cargo-sigra, or take \
             that out"
        ),
        Why::Damaged(damage) => format!(
            "{MANIFEST} is damaged, as by a merge that went wrong: {}; bring it back from version \
             control and run this again",
            damaged(damage)
        ),
    }
}

fn damaged(damage: &Damage) -> String {
    match damage {
        Damage::Line { line, why } => format!("line {line}: {why}"),
        Damage::Version { text } => format!("templates = \"{text}\" is no version"),
        Damage::NoSchema => "it has no schema".into(),
        Damage::NoPath { id } => format!("[file.\"{id}\"] has no path"),
        Damage::Twice { id, other, path } => {
            format!("[file.\"{other}\"] and [file.\"{id}\"] are both {path}")
        }
    }
}
