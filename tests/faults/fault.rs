//! A fault: what it replaces, and by what.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use walkdir::WalkDir;

/// Where the faults of one kind are.
pub struct Area {
    pub name: String,
    pub faults: Vec<Fault>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    pub id: String,
    /// What is wrong with a project that has it.
    #[allow(dead_code)]
    pub says: String,
    /// A text that is in the project once. Blanks and line breaks do not count, nor does the name of the file, so that it outlives
    /// renames.
    pub find: String,
    pub replace: String,
    /// A part of the path, where the text alone is in several files.
    pub within: Option<String>,
    /// Parts of the names of the tests that should notice. They are run first.
    #[serde(default)]
    pub tests: Vec<String>,
    /// Why nobody could notice: the program does the same.
    pub equivalent: Option<String>,
    /// Why it is known that no test notices.
    pub survives: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seeded {
    fault: Vec<Fault>,
}

/// A file with a fault, and as it was.
pub struct Placed {
    pub file: PathBuf,
    pub with_fault: String,
    pub without_fault: String,
}

impl Area {
    pub fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/seeded");
        let files = WalkDir::new(folder).sort_by_file_name();
        let files = files.into_iter().map(Result::unwrap);
        let files = files.filter(|entry| entry.file_type().is_file());
        files.map(|entry| Self::read(entry.path())).collect()
    }

    fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap();
        let seeded: Seeded = toml_edit::de::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Self {
            name: file.file_stem().unwrap().to_str().unwrap().to_owned(),
            faults: seeded.fault,
        }
    }
}

impl Fault {
    /// Whether a test has to notice it.
    pub fn is_expected(&self) -> bool {
        self.equivalent.is_none() && self.survives.is_none()
    }

    /// Puts the fault into the one file that has its text.
    ///
    /// # Errors
    /// What keeps it from being seeded.
    pub fn place(&self, source: &Source) -> Result<Placed, String> {
        let wanted = squeezed(&self.find).text;
        if wanted.is_empty() || squeezed(&self.replace).text == wanted {
            return Err("it changes nothing".to_owned());
        }
        let mut places = Vec::new();
        for (file, text) in &source.0 {
            let path = file.to_str().unwrap_or_default();
            let is_here = self.within.as_ref().is_none_or(|part| path.contains(part));
            if is_here {
                let found = text.squeezed.text.match_indices(&wanted);
                places.extend(found.map(|(start, _)| (file, text, start)));
            }
        }
        match places.as_slice() {
            [(file, text, start)] => Ok(text.replaced(file, *start, wanted.len(), &self.replace)),
            [] => Err("its text is nowhere in the project".to_owned()),
            several => {
                let files = several.iter().map(|(file, ..)| file.display().to_string());
                let files: Vec<String> = files.collect();
                Err(format!(
                    "its text is in several places: {}",
                    files.join(", ")
                ))
            }
        }
    }
}

/// What a project consists of, without its tests.
pub struct Source(BTreeMap<PathBuf, Text>);

struct Text {
    text: String,
    squeezed: Squeezed,
}

impl Source {
    pub fn read(root: &Path) -> Self {
        let parts = ["src", "templates", "migrations", "static"];
        let files = parts.iter().flat_map(|part| WalkDir::new(root.join(part)));
        let files = files.map(Result::unwrap);
        let files = files.filter(|entry| entry.file_type().is_file());
        let texts = files.filter_map(|entry| {
            let file = entry.path().strip_prefix(root).unwrap().to_owned();
            let is_test = file.starts_with("src/tests") || file.ends_with("src/tests.rs");
            let text = fs::read_to_string(entry.path()).ok()?;
            let squeezed = squeezed(&text);
            (!is_test).then_some((file, Text { text, squeezed }))
        });
        Self(texts.collect())
    }
}

impl Text {
    fn replaced(&self, file: &Path, start: usize, length: usize, by: &str) -> Placed {
        let from = self.squeezed.places[start];
        let last = self.squeezed.places[start + length - 1];
        let end = last + self.text[last..].chars().next().map_or(0, char::len_utf8);
        Placed {
            file: file.to_owned(),
            with_fault: [&self.text[..from], by, &self.text[end..]].concat(),
            without_fault: self.text.clone(),
        }
    }
}

/// A text without blanks, and where each byte of it was.
struct Squeezed {
    text: String,
    places: Vec<usize>,
}

fn squeezed(text: &str) -> Squeezed {
    let kept = text.char_indices().filter(|(_, one)| !one.is_whitespace());
    let mut squeezed = Squeezed {
        text: String::new(),
        places: Vec::new(),
    };
    for (place, one) in kept {
        squeezed.text.push(one);
        squeezed.places.extend((0..one.len_utf8()).map(|_| place));
    }
    squeezed
}
