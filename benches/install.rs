//! How long it takes to plan an installation and to write it. Both should stay far below what a
//! person notices.
#![allow(missing_docs, clippy::unwrap_used, clippy::disallowed_methods)]

use std::{fs, path::Path};

use cargo_sigra::{
    answers::Answers, apply, changes::Changes, feature::Database, plan::Plan, project::Project,
    templates::Templates, timestamp::Timestamp,
};
use divan::Bencher;
use tempfile::TempDir;

fn main() {
    divan::main();
}

fn fresh() -> TempDir {
    fresh_in(&std::env::temp_dir())
}

fn fresh_in(place: &Path) -> TempDir {
    let folder = tempfile::tempdir_in(place).unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(
        folder.path().join("Cargo.toml"),
        "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n",
    )
    .unwrap();
    fs::write(
        folder.path().join("src/main.rs"),
        "fn main() {\n    println!(\"Hello, world!\");\n}\n",
    )
    .unwrap();
    folder
}

fn read(root: &Path) -> (Project, Templates) {
    let templates = Templates::embedded().unwrap();
    (
        Project::read(&root.canonicalize().unwrap(), &templates).unwrap(),
        templates,
    )
}

fn changes(project: &Project, templates: &Templates) -> Changes {
    let plan = Plan::new(
        project,
        &Answers {
            database: Database::Sqlite,
            key: cargo_sigra::feature::Key::Uuid,
            table: cargo_sigra::answers::Table::default(),
            features: Default::default(),
            starter: Some(cargo_sigra::feature::Shape::Bin),
        },
        templates,
    )
    .unwrap();
    Changes::propose(
        project,
        &plan,
        Timestamp::parse("20260101000000").unwrap(),
        |count| Ok(vec![0; count]),
    )
    .unwrap()
}

#[divan::bench]
fn reading(bencher: Bencher<'_, '_>) {
    let folder = fresh();
    bencher.bench(|| read(folder.path()));
}

#[divan::bench]
fn planning(bencher: Bencher<'_, '_>) {
    let folder = fresh();
    let (project, templates) = read(folder.path());
    bencher.bench(|| changes(&project, &templates));
}

#[divan::bench]
fn writing(bencher: Bencher<'_, '_>) {
    let prepared = || {
        let folder = fresh();
        let (project, templates) = read(folder.path());
        (changes(&project, &templates), project, folder)
    };
    bencher
        .with_inputs(prepared)
        .bench_values(|(changes, project, folder)| {
            apply::write(
                "install",
                &changes,
                &project.root,
                Timestamp::parse("20260101000000").unwrap(),
                &apply::Disk::real(),
            )
            .unwrap();
            folder
        });
}

/// All of it, as somebody waits for it; on a disk, and where nothing has to be waited for.
#[divan::bench(args = ["/var/tmp", "/dev/shm"])]
fn installing(bencher: Bencher<'_, '_>, place: &str) {
    bencher
        .with_inputs(|| fresh_in(Path::new(place)))
        .bench_values(|folder| {
            let (project, templates) = read(folder.path());
            let changes = changes(&project, &templates);
            apply::write(
                "install",
                &changes,
                &project.root,
                Timestamp::parse("20260101000000").unwrap(),
                &apply::Disk::real(),
            )
            .unwrap();
            folder
        });
}
