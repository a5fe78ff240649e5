//! The file of ours that somebody has named; where there is none of that name, the nearest.

use std::path::Path;

use similar::get_close_matches;

use super::recorded::Recorded;
use crate::{
    manifest::MigrationRecord,
    project::typed,
    refusal::{CommandRefusal, Refusal},
    tracked::{self, TrackedFile},
};

/// How many names are offered, and how alike they have to be.
const OFFERED: usize = 3;
const ALIKE: f32 = 0.6;

/// What somebody has named.
pub enum Named<'a> {
    /// A file that is kept up to date.
    File(TrackedFile<'a>),
    /// A migration, by its id.
    Migration(&'a str, &'a MigrationRecord),
}

/// Finds what a path means.
pub fn find<'a>(recorded: &'a Recorded, path: &Path) -> Result<Named<'a>, Refusal> {
    let meanings = typed::meanings(&recorded.project.root, path);
    let Some(likeliest) = meanings.first() else {
        let (path, root) = (path.into(), recorded.project.root.clone());
        return Err(CommandRefusal::FileOutside { path, root }.into());
    };
    let files = tracked::files(&recorded.project, &recorded.plan);
    let migrations = &recorded.manifest.migrations;
    for meaning in &meanings {
        let mut all = migrations.iter();
        if let Some((id, record)) = all.find(|(_, record)| record.path == *meaning) {
            return Ok(Named::Migration(id, record));
        }
        if let Some(file) = files.iter().find(|file| file.path == *meaning) {
            return Ok(Named::File(file.clone()));
        }
    }
    let paths: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
    Err(unknown(likeliest, &paths))
}

fn unknown(path: &str, known: &[&str]) -> Refusal {
    let nearest = nearest(path, known);
    CommandRefusal::NotOurs {
        path: path.into(),
        nearest: nearest.into_iter().map(str::to_owned).collect(),
    }
    .into()
}

/// The same name in another folder, else what is spelled much alike.
fn nearest<'a>(path: &str, known: &[&'a str]) -> Vec<&'a str> {
    let name = |path: &str| path.rsplit('/').next().map(str::to_owned);
    let namesakes = known.iter().filter(|other| name(other) == name(path));
    let namesakes: Vec<_> = namesakes.take(OFFERED).copied().collect();
    if namesakes.is_empty() {
        get_close_matches(path, known, OFFERED, ALIKE)
    } else {
        namesakes
    }
}
