//! Project and plan → what would change. The same value is shown by `--dry-run`, printed by
//! `--diff`, counted by `--check` and written by the real run.

mod around;
mod aside;
mod bases;
mod beside;
mod cargo;
mod cargo_lock;
mod choices;
mod conflicts;
mod dangling;
mod draft;
mod dropped;
mod files;
mod kept;
mod migrations;
mod modules;
mod moves;
mod neighbours;
mod notes;
mod notices;
mod obstacles;
mod one;
mod places;
mod policies;
mod records;
mod rustfmt_toml;
mod scope;
mod steps;
mod uninstall;
mod unrecorded;
mod versions;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use self::draft::Draft;
pub use self::{
    choices::{Choice, Choices},
    moves::Guess,
    notes::Note,
    notices::Notice,
    policies::{is_added_to, is_owners},
    steps::{Step, Use},
    uninstall::{Leaving, is_what_was_found},
    unrecorded::{Relation, Unrecorded, unrecorded},
};
use crate::{
    manifest::{self, Manifest, Written},
    merge::{self, Word},
    paths::OWN,
    plan::Plan,
    project::{File, Project},
    timestamp::Timestamp,
};

/// A source of that many unpredictable bytes.
pub type Random = fn(usize) -> Result<Vec<u8>>;

/// Everything that would happen.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// What becomes of each template.
    pub files: Vec<FileChange>,
    /// What happens to files that are not ours.
    pub edits: Vec<Edit>,
    /// The dependencies that are added.
    pub deps: Vec<String>,
    /// What the owner has to do by hand.
    pub remaining: Vec<Step>,
    /// What the owner may want to know; there is nothing to do about it.
    pub notes: Vec<Note>,
    /// What has to be written, in order; the manifest last.
    pub operations: Vec<Operation>,
    /// The files among them that git does not keep.
    pub unkept: BTreeSet<String>,
    /// How many conflicts their owner has settled since the last run.
    pub settled: usize,
    /// What is new in the templates and concerns this project, security first.
    pub notices: Vec<Notice>,
    /// The files that are gone, and what they may have become.
    pub guesses: Vec<Guess>,
    /// Whether conflicts will be marked in files: until they are settled, the way back is kept.
    pub is_pending: bool,
}

/// What becomes of one template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Where it is in the project.
    pub path: String,
    /// Where it was, if it is another path that is new.
    pub from: Option<String>,
    /// What happens.
    pub word: Word,
    /// Whether this was known before: a tombstone or an orphan is told once.
    pub is_news: bool,
}

/// One change of a file that is not ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// The file.
    pub path: String,
    /// What is added to it.
    pub added: Vec<String>,
    /// What is taken out of it.
    pub removed: Vec<String>,
}

/// One file that is written or deleted, with the bytes that it is expected to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Where.
    pub path: String,
    /// As it was read.
    pub before: Option<File>,
    /// As it will be; none deletes it.
    pub after: Option<After>,
}

/// A file as it will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct After {
    /// What will be in it.
    pub bytes: Vec<u8>,
    /// Its permission bits, where they matter.
    pub mode: Option<u32>,
    /// What may be shown of it, where it holds secrets.
    pub shown: Option<String>,
}

impl Operation {
    fn changes_something(&self) -> bool {
        let before = self.before.as_ref().map(|file| file.bytes.as_slice());
        let after = self.after.as_ref().map(|after| after.bytes.as_slice());
        match (before, after) {
            // Git may have written our own files with other line ends, and would again.
            (Some(before), Some(after)) if self.path.starts_with(OWN) => {
                !merge::same(before, after)
            }
            _ => before != after,
        }
    }
}

impl Changes {
    /// Compares what is with what should be.
    pub fn propose(project: &Project, plan: &Plan, now: Timestamp, random: Random) -> Result<Self> {
        Self::propose_as(&Choices::new(), project, plan, now, random)
    }

    /// The same with what somebody has decided about files that are in the way.
    pub fn propose_as(
        choices: &Choices,
        project: &Project,
        plan: &Plan,
        now: Timestamp,
        random: Random,
    ) -> Result<Self> {
        let mut proposal = Proposal::new(project, plan, now);
        proposal.choices = choices.clone();
        proposal.find_moves();
        proposal.files()?;
        proposal.remember_stock();
        proposal.left_out();
        proposal.migrations()?;
        proposal.remember_held();
        proposal.tell_news();
        proposal.tell_held();
        proposal.dropped()?;
        proposal.tell_dangling();
        proposal.cargo()?;
        proposal.style()?;
        proposal.around(random)?;
        proposal.check_modules();
        proposal.own_folder();
        obstacles::refuse(proposal.project, &proposal.draft)?;
        Ok(proposal.finish())
    }

    /// Drops edits of files that come out as they are: what is claimed is done.
    fn claim_what_is_done(&mut self) {
        let operations = &self.operations;
        let is_written = |path: &str| operations.iter().any(|one| one.path == path);
        self.edits.retain(|edit| is_written(&edit.path));
    }

    /// The notes that stay true whether anything is written or not.
    pub fn lasting_notes(&self) -> impl Iterator<Item = &Note> {
        self.notes.iter().filter(|note| note.lasts())
    }

    /// Returns whether nothing at all would be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }
}

/// Changes in the making.
struct Proposal<'a> {
    project: &'a Project,
    plan: &'a Plan,
    now: Timestamp,
    choices: Choices,
    /// What was recorded last time.
    before: Manifest,
    /// What will be recorded.
    manifest: Manifest,
    draft: Draft<'a>,
    /// The files in which two sides do not fit together, where that is not wanted.
    clashes: Vec<String>,
    /// The files of which it cannot be told any more what was written, though that matters.
    lost: Vec<String>,
    /// The templates whose news wait for another run, and their paths.
    held: Vec<(String, String)>,
    /// The missing files of which it cannot be told whether their owner has deleted them.
    unjudged: Vec<String>,
    /// The missing files that have stayed where the package was before, and where they are.
    left_behind: Vec<(String, String)>,
    /// The old names of renamed templates, by their new ones.
    renamed: BTreeMap<String, String>,
    /// The files that their owner has moved, by template id.
    moved: BTreeMap<String, String>,
    changes: Changes,
}

impl<'a> Proposal<'a> {
    fn new(project: &'a Project, plan: &'a Plan, now: Timestamp) -> Self {
        let mut before = project.manifest().cloned().unwrap_or_default();
        let renamed = places::rename(&mut before, plan);
        let manifest = Manifest {
            templates: plan.version.clone(),
            written: Written {
                database: Some(plan.answers.database),
                key: Some(plan.answers.key),
                features: plan
                    .answers
                    .features
                    .keys()
                    .map(|name| (*name).into())
                    .collect(),
            },
            database: Some(plan.answers.database),
            key: plan.answers.key,
            table: plan.answers.table.clone(),
            features: plan.answers.optional(plan.all_features),
            starter: plan.answers.starter,
            files: Default::default(),
            pending: Default::default(),
            held: Default::default(),
            gone: Default::default(),
            ..before.clone()
        };
        Self {
            project,
            plan,
            now,
            choices: Choices::new(),
            before,
            manifest,
            draft: Draft::new(&project.tree),
            clashes: Vec::new(),
            lost: Vec::new(),
            held: Vec::new(),
            unjudged: Vec::new(),
            left_behind: Vec::new(),
            renamed,
            moved: BTreeMap::new(),
            changes: Changes::default(),
        }
    }

    /// What a package that stands alone gets, and a member of a workspace does not; said once.
    fn left_out(&mut self) {
        if self.project.workspace.is_some() && self.project.manifest().is_none() {
            self.changes.notes.push(Note::LeftOut);
        }
    }

    /// The files that keep git, editors and searches away from our own.
    fn own_folder(&mut self) {
        self.draft.write(
            ".sigra/.gitattributes",
            b"* -text\nbase/** linguist-generated=true\n",
        );
        self.draft.write(".sigra/.ignore", b"*\n");
        self.draft.write(".sigra/.gitignore", b"txn/\nlock\n");
    }

    fn finish(mut self) -> Changes {
        self.draft
            .write(manifest::PATH, self.manifest.text().as_bytes());
        self.changes.is_pending = !self.manifest.pending.is_empty();
        let draft = std::mem::replace(&mut self.draft, Draft::new(&self.project.tree));
        self.changes.operations = draft.operations();
        self.changes.claim_what_is_done();
        self.tell_what_comes_along();
        self.tell_hidden();
        self.changes
    }
}
