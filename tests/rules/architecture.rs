//! The map in `src/lib.rs`, kept: who may use whom, how long things are, who reads, writes, asks
//! and prints.
use std::{collections::BTreeSet, fs, path::Path};

use syn::{
    Attribute, Block, File, ImplItemFn, ItemFn, ItemMod, Macro, UseTree,
    spanned::Spanned,
    visit::{self, Visit},
};
use walkdir::WalkDir;

/// Who uses whom, from the top of the road to its ground: nothing uses what stands above it. What is in
/// `EVERYWHERE` may be used by all.
const MAY_USE: &[(&str, &[&str])] = &[
    ("lib", &[]),
    ("main", &["cli", "commands", "feature", "say", "world"]),
    (
        "commands",
        &[
            "answers", "apply", "ask", "changes", "cli", "feature", "manifest", "merge", "plan",
            "project", "restyle", "review", "say", "status", "tracked", "world",
        ],
    ),
    (
        "review",
        &[
            "answers", "apply", "ask", "changes", "cli", "feature", "merge", "plan", "project",
            "say", "status", "tracked", "world",
        ],
    ),
    (
        "ask",
        &[
            "answers", "apply", "changes", "feature", "manifest", "project", "render", "say",
            "world",
        ],
    ),
    (
        "world",
        &["apply", "changes", "say", "templates", "timestamp"],
    ),
    ("restyle", &["apply", "merge", "plan", "project", "tracked"]),
    (
        "status",
        &[
            "changes", "edit", "manifest", "merge", "plan", "project", "sum", "tracked",
        ],
    ),
    (
        "apply",
        &["changes", "project", "records", "sum", "timestamp"],
    ),
    (
        "changes",
        &[
            "answers",
            "edit",
            "feature",
            "manifest",
            "merge",
            "modules",
            "plan",
            "project",
            "render",
            "sql",
            "sum",
            "templates",
            "timestamp",
            "tracked",
        ],
    ),
    ("tracked", &["manifest", "merge", "plan", "project", "sum"]),
    (
        "plan",
        &[
            "answers",
            "feature",
            "manifest",
            "merge",
            "project",
            "render",
            "sum",
            "templates",
        ],
    ),
    (
        "project",
        &[
            "edit",
            "feature",
            "manifest",
            "merge",
            "render",
            "sum",
            "templates",
        ],
    ),
    ("edit", &["manifest", "templates"]),
    ("manifest", &["answers", "feature", "records", "sum"]),
    ("cli", &["answers", "feature", "say"]),
    ("answers", &["feature", "templates"]),
    ("templates", &["feature", "records", "sql"]),
    ("say", &["feature", "timestamp"]),
    ("refusal", &["feature", "timestamp"]),
    ("merge", &["render"]),
    ("timestamp", &[]),
    ("sum", &[]),
    ("sql", &[]),
    ("render", &[]),
    ("records", &[]),
    ("modules", &[]),
    ("feature", &[]),
    ("paths", &[]),
];
const EVERYWHERE: [&str; 2] = ["refusal", "paths"];

const FUNCTION_END: usize = 60;
const FILE_END: usize = 400;

pub struct Source {
    pub module: String,
    pub path: String,
    text: String,
    pub file: File,
}

pub fn sources() -> Vec<Source> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let entries = WalkDir::new(&folder)
        .sort_by_file_name()
        .into_iter()
        .map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().is_file());
    files.map(|entry| source(entry.path(), &folder)).collect()
}

fn source(path: &Path, folder: &Path) -> Source {
    let text = fs::read_to_string(path).unwrap();
    let path = path
        .strip_prefix(folder)
        .unwrap()
        .to_str()
        .unwrap()
        .replace('\\', "/");
    let module = path.split(['/', '.']).next().unwrap().to_owned();
    let file = syn::parse_file(&text).unwrap();
    Source {
        module,
        path,
        text,
        file,
    }
}

/// What a file does outside its tests.
#[derive(Default)]
struct Found {
    uses: Vec<String>,
    paths: Vec<String>,
    macros: Vec<String>,
    functions: Vec<(String, usize)>,
}

impl Found {
    fn of(file: &File) -> Self {
        let mut found = Self::default();
        found.visit_file(file);
        found
    }

    fn function(&mut self, name: String, from: usize, block: &Block) {
        self.functions
            .push((name, block.span().end().line + 1 - from));
    }

    fn use_tree(&mut self, tree: &UseTree, prefix: &str) {
        match tree {
            UseTree::Path(path) => self.use_tree(&path.tree, &format!("{prefix}{}::", path.ident)),
            UseTree::Group(group) => group
                .items
                .iter()
                .for_each(|tree| self.use_tree(tree, prefix)),
            UseTree::Name(name) => self.uses.push(format!("{prefix}{}", name.ident)),
            UseTree::Rename(rename) => self.uses.push(format!("{prefix}{}", rename.ident)),
            UseTree::Glob(_) => self.uses.push(format!("{prefix}*")),
        }
    }
}

pub fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("cfg"))
}

impl<'ast> Visit<'ast> for Found {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.use_tree(&item.tree, "");
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<_> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        self.paths.push(names.join("::"));
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, found: &'ast Macro) {
        self.macros.extend(
            found
                .path
                .segments
                .last()
                .map(|name| name.ident.to_string()),
        );
        visit::visit_macro(self, found);
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.function(
            item.sig.ident.to_string(),
            item.sig.span().start().line,
            &item.block,
        );
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.function(
            item.sig.ident.to_string(),
            item.sig.span().start().line,
            &item.block,
        );
        visit::visit_impl_item_fn(self, item);
    }
}

impl Source {
    /// The modules of ours that a file uses: `crate::plan::Plan`, `cargo_sigra::plan` and, in a file
    /// of the second level, `super::super::plan` all mean `plan`.
    fn used(&self) -> BTreeSet<String> {
        let found = Found::of(&self.file);
        let paths = found.uses.iter().chain(&found.paths);
        let used = paths.filter_map(|path| used_module(path, self.depth()));
        used.filter(|used| *used != self.module)
            .map(str::to_owned)
            .collect()
    }

    /// How many `super` lead from a file to the top.
    fn depth(&self) -> usize {
        let parts = self.path.trim_end_matches(".rs").split('/');
        let parts = parts.filter(|part| !["mod", "main", "lib"].contains(part));
        parts.count()
    }

    /// What a file uses and its line does not list.
    fn unlisted(&self) -> Vec<String> {
        let allowed = may_use(&self.module);
        let is_listed =
            |used: &String| EVERYWHERE.contains(&used.as_str()) || allowed.contains(&used.as_str());
        let used = self.used().into_iter();
        used.filter(|used| !is_listed(used)).collect()
    }
}

fn may_use(module: &str) -> &'static [&'static str] {
    let mut lines = MAY_USE.iter();
    let line = lines.find(|(listed, _)| *listed == module);
    line.unwrap_or_else(|| panic!("{module} has no line in MAY_USE"))
        .1
}

fn used_module(path: &str, depth: usize) -> Option<&str> {
    let names: Vec<_> = path.split("::").collect();
    let ups = names.iter().take_while(|name| **name == "super").count();
    let is_ours = ["crate", "cargo_sigra"].contains(&names[0]);
    let at = if is_ours { 1 } else { ups };
    let leads_to_the_top = is_ours || ups > 0 && ups == depth;
    names.get(at).copied().filter(|_| leads_to_the_top)
}

#[test]
fn modules_use_only_what_their_line_lists() {
    for source in sources() {
        assert_eq!(source.unlisted(), [""; 0], "{} uses these", source.path);
    }
}

#[test]
fn a_use_that_is_not_listed_is_found_however_it_is_written() {
    for (path, text) in [
        ("plan.rs", "use crate::apply::write;"),
        ("plan.rs", "use crate::{render, apply::{self, Disk}};"),
        ("plan.rs", "use super::apply;"),
        ("project/env.rs", "use super::super::apply::Disk;"),
        ("merge/mod.rs", "fn f() { cargo_sigra::apply::write(); }"),
        ("merge/texts.rs", "fn f(_: crate::apply::Disk) {}"),
    ] {
        let source = Source {
            module: path.split(['/', '.']).next().unwrap().into(),
            path: path.into(),
            text: text.into(),
            file: syn::parse_file(text).unwrap(),
        };
        assert_eq!(source.unlisted(), ["apply"], "{path}: {text}");
    }
}

#[test]
fn nothing_uses_what_stands_above_it() {
    let place = |module: &str| MAY_USE.iter().position(|(listed, _)| *listed == module);
    for (at, (module, used)) in MAY_USE.iter().enumerate() {
        let above = used.iter().find(|used| place(used) <= Some(at));
        assert_eq!(above, None, "{module} stands below");
    }
}

#[test]
fn the_list_allows_nothing_that_is_not_used() {
    let sources = sources();
    for (module, allowed) in MAY_USE {
        let of_module = sources.iter().filter(|source| source.module == *module);
        let used: BTreeSet<_> = of_module.flat_map(Source::used).collect();
        let mut unused = allowed.iter().filter(|one| !used.contains(**one));
        assert_eq!(unused.next(), None, "{module} does not use this");
    }
}

/// The files whose paths or uses end like this.
fn users(ends: &[&str]) -> Vec<String> {
    let has = |found: &Found| {
        found.uses.iter().chain(&found.paths).any(|path| {
            ends.iter()
                .any(|end| path == end || path.ends_with(&format!("::{end}")))
        })
    };
    let mut users: Vec<_> = sources()
        .iter()
        .filter(|source| has(&Found::of(&source.file)))
        .map(|source| source.module.clone())
        .collect();
    users.dedup();
    users
}

#[test]
fn only_apply_writes() {
    let writes = [
        "fs::write",
        "fs::rename",
        "fs::copy",
        "fs::create_dir",
        "fs::create_dir_all",
        "fs::remove_file",
        "fs::remove_dir",
        "fs::remove_dir_all",
        "fs::set_permissions",
        "File::create",
        "File::create_new",
        "OpenOptions",
        "tempfile::Builder",
    ];
    assert_eq!(users(&writes), ["apply"]);
}

#[test]
fn only_project_and_apply_read() {
    let reads = [
        "fs::read",
        "fs::read_to_string",
        "fs::read_dir",
        "fs::metadata",
        "fs::symlink_metadata",
    ];
    assert_eq!(users(&reads), ["apply", "project"]);
}

#[test]
fn only_ask_asks() {
    let mut asking: Vec<_> = sources()
        .into_iter()
        .filter(|source| {
            Found::of(&source.file)
                .uses
                .iter()
                .any(|path| path.starts_with("dialoguer"))
        })
        .map(|source| source.module)
        .collect();
    asking.dedup();
    assert_eq!(asking, ["ask"]);
}

#[test]
fn only_say_prints() {
    let printing = |found: &Found| {
        found
            .macros
            .iter()
            .any(|name| ["print", "println", "eprint", "eprintln", "dbg"].contains(&name.as_str()))
    };
    let printing: Vec<_> = sources()
        .into_iter()
        .filter(|source| printing(&Found::of(&source.file)))
        .map(|source| source.module)
        .collect();
    // The macros panic where a reader has gone.
    assert_eq!(printing, [""; 0]);
    assert_eq!(users(&["io::stdout"]), ["say"]);
}

#[test]
fn every_file_begins_with_what_it_is() {
    for source in sources() {
        assert!(
            source.text.starts_with("//! "),
            "{} has no module documentation",
            source.path
        );
    }
}

#[test]
fn functions_and_files_stay_short() {
    let sources = sources();
    let functions = sources.iter().flat_map(|source| {
        let found = Found::of(&source.file).functions;
        found
            .into_iter()
            .map(|(name, lines)| (lines, format!("{}: {name}", source.path)))
    });
    let files = sources
        .iter()
        .map(|source| (source.text.lines().count(), source.path.clone()));
    let longest = report("function", functions.collect());
    assert!(
        longest.0 <= FUNCTION_END,
        "{} has {} lines",
        longest.1,
        longest.0
    );
    let longest = report("file", files.collect());
    assert!(
        longest.0 <= FILE_END,
        "{} has {} lines",
        longest.1,
        longest.0
    );
}

fn report(what: &str, mut sizes: Vec<(usize, String)>) -> (usize, String) {
    sizes.sort();
    let at = |part: usize| sizes[(sizes.len() - 1) * part / 100].0;
    eprintln!(
        "{what}: {} of them, median {}, p90 {}, longest {:?}",
        sizes.len(),
        at(50),
        at(90),
        sizes.last()
    );
    sizes.pop().unwrap()
}
