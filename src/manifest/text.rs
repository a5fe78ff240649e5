//! The manifest's text: read, and written the same way for the same contents.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    DepRecord, EditRecord, FileRecord, Manifest, MigrationRecord, PendingRecord, State, Written,
};
use crate::{
    answers,
    feature::{Answer, Database, Key, Shape},
    records,
    refusal::{Damage, ManifestRefusal, Refusal},
};

/// The newest form that this version reads, and the one that it writes.
const SCHEMA: i64 = 1;
const HEADER: &str =
    "# What cargo sigra wrote into this project. Commit it: updates need it to keep your edits.\n";

type Records<R> = BTreeMap<String, R>;

/// The document as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    schema: i64,
    templates: String,
    #[serde(default)]
    written: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    gone: BTreeSet<String>,
    #[serde(default)]
    answers: StoredAnswers,
    #[serde(default)]
    file: Records<FileRecord>,
    #[serde(default)]
    migration: Records<MigrationRecord>,
    #[serde(default)]
    edit: Records<EditRecord>,
    #[serde(default)]
    dep: Records<DepRecord>,
    #[serde(default)]
    pending: Records<PendingRecord>,
    #[serde(default)]
    held: Records<String>,
}

/// The answers that are always there, and those about optional features.
#[derive(Default, Serialize, Deserialize)]
struct StoredAnswers {
    database: Option<String>,
    binary_id: Option<bool>,
    table: Option<String>,
    #[serde(default)]
    starter: bool,
    #[serde(default)]
    library: bool,
    #[serde(flatten)]
    features: BTreeMap<String, StoredAnswer>,
}

/// The answer about one feature: `true`, `false`, or a list of values.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum StoredAnswer {
    Flag(bool),
    Values(Vec<String>),
    Other(Value),
}

/// What is read of a manifest of any age.
#[derive(Deserialize)]
struct Head {
    schema: i64,
    #[serde(default)]
    templates: String,
    #[serde(default)]
    file: Records<HeadOfFile>,
}

#[derive(Deserialize)]
struct HeadOfFile {
    templates: Option<String>,
}

/// Returns the newest template set that anything in a project is of, by the text of its manifest,
/// whatever else in it this version does not know.
#[must_use]
pub fn newest_templates(text: &str) -> Option<Version> {
    let head: Head = records::read(text).ok()?;
    let files = head.file.into_values().filter_map(|file| file.templates);
    let versions = files.chain([head.templates]);
    let versions = versions.filter_map(|text| Version::parse(&text).ok());
    versions.max_by(Version::cmp_precedence)
}

impl Manifest {
    /// Reads the text of a manifest.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let head: Head = records::read(text).map_err(unreadable)?;
        let (schema, known) = (head.schema, SCHEMA);
        if schema > known {
            return Err(ManifestRefusal::Schema { schema, known }.into());
        }
        if schema < 1 {
            return Err(Damage::NoSchema.into());
        }
        let stored: Stored = records::read(text).map_err(unreadable)?;
        let manifest = Self::from_stored(stored)?;
        manifest.refuse_nonsense()?;
        Ok(manifest)
    }

    /// The text of the manifest, the same for the same contents.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{HEADER}{}", records::text(&self.stored()))
    }

    fn from_stored(stored: Stored) -> Result<Self, Refusal> {
        let answers = stored.answers;
        let database = answers.database.as_deref().map(database).transpose()?;
        let table = answers.table.as_deref().map(answers::Table::parse);
        Ok(Self {
            templates: stored.templates,
            written: written(&stored.written),
            database,
            key: match answers.binary_id {
                Some(false) => Key::Integer,
                _ => Key::Uuid,
            },
            table: table.transpose()?.unwrap_or_default(),
            starter: answers.starter.then_some(if answers.library {
                Shape::Lib
            } else {
                Shape::Bin
            }),
            features: features(answers.features)?,
            files: stored.file,
            migrations: stored.migration,
            edits: stored.edit,
            deps: stored.dep,
            pending: stored.pending,
            held: stored.held,
            gone: stored.gone,
        })
    }

    fn stored(&self) -> Stored {
        let features = self.features.iter();
        Stored {
            schema: SCHEMA,
            templates: self.templates.clone(),
            written: self.written.names().map(str::to_owned).collect(),
            answers: StoredAnswers {
                database: self.database.map(|database| database.name().to_owned()),
                binary_id: Some(self.key == Key::Uuid),
                table: Some(self.table.name().to_owned()),
                starter: self.starter.is_some(),
                library: self.starter == Some(Shape::Lib),
                features: features
                    .map(|(name, answer)| (name.clone(), stored(answer)))
                    .collect(),
            },
            file: self.files.clone(),
            migration: self.migrations.clone(),
            edit: self.edits.clone(),
            dep: self.deps.clone(),
            pending: self.pending.clone(),
            held: self.held.clone(),
            gone: self.gone.clone(),
        }
    }

    /// Refuses what no run has written: a version that is none, or two templates in one file.
    fn refuse_nonsense(&self) -> Result<(), Refusal> {
        let older = self
            .files
            .values()
            .filter_map(|file| file.templates.as_ref());
        let mut versions = older.chain([&self.templates]);
        if let Some(text) = versions.find(|text| Version::parse(text).is_err()) {
            let text = text.clone();
            return Err(Damage::Version { text }.into());
        }
        let mut here = BTreeMap::new();
        let files = self.files.iter();
        for (id, record) in files.filter(|(_, record)| record.state == State::Here) {
            let path = record.path.as_str();
            let id = id.clone();
            if path.is_empty() {
                return Err(Damage::NoPath { id }.into());
            }
            if let Some(other) = here.insert(path, id.clone()) {
                let path = path.into();
                return Err(Damage::Twice { id, other, path }.into());
            }
        }
        Ok(())
    }
}

impl Written {
    fn names(&self) -> impl Iterator<Item = &str> {
        let database = self.database.map(Database::name).into_iter();
        let names = database.chain(self.key.map(Key::name));
        names.chain(self.features.iter().map(String::as_str))
    }
}

fn written(names: &[String]) -> Written {
    let mut written = Written::default();
    for name in names {
        match (Database::named(name), Key::named(name)) {
            (Some(database), _) => written.database = Some(database),
            (None, Some(key)) => written.key = Some(key),
            (None, None) => _ = written.features.insert(name.clone()),
        }
    }
    written
}

fn database(name: &str) -> Result<Database, Refusal> {
    let name = name.to_owned();
    Database::named(&name).ok_or_else(|| ManifestRefusal::Database { name }.into())
}

fn features(answers: BTreeMap<String, StoredAnswer>) -> Result<BTreeMap<String, Answer>, Refusal> {
    let answers = answers.into_iter().map(|(name, answer)| match answer {
        StoredAnswer::Flag(is_on) => Ok((name, is_on.into())),
        StoredAnswer::Values(values) => Ok((name, Answer::On(values.into_iter().collect()))),
        StoredAnswer::Other(value) => {
            let value = value.to_string();
            Err(ManifestRefusal::Answer { name, value }.into())
        }
    });
    answers.collect()
}

fn stored(answer: &Answer) -> StoredAnswer {
    match answer {
        Answer::On(values) if !values.is_empty() => {
            StoredAnswer::Values(values.iter().cloned().collect())
        }
        answer => StoredAnswer::Flag(answer.is_on()),
    }
}

/// Refuses a text that is no manifest, or has more in it than this version knows.
fn unreadable(damage: records::Damage) -> Refusal {
    let records::Damage { line, why } = damage;
    if why.starts_with("unknown ") {
        return ManifestRefusal::Unknown { line, why }.into();
    }
    Damage::Line { line, why }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{
        DepRecord, EditRecord, EditState, FileRecord, Found, MigrationRecord, PendingRecord, State,
    };
    use crate::sum::Sum;

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
            base: Some(Sum::of(b"1")),
            state: State::Sidecar,
            sidecar: Some(Sum::of(b"2")),
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
                    sum: Sum::of(b"3"),
                },
            )]
            .into(),
            edits: [(
                "ignore".into(),
                EditRecord {
                    file: ".gitignore".into(),
                    state: EditState::Declined,
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
                    theirs: Sum::of(b"4"),
                    marker: 8,
                },
            )]
            .into(),
            held: [("migrations/locks".into(), "0.0.9".into())].into(),
            gone: ["web::api".into()].into(),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(Manifest::parse(&full().text()).unwrap(), full());
    }

    #[test]
    fn an_unknown_field_is_named_with_its_line() {
        for (text, why) in [
            ("schema = 1\nowner = 1\n", ":2: unknown field `owner`"),
            (
                "schema = 1\n[file.app]\npath = \"a\"\nhash = \"1\"\n",
                ":4: unknown field `hash`",
            ),
            (
                "schema = 1\n[file.app]\npath = \"a\"\nstate = \"half\"\n",
                ":4: unknown variant `half`",
            ),
        ] {
            let sentence = Manifest::parse(text).unwrap_err().to_string();
            assert!(sentence.contains(why), "{sentence}");
            assert!(
                sentence.contains("Update cargo-sigra, or take"),
                "{sentence}"
            );
        }
    }

    #[test]
    fn the_newest_templates_are_found_whatever_else_is_unknown() {
        let newest = |text: &str| newest_templates(text).map(|version| version.to_string());
        let text = "schema = 9\nowner = 1\ntemplates = \"0.1.0\"\n";
        assert_eq!(newest(text).as_deref(), Some("0.1.0"));
        let file = "[file.app]\ntemplates = \"0.2.0\"\n";
        assert_eq!(newest(&format!("{text}{file}")).as_deref(), Some("0.2.0"));
        assert_eq!(newest("schema = 1\ntemplates = \"soon\"\n"), None);
    }

    #[test]
    fn templates_that_are_no_version_are_damage() {
        let text = "schema = 1\ntemplates = \"soon\"\n";
        let sentence = Manifest::parse(text).unwrap_err().to_string();
        assert!(
            sentence.contains("templates = \"soon\" is no version"),
            "{sentence}"
        );
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
