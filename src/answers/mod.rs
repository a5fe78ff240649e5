//! What the person wants: first as wishes (what was typed), then as answers (nothing left open).

mod reserved;
mod table;

use anyhow::Result;

pub use self::table::Table;
use crate::{
    cli::Wanted,
    feature::{self, Database, Key, Shape},
    refusal::Refusal,
    templates::Templates,
};

/// What was typed; everything else is still open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The database, if one was named.
    pub database: Option<Database>,
    /// The keys, if they were named.
    pub key: Option<Key>,
    /// The users table's name, if it was given.
    pub table: Option<Table>,
    /// Whether to take the default for what is open, and not to ask for a confirmation.
    pub yes: bool,
}

/// Every question answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// Where people are kept.
    pub database: Database,
    /// What the rows of every table are known by.
    pub key: Key,
    /// The users table.
    pub table: Table,
    /// What the project consists of, where `cargo new` made it: then main.rs and the home page are
    /// ours too.
    pub starter: Option<Shape>,
}

impl Wishes {
    /// Reads the flags, and refuses what this version cannot do before anything is looked at.
    pub fn new(wanted: &Wanted, templates: &Templates) -> Result<Self> {
        refuse_features(wanted)?;
        let table = wanted.table.as_deref().map(Table::parse).transpose()?;
        if let Some(table) = &table {
            table.refuse_second(templates)?;
        }
        Ok(Self {
            database: wanted.database.as_deref().and_then(Database::named),
            key: key(wanted),
            table,
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

fn key(wanted: &Wanted) -> Option<Key> {
    match (wanted.binary_id, wanted.no_binary_id) {
        (true, _) => Some(Key::Uuid),
        (_, true) => Some(Key::Integer),
        (false, false) => None,
    }
}
