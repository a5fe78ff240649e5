//! Whether a project can be installed into: fresh from `cargo new`, or ours already.

use anyhow::{Error, Result};
use toml_edit::{DocumentMut, Item};

use super::{Tree, programs};
use crate::{feature::Shape, refusal::Refusal, render};

/// The program.
pub const MAIN: &str = "src/main.rs";
/// The library, where there is one.
pub const LIB: &str = "src/lib.rs";

const BOM: char = '\u{feff}';

/// What `cargo new` writes into `src/main.rs`.
const STOCK_MAIN: &str = "fn main() {\n    println!(\"Hello, world!\");\n}\n";

/// What `cargo new --lib` writes into `src/lib.rs`.
const STOCK_LIB: &str = "pub fn add(left: u64, right: u64) -> u64 {
    left + right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_works() {
        let result = add(2, 2);
        assert_eq!(result, 4);
    }
}
";

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

/// What a new package consists of; refuses everything but what `cargo new` makes.
pub fn of_new(manifest: &DocumentMut, tree: &Tree) -> Result<Shape> {
    let shape = match (tree.get(MAIN), tree.get(LIB)) {
        (Some(_), None) => Shape::Bin,
        (Some(_), Some(_)) => Shape::Lib,
        (None, Some(_)) => return Err(no_program("this package is a library without a program")),
        (None, None) => return Err(no_program("there is no src/main.rs")),
    };
    refuse_owners_work(tree, MAIN)?;
    refuse_owners_work(tree, LIB)?;
    refuse_other_library(manifest)?;
    programs::refuse_other(manifest)?;
    Ok(shape)
}

fn no_program(what: &str) -> Error {
    Refusal::failed(format!(
        "{what}; add a src/main.rs as `cargo new` writes it, or install into a new package \
         (`cargo new shop`)"
    ))
    .into()
}

/// The program calls the library by the name of the package.
fn refuse_other_library(manifest: &DocumentMut) -> Result<(), Refusal> {
    let library = manifest.get("lib").and_then(Item::as_table_like);
    let is_other = |key: &&str| library.is_some_and(|library| library.contains_key(key));
    match ["name", "path"].iter().find(|key| is_other(key)) {
        None => Ok(()),
        Some(key) => Err(Refusal::failed(format!(
            "[lib] in Cargo.toml has a {key}; remove that and run this again, \
             or install into a new package (`cargo new shop`)"
        ))),
    }
}

fn refuse_owners_work(tree: &Tree, path: &str) -> Result<()> {
    let Some(text) = tree.text(path)? else {
        return Ok(());
    };
    render::rust(text)
        .map_err(|why| Refusal::failed(format!("{path}:{why}; correct it and run this again")))?;
    match is_stock(path, text.as_bytes()) {
        true => Ok(()),
        false => Err(Refusal::failed(format!(
            "{path}:{} is not what `cargo new` writes there, and this version installs only into a \
             new package; make one elsewhere with `cargo sigra new shop`, and bring your code there",
            own_line(path, text)
        ))
        .into()),
    }
}

/// The first line that somebody has written.
fn own_line(path: &str, text: &str) -> usize {
    let mut stock = stock(path).unwrap_or_default().lines().map(str::trim);
    let text = text.trim_start_matches(BOM);
    let own = text
        .lines()
        .position(|line| Some(line.trim()) != stock.next());
    own.map_or_else(|| text.lines().count(), |at| at + 1)
}

/// What `cargo new` writes there.
#[must_use]
pub fn stock(path: &str) -> Option<&'static str> {
    match path {
        MAIN => Some(STOCK_MAIN),
        LIB => Some(STOCK_LIB),
        _ => None,
    }
}

/// Whether a file is as `cargo new` writes it, which formats it with the settings that it finds in the
/// folders above. A library may also be empty.
#[must_use]
pub fn is_stock(path: &str, bytes: &[u8]) -> bool {
    let (Ok(text), Some(stock)) = (std::str::from_utf8(bytes), stock(path)) else {
        return false;
    };
    let text = without_space(text);
    text == without_space(stock) || path == LIB && text.is_empty()
}

fn without_space(text: &str) -> String {
    let letters = text.trim_start_matches(BOM).chars();
    letters.filter(|letter| !letter.is_whitespace()).collect()
}
