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
    /// A dependency that is there under another name, and the line that it should be.
    OtherName {
        name: String,
        place: String,
        package: String,
        line: String,
    },
}

/// Why a dependency does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// It is another package.
    OtherPackage,
    /// It may be left out.
    Optional,
    /// Its default features are switched off.
    WithoutDefaults,
    /// No release satisfies it together with ours.
    Version { found: String, needed: String },
}
