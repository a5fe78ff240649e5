//! `rustfmt.toml`: the generated code is written in one style, whatever the edition of the project.

use anyhow::Result;
use toml_edit::value;

use super::{Note, Proposal};
use crate::{
    manifest::{EditRecord, Found},
    project::style::Config,
};

/// The key, and the edition whose style templates are written in.
const KEY: &str = "style_edition";
const STYLE: &str = "2024";
/// The name under which the edit is recorded.
const RECORD: &str = "rustfmt.style_edition";
/// The file that is made where there is none.
const NEW: &str = "rustfmt.toml";

impl Proposal<'_> {
    /// A project of an older edition is told the style; a newer one has it by itself.
    pub(super) fn style(&mut self) -> Result<()> {
        let package = &self.project.package;
        if !package.needs_style() || self.before.edits.contains_key(RECORD) {
            return Ok(());
        }
        match self.project.style {
            Config::None => self.tell_style(NEW),
            Config::Own(path) => self.tell_style(path),
            Config::Above if self.project.manifest().is_some() => Ok(()),
            Config::Above => {
                let edition = STYLE;
                self.changes.notes.push(Note::StyleAbove { edition });
                Ok(())
            }
        }
    }

    fn tell_style(&mut self, path: &str) -> Result<()> {
        let found = Found::of(self.draft.text(path)?.as_deref());
        let mut document = self.document(path)?;
        if document.contains_key(KEY) {
            return Ok(());
        }
        document.insert(KEY, value(STYLE));
        self.write_document(path, &document);
        self.note(path, vec![KEY.into()]);
        let record = EditRecord {
            file: path.into(),
            text: value(STYLE).to_string(),
            found,
            ..EditRecord::default()
        };
        self.manifest.edits.insert(RECORD.into(), record);
        Ok(())
    }
}
