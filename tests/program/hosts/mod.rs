//! Projects of every kind, and the edits of their own files.

mod cargo_lock;
mod cargo_toml;
mod edits;
mod install_sh;
mod obstacles;
mod packages;
mod policies;
mod trivial;
mod versions;
mod zoo;
