//! A demo that cannot be made or served.
#![allow(missing_docs, reason = "a field is named for what it holds")]

use super::Exit;

/// Why there is no demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DemoRefusal {
    /// The folder is something else.
    Foreign { folder: &'static str },
    /// What `PORT` says is no port.
    Port { typed: String },
    /// The port cannot be used.
    PortInUse { port: u16, why: String },
    /// Cargo failed in its folder.
    CargoFailed { words: String, folder: &'static str },
}

impl DemoRefusal {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Port { .. } => Exit::Usage,
            _ => Exit::Failed,
        }
    }
}
