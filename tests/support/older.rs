//! A project as an older version would have left it, made from one of today's: what its base and its files lack, the running
//! program has to tell as news.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cargo_sigra::{
    manifest::{FileRecord, Manifest, PATH, base_path},
    sum::Sum,
    templates::id,
};

/// A project on its way into the past. Its owner has not worked on it yet.
pub struct Older {
    root: PathBuf,
    manifest: Manifest,
}

impl Older {
    pub fn of(root: &Path) -> Self {
        let text = fs::read_to_string(root.join(PATH)).unwrap();
        Self {
            root: root.into(),
            manifest: Manifest::parse(&text).unwrap(),
        }
    }

    /// Every file that was written, in the order of the ids.
    pub fn paths(&self) -> Vec<String> {
        let files = self.manifest.files.values();
        files.map(|record| record.path.clone()).collect()
    }

    /// The older version wrote this into a file.
    pub fn wrote(&mut self, path: &str, text: &str) {
        let id = self.id(path);
        self.lay(&id, path, text);
    }

    /// The older version had a file at another path.
    pub fn had_at(&mut self, path: &str, then: &str) {
        let id = self.id(path);
        let (path, then_path) = (self.root.join(path), self.root.join(then));
        fs::create_dir_all(then_path.parent().unwrap()).unwrap();
        fs::rename(path, then_path).unwrap();
        self.manifest.files.get_mut(&id).unwrap().path = then.into();
    }

    /// The older version had a file that there is no template for any more.
    pub fn had_too(&mut self, path: &str, text: &str) {
        self.lay(id(path), path, text);
    }

    /// That version was the last one here.
    pub fn was_left_by(mut self, version: &str) {
        self.manifest.templates = version.into();
        fs::write(self.root.join(PATH), self.manifest.text()).unwrap();
    }

    fn id(&self, path: &str) -> String {
        let mut files = self.manifest.files.iter();
        let found = files.find(|(_, record)| record.path == path);
        found
            .unwrap_or_else(|| panic!("{path} was not written by us"))
            .0
            .clone()
    }

    fn lay(&mut self, id: &str, path: &str, text: &str) {
        let record = FileRecord {
            path: path.into(),
            base: Some(Sum::of(text.as_bytes())),
            ..FileRecord::default()
        };
        self.manifest.files.insert(id.into(), record);
        for path in [path, &base_path(id)] {
            let path = self.root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
}
