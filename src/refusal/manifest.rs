//! A manifest that this version cannot work with.
#![allow(missing_docs, reason = "a field is named for what it holds")]

/// Why `.sigra/manifest.toml` cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestRefusal {
    /// A newer version has written it.
    Schema { schema: i64, known: i64 },
    /// A database that is not known.
    Database { name: String },
    /// The answer to a feature is neither true nor false.
    Answer { name: String, value: String },
    /// An answer that is not known.
    UnknownAnswer { name: String },
    /// A value of an answer that is not known.
    Value {
        name: String,
        value: String,
        known: Vec<String>,
    },
    /// A feature that was written and is not known.
    UnknownWritten { name: String },
    /// It is damaged, as by a merge that went wrong.
    Damaged(Damage),
}

/// What is damaged in a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// A line that is no TOML, and why.
    Line { line: usize, why: String },
    /// There is no schema.
    NoSchema,
    /// A kind of records that is no table.
    Kind { kind: String },
    /// A record that is no table.
    Record { kind: String, id: String },
    /// A record without something that each has.
    Key {
        kind: String,
        id: String,
        key: String,
    },
    /// A file with a state that is not known.
    State { id: String },
    /// Two templates with the same file.
    Twice {
        id: String,
        other: String,
        path: String,
    },
}

impl From<Damage> for super::Refusal {
    fn from(damage: Damage) -> Self {
        ManifestRefusal::Damaged(damage).into()
    }
}
