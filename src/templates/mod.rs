//! The template set: what can be written, before anybody has said what they want.
//!
//! It is a value, built from the folder that is compiled into the program or, in tests, from a few
//! lines of text.

mod changelog;
pub mod features;
mod needs;
mod policy;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use include_dir::{Dir, include_dir};
use toml_edit::Item;

pub use self::{
    changelog::Change,
    needs::{Dependency, Group, Needs},
    policy::Policy,
};
use crate::{
    feature::{FEATURES, Features},
    sql,
};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// The file in every feature's folder that says what the feature needs.
pub const FEATURE_FILE: &str = "feature.toml";
/// The tested versions of every choice, in one file with conditions; without the block of the
/// project's own package.
pub const LOCK_FILE: &str = "Cargo.lock";

/// Where the users table is named in a migration, and a name that it cannot have in its place.
const USERS: &str = "{= users =}";
const OPEN: &str = "_";

/// All features' folders.
#[derive(Clone, Debug)]
pub struct Templates {
    /// The list of features that the folders belong to.
    pub features: Features,
    /// The version that is recorded in projects.
    pub version: String,
    /// What is new in it, version by version.
    pub changes: Vec<Change>,
    folders: BTreeMap<String, Folder>,
}

/// One feature's folder.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    /// Dependencies, profiles, lines and secrets.
    pub needs: Needs,
    /// The files, by their path in the project.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The tested `Cargo.lock`, where the folder holds one.
    pub lock: Option<String>,
}

impl Templates {
    /// The set that is compiled into this program.
    pub fn embedded() -> Result<Self> {
        let mut files = Vec::new();
        collect(&EMBEDDED, &mut files);
        Self::new(env!("CARGO_PKG_VERSION"), files)
    }

    /// A set from paths such as `base/src/app.rs` and their contents.
    pub fn new<'a>(
        version: &str,
        files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Self> {
        Self::with_features(FEATURES, version, files)
    }

    /// The same for another list of features.
    pub fn with_features<'a>(
        features: Features,
        version: &str,
        files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Self> {
        let mut set = Self {
            features,
            version: version.into(),
            changes: Vec::new(),
            folders: BTreeMap::new(),
        };
        for (path, contents) in files {
            if path == changelog::CHANGES_FILE {
                let text = std::str::from_utf8(contents)?;
                set.changes = changelog::parse(text).context("templates/changes.toml")?;
            }
            if let Some((folder, path)) = path.split_once('/') {
                set.folders
                    .entry(folder.into())
                    .or_default()
                    .add(path, contents, features)
                    .with_context(|| format!("templates/{folder}/{path}"))?;
            }
        }
        set.refuse_strangers()?;
        set.refuse_ids_used_again()?;
        Ok(set)
    }

    fn refuse_strangers(&self) -> Result<()> {
        let mut names = self.folders.keys();
        match names.find(|name| self.features.named(name).is_none()) {
            Some(stranger) => {
                bail!("templates/{stranger} has no line in the feature list (src/feature.rs)")
            }
            None => Ok(()),
        }
    }

    /// Projects know a template by its id. One that stood for two could not be told apart.
    fn refuse_ids_used_again(&self) -> Result<()> {
        for (folder, path) in self
            .folders
            .iter()
            .flat_map(|(name, folder)| folder.files.keys().map(move |path| (name, path)))
        {
            let id = id(path);
            let mut all = self.folders.values();
            if let Some(new) = all.find_map(|folder| folder.needs.renamed.get(id)) {
                bail!(
                    "templates/{folder}/{path}: {id} was renamed to {new}; a template's id is never used again"
                );
            }
        }
        Ok(())
    }

    /// A feature's folder, if it is built.
    #[must_use]
    pub fn folder(&self, feature: &str) -> Option<&Folder> {
        self.folders.get(feature)
    }

    /// What a feature is, in a few words: of one with a flag its line tells it, of another its
    /// folder.
    #[must_use]
    pub fn says(&self, feature: &str) -> &str {
        let named = self.features.named(feature);
        match named.and_then(|feature| feature.flag) {
            Some(flag) => flag.says,
            None => self.folder(feature).map_or("", |folder| &folder.needs.says),
        }
    }

    /// These features and whatever they need, and what that needs in turn.
    #[must_use]
    pub fn with_needs<'a>(
        &self,
        chosen: impl IntoIterator<Item = &'a str>,
    ) -> BTreeSet<&'static str> {
        let named = |name| Some(self.features.named(name)?.name);
        let mut open: Vec<_> = chosen.into_iter().filter_map(named).collect();
        let mut all = BTreeSet::new();
        while let Some(name) = open.pop() {
            if all.insert(name) {
                let folder = self.folder(name).into_iter();
                open.extend(folder.flat_map(|folder| &folder.needs.needs));
            }
        }
        all
    }

    /// The oldest compiler that the generated code builds with, such as `1.95`.
    #[must_use]
    pub fn rust_version(&self) -> &str {
        let versions = self.folders.values().filter_map(|folder| {
            folder
                .needs
                .package
                .get("rust-version")
                .and_then(Item::as_str)
        });
        versions.max().unwrap_or("1.0")
    }

    /// The names of the secrets that some choice of features would write into `.env`.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let folders = self.folders.values();
        folders.flat_map(|folder| folder.needs.secrets.iter().map(|(key, _)| key.as_str()))
    }

    /// The names of all tables and indexes that are the same whatever the users table is called.
    #[must_use]
    pub fn relations(&self) -> BTreeSet<String> {
        let files = self.folders.values().flat_map(|folder| &folder.files);
        let migrations = files.filter(|(path, _)| path.ends_with(".sql"));
        let texts = migrations.map(|(_, bytes)| String::from_utf8_lossy(bytes));
        let created = texts.flat_map(|sql| sql::relations(&sql.replace(USERS, OPEN)));
        created.filter(|name| !name.starts_with(OPEN)).collect()
    }

    /// Every path that some choice of features would write.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.folders
            .values()
            .flat_map(|folder| folder.files.keys().map(String::as_str))
    }
}

impl Folder {
    fn add(&mut self, path: &str, contents: &[u8], features: Features) -> Result<()> {
        match path {
            FEATURE_FILE => self.needs = Needs::parse(std::str::from_utf8(contents)?, features)?,
            LOCK_FILE => self.lock = Some(std::str::from_utf8(contents)?.into()),
            _ => _ = self.files.insert(path.into(), contents.into()),
        }
        Ok(())
    }
}

/// The name by which a template is known for ever: `src/accounts/session.rs` is `accounts/session`.
#[must_use]
pub fn id(path: &str) -> &str {
    match path.strip_suffix(".rs") {
        Some(stem) => stem.strip_prefix("src/").unwrap_or(stem),
        None => path,
    }
}

fn collect<'a>(dir: &'a Dir<'a>, files: &mut Vec<(&'a str, &'a [u8])>) {
    files.extend(
        dir.files()
            .filter_map(|file| Some((file.path().to_str()?, file.contents()))),
    );
    dir.dirs().for_each(|dir| collect(dir, files));
}
