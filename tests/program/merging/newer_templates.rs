//! A project that a newer program has installed into: an older one changes nothing there and says so.

use crate::support::{Project, first, second, sigra, world};
use cargo_sigra::{manifest::PATH, refusal::Exit, world::World};

const APP: &str = "src/app.rs";
/// Every verb that writes, and every way to look at what it would write.
const VERBS: [&[&str]; 14] = [
    &["install", "--yes"],
    &["install", "--yes", "--api"],
    &["install", "--yes", "--dry-run"],
    &["install", "--yes", "--diff"],
    &["install", "--yes", "--check"],
    &["upgrade", "--yes"],
    &["upgrade", "--yes", "--only-security"],
    &["upgrade", "--continue"],
    &["upgrade", "--abort"],
    &["restore", APP, "--yes"],
    &["forget", APP],
    &["mv", APP, "src/start.rs"],
    &["uninstall", "--yes"],
    &["uninstall", "--diff"],
];

fn installed_by_the_second() -> Project {
    let project = Project::installed();
    let news = second(&[("base/src/app.rs", "pub fn run() {\n    safer();\n}\n")]);
    project.install(&news).unwrap();
    project
}

fn assert_refused(project: &Project, world: &World, templates: &str, program: &str) {
    for verb in VERBS {
        let sentence = format!(
            "this project has the templates of cargo-sigra {templates}, and this is {program}, \
             which would take them back; update cargo-sigra (`cargo install cargo-sigra`) and run \
             this again"
        );
        let refusal = project.typed_refusal(verb, world);
        assert_eq!(refusal, (sentence, Exit::Usage), "{verb:?}");
    }
}

#[test]
fn every_verb_that_writes_refuses_newer_templates() {
    assert_refused(&installed_by_the_second(), &first(), "0.0.2", "0.0.1");
}

#[test]
fn a_single_file_of_newer_templates_is_enough() {
    let project = Project::installed();
    let newer = "[file.app]\ntemplates = \"0.0.2\"\n";
    project.write(PATH, &project.read(PATH).replace("[file.app]\n", newer));
    assert_refused(&project, &first(), "0.0.2", "0.0.1");
}

#[test]
fn what_only_a_newer_program_knows_is_told_as_that() {
    for (from, to) in [
        ("schema = 1\n", "schema = 2\n"),
        ("[answers]\n", "[answers]\nfaces = true\n"),
        ("[file.app]\n", "[file.app]\nowner = \"me\"\n"),
        ("written = [", "written = [\"faces\", "),
    ] {
        let project = installed_by_the_second();
        let manifest = project.read(PATH);
        assert!(manifest.contains(from), "{from}");
        project.write(PATH, &manifest.replacen(from, to, 1));
        assert_refused(&project, &first(), "0.0.2", "0.0.1");
    }
}

#[test]
fn a_release_is_newer_than_its_candidate_and_a_build_is_not() {
    let mut candidate = first();
    candidate.templates.version = "0.0.1-rc.1".into();
    assert_refused(&Project::installed(), &candidate, "0.0.1", "0.0.1-rc.1");
    let project = Project::fresh();
    project.install(&candidate).unwrap();
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
    let mut built = world(crate::support::templates("0.0.1+b.2", &[]));
    built.now = first().now;
    let project = Project::fresh();
    project.install(&built).unwrap();
    assert_eq!(project.install(&first()).unwrap(), Exit::Done);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn status_tells_it_first_and_still_tells_the_rest() {
    let project = Project::fresh();
    assert_eq!(sigra(&project.root, &["install", "--yes", "-q"]).exit, 0);
    let version = env!("CARGO_PKG_VERSION");
    let recorded = format!("templates = \"{version}\"\n");
    let manifest = project.read(PATH);
    project.write(
        PATH,
        &manifest.replace(&recorded, "templates = \"99.0.0\"\n"),
    );
    project.write("src/brand.rs", "// mine\n");
    let said = sigra(&project.root, &["status"]);
    let first = format!(
        "     Version 99.0.0; this program has {version}, which is older: update cargo-sigra\n"
    );
    assert_eq!(said.exit, 0, "{}", said.err);
    assert!(said.err.starts_with(&first), "{}", said.err);
    assert!(said.err.contains("Yours src/brand.rs\n"), "{}", said.err);
    assert!(!said.err.contains("Changes"), "{}", said.err);
    assert_eq!(sigra(&project.root, &["status", "--check"]).exit, 2);
    let said = sigra(&project.root, &["install", "--yes"]);
    assert_eq!((said.exit, said.out.as_str()), (2, ""));
}
