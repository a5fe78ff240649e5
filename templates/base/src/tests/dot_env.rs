//! `.env`: a line that cannot be read is never a setting that is missing.

use std::path::Path;

use crate::config::dot_env::{self, DotEnv};

#[test]
fn the_package_is_this_one_only_if_cargo_runs_this_one() {
    let folder = |name: Option<&str>, folder: Option<&str>| {
        dot_env::folder_of_package(|variable| match variable {
            "CARGO_PKG_NAME" => name.map(Into::into),
            "CARGO_MANIFEST_DIR" => folder.map(Into::into),
            _ => None,
        })
    };
    let this = Some(env!("CARGO_PKG_NAME"));
    assert_eq!(
        folder(this, Some("/here")).as_deref(),
        Some(Path::new("/here"))
    );
    assert_eq!(folder(Some("xtask"), Some("/here/xtask")), None);
    assert_eq!(folder(None, Some("/here/xtask")), None);
    assert_eq!(folder(this, None), None);
    let cargo_runs = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert_eq!(dot_env::package_folder().as_deref(), Some(cargo_runs));
}

#[test]
fn a_line_says_what_stands_there() {
    for (line, expected) in [
        ("NAME=value", "value"),
        ("NAME=", ""),
        ("export NAME=value", "value"),
        ("  NAME = value  ", "value"),
        ("NAME=example.com, example.org", "example.com, example.org"),
        ("NAME=Shop <hello@example.com>", "Shop <hello@example.com>"),
        ("NAME=pa$wo$rd#1", "pa$wo$rd#1"),
        ("NAME=a=b=c", "a=b=c"),
        ("NAME=value # and why", "value"),
        ("NAME=value\t# and why", "value"),
        ("NAME=a#b \t # and # why", "a#b"),
        ("NAME=# nothing", ""),
        ("NAME=\"a # b\" # and why", "a # b"),
        ("NAME='a \"b\" $c \\n'", "a \"b\" $c \\n"),
        (r#"NAME="a \"b\" \\ \n""#, "a \"b\" \\ \n"),
        ("NAME=''", ""),
        ("NAME=b\u{fc}cher", "b\u{fc}cher"),
    ] {
        let read = DotEnv::parse(line);
        assert_eq!(read.problems, [""; 0], "{line}");
        assert_eq!(read.get("NAME").as_deref(), Some(expected), "{line}");
    }
}

#[test]
fn a_line_that_cannot_be_read_is_named_and_takes_no_other_along() {
    for bad in [
        "NAME",
        "NAME: hunter2",
        "=hunter2",
        "MY NAME=hunter2",
        "N\u{c4}ME=hunter2",
        "NAME-2=hunter2",
        "NAME=\"hunter2",
        "NAME='hunter2",
        "NAME=\"hunter2\" more",
        "NAME=\"a\\zb\"",
        "NAME=\"a\\",
        "BEFORE=twice",
    ] {
        let read = DotEnv::parse(&format!("\u{feff}# first\r\nBEFORE=1\r\n{bad}\r\nAFTER=2"));
        assert_eq!(read.problems.len(), 1, "{bad}");
        assert!(
            read.problems[0].starts_with(".env, line 3: "),
            "{:?}",
            read.problems
        );
        assert!(!read.problems[0].contains("hunter2"), "{:?}", read.problems);
        assert_eq!(read.get("BEFORE").as_deref(), Some("1"), "{bad}");
        assert_eq!(read.get("AFTER").as_deref(), Some("2"), "{bad}");
    }
}
