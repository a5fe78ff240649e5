//! A manifest that this version cannot work with.
#![allow(missing_docs, reason = "a field is named for what it holds")]

use super::Exit;

/// Why `.sigra/manifest.toml` cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestRefusal {
    /// A newer program has installed: this one would take its templates back.
    Newer { templates: String, program: String },
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
    /// A field, or one of several words, that is not known.
    Unknown { line: usize, why: String },
    /// It is damaged, as by a merge that went wrong.
    Damaged(Damage),
}

impl ManifestRefusal {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Newer { .. } => Exit::Usage,
            _ => Exit::Failed,
        }
    }
}

/// What is damaged in a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// A line that is no TOML or no record, and why.
    Line { line: usize, why: String },
    /// The version of templates that is none.
    Version { text: String },
    /// There is no schema.
    NoSchema,
    /// A file without a path.
    NoPath { id: String },
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
