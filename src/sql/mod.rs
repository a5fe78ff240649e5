//! The little that has to be understood of SQL: which tables, indexes and other relations are there
//! once a migration has run.

mod tokens;

use self::tokens::{Token, tokens};

/// What a relation is. Both databases keep the names of all of them in one list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `create table`, also a virtual or a foreign one.
    Table,
    /// `create index`
    Index,
    /// `create view`, also a materialized one.
    View,
    /// `create sequence`
    Sequence,
    /// `create type`; PostgreSQL makes one for each table.
    Type,
}

/// A relation that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation<O> {
    /// The name in small letters, without schema and quotes.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The migration that made it, or gave it its name.
    pub origin: O,
}

/// The relations that are there after some migrations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema<O> {
    /// In the order in which they were made.
    pub relations: Vec<Relation<O>>,
}

/// One thing that a migration does.
enum Change {
    Create(Kind, String),
    Rename(String, String),
    Drop(Vec<String>),
}

/// The words by which a statement says what it is about.
const KINDS: [(&str, Kind); 5] = [
    ("table", Kind::Table),
    ("index", Kind::Index),
    ("view", Kind::View),
    ("sequence", Kind::Sequence),
    ("type", Kind::Type),
];
/// What may stand between `create` and the kind.
const BEFORE_KIND: [&str; 9] = [
    "or",
    "replace",
    "unique",
    "unlogged",
    "materialized",
    "virtual",
    "foreign",
    "recursive",
    "global",
];
/// What may stand between the kind and the name.
const BEFORE_NAME: [&str; 5] = ["concurrently", "if", "not", "exists", "only"];

/// The tables that are there after a migration, by their names in small letters.
#[must_use]
pub fn tables(sql: &str) -> Vec<String> {
    let relations = after(sql).relations.into_iter();
    let tables = relations.filter(|relation| relation.kind == Kind::Table);
    tables.map(|table| table.name).collect()
}

/// The names of all relations that are there after a migration.
#[must_use]
pub fn relations(sql: &str) -> Vec<String> {
    let relations = after(sql).relations.into_iter();
    relations.map(|relation| relation.name).collect()
}

/// Returns whether a migration drops or renames a relation, whatever it does besides.
#[must_use]
pub fn takes_away(sql: &str, name: &str) -> bool {
    let tokens = tokens(sql);
    let mut statements = tokens.split(|token| *token == Token::Symbol(';'));
    let is_gone = |change| match change {
        Change::Drop(names) => names.iter().any(|gone| gone == name),
        Change::Rename(from, _) => from == name,
        Change::Create(..) => false,
    };
    statements.any(|statement| {
        let mut places = 0..statement.len();
        places.any(|at| change(&statement[at..]).is_some_and(is_gone))
    })
}

fn after(sql: &str) -> Schema<()> {
    let mut schema = Schema {
        relations: Vec::new(),
    };
    schema.run(sql, ());
    schema
}

impl Kind {
    /// The word for it in SQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        let mut kinds = KINDS.iter();
        kinds
            .find(|(_, kind)| *kind == self)
            .map_or("", |(name, _)| name)
    }

    fn named(word: &str) -> Option<Self> {
        let mut kinds = KINDS.iter();
        kinds.find(|(name, _)| *name == word).map(|(_, kind)| *kind)
    }
}

impl<O: Clone> Schema<O> {
    /// Runs one more migration.
    pub fn run(&mut self, sql: &str, origin: O) {
        self.execute(&tokens(sql), &origin);
    }

    fn execute(&mut self, tokens: &[Token], origin: &O) {
        for statement in tokens.split(|token| *token == Token::Symbol(';')) {
            if let [Token::Word(word), rest @ ..] = statement
                && word == "do"
            {
                rest.iter()
                    .for_each(|token| self.execute_body(token, origin));
            }
            for at in 0..statement.len() {
                if let Some(change) = change(&statement[at..]) {
                    self.apply(change, origin);
                }
            }
        }
    }

    /// What an anonymous block of PostgreSQL does is done at once; the body of a function is not.
    fn execute_body(&mut self, token: &Token, origin: &O) {
        if let Token::Body(text) = token {
            self.execute(&tokens(text), origin);
        }
    }

    fn apply(&mut self, change: Change, origin: &O) {
        match change {
            Change::Create(kind, name) => {
                self.relations.retain(|relation| relation.name != name);
                self.relations.push(Relation {
                    name,
                    kind,
                    origin: origin.clone(),
                });
            }
            Change::Rename(from, to) => {
                let found = self.relations.iter().find(|relation| relation.name == from);
                let kind = found.map_or(Kind::Table, |relation| relation.kind);
                self.apply(Change::Drop(vec![from]), origin);
                self.apply(Change::Create(kind, to), origin);
            }
            Change::Drop(names) => self
                .relations
                .retain(|relation| !names.contains(&relation.name)),
        }
    }
}

/// What the statement that begins here does, if it is one of those that matter.
fn change(tokens: &[Token]) -> Option<Change> {
    let [Token::Word(verb), rest @ ..] = tokens else {
        return None;
    };
    match verb.as_str() {
        "create" => {
            let (kind, rest) = kind(skip(rest, &BEFORE_KIND))?;
            let (name, _) = name(rest)?;
            Some(Change::Create(kind, name))
        }
        "alter" => {
            let (_, rest) = kind(skip(rest, &BEFORE_KIND))?;
            let (from, rest) = name(rest)?;
            let [Token::Word(rename), Token::Word(to), rest @ ..] = rest else {
                return None;
            };
            let (name, _) = name(rest)?;
            (rename == "rename" && to == "to").then_some(Change::Rename(from, name))
        }
        "drop" => {
            let (_, rest) = kind(skip(rest, &BEFORE_KIND))?;
            Some(Change::Drop(names(rest)))
        }
        _ => None,
    }
}

fn kind(tokens: &[Token]) -> Option<(Kind, &[Token])> {
    match tokens {
        [Token::Word(word), rest @ ..] => Some((Kind::named(word)?, skip(rest, &BEFORE_NAME))),
        _ => None,
    }
}

/// `schema.name`, of which only the name counts; an index may have none.
fn name(tokens: &[Token]) -> Option<(String, &[Token])> {
    let (name, rest) = match tokens {
        [Token::Word(word), ..] if word == "on" => return None,
        [Token::Word(name) | Token::Quoted(name), rest @ ..] => (name, rest),
        _ => return None,
    };
    match rest {
        [Token::Symbol('.'), rest @ ..] => self::name(rest),
        _ => Some((name.to_lowercase(), rest)),
    }
}

/// `one, two, three`
fn names(mut tokens: &[Token]) -> Vec<String> {
    let mut names = Vec::new();
    while let Some((name, rest)) = name(tokens) {
        names.push(name);
        let [Token::Symbol(','), rest @ ..] = rest else {
            break;
        };
        tokens = rest;
    }
    names
}

fn skip<'t>(tokens: &'t [Token], words: &[&str]) -> &'t [Token] {
    let is_between = |token: &&Token| match token {
        Token::Word(word) => words.contains(&word.as_str()),
        _ => false,
    };
    let count = tokens.iter().take_while(is_between).count();
    &tokens[count..]
}

#[cfg(test)]
mod tests {
    use super::{Schema, relations, tables};

    const NONE: &[&str] = &[];

    #[test]
    fn a_table_is_found_however_it_is_written() {
        for sql in [
            "create table users (id int);",
            "CREATE TABLE IF NOT EXISTS \"users\"(id int);",
            "create unlogged table public.users (id int);",
            "-- create table others\ncreate  table\n  `users` (id int);",
            "create /* the people */ table /* a /* nested */ one */ users (id int)",
            "create table [users] (id int)",
            "create table \"public\" . \"Users\" (id int)",
            "create virtual table users using fts5(name)",
            "create table\n-- with a comment\nusers (note text default '-- no comment', x int)",
            "insert into t values ('it''s; /*'); create table users (id int);",
            "select E'\\'; -- /*'; create table users (id int);",
            "select $$ it's /* $$; create table users (id int);",
            "select $a$ $$ ' $a$; create table users (id int);",
            "create schema shop create table users (id int);",
            "do $$ begin create table users (id int); end $$;",
            "do language plpgsql $x$ begin create table users (id int); end $x$",
            "create table people (id int); alter table people rename to users;",
            "alter table if exists only people rename to users;",
            "create table users (a text default '\\'); select 1; -- '",
            "/* never closed in PostgreSQL /* */ create table users (id int);",
        ] {
            assert_eq!(tables(sql), ["users"], "{sql}");
        }
    }

    #[test]
    fn what_is_only_said_or_gone_again_is_not_there() {
        for sql in [
            "/* create table users (id int); */",
            "/* a /* b */ create table users (id int); */",
            "-- create table users (id int);",
            "select '-- \n create table users (id int)';",
            "select 'create table users; '' create table users (id int)';",
            "select E'\\' create table users (id int)';",
            "select \"create table users\";",
            "create function f() returns void as $$ create table users (id int) $$ language sql;",
            "select $a$; create table users (id int); $a$;",
            "create temp table users (id int);",
            "create temporary table users (id int);",
            "create table users (id int); drop table if exists others, \"users\" cascade;",
            "create table users (id int); alter table users rename to people; drop table people;",
            "alter table users rename column name to nick;",
            "comment on table users is 'create table users';",
            "drop table users; select 'create'",
            "",
        ] {
            assert_eq!(tables(sql), NONE, "{sql}");
        }
    }

    #[test]
    fn the_way_in_which_sqlite_changes_a_table_leaves_it_there() {
        let sql = "create table new_users (id int);\ninsert into new_users select id from users;\n\
                   drop table users;\nalter table new_users rename to users;";
        assert_eq!(tables(sql), ["users"]);
    }

    #[test]
    fn an_index_is_no_table() {
        let sql = "create unique index concurrently if not exists one on users (id);\n\
                   create index two on users (id);\ncreate index on users (id);";
        assert_eq!(tables(sql), NONE);
        assert_eq!(relations(sql), ["one", "two"]);
    }

    #[test]
    fn views_sequences_and_types_have_names_too() {
        let sql = "create or replace view users as select 1; create materialized view a as select 1;\
                   create sequence b; create type c as enum ('x');";
        assert_eq!(tables(sql), NONE);
        assert_eq!(relations(sql), ["users", "a", "b", "c"]);
    }

    #[test]
    fn migrations_run_one_after_the_other() {
        let mut schema = Schema {
            relations: Vec::new(),
        };
        schema.run(
            "create table users (id int); create table carts (id int)",
            1,
        );
        schema.run("alter table users rename to people; drop table carts", 2);
        let relations = schema.relations.iter();
        let found: Vec<_> = relations
            .map(|one| (one.name.as_str(), one.origin))
            .collect();
        assert_eq!(found, [("people", 2)]);
    }
}
