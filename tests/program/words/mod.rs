//! What the program prints and asks.

mod ask;
mod completions;
mod dry_runs;
mod json;
mod plan;
#[cfg(target_os = "linux")]
mod streams;
mod transcripts;
