//! The programs of a package: ours is `src/main.rs`, under the name of the package.

use std::fs;

use toml_edit::{DocumentMut, Item, TableLike, Value};

use super::{Project, shape::parse_manifest};
use crate::{
    paths::{CARGO_TOML, MAIN},
    refusal::{Refusal, ShapeRefusal},
};

/// Where cargo looks for more programs.
const FOLDER: &str = "src/bin";

/// Refuses a manifest by which the program would have another name, or none: the container and the
/// guides call it by the name of the package.
pub fn refuse_other(manifest: &DocumentMut) -> Result<(), Refusal> {
    let package = name(manifest);
    let is_ours = |bin: &&Bin<'_>| bin.name == Some(package) && bin.path.is_none_or(is_main);
    let bins: Vec<_> = bins(manifest).collect();
    let other = bins
        .iter()
        .find(|bin| bin.path.is_some_and(is_main) && bin.name != Some(package));
    let away = bins
        .iter()
        .find(|bin| bin.name == Some(package) && !is_ours(bin));
    let ours = bins.iter().find(is_ours);
    let is_partial = ours.is_some_and(|bin| bin.needs_features);
    let package = package.to_owned();
    let why = match (other, away) {
        (Some(bin), _) => ShapeRefusal::ProgramName {
            called: bin.name.unwrap_or_default().into(),
            package,
        },
        (_, Some(bin)) => ShapeRefusal::ProgramPath {
            package,
            path: bin.path.unwrap_or_default().into(),
        },
        _ if is_partial => ShapeRefusal::ProgramFeatures { package },
        _ if finds_more(manifest) || bins.iter().any(|bin| is_ours(&bin)) => return Ok(()),
        _ => ShapeRefusal::NoProgram { package },
    };
    Err(why.into())
}

/// How the program is run: where there are others, cargo has to be told which one is meant.
#[must_use]
pub fn run(project: &Project) -> String {
    let text = project.tree.text(CARGO_TOML).ok().flatten();
    let manifest = parse_manifest(CARGO_TOML, text.unwrap_or_default()).unwrap_or_default();
    let package = name(&manifest);
    let is_chosen = match manifest["package"]
        .get("default-run")
        .and_then(Item::as_str)
    {
        Some(chosen) => chosen == package,
        None => {
            bins(&manifest).all(|bin| bin.name == Some(package)) && !has_more(project, &manifest)
        }
    };
    if is_chosen {
        "cargo run".into()
    } else {
        format!("cargo run --bin {package}")
    }
}

fn has_more(project: &Project, manifest: &DocumentMut) -> bool {
    let files = fs::read_dir(project.root.join(FOLDER))
        .into_iter()
        .flatten();
    let mut paths = files.flatten().map(|entry| entry.path());
    let is_program = |path: std::path::PathBuf| {
        path.extension().is_some_and(|end| end == "rs") || path.join("main.rs").exists()
    };
    finds_more(manifest) && paths.any(is_program)
}

/// Returns whether cargo looks for programs by itself.
fn finds_more(manifest: &DocumentMut) -> bool {
    manifest["package"].get("autobins").and_then(Item::as_bool) != Some(false)
}

fn name(manifest: &DocumentMut) -> &str {
    manifest["package"]
        .get("name")
        .and_then(Item::as_str)
        .unwrap_or_default()
}

/// A program that the manifest names.
struct Bin<'a> {
    name: Option<&'a str>,
    path: Option<&'a str>,
    needs_features: bool,
}

/// The programs of a manifest, as `[[bin]]` or as `bin = [{ … }]`.
fn bins(manifest: &DocumentMut) -> impl Iterator<Item = Bin<'_>> {
    let bin = manifest.get("bin");
    let tables = bin.and_then(Item::as_array_of_tables).into_iter().flatten();
    let tables = tables.map(|table| table as &dyn TableLike);
    let inline = bin.and_then(Item::as_array).into_iter().flatten();
    let inline = inline.filter_map(Value::as_inline_table);
    let inline = inline.map(|table| table as &dyn TableLike);
    tables.chain(inline).map(|table| Bin {
        name: table.get("name").and_then(Item::as_str),
        path: table.get("path").and_then(Item::as_str),
        needs_features: table
            .get("required-features")
            .and_then(Item::as_array)
            .is_some_and(|features| !features.is_empty()),
    })
}

fn is_main(path: &str) -> bool {
    path.trim_start_matches("./") == MAIN
}
