//! A package, or a compiler, that the generated code cannot be built with.

use crate::refusal::PackageRefusal;

pub(super) fn sentence(why: &PackageRefusal) -> String {
    use PackageRefusal as Why;
    match why {
        Why::NoPackage => {
            "Cargo.toml is a workspace without a package; name one of its members with --path"
                .into()
        }
        Why::NoName => "Cargo.toml has no package name; add `name = \"…\"` below [package]".into(),
        Why::NameNotRust { name } => format!(
            "the package is named {name}, which is no name in Rust; \
             give it another one in Cargo.toml and run this again"
        ),
        Why::NameReserved { name } => format!(
            "the package is named {name}, which cargo and the compiler keep for something else; \
             give it another name in Cargo.toml and run this again"
        ),
        Why::Edition {
            edition,
            oldest,
            newest,
        } => format!(
            "this package has edition {edition}, and the generated code needs {oldest} or \
             {newest}; write `edition = \"{newest}\"` below [package] in Cargo.toml and run this \
             again"
        ),
        Why::RustVersion { named, needed } => format!(
            "this package has rust-version {named}, and the generated code needs {needed}; \
             write `rust-version = \"{needed}\"` below [package] in Cargo.toml and run this \
             again"
        ),
        Why::Compiler { found, needed } => format!(
            "rustc {found} is older than {needed}, which the generated code needs; \
             run `rustup update stable`"
        ),
        Why::CannotRun { program, why } => {
            format!("cannot run {program}; install Rust from https://rustup.rs: {why}")
        }
        Why::CargoRefuses { why } => {
            format!("cargo refuses this package; correct it and run this again: {why}")
        }
        Why::CommandFailed { command, reason } => format!("`{command}` failed: {reason}"),
    }
}
