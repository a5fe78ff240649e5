//! What the person wants: first as wishes (what was typed), then as answers (nothing left open).

use anyhow::Result;

use crate::{
    cli::Wanted,
    feature::{self, Database},
    refusal::Refusal,
};

/// The users table's name. Another one comes with a later version.
pub const TABLE: &str = "users";

/// What was typed; everything else is still open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The database, if one was named.
    pub database: Option<Database>,
    /// Whether to take the default for what is open, and not to ask for a confirmation.
    pub yes: bool,
}

/// Every question answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answers {
    /// Where people are kept.
    pub database: Database,
    /// Whether the project was made by `cargo new`, so that main.rs and the home page are ours too.
    pub starter: bool,
}

impl Wishes {
    /// Reads the flags, and refuses what this version cannot do before anything is looked at.
    pub fn new(wanted: &Wanted) -> Result<Self> {
        refuse_features(wanted)?;
        refuse_keys(wanted)?;
        Ok(Self {
            database: wanted.database.as_deref().and_then(Database::named),
            yes: wanted.yes,
        })
    }
}

fn refuse_features(wanted: &Wanted) -> Result<(), Refusal> {
    let asked = feature::planned().filter(|name| asks_for(wanted, name));
    let asked: Vec<_> = asked.map(|name| format!("--{name}")).collect();
    let (verb, them) = if asked.len() == 1 {
        ("is", "it")
    } else {
        ("are", "them")
    };
    match asked.is_empty() {
        true => Ok(()),
        false => Err(Refusal::usage(format!(
            "{} {verb} not built yet; \
             leave {them} out, and a later version will add {them} to this project",
            asked.join(", ")
        ))),
    }
}

fn asks_for(wanted: &Wanted, feature: &str) -> bool {
    match feature {
        "live" => wanted.live,
        "passkeys" => wanted.passkeys,
        "oauth" => wanted.oauth.is_some(),
        "api" => wanted.api,
        "jwt" => wanted.jwt,
        "admin" => wanted.admin,
        "otlp" => wanted.otlp,
        _ => false,
    }
}

fn refuse_keys(wanted: &Wanted) -> Result<(), Refusal> {
    if wanted.no_binary_id {
        return Err(Refusal::usage(
            "--no-binary-id is not built yet; this version writes UUIDv7 keys",
        ));
    }
    match wanted.table.as_deref() {
        None | Some(TABLE) => Ok(()),
        Some(other) => Err(Refusal::usage(format!(
            "--table {other} is not built yet; this version names the table users"
        ))),
    }
}
