//! What its owner asks for about one file: back to the templates, or never again.

use super::{Changes, FileChange, draft::Draft, is_owners, obstacles, policies::unite};
use crate::{
    manifest::{self, EditRecord, FileRecord, Manifest, MigrationRecord, State, base_path},
    merge::{self, Word},
    plan::Migration,
    project::{Project, SIDECAR},
    refusal::ChangesRefusal,
    sum::Sum,
    templates::Policy,
    tracked::TrackedFile,
};

impl Changes {
    /// The file as it is in that text, whatever is there now: as it was written last time, or as the
    /// templates have it today. Refused where it cannot stand there any more.
    pub fn restore(
        project: &Project,
        manifest: &Manifest,
        file: &TrackedFile<'_>,
        text: &[u8],
    ) -> Result<Self, ChangesRefusal> {
        let mut draft = Draft::new(&project.tree);
        let mut manifest = manifest.clone();
        let united = with_all(file, text, &mut manifest);
        let all = united.as_ref().map_or(text, String::as_bytes);
        let word = lay(&mut draft, &file.path, file.sides.mine, all);
        obstacles::refuse(project, &draft)?;
        draft.write(&base_path(&file.id), text);
        let known = file.record.cloned().unwrap_or_default();
        let base = Some(Sum::of(text));
        let record = FileRecord {
            path: file.path.clone(),
            templates: known.templates.filter(|_| base == known.base),
            origin: known.origin,
            state: match known.state {
                State::Orphan => State::Orphan,
                _ => State::Here,
            },
            base,
            sidecar: None,
        };
        Ok(finish(draft, project, &manifest, file, record, word))
    }

    /// The file at another path from now on; it goes there, unless its owner has put it there
    /// already. Refused where it cannot stand there.
    pub fn mv(
        project: &Project,
        manifest: &Manifest,
        file: &TrackedFile<'_>,
        to: &str,
    ) -> Result<Self, ChangesRefusal> {
        let mut draft = Draft::new(&project.tree);
        let from = &file.path;
        if let Some(mine) = file.sides.mine {
            draft.write_from(from, to, mine);
            draft.delete(from);
        }
        let beside = |path: &str| format!("{path}{SIDECAR}");
        if let Some(waiting) = file.sidecar(project) {
            let bytes = project.tree.bytes(&waiting).unwrap_or_default();
            draft.write_from(&waiting, &beside(to), bytes);
            draft.delete(&waiting);
        }
        let record = file.record.cloned().unwrap_or_default();
        let before = record.origin.clone().unwrap_or_else(|| from.clone());
        let record = FileRecord {
            path: to.into(),
            origin: Some(before).filter(|before| file.home.as_ref().unwrap_or(before) != to),
            state: match record.state {
                State::Deleted => State::Here,
                state => state,
            },
            ..record
        };
        let mut manifest = manifest.clone();
        manifest.files.insert(file.id.clone(), record);
        if is_owners(&manifest, &file.id) {
            let edits = manifest.edits.get_mut(&file.id).into_iter();
            edits.for_each(|edit| edit.file = to.into());
        }
        draft.write(manifest::PATH, manifest.text().as_bytes());
        obstacles::refuse(project, &draft)?;
        let mut changes = of(draft, to, Word::Moved);
        changes
            .files
            .iter_mut()
            .for_each(|change| change.from = Some(from.clone()));
        Ok(changes)
    }

    /// The file stays as it is, and is its owner's alone from now on. What was written is kept: it
    /// tells whether a restoration would lose something.
    #[must_use]
    pub fn forget(project: &Project, manifest: &Manifest, file: &TrackedFile<'_>) -> Self {
        let draft = Draft::new(&project.tree);
        let record = FileRecord {
            path: file.path.clone(),
            state: State::Forgotten,
            sidecar: None,
            ..file.record.cloned().unwrap_or_default()
        };
        let mut manifest = manifest.clone();
        if is_owners(&manifest, &file.id) {
            manifest.edits.remove(&file.id);
        }
        finish(draft, project, &manifest, file, record, Word::Forgotten)
    }

    /// The migration as it was written.
    #[must_use]
    pub fn restore_migration(
        project: &Project,
        record: &MigrationRecord,
        migration: &Migration,
    ) -> Self {
        let mut draft = Draft::new(&project.tree);
        let is_there = project.tree.get(&record.path).is_some();
        draft.write(&record.path, &migration.bytes);
        let word = if is_there {
            Word::Updated
        } else {
            Word::Created
        };
        of(draft, &record.path, word)
    }
}

/// The owner's own file with everything that was ever put into it. None where the file is all ours, or
/// comes back as such.
fn with_all(file: &TrackedFile<'_>, theirs: &[u8], manifest: &mut Manifest) -> Option<String> {
    if !is_owners(manifest, &file.id) {
        return None;
    }
    let policy = Policy::of(&file.id);
    let record = manifest.edits.remove(&file.id)?;
    let mine = file.sides.mine.filter(|_| policy != Policy::Once)?;
    let united = unite(policy, mine, &record.text, &[], theirs)?;
    let record = EditRecord {
        text: united.ours,
        ..record
    };
    manifest.edits.insert(file.id.clone(), record);
    // What is written gets the mark of the file that is there.
    Some(united.text.trim_start_matches('\u{feff}').into())
}

/// Writes the file, in the style of the one that is there.
fn lay(draft: &mut Draft<'_>, path: &str, mine: Option<&[u8]>, theirs: &[u8]) -> Word {
    match mine {
        Some(mine) if merge::same(mine, theirs) => Word::Identical,
        Some(mine) => {
            draft.write(path, &merge::in_the_style_of(mine, theirs));
            Word::Updated
        }
        None => {
            draft.write(path, theirs);
            Word::Created
        }
    }
}

/// Records it; what waited beside the file waits no longer.
fn finish(
    mut draft: Draft<'_>,
    project: &Project,
    manifest: &Manifest,
    file: &TrackedFile<'_>,
    record: FileRecord,
    word: Word,
) -> Changes {
    if let Some(sidecar) = file.sidecar(project) {
        draft.delete(&sidecar);
    }
    let mut manifest = manifest.clone();
    manifest.files.insert(file.id.clone(), record);
    draft.write(manifest::PATH, manifest.text().as_bytes());
    of(draft, &file.path, word)
}

fn of(draft: Draft<'_>, path: &str, word: Word) -> Changes {
    Changes {
        files: vec![FileChange {
            path: path.into(),
            from: None,
            word,
            is_news: true,
        }],
        operations: draft.operations(),
        ..Changes::default()
    }
}
