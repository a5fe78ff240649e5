//! `cargo sigra mv OLD NEW`: a file is kept up to date at another path from now on.

use std::path::Path;

use anyhow::Result;

use super::{
    named::{self, Named},
    recorded::Recorded,
    stopped::Intent,
};
use crate::{
    apply,
    changes::Changes,
    cli::{Format, Mv},
    manifest::State,
    ours::Ours,
    project::{self, typed},
    refusal::{Exit, Refusal},
    review::Document,
    world::World,
};

/// Performs the command.
pub fn run(args: &Mv, world: &World) -> Result<Exit> {
    apply::listen_for_ctrl_c();
    let root = project::installed(&args.place.path)?;
    let mut recorded = Recorded::read(&root, Intent::Write, world)?;
    let to = target(&recorded, &args.from, &args.to)?;
    recorded.project.tree.load(&root, &to)?;
    let file = match named::find(&recorded, &args.from)? {
        Named::File(file) => file,
        Named::Migration(_, record) => return Err(a_migration(&record.path).into()),
    };
    refuse(&file, &to, &recorded)?;

    let changes = Changes::mv(&recorded.project, &recorded.manifest, &file, &to);
    apply::write("mv", &changes, &root, world.now, &world.disk)?;
    let way = format!("{} to {to}", file.path);
    match file.sides.mine {
        Some(_) => world.voice.verb(
            "Moved",
            &format!("{way} (what names it is yours to change)"),
        ),
        None => world
            .voice
            .verb("Recorded", &format!("{way} (you had moved it)")),
    }
    if args.place.format == Format::Json {
        let document = Document::of("mv", &changes);
        world.voice.out(&document.text(Exit::Done));
    }
    Ok(Exit::Done)
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
        Refusal::usage(format!(
            "{} is not in this project; name a path in {}",
            to.display(),
            root.display()
        ))
    })
}

fn refuse(file: &Ours<'_>, to: &str, recorded: &Recorded) -> Result<(), Refusal> {
    let from = &file.path;
    let is_forgotten = |state| state == State::Forgotten;
    let is_there = recorded.project.tree.get(to).is_some();
    let mut all = recorded.manifest.files.values();
    let is_ours = all.any(|record| record.path == to && !is_forgotten(record.state));
    let why = match (file.record, file.sides.mine) {
        (None, _) => format!("{from} was never written here; there is nothing to move"),
        _ if to == from => format!("{from} is there already"),
        (Some(record), _) if is_forgotten(record.state) => {
            format!("{from} is yours alone; move it as you like")
        }
        _ if is_ours => format!("{to} is another file of ours; choose another path"),
        (_, Some(_)) if is_there => {
            format!("{from} and {to} are both there; remove one of them, then run this again")
        }
        (_, None) if !is_there => {
            format!("neither {from} nor {to} is there; bring one of them back first")
        }
        _ => return Ok(()),
    };
    Err(Refusal::usage(why))
}

fn a_migration(path: &str) -> Refusal {
    Refusal::usage(format!(
        "{path} is a migration: databases know it by its name, and it stays where it is"
    ))
}
