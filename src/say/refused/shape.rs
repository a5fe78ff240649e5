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
        Why::NotStock { path, line } => format!(
            "{path}:{line} is not what `cargo new` writes there, and this version installs only \
             into a new package; make one elsewhere with `cargo sigra new shop`, and bring your \
             code there"
        ),
    }
}
