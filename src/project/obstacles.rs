//! What stands in the way of a new file, although there is no file of that path yet.

use std::{collections::BTreeMap, fs, path::Path};

use crate::paths::{LIB, MAIN};

/// One thing in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The other file of the same module: `web/mod.rs` beside `web.rs`.
    Module(String),
    /// A file whose path differs only in small and capital letters.
    Case(String),
    /// Something that is no folder, where one has to be.
    File(String),
}

/// Files that are no modules, by their paths.
const ROOTS: [&str; 2] = [MAIN, LIB];

/// The first of these new files that something stands in the way of. `is_going` tells which files
/// will not be there any more.
#[must_use]
pub fn first<'p>(
    root: &Path,
    paths: impl Iterator<Item = &'p str>,
    is_going: impl Fn(&str) -> bool,
) -> Option<(&'p str, Obstacle)> {
    let mut folders = Folders {
        root,
        names: BTreeMap::new(),
    };
    let mut paths = paths;
    paths.find_map(|path| {
        let file = file_for_folder(root, path).map(Obstacle::File);
        let module = || twin(root, path);
        let obstacle = file
            .or_else(|| module().map(Obstacle::Module))
            .or_else(|| folders.namesake(path).map(Obstacle::Case));
        let obstacle = obstacle.filter(|obstacle| !is_going(obstacle.path()))?;
        Some((path, obstacle))
    })
}

/// The other file of a module, where both are there: the compiler takes neither.
#[must_use]
pub fn twin(root: &Path, path: &str) -> Option<String> {
    other_file(path).filter(|other| root.join(other).is_file())
}

impl Obstacle {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Module(path) | Self::Case(path) | Self::File(path) => path,
        }
    }
}

fn file_for_folder(root: &Path, path: &str) -> Option<String> {
    let ends = path.match_indices('/').map(|(end, _)| &path[..end]);
    let is_other = |folder: &&str| {
        let found = fs::metadata(root.join(folder));
        found.is_ok_and(|found| !found.is_dir())
    };
    ends.into_iter().find(is_other).map(str::to_owned)
}

/// The other path at which rustc looks for a module.
fn other_file(path: &str) -> Option<String> {
    let stem = path.strip_suffix(".rs")?;
    if !path.starts_with("src/") || ROOTS.contains(&path) {
        return None;
    }
    let other = match stem.strip_suffix("/mod") {
        Some(folder) => format!("{folder}.rs"),
        None => format!("{stem}/mod.rs"),
    };
    Some(other)
}

/// The names in the folders of a project, each read once.
struct Folders<'a> {
    root: &'a Path,
    names: BTreeMap<String, Vec<String>>,
}

impl Folders<'_> {
    /// Another file that is the same where capitals make no difference.
    fn namesake(&mut self, path: &str) -> Option<String> {
        let mut found = vec![String::new()];
        for part in path.split('/') {
            let below = found.iter().flat_map(|folder| {
                let names = self.read(folder).iter();
                let alike = names.filter(|name| name.eq_ignore_ascii_case(part));
                let alike = alike.map(|name| joined(folder, name));
                alike.collect::<Vec<_>>()
            });
            found = below.collect();
        }
        found.into_iter().find(|other| other != path)
    }

    fn read(&mut self, folder: &str) -> &[String] {
        let root = self.root;
        self.names.entry(folder.into()).or_insert_with(|| {
            let entries = fs::read_dir(root.join(folder)).into_iter().flatten();
            let names = entries.flatten().map(|entry| entry.file_name());
            names.filter_map(|name| name.into_string().ok()).collect()
        })
    }
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}
