//! The README, in parts: what its tests run, compare and compile.

use std::{fs, path::PathBuf};

/// A fenced block.
#[derive(Clone, Debug)]
pub struct Block {
    /// `console`, `rust`, `text`: the first word after the fence.
    pub language: String,
    /// The other words.
    pub label: String,
    /// The heading it stands under.
    pub heading: String,
    pub lines: Vec<String>,
}

pub fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

pub fn text() -> String {
    fs::read_to_string(path()).unwrap()
}

pub fn blocks() -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let (mut heading, mut inside) = (String::new(), false);
    for line in text().lines() {
        match (inside, line.strip_prefix("```"), line.strip_prefix('#')) {
            (true, Some(_), _) => inside = false,
            (true, None, _) => blocks.last_mut().unwrap().lines.push(line.to_owned()),
            (false, Some(words), _) => {
                let (language, label) = words.split_once(' ').unwrap_or((words, ""));
                let (language, label, heading) =
                    (language.to_owned(), label.to_owned(), heading.clone());
                blocks.push(Block {
                    language,
                    label,
                    heading,
                    lines: Vec::new(),
                });
                inside = true;
            }
            (false, None, Some(line)) => heading = line.trim_start_matches('#').trim().to_owned(),
            (false, None, None) => {}
        }
    }
    blocks
}

pub fn block(heading: &str, language: &str) -> Block {
    let mut blocks = blocks().into_iter();
    let found = blocks.find(|block| block.heading == heading && block.language == language);
    found.unwrap_or_else(|| panic!("the README has no {language} block under {heading:?}"))
}

/// The rows of the table under a heading, without its head.
pub fn table(heading: &str) -> Vec<Vec<String>> {
    let text = text();
    let section = text
        .split("\n## ")
        .find(|section| section.starts_with(&format!("{heading}\n")));
    let section = section.unwrap_or_else(|| panic!("the README has no section {heading:?}"));
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| {
        row.trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect()
    })
    .collect()
}

/// What stands in backticks.
pub fn quoted(cell: &str) -> Vec<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// `src/pages.rs` after somebody has done what the README says: `routes` replaced, the handler added.
pub fn with_the_protected_page(pages: &str) -> String {
    let block = block("Protect your own page", "rust").lines.join("\n");
    let (before, rest) = pages
        .split_once("pub fn routes()")
        .expect("pages.rs has routes()");
    let (_, after) = rest.split_once("\n}\n").expect("routes() ends");
    format!("{before}{block}\n{after}")
}

/// `src/accounts/api/scope.rs` with the line of the README at the end of its list.
pub fn with_the_scope(scopes: &str) -> String {
    let line = labelled("scope");
    let (before, after) = scopes
        .split_once("\n}\n\n/// What one token")
        .expect("scope.rs has a list");
    format!("{before}\n{line}\n}}\n\n/// What one token{after}")
}

/// `src/pages.rs` with the handler of the README, its row and what it uses.
pub fn with_the_handler_for_programs(pages: &str) -> String {
    let row = "\"/\", get(home))";
    assert!(pages.contains(row), "pages.rs has the home page");
    let pages = pages.replace(row, &format!("{row}.route(\"/orders\", get(orders))"));
    let uses = "use crate::{\n    accounts::api::scope::OrdersRead,\n    web::api::bearer::Bearer,";
    let pages = pages.replacen("use crate::{", uses, 1);
    format!("{pages}\n{}\n", labelled("handler"))
}

/// The lines of the block of Rust with this label.
fn labelled(label: &str) -> String {
    let mut blocks = blocks().into_iter();
    let block = blocks.find(|block| block.language == "rust" && block.label == label);
    let block =
        block.unwrap_or_else(|| panic!("the README has no block of Rust that is the {label}"));
    block.lines.join("\n")
}
