//! Whether every `mod name;` in files of ours finds its file, where files have been moved or held.
//!
//! An owner's own modules are not read, so a declaration that was there before and whose file was not
//! seen then is not judged.

use proc_macro2::Span;
use syn::{Item, ItemMod};

use super::{
    Proposal, Step,
    neighbours::{folder, join, name},
};
use crate::{manifest::State, project::obstacles};

/// One `mod name;`.
struct Declaration {
    name: String,
    /// The inline modules around it.
    within: Vec<String>,
    line: usize,
}

impl Proposal<'_> {
    /// Tells the declarations whose file is not where they look for it.
    pub(super) fn check_modules(&mut self) {
        self.check_twins();
        let has_own_places = self
            .manifest
            .files
            .values()
            .any(|file| file.origin.is_some());
        if !has_own_places && self.held.is_empty() {
            return;
        }
        let records = self.manifest.files.iter();
        let ours = records.filter(|(_, record)| {
            let is_there = matches!(record.state, State::Here | State::Sidecar);
            is_there && record.path.ends_with(".rs")
        });
        let steps: Vec<_> = ours
            .flat_map(|(id, record)| self.unresolved(id, &record.path))
            .collect();
        self.changes.remaining.extend(steps);
    }

    /// Tells the modules that are two files: the owner has made a second one after the installation.
    fn check_twins(&mut self) {
        let there = self.manifest.files.values();
        let there = there.filter(|record| self.draft.bytes(&record.path).is_some());
        let twins = there.filter_map(|record| {
            let other = obstacles::twin(&self.project.root, &record.path)?;
            let stays = !self.draft.takes_away(&other);
            let one = record.path.clone();
            stays.then_some(Step::TwoFiles { one, other })
        });
        let twins: Vec<_> = twins.collect();
        self.changes.remaining.extend(twins);
    }

    fn unresolved(&self, id: &str, path: &str) -> Vec<Step> {
        let before = self.before.files.get(id).map(|record| &record.path);
        let before = self.moved.get(id).or(before).map_or(path, String::as_str);
        let old = self.project.tree.bytes(before);
        let old = old.map(declarations).unwrap_or_default();
        let new = self.draft.bytes(path).map(declarations).unwrap_or_default();
        let tree = &self.project.tree;
        let lacks = |declared: &&Declaration| {
            let mut files = declared.files(path).into_iter();
            if files.any(|file| self.draft.bytes(&file).is_some()) {
                return false;
            }
            let was = old.iter().find(|old| old.is(declared));
            was.is_none_or(|was| {
                was.files(before)
                    .iter()
                    .any(|file| tree.get(file).is_some())
            })
        };
        let lacking = new.iter().filter(lacks);
        lacking
            .map(|declared| self.module_step(path, declared))
            .collect()
    }

    fn module_step(&self, path: &str, declared: &Declaration) -> Step {
        let [file, other] = declared.files(path);
        let is_meant = |place: &&String| name(place) == name(&file);
        let new = self.manifest.files.iter();
        let new = new.filter(|(id, _)| !self.before.files.contains_key(*id));
        let new = new.map(|(_, record)| &record.path);
        let renamed = self.manifest.files.iter();
        let renamed = renamed.filter(|(id, _)| self.renamed.contains_key(*id));
        let held = self.held.iter().map(|(_, path)| path);
        let mut ours = new.chain(renamed.map(|(_, record)| &record.path));
        Step::FindModule {
            ours: ours.find(is_meant).cloned(),
            is_held: held.clone().any(|held| *held == file),
            declared: format!("{path}:{}", declared.line),
            name: declared.name.clone(),
            file,
            other,
        }
    }
}

impl Declaration {
    fn is(&self, other: &Self) -> bool {
        self.name == other.name && self.within == other.within
    }

    /// The two files that it may mean, in a file at that path.
    fn files(&self, path: &str) -> [String; 2] {
        let mut below = match name(path) {
            "mod.rs" | "main.rs" | "lib.rs" => folder(path).to_owned(),
            _ => path.trim_end_matches(".rs").to_owned(),
        };
        for module in &self.within {
            below = join(&below, module);
        }
        let file = join(&below, &format!("{}.rs", self.name));
        let other = join(&join(&below, &self.name), "mod.rs");
        [file, other]
    }
}

/// What a text declares; nothing where it does not parse, which is told elsewhere.
fn declarations(text: &[u8]) -> Vec<Declaration> {
    let text = String::from_utf8_lossy(text);
    let mut all = Vec::new();
    if let Ok(file) = syn::parse_file(text.trim_start_matches('\u{feff}')) {
        collect(&file.items, &[], &mut all);
    }
    all
}

fn collect(items: &[Item], within: &[String], all: &mut Vec<Declaration>) {
    let modules = items.iter().filter_map(|item| match item {
        Item::Mod(module) => Some(module),
        _ => None,
    });
    // What says its own path is looked for by the compiler alone.
    let has_path = |module: &ItemMod| module.attrs.iter().any(|one| one.path().is_ident("path"));
    for module in modules.filter(|module| !has_path(module)) {
        let name = module.ident.to_string();
        match &module.content {
            Some((_, items)) => collect(items, &[within, &[name]].concat(), all),
            None => all.push(Declaration {
                name,
                within: within.to_vec(),
                line: line(module.ident.span()),
            }),
        }
    }
}

fn line(span: Span) -> usize {
    span.start().line
}
