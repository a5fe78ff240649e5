//! Whether a project can be installed into: fresh from `cargo new`, or ours already.

use anyhow::Result;
use toml_edit::{Document, DocumentMut, Item};

use super::{Stage, Tree, programs};
use crate::{
    feature::Shape,
    paths::{LIB, MAIN},
    refusal::{ProjectRefusal, Refusal, ShapeRefusal},
    render,
};

/// The kinds of library that a program can call.
const ORDINARY: [&str; 3] = ["lib", "rlib", "dylib"];

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

/// What it wrote there before, without white space: since 1.67, since 1.57, and in the beginning.
const OLDER_LIBS: [&str; 3] = [
    "pubfnadd(left:usize,right:usize)->usize{left+right}#[cfg(test)]modtests{usesuper::*;#[test]fnit_works(){letresult=add(2,2);assert_eq!(result,4);}}",
    "#[cfg(test)]modtests{#[test]fnit_works(){letresult=2+2;assert_eq!(result,4);}}",
    "#[cfg(test)]modtests{#[test]fnit_works(){assert_eq!(2+2,4);}}",
];

/// Reads a `Cargo.toml` that has to parse.
pub fn parse_manifest(path: &str, text: &str) -> Result<DocumentMut, Refusal> {
    text.parse().map_err(|error: toml_edit::TomlError| {
        let line = error
            .span()
            .map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        let why = error.message().lines().next().unwrap_or_default().into();
        let path = path.into();
        ProjectRefusal::NotToml { path, line, why }.into()
    })
}

/// How far a package is that was not installed into. Refuses one that can be neither new nor an app.
pub(super) fn stage(manifest: &DocumentMut, tree: &Tree) -> Result<Stage> {
    let shape = match (tree.get(MAIN), tree.get(LIB)) {
        (Some(_), None) => Shape::Bin,
        (Some(_), Some(_)) => Shape::Lib,
        (None, Some(_)) => return Err(ShapeRefusal::LibraryOnly.into()),
        (None, None) => return Err(ShapeRefusal::NoMain.into()),
    };
    for path in [MAIN, LIB] {
        if let Some(why) = owners_work(tree, path)? {
            return Ok(Stage::Host(why));
        }
    }
    refuse_other_library(manifest)?;
    let text = tree.text("Cargo.toml")?.unwrap_or_default();
    refuse_odd_library(manifest, text, shape)?;
    programs::refuse_other(manifest)?;
    Ok(Stage::New(shape))
}

/// Refuses a library that the program cannot call.
fn refuse_odd_library(manifest: &DocumentMut, text: &str, shape: Shape) -> Result<(), Refusal> {
    let package = &manifest["package"];
    let is_off = package.get("autolib").and_then(Item::as_bool) == Some(false);
    let Some(library) = manifest.get("lib") else {
        if is_off && shape == Shape::Lib {
            let line = line_of(text, &["package", "autolib"]);
            return Err(ShapeRefusal::LibraryOff { line }.into());
        }
        return Ok(());
    };
    if shape == Shape::Bin {
        let line = line_of(text, &["lib"]);
        return Err(ShapeRefusal::LibraryGone { line }.into());
    }
    let is_macro = |key: &&str| library.get(key).and_then(Item::as_bool) == Some(true);
    if let Some(key) = ["proc-macro", "proc_macro"]
        .iter()
        .find(|key| is_macro(key))
    {
        let line = line_of(text, &["lib", key]);
        return Err(ShapeRefusal::LibraryOfMacros { line }.into());
    }
    let key = ["crate-type", "crate_type"].into_iter();
    let kinds = key.filter_map(|key| Some((key, library.get(key)?.as_array()?)));
    for (key, kinds) in kinds {
        let kinds: Vec<_> = kinds.iter().filter_map(|kind| kind.as_str()).collect();
        let line = line_of(text, &["lib", key]);
        // It can be of no other kind besides.
        if kinds.contains(&"proc-macro") {
            return Err(ShapeRefusal::LibraryOfMacros { line }.into());
        }
        if !kinds.iter().any(|kind| ORDINARY.contains(kind)) {
            return Err(ShapeRefusal::LibraryKind { line }.into());
        }
    }
    Ok(())
}

/// The line of a key in a manifest, from 1; 1 where it is not there.
#[must_use]
pub fn line_of(text: &str, path: &[&str]) -> usize {
    let Ok(document) = Document::parse(text) else {
        return 1;
    };
    let (mut item, mut start) = (document.as_item(), 0);
    for name in path {
        let table = item.as_table_like();
        let Some((key, inner)) = table.and_then(|table| table.get_key_value(name)) else {
            break;
        };
        start = key.span().map_or(start, |span| span.start);
        item = inner;
    }
    text[..start].matches('\n').count() + 1
}

/// The program calls the library by the name of the package.
fn refuse_other_library(manifest: &DocumentMut) -> Result<(), Refusal> {
    let library = manifest.get("lib").and_then(Item::as_table_like);
    let is_other = |key: &&str| library.is_some_and(|library| library.contains_key(key));
    match ["name", "path"].iter().find(|key| is_other(key)) {
        None => Ok(()),
        Some(key) => Err(ShapeRefusal::LibraryKey { key }.into()),
    }
}

/// What makes a file another one than `cargo new` writes.
fn owners_work(tree: &Tree, path: &str) -> Result<Option<ShapeRefusal>> {
    let Some(text) = tree.text(path)? else {
        return Ok(None);
    };
    render::rust(text).map_err(|why| ProjectRefusal::NotRust {
        path: path.into(),
        why: why.to_string(),
    })?;
    if is_stock(path, text.as_bytes()) {
        return Ok(None);
    }
    let line = own_line(path, text);
    let path = path.into();
    Ok(Some(ShapeRefusal::NotStock { path, line }))
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
/// folders above, or has as little in it: nothing at all, or a `main` that does nothing, or prints one
/// text. A comment is somebody's work.
#[must_use]
pub fn is_stock(path: &str, bytes: &[u8]) -> bool {
    let (Ok(text), Some(stock)) = (std::str::from_utf8(bytes), stock(path)) else {
        return false;
    };
    let bare = without_space(text);
    let is_older = path == LIB && OLDER_LIBS.contains(&bare.as_str());
    let is_trivial = path == MAIN && is_trivial(&bare);
    bare == without_space(stock) || bare.is_empty() || is_older || is_trivial
}

/// Whether a program without its white space does nothing, or prints one text and nothing else.
fn is_trivial(bare: &str) -> bool {
    let inside = |code: &'static str| bare.strip_prefix("fnmain(){")?.strip_suffix(code);
    let printed = inside(");}").or_else(|| inside(")}"));
    let printed = printed.and_then(|code| code.strip_prefix("println!("));
    let is_text = |code: &str| {
        let text = syn::parse_str::<syn::LitStr>(code);
        text.is_ok_and(|text| text.token().to_string() == code)
    };
    bare == "fnmain(){}" || printed.is_some_and(is_text)
}

fn without_space(text: &str) -> String {
    let letters = text.trim_start_matches(BOM).chars();
    letters.filter(|letter| !letter.is_whitespace()).collect()
}
