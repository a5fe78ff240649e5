//! A package that does not consist of what is expected.

use crate::refusal::ShapeRefusal;

/// What there is to do where no program is.
const ADD_PROGRAM: &str = "add a src/main.rs as `cargo new` writes it, or install into a new \
                           package (`cargo new shop`)";

pub(super) fn sentence(why: &ShapeRefusal) -> String {
    use ShapeRefusal as Why;
    match why {
        Why::ProgramName { called, package } => format!(
            "[[bin]] in Cargo.toml calls src/main.rs {called}; write `name = \"{package}\"` there, \
             and run this again"
        ),
        Why::ProgramPath { package, path } => format!(
            "[[bin]] in Cargo.toml has {package} in {path}, and src/main.rs is to be the program of \
             that name; give it another name, and run this again"
        ),
        Why::NoProgram { package } => format!(
            "Cargo.toml has `autobins = false` and no [[bin]] for src/main.rs; add one with \
             `name = \"{package}\"` and `path = \"src/main.rs\"`, and run this again"
        ),
        Why::LibraryOnly => {
            format!("this package is a library without a program; {ADD_PROGRAM}")
        }
        Why::NoMain => format!("there is no src/main.rs; {ADD_PROGRAM}"),
        Why::LibraryKey { key } => format!(
            "[lib] in Cargo.toml has a {key}; remove that and run this again, \
             or install into a new package (`cargo new shop`)"
        ),
        Why::LibraryKind { line } => format!(
            "Cargo.toml:{line} makes src/lib.rs a library that no program in Rust can call; add \
             \"lib\" to crate-type and run this again"
        ),
        Why::LibraryOfMacros { line } => format!(
            "Cargo.toml:{line} makes src/lib.rs a library of macros, and accounts need an ordinary \
             one; install into a new package (`cargo new shop`)"
        ),
        Why::LibraryOff { line } => format!(
            "Cargo.toml:{line} keeps src/lib.rs from being a library; take `autolib = false` out, or \
             delete src/lib.rs, and run this again"
        ),
        Why::LibraryGone { line } => format!(
            "Cargo.toml:{line} has a [lib], and there is no src/lib.rs; take that table out, or add \
             the file, and run this again"
        ),
        Why::ProgramFeatures { package } => format!(
            "[[bin]] in Cargo.toml builds {package} only with its required-features; take them out \
             and run this again"
        ),
        Why::Lint { path, line, lint } => format!(
            "{path}:{line} makes {lint} an error, and the generated code does not keep to it; make \
             it a warning there and run this again"
        ),
        Why::NotStock { path, line } => format!(
            "{path}:{line} is not what `cargo new` writes there, and this version installs only \
             into a new package; make one elsewhere with `cargo sigra new shop`, and bring your \
             code there"
        ),
    }
}
