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
    /// A file that is not as `cargo new` writes it, and its first other line.
    NotStock { path: String, line: usize },
}
