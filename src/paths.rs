//! The paths that more than one part of the program knows, as seen from the package.

/// The package's manifest.
pub const CARGO_TOML: &str = "Cargo.toml";
/// The versions that are used.
pub const CARGO_LOCK: &str = "Cargo.lock";
/// The program.
pub const MAIN: &str = "src/main.rs";
/// The library, where there is one.
pub const LIB: &str = "src/lib.rs";
/// The settings of one machine, with the secrets.
pub const ENV: &str = ".env";
/// What git leaves alone.
pub const GITIGNORE: &str = ".gitignore";
/// What git knows about files.
pub const GITATTRIBUTES: &str = ".gitattributes";
/// What stands before the name of a migration.
pub const MIGRATIONS: &str = "migrations/";
/// Our own folder.
pub const OWN_FOLDER: &str = ".sigra";
/// What stands before the path of everything in there.
pub const OWN: &str = ".sigra/";
/// What is recorded about the project.
pub const MANIFEST: &str = ".sigra/manifest.toml";
/// The folder of the transactions.
pub const TXN: &str = ".sigra/txn";
/// The file that one run at a time has locked.
pub const LOCK: &str = ".sigra/lock";
