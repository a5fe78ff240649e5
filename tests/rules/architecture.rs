//! The map in `src/lib.rs`, kept: who may use whom, how long things are, who reads, writes, asks
//! and prints.
use std::{fs, path::Path};

use syn::{
    Attribute, Block, File, ImplItemFn, ItemFn, ItemMod, Macro, UseTree,
    spanned::Spanned,
    visit::{self, Visit},
};
use walkdir::WalkDir;

/// Who may use whom, from the top of the road to its ground. What stands on its own uses nothing of
/// ours.
const MAY_USE: &[(&str, &[&str])] = &[
    ("main", &["cli", "commands", "feature", "say", "world"]),
    ("lib", &[]),
    (
        "commands",
        &[
            "cli", "answers", "apply", "ask", "changes", "feature", "plan", "project", "review",
            "say", "world", "tracked", "status", "manifest", "merge", "edit", "sum", "restyle",
        ],
    ),
    ("restyle", &["apply", "merge", "tracked", "plan", "project"]),
    (
        "world",
        &["apply", "changes", "timestamp", "say", "templates"],
    ),
    (
        "review",
        &[
            "answers", "apply", "ask", "changes", "cli", "feature", "merge", "tracked", "plan",
            "project", "say", "status", "world",
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
            "timestamp",
            "modules",
            "tracked",
            "plan",
            "project",
            "render",
            "sql",
            "sum",
            "templates",
        ],
    ),
    (
        "status",
        &[
            "changes", "edit", "manifest", "merge", "tracked", "plan", "project", "sum",
        ],
    ),
    ("tracked", &["manifest", "merge", "plan", "project", "sum"]),
    (
        "ask",
        &[
            "answers", "apply", "changes", "feature", "manifest", "project", "render", "say",
            "world",
        ],
    ),
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
        &["feature", "manifest", "merge", "render", "sum", "templates"],
    ),
    ("edit", &["manifest", "templates"]),
    ("manifest", &["answers", "feature", "records", "sum"]),
    ("answers", &["feature", "templates"]),
    ("templates", &["feature", "records", "sql"]),
    ("merge", &["render"]),
    ("say", &["feature", "timestamp"]),
    ("render", &[]),
    ("feature", &[]),
    ("cli", &["answers", "feature", "say"]),
    ("modules", &[]),
    ("records", &[]),
    ("timestamp", &[]),
    ("refusal", &["feature", "timestamp"]),
    ("sql", &[]),
    ("sum", &[]),
];

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

/// `crate::plan::Plan` and `cargo_sigra::plan` both use the module `plan`.
fn used_module(path: &str) -> Option<&str> {
    let rest = path
        .strip_prefix("crate::")
        .or_else(|| path.strip_prefix("cargo_sigra::"))?;
    rest.split("::").next()
}

#[test]
fn modules_use_only_what_stands_below_them() {
    for source in sources() {
        let (_, allowed) = MAY_USE
            .iter()
            .find(|(module, _)| *module == source.module)
            .unwrap_or_else(|| panic!("{} has no line in MAY_USE", source.module));
        let found = Found::of(&source.file);
        for used in found
            .uses
            .iter()
            .chain(&found.paths)
            .filter_map(|path| used_module(path))
        {
            let fine = used == source.module || used == "refusal" || allowed.contains(&used);
            assert!(fine, "{} uses {used}", source.path);
        }
    }
}

#[test]
fn no_two_modules_lean_on_each_other() {
    let uses = |one: &str, other: &str| {
        MAY_USE
            .iter()
            .any(|(module, allowed)| *module == one && allowed.contains(&other))
    };
    for (one, allowed) in MAY_USE {
        let back = allowed.iter().find(|other| uses(other, one));
        assert_eq!(back, None, "{one} and this one use each other");
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
