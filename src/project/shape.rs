//! Whether a project can be installed into: fresh from `cargo new`, or ours already.

use anyhow::Result;
use toml_edit::DocumentMut;

use super::Tree;
use crate::{refusal::Refusal, render};

/// What `cargo new` writes into `src/main.rs`.
pub const STOCK_MAIN: &str = "fn main() {\n    println!(\"Hello, world!\");\n}\n";

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
        true => Ok(()),
        false => Err(Refusal::failed(
            "src/main.rs is not the one that `cargo new` writes; \
             this version installs only into a new package (`cargo new shop`)",
        )
        .into()),
    }
}
