//! How a project stands: what became of everything that was written into it, and what is still to
//! do. Looked at anew each time; nothing of it is remembered.

use anyhow::Result;

use crate::{
    changes::{Changes, Note, Notice, Step, Unrecorded, is_owners, is_what_was_found, unrecorded},
    edit::presence::{self, MissingDep},
    manifest::{EditState, Manifest, State},
    merge::{Base, Word, same},
    paths::CARGO_TOML,
    plan::Plan,
    project::{Project, Rule, SIDECAR},
    sum::Sum,
    tracked::{self, TrackedFile},
};

/// What a file of ours is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// As it was written.
    Identical,
    /// Its owner has edited it.
    Yours,
    /// Its owner has deleted it.
    Deleted,
    /// It is gone, and another file is much like it.
    Missing,
    /// It is not here, because git does not bring it along.
    Unkept,
    /// It is not here, and git cannot tell whether a rule hides it.
    Absent,
    /// It has stayed where the package was before.
    Behind,
    /// The templates have dropped it, and its owner had edited it.
    Orphan,
    /// Ours waits beside it.
    Waiting,
    /// It is its owner's alone; nobody looks at it any more.
    Forgotten,
    /// It is no plain file, so nobody looks into it.
    Blocked,
    /// What was written cannot be told, so neither can edits.
    Unknown,
}

/// A file and what it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStatus {
    /// Where it is.
    pub path: String,
    /// Where it was before its owner moved it.
    pub moved_from: Option<String>,
    /// What it is.
    pub state: FileState,
}

/// A migration that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Where it was written.
    pub path: String,
    /// What is the matter with it.
    pub state: MigrationState,
}

/// What is the matter with a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MigrationState {
    /// It is another text.
    Changed,
    /// It is missing, and is written again as it was.
    Missing,
    /// The same, and this rule hides it from git.
    Hidden(Rule),
    /// It is missing, and cannot be written again.
    Lost,
}

/// What is missing in a file that is not ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditStatus {
    /// The file.
    pub path: String,
    /// What was put there and is there no longer.
    pub missing: String,
}

/// Everything there is to say.
#[derive(Clone, Debug)]
pub struct Status {
    /// The version of the templates that the project has.
    pub templates: String,
    /// The version that this program has.
    pub program: String,
    /// Whether that is older than what the project has, so nothing is changed.
    pub is_program_older: bool,
    /// The files.
    pub files: Vec<FileStatus>,
    /// The migrations that are not as they were written.
    pub migrations: Vec<MigrationStatus>,
    /// The migrations that no run has recorded and that get in the way of ours, or are ours.
    pub unrecorded: Vec<Unrecorded>,
    /// What was taken out of files that are not ours.
    pub edits: Vec<EditStatus>,
    /// The dependencies, and features of dependencies, that are missing.
    pub deps: Vec<String>,
    /// What is new in the templates since the project's version, security first.
    pub notices: Vec<Notice>,
    /// What an installation would change, and how.
    pub news: Vec<(String, Option<Word>)>,
    /// The files that an installation would write here and that git does not keep.
    pub local: Vec<String>,
    /// Whether an installation would change anything that git keeps, if only our own records.
    pub would_change: bool,
    /// How many templates were left out of the last run, and wait for another one.
    pub held: usize,
    /// What the owner may want to know as long as it is so.
    pub notes: Vec<Note>,
    /// What is to be done by hand.
    pub remaining: Vec<Step>,
}

impl Status {
    /// Looks at a project that something was installed into.
    pub fn of(
        project: &Project,
        manifest: &Manifest,
        plan: &Plan,
        changes: &Changes,
    ) -> Result<Self> {
        Ok(Self {
            templates: manifest.templates.clone(),
            program: plan.version.clone(),
            is_program_older: false,
            files: files(project, plan, changes),
            migrations: migrations(project, manifest, plan),
            unrecorded: unrecorded(project, manifest, plan),
            edits: edits(project, manifest)?,
            deps: deps(project, manifest, plan)?,
            notices: changes.notices.clone(),
            news: changes.news(),
            local: changes.local().map(str::to_owned).collect(),
            would_change: changes.kept().next().is_some(),
            held: manifest.held.len(),
            notes: changes.lasting_notes().cloned().collect(),
            remaining: remaining(project, manifest, changes),
        })
    }
}

impl FileState {
    /// As it is printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identical => "Identical",
            Self::Yours => "Yours",
            Self::Deleted => "Deleted",
            Self::Missing => "Missing",
            Self::Unkept => "Ignored",
            Self::Absent => "Absent",
            Self::Behind => "Behind",
            Self::Orphan => "Orphan",
            Self::Waiting => "Waiting",
            Self::Forgotten => "Forgotten",
            Self::Blocked => "Blocked",
            Self::Unknown => "Unknown",
        }
    }

    fn of(file: &TrackedFile<'_>, state: State, waits: bool) -> Self {
        match (state, file.sides.base, file.sides.mine) {
            (State::Forgotten, ..) => Self::Forgotten,
            (_, _, None) => Self::Deleted,
            (State::Orphan, ..) => Self::Orphan,
            _ if waits => Self::Waiting,
            (_, Base::Lost, _) => Self::Unknown,
            (_, Base::Known(base), Some(mine)) if same(base, mine) => Self::Identical,
            _ => Self::Yours,
        }
    }
}

fn files(project: &Project, plan: &Plan, changes: &Changes) -> Vec<FileStatus> {
    let files = tracked::files(project, plan);
    let recorded = files.iter().filter_map(|file| Some((file, file.record?)));
    let status = recorded.map(|(file, record)| {
        let beside = format!("{}{SIDECAR}", file.path);
        let is_blocked = project.tree.is_blocked(&file.path);
        let mut moves = changes.files.iter().filter(|one| one.word == Word::Moved);
        if let Some(found) = moves.find(|one| one.from.as_ref() == Some(&file.path)) {
            return FileStatus {
                path: found.path.clone(),
                moved_from: Some(file.path.clone()),
                state: FileState::Identical,
            };
        }
        let mut guesses = changes.guesses.iter();
        let may_be_elsewhere = guesses.any(|guess| guess.from == file.path);
        let waits = project.tree.get(&beside).is_some();
        FileStatus {
            path: file.path.clone(),
            moved_from: record.origin.clone().filter(|path| *path != file.path),
            state: match FileState::of(file, record.state, waits) {
                state if state != FileState::Forgotten && is_blocked => FileState::Blocked,
                state if is_missing(file, record.state) => {
                    let missing = may_be_elsewhere.then_some(FileState::Missing);
                    let why = why_missing(&file.path, project).or(missing);
                    why.unwrap_or(state)
                }
                state => state,
            },
        }
    });
    status.collect()
}

/// Returns whether a file was there and is not, whoever has taken it away.
fn is_missing(file: &TrackedFile<'_>, state: State) -> bool {
    let was_there = matches!(state, State::Here | State::Sidecar | State::Orphan);
    was_there && file.sides.mine.is_none()
}

/// Why a file is missing, where that does not mean that its owner has deleted it.
fn why_missing(path: &str, project: &Project) -> Option<FileState> {
    let ignored = &project.ignored;
    if project.left_behind(path).is_some() {
        Some(FileState::Behind)
    } else if ignored.doubt().is_some() {
        Some(FileState::Absent)
    } else if ignored.rule(path).is_some() || ignored.is_left_out(path) {
        Some(FileState::Unkept)
    } else {
        None
    }
}

/// What there is to do by hand.
fn remaining(project: &Project, manifest: &Manifest, changes: &Changes) -> Vec<Step> {
    let mut remaining = waiting(project, manifest);
    let steps = changes.remaining.iter();
    remaining.extend(steps.filter(|step| step.stays_until_done()).cloned());
    let guesses = changes.guesses.iter().cloned();
    remaining.extend(guesses.map(Step::FindMoved));
    remaining
}

/// What there is to do about files that wait beside others.
fn waiting(project: &Project, manifest: &Manifest) -> Vec<Step> {
    let records = manifest.files.values();
    let waiting = records.filter(|record| {
        let beside = format!("{}{SIDECAR}", record.path);
        record.sidecar.is_some() && project.tree.get(&beside).is_some()
    });
    waiting
        .map(|record| Step::TakeOver {
            path: record.path.clone(),
        })
        .collect()
}

fn migrations(project: &Project, manifest: &Manifest, plan: &Plan) -> Vec<MigrationStatus> {
    let records = manifest.migrations.iter();
    let records = records.filter(|(_, record)| !project.ignored.is_left_out(&record.path));
    let status = records.filter_map(|(id, record)| {
        let found = project.tree.bytes(&record.path).map(Sum::of);
        let is_planned = || {
            let mut planned = plan.migrations.iter();
            planned.any(|planned| planned.id == *id && planned.is(record.sum))
        };
        let state = match (found, project.ignored.rule(&record.path)) {
            (Some(found), _) if found == record.sum => return None,
            (Some(_), _) => MigrationState::Changed,
            (None, _) if !is_planned() => MigrationState::Lost,
            (None, Some(rule)) => MigrationState::Hidden(rule.clone()),
            (None, None) => MigrationState::Missing,
        };
        let path = record.path.clone();
        Some(MigrationStatus { path, state })
    });
    status.collect()
}

fn edits(project: &Project, manifest: &Manifest) -> Result<Vec<EditStatus>> {
    let mut edits = Vec::new();
    let edits_of_others = manifest.edits.iter();
    let edits_of_others = edits_of_others
        .filter(|(name, record)| record.state == EditState::Applied && !is_what_was_found(name));
    for (name, record) in edits_of_others {
        let is_gone = project.tree.get(&record.file).is_none();
        if is_gone && is_owners(manifest, name) {
            continue; // The file itself is listed as deleted.
        }
        let text = project.tree.text(&record.file)?.unwrap_or_default();
        // What has stayed where the package was before was not taken out.
        let is_above = |part: &String| {
            let has = |text: &str| !presence::missing(name, record, text).contains(part);
            project.above.file_with(&record.file, has).is_some()
        };
        let missing = presence::missing(name, record, text).into_iter();
        let missing = missing.filter(|part| !is_above(part));
        edits.extend(missing.map(|missing| EditStatus {
            path: record.file.clone(),
            missing,
        }));
    }
    Ok(edits)
}

fn deps(project: &Project, manifest: &Manifest, plan: &Plan) -> Result<Vec<String>> {
    let text = |path| anyhow::Ok(project.tree.text(path)?.unwrap_or_default());
    let above = text(project.profiles_manifest())?;
    let implied = &plan.needs.implied;
    let missing = presence::missing_deps(&manifest.deps, implied, text(CARGO_TOML)?, above);
    // A note tells those that are the owner's own.
    let missing = missing.iter().filter(|missing| !missing.is_elsewhere);
    Ok(missing.map(MissingDep::shown).collect())
}
