//! Faults that a careless owner or an attacker might put into a generated project, each seeded alone: the tests that come with the
//! project have to notice.
//!
//! The faults are in `seeded/`, a file for each area. `tests/run faults` seeds them all, which takes more than an hour;
//! `SIGRA_FAULTS="limits sudo-counts-nothing"` names areas and faults instead. With `SIGRA_FAULTS_BRIEFLY=1`, only the tests that
//! should notice are run, which shows where those are missing.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used
)]

#[path = "../around/mod.rs"]
mod around;

mod fault;
mod project;
mod report;

use std::{collections::BTreeSet, env, fs, time::SystemTime};

use fault::{Area, Fault, Source};
use project::{Outcome, Project};
use report::Report;

/// How many faults a run on every change seeds.
const SAMPLE: usize = 10;

#[test]
fn every_fault_can_be_seeded() {
    let folder = tempfile::tempdir().unwrap();
    let source = Source::read(&project::generate(folder.path()));
    let mut names = BTreeSet::new();
    let mut wrong = Vec::new();
    for area in Area::all() {
        for fault in area.faults {
            if !names.insert(fault.id.clone()) {
                wrong.push(format!("{}: a second fault of this name", fault.id));
            }
            if let Err(reason) = fault.place(&source) {
                wrong.push(format!("{}: {reason}", fault.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Others every day.
#[test]
#[ignore = "takes minutes"]
fn a_sample_is_noticed() {
    let now = SystemTime::now();
    let day = now.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let day = usize::try_from(day.as_secs() / (24 * 60 * 60)).unwrap();
    let faults: Vec<Fault> = wanted().into_iter().flat_map(|area| area.faults).collect();
    let faults: Vec<Fault> = faults.into_iter().filter(Fault::is_expected).collect();
    let step = faults.len() / SAMPLE;
    let sample = (0..SAMPLE).map(|number| faults[(number * step + day) % faults.len()].clone());
    let sample = Area {
        name: "sample".to_owned(),
        faults: sample.collect(),
    };
    // That all tests pass without them, another stage has seen.
    seed(&Project::build(), &[sample]).expect_all();
}

#[test]
#[ignore = "takes hours"]
fn every_fault_is_noticed() {
    let project = Project::build();
    project.expect_good();
    seed(&project, &wanted()).expect_enough();
}

/// The areas and faults that `SIGRA_FAULTS` names, or all.
fn wanted() -> Vec<Area> {
    let all = Area::all();
    let Ok(names) = env::var("SIGRA_FAULTS") else {
        return all;
    };
    let names: BTreeSet<&str> = names.split_whitespace().collect();
    let some = all.into_iter().map(|area| {
        let whole = names.contains(area.name.as_str());
        let mut faults = area.faults;
        faults.retain(|fault| whole || names.contains(fault.id.as_str()));
        Area { faults, ..area }
    });
    let some: Vec<Area> = some.filter(|area| !area.faults.is_empty()).collect();
    assert!(!some.is_empty(), "SIGRA_FAULTS names no fault and no area");
    some
}

fn seed(project: &Project, areas: &[Area]) -> Report {
    let source = Source::read(&project.root);
    let mut report = Report::default();
    for area in areas {
        for fault in &area.faults {
            if let Some(reason) = &fault.equivalent {
                report.equivalent(area, fault, reason);
                continue;
            }
            let outcome = try_one(project, &source, fault);
            report.add(area, fault, outcome);
        }
    }
    report
}

fn try_one(project: &Project, source: &Source, fault: &Fault) -> Outcome {
    let placed = match fault.place(source) {
        Ok(placed) => placed,
        Err(reason) => return Outcome::Broken(reason),
    };
    let path = project.root.join(&placed.file);
    fs::write(&path, &placed.with_fault).unwrap();
    let outcome = project.judge(&fault.tests);
    fs::write(&path, &placed.without_fault).unwrap();
    outcome
}
