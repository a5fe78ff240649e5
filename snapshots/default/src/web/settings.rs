//! What people can change about their account.

pub mod sessions;
