//! Projects of every kind, and the edits of their own files.

mod cannot_build;
mod cargo_lock;
mod cargo_toml;
mod edits;
mod install_sh;
mod lock_files;
mod moved_package;
mod obstacles;
mod packages;
mod policies;
mod raised_dependencies;
mod trivial;
mod versions;
mod zoo;
