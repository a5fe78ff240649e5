//! A zoo of host projects, one folder each below `tests/zoo/`: `host/` is what is there, `at` the package in it where that is not the
//! top. `patch` is what `--diff` says about the host's own files, all of it; `refused` the sentence where the host stays as it is.
//! Fourteen stand for public projects that were the hardest: `about` says for which. Of those that are installed into, `new` has the
//! migrations that are written, and `later` the patch of the next version.
//! `SIGRA_BLESS=1` writes what comes out.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use crate::support::{Project, second, sigra, tree, world};
use cargo_sigra::{
    answers::Requested,
    ask,
    changes::{Changes, Operation},
    plan::Plan,
    project::Project as Found,
    refusal::Exit,
    review,
    templates::Templates,
    world::World,
};

const NEEDS: &str = r#"says = "people"
[package]
rust-version = "1.85"
[[dependencies]]
group = "web"
axum = { version = "0.8.9", features = ["macros"] }
tokio = { version = "1.53", features = ["macros", "rt-multi-thread"] }
[[dependencies]]
group = "data"
serde = { version = "1", features = ["derive"] }
[dev-dependencies]
tempfile = "3"
[profile.dev]
debug = "line-tables-only"
[ignore]
lines = ["/target", ".env"]
"#;

const CARTS: &str = "create table carts (id blob);\ncreate index carts_id on carts (id);\n";

/// Templates that need little, so that a patch can be read.
fn small() -> World {
    second(&[
        ("base/feature.toml", NEEDS),
        (
            "base/.env.example",
            "# The port.\nPORT=4000\nPOOL_SIZE=10\n\n# The key.\nKEY=\nOLD=1\n",
        ),
        (
            "deploy/.dockerignore",
            "# Not needed.\n**/.env\n**/*.db\nsrc\n",
        ),
        ("sqlite/migrations/02_carts.sql", CARTS),
    ])
}

/// The next version of them.
fn next() -> World {
    let needs = NEEDS.replace("serde = {", "url = \"2.5\"\nserde = {");
    second(&[
        ("base/feature.toml", &needs),
        (
            "base/.env.example",
            "# The port.\nPORT=5000\nPOOL_SIZE=20\n\n# The key of all keys.\nKEY=\n# New.\nNEW=1\n",
        ),
        (
            "deploy/.dockerignore",
            "# Never needed.\n**/.env\n**/*.key\nsrc\n",
        ),
        ("sqlite/migrations/02_carts.sql", CARTS),
        (
            "sqlite/migrations/03_notes.sql",
            "create table jottings (id blob);\n",
        ),
    ])
}

/// The real ones, read once.
fn real() -> World {
    static REAL: OnceLock<Templates> = OnceLock::new();
    world(REAL.get_or_init(|| Templates::embedded().unwrap()).clone())
}

/// One host.
struct Animal {
    folder: PathBuf,
}

impl Animal {
    /// Those that have that file.
    fn with(file: &str) -> Vec<Self> {
        let mut all = Self::all();
        all.retain(|animal| animal.has(file));
        assert!(all.len() >= 15, "only {} have a {file}", all.len());
        all
    }

    /// Those that stand for the hardest of the public projects.
    fn hardest() -> Vec<Self> {
        let mut all = Self::all();
        all.retain(|animal| animal.has("about"));
        all
    }

    fn all() -> Vec<Self> {
        let zoo = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/zoo");
        let mut folders: Vec<_> = fs::read_dir(zoo)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        folders.sort();
        folders.into_iter().map(|folder| Self { folder }).collect()
    }

    fn has(&self, file: &str) -> bool {
        self.folder.join(file).exists()
    }

    fn name(&self) -> &str {
        self.folder.file_name().unwrap().to_str().unwrap()
    }

    fn host(&self) -> BTreeMap<String, String> {
        let files = tree(&self.folder.join("host")).into_iter();
        let texts = files.map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap()));
        texts.collect()
    }

    /// The host in a folder of its own, each text as `save` writes it.
    fn saved(&self, save: fn(&str) -> String) -> Host {
        let whole = Project::empty();
        for (path, text) in self.host() {
            whole.write(&path, &save(&text));
        }
        let at = fs::read_to_string(self.folder.join("at")).unwrap_or_default();
        let mut package = Project::empty();
        package.root = whole.root.join(at.trim());
        Host { whole, package }
    }

    fn free(&self) -> Host {
        self.saved(str::to_owned)
    }

    /// What is written down about it, or now is.
    fn says(&self, file: &str, found: &str) -> String {
        let path = self.folder.join(file);
        if std::env::var_os("SIGRA_BLESS").is_some() {
            fs::write(&path, found).unwrap();
        }
        fs::read_to_string(path)
            .unwrap_or_else(|_| panic!("{} has no {file}:\n{found}", self.name()))
    }
}

/// A host that was let out, and the package in it.
struct Host {
    whole: Project,
    package: Project,
}

impl Host {
    /// What would be done, without doing it.
    fn proposed(&self, world: &World) -> anyhow::Result<(Found, Changes)> {
        let yes = Requested {
            yes: true,
            ..Requested::default()
        };
        let found = Found::read(&self.package.root, &world.templates)?;
        let answers = ask::missing(&found, &yes, world)?;
        let plan = Plan::new(&found, &answers, &world.templates)?;
        let changes = Changes::propose(&found, &plan, world.now, world.random)?;
        Ok((found, changes))
    }

    /// What `--diff` prints.
    fn patch(&self, world: &World) -> String {
        let (found, changes) = self.proposed(world).unwrap();
        review::patch(&changes, &found)
    }

    /// Installs; but for secrets and records, what is there then.
    fn installed(&self, world: &World) -> BTreeMap<String, String> {
        assert_eq!(self.package.install(world).unwrap(), Exit::Done);
        self.files()
    }

    fn files(&self) -> BTreeMap<String, String> {
        let is_kept = |path: &str| !path.contains(".sigra/") && !path.ends_with(".env");
        let files = self
            .whole
            .tree()
            .into_iter()
            .filter(|(path, _)| is_kept(path));
        files
            .map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap()))
            .collect()
    }
}

/// The parts of a patch that are about files which were there.
fn about<'p>(host: &BTreeMap<String, String>, patch: &'p str) -> Vec<&'p str> {
    let starts = patch.match_indices("diff --git ").map(|(at, _)| at);
    let starts: Vec<_> = starts
        .filter(|at| *at == 0 || patch[..*at].ends_with('\n'))
        .collect();
    let ends = starts.iter().skip(1).copied().chain([patch.len()]);
    let parts = starts
        .iter()
        .zip(ends)
        .map(|(start, end)| &patch[*start..end]);
    let path = |part: &str| part.split([' ', '\n']).nth(2).unwrap()["a/".len()..].to_owned();
    parts
        .filter(|part| host.contains_key(&path(part)))
        .collect()
}

#[test]
#[ignore = "long: stage cli runs it"]
fn every_host_that_is_installed_into_gets_exactly_this_patch() {
    for animal in Animal::with("patch") {
        let patch = animal.free().patch(&small());
        let patch = about(&animal.host(), &patch).concat();
        assert_eq!(patch, animal.says("patch", &patch), "{}", animal.name());
    }
}

#[test]
fn fourteen_hosts_stand_for_the_projects_that_were_the_hardest() {
    let hardest = Animal::hardest();
    assert_eq!(hardest.len(), 14);
    for animal in hardest {
        let about = fs::read_to_string(animal.folder.join("about")).unwrap();
        assert!(about.len() > 60, "{}", animal.name());
        assert!(
            animal.has("patch") != animal.has("refused"),
            "{}",
            animal.name()
        );
    }
}

#[test]
fn the_hardest_hosts_get_exactly_these_migrations_and_this_patch_of_the_next_version() {
    let hardest = Animal::hardest().into_iter();
    for animal in hardest.filter(|animal| animal.has("patch")) {
        let host = animal.free();
        let files = host.installed(&small());
        let own = animal.host();
        let new = files.keys().filter(|path| path.contains("migrations/"));
        let new: Vec<_> = new.filter(|path| !own.contains_key(*path)).collect();
        let new: String = new.iter().map(|path| format!("{path}\n")).collect();
        assert_eq!(new, animal.says("new", &new), "{}", animal.name());
        let later = host.patch(&next());
        let later = about(&own, &later).concat();
        assert_eq!(later, animal.says("later", &later), "{}", animal.name());
        assert_eq!(host.package.install(&next()).unwrap(), Exit::Done);
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn the_patch_of_every_host_is_the_run() {
    for animal in Animal::with("patch") {
        let (host, patched) = (animal.free(), animal.free());
        patched.whole.git(&["init", "-q"]);
        let patch = patched.whole.root.join(".git/the.patch");
        fs::write(&patch, patched.patch(&small())).unwrap();
        let patch = patch.to_str().unwrap();
        patched.whole.git(&["apply", "--whitespace=nowarn", patch]);
        assert_eq!(
            patched.files(),
            host.installed(&small()),
            "{}",
            animal.name()
        );
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn every_host_that_is_refused_hears_why_and_what_to_do() {
    for animal in Animal::with("refused") {
        let host = animal.free();
        let before = host.whole.tree();
        let (said, exit) = host.package.typed_refusal(&["install", "--yes"], &small());
        assert_eq!(
            format!("{said}\n"),
            animal.says("refused", &format!("{said}\n")),
            "{}",
            animal.name()
        );
        assert_eq!(
            (exit, host.whole.tree()),
            (Exit::Failed, before),
            "{}",
            animal.name()
        );
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn the_real_templates_refuse_the_same_hosts_and_lose_no_comment_in_the_others() {
    for animal in Animal::all() {
        let proposed = animal.free().proposed(&real());
        let is_refused = proposed.is_err();
        assert_eq!(is_refused, animal.has("refused"), "{}", animal.name());
        for operation in proposed.iter().flat_map(|(_, changes)| &changes.operations) {
            assert_commented(&animal, operation);
        }
    }
}

/// What is said in the comments of a text, each with the key or the feature that it stands behind.
fn comments(text: &str) -> Vec<(String, String)> {
    let split = text.lines().filter_map(|line| line.split_once('#'));
    let words = split.map(|(code, comment)| {
        let word = code.split_whitespace().next().unwrap_or_default();
        let word = word.split(['.', ',']).next().unwrap_or_default();
        (word.to_owned(), comment.to_owned())
    });
    words.collect()
}

/// Every comment of the host's own stands where it stood.
#[track_caller]
fn assert_commented(animal: &Animal, operation: &Operation) {
    let Operation {
        path,
        before: Some(before),
        after: Some(after),
    } = operation
    else {
        return;
    };
    if path.ends_with(".rs") {
        return;
    }
    let text = |bytes: &[u8]| String::from_utf8(bytes.into()).unwrap();
    let (mine, after) = (comments(&text(&before.bytes)), text(&after.bytes));
    let there = comments(&after);
    let lost = mine.iter().find(|comment| !there.contains(comment));
    assert_eq!(lost, None, "{}: {path}\n{after}", animal.name());
}

#[test]
#[ignore = "long: stage cli runs it"]
fn a_second_installation_changes_nothing_in_any_host() {
    for animal in Animal::with("patch") {
        let host = animal.free();
        host.installed(&small());
        let before = host.whole.tree();
        host.installed(&small());
        assert!(host.whole.tree() == before, "{}", animal.name());
        let status = ["status", "--check", "--quiet"];
        let status = host.package.typed(&status, &small());
        assert_eq!(status.unwrap(), Exit::Done, "{}", animal.name());
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn every_host_is_as_it_was_when_all_is_taken_out() {
    for save in [str::to_owned, on_windows, with_a_mark] {
        for animal in Animal::with("patch") {
            let host = animal.saved(save);
            let before = host.files();
            host.installed(&small());
            let out = host
                .package
                .typed(&["uninstall", "--yes", "--quiet", "--migrations"], &small());
            assert_eq!(out.unwrap(), Exit::Done, "{}", animal.name());
            assert_eq!(host.files(), before, "{}", animal.name());
        }
    }
}

fn on_windows(text: &str) -> String {
    text.replace('\n', "\r\n")
}

fn with_a_mark(text: &str) -> String {
    format!("\u{feff}{text}")
}

/// However a host is saved, the same is put into it, and it stays saved like that.
#[test]
#[ignore = "long: stage cli runs it"]
fn line_ends_and_byte_order_marks_make_no_difference_in_any_host() {
    for save in [on_windows, with_a_mark] {
        for animal in Animal::with("patch") {
            let plain = animal.free().installed(&small());
            let saved = animal.saved(save).installed(&small());
            let host = animal.host().into_iter();
            // A line without an end has none that could be kept.
            for (path, _) in host.filter(|(_, text)| text.contains('\n')) {
                let wanted = save(&plain[&path]);
                assert_eq!(saved[&path], wanted, "{}: {path}", animal.name());
            }
        }
        for animal in Animal::with("refused") {
            let said = animal.saved(save).package.refusal(&small());
            let said = format!("{said}\n");
            assert_eq!(said, animal.says("refused", &said), "{}", animal.name());
        }
    }
}

#[test]
fn where_there_are_several_programs_the_next_step_names_ours() {
    for (name, step) in [
        ("several_programs", "cargo run --bin shop"),
        ("a_program", "cargo run"),
    ] {
        let animals = Animal::all();
        let animal = animals.iter().find(|animal| animal.name() == name);
        let host = animal.unwrap().free();
        let said = sigra(&host.package.root, &["install", "--yes"]).err;
        assert!(said.contains(&format!("\n  {step}        # ")), "{said}");
    }
}
