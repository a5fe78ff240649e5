//! The templates themselves: rules, rendering, snapshots.

mod deployment_files;
mod render;
mod rules;
mod snapshots;
