//! `.gitignore`, `.gitattributes` and `.env`: lines and keys that should be there.

use anyhow::Result;

use super::{Proposal, Random, Step};
use crate::{
    base64,
    edit::{env_file, lines},
    manifest::{EditRecord, Found},
    project::git::EnvFile,
};

const ENV: &str = ".env";
const IGNORE: &str = ".gitignore";
const ATTRIBUTES: &str = ".gitattributes";
/// Lines of `.gitignore` that keep `.env` out of version control.
const IGNORES_ENV: [&str; 5] = [".env", "/.env", ".env*", "/.env*", "*.env"];

impl Proposal<'_> {
    /// Lines first: secrets are only written where git will not take them along.
    pub(super) fn around(&mut self, random: Random) -> Result<()> {
        self.lines("ignore", IGNORE, &self.plan.needs.ignore)?;
        self.lines("attributes", ATTRIBUTES, &self.plan.needs.attributes)?;
        self.secrets(random)
    }

    fn lines(&mut self, record: &str, path: &str, wanted: &[String]) -> Result<()> {
        let known = self.before.edits.get(record).cloned();
        let there = self.draft.text(path)?;
        let how = match &known {
            Some(known) => known.found,
            None => Found::of(there.as_deref()),
        };
        let known = known.unwrap_or_default().text;
        let found = there.unwrap_or_default();
        let (text, added) = lines::unite(&found, wanted, &known);
        if added.is_empty() {
            return Ok(());
        }
        self.draft.write(path, text.as_bytes());
        // In the order of the templates, as if they had been added at once.
        let has = |line: &str| known.lines().any(|known| known == line);
        let left = known
            .lines()
            .filter(|line| !wanted.iter().any(|wanted| wanted == line));
        let ours = wanted
            .iter()
            .filter(|line| has(line) || added.contains(line));
        let ours = ours.map(String::as_str).chain(left);
        let text = ours.map(|line| format!("{line}\n")).collect();
        self.manifest.edits.insert(
            record.into(),
            EditRecord {
                file: path.into(),
                text,
                found: how,
            },
        );
        self.note(path, added);
        Ok(())
    }

    fn secrets(&mut self, random: Random) -> Result<()> {
        let found = self.draft.text(ENV)?.unwrap_or_default();
        let is_there = |key: &str| env_file::keys(&found).any(|there| there == key);
        let secrets = self.plan.needs.secrets.iter();
        let missing: Vec<_> = secrets.filter(|(key, _)| !is_there(key)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = missing.iter().map(|(key, _)| key.clone()).collect();
        if let Some(step) = self.before_secrets(&names)? {
            self.changes.remaining.push(step);
            return Ok(());
        }
        let line = |(key, bytes): &&(String, usize)| {
            anyhow::Ok(format!("{key}={}", base64::encode(&random(*bytes)?)))
        };
        let lines: Vec<_> = missing.iter().map(line).collect::<Result<_>>()?;
        let shown: Vec<_> = names
            .iter()
            .map(|key| format!("{key}=<generated>"))
            .collect();
        let text = env_file::append(&found, &lines);
        self.draft
            .write_secret(ENV, text.as_bytes(), &env_file::append("", &shown));
        self.note(ENV, names);
        Ok(())
    }

    /// What has to be done before a secret may be written: git must not take it along.
    fn before_secrets(&self, secrets: &[String]) -> Result<Option<Step>> {
        let secrets = secrets.to_vec();
        let ignore = self.draft.text(IGNORE)?.unwrap_or_default();
        let has_line = || {
            let mut lines = ignore.lines();
            lines.any(|line| IGNORES_ENV.contains(&line.trim()))
        };
        Ok(match self.project.env {
            EnvFile { is_kept: true, .. } => Some(Step::UntrackEnv { secrets }),
            EnvFile {
                is_ignored: true, ..
            } => None,
            _ if has_line() => None,
            _ => Some(Step::IgnoreEnv { secrets }),
        })
    }
}
