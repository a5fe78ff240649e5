//! What was typed, or was answered before, and cannot be done.

use crate::{
    feature::Key,
    refusal::{AnswersRefusal, PrefixOwner, TableProblem},
};

pub(super) fn sentence(why: &AnswersRefusal) -> String {
    use AnswersRefusal as Why;
    match why {
        Why::NotBuilt { flags } => not_built(flags),
        Why::Contradiction { feature, needed } => {
            format!(
                "--{feature} needs --{needed}; leave --no-{needed} out, or leave --{feature} out"
            )
        }
        Why::StillNeeded { stays, needed } => format!(
            "this project has {stays}, which needs {needed}; leave --no-{needed} out, or add --no-{stays}"
        ),
        Why::TableName { name, why } => {
            format!("the users table cannot be named `{name}`: {}", table(why))
        }
        Why::Pattern { typed, why } => format!("{typed} is no pattern: {why}"),
        Why::BackToSqlite => {
            "this project uses postgres, and there is no way back to sqlite; leave --database out"
                .into()
        }
        Why::OtherKeys { written } => {
            let (is, flag) = keys(*written);
            format!(
                "this project has {is}, and installing again cannot change them; \
                 leave {flag} out, or start a new project with it"
            )
        }
        Why::RecordedKeys { written } => format!(
            "this project has {}, and installing again cannot change them; \
             put `binary_id = {}` back into .sigra/manifest.toml",
            keys(*written).0,
            *written == Key::Uuid
        ),
        Why::OtherTable { is, wanted } => format!(
            "the users table of this project is {is}, and installing again cannot rename it; \
             leave --table out, or write a migration with `alter table {is} rename to {wanted}`, \
             put `table = \"{wanted}\"` into .sigra/manifest.toml and run this again"
        ),
    }
}

fn not_built(flags: &[String]) -> String {
    let (verb, them) = if flags.len() == 1 {
        ("is", "it")
    } else {
        ("are", "them")
    };
    format!(
        "{} {verb} not built yet; \
         leave {them} out, and a later version will add {them} to this project",
        flags.join(", ")
    )
}

fn keys(written: Key) -> (&'static str, &'static str) {
    match written {
        Key::Uuid => ("UUID keys", "--no-binary-id"),
        Key::Integer => ("integer keys", "--binary-id"),
    }
}

fn table(why: &TableProblem) -> String {
    match why {
        TableProblem::NotSnakeCase => {
            "write it with small letters, digits and _, beginning with a letter, such as `members`"
                .into()
        }
        TableProblem::TooLong { letters, most } => format!(
            "that has {letters} letters, and with more than {most} PostgreSQL would cut the names \
             of its indexes"
        ),
        TableProblem::Prefix { start, owner } => {
            let owner = match owner {
                PrefixOwner::Database(database) => database.title(),
                PrefixOwner::JobQueue => "the job queue",
            };
            format!("names that begin with {start} belong to {owner}")
        }
        TableProblem::Keyword => {
            "that is a word of SQL in PostgreSQL or SQLite; choose another, such as `members`"
                .into()
        }
        TableProblem::Taken => "another table or index of the accounts has that name".into(),
    }
}
