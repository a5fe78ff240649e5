//! Lints that a project denies and that the generated code does not keep to: it would not build.

use std::{fs, path::Path};

use anyhow::Result;
use toml_edit::{DocumentMut, Item, Value};

use super::{Tree, Workspace, package::is_inherited, shape::line_of};
use crate::{feature::Shape, paths::CARGO_TOML, refusal::ShapeRefusal};

/// What the compiler says about a new program with every feature, of all the lints that are off by
/// default; and the groups that these are in.
const NOT_KEPT: [&str; 11] = [
    "closure_returning_async_block",
    "let_underscore",
    "let_underscore_drop",
    "missing_debug_implementations",
    "redundant_imports",
    "single_use_lifetimes",
    "unnameable_types",
    "unreachable_pub",
    "unused_qualifications",
    "unused_results",
    "variant_size_differences",
];
/// What it says besides about a library, in which everything is public, and the program that calls it.
const NOT_KEPT_BY_A_LIBRARY: [&str; 3] = [
    "missing_copy_implementations",
    "missing_docs",
    "unused_crate_dependencies",
];
/// The levels at which a lint is an error.
const ERRORS: [&str; 2] = ["deny", "forbid"];
/// Where cargo looks for flags, in the package's folder and in those above.
const CONFIGS: [&str; 2] = [".cargo/config.toml", ".cargo/config"];

/// Refuses a project that denies what the generated code does not keep to.
pub fn refuse(
    root: &Path,
    manifest: &DocumentMut,
    tree: &Tree,
    workspace: Option<&Workspace>,
    shape: Shape,
) -> Result<()> {
    let is_not_kept = |lint: &str| {
        let name = lint.replace('-', "_");
        NOT_KEPT.contains(&name.as_str())
            || shape == Shape::Lib && NOT_KEPT_BY_A_LIBRARY.contains(&name.as_str())
    };
    let lints = manifest.get("lints");
    let (path, above): (&str, &[&str]) = if lints.is_some_and(is_inherited) {
        let path = workspace.map_or(CARGO_TOML, |workspace| &workspace.manifest);
        (path, &["workspace", "lints", "rust"])
    } else {
        (CARGO_TOML, &["lints", "rust"])
    };
    let text = tree.text(path)?.unwrap_or_default();
    if let Some(lint) = denied(text, above, &is_not_kept) {
        let line = line_of(text, &[above, &[lint.as_str()]].concat());
        let path = path.into();
        return Err(ShapeRefusal::Lint { path, line, lint }.into());
    }
    refuse_flags(root, &is_not_kept)
}

/// The first lint of a table that is an error.
fn denied(text: &str, path: &[&str], is_not_kept: &dyn Fn(&str) -> bool) -> Option<String> {
    let document: DocumentMut = text.parse().ok()?;
    let table = path
        .iter()
        .try_fold(document.as_item(), |item, key| item.get(key))?;
    let mut entries = table.as_table_like()?.iter();
    let is_error = |item: &Item| {
        let level = item.as_str().or_else(|| item.get("level")?.as_str());
        level.is_some_and(|level| ERRORS.contains(&level))
    };
    let found = entries.find(|(name, item)| is_error(item) && is_not_kept(name))?;
    Some(found.0.to_owned())
}

/// The same for flags of the compiler in the settings of cargo.
fn refuse_flags(root: &Path, is_not_kept: &dyn Fn(&str) -> bool) -> Result<()> {
    for folder in root.ancestors() {
        for name in CONFIGS {
            let path = folder.join(name);
            let text = fs::read_to_string(&path).unwrap_or_default();
            if let Some(lint) = flags(&text).find_map(|flag| in_flag(&flag, is_not_kept)) {
                let at = text.lines().position(|line| line.contains(&lint));
                let path = path.strip_prefix(root).unwrap_or(&path).display();
                let (path, line) = (path.to_string(), at.map_or(1, |at| at + 1));
                return Err(ShapeRefusal::Lint { path, line, lint }.into());
            }
        }
    }
    Ok(())
}

/// The flags of `[build] rustflags`, where a flag and its value may be two: both are together here.
fn flags(config: &str) -> impl Iterator<Item = String> {
    let document: DocumentMut = config.parse().unwrap_or_default();
    let flags = document
        .get("build")
        .and_then(|build| build.get("rustflags"));
    let words: Vec<String> = match flags.and_then(Item::as_value) {
        Some(Value::Array(array)) => array
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        Some(value) => {
            let text = value.as_str().unwrap_or_default();
            text.split_whitespace().map(str::to_owned).collect()
        }
        None => Vec::new(),
    };
    let pairs = words
        .clone()
        .into_iter()
        .zip(words.into_iter().skip(1).chain([String::new()]));
    pairs.map(|(flag, next)| match flag.as_str() {
        "-D" | "-F" | "--deny" | "--forbid" => format!("-D{next}"),
        _ => flag,
    })
}

fn in_flag(flag: &str, is_not_kept: &dyn Fn(&str) -> bool) -> Option<String> {
    let starts = ["-D", "-F", "--deny=", "--forbid="];
    let lint = starts.iter().find_map(|start| flag.strip_prefix(start))?;
    is_not_kept(lint).then(|| lint.to_owned())
}
