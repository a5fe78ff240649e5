//! The locks of all combinations in one file: what is not in every one of them stands under a
//! condition.

use std::collections::BTreeMap;

use semver::Version;

use super::condition::{Conditions, Set};

/// Where the file is, below `templates/`.
pub const PATH: &str = "base/Cargo.lock";

const START: &str = "\n[[package]]\n";

/// A package: its name and its version, by which cargo sorts them.
pub type Id = (String, Version);

/// The lines of a package, without the first.
pub type Blocks<'a> = BTreeMap<Id, Vec<&'a str>>;

/// What stands above the packages.
pub fn head(lock: &str) -> &str {
    lock.split(START).next().unwrap_or_default()
}

/// The packages of a lock file.
pub fn blocks(lock: &str) -> Blocks<'_> {
    let blocks = lock.split(START).skip(1);
    blocks
        .map(|block| {
            let lines: Vec<_> = block.lines().collect();
            let value = |at: usize| lines[at].split('"').nth(1).unwrap().to_owned();
            ((value(0), Version::parse(&value(1)).unwrap()), lines)
        })
        .collect()
}

/// What a line of dependencies says, with a version where it names one.
pub fn dependency(line: &str) -> Option<(&str, Option<Version>)> {
    let said = line.strip_prefix(" \"")?.strip_suffix("\",")?;
    let (name, version) = said
        .split_once(' ')
        .map_or((said, None), |(name, version)| (name, Some(version)));
    Some((
        name,
        version.map(|version| Version::parse(version).unwrap()),
    ))
}

/// The lines of a block in the order in which cargo writes them, and in which combinations each is
/// there.
type Merged<'a> = BTreeMap<Place<'a>, (&'a str, Set)>;

/// Sorts the lines: the kind, and among dependencies the name and the version.
type Place<'a> = (usize, &'a str, Option<Version>);

const OPEN: usize = 4;
const CLOSE: usize = 6;

fn place(line: &str) -> Place<'_> {
    let kinds = ["name", "version", "source", "checksum", "dependencies"];
    let kind = kinds.iter().position(|kind| line.starts_with(kind));
    match (kind, dependency(line)) {
        (Some(kind), _) => (kind, "", None),
        (None, Some((name, version))) => (OPEN + 1, name, version),
        (None, None) => (CLOSE, "", None),
    }
}

/// The locks, one for each combination, as one file with conditions.
pub fn merged(locks: &[String], conditions: &Conditions) -> String {
    let mut packages: BTreeMap<Id, Merged<'_>> = BTreeMap::new();
    for (at, lock) in locks.iter().enumerate() {
        for (id, lines) in blocks(lock) {
            let package = packages.entry(id).or_default();
            for line in lines {
                let (_, set) = package.entry(place(line)).or_insert((line, Set::new()));
                set.insert(at);
            }
        }
    }
    let packages: Vec<_> = packages.into_values().collect();
    let all = (0..locks.len()).collect();
    let mut text = head(&locks[0]).to_owned();
    for run in packages.chunk_by(|one, other| presence(one) == presence(other)) {
        let lines = |text: &mut String| run.iter().for_each(|block| write(text, block, conditions));
        under(&mut text, presence(&run[0]), &all, conditions, lines);
    }
    text
}

/// The combinations in which a package is.
fn presence<'a>(package: &'a Merged<'_>) -> &'a Set {
    &package[&(0, "", None)].1
}

fn write(text: &mut String, package: &Merged<'_>, conditions: &Conditions) {
    text.push_str(START);
    let lines: Vec<_> = package.values().collect();
    for run in lines.chunk_by(|one, other| one.1 == other.1) {
        let lines = |text: &mut String| run.iter().for_each(|(line, _)| push(text, line));
        under(text, &run[0].1, presence(package), conditions, lines);
    }
}

/// Writes something under the condition that it is in these of those combinations.
fn under(
    text: &mut String,
    wanted: &Set,
    among: &Set,
    conditions: &Conditions,
    write: impl Fn(&mut String),
) {
    if wanted == among {
        return write(text);
    }
    push(
        text,
        &format!("#% if {}", conditions.simplest(wanted, among)),
    );
    write(text);
    push(text, "#% endif");
}

fn push(text: &mut String, line: &str) {
    text.extend([line, "\n"]);
}
