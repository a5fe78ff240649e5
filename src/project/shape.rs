//! Whether a project can be installed into: fresh from `cargo new`, or ours already.

use anyhow::Result;
use toml_edit::DocumentMut;

use super::{Package, Tree};
use crate::{refusal::Refusal, render};

/// What `cargo new` writes into `src/main.rs`.
pub const STOCK_MAIN: &str = "fn main() {\n    println!(\"Hello, world!\");\n}\n";

/// The edition of new packages.
const EDITION: &str = "2024";

/// Reads a `Cargo.toml` that has to parse.
pub fn parse_manifest(path: &str, text: &str) -> Result<DocumentMut, Refusal> {
    text.parse().map_err(|error: toml_edit::TomlError| {
        let line = error
            .span()
            .map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        Refusal::failed(format!(
            "{path}:{line} does not parse: {}; correct it and run this again",
            error.message().lines().next().unwrap_or_default()
        ))
    })
}

/// Name and version of the package, or the reason why there is none.
pub fn package(manifest: &DocumentMut) -> Result<Package, Refusal> {
    let Some(package) = manifest.get("package") else {
        return Err(Refusal::failed(
            "Cargo.toml is a workspace without a package; name one of its members with --path",
        ));
    };
    let text = |key| {
        package
            .get(key)
            .and_then(toml_edit::Item::as_str)
            .map(str::to_owned)
    };
    let name = text("name").ok_or_else(|| {
        Refusal::failed("Cargo.toml has no package name; add `name = \"…\"` below [package]")
    })?;
    Ok(Package {
        name,
        version: text("version").unwrap_or_else(|| "0.0.0".into()),
    })
}

/// Refuses everything but what `cargo new` makes.
pub fn refuse_existing(manifest: &DocumentMut, tree: &Tree) -> Result<()> {
    if manifest.contains_key("lib") || tree.get("src/lib.rs").is_some() {
        return Err(Refusal::failed(
            "this package has a library; \
             this version installs only into a new binary package (`cargo new shop`)",
        )
        .into());
    }
    let Some(main) = tree.text("src/main.rs")? else {
        return Err(Refusal::failed(
            "there is no src/main.rs; \
             this version installs only into a new binary package (`cargo new shop`)",
        )
        .into());
    };
    render::rust(main).map_err(|why| {
        Refusal::failed(format!("src/main.rs:{why}; correct it and run this again"))
    })?;
    match main.replace("\r\n", "\n") == STOCK_MAIN {
        true => Ok(refuse_old_edition(manifest)?),
        false => Err(Refusal::failed(
            "src/main.rs is not the one that `cargo new` writes; \
             this version installs only into a new package (`cargo new shop`)",
        )
        .into()),
    }
}

/// A new package has the newest edition, and what is written there is formatted for it. One that is inherited from the
/// workspace is left to the compiler.
fn refuse_old_edition(manifest: &DocumentMut) -> Result<(), Refusal> {
    let edition = manifest["package"].get("edition");
    let named = edition.map_or(Some("2015"), toml_edit::Item::as_str);
    match named {
        Some(named) if named < EDITION => Err(Refusal::failed(format!(
            "Cargo.toml has edition {named}; the generated code needs `edition = \"{EDITION}\"` below [package]"
        ))),
        _ => Ok(()),
    }
}
