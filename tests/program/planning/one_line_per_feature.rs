//! A feature is one line in the list and one folder of templates: everything that an owner sees of
//! it follows from these two.

use std::{collections::BTreeMap, sync::OnceLock};

use crate::support::{FILES, Project, readme_row, world};
use cargo_sigra::{
    cli::{self, Cli},
    commands::{completions, features},
    feature::{FEATURES, Feature, Features},
    manifest::PATH,
    refusal::Exit,
    templates::Templates,
    world::World,
};
use clap_complete::Shell;

/// The line.
const DUMMY: Feature = Feature::flag("dummy", "a little of everything", "Nothing of it").values(
    &["a", "b", "c"],
    &["a"],
    "How much of it?",
);

/// The folder, and a file elsewhere that knows of it.
const FOLDER: &[(&str, &str)] = &[
    ("dummy/feature.toml", "[ignore]\nlines = [\"*.dummy\"]\n"),
    (
        "dummy/src/dummy.rs",
        "//% if dummy_a\npub fn a() {}\n//% endif\n//% if dummy_b\npub fn b() {}\n//% endif\n//% if dummy_c\npub fn c() {}\n//% endif\n",
    ),
    (
        "base/src/joint.rs",
        "//% if dummy\npub mod dummy;\n//% endif\n",
    ),
];

fn list() -> Features {
    static LIST: OnceLock<Vec<Feature>> = OnceLock::new();
    let all = || FEATURES.iter().copied().chain([DUMMY]).collect();
    Features(LIST.get_or_init(all))
}

pub(crate) fn dummy_world() -> World {
    let mut files: BTreeMap<&str, &str> = FILES.iter().copied().collect();
    files.extend(FOLDER.iter().copied());
    let files = files.iter().map(|(path, text)| (*path, text.as_bytes()));
    world(Templates::with_features(list(), "0.0.1", files).unwrap())
}

fn typed(project: &Project, words: &[&str]) {
    let words: Vec<_> = ["install", "--yes"].iter().chain(words).copied().collect();
    let exit = project.typed(&words, &dummy_world()).unwrap();
    assert_eq!(exit, Exit::Done, "{words:?}");
}

fn answer(project: &Project) -> String {
    let manifest = project.read(PATH);
    let line = manifest.lines().find(|line| line.starts_with("dummy = "));
    line.unwrap_or_default().into()
}

const A: &str = "pub fn a() {}\n";
const B: &str = "pub fn b() {}\n";
const C: &str = "pub fn c() {}\n";

#[test]
fn its_flags_are_in_the_help_of_every_verb_that_chooses() {
    for verb in ["install", "new"] {
        let mut cli = cli::command(list()).term_width(200);
        let help = cli.find_subcommand_mut(verb).unwrap().render_help();
        let help = help.to_string();
        let (_, flags) = help.split_once("Features:").unwrap();
        let flags = flags.split("\n\n").next().unwrap();
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let lines: Vec<_> = flags.lines().map(words).collect();
        for line in [
            "--dummy [<LIST>] A little of everything [default list: a] [possible values: a, b, c]",
            "--no-dummy Nothing of it",
        ] {
            assert!(lines.contains(&line.to_owned()), "{verb}: {lines:#?}");
        }
    }
}

#[test]
fn its_values_are_written_recorded_and_kept() {
    let project = Project::fresh();
    typed(&project, &["--dummy", "c,a"]);
    assert_eq!(answer(&project), r#"dummy = ["a", "c"]"#);
    assert_eq!(project.read("src/dummy.rs"), format!("{A}{C}"));
    assert_eq!(project.read("src/joint.rs"), "pub mod dummy;\n");
    assert!(project.read(".gitignore").contains("*.dummy"));

    let before = project.tree();
    typed(&project, &[]);
    assert_eq!(project.tree(), before, "a run without flags changes it");
    typed(&project, &["--dummy=b"]);
    assert_eq!(answer(&project), r#"dummy = ["b"]"#);
    assert_eq!(project.read("src/dummy.rs"), B);
}

#[test]
fn its_flag_alone_means_the_default_list() {
    let project = Project::fresh();
    typed(&project, &["--dummy"]);
    assert_eq!(answer(&project), r#"dummy = ["a"]"#);
    assert_eq!(project.read("src/dummy.rs"), A);
}

#[test]
fn its_negation_leaves_it_out_and_takes_it_out() {
    let project = Project::fresh();
    typed(&project, &["--dummy", "a", "--no-dummy"]);
    assert_eq!(answer(&project), "dummy = false");
    assert!(!project.exists("src/dummy.rs") && !project.exists("src/joint.rs"));

    typed(&project, &["--no-dummy", "--dummy", "a"]);
    assert!(project.exists("src/dummy.rs"));
    typed(&project, &["--no-dummy"]);
    assert_eq!(answer(&project), "dummy = false");
    assert!(!project.exists("src/dummy.rs") && !project.exists("src/joint.rs"));
}

#[test]
fn a_project_that_was_not_asked_about_it_does_not_have_it() {
    let project = Project::installed();
    typed(&project, &[]);
    assert_eq!(answer(&project), "dummy = false");
}

#[test]
fn a_value_that_it_does_not_have_is_refused_with_those_that_it_has() {
    let words = ["cargo-sigra", "install", "--dummy", "a,z"];
    let error = Cli::from_cargo_or_shell(words.iter().map(Into::into), list()).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    let why = error.to_string();
    let sentence = "invalid value 'z' for '--dummy [<LIST>]'\n  [possible values: a, b, c]";
    assert!(why.contains(sentence), "{why}");

    let project = Project::fresh();
    typed(&project, &["--dummy", "a"]);
    let manifest = project.read(PATH);
    project.write(PATH, &manifest.replace(r#"["a"]"#, r#"["a", "z"]"#));
    assert_eq!(
        project.refusal(&dummy_world()),
        ".sigra/manifest.toml answers dummy with z, which is none of a, b, c"
    );
}

#[test]
fn an_answer_by_hand_may_be_yes_or_values() {
    let project = Project::fresh();
    typed(&project, &["--dummy", "b,c"]);
    let manifest = project.read(PATH);
    project.write(PATH, &manifest.replace(r#"["b", "c"]"#, r#"["c"]"#));
    typed(&project, &[]);
    assert_eq!(project.read("src/dummy.rs"), C);
    let manifest = project.read(PATH);
    project.write(PATH, &manifest.replace(r#"["c"]"#, "true"));
    typed(&project, &[]);
    assert_eq!(project.read("src/dummy.rs"), A);
}

#[test]
fn it_is_listed_with_its_values() {
    let listing = features::listing(&dummy_world());
    let line = "dummy      off            a little of everything (a, b, c)\n";
    assert!(listing.contains(line), "{listing}");
}

#[test]
fn its_row_of_the_readme_follows() {
    assert_eq!(
        readme_row(&DUMMY).unwrap(),
        "| `--dummy [LIST]`, `--no-dummy` | off | a little of everything: `a`, `b`, `c`; alone `a` |"
    );
}

#[test]
fn the_readme_has_the_row_of_every_feature() {
    let readme = include_str!("../../../README.md");
    let rows: Vec<_> = FEATURES.iter().filter_map(readme_row).collect();
    let table = rows.join("\n");
    assert!(readme.contains(&table), "the README should have:\n{table}");
}

#[test]
fn the_shells_complete_it() {
    for (shell, words) in [
        (Shell::Bash, ["--dummy", "--no-dummy", "\"a b c\""]),
        (
            Shell::Zsh,
            ["--dummy=", "--no-dummy[Nothing of it]", ":LIST:(a b c)"],
        ),
        (
            Shell::Fish,
            [
                "-l dummy",
                "-l no-dummy -d 'Nothing of it'",
                "-l dummy -d 'A little of everything",
            ],
        ),
    ] {
        let script = completions::script(shell, list());
        for word in words {
            assert!(script.contains(word), "{word} is missing for {shell}");
        }
    }
    let shipped = completions::script(Shell::Bash, FEATURES);
    assert!(!shipped.contains("dummy"));
}
