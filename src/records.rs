//! Records in TOML: read strictly, so that nothing unknown is dropped, and written in one form, so
//! that the same contents are the same text.

use std::fmt;

use serde::{Serialize, de::DeserializeOwned};
use toml_edit::{
    Item, Table, de, ser,
    visit_mut::{self, VisitMut},
};

/// The reason why a text is not the record that it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub why: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl std::error::Error for Damage {}

/// Reads a record.
pub fn read<R: DeserializeOwned>(text: &str) -> Result<R, Damage> {
    de::from_str(text).map_err(|error: de::Error| {
        let start = error.span().map_or(0, |span| span.start);
        Damage {
            line: text[..start.min(text.len())].matches('\n').count() + 1,
            why: error.message().lines().collect::<Vec<_>>().join(", "),
        }
    })
}

/// Writes a record: a table of its own for each one in it.
#[must_use]
pub fn text(record: &impl Serialize) -> String {
    let mut document = match ser::to_document(record) {
        Ok(document) => document,
        Err(why) => unreachable!("a record holds only what TOML can hold: {why}"),
    };
    OwnTables.visit_document_mut(&mut document);
    document.to_string()
}

/// Makes tables with headings of inline ones.
struct OwnTables;

impl VisitMut for OwnTables {
    fn visit_item_mut(&mut self, item: &mut Item) {
        *item = match std::mem::take(item).into_table() {
            Ok(table) => Item::Table(table),
            Err(item) => match item.into_array_of_tables() {
                Ok(tables) => Item::ArrayOfTables(tables),
                Err(item) => item,
            },
        };
        visit_mut::visit_item_mut(self, item);
    }

    fn visit_table_mut(&mut self, table: &mut Table) {
        table.set_implicit(true); // No heading for one that only holds other tables.
        visit_mut::visit_table_mut(self, table);
    }
}
