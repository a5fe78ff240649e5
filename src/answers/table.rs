//! The users table's name: what it may be.

use super::reserved::RESERVED;
use crate::{
    feature::Database,
    refusal::{AnswersRefusal, PrefixOwner, Refusal, TableProblem},
    templates::Templates,
};

/// What is left of the 63 bytes of a name in PostgreSQL when the longest end of an index is put
/// behind it.
const LONGEST: usize = 40;

/// Beginnings that belong to somebody else.
const TAKEN: [(&str, PrefixOwner); 3] = [
    ("pg_", PrefixOwner::Database(Database::Postgres)),
    ("sqlite_", PrefixOwner::Database(Database::Sqlite)),
    ("river_", PrefixOwner::JobQueue),
];

/// The users table's name: that of the table, in foreign keys and in its indexes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table(String);

impl Table {
    /// A table of that name, if a table may be named so in either database.
    pub fn parse(name: &str) -> Result<Self, Refusal> {
        let letters = name.bytes();
        let is_snake = letters.clone().all(is_letter_of_a_name)
            && letters
                .clone()
                .next()
                .is_some_and(|first| first.is_ascii_lowercase());
        let taken = TAKEN.into_iter().find(|(start, _)| name.starts_with(start));
        let problem = match taken {
            _ if !is_snake => TableProblem::NotSnakeCase,
            _ if name.len() > LONGEST => TableProblem::TooLong {
                letters: name.len(),
                most: LONGEST,
            },
            Some((start, owner)) => TableProblem::Prefix { start, owner },
            None if RESERVED.binary_search(&name).is_ok() => TableProblem::Keyword,
            None => return Ok(Self(name.to_owned())),
        };
        Err(no(name, problem))
    }

    /// Refuses the name of another table of ours, or of an index.
    pub fn refuse_second(&self, templates: &Templates) -> Result<(), Refusal> {
        if templates.relations().contains(&self.0) {
            return Err(no(&self.0, TableProblem::Taken));
        }
        Ok(())
    }

    /// As it stands in SQL.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl Default for Table {
    fn default() -> Self {
        Self("users".into())
    }
}

fn is_letter_of_a_name(letter: u8) -> bool {
    letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_'
}

fn no(name: &str, why: TableProblem) -> Refusal {
    let name = name.into();
    AnswersRefusal::TableName { name, why }.into()
}

#[cfg(test)]
mod tests {
    use super::{RESERVED, Table};

    fn refusal(name: &str) -> String {
        Table::parse(name).unwrap_err().to_string()
    }

    #[test]
    fn the_reserved_words_are_sorted_and_each_is_there_once() {
        assert!(RESERVED.is_sorted_by(|one, other| one < other));
    }

    #[test]
    fn a_plain_name_is_fine() {
        for name in ["a", "users", "members", "people_2", &"a".repeat(40)] {
            assert_eq!(Table::parse(name).unwrap().name(), name);
        }
    }

    #[test]
    fn a_name_is_written_small_and_begins_with_a_letter() {
        for name in [
            "", "Users", "2users", "_users", "my users", "my-users", "users;", "größe",
        ] {
            assert_eq!(
                refusal(name),
                format!(
                    "the users table cannot be named `{name}`: write it with small letters, digits and _, beginning with a letter, such as `members`"
                )
            );
        }
    }

    #[test]
    fn a_name_leaves_room_for_those_of_its_indexes() {
        let name = "a".repeat(41);
        assert_eq!(
            refusal(&name),
            format!(
                "the users table cannot be named `{name}`: that has 41 letters, and with more than 40 PostgreSQL would cut the names of its indexes"
            )
        );
    }

    #[test]
    fn some_beginnings_belong_to_others() {
        for (name, start, whose) in [
            ("pg_users", "pg_", "PostgreSQL"),
            ("sqlite_users", "sqlite_", "SQLite"),
            ("river_users", "river_", "the job queue"),
        ] {
            assert_eq!(
                refusal(name),
                format!(
                    "the users table cannot be named `{name}`: names that begin with {start} belong to {whose}"
                )
            );
        }
    }

    #[test]
    fn a_word_of_sql_is_refused() {
        for name in [
            "user",
            "order",
            "group",
            "table",
            "authorization",
            "pragma",
            "index",
        ] {
            assert_eq!(
                refusal(name),
                format!(
                    "the users table cannot be named `{name}`: that is a word of SQL in PostgreSQL or SQLite; choose another, such as `members`"
                )
            );
        }
    }
}
