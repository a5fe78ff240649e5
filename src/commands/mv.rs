//! `cargo sigra mv OLD NEW`: a file is kept up to date at another path from now on.

use std::path::Path;

use anyhow::Result;

use super::{
    named::{self, Named},
    recorded::{self, Ended, Recorded},
    settle::Intent,
};
use crate::{
    apply,
    changes::Changes,
    cli::Mv,
    manifest::State,
    project::typed,
    refusal::{Exit, MoveRefusal, Refusal},
    review::{self, Document},
    tracked::TrackedFile,
    world::World,
};

/// Performs the command.
pub fn run(args: &Mv, world: &World) -> Result<Exit> {
    recorded::perform(&args.place, Intent::Write, world, |mut recorded| {
        let to = target(&recorded, &args.from, &args.to)?;
        let root = recorded.project.root.clone();
        recorded.project.tree.load(&root, &to)?;
        let file = match named::find(&recorded, &args.from)? {
            Named::File(file) => file,
            Named::Migration(_, record) => {
                let path = record.path.clone();
                return Err(MoveRefusal::Migration { path }.into());
            }
        };
        refuse(&file, &to, &recorded)?;

        let changes = Changes::mv(&recorded.project, &recorded.manifest, &file, &to)?;
        apply::write("mv", &changes, &root, world.now, &world.disk)?;
        review::moved(&file.path, &to, file.sides.mine.is_none(), world.voice);
        Ok(Ended::done(Document::of("mv", &changes)))
    })
}

/// Where it goes, from the top of the project.
fn target(recorded: &Recorded, from: &Path, to: &Path) -> Result<String, Refusal> {
    let root = &recorded.project.root;
    let meanings = typed::meanings(root, to);
    let is_folder = |path: &&String| root.join(path).is_dir();
    let folder = meanings.iter().find(is_folder);
    let into_folder = folder.and_then(|folder| {
        let name = from.file_name()?.to_str()?;
        Some(format!("{folder}/{name}"))
    });
    into_folder.or(meanings.first().cloned()).ok_or_else(|| {
        let (path, root) = (to.into(), root.clone());
        MoveRefusal::Outside { path, root }.into()
    })
}

fn refuse(file: &TrackedFile<'_>, to: &str, recorded: &Recorded) -> Result<(), Refusal> {
    let from = &file.path;
    recorded.project.tree.refuse_blocked(from)?;
    let is_forgotten = |state| state == State::Forgotten;
    let is_there = recorded.project.tree.get(to).is_some();
    let mut all = recorded.manifest.files.values();
    let is_ours = all.any(|record| record.path == to && !is_forgotten(record.state));
    let (from, to) = (from.clone(), to.to_owned());
    let why = match (file.record, file.sides.mine) {
        (None, _) => MoveRefusal::NeverWritten { from },
        _ if to == from => MoveRefusal::IsThere { from },
        (Some(record), _) if is_forgotten(record.state) => MoveRefusal::IsForgotten { from },
        _ if is_ours => MoveRefusal::IsOurs { to },
        (_, Some(_)) if is_there => MoveRefusal::BothThere { from, to },
        (_, None) if !is_there => MoveRefusal::NeitherThere { from, to },
        _ => return Ok(()),
    };
    Err(why.into())
}
