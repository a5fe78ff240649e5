//! An entry of a file that is not ours, with which accounts cannot work.
#![allow(missing_docs, reason = "a field is named for what it holds")]

/// Why a file of the owner's cannot be edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditRefusal {
    /// What should be a table in `Cargo.toml` is something else.
    NoTable { table: String },
    /// A dependency with which accounts cannot work, and where it stands.
    Dependency {
        name: String,
        place: String,
        why: Unfit,
    },
    /// A dependency that brings a native library of ours in another version.
    Linked {
        name: String,
        place: String,
        found: String,
        versions: String,
    },
    /// A dependency that is there under another name, the line that it should be, and the entries
    /// of `[features]` that use that name.
    OtherName {
        name: String,
        place: String,
        package: String,
        line: String,
        features: Vec<String>,
    },
}

/// Why a dependency does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// It is another package.
    OtherPackage,
    /// It may be left out; these entries of `[features]` say so too.
    Optional { features: Vec<String> },
    /// Its default features are switched off.
    WithoutDefaults,
    /// No release satisfies it together with ours.
    Version { found: String, needed: String },
}
