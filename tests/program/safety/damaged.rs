//! Our own records after somebody's `sed`, a rewrite of line ends, a merge that went wrong or an
//! `rm`: what can be found again is, and nothing of the owner's is lost over the rest.

use std::fs;

use crate::support::{Project, first, second, sigra};
use cargo_sigra::{
    manifest::{Manifest, PATH, State},
    refusal::Exit,
    world::World,
};

const APP: &str = "src/app.rs";
const BASE: &str = ".sigra/base/app.base";
const TEXT: &str = "pub fn run() {\n    one();\n    two();\n    three();\n    four();\n}\n";

/// News at the end of the file, where the edit is not.
fn news() -> World {
    second(&[("base/src/app.rs", &TEXT.replace("four", "five"))])
}

/// An installation with an edit in it, committed.
fn committed() -> Project {
    let project = Project::installed();
    project.git(&["init", "-q"]);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "accounts"]);
    project.write(APP, &TEXT.replace("one", "mine"));
    project
}

fn merged() -> String {
    TEXT.replace("one", "mine").replace("four", "five")
}

/// The ways in which a base is no longer what it was.
const DAMAGES: [fn(&Project); 4] = [
    |project| project.write(BASE, "garbage\n"),
    |project| project.remove(BASE),
    |project| fs::remove_dir_all(project.root.join(".sigra/base")).unwrap(),
    |project| project.write(BASE, &project.read(BASE).replace("two", "2")),
];

#[test]
fn a_damaged_base_is_found_in_gits_history_and_the_edit_is_merged() {
    for damage in DAMAGES {
        let project = committed();
        damage(&project);
        project.git(&["add", "-A"]);
        project.git(&["commit", "-qm", "damage"]);
        assert_eq!(project.install(&news()).unwrap(), Exit::Done);
        assert_eq!(project.read(APP), merged());
        assert_eq!(project.read(BASE), TEXT.replace("four", "five"));
    }
}

#[test]
fn without_history_ours_waits_beside_and_the_edit_stays() {
    for damage in DAMAGES {
        let project = Project::installed();
        project.write(APP, &TEXT.replace("one", "mine"));
        damage(&project);
        for _ in 0..2 {
            assert_eq!(project.install(&news()).unwrap(), Exit::Remaining);
            assert_eq!(project.read(APP), TEXT.replace("one", "mine"));
            assert_eq!(
                project.read("src/app.rs.sigra-new"),
                TEXT.replace("four", "five")
            );
        }
    }
}

#[test]
fn not_even_in_our_favour_is_such_a_file_overwritten() {
    for way in ["mine", "theirs", "sidecar", "markers"] {
        let project = Project::installed();
        project.write(APP, "// mine\n");
        project.write(BASE, "garbage\n");
        let words = ["install", "--yes", "--on-conflict", way];
        project.typed(&words, &news()).unwrap();
        assert_eq!(project.read(APP), "// mine\n", "{way}");
    }
}

#[test]
fn it_is_told_what_was_found_again_and_what_is_lost() {
    let installed = || {
        let project = Project::fresh();
        assert_eq!(sigra(&project.root, &["install", "--yes", "-q"]).exit, 0);
        project
    };
    let project = installed();
    let base = ".sigra/base/brand.base";
    let older = format!("{}// older\n", project.read(base));
    let sum = |text: &str| cargo_sigra::sum::of(text.as_bytes());
    let manifest = project.read(PATH);
    project.write(
        PATH,
        &manifest.replace(&sum(&project.read(base)), &sum(&older)),
    );
    project.write(base, &older);
    project.git(&["init", "-q"]);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "accounts"]);
    project.write("src/brand.rs", "// mine\n");
    project.remove(base);
    let said = sigra(&project.root, &["install", "--dry-run", "--yes"]);
    assert!(
        said.err.contains(
            "Note .sigra/base/brand.base was not as written; what was written was found again and is put back\n"
        ),
        "{}",
        said.err
    );
    fs::remove_dir_all(project.root.join(".git")).unwrap();
    let said = sigra(&project.root, &["install", "--yes"]);
    assert_eq!(said.exit, 4);
    assert!(
        said.err.contains(
            "Note what was written into src/brand.rs last time is not in .sigra/base as it was, and git's history does not have it either, so nothing is merged there and yours stays; where you have a copy of .sigra/base, bring it back and run this again\n"
        ),
        "{}",
        said.err
    );
}

#[test]
fn a_base_in_a_package_below_the_repository_is_found_too() {
    let above = Project::empty();
    let project = Project::installed();
    for (path, bytes) in project.tree() {
        let path = above.root.join("crates/shop").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    above.git(&["init", "-q"]);
    above.git(&["add", "-A"]);
    above.git(&["commit", "-qm", "accounts"]);
    above.write(&format!("crates/shop/{APP}"), &TEXT.replace("one", "mine"));
    above.remove(&format!("crates/shop/{BASE}"));
    let root = above.root.join("crates/shop");
    let words = ["cargo-sigra", "upgrade", "--yes", "--path"].map(Into::into);
    let words = words.into_iter().chain([root.into()]);
    let cli =
        cargo_sigra::cli::Cli::from_cargo_or_shell(words, cargo_sigra::feature::FEATURES).unwrap();
    cargo_sigra::commands::run(&cli, &news()).unwrap();
    assert_eq!(above.read(&format!("crates/shop/{APP}")), merged());
}

#[test]
fn what_was_committed_on_another_branch_is_found_too() {
    let project = committed();
    project.git(&["stash", "-q"]);
    project.git(&["checkout", "-q", "--orphan", "other"]);
    project.write(BASE, "garbage\n");
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "without history"]);
    project.write(APP, &TEXT.replace("one", "mine"));
    assert_eq!(project.install(&news()).unwrap(), Exit::Done);
    assert_eq!(project.read(APP), merged());
}

#[test]
fn where_both_are_damaged_what_waits_for_its_markers_to_go_is_found_too() {
    let project = committed();
    let conflict = second(&[("base/src/app.rs", &TEXT.replace("one", "news"))]);
    assert_eq!(project.install(&conflict).unwrap(), Exit::Remaining);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "half"]);
    let both = TEXT.replace("one", "both");
    project.write(APP, &both);
    project.remove(BASE);
    project.remove(".sigra/base/app.next");
    let late = TEXT.replace("one", "news").replace("four", "five");
    let mut third = second(&[("base/src/app.rs", &late)]);
    third.templates.version = "3.0.0".into();
    assert_eq!(project.install(&third).unwrap(), Exit::Done);
    assert_eq!(project.read(APP), both.replace("four", "five"));
}

#[test]
fn line_ends_that_were_rewritten_everywhere_make_no_difference() {
    let project = Project::installed();
    project.write(APP, &TEXT.replace("one", "mine"));
    for (path, bytes) in project.tree() {
        let text = String::from_utf8(bytes).unwrap().replace('\n', "\r\n");
        if !path.starts_with("migrations/") {
            project.write(&path, &text);
        }
    }
    assert_eq!(project.install(&news()).unwrap(), Exit::Done);
    assert_eq!(project.read(APP), merged().replace('\n', "\r\n"));
    assert_eq!(project.read(BASE), TEXT.replace("four", "five"));
    assert_eq!(project.install(&news()).unwrap(), Exit::Done);
    let before = project.tree();
    project.install(&news()).unwrap();
    assert_eq!(project.tree(), before);
}

/// The sentence and the exit code with which every verb that looks at the records refuses; nothing
/// is changed.
fn refused_by_all(project: &Project) -> (String, i32) {
    let verbs: [&[&str]; 7] = [
        &["install", "--yes"],
        &["upgrade", "--yes"],
        &["upgrade", "--abort"],
        &["status"],
        &["restore", APP, "--yes"],
        &["forget", APP],
        &["uninstall", "--yes"],
    ];
    let before = project.tree();
    let said = verbs.map(|verb| {
        let said = sigra(&project.root, verb);
        assert_eq!(project.tree(), before, "{verb:?}");
        (said.err, said.exit)
    });
    for (at, other) in said.iter().enumerate() {
        assert_eq!(other, &said[0], "{:?}", verbs[at]);
    }
    said[0].clone()
}

type Edit = Box<dyn Fn(String) -> String>;

fn edited_manifest(edit: impl Fn(String) -> String) -> Project {
    let project = Project::installed();
    project.write(PATH, &edit(project.read(PATH)));
    project
}

#[test]
fn a_manifest_of_a_newer_schema_is_for_a_newer_program() {
    let project = edited_manifest(|text| text.replace("schema = 1", "schema = 2"));
    assert_eq!(
        refused_by_all(&project),
        (
            "error: .sigra/manifest.toml has schema 2 and this version knows 1; update cargo-sigra\n"
                .into(),
            1
        )
    );
}

#[test]
fn a_manifest_with_the_marks_of_a_conflict_has_to_be_merged_first() {
    let marks = "<<<<<<< HEAD\ntemplates = \"1\"\n=======\ntemplates = \"2\"\n>>>>>>> main\n";
    let project = edited_manifest(|text| format!("{marks}{text}"));
    assert_eq!(
        refused_by_all(&project),
        (
            "error: a merge was not finished in .sigra/manifest.toml:1; resolve the conflict and run this again\n"
                .into(),
            5
        )
    );
}

#[test]
fn a_manifest_that_was_merged_badly_is_brought_back_by_its_owner() {
    let twice = |text: String| {
        text.replacen(
            "path = \"src/app.rs\"\n",
            &"path = \"src/app.rs\"\n".repeat(2),
            1,
        )
    };
    let cases: [(&str, Edit); 9] = [
        ("duplicate key", Box::new(twice)),
        (
            "duplicate key",
            Box::new(|text| text + "\n[file.app]\npath = \"src/app.rs\"\n"),
        ),
        (
            "[file.\"app\"] has no path",
            Box::new(|text| text.replace("path = \"src/app.rs\"\n", "")),
        ),
        (
            "[migration.\"users\"] has no sum",
            Box::new(|text| text.replacen("sum = ", "total = ", 1)),
        ),
        (
            "[file.\"app\"] and [file.\"main\"] are both src/app.rs",
            Box::new(|text| text.replace("src/main.rs", "src/app.rs")),
        ),
        (
            "nobody knows the state of [file.\"app\"]",
            Box::new(|text| text.replace("[file.app]\n", "[file.app]\nstate = \"half\"\n")),
        ),
        (
            "it has no schema",
            Box::new(|text| text.replace("schema = 1\n", "")),
        ),
        (
            "file is no table",
            Box::new(|_| "schema = 1\nfile = 1\n".into()),
        ),
        ("line 1: ", Box::new(|text| format!("schema =\n{text}"))),
    ];
    for (why, edit) in cases {
        let project = edited_manifest(edit);
        let (said, exit) = refused_by_all(&project);
        assert!(
            said.starts_with(
                "error: .sigra/manifest.toml is damaged, as by a merge that went wrong: "
            ) && said.contains(why)
                && said.ends_with("; bring it back from version control and run this again\n")
                && said.lines().count() == 1,
            "{why}: {said}"
        );
        assert_eq!(exit, 1, "{why}");
    }
}

#[test]
fn a_record_that_leads_out_of_the_project_is_not_followed() {
    for (from, to) in [
        ("\"src/app.rs\"", "\"../app.rs\""),
        ("\"src/app.rs\"", "\"/etc/passwd\""),
        ("\"migrations/", "\"../migrations/"),
    ] {
        let project = edited_manifest(|text| text.replace(from, to));
        let before = project.tree();
        for verb in [
            &["install", "--yes"][..],
            &["status"],
            &["uninstall", "--yes"],
        ] {
            let said = sigra(&project.root, verb);
            assert_eq!(said.exit, 1, "{to} {verb:?}");
            assert!(
                said.err.ends_with("leads out of the project; bring the file back from version control and run this again\n"),
                "{}",
                said.err
            );
            assert_eq!(project.tree(), before);
        }
    }
}

#[test]
fn where_all_records_are_gone_nothing_is_written_and_it_is_told_how_to_bring_them_back() {
    let project = Project::installed();
    project.write(APP, "// mine\n");
    fs::remove_dir_all(project.root.join(".sigra")).unwrap();
    let sentence = project.refusal(&news());
    assert_eq!(
        sentence,
        "2 of the files that cargo sigra writes are here, but .sigra/manifest.toml is gone; bring .sigra back (`git checkout HEAD -- .sigra`, if it was committed) and run this again"
    );
    let real = Project::fresh();
    assert_eq!(sigra(&real.root, &["install", "--yes", "-q"]).exit, 0);
    fs::remove_dir_all(real.root.join(".sigra")).unwrap();
    let before = real.tree();
    let said = sigra(&real.root, &["install", "--yes"]);
    assert_eq!((said.exit, real.tree() == before), (1, true));
    assert!(said.err.contains("bring .sigra back"), "{}", said.err);
    let said = sigra(&project.root, &["status"]);
    assert_eq!(said.exit, 1);
    assert!(
        said.err
            .starts_with("error: cargo sigra has written nothing into ."),
        "{}",
        said.err
    );
}

#[test]
fn where_the_manifest_alone_is_gone_it_is_the_same() {
    let project = Project::installed();
    project.remove(PATH);
    let sentence = project.refusal(&first());
    assert!(sentence.contains("bring .sigra back"), "{sentence}");
    let said = sigra(&project.root, &["status"]);
    assert_eq!(
        (said.exit, said.err.as_str()),
        (
            1,
            "error: there is no .sigra/manifest.toml; bring it back from version control, or run `cargo sigra install` first\n"
        )
    );
}

#[test]
fn a_record_without_its_checksum_makes_nobodys_edit_ours() {
    let project = Project::installed();
    project.write(APP, "// mine\n");
    let manifest = project.read(PATH);
    let (_, rest) = manifest.split_once("path = \"src/app.rs\"\n").unwrap();
    let sum = rest.lines().next().unwrap();
    project.write(PATH, &manifest.replacen(&format!("{sum}\n"), "", 1));
    assert_eq!(project.install(&news()).unwrap(), Exit::Remaining);
    assert_eq!(project.read(APP), "// mine\n");
    let manifest = Manifest::parse(&project.read(PATH)).unwrap();
    assert_eq!(manifest.files["app"].state, State::Sidecar);
}
