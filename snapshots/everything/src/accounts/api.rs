//! Programs: what they come with, whose word that is, and what it is good for. Start with [`caller`].

pub mod caller;
pub mod joining;
pub mod scope;
pub mod token;
