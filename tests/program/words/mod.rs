//! What the program prints and asks.

mod ask;
mod completions;
mod json;
mod transcripts;
