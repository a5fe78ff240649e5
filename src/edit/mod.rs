//! Changes to files that are not ours: pure functions from text to text, one file per kind of
//! foreign file.
//!
//! Each leaves what it does not understand alone, and is its own inverse of effort: run on its own
//! result, it changes nothing.

pub mod cargo_lock;
pub mod cargo_toml;
pub mod dependencies;
mod elsewhere;
pub mod env_file;
mod fit;
pub mod lines;
mod order;
pub mod presence;
pub mod removal;
