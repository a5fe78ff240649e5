//! What stands around the templates: `Cargo.toml`, `Cargo.lock`, `.gitignore`, `.gitattributes` and
//! `.env`.

use anyhow::Result;
use toml_edit::{DocumentMut, Item, Table};

use super::{Edit, Proposal, Random};
use crate::{
    base64,
    edit::{cargo_lock, cargo_toml, dependencies, env_file, lines},
    manifest::EditRecord,
    merge,
    project::shape,
    refusal::Refusal,
    templates::Group,
};

const CARGO_TOML: &str = "Cargo.toml";
const CARGO_LOCK: &str = "Cargo.lock";
const ENV: &str = ".env";
/// Lines of `.gitignore` that keep `.env` out of version control.
const IGNORES_ENV: [&str; 5] = [".env", "/.env", ".env*", "/.env*", "*.env"];

impl Proposal<'_> {
    /// Puts what the features need into files that are not ours.
    pub(super) fn around(&mut self, random: Random) -> Result<()> {
        self.refuse_own_name()?;
        self.dependencies()?;
        self.keys(CARGO_TOML, "package", &self.plan.needs.package)?;
        self.keys(
            self.project.profiles_manifest(),
            "profile",
            &self.plan.needs.profile,
        )?;
        self.lock()?;
        self.lines("ignore", ".gitignore", &self.plan.needs.ignore)?;
        self.lines("attributes", ".gitattributes", &self.plan.needs.attributes)?;
        self.secrets(random)
    }

    /// A package cannot depend on one of its own name.
    fn refuse_own_name(&self) -> Result<(), Refusal> {
        let name = &self.project.package.name;
        let mut needed = self.groups().into_iter().flat_map(|group| group.crates);
        match needed.any(|needed| needed.name.replace('-', "_") == name.replace('-', "_")) {
            true => Err(Refusal::failed(format!(
                "this package is named {name}, and so is a crate that it needs; \
             give it another name in Cargo.toml and run this again"
            ))),
            false => Ok(()),
        }
    }

    fn groups(&self) -> Vec<Group> {
        let dev = Group {
            name: String::new(),
            crates: self.plan.needs.dev_dependencies.clone(),
        };
        self.plan
            .needs
            .dependencies
            .iter()
            .cloned()
            .chain([dev])
            .collect()
    }

    /// A manifest to edit; one that would come out of the editor reformatted is not touched.
    fn document(&self, path: &str) -> Result<DocumentMut> {
        let text = self.draft.text(path)?.unwrap_or_default();
        let document = shape::parse_manifest(path, &text)?;
        match merge::same(document.to_string().as_bytes(), text.as_bytes()) {
            true => Ok(document),
            false => Err(Refusal::failed(format!(
                "{path} cannot be edited without changing its format; save it with plain line \
                 ends and run this again"
            ))
            .into()),
        }
    }

    fn write_document(&mut self, path: &str, document: &DocumentMut) {
        let before = self.draft.bytes(path).unwrap_or_default();
        let text = merge::in_the_style_of(before, document.to_string().as_bytes());
        self.draft.write(path, &text);
    }

    fn dependencies(&mut self) -> Result<()> {
        let mut document = self.document(CARGO_TOML)?;
        let known = |name: &str| self.before.deps.get(name).cloned();
        let mut done = dependencies::add(
            &mut document,
            "dependencies",
            &self.plan.needs.dependencies,
            &known,
        )?;
        let dev = Group {
            name: String::new(),
            crates: self.plan.needs.dev_dependencies.clone(),
        };
        if !dev.crates.is_empty() {
            done.extend(dependencies::add(
                &mut document,
                "dev-dependencies",
                &[dev],
                &known,
            )?);
        }
        if !done.is_empty() {
            let names: Vec<_> = done.iter().map(|(name, _)| name.clone()).collect();
            self.write_document(CARGO_TOML, &document);
            self.changes.deps.clone_from(&names);
            self.changes.edits.push(Edit {
                path: CARGO_TOML.into(),
                added: names,
            });
            self.manifest.deps.extend(done);
        }
        Ok(())
    }

    /// Keys of a manifest, where they are absent.
    fn keys(&mut self, path: &str, top: &str, wanted: &Table) -> Result<()> {
        let mut document = self.document(path)?;
        let put = cargo_toml::fill(&mut document, top, wanted, &|key| {
            self.before.edits.contains_key(key)
        });
        if put.is_empty() {
            return Ok(());
        }
        self.write_document(path, &document);
        self.note(
            path,
            &put.iter().map(|put| put.key.as_str()).collect::<Vec<_>>(),
        );
        let records = put.into_iter().map(|put| {
            (
                put.key,
                EditRecord {
                    file: path.into(),
                    text: put.value,
                },
            )
        });
        self.manifest.edits.extend(records);
        Ok(())
    }

    /// The tested versions, where the project has chosen none yet.
    fn lock(&mut self) -> Result<()> {
        let name = &self.project.package.name;
        let found = self.draft.text(CARGO_LOCK)?.unwrap_or_default();
        let is_chosen = cargo_lock::packages(&found).any(|package| package != name);
        let Some(lock) = self
            .plan
            .lock
            .as_ref()
            .filter(|_| !is_chosen && self.project.workspace.is_none())
        else {
            return Ok(());
        };
        // A package that shares its name with a locked crate would have to be told apart
        // everywhere; cargo does that.
        if cargo_lock::packages(lock).any(|package| package == name) {
            return Ok(());
        }
        let dependencies = self.asked_versions(lock)?;
        let root = cargo_lock::Root {
            name,
            version: &self.project.package.version,
            dependencies,
        };
        let text = cargo_lock::with_root(lock, &root)?;
        self.draft.write(CARGO_LOCK, text.as_bytes());
        self.note(CARGO_LOCK, &["the tested versions"]);
        Ok(())
    }

    /// Every dependency of the finished manifest that the tested versions cover, ours being all
    /// covered.
    fn asked_versions(&self, lock: &str) -> Result<Vec<(String, String)>> {
        let document = self.document(CARGO_TOML)?;
        let ours = self
            .groups()
            .into_iter()
            .flat_map(|group| group.crates)
            .map(|dependency| dependency.name)
            .collect::<Vec<_>>();
        let tables = ["dependencies", "dev-dependencies", "build-dependencies"]
            .into_iter()
            .filter_map(|name| document.get(name)?.as_table_like());
        let all = tables
            .flat_map(|table| table.iter())
            .map(|(name, item)| asked(name, item));
        Ok(all
            .filter(|(name, _)| {
                ours.contains(name) || cargo_lock::packages(lock).any(|package| package == name)
            })
            .collect())
    }

    fn lines(&mut self, record: &str, path: &str, wanted: &[String]) -> Result<()> {
        let known = self
            .before
            .edits
            .get(record)
            .map(|edit| edit.text.clone())
            .unwrap_or_default();
        let (text, added) =
            lines::unite(&self.draft.text(path)?.unwrap_or_default(), wanted, &known);
        if added.is_empty() {
            return Ok(());
        }
        self.draft.write(path, text.as_bytes());
        self.note(path, &added.iter().map(String::as_str).collect::<Vec<_>>());
        let text = added.iter().fold(known, |text, line| text + line + "\n");
        self.manifest.edits.insert(
            record.into(),
            EditRecord {
                file: path.into(),
                text,
            },
        );
        Ok(())
    }

    /// Random secrets for `.env`, but only where git will not take them along.
    fn secrets(&mut self, random: Random) -> Result<()> {
        let found = self.draft.text(ENV)?.unwrap_or_default();
        let missing: Vec<_> = self
            .plan
            .needs
            .secrets
            .iter()
            .filter(|(key, _)| !env_file::keys(&found).any(|there| there == key))
            .collect();
        let names: Vec<_> = missing.iter().map(|(key, _)| key.as_str()).collect();
        let ignored = self.draft.text(".gitignore")?.unwrap_or_default();
        if missing.is_empty() {
            return Ok(());
        }
        if !ignored
            .lines()
            .any(|line| IGNORES_ENV.contains(&line.trim()))
        {
            self.changes.remaining.push(format!(
                "put .env into .gitignore, then run `cargo sigra install` again for {}",
                names.join(", ")
            ));
            return Ok(());
        }
        let secret = |(key, bytes): &&(String, usize)| {
            Ok(format!("{key}={}", base64::encode(&random(*bytes)?)))
        };
        let lines: Vec<_> = missing.iter().map(secret).collect::<Result<_>>()?;
        let shown: Vec<_> = names
            .iter()
            .map(|key| format!("{key}=<generated>"))
            .collect();
        self.draft.write_secret(
            ENV,
            env_file::append(&found, &lines).as_bytes(),
            &env_file::append("", &shown),
        );
        self.note(ENV, &names);
        Ok(())
    }

    fn note(&mut self, path: &str, added: &[&str]) {
        let added = added.iter().map(|name| (*name).to_owned()).collect();
        self.changes.edits.push(Edit {
            path: path.into(),
            added,
        });
    }
}

/// The real name and the version requirement of a dependency.
fn asked(name: &str, item: &Item) -> (String, String) {
    let text = |key| item.get(key).and_then(Item::as_str);
    let version = item.as_str().or_else(|| text("version")).unwrap_or("*");
    (text("package").unwrap_or(name).into(), version.into())
}
