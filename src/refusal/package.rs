//! A package, or a compiler, that the generated code cannot be built with.
#![allow(missing_docs, reason = "a field is named for what it holds")]

/// Why a package is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackageRefusal {
    /// A workspace without a package.
    NoPackage,
    /// A package without a name.
    NoName,
    /// A name that Rust code cannot write.
    NameNotRust { name: String },
    /// A name that cargo or the compiler has for something else.
    NameReserved { name: String },
    /// An edition that is too old.
    Edition {
        edition: String,
        oldest: &'static str,
        newest: &'static str,
    },
    /// A rust-version that is too old.
    RustVersion { named: String, needed: String },
    /// A compiler that is too old.
    Compiler { found: String, needed: String },
    /// A program of Rust's that cannot be run.
    CannotRun { program: String, why: String },
    /// A manifest that cargo refuses, and why.
    CargoRefuses { why: String },
    /// A command that failed, and what it said.
    CommandFailed { command: String, reason: String },
}
