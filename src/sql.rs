//! The little that has to be understood of SQL: what a migration creates.

/// The tables that are created, by their names in small letters.
pub fn tables(sql: &str) -> Vec<String> {
    created(sql, &["table"])
}

/// The tables and indexes that are created: both databases keep their names in one list.
pub fn relations(sql: &str) -> Vec<String> {
    created(sql, &["table", "index"])
}

/// Returns whether a table is dropped or renamed.
pub fn takes_away(sql: &str, table: &str) -> bool {
    let words = words(sql);
    let names = |word: &String| word.rsplit('.').next() == Some(table);
    let takes = |part: &[String]| {
        ["drop", "rename"]
            .iter()
            .any(|verb| part.contains(&(*verb).into()))
    };
    // `drop table if exists NAME`, `alter table NAME rename`: the words around the name.
    (0..words.len()).filter(|at| names(&words[*at])).any(|at| {
        let around = at.saturating_sub(4)..(at + 2).min(words.len());
        takes(&words[around])
    })
}

fn created(sql: &str, kinds: &[&str]) -> Vec<String> {
    let words = words(sql);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let starts = (0..words.len()).filter(|at| words[*at] == "create");
    starts
        .filter_map(|at| name(&words[at + 1..], kinds))
        .map(str::to_owned)
        .collect()
}

/// `unique index if not exists NAME`, without the `create` before it.
fn name<'a>(words: &[&'a str], kinds: &[&str]) -> Option<&'a str> {
    let is_between = |word: &&&str| ["unique", "temp", "temporary", "unlogged"].contains(*word);
    let rest = &words[words.iter().take_while(is_between).count()..];
    let rest = rest
        .split_first()
        .filter(|(kind, _)| kinds.contains(kind))?
        .1;
    let is_before = |word: &&&str| ["concurrently", "if", "not", "exists"].contains(*word);
    let name = rest.get(rest.iter().take_while(is_before).count())?;
    name.rsplit('.').next()
}

/// The words, without comments and quotes, in small letters.
fn words(sql: &str) -> Vec<String> {
    let lines = sql
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default());
    let words = lines.flat_map(|line| {
        line.split(|letter: char| !(letter.is_alphanumeric() || "_.\"`".contains(letter)))
    });
    words
        .map(|word| word.replace(['"', '`'], "").to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{relations, tables, takes_away};

    #[test]
    fn a_table_is_found_however_it_is_written() {
        for sql in [
            "create table users (id int);",
            "CREATE TABLE IF NOT EXISTS \"users\"(id int);",
            "create unlogged table public.users (id int);",
            "-- create table others\ncreate  table\n  `users` (id int);",
        ] {
            assert_eq!(tables(sql), ["users"], "{sql}");
        }
    }

    #[test]
    fn an_index_is_no_table() {
        let sql = "create unique index concurrently if not exists one on users (id);\ncreate index two on users (id);";
        assert_eq!(tables(sql), Vec::<String>::new());
        assert_eq!(relations(sql), ["one", "two"]);
    }

    #[test]
    fn a_table_that_is_dropped_or_renamed_is_taken_away() {
        for (sql, is_away) in [
            (
                "drop table if exists users; create table users (id int);",
                true,
            ),
            ("alter table public.users rename to old;", true),
            ("create table users (id int); drop table others;", false),
            ("create table users (id int);", false),
        ] {
            assert_eq!(takes_away(sql, "users"), is_away, "{sql}");
        }
    }

    #[test]
    fn what_is_dropped_or_only_mentioned_is_not_created() {
        assert_eq!(
            relations("drop table users; select 'create'"),
            Vec::<String>::new()
        );
    }
}
