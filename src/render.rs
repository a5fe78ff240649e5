//! Template text → file text. One comment syntax per language, so that a template is a valid file
//! of its own language.
//!
//! A placeholder is `{= name =}` everywhere. A condition is a comment: `//% if sqlite` in Rust and
//! JavaScript, `#% if sqlite` in TOML, shell and YAML, `--% if sqlite` in SQL, `<!--% if sqlite
//! %-->` in HTML, `/*% if sqlite %*/` in CSS.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, anyhow};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, syntax::SyntaxConfig};
use proc_macro2::Span;
use syn::Item;

/// The names that templates may use.
pub type Names = BTreeMap<String, Value>;

/// Never occurs in a file, so whatever it starts is switched off.
const NEVER: (&str, &str) = ("\u{1}", "\u{2}");
const NEVER_A_COMMENT: (&str, &str) = ("\u{3}", "\u{4}");

/// The file's contents, or none where nothing but white space is left. What is not text passes
/// through.
///
/// A template that came out as it was is not parsed again: that is most of them, it would take
/// longer than all the rest of a plan, and `tests/program/templates/rules.rs` has parsed them.
pub fn file(path: &str, contents: &[u8], names: &Names) -> Result<Option<Vec<u8>>> {
    let Ok(template) = std::str::from_utf8(contents) else {
        return Ok(Some(contents.into()));
    };
    let text = render(path, template, names).with_context(|| format!("template {path}"))?;
    if text != template {
        check(path, &text)?;
    }
    Ok((!text.trim().is_empty()).then(|| text.into_bytes()))
}

fn render(path: &str, text: &str, names: &Names) -> Result<String> {
    let mut environment = Environment::empty();
    environment.set_syntax(syntax(path)?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    Ok(environment.render_named_str(path, text, Value::from(names.clone()))?)
}

fn syntax(path: &str) -> Result<SyntaxConfig> {
    let mut syntax = SyntaxConfig::builder();
    syntax
        .variable_delimiters("{=", "=}")
        .comment_delimiters(NEVER_A_COMMENT.0, NEVER_A_COMMENT.1);
    syntax
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true);
    match extension(path) {
        "html" | "svg" | "md" => syntax.block_delimiters("<!--%", "%-->"),
        "css" => syntax.block_delimiters("/*%", "%*/"),
        "sql" => syntax
            .block_delimiters(NEVER.0, NEVER.1)
            .line_statement_prefix("--%"),
        "rs" | "js" => syntax
            .block_delimiters(NEVER.0, NEVER.1)
            .line_statement_prefix("//%"),
        _ => syntax
            .block_delimiters(NEVER.0, NEVER.1)
            .line_statement_prefix("#%"),
    };
    Ok(syntax.build()?)
}

/// A mistake in a template must not reach anybody's disk.
pub fn check(path: &str, text: &str) -> Result<()> {
    match extension(path) {
        "rs" => rust(text).map_err(|why| anyhow!("{path}:{why}")),
        "toml" => text
            .parse::<toml_edit::DocumentMut>()
            .map(drop)
            .map_err(|why| anyhow!("{path}: {why}")),
        _ => Ok(()),
    }
}

/// Whether some Rust text parses, and has each of its modules once; the error starts with its line.
pub fn rust(text: &str) -> Result<(), String> {
    let parsed = syn::parse_file(text.trim_start_matches('\u{feff}'));
    let file = parsed.map_err(|why| format!("{}: {why}", line(why.span())))?;
    let mut known = BTreeSet::new();
    // With attributes, one of two may be for another platform.
    let modules = file.items.iter().filter_map(|item| match item {
        Item::Mod(module) if module.attrs.is_empty() => Some(&module.ident),
        _ => None,
    });
    let mut modules = modules.filter(|name| !known.insert(name.to_string()));
    match modules.next() {
        Some(name) => Err(format!("{}: duplicate module {name}", line(name.span()))),
        None => Ok(()),
    }
}

fn line(span: Span) -> usize {
    span.start().line
}

fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}
