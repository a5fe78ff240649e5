//! A package that does not consist of what is expected.
#![allow(missing_docs, reason = "a field is named for what it holds")]

/// Why nothing can be installed into what a package consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShapeRefusal {
    /// A `[[bin]]` that gives `src/main.rs` another name than the package's.
    ProgramName { called: String, package: String },
    /// A `[[bin]]` of the package's name that is another file.
    ProgramPath { package: String, path: String },
    /// No program at `src/main.rs`.
    NoProgram { package: String },
    /// A library without `src/main.rs`.
    LibraryOnly,
    /// Neither `src/main.rs` nor a library.
    NoMain,
    /// A library with a name or a path of its own.
    LibraryKey { key: &'static str },
    /// A library of a kind that a program cannot call.
    LibraryKind { line: usize },
    /// A library of procedural macros.
    LibraryOfMacros { line: usize },
    /// `src/lib.rs` is there, and cargo is told not to look for it.
    LibraryOff { line: usize },
    /// `[lib]` without `src/lib.rs`.
    LibraryGone { line: usize },
    /// A program that cargo builds only with certain features.
    ProgramFeatures { package: String },
    /// A lint that the project denies, and to which the generated code does not keep.
    Lint {
        path: String,
        line: usize,
        lint: String,
    },
    /// A file that is not as `cargo new` writes it, and its first other line.
    NotStock { path: String, line: usize },
}
