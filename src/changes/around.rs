//! `.gitignore`, `.gitattributes` and `.env`: lines and keys that should be there.

use anyhow::Result;
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use super::{Note, Proposal, Random, Step};
use crate::{
    edit::{env_file, lines},
    manifest::{EditRecord, Found},
    paths::{ENV, GITATTRIBUTES, GITIGNORE},
    project::EnvFile,
};

/// What a member of a workspace does not have: cargo builds at the top.
const TARGET: &str = "/target";
/// What stands for other letters in a line of `.gitignore`.
const WILD: [char; 5] = ['*', '?', '[', ']', '\\'];
/// Lines of `.gitignore` that keep `.env` out of version control.
const IGNORES_ENV: [&str; 5] = [".env", "/.env", ".env*", "/.env*", "*.env"];

impl Proposal<'_> {
    /// Lines first: secrets are only written where git will not take them along.
    pub(super) fn around(&mut self, random: Random) -> Result<()> {
        let ignore = self.plan.needs.ignore.iter();
        let is_in_vain = |line: &str| line == TARGET && self.project.workspace.is_some();
        let ignore: Vec<_> = ignore.filter(|line| !is_in_vain(line)).cloned().collect();
        self.lines("ignore", GITIGNORE, &ignore)?;
        self.lines("attributes", GITATTRIBUTES, &self.plan.needs.attributes)?;
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
        let known = match there {
            None => self.known_in_force(path, &known),
            Some(_) => known,
        };
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
                ..EditRecord::default()
            },
        );
        self.note(path, added);
        Ok(())
    }

    /// The lines of ours that hold here. Where the file has stayed above the package, those do not that
    /// stand for a path below its own folder.
    fn known_in_force(&self, path: &str, known: &str) -> String {
        let has_ours = |text: &str| {
            let mut lines = text.lines().map(str::trim);
            lines.any(|line| known.lines().any(|known| known == line))
        };
        if self.project.above.file_with(path, has_ours).is_none() {
            return known.into();
        }
        let is_name = |line: &&str| !line.trim_end_matches('/').contains('/');
        let names = known.lines().filter(is_name);
        names.map(|line| format!("{line}\n")).collect()
    }

    fn secrets(&mut self, random: Random) -> Result<()> {
        let found = self.draft.text(ENV)?.unwrap_or_default();
        let is_there = |key: &str| env_file::keys(&found).any(|there| there == key);
        let secrets = self.plan.needs.secrets.iter();
        let missing: Vec<_> = secrets.filter(|(key, _)| !is_there(key)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        if let EnvFile::Above(place) = &self.project.env {
            let files = vec![(ENV.into(), place.clone())];
            self.changes.notes.push(Note::LeftBehind { files });
            return Ok(());
        }
        let names: Vec<_> = missing.iter().map(|(key, _)| key.clone()).collect();
        if let Some(step) = self.before_secrets(names.clone())? {
            self.changes.remaining.push(step);
            return Ok(());
        }
        let line = |(key, bytes): &&(String, usize)| {
            anyhow::Ok(format!("{key}={}", BASE64.encode(random(*bytes)?)))
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

    /// What has to be done before a secret may be written: git must not take it along. Where git
    /// cannot tell, it is taken to do so.
    fn before_secrets(&self, secrets: Vec<String>) -> Result<Option<Step>> {
        let planned = self.draft.text(GITIGNORE)?.unwrap_or_default();
        let found = self.project.tree.text(GITIGNORE)?.unwrap_or_default();
        Ok(match &self.project.env {
            EnvFile::Tracked => Some(Step::UntrackEnv { secrets }),
            EnvFile::Unknown(why) => Some(Step::AskAboutEnv {
                why: why.clone(),
                secrets,
            }),
            EnvFile::Ignored => None,
            EnvFile::NoRepository | EnvFile::Complete if ignores_env(&planned) => None,
            // Git has read the file as it was; what it says counts, unless the line is new.
            EnvFile::NotIgnored if ignores_env(&planned) && !ignores_env(found) => None,
            _ if has_line(&planned) => Some(Step::KeepEnvIgnored { secrets }),
            _ => Some(Step::IgnoreEnv { secrets }),
        })
    }
}

fn has_line(ignore: &str) -> bool {
    ignore.lines().any(is_line)
}

fn is_line(line: &str) -> bool {
    let line = line.trim_start_matches('\u{feff}').trim_end();
    IGNORES_ENV.contains(&line)
}

/// Whether a `.gitignore` keeps `.env` out: of the lines that may be about it, the last one counts.
fn ignores_env(ignore: &str) -> bool {
    let mut lines = ignore.lines().rev();
    let last = lines.find(|line| is_line(line) || may_bring_back(line));
    last.is_some_and(is_line)
}

/// Whether a line with `!` may mean `.env`. What stands before and after its wildcards has to fit.
fn may_bring_back(line: &str) -> bool {
    let Some(pattern) = line.trim_end().strip_prefix('!') else {
        return false;
    };
    let pattern = pattern.trim_start_matches("**/").trim_start_matches('/');
    match pattern.split_once(WILD) {
        None => pattern == ENV,
        Some((start, rest)) => {
            let end = rest.rsplit(WILD).next().unwrap_or_default();
            ENV.starts_with(start) && ENV.ends_with(end)
        }
    }
}
