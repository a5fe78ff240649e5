//! `.sigra/manifest.toml`: the answers, and what was written. It alone says what is ours; comments
//! in somebody's code never do.

mod text;

pub use self::text::newest_templates;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    answers,
    feature::{Answer, Database, Features, Key, Shape},
    refusal::{ManifestRefusal, Refusal},
    sum::Sum,
};

pub use crate::paths::MANIFEST as PATH;

/// What is recorded about a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The template set that produced every base.
    pub templates: String,
    /// What the last run wrote for. An answer that was edited since is compared with it.
    pub written: Written,
    /// Where people are kept.
    pub database: Option<Database>,
    /// What the rows of every table are known by.
    pub key: Key,
    /// The users table.
    pub table: answers::Table,
    /// The optional features that there was an answer to.
    pub features: BTreeMap<String, Answer>,
    /// Whether the project was made by `cargo new`.
    pub starter: Option<Shape>,
    /// The files, by template id.
    pub files: BTreeMap<String, FileRecord>,
    /// The migrations, by template id.
    pub migrations: BTreeMap<String, MigrationRecord>,
    /// What was put into files that are not ours, by name.
    pub edits: BTreeMap<String, EditRecord>,
    /// The dependencies, by name.
    pub deps: BTreeMap<String, DepRecord>,
    /// The conflicts that are marked in files and wait for their owner, by template id.
    pub pending: BTreeMap<String, PendingRecord>,
    /// The templates whose news were left for another run (`--only`, `--skip`, `--only-security`), by
    /// id, a migration's as `migrations/id`: each with the version that the project has of it.
    pub held: BTreeMap<String, String>,
    /// The modules that went with features or got another name (`web::api`) while files of the owner's
    /// named them: as long as these do, that is told.
    pub gone: BTreeSet<String>,
}

/// The answers of the last run, as far as what follows from them cannot just be written over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The database that the migrations are for.
    pub database: Option<Database>,
    /// The keys that they make.
    pub key: Option<Key>,
    /// The optional features that have put things around their files.
    pub features: BTreeSet<String>,
}

/// One file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    /// Where it is in the project.
    pub path: String,
    /// The checksum of its base: the render that it was last merged against.
    pub base: Option<Sum>,
    /// What became of it.
    #[serde(default, skip_serializing_if = "State::is_here")]
    pub state: State,
    /// The checksum of the `.sigra-new` file that waits beside it.
    pub sidecar: Option<Sum>,
    /// Where the templates have it, where its owner has moved it elsewhere.
    pub origin: Option<String>,
    /// The template set that produced its base, where that is an older one than the manifest's.
    pub templates: Option<String>,
}

/// What became of a file, where it is not simply there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It is there.
    #[default]
    Here,
    /// Its owner deleted it, and it stays deleted.
    Deleted,
    /// The templates dropped it, and its owner had edited it.
    Orphan,
    /// Ours waits beside it.
    Sidecar,
    /// It is its owner's from now on; it is neither touched nor offered again.
    Forgotten,
}

/// One file with markers in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PendingRecord {
    /// The checksum of the render that is between the markers: the base, once they are gone.
    pub theirs: Sum,
    /// How long the markers are.
    #[serde(default)]
    pub marker: usize,
}

/// One migration. Once written it is never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MigrationRecord {
    /// Where it is, with its timestamp.
    pub path: String,
    /// What was written.
    pub sum: Sum,
}

/// One insertion into a file that is not ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditRecord {
    /// The file.
    pub file: String,
    /// Whether it is to be there.
    #[serde(default)]
    pub state: EditState,
    /// The exact text, for its removal.
    #[serde(default)]
    pub text: String,
    /// How the file was found, where that matters for its removal.
    #[serde(default, skip_serializing_if = "Found::is_there")]
    pub found: Found,
}

/// What is to become of an insertion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EditState {
    /// It was made, and `status` names what of it is missing.
    #[default]
    Applied,
    /// The owner does not want it. It is neither made again nor missed. Owners write this.
    Declined,
}

impl State {
    fn is_here(&self) -> bool {
        *self == Self::Here
    }
}

/// How a file was before the first insertion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Found {
    /// It was there.
    #[default]
    There,
    /// It was not.
    Absent,
    /// Its last line had no end.
    Unended,
}

impl Manifest {
    /// The databases that the project has had. Migrations for one that it has no more are kept under
    /// its name.
    pub fn databases(&self) -> impl Iterator<Item = Database> {
        let kept = self.migrations.keys();
        let kept = kept.filter_map(|id| Database::named(id.split_once('/')?.0));
        self.written.database.into_iter().chain(kept)
    }
}

impl Found {
    fn is_there(&self) -> bool {
        *self == Self::There
    }

    /// Looks at a file.
    #[must_use]
    pub fn of(text: Option<&str>) -> Self {
        match text {
            None => Self::Absent,
            Some(text) if !text.is_empty() && !text.ends_with('\n') => Self::Unended,
            Some(_) => Self::There,
        }
    }
}

/// One dependency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepRecord {
    /// Whether the whole entry is ours.
    #[serde(default)]
    pub created: bool,
    /// The features that were added to somebody else's entry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features_added: Vec<String>,
    /// Our entry as it was written, where the whole of it is ours.
    pub text: Option<String>,
    /// The group that our entry was written into; its name may stand above it as a comment.
    pub group: Option<String>,
    /// Somebody else's entry as it was before.
    pub was: Option<String>,
}

impl Manifest {
    /// The optional features that are on.
    pub fn wanted(&self) -> impl Iterator<Item = &str> {
        let on = self.features.iter().filter(|(_, answer)| answer.is_on());
        on.map(|(name, _)| name.as_str())
    }

    /// Refuses answers about features that this version does not know, and answers that it cannot
    /// give.
    pub fn refuse_unknown(&self, features: Features) -> Result<(), Refusal> {
        let known: BTreeSet<_> = features.optional().collect();
        for (name, answer) in &self.features {
            let feature = features.named(name);
            let Some(feature) = feature.filter(|feature| known.contains(feature.name)) else {
                return Err(ManifestRefusal::UnknownAnswer { name: name.clone() }.into());
            };
            refuse_values(name, answer, feature.all_values())?;
        }
        let mut written = self.written.features.iter();
        match written.find(|name| !known.contains(name.as_str())) {
            Some(name) => Err(ManifestRefusal::UnknownWritten { name: name.clone() }.into()),
            None => Ok(()),
        }
    }

    /// The files with markers in them, and how long those are.
    pub fn marked(&self) -> impl Iterator<Item = (&str, usize)> {
        let pending = self.pending.iter();
        pending.filter_map(|(id, record)| Some((self.files.get(id)?.path.as_str(), record.marker)))
    }
}

fn refuse_values(name: &str, answer: &Answer, known: &[&str]) -> Result<(), Refusal> {
    let Answer::On(values) = answer else {
        return Ok(());
    };
    let Some(value) = values.iter().find(|value| !known.contains(&value.as_str())) else {
        return Ok(());
    };
    let (name, value) = (name.into(), value.clone());
    let known: Vec<_> = known.iter().map(|value| (*value).to_owned()).collect();
    if known.is_empty() {
        let value = format!("[\"{value}\"]");
        return Err(ManifestRefusal::Answer { name, value }.into());
    }
    Err(ManifestRefusal::Value { name, value, known }.into())
}

/// Where the base of a template is kept.
#[must_use]
pub fn base_path(id: &str) -> String {
    format!(".sigra/base/{id}.base")
}

/// Where the render waits that becomes the base of a template once its markers are gone.
#[must_use]
pub fn next_base_path(id: &str) -> String {
    format!(".sigra/base/{id}.next")
}
