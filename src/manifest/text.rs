//! The manifest's text: read, and written the same way for the same contents.

use std::collections::BTreeMap;

use anyhow::Result;
use toml_edit::{Array, DocumentMut, Item, Table, value};

use super::{
    Manifest, Written, damage,
    records::{
        dep, dep_table, edit, edit_table, file, file_table, flag_at, migration, migration_table,
        pending, pending_table, records, table, tables, text_at,
    },
};
use crate::{
    answers,
    feature::{Answer, Database, Key, Shape},
    refusal::{ManifestRefusal, Refusal},
};

/// The newest form that this version reads, and the one that it writes.
const SCHEMA: i64 = 1;
/// The answers that are always there; every other one is that of an optional feature.
const ANSWERS: [&str; 5] = ["database", "binary_id", "table", "starter", "library"];
const HEADER: &str =
    "# What cargo sigra wrote into this project. Commit it: updates need it to keep your edits.\n";

impl Manifest {
    /// Reads the text of a manifest.
    pub fn parse(text: &str) -> Result<Self> {
        let document = text.parse::<DocumentMut>();
        let document = document.map_err(|why| damage::unreadable(text, &why))?;
        let schema = document
            .get("schema")
            .and_then(Item::as_integer)
            .unwrap_or_default();
        if schema > SCHEMA {
            let known = SCHEMA;
            return Err(ManifestRefusal::Schema { schema, known }.into());
        }
        let document = document.as_item();
        damage::refuse(document)?;
        let answers = document.get("answers");
        let (database, key, features) = (database(answers)?, key(answers), features(answers)?);
        Ok(Self {
            templates: text_at(document, "templates"),
            written: written(document),
            database,
            key,
            table: users_table(answers)?,
            features,
            starter: starter(answers),
            files: records(document, "file", file),
            migrations: records(document, "migration", migration),
            edits: records(document, "edit", edit),
            deps: records(document, "dep", dep),
            pending: records(document, "pending", pending),
            held: held(document),
        })
    }

    /// The text of the manifest, the same for the same contents.
    #[must_use]
    pub fn text(&self) -> String {
        let mut document = DocumentMut::new();
        document["schema"] = value(SCHEMA);
        document["templates"] = value(&self.templates);
        document["written"] = value(self.written());
        document["answers"] = Item::Table(self.answers());
        tables(&mut document, "file", &self.files, file_table);
        tables(
            &mut document,
            "migration",
            &self.migrations,
            migration_table,
        );
        tables(&mut document, "edit", &self.edits, edit_table);
        tables(&mut document, "dep", &self.deps, dep_table);
        tables(&mut document, "pending", &self.pending, pending_table);
        if !self.held.is_empty() {
            let held = self.held.iter();
            let held = held.map(|(id, version)| (id.as_str(), value(version)));
            document["held"] = Item::Table(held.collect());
        }
        format!("{HEADER}{document}")
    }

    fn written(&self) -> Array {
        let Written {
            database,
            key,
            features,
        } = &self.written;
        let database = database.map(Database::name).into_iter();
        let names = database.chain(key.map(Key::name));
        names.chain(features.iter().map(String::as_str)).collect()
    }

    fn answers(&self) -> Table {
        let mut answers = table([
            (
                "database",
                self.database
                    .map_or(Item::None, |database| value(database.name())),
            ),
            ("binary_id", value(self.key == Key::Uuid)),
            ("table", value(self.table.name())),
            ("starter", value(self.starter.is_some())),
            ("library", value(self.starter == Some(Shape::Lib))),
        ]);
        let features = self.features.iter();
        answers.extend(features.map(|(name, answer)| (name, item(answer))));
        answers
    }
}

fn held(document: &Item) -> BTreeMap<String, String> {
    let held = document.get("held").and_then(Item::as_table_like);
    let held = held.into_iter().flat_map(|held| held.iter());
    held.map(|(id, version)| (id.into(), version.as_str().unwrap_or_default().into()))
        .collect()
}

fn written(document: &Item) -> Written {
    let names = document.get("written").and_then(Item::as_array);
    let names: Vec<_> = names
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str())
        .collect();
    let is_named = |name: &str| names.contains(&name);
    let is_feature = |name: &&str| Database::named(name).is_none() && Key::named(name).is_none();
    let features = names.iter().copied().filter(is_feature);
    Written {
        database: Database::ALL.into_iter().find(|one| is_named(one.name())),
        key: Key::ALL.into_iter().find(|one| is_named(one.name())),
        features: features.map(str::to_owned).collect(),
    }
}

fn database(answers: Option<&Item>) -> Result<Option<Database>, Refusal> {
    let Some(name) = answers.and_then(|answers| answers.get("database")?.as_str()) else {
        return Ok(None);
    };
    match Database::named(name) {
        Some(database) => Ok(Some(database)),
        None => Err(ManifestRefusal::Database { name: name.into() }.into()),
    }
}

fn features(answers: Option<&Item>) -> Result<BTreeMap<String, Answer>, Refusal> {
    let answers = answers.and_then(Item::as_table_like);
    let all = answers.into_iter().flat_map(|answers| answers.iter());
    all.filter(|(name, _)| !ANSWERS.contains(name))
        .map(|(name, item)| {
            let answer = answer(item).ok_or_else(|| ManifestRefusal::Answer {
                name: name.into(),
                value: item.to_string().trim().into(),
            });
            Ok((name.to_owned(), answer?))
        })
        .collect()
}

/// `true`, `false`, or a list of values.
fn answer(item: &Item) -> Option<Answer> {
    if let Some(is_on) = item.as_bool() {
        return Some(is_on.into());
    }
    let values = item.as_array()?.iter();
    let values: Option<_> = values
        .map(|value| Some(value.as_str()?.to_owned()))
        .collect();
    values.map(Answer::On)
}

fn item(answer: &Answer) -> Item {
    match answer {
        Answer::On(values) if !values.is_empty() => value(Array::from_iter(values)),
        answer => value(answer.is_on()),
    }
}

fn starter(answers: Option<&Item>) -> Option<Shape> {
    let is = |key| answers.is_some_and(|answers| flag_at(answers, key));
    match (is("starter"), is("library")) {
        (false, _) => None,
        (true, false) => Some(Shape::Bin),
        (true, true) => Some(Shape::Lib),
    }
}

fn key(answers: Option<&Item>) -> Key {
    let binary = answers.and_then(|answers| answers.get("binary_id")?.as_bool());
    match binary {
        Some(false) => Key::Integer,
        _ => Key::Uuid,
    }
}

fn users_table(answers: Option<&Item>) -> Result<answers::Table, Refusal> {
    let name = answers.and_then(|answers| answers.get("table")?.as_str());
    name.map_or(Ok(answers::Table::default()), answers::Table::parse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{
        DepRecord, EditRecord, FileRecord, Found, MigrationRecord, PendingRecord, State,
    };

    fn full_answers() -> BTreeMap<String, Answer> {
        let values = ["github".to_owned(), "oidc".to_owned()];
        [
            ("api".to_owned(), true.into()),
            ("jwt".to_owned(), false.into()),
            ("oauth".to_owned(), Answer::On(values.into())),
        ]
        .into()
    }

    fn full() -> Manifest {
        let file = FileRecord {
            path: "src/app.rs".into(),
            base: Some("sha256:1".into()),
            state: State::Sidecar,
            sidecar: Some("sha256:2".into()),
            origin: Some("src/web/app.rs".into()),
            templates: Some("0.0.9".into()),
        };
        Manifest {
            templates: "0.1.0".into(),
            written: Written {
                database: Some(Database::Sqlite),
                key: Some(Key::Uuid),
                features: ["api".to_owned()].into(),
            },
            database: Some(Database::Postgres),
            key: Key::Uuid,
            features: full_answers(),
            table: answers::Table::default(),
            starter: Some(Shape::Lib),
            files: [("app".into(), file)].into(),
            migrations: [(
                "users".into(),
                MigrationRecord {
                    path: "migrations/1_users.sql".into(),
                    sum: "sha256:3".into(),
                },
            )]
            .into(),
            edits: [(
                "ignore".into(),
                EditRecord {
                    file: ".gitignore".into(),
                    text: "a\nb\n".into(),
                    found: Found::Unended,
                },
            )]
            .into(),
            deps: [(
                "axum".into(),
                DepRecord {
                    created: false,
                    features_added: vec!["macros".into()],
                    text: Some("\"0.8\"".into()),
                    group: Some("web".into()),
                    was: Some("axum = \"0.8\"\n".into()),
                },
            )]
            .into(),
            pending: [(
                "app".into(),
                PendingRecord {
                    theirs: "sha256:4".into(),
                    marker: 8,
                },
            )]
            .into(),
            held: [("migrations/locks".into(), "0.0.9".into())].into(),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(Manifest::parse(&full().text()).unwrap(), full());
    }

    #[test]
    fn a_newer_schema_is_refused_with_what_to_do() {
        let error = Manifest::parse("schema = 2").unwrap_err();
        assert_eq!(
            error.to_string(),
            ".sigra/manifest.toml has schema 2 and this version knows 1; update cargo-sigra"
        );
    }
}
