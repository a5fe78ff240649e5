//! The program itself, killed at moments that nobody has chosen, and killed again while it recovers,
//! and several of it at once: afterwards there is the old tree or the new one. `SIGRA_SEED` repeats the throws of the dice,
//! though not what the machine makes of them.
#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

use std::{
    collections::BTreeMap,
    env, fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant, SystemTime},
};

use cargo_sigra::{apply, manifest, sum::Sum};
use support::{CARGO_TOML, MAIN, sigra};
use tempfile::TempDir;
use walkdir::WalkDir;

const FEW: usize = 100;
const MANY: usize = 2500;
/// After how many kills it is told how it goes.
const REPORT: usize = 250;
/// How closely a run is watched.
const GLANCE: Duration = Duration::from_micros(100);

#[test]
#[ignore = "long: stage cli runs it"]
fn a_first_installation() {
    ordeal(&Story::first_installation(), FEW);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn an_upgrade_with_edits_and_news() {
    ordeal(&Story::upgrade(), FEW);
}

#[test]
#[ignore = "takes minutes"]
fn a_first_installation_killed_very_often() {
    ordeal(&Story::first_installation(), MANY);
}

#[test]
#[ignore = "takes minutes"]
fn an_upgrade_with_edits_and_news_killed_very_often() {
    ordeal(&Story::upgrade(), MANY);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn of_several_at_once_one_writes_and_the_others_find_that_or_say_why_not() {
    for story in [Story::first_installation(), Story::upgrade()] {
        for _ in 0..3 {
            let copy = story.copy();
            let said = at_once(&copy, story.words);
            assert!(story.is_new(&tree(copy.path())), "{said:?}");
            assert!(said.iter().any(|(exit, _)| *exit == Some(0)), "{said:?}");
            for (exit, says) in &said {
                let why = match exit {
                    Some(0) => "",
                    Some(1) => " was changed while this ran; nothing was written, run it again\n",
                    Some(5) => {
                        "error: another `cargo sigra` is writing into this project; wait for it and run this again\n"
                    }
                    _ => "nothing else",
                };
                assert!(says.ends_with(why), "{said:?}");
            }
        }
    }
}

fn at_once(copy: &TempDir, words: &[&str]) -> Vec<(Option<i32>, String)> {
    let begin = |_| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_cargo-sigra"));
        let program = program.args(words).current_dir(copy.path());
        program.stderr(Stdio::piped()).spawn().unwrap()
    };
    let programs: Vec<_> = (0..4).map(begin).collect();
    let ended = programs.into_iter().map(|program| {
        let output = program.wait_with_output().unwrap();
        let says = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), says)
    });
    ended.collect()
}

/// Every folder, and every file with its permissions.
type Tree = BTreeMap<String, Option<(u32, Vec<u8>)>>;

/// A run from one tree to another, and how long it takes where nobody kills it.
struct Story {
    project: TempDir,
    words: &'static [&'static str],
    old: Tree,
    new: Tree,
    /// From the start to the end.
    whole: Duration,
    /// From the first staged file to the end.
    writing: Duration,
    /// From the journal to the end.
    applying: Duration,
    /// A recovery, from the start to the end.
    recovering: Duration,
    /// From the first file that it moves to the end.
    moving: Duration,
}

impl Story {
    fn first_installation() -> Self {
        let project = folder();
        fs::create_dir(project.path().join("src")).unwrap();
        write(&project, "Cargo.toml", CARGO_TOML);
        write(&project, "src/main.rs", MAIN);
        Self::of(project, &["install", "--yes", "-q"])
    }

    /// Into a project of earlier templates, which has its owner's edits in files that change: some
    /// come, some go, some are merged.
    fn upgrade() -> Self {
        let project = folder();
        fs::create_dir(project.path().join("src")).unwrap();
        write(&project, "Cargo.toml", CARGO_TOML);
        write(&project, "src/main.rs", MAIN);
        let said = sigra(project.path(), &["install", "--yes", "-q"]);
        assert_eq!(said.exit, 0, "{}", said.err);
        for id in ["accounts", "app", "brand"] {
            make_older(&project, id);
        }
        let dropped = "[file.\"dropped\"]\npath = \"src/old/dropped.rs\"\nbase = \"SUM\"\n\n";
        let base = "// dropped\n";
        let record = dropped.replace("SUM", &Sum::of(base.as_bytes()).to_string());
        let text = read(&project, manifest::PATH).replacen(
            "[migration.",
            &format!("{record}[migration."),
            1,
        );
        write(&project, manifest::PATH, &text);
        write(&project, ".sigra/base/dropped.base", base);
        fs::create_dir(project.path().join("src/old")).unwrap();
        write(&project, "src/old/dropped.rs", base);
        for path in ["src/web/routes.rs", "src/texts.rs", "Cargo.toml"] {
            let mark = if path.ends_with(".rs") { "//" } else { "#" };
            let edited = format!("{}{mark} edited\n", read(&project, path));
            write(&project, path, &edited);
        }
        Self::of(project, &["install", "--yes", "-q", "--jwt"])
    }

    fn of(project: TempDir, words: &'static [&'static str]) -> Self {
        let mut story = Self {
            old: tree(project.path()),
            project,
            words,
            new: Tree::new(),
            whole: Duration::ZERO,
            writing: Duration::ZERO,
            applying: Duration::ZERO,
            recovering: Duration::ZERO,
            moving: Duration::ZERO,
        };
        story.watch();
        story.watch_a_recovery();
        story
    }

    /// Lets a run come to its end.
    fn watch(&mut self) {
        let copy = self.copy();
        let (start, mut run) = (Instant::now(), begin(&copy, self.words));
        let staged = until(&mut run, || is_staging(copy.path()));
        let begun = until(&mut run, || apply::is_unfinished(copy.path()));
        assert_eq!(run.wait().unwrap().code(), Some(0));
        let end = Instant::now();
        // Where others wait for the same machine, all may be over before the second glance.
        let (Some(staged), Some(begun)) = (staged, begun) else {
            return self.watch();
        };
        self.whole = end - start;
        self.writing = end - staged;
        self.applying = end - begun;
        self.new = tree(copy.path());
        assert_ne!(self.old, self.new);
    }

    /// Lets a recovery with much to do come to its end.
    fn watch_a_recovery(&mut self) {
        let copy = self.copy();
        while !apply::is_unfinished(copy.path()) {
            sigra(copy.path(), way(false));
            let mut run = begin(&copy, self.words);
            until(&mut run, || apply::is_unfinished(copy.path()));
            kill(run);
        }
        let before = moves(copy.path());
        let (start, mut run) = (Instant::now(), begin(&copy, way(true)));
        let moved = until(&mut run, || moves(copy.path()) != before);
        assert_eq!(run.wait().unwrap().code(), Some(0));
        self.recovering = start.elapsed();
        self.moving = moved.unwrap_or(start).elapsed();
    }

    /// Kills one recovery: at any moment, or after it has begun to move files.
    fn kill_a_recovery(&self, copy: &TempDir, is_forward: bool, dice: &mut Dice) -> bool {
        let before = moves(copy.path());
        let mut run = begin(copy, way(is_forward));
        let longest = match dice.below(4) {
            0 => self.recovering,
            _ => {
                until(&mut run, || moves(copy.path()) != before);
                self.moving
            }
        };
        wait(dice.within(longest));
        kill(run)
    }

    fn copy(&self) -> TempDir {
        let copy = folder();
        let from = self.project.path().join(".");
        let mut cp = Command::new("cp");
        let copied = cp.arg("-a").arg(from).arg(copy.path()).status().unwrap();
        assert!(copied.success());
        copy
    }

    /// Kills one run: at any moment, or while it writes, or after it has written its journal, or
    /// after it has begun to change the project. Tells whether it was killed before its end.
    fn kill_one(&self, copy: &TempDir, dice: &mut Dice) -> bool {
        let mut run = begin(copy, self.words);
        let longest = match dice.below(6) {
            0 => self.whole,
            1 => {
                until(&mut run, || is_staging(copy.path()));
                self.writing
            }
            2 | 3 => {
                until(&mut run, || apply::is_unfinished(copy.path()));
                self.applying
            }
            _ => {
                until(&mut run, || apply::is_unfinished(copy.path()));
                let before = moves(copy.path());
                until(&mut run, || moves(copy.path()) != before);
                self.applying / 4
            }
        };
        wait(dice.within(longest));
        kill(run)
    }

    fn is_old(&self, found: &Tree) -> bool {
        *found == self.old
    }

    /// The new tree holds secrets and timestamps of its own.
    fn is_new(&self, found: &Tree) -> bool {
        let secrets = |tree: &Tree| tree.get(".env").cloned().flatten().unwrap_or_default().1;
        secrets(found).starts_with(&secrets(&self.old)) && timeless(found) == timeless(&self.new)
    }
}

/// Gives a file the look of an older version: its owner has edited it at the top, and the templates
/// have changed its end since.
fn make_older(project: &TempDir, id: &str) {
    let path = format!("src/{id}.rs");
    let base = format!("{}// an older end\n", read(project, &path));
    let newer = Sum::of(read(project, &path).as_bytes()).to_string();
    let text = read(project, manifest::PATH);
    assert!(text.contains(&newer), "{path} has no record");
    write(
        project,
        manifest::PATH,
        &text.replace(&newer, &Sum::of(base.as_bytes()).to_string()),
    );
    write(project, &manifest::base_path(id), &base);
    write(project, &path, &format!("// edited\n{base}"));
}

/// What happened in an ordeal.
#[derive(Debug, Default)]
struct Tally {
    /// Runs that were killed before their end.
    runs: usize,
    /// Those that left a journal.
    begun: usize,
    /// Those that left some files new and others old.
    halfway: usize,
    /// Recoveries that were killed before their end.
    recoveries: usize,
    /// Those that had moved some files and not all.
    moved: usize,
    /// How it ended each time.
    old: usize,
    new: usize,
}

impl Tally {
    fn kills(&self) -> usize {
        self.runs + self.recoveries
    }
}

/// Kills that many runs and recoveries, and looks at what is left each time.
fn ordeal(story: &Story, kills: usize) {
    let seed = seed();
    let mut dice = Dice(seed);
    let mut tally = Tally::default();
    while tally.kills() < kills {
        let last = tally.kills();
        let copy = story.copy();
        let was_killed = story.kill_one(&copy, &mut dice);
        let has_begun = apply::is_unfinished(copy.path());
        tally.runs += usize::from(was_killed);
        tally.begun += usize::from(has_begun);
        let progress = progress(&copy);
        tally.halfway += usize::from(progress.is_some_and(|(done, of)| 0 < done && done < of));
        if has_begun && dice.below(4) == 0 {
            refuses(&copy, story.words);
        }
        if has_begun && dice.below(4) > 0 {
            kill_recoveries(story, &copy, &mut dice, &mut tally);
        }
        recover_at_last(&copy, &mut dice);
        let found = tree(copy.path());
        match (story.is_old(&found), story.is_new(&found)) {
            (true, _) => tally.old += 1,
            (_, true) => tally.new += 1,
            _ => panic!(
                "neither the old tree nor the new one, SIGRA_SEED={seed}, {tally:?}: {:?}",
                difference(&found, story)
            ),
        }
        if tally.kills() / REPORT > last / REPORT {
            eprintln!("SIGRA_SEED={seed} {tally:?}");
        }
    }
    let says = format!("SIGRA_SEED={seed} {tally:?}");
    eprintln!("{says}");
    assert!(tally.begun * 4 > tally.runs, "{says}");
    assert!(tally.halfway * 20 > tally.runs, "{says}");
    assert!(tally.moved * 6 > tally.recoveries, "{says}");
    assert!(tally.old > 0 && tally.new > 0, "{says}");
}

/// How many files a run that was stopped has changed, and of how many.
fn progress(copy: &TempDir) -> Option<(usize, usize)> {
    let stopped = apply::stopped(copy.path()).unwrap();
    stopped.map(|stopped| (stopped.done, stopped.of))
}

/// The next run touches nothing, and says what to do.
fn refuses(copy: &TempDir, words: &[&str]) {
    let before = tree(copy.path());
    let said = sigra(copy.path(), words);
    assert_eq!(said.exit, 5, "{}", said.err);
    assert!(said.err.contains("`cargo sigra recover` goes back"));
    assert!(tree(copy.path()) == before, "a refusal changed the project");
}

/// Kills one recovery after the other, in one direction or in both, until one comes to its end.
fn kill_recoveries(story: &Story, copy: &TempDir, dice: &mut Dice, tally: &mut Tally) {
    let direction = dice.below(3);
    for _ in 0..8 {
        let is_forward = direction == 0 || direction == 1 && dice.below(2) == 0;
        let before = progress(copy);
        tally.recoveries += usize::from(story.kill_a_recovery(copy, is_forward, dice));
        match progress(copy) {
            None => return,
            after => tally.moved += usize::from(after != before),
        }
    }
}

fn way(is_forward: bool) -> &'static [&'static str] {
    if is_forward {
        &["recover", "-q", "--forward"]
    } else {
        &["recover", "-q"]
    }
}

/// Forward where that is still possible, or back; and nothing of ours is left over then.
fn recover_at_last(copy: &TempDir, dice: &mut Dice) {
    let is_forward = dice.below(2) == 0;
    let mut said = sigra(copy.path(), way(is_forward));
    if said.exit == 5 && is_forward {
        assert!(
            said.err.contains("without --forward goes back"),
            "{}",
            said.err
        );
        said = sigra(copy.path(), way(false));
    }
    // Where nothing of ours is left, there is nothing to recover either.
    let is_untouched = said.exit == 1 && !copy.path().join(".sigra").exists();
    assert!(said.exit == 0 || is_untouched, "{}", said.err);
}

/// What differs from the tree that is nearer.
fn difference(found: &Tree, story: &Story) -> Vec<String> {
    let found = timeless(found);
    let differs = |tree: &Tree| {
        let tree = timeless(tree);
        let paths = found.keys().chain(tree.keys());
        let mut paths: Vec<_> = paths
            .filter(|path| found.get(*path) != tree.get(*path))
            .cloned()
            .collect();
        paths.sort();
        paths.dedup();
        paths
    };
    let (old, new) = (differs(&story.old), differs(&story.new));
    if old.len() < new.len() { old } else { new }
}

fn folder() -> TempDir {
    // A kill loses nothing that was written, so that a disk in memory is as good.
    if Path::new("/dev/shm").is_dir() {
        tempfile::tempdir_in("/dev/shm").unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

fn read(project: &TempDir, path: &str) -> String {
    fs::read_to_string(project.path().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

fn write(project: &TempDir, path: &str, text: &str) {
    fs::write(project.path().join(path), text).unwrap();
}

fn tree(root: &Path) -> Tree {
    let entries = WalkDir::new(root).min_depth(1).into_iter();
    let read = entries.map(|entry| {
        let entry = entry.unwrap();
        let path = entry.path().strip_prefix(root).unwrap().to_str().unwrap();
        let file = entry.file_type().is_file().then(|| {
            let mode = entry.metadata().unwrap().permissions().mode();
            (mode, fs::read(entry.path()).unwrap())
        });
        (path.to_owned(), file)
    });
    read.filter(|(path, _)| path != ".sigra/lock").collect()
}

/// Without the timestamps of migrations and without the secrets.
fn timeless(tree: &Tree) -> Tree {
    let timeless = tree.iter().map(|(path, file)| {
        let file = file.as_ref().map(|(mode, bytes)| {
            let text = String::from_utf8_lossy(bytes);
            let text = match path.as_str() {
                ".env" => keys_only(&text),
                manifest::PATH => without_stamps(&text),
                _ => return (*mode, bytes.clone()),
            };
            (*mode, text.into_bytes())
        });
        (without_stamps(path), file)
    });
    timeless.collect()
}

fn keys_only(text: &str) -> String {
    let key = |line: &str| line.split('=').next().unwrap_or_default().to_owned();
    text.lines().map(key).collect::<Vec<_>>().join("\n")
}

fn without_stamps(text: &str) -> String {
    let mut parts = text.split("migrations/");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let name = part.trim_start_matches(|letter: char| letter.is_ascii_digit());
        format!("{text}migrations/{name}")
    })
}

fn begin(copy: &TempDir, words: &[&str]) -> Child {
    let mut program = Command::new(env!("CARGO_BIN_EXE_cargo-sigra"));
    let program = program.args(words).current_dir(copy.path());
    program.stderr(Stdio::null()).spawn().unwrap()
}

/// Kills a program; tells whether it was still there.
fn kill(mut run: Child) -> bool {
    _ = run.kill();
    run.wait().unwrap().code().is_none()
}

fn is_staging(root: &Path) -> bool {
    root.join(".sigra/txn").exists()
}

/// When something was last put into, or taken out of, the folders that a run or a recovery begins with.
fn moves(root: &Path) -> Vec<SystemTime> {
    let runs = fs::read_dir(root.join(".sigra/txn")).into_iter().flatten();
    let runs = runs.flatten().map(|run| run.path());
    let staged = runs.flat_map(|run| [run.join("new"), run.join("old")]);
    let folders = staged.chain([root.join(".sigra"), root.join("src")]);
    folders
        .filter_map(|folder| fs::metadata(folder).ok()?.modified().ok())
        .collect()
}

/// Waits until something is so, and tells since when; nothing where the program has ended before.
fn until(run: &mut Child, is_so: impl Fn() -> bool) -> Option<Instant> {
    for glances in 0_u32.. {
        if is_so() {
            break;
        }
        if glances % 16 == 0 && run.try_wait().unwrap().is_some() {
            return None;
        }
        thread::sleep(GLANCE);
    }
    Some(Instant::now())
}

/// To the microsecond, which sleeping is not.
fn wait(duration: Duration) {
    let end = Instant::now() + duration;
    thread::sleep(duration.saturating_sub(Duration::from_millis(1)));
    while Instant::now() < end {
        std::hint::spin_loop();
    }
}

fn seed() -> u64 {
    let given = env::var("SIGRA_SEED").ok();
    given.map_or_else(new_seed, |seed| seed.parse().unwrap())
}

fn new_seed() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.unwrap().subsec_nanos().into()
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.throw() % end
    }

    /// Sooner rather than later: while others wait for the same machine, a program does not come as
    /// far as it did when it was measured, or much further.
    fn within(&mut self, duration: Duration) -> Duration {
        let part = self.below(1 << 32) as f64 / f64::from(u32::MAX);
        duration.mul_f64(part * part)
    }
}
