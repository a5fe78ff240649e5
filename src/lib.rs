//! `cargo sigra install` writes a complete account system into a Rust web project.
//!
//! Everything runs along one road:
//!
//! ```text
//! Project → Answers → Plan → Changes → review → apply
//! ```
//!
//! The disk is read in [`project`] and written in [`apply`]; questions are asked in [`ask`] and
//! words are printed in [`say`]; everything between is a pure function over text. That is why
//! `--diff`, `--dry-run`, `--check` and the real run can never disagree: they are the same plan,
//! looked at in different ways.
//!
//! The modules in reading order: what can be typed ([`cli`]) and done ([`commands`]); what is there
//! ([`project`]), what is wanted ([`answers`], [`ask`], [`feature`]); what that means
//! ([`templates`], [`render`], [`plan`]); what it would change ([`manifest`], [`merge`], [`tracked`],
//! [`restyle`], [`edit`], [`changes`]), or how it stands ([`status`]); and making it so ([`review`], [`apply`]).

pub mod cli;
pub mod commands;

pub mod project;

pub mod answers;
pub mod ask;
pub mod feature;

pub mod plan;
pub mod render;
pub mod templates;

pub mod changes;
pub mod edit;
pub mod manifest;
pub mod merge;
pub mod restyle;
pub mod status;
pub mod tracked;

pub mod apply;
pub mod review;

pub mod modules;
pub mod paths;
pub mod records;
pub mod refusal;
pub mod say;
pub mod sql;
pub mod sum;
pub mod timestamp;
pub mod world;
