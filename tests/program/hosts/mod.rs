//! Projects of every kind, and the edits of their own files.

mod cannot_build;
mod cargo_lock;
mod cargo_toml;
mod edits;
mod install_sh;
mod lock_files;
mod obstacles;
mod packages;
mod policies;
mod raised_dependencies;
mod trivial;
mod versions;
mod zoo;
