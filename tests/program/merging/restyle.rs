//! Owners who format the code in their own way: news fit all the same, and come in their formatting.

use std::{collections::BTreeMap, fs, process::Command};

use crate::support::{Project, no_features, second, world};
use cargo_sigra::{
    changes::{Changes, Choice},
    manifest::{Manifest, PATH},
    merge::Word,
    plan::Plan,
    project::Project as Found,
    refusal::Exit,
    restyle,
    templates::Templates,
    world::World,
};
use walkdir::WalkDir;

const APP: &str = "src/app.rs";
const TEXT: &str = r#"//! The program.

mod pages;

/// Runs it.
pub fn run(first: &str, second: &str, third: &str) -> Result<(), String> {
    one(first, "a rather long text that fills the line").map_err(|error| error.to_string())?;
    two(second); // the second
    if first == third {
        three();
    }
    four()
}
"#;
const SETTINGS: &str = "hard_tabs = true\nmax_width = 60\n";

fn version(text: &str) -> World {
    second(&[("base/src/app.rs", text)])
}

/// A project whose owner has other settings, and has formatted everything by them.
fn formatted() -> Project {
    let project = Project::fresh();
    project.install(&version(TEXT)).unwrap();
    project.write("rustfmt.toml", SETTINGS);
    format(&project, APP);
    project
}

/// As an editor does it when a file is saved.
fn format(project: &Project, path: &str) {
    let text = fs::File::open(project.root.join(path)).unwrap();
    let rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024"])
        .current_dir(&project.root)
        .stdin(text)
        .output()
        .unwrap();
    assert!(rustfmt.status.success());
    project.write(path, &String::from_utf8(rustfmt.stdout).unwrap());
}

/// What is there must be what rustfmt makes of it.
fn assert_formatted(project: &Project, path: &str) {
    let before = project.read(path);
    format(project, path);
    assert_eq!(
        project.read(path),
        before,
        "{path} is not in its formatting"
    );
}

#[test]
fn a_file_that_was_only_formatted_gets_its_news_in_that_formatting() {
    let project = formatted();
    let news = version(&TEXT.replace("four()", "four().and(five())"));
    assert_eq!(project.install(&news).unwrap(), Exit::Done);
    let text = project.read(APP);
    assert!(
        text.contains("\tfour().and(five())\n") && text.contains("mod pages;\n"),
        "{text}"
    );
    assert_formatted(&project, APP);
}

#[test]
fn an_edit_and_news_fit_together() {
    let project = formatted();
    let text = project.read(APP);
    project.write(
        APP,
        &text.replace("two(second); // the second", "mine(second); // my own"),
    );
    let news = version(&TEXT.replace("four()", "four().and(five())"));
    assert_eq!(project.install(&news).unwrap(), Exit::Done);
    let text = project.read(APP);
    assert!(
        text.contains("\tmine(second); // my own\n") && text.contains("\tfour().and(five())\n"),
        "{text}"
    );
    assert_formatted(&project, APP);
}

#[test]
fn the_base_is_as_the_templates_have_it_and_the_next_news_fit_too() {
    let project = formatted();
    let second = TEXT.replace("four()", "four().and(five())");
    project.install(&version(&second)).unwrap();
    assert_eq!(project.read(".sigra/base/app.base"), second);
    let text = project.read(APP);
    project.write(APP, &text.replace("two(second)", "mine(second)"));
    let third = second.replace("three()", "three(third)");
    assert_eq!(project.install(&version(&third)).unwrap(), Exit::Done);
    let text = project.read(APP);
    assert!(
        text.contains("mine(second)") && text.contains("three(third)"),
        "{text}"
    );
}

#[test]
fn what_does_not_fit_is_marked_in_the_owners_formatting() {
    let project = formatted();
    let text = project.read(APP);
    project.write(APP, &text.replace("four()", "mine()"));
    let news = version(&TEXT.replace("four()", "five()"));
    assert_eq!(project.install(&news).unwrap(), Exit::Remaining);
    let text = project.read(APP);
    let marked = "<<<<<<< yours\n\tmine()\n||||||| sigra 0.0.2 (base)\n\tfour()\n=======\n\tfive()\n>>>>>>> sigra 0.0.2\n";
    assert!(text.contains(marked), "{text}");
    let base = Manifest::parse(&project.read(PATH)).unwrap();
    assert!(base.pending.contains_key("app"));
}

#[test]
fn a_file_that_was_never_formatted_is_merged_as_it_is() {
    let project = Project::fresh();
    project.install(&version(TEXT)).unwrap();
    project.write("rustfmt.toml", SETTINGS);
    project.write(APP, &TEXT.replace("two(second)", "mine(second)"));
    project
        .install(&version(&TEXT.replace("four()", "five()")))
        .unwrap();
    let both = TEXT
        .replace("two(second)", "mine(second)")
        .replace("four()", "five()");
    assert_eq!(project.read(APP), both);
}

#[test]
fn windows_line_ends_stay() {
    let project = formatted();
    let text = project.read(APP).replace('\n', "\r\n");
    project.write(APP, &text.replace("two(second)", "mine(second)"));
    project
        .install(&version(&TEXT.replace("four()", "five()")))
        .unwrap();
    let text = project.read(APP);
    assert!(
        text.contains("\tmine(second)") && text.contains("\tfive()\r\n"),
        "{text}"
    );
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
}

#[test]
fn a_file_that_the_templates_drop_goes_although_it_was_formatted() {
    let project = formatted();
    project.install(&version("")).unwrap();
    assert!(!project.exists(APP));
}

#[test]
fn settings_above_the_package_count_too() {
    let project = Project::fresh();
    project.install(&version(TEXT)).unwrap();
    // Beside the project: it is moved there.
    let folder = tempfile::tempdir_in(project.root.parent().unwrap()).unwrap();
    fs::write(folder.path().join(".rustfmt.toml"), SETTINGS).unwrap();
    let inner = folder.path().canonicalize().unwrap().join("shop");
    fs::rename(&project.root, &inner).unwrap();
    fs::create_dir(&project.root).unwrap();
    let mut moved = Project::empty();
    moved.root = inner;
    format(&moved, APP);
    let text = moved.read(APP);
    moved.write(APP, &text.replace("two(second)", "mine(second)"));
    let news = version(&TEXT.replace("four()", "five()"));
    assert_eq!(moved.install(&news).unwrap(), Exit::Done);
    let text = moved.read(APP);
    assert!(
        text.contains("\tmine(second)") && text.contains("\tfive()"),
        "{text}"
    );
}

/// The templates that come along, and the same with a line of news at both ends of every Rust file.
fn real() -> (Templates, Templates) {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
    let entries = WalkDir::new(root).into_iter().flatten();
    let files = entries.filter(|entry| entry.file_type().is_file());
    let files: BTreeMap<String, Vec<u8>> = files
        .map(|entry| {
            let path = entry.path().strip_prefix(root).unwrap().to_str().unwrap();
            (path.to_owned(), fs::read(entry.path()).unwrap())
        })
        .collect();
    let news = files.clone().into_iter().map(|(path, bytes)| {
        if path.ends_with(".rs") {
            let text = String::from_utf8(bytes).unwrap();
            let text = text.replacen("//! ", "//! News: ", 1);
            (path, format!("{text}\n// News.\n").into_bytes())
        } else {
            (path, bytes)
        }
    });
    let news = news.collect();
    (set("0.0.1", &files), set("0.0.2", &news))
}

fn set(version: &str, files: &BTreeMap<String, Vec<u8>>) -> Templates {
    let files = files.iter();
    let files = files.map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
    Templates::new(version, files).unwrap()
}

#[test]
#[ignore = "long: stage cli runs it"]
fn no_file_of_the_real_ones_conflicts() {
    let (first, news) = real();
    let project = Project::fresh();
    project.install(&world(first)).unwrap();
    project.write("rustfmt.toml", SETTINGS);
    let files: Vec<_> = project
        .tree()
        .into_keys()
        .filter(|path| path.ends_with(".rs"))
        .collect();
    let all = Command::new("rustfmt")
        .args(["--edition", "2024", "src/main.rs"])
        .current_dir(&project.root)
        .status();
    assert!(all.unwrap().success());
    assert_eq!(project.install(&world(news)).unwrap(), Exit::Done);
    for path in files.iter().filter(|path| path.as_str() != "build.rs") {
        let text = project.read(path);
        assert!(!text.contains("<<<<<<<"), "{path}");
        assert!(text.contains("// News."), "{path}");
    }
}

/// The third version of the file: news in another line than those of the second.
fn third(text: &str) -> World {
    let mut world = version(text);
    world.templates.version = "0.0.3".into();
    world
}

#[test]
fn after_a_resolved_conflict_the_next_version_is_merged_in_the_owners_formatting() {
    let project = formatted();
    let mine = project.read(APP);
    project.write(APP, &mine.replace("three()", "mine()"));
    let news = TEXT.replace("three()", "news()");
    assert_eq!(project.install(&version(&news)).unwrap(), Exit::Remaining);
    project.write(APP, &mine.replace("three()", "both()"));
    let later = news.replace("four()", "four().and(five())");
    assert_eq!(project.install(&third(&later)).unwrap(), Exit::Done);
    let text = project.read(APP);
    assert!(
        text.contains("\t\tboth();\n") && text.contains("\tfour().and(five())\n"),
        "{text}"
    );
}

#[test]
fn a_moved_and_edited_file_is_merged_in_the_owners_formatting() {
    const NEW: &str = "src/shop/start.rs";
    let project = formatted();
    let mine = project.read(APP).replace("three()", "mine()");
    project.remove(APP);
    project.write(NEW, &mine);
    let world = version(&TEXT.replace("four()", "four().and(five())"));
    let found = Found::read(&project.root, &world.templates).unwrap();
    let mut plan = Plan::new(&found, &no_features(), &world.templates).unwrap();
    plan.restyled = restyle::of(&found, &plan).unwrap();
    let choices = [(APP.to_owned(), Choice::Moved(NEW.into()))].into();
    let changes = Changes::propose_as(&choices, &found, &plan, world.now, world.random).unwrap();
    let words: Vec<_> = changes
        .files
        .iter()
        .filter(|file| file.path == NEW)
        .collect();
    let words: Vec<_> = words.iter().map(|file| file.word).collect();
    assert_eq!(words, [Word::Moved, Word::Merged]);
}
