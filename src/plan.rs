//! Answers and project → every file as it should be, and everything around the files. Nothing is
//! compared here yet.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use anyhow::{Context, Result, bail};
use minijinja::Value;

use crate::{
    answers::{Answers, RunOptions},
    feature::{Feature, Features, Part},
    manifest::Manifest,
    merge::Restyled,
    paths::MIGRATIONS,
    project::Project,
    render::{self, Names},
    sum::Sum,
    templates::{Change, Folder, LOCK_FILE, Needs, Templates, id},
};

/// What a project should hold.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What was wanted.
    pub answers: Answers,
    /// How to go about it.
    pub options: RunOptions,
    /// The version of the templates.
    pub version: String,
    /// The features that are written.
    pub features: Vec<&'static Feature>,
    /// The list that they are from.
    pub all_features: Features,
    /// The files, by template id.
    pub files: BTreeMap<String, Rendered>,
    /// The files that only a package which stands alone gets.
    pub alone: Vec<String>,
    /// The migrations in their order; their paths get a timestamp when they are written.
    pub migrations: Vec<Migration>,
    /// Dependencies, profiles, lines and secrets.
    pub needs: Needs,
    /// The tested versions.
    pub lock: Option<String>,
    /// What is new in the templates, version by version.
    pub changes: Vec<Change>,
    /// Texts of ours in the owner's formatting.
    pub restyled: Restyled,
    /// What the project was to hold so far, where that includes what is no longer wanted.
    pub former: Option<Box<Self>>,
}

/// A file as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Where it goes.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// A migration as it will be written, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The name without number or timestamp.
    pub id: String,
    /// The SQL.
    pub bytes: Vec<u8>,
}

impl Migration {
    /// Returns whether it has this checksum.
    #[must_use]
    pub fn is(&self, sum: Sum) -> bool {
        Sum::of(&self.bytes) == sum
    }
}

impl Plan {
    /// Renders every template that the answers call for.
    pub fn new(project: &Project, answers: &Answers, templates: &Templates) -> Result<Self> {
        let former = project.manifest();
        let former =
            former.and_then(|manifest| former_answers(manifest, answers, templates.features));
        let former = former.map(|answers| Self::rendered(project, &answers, templates));
        Ok(Self {
            former: former.transpose()?.map(Box::new),
            ..Self::rendered(project, answers, templates)?
        })
    }

    fn rendered(project: &Project, answers: &Answers, templates: &Templates) -> Result<Self> {
        let chosen = chosen(project, answers, templates);
        let mut plan = Self {
            answers: answers.clone(),
            options: RunOptions::default(),
            version: templates.version.clone(),
            features: Vec::new(),
            all_features: templates.features,
            files: BTreeMap::new(),
            alone: Vec::new(),
            migrations: Vec::new(),
            needs: Needs::default(),
            lock: None,
            changes: templates.changes.clone(),
            restyled: Restyled::default(),
            former: None,
        };
        let names = names(project, answers, &chosen, templates);
        let features = templates.features.iter();
        for feature in features.filter(|feature| chosen.contains(feature.name)) {
            if let Some(folder) = templates.folder(feature.name) {
                plan.add(feature, folder, &names)?;
            }
        }
        plan.migrations.sort_by(|one, other| one.id.cmp(&other.id));
        for migration in &mut plan.migrations {
            migration.id = migration_id(&migration.id)?.into();
        }
        Ok(plan)
    }

    fn add(&mut self, feature: &'static Feature, folder: &Folder, names: &Names) -> Result<()> {
        self.features.push(feature);
        self.needs.absorb(&folder.needs);
        if let Some(lock) = &folder.lock {
            let rendered = render::file(LOCK_FILE, lock.as_bytes(), names)?;
            self.lock = rendered.map(String::from_utf8).transpose()?;
        }
        if feature.part == Part::Alone {
            self.alone.extend(folder.files.keys().cloned());
        }
        for (path, contents) in &folder.files {
            let Some(path) = self.path_for_its_choice(path) else {
                continue;
            };
            let rendered = render::file(&path, contents, names)
                .with_context(|| format!("templates/{}", feature.name))?;
            if let Some(bytes) = rendered {
                self.add_file(&path, bytes)?;
            }
        }
        Ok(())
    }

    /// A feature's own migrations are one file per database and key: `07_name.sqlite-uuid.sql` is
    /// `07_name.sql` with those two, and with any others it is not written.
    fn path_for_its_choice<'p>(&self, path: &'p str) -> Option<Cow<'p, str>> {
        let choice = path
            .strip_prefix(MIGRATIONS)
            .and_then(|name| name.strip_suffix(".sql")?.split_once('.'));
        let Some((name, choice)) = choice else {
            return Some(path.into());
        };
        let (database, key) = (self.answers.database.name(), self.answers.key.name());
        (choice == format!("{database}-{key}")).then(|| format!("migrations/{name}.sql").into())
    }

    fn add_file(&mut self, path: &str, bytes: Vec<u8>) -> Result<()> {
        if let Some(name) = path
            .strip_prefix(MIGRATIONS)
            .and_then(|name| name.strip_suffix(".sql"))
        {
            self.migrations.push(Migration {
                id: name.into(),
                bytes,
            });
            return Ok(());
        }
        match self.files.insert(
            id(path).into(),
            Rendered {
                path: path.into(),
                bytes,
            },
        ) {
            None => Ok(()),
            Some(other) => bail!("{path} and {} have the same template id", other.path),
        }
    }
}

fn migration_id(name: &str) -> Result<&str> {
    let (number, id) = name
        .split_once('_')
        .with_context(|| format!("migrations/{name}.sql is not named NN_name.sql"))?;
    if number.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(id)
    } else {
        bail!("migrations/{name}.sql is not named NN_name.sql")
    }
}

/// What was answered so far, where it has brought something that is no longer wanted.
fn former_answers(
    manifest: &Manifest,
    answers: &Answers,
    all_features: Features,
) -> Option<Answers> {
    let written = &manifest.written;
    let database = written.database.unwrap_or(answers.database);
    let mut features = written.features.iter();
    let is_still_wanted = database == answers.database
        && features.all(|name| answers.features.contains_key(name.as_str()));
    let values = |name: &'static str| answers.features.get(name).cloned().unwrap_or_default();
    let named = written.features.iter();
    let named = named.filter_map(|name| Some(all_features.named(name)?.name));
    (!is_still_wanted).then(|| Answers {
        database,
        features: named.map(|name| (name, values(name))).collect(),
        ..answers.clone()
    })
}

/// The names of the features that are written.
fn chosen(project: &Project, answers: &Answers, templates: &Templates) -> BTreeSet<&'static str> {
    let asked = templates.features.iter().filter(|feature| {
        is_asked_for(feature, project, answers) || stays(feature, project, templates)
    });
    templates.with_needs(asked.map(|feature| feature.name))
}

/// Whether a package that has moved into a workspace has the files of one that stands alone: they are
/// kept up to date until their owner deletes them.
fn stays(feature: &Feature, project: &Project, templates: &Templates) -> bool {
    let folder = templates.folder(feature.name);
    let mut ids = folder.into_iter().flat_map(|folder| folder.files.keys());
    let files = project
        .manifest()
        .into_iter()
        .map(|manifest| &manifest.files);
    let is_recorded = |id: &str| files.clone().any(|files| files.contains_key(id));
    feature.part == Part::Alone && ids.any(|path| is_recorded(id(path)))
}

fn is_asked_for(feature: &Feature, project: &Project, answers: &Answers) -> bool {
    match feature.part {
        Part::Always => true,
        Part::Alone => project.workspace.is_none(),
        Part::Starter => answers.starter.is_some(),
        Part::StarterFor(shape) => answers.starter == Some(shape),
        Part::With(database) => answers.database == database,
        Part::Keyed(key) => answers.key == key,
        Part::WithKeyed(database, key) => (answers.database, answers.key) == (database, key),
        Part::MovedTo(database) => {
            let mut former = project.manifest().into_iter().flat_map(Manifest::databases);
            answers.database == database && former.any(|former| former != database)
        }
        Part::Optional => answers.features.contains_key(feature.name),
        Part::Needed | Part::Planned => false,
    }
}

fn names(
    project: &Project,
    answers: &Answers,
    chosen: &BTreeSet<&str>,
    templates: &Templates,
) -> Names {
    let all_features = templates.features;
    let package = &project.package.name;
    let texts = [
        ("name", package.clone()),
        ("crate", project.package.crate_name()),
        ("title", title(package)),
        ("database", answers.database.name().to_owned()),
        ("users", answers.table.name().to_owned()),
    ];
    let features = all_features
        .iter()
        .map(|feature| (feature.name.to_owned(), chosen.contains(feature.name)));
    let tables = all_features.iter().map(|feature| {
        let are_there =
            chosen.contains(feature.name) || are_left(feature, project, answers, templates);
        (format!("{}_tables", feature.name), are_there)
    });
    let values = all_features.iter().flat_map(|feature| {
        let picked = answers.features.get(feature.name);
        let values = feature.all_values().iter();
        values.map(move |value| {
            let is_picked = picked.is_some_and(|picked| picked.contains(*value));
            (format!("{}_{value}", feature.name), is_picked)
        })
    });
    let conditions = features.chain(tables).chain(values);
    texts
        .into_iter()
        .map(|(name, text)| (name.to_owned(), Value::from(text)))
        .chain(conditions.map(|(name, holds)| (name, Value::from(holds))))
        .collect()
}

/// Whether tables of a feature are left from when it was wanted: their rows still have to be erased with the user. Another database
/// has only the tables of what is wanted now.
fn are_left(
    feature: &Feature,
    project: &Project,
    answers: &Answers,
    templates: &Templates,
) -> bool {
    let Some((manifest, folder)) = project.manifest().zip(templates.folder(feature.name)) else {
        return false;
    };
    if manifest
        .written
        .database
        .is_some_and(|database| database != answers.database)
    {
        return false;
    }
    let mut names = folder
        .files
        .keys()
        .filter_map(|path| path.strip_prefix(MIGRATIONS));
    names.any(|name| {
        let name = name.split_once('.').map_or(name, |(name, _)| name);
        migration_id(name).is_ok_and(|id| manifest.migrations.contains_key(id))
    })
}

/// `my-shop` is `My Shop`.
fn title(package: &str) -> String {
    let words = package.split(['-', '_']).filter(|word| !word.is_empty());
    words.map(capital).collect::<Vec<_>>().join(" ")
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect()
}
