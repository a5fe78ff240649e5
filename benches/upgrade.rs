//! How long somebody waits for an upgrade, and what it keeps, beside copier's `update`: the day after in a real project, of which
//! about 100 files have news, and on which its owner has worked.
//!
//! Both are run as whole programs, each in a copy of the same project with the same edits and the same news. Rounds are
//! interleaved, so that whatever else the machine does happens to both, and the ratio is the median of the rounds' ratios. It fails
//! if an edit is lost, or if even the fastest round takes more than twice as long as it may: machines differ.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs
)]

#[path = "upgrade/copier.rs"]
mod copier;
#[path = "upgrade/day.rs"]
mod day;
#[path = "../tests/support/mod.rs"]
mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use cargo_sigra::{
    answers::Requested,
    apply, ask,
    changes::Changes,
    plan::Plan,
    project::Project,
    review,
    say::{Format, Loudness, Voice},
    world::World,
};
use copier::Copier;
use day::{Day, Fate, SIGRA, copy};

const ROUNDS: usize = 7;
/// How many times as long as ours copier's update takes, at least.
const AIM: f64 = 25.0;
/// Other settings than ours, by which every line moves.
const OTHER_STYLE: &str = "hard_tabs = true\nmax_width = 60\n";

fn main() -> ExitCode {
    let folder = tempfile::tempdir_in(place()).unwrap();
    let day = Day::new(folder.path());
    let styled = in_another_style(&day, folder.path());
    let copier = Copier::new(&day, folder.path());
    println!(
        "{} files have news; {} are edited",
        day.news(),
        day.edits.len()
    );

    let mut race = Race::new(folder.path());
    let mut parts = Parts::default();
    for _ in 0..ROUNDS {
        race.look(&day.project);
        race.upgrade(&day.project);
        race.upgrade_styled(&styled);
        if let Ok(copier) = &copier {
            race.update(copier);
        }
        parts.time(&race.fresh(&day.project, "inside"));
    }
    let is_fast = race.report();
    parts.report();
    match &copier {
        Ok(copier) => race.compare(copier),
        Err(why) => println!("\ncopier was NOT compared: {why}"),
    }
    if race.keeps_everything(&day) && is_fast {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// A folder on a disk, as far as there is one, and below no workspace.
fn place() -> PathBuf {
    let disk = Path::new("/var/tmp");
    if disk.is_dir() {
        disk.into()
    } else {
        std::env::temp_dir()
    }
}

/// The project of an owner with other settings, who has formatted all of it.
fn in_another_style(day: &Day, folder: &Path) -> PathBuf {
    let styled = folder.join("styled");
    copy(&day.project, &styled);
    fs::write(styled.join("rustfmt.toml"), OTHER_STYLE).unwrap();
    for (path, _) in support::tree(&styled) {
        if path.starts_with("src/") && path.ends_with(".rs") {
            format(&styled.join(path));
        }
    }
    day::commit(&styled);
    for fate in Fate::ALL {
        let (kept, of) = day.kept(&styled, fate);
        assert_eq!(kept, of, "rustfmt has broken an edited line");
    }
    styled
}

/// One file alone: rustfmt would look for the modules that it names, some of which have other names in the older version.
fn format(path: &Path) {
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--edition", "2024", "--emit", "stdout", "--quiet"]);
    rustfmt
        .stdin(fs::File::open(path).unwrap())
        .current_dir(path.parent().unwrap());
    let output = rustfmt.output().unwrap();
    assert!(
        output.status.success(),
        "{}: {}",
        path.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    fs::write(path, output.stdout).unwrap();
}

/// What is timed, and the projects that came of it.
struct Race<'a> {
    folder: &'a Path,
    figures: [Figure; 5],
}

/// One command, and how long it took in each round.
struct Figure {
    name: &'static str,
    /// In milliseconds.
    limit: Option<f64>,
    times: Vec<f64>,
    exit: i32,
}

impl Figure {
    fn new(name: &'static str, limit: Option<f64>) -> Self {
        Self {
            name,
            limit,
            times: Vec::new(),
            exit: 0,
        }
    }

    fn time(&mut self, command: &mut Command) {
        let start = Instant::now();
        let output = command.output().unwrap();
        self.times.push(milliseconds(start.elapsed()));
        self.exit = output.status.code().unwrap_or(-1);
        // With conflicts we end with 4, copier with 0.
        assert!(
            [0, 4].contains(&self.exit),
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn line(&self) -> String {
        let most = self.times.iter().copied().fold(0.0, f64::max);
        let limit = self
            .limit
            .map_or("".to_owned(), |limit| format!("{limit:.0}"));
        format!(
            "{:34} {:>8.0} {:>8.0} {most:>8.0} {limit:>8} {:>6}",
            self.name,
            self.median(),
            self.least(),
            self.exit
        )
    }

    fn median(&self) -> f64 {
        median(self.times.iter().copied())
    }

    fn least(&self) -> f64 {
        self.times.iter().copied().fold(f64::MAX, f64::min)
    }

    /// Machines differ, but not by that much; and what else they do never makes anything faster.
    fn is_far_above_its_limit(&self) -> bool {
        self.limit.is_some_and(|limit| self.least() > 2.0 * limit)
    }
}

const DIFF: usize = 0;
const DRY_RUN: usize = 1;
const UPGRADE: usize = 2;
const STYLED: usize = 3;
const UPDATE: usize = 4;

impl<'a> Race<'a> {
    fn new(folder: &'a Path) -> Self {
        let figures = [
            Figure::new("upgrade --diff", Some(120.0)),
            Figure::new("upgrade --dry-run", Some(120.0)),
            Figure::new("upgrade", Some(450.0)),
            Figure::new("upgrade, in the owner's format", Some(650.0)),
            Figure::new("copier update", None),
        ];
        Self { folder, figures }
    }

    fn look(&mut self, project: &Path) {
        self.figures[DIFF].time(&mut sigra(project, &["--diff"]));
        self.figures[DRY_RUN].time(&mut sigra(project, &["--dry-run"]));
    }

    fn upgrade(&mut self, project: &Path) {
        let copy = self.fresh(project, "upgraded");
        self.figures[UPGRADE].time(&mut sigra(&copy, &[]));
    }

    fn upgrade_styled(&mut self, project: &Path) {
        let copy = self.fresh(project, "upgraded-styled");
        self.figures[STYLED].time(&mut sigra(&copy, &[]));
    }

    fn update(&mut self, copier: &Copier) {
        let copy = self.fresh(&copier.project, "updated");
        self.figures[UPDATE].time(&mut copier.update(&copy));
    }

    /// A copy, in place of the one of the last round.
    fn fresh(&self, project: &Path, name: &str) -> PathBuf {
        let fresh = self.folder.join(name);
        _ = fs::remove_dir_all(&fresh);
        copy(project, &fresh);
        fresh
    }

    /// Whether everything is about as fast as it has to be.
    fn report(&self) -> bool {
        println!(
            "\n{:34} {:>8} {:>8} {:>8} {:>8} {:>6}",
            "ms", "median", "least", "most", "limit", "exit"
        );
        let timed = self
            .figures
            .iter()
            .filter(|figure| !figure.times.is_empty());
        timed
            .clone()
            .for_each(|figure| println!("{}", figure.line()));
        let slow: Vec<_> = timed
            .filter(|figure| figure.is_far_above_its_limit())
            .collect();
        slow.iter()
            .for_each(|figure| println!("{} takes more than twice as long as it may", figure.name));
        slow.is_empty()
    }

    fn compare(&self, copier: &Copier) {
        let rounds = self.figures[UPDATE]
            .times
            .iter()
            .zip(&self.figures[UPGRADE].times);
        let ratio = median(rounds.map(|(theirs, ours)| theirs / ours));
        let verdict = if ratio >= AIM { "met" } else { "MISSED" };
        println!(
            "\n{}: its update takes {ratio:.0} times as long; the aim of {AIM:.0} is {verdict}",
            copier.version()
        );
    }

    /// What is left of the owner's lines in each of the projects; whether we have lost none.
    fn keeps_everything(&self, day: &Day) -> bool {
        let all = [
            (UPGRADE, "upgraded"),
            (STYLED, "upgraded-styled"),
            (UPDATE, "updated"),
        ];
        let projects = all
            .iter()
            .filter(|(figure, _)| !self.figures[*figure].times.is_empty());
        let mut is_all = true;
        println!();
        for (figure, project) in projects {
            let project = self.folder.join(project);
            for fate in Fate::ALL {
                let (kept, of) = day.kept(&project, fate);
                is_all &= kept == of || *figure == UPDATE;
                println!(
                    "{:34} kept {kept:>3} of {of:>3} edited lines {}",
                    self.figures[*figure].name,
                    fate.says()
                );
            }
            let marked = files_with_markers(&project);
            println!("{:34} {marked} files with markers", "");
        }
        is_all
    }
}

fn files_with_markers(project: &Path) -> usize {
    let files = support::tree(project).into_iter();
    let files = files.filter(|(path, _)| !path.starts_with(".sigra/"));
    files
        .filter(|(_, bytes)| {
            String::from_utf8_lossy(bytes)
                .lines()
                .any(|line| line.starts_with("<<<<<<< "))
        })
        .count()
}

fn sigra(project: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(SIGRA);
    command
        .args(["upgrade", "--yes"])
        .args(words)
        .current_dir(project);
    command
}

/// Where the time of one upgrade goes, seen from inside: reading, planning and comparing, the patch, writing.
#[derive(Default)]
struct Parts([Vec<f64>; 4]);

impl Parts {
    fn time(&mut self, root: &Path) {
        let world = World::real(Voice::new(Loudness::Quiet, Format::Human)).unwrap();
        let requested = Requested {
            yes: true,
            ..Requested::default()
        };
        let root = root.canonicalize().unwrap();
        let project = self.part(0, || Project::read(&root, &world.templates).unwrap());
        let changes = self.part(1, || {
            let answers = ask::missing(&project, &requested, &world).unwrap();
            let plan = Plan::new(&project, &answers, &world.templates).unwrap();
            Changes::propose(&project, &plan, world.now, world.random).unwrap()
        });
        self.part(2, || review::patch(&changes, &project));
        self.part(3, || {
            apply::write("upgrade", &changes, &root, world.now, &world.disk).unwrap()
        });
    }

    fn part<T>(&mut self, part: usize, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let done = work();
        self.0[part].push(milliseconds(start.elapsed()));
        done
    }

    fn report(&self) {
        let [read, compared, shown, written] =
            self.0.each_ref().map(|times| median(times.iter().copied()));
        println!(
            "\nin process: read {read:.0} ms, planned and compared {compared:.0} ms, shown as a patch {shown:.0} ms, written {written:.0} ms"
        );
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_unstable_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
