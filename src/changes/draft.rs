//! The project as it will be: the files as they were read, with the new ones laid over them.
//! Nothing here touches the disk.

use std::collections::BTreeMap;

use anyhow::Result;
use toml_edit::DocumentMut;

use super::{After, Operation};
use crate::{
    merge,
    project::{File, Tree, shape},
    refusal::ChangesRefusal,
};

/// Files laid over a tree.
#[derive(Debug)]
pub struct Draft<'a> {
    tree: &'a Tree,
    writes: BTreeMap<String, Option<After>>,
    order: Vec<String>,
}

impl<'a> Draft<'a> {
    /// The project as it is.
    #[must_use]
    pub fn new(tree: &'a Tree) -> Self {
        Self {
            tree,
            writes: BTreeMap::new(),
            order: Vec::new(),
        }
    }

    /// What is in a file now.
    #[must_use]
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        match self.writes.get(path) {
            Some(write) => write.as_ref().map(|after| after.bytes.as_slice()),
            None => self.tree.bytes(path),
        }
    }

    /// The text that is in a file now.
    pub fn text(&self, path: &str) -> Result<Option<String>> {
        match self.writes.get(path) {
            Some(write) => Ok(write
                .as_ref()
                .map(|after| String::from_utf8_lossy(&after.bytes).into_owned())),
            None => Ok(self.tree.text(path)?.map(str::to_owned)),
        }
    }

    /// A manifest to edit; one that would come out of the editor reformatted is not touched.
    pub fn document(&self, path: &str) -> Result<DocumentMut> {
        let text = self.text(path)?.unwrap_or_default();
        let document = shape::parse_manifest(path, &text)?;
        let again = document.to_string();
        let again = in_its_end(&text, &again);
        if merge::same(again.as_bytes(), text.as_bytes()) {
            return Ok(document);
        }
        Err(ChangesRefusal::Format { path: path.into() }.into())
    }

    /// Lays a manifest over the tree, in the style of the one that is there.
    pub fn write_document(&mut self, path: &str, document: &DocumentMut) {
        let before = self.bytes(path).unwrap_or_default();
        let text = document.to_string();
        let text = in_its_end(&String::from_utf8_lossy(before), &text);
        let text = merge::in_the_style_of(before, text.as_bytes());
        self.write(path, &text);
    }

    /// The file as it was read.
    #[must_use]
    pub fn found(&self, path: &str) -> Option<&'a File> {
        self.tree.get(path)
    }

    /// Lays a file over the tree. It keeps its permissions; a new script can be run.
    pub fn write(&mut self, path: &str, bytes: &[u8]) {
        self.write_from(path, path, bytes);
    }

    /// The same for a file that comes from another path, with its permissions.
    pub fn write_from(&mut self, from: &str, path: &str, bytes: &[u8]) {
        let mode = self
            .tree
            .get(from)
            .map(|file| file.mode)
            .or_else(|| bytes.starts_with(b"#!").then_some(0o755));
        self.lay(
            path,
            Some(After {
                bytes: bytes.into(),
                mode,
                shown: None,
            }),
        );
    }

    /// Lays a file with secrets over the tree: readable for its owner alone, and shown without
    /// them.
    pub fn write_secret(&mut self, path: &str, bytes: &[u8], shown: &str) {
        let mode = self.tree.get(path).map_or(0o600, |file| file.mode);
        self.lay(
            path,
            Some(After {
                bytes: bytes.into(),
                mode: Some(mode),
                shown: Some(shown.into()),
            }),
        );
    }

    /// Takes a file away.
    pub fn delete(&mut self, path: &str) {
        self.lay(path, None);
    }

    fn lay(&mut self, path: &str, after: Option<After>) {
        if self.writes.insert(path.into(), after).is_none() {
            self.order.push(path.into());
        }
    }

    /// The files that are not there yet and will be.
    pub fn created(&self) -> impl Iterator<Item = &str> {
        let written = self.writes.iter().filter(|(_, after)| after.is_some());
        let paths = written.map(|(path, _)| path.as_str());
        paths.filter(|path| self.tree.get(path).is_none())
    }

    /// Whether a file is taken away.
    #[must_use]
    pub fn takes_away(&self, path: &str) -> bool {
        self.writes.get(path).is_some_and(Option::is_none)
    }

    /// What has to be done to make it so, in the order in which it was laid.
    #[must_use]
    pub fn operations(mut self) -> Vec<Operation> {
        let tree = self.tree;
        let laid = self
            .order
            .iter()
            .filter_map(|path| Some((path, self.writes.remove(path)?)));
        let operations = laid.map(|(path, after)| Operation {
            path: path.clone(),
            before: tree.get(path).cloned(),
            after,
        });
        operations.filter(Operation::changes_something).collect()
    }
}

/// The text, without the end of its last line where that of another has none.
fn in_its_end<'t>(other: &str, text: &'t str) -> &'t str {
    if other.is_empty() || other.ends_with('\n') {
        text
    } else {
        text.strip_suffix('\n').unwrap_or(text)
    }
}
