//! What the owner may want to know, in words.

use std::fmt;

use super::{listed::listed, steps::doubt};
use crate::{
    changes::{Guess, Note},
    feature::Database,
    paths::MANIFEST,
    project::{GitDoubt, Rule},
    refusal::{EditRefusal, Unfit},
};

/// How many files with lost bases are named; of the others it is told how many they are.
const BASES: usize = 3;
/// The same of files that git ignores.
const HIDDEN: usize = 3;
/// The same of files that wait for the next run.
const HELD: usize = 4;

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sentence(self))
    }
}

fn sentence(note: &Note) -> String {
    match note {
        Note::LeftOut => LEFT_OUT.into(),
        Note::BasesFound { files } => found(files),
        Note::BasesLost { files } => lost(files),
        Note::Held { files } => format!(
            "the next run offers what was left out of this one: {}",
            listed(files, HELD)
        ),
        Note::ComesAlong { files } => format!(
            "all that is new for {} comes with it: what is taken may need that",
            files.join(", ")
        ),
        Note::MaybeMoved(Guess { from, to, percent }) => format!(
            "{from} is gone, and {to} is {percent} % alike: if you have moved it there, run \
             `cargo sigra mv {from} {to}`, and it is kept up to date"
        ),
        Note::NotJudged { why, files } => not_judged(why, files),
        Note::LeftBehind { files } => left_behind(files),
        Note::Replaced { path, by } => {
            format!("{path} is missing, and {by} makes its tables, so it is not written again")
        }
        Note::LacksFeatures { name, features } => format!(
            "{name} in Cargo.toml is a version of your own that does not name the features {}; the \
             code needs them, so add them unless it has them by default",
            features.join(", ")
        ),
        Note::DependsOnFolders { folders } => depends_on_folders(folders),
        Note::OwnVersions { is_workspace } => own_versions(*is_workspace),
        Note::Unfit(why) => unfit(why),
        Note::LockDamaged { line, why } => format!(
            "Cargo.lock:{line} does not parse: {why}; cargo builds nothing until you correct it, or \
             delete it and let cargo write a new one"
        ),
        Note::ProfileStays { key, path, place } => format!(
            "cargo does not honour {key} in {path} any more; you have changed it, so move it to \
             {place} yourself"
        ),
        Note::MovedIn { files } => format!(
            "this package has moved into a workspace; {} are for one that stands alone, and stay \
             until you delete them",
            files.join(", ")
        ),
        Note::StyleAbove { edition } => format!(
            "the new files are in the style of edition {edition}, and a rustfmt.toml above \
             this package has its own; `cargo fmt` brings them into that"
        ),
        Note::StartsEmpty { old, new } => starts_empty(*old, *new),
        Note::Adopted { path } => format!(
            "{path} is byte for byte what would be written; it is recorded, and nothing is written"
        ),
        Note::Hidden { hidden: rules } => hidden(rules),
        Note::TablesStay { .. }
        | Note::MigrationsStay
        | Note::AttributesStay { .. }
        | Note::LinesStay { .. }
        | Note::EnvStays
        | Note::LockStays => stays(note),
    }
}

/// What stays after something was taken out.
fn stays(note: &Note) -> String {
    match note {
        Note::TablesStay { tables } => format!(
            "the migrations stay, and so do the tables {} with what is in them, and the lines that \
             erase it in accounts/user_data.rs; when that is no longer needed, a migration of \
             yours can drop them",
            tables.join(", ")
        ),
        Note::MigrationsStay => MIGRATIONS_STAY.into(),
        Note::AttributesStay { path, lines } => format!(
            "{path} keeps {}: a database remembers the text of the migrations, line ends included",
            lines.join(", ")
        ),
        Note::LinesStay { path, lines } => format!(
            "{path} keeps {}: what that hides is still there",
            lines.join(", ")
        ),
        Note::EnvStays => ENV_STAYS.into(),
        Note::LockStays => LOCK_STAYS.into(),
        _ => String::new(),
    }
}

fn depends_on_folders(folders: &[String]) -> String {
    format!(
        "Cargo.toml depends on packages in {}; the Dockerfile builds dependencies before it copies \
         anything but Cargo.toml: add a COPY for them above its first cargo build",
        folders.join(", ")
    )
}

const LEFT_OUT: &str =
    "Dockerfile, fly.toml and the like are left out: they are for a package that stands alone";
const MIGRATIONS_STAY: &str = "the migrations stay, and so does the database: one that ran them \
                               remembers their text. Where none ever did, delete them";
const ENV_STAYS: &str = ".env stays: its secrets open what is sealed in the database. Delete it \
                         when you need neither";
const LOCK_STAYS: &str =
    "Cargo.lock stays; the next build takes out of it what is no longer needed";

fn found(files: &[String]) -> String {
    let verb = if files.len() == 1 { "was" } else { "were" };
    format!(
        "{} {verb} not as written; what was written was found again and is put back",
        listed(files, BASES)
    )
}

fn hidden(rules: &[(Rule, Vec<String>)]) -> String {
    let parts = rules.iter().map(|(rule, files)| {
        let Rule { pattern, place } = rule;
        format!("{} (`{pattern}` in {place})", listed(files, HIDDEN))
    });
    let mut all = rules.iter().flat_map(|(_, files)| files);
    let records = if all.any(|path| path == MANIFEST) {
        ", and without .sigra/manifest.toml no clone can be upgraded"
    } else {
        ""
    };
    format!(
        "git ignores {}: every clone will lack that{records}; take the rule out, or add the files \
         with `git add --force`",
        parts.collect::<Vec<_>>().join(", ")
    )
}

fn lost(files: &[String]) -> String {
    format!(
        "what was written into {} last time is not in .sigra/base as it was, and git's \
         history does not have it either, so nothing is merged there and yours stays; \
         where you have a copy of .sigra/base, bring it back and run this again",
        listed(files, BASES)
    )
}

fn own_versions(is_workspace: bool) -> String {
    let whose = if is_workspace {
        "a workspace has a Cargo.lock of its own"
    } else {
        "Cargo.lock stays as it is"
    };
    format!(
        "{whose}: the next build adds what is new, in the newest versions that fit rather \
         than in those that were tested together"
    )
}

/// The owner has decided so after the installation; whether it works is not ours to judge.
fn unfit(why: &EditRefusal) -> String {
    let (name, place, what) = match why {
        EditRefusal::Dependency { name, place, why } => (name, place, unfit_entry(why)),
        EditRefusal::OtherName {
            name,
            place,
            package,
            ..
        } => (package, place, format!("is there as {name}")),
        EditRefusal::Linked {
            name,
            place,
            versions,
            ..
        } => (name, place, format!("is none of {versions}")),
        EditRefusal::NoTable { table } => (table, table, "is no table".into()),
    };
    format!("{name} in {place} {what}; it stays as you have it")
}

fn unfit_entry(why: &Unfit) -> String {
    match why {
        Unfit::OtherPackage => "is another package under that name".into(),
        Unfit::Optional { .. } => "is optional, and accounts always need it".into(),
        Unfit::WithoutDefaults => "has no default features, and accounts need them".into(),
        Unfit::Version { found, needed } => {
            format!("is \"{found}\", and the templates were tested with \"{needed}\"")
        }
    }
}

fn starts_empty(old: Database, new: Database) -> String {
    let (old, new) = (old.title(), new.title());
    format!(
        "{new} starts empty: users and their data stay in {old} until you copy them: \
         `cargo run --features copy-database -- copy-database FILE`"
    )
}

fn not_judged(why: &GitDoubt, files: &[String]) -> String {
    let verb = if files.len() == 1 { "is" } else { "are" };
    format!(
        "{} {verb} missing, and git cannot tell whether a rule hides that ({}), so nothing is \
         recorded as deleted; what you have deleted, give up with `cargo sigra forget`",
        listed(files, HIDDEN),
        doubt(why)
    )
}

fn left_behind(files: &[(String, String)]) -> String {
    let places = files.iter();
    let places: Vec<_> = places
        .map(|(path, place)| format!("{path} is at {place}"))
        .collect();
    format!(
        "this package was moved, and not all of its files were: {}, where nothing is brought up to \
         date; move that here, or give it up with `cargo sigra forget`",
        places.join(", ")
    )
}
