//! A project that cannot be worked on as it is.
#![allow(missing_docs, reason = "a field is named for what it holds")]

use std::path::PathBuf;

use super::Exit;

/// Why a project is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectRefusal {
    /// A folder without a package.
    NoCargoToml { folder: PathBuf },
    /// A folder into which nothing was installed.
    NotInstalled { folder: PathBuf },
    /// The workspace stands elsewhere than above its member.
    WorkspaceElsewhere { manifest: PathBuf },
    /// A sparse checkout leaves the manifest out.
    LeftOut,
    /// Files of ours without the manifest.
    ManifestGone { files: usize },
    /// A manifest that is no TOML.
    NotToml {
        path: String,
        line: usize,
        why: String,
    },
    /// A file that is no Rust; the reason begins with its line.
    NotRust { path: String, why: String },
    /// A file that is not text.
    NotText { path: String, why: String },
    /// Something else than a plain file.
    NotAFile { path: String },
    /// A path in the manifest that leads out of the project.
    PathOut { path: String },
    /// A folder that is a link which leads out of the project.
    LinkOut { folder: PathBuf },
    /// Files in the middle of a merge, with their lines.
    OpenMerge { places: Vec<String> },
    /// Files with conflicts that we have marked, with their lines.
    OpenConflicts { places: Vec<String> },
    /// A file whose conflict was resolved and that does not parse; the reason begins with its place.
    Unresolved { why: String },
}

impl ProjectRefusal {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::OpenMerge { .. } | Self::OpenConflicts { .. } | Self::Unresolved { .. } => {
                Exit::Unfinished
            }
            _ => Exit::Failed,
        }
    }
}
