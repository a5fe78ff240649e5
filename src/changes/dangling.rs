//! Files of the owner's that name modules which go: they stop compiling, and are named before that
//! happens.

use std::collections::BTreeSet;

use super::{Draft, FileChange, Proposal, Step, Use};
use crate::{
    merge::Word,
    modules::{self, Module},
    project::Project,
};

/// What goes, seen from the files that may name it.
pub(super) struct Dangling<'a> {
    pub(super) project: &'a Project,
    /// The project as it will be.
    pub(super) draft: &'a Draft<'a>,
    /// What becomes of our files.
    pub(super) files: &'a [FileChange],
    /// The modules that go, or get another name.
    pub(super) gone: BTreeSet<Module>,
}

impl Proposal<'_> {
    /// Says which files are to be adapted, because something that they use goes with this run or went
    /// with an earlier one.
    pub(super) fn tell_dangling(&mut self) {
        let before = self.gone_before();
        let gone = self.gone().union(&before).cloned().collect();
        let dangling = Dangling {
            project: self.project,
            draft: &self.draft,
            files: &self.changes.files,
            gone,
        };
        let files = dangling.uses();
        let is_used = !files.is_empty();
        let gone = if is_used { dangling.gone } else { before };
        self.manifest.gone = gone.iter().map(|module| module.join("::")).collect();
        if is_used {
            self.changes.remaining.push(Step::Adapt { files });
        }
    }

    /// The modules that went with an earlier run and have not come back.
    fn gone_before(&self) -> BTreeSet<Module> {
        let modules = self.before.gone.iter();
        let modules = modules.map(|name| name.split("::").map(str::to_owned).collect::<Module>());
        let files = self.changes.files.iter();
        let there = files.filter(|file| stays(file.word));
        let there: BTreeSet<_> = there.filter_map(|file| modules::of(&file.path)).collect();
        modules
            .filter(|module| !there.contains(module) && !self.is_declared(module))
            .collect()
    }

    /// The modules that go, or get another name.
    fn gone(&self) -> BTreeSet<Module> {
        let files = self.changes.files.iter();
        let stay = files.clone().filter(|file| stays(file.word));
        let stay: BTreeSet<_> = stay.filter_map(|file| modules::of(&file.path)).collect();
        let paths = files.filter_map(|file| match file.word {
            Word::Removed => Some(&file.path),
            Word::Orphan => Some(&file.path).filter(|_| file.is_news),
            Word::Renamed => file.from.as_ref(),
            _ => None,
        });
        let modules = paths.filter_map(|path| modules::of(path));
        modules
            .filter(|module| !stay.contains(module) && !self.is_declared(module))
            .collect()
    }

    /// Returns whether a module is named by the one around it, as the project will be.
    fn is_declared(&self, module: &[String]) -> bool {
        let Some((name, around)) = module.split_last() else {
            return true;
        };
        modules::files(around).iter().any(|path| {
            let text = self.draft.bytes(path).map(String::from_utf8_lossy);
            text.is_some_and(|text| modules::declares(&text, name))
        })
    }
}

fn stays(word: Word) -> bool {
    !matches!(word, Word::Removed | Word::Orphan | Word::Forgotten)
}

impl Dangling<'_> {
    /// The files that name something of it, each with the first that it names.
    pub(super) fn uses(&self) -> Vec<Use> {
        if self.gone.is_empty() {
            return Vec::new();
        }
        let sources = self.project.sources().into_iter();
        let files = sources.filter(|(path, _)| self.may_name_anything(path));
        files
            .filter_map(|(path, text)| self.what_dangles(&path, &text))
            .collect()
    }

    /// Whether a file is there afterwards, and not simply as the templates have it; those name nothing
    /// that goes.
    fn may_name_anything(&self, path: &str) -> bool {
        let goes = self.draft.found(path).is_some() && self.draft.bytes(path).is_none();
        let is_edited = |word| {
            !matches!(
                word,
                Word::Identical | Word::Updated | Word::Created | Word::Removed | Word::Orphan
            )
        };
        let mut files = self.files.iter();
        !goes && files.all(|file| file.path != path || is_edited(file.word))
    }

    /// A file as it will be, and the first that it names of what goes.
    fn what_dangles(&self, path: &str, text: &str) -> Option<Use> {
        let own = modules::of(path);
        let around = self.gone.iter().find(|gone| {
            let own = own.as_ref();
            own.is_some_and(|own| own.len() > gone.len() && own.starts_with(gone))
        });
        let found = |module: &Module, line| Use {
            path: path.into(),
            line,
            module: module.join("::"),
        };
        if let Some(around) = around {
            return Some(found(around, None));
        }
        let planned = self.draft.bytes(path).map(String::from_utf8_lossy);
        let text = planned.unwrap_or(text.into());
        let program = self.project.package.crate_name();
        let mentions = modules::mentions(&text, own, &program).into_iter();
        let is_gone = |path: &Module| self.gone.iter().any(|gone| path.starts_with(gone));
        let mut mentions = mentions.filter(|mention| is_gone(&mention.path));
        let first = mentions.next()?;
        Some(found(&first.path, Some(first.line)))
    }
}
