//! What is on disk now. The only module that reads a project; everything after it works on what was
//! read here.

mod bases;
mod env;
pub mod git;
pub mod hidden;
mod ignored;
mod lints;
pub mod obstacles;
mod open_conflicts;
pub mod package;
pub mod programs;
pub mod rustfmt;
pub mod shape;
mod sources;
pub mod strays;
pub mod style;
pub mod toolchain;
mod tree;
pub mod typed;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use toml_edit::DocumentMut;

use self::toolchain::Compiler;
pub use self::{
    env::{EnvDoubt, EnvFile},
    ignored::{Ignored, Rule},
    package::Package,
    tree::{File, Tree},
};
use crate::{
    feature::{Database, Shape},
    manifest::{self, Manifest},
    refusal::{ProjectRefusal, Refusal},
    templates::{Templates, id},
};

/// The end of the name of a file that waits beside somebody's own.
pub const SIDECAR: &str = ".sigra-new";
/// Our own folder in a project.
const OWN_FOLDER: &str = ".sigra";
/// Files that are looked at whatever the templates say.
const ALWAYS: [&str; 12] = [
    "Cargo.toml",
    "Cargo.lock",
    "src/main.rs",
    "src/lib.rs",
    ".env",
    ".gitignore",
    ".gitattributes",
    style::CONFIGS[0],
    style::CONFIGS[1],
    ".sigra/.gitattributes",
    ".sigra/.ignore",
    ".sigra/.gitignore",
];

/// A project, read once.
#[derive(Clone, Debug)]
pub struct Project {
    /// The package's folder, absolute, without links.
    pub root: PathBuf,
    /// Who it is.
    pub package: Package,
    /// Where it stands in its workspace.
    pub workspace: Option<Workspace>,
    /// The files that matter.
    pub tree: Tree,
    /// What was installed before.
    pub manifest: Option<Manifest>,
    /// What was written into it and is no longer stored as it was, but was found again.
    pub found_again: BTreeMap<String, Vec<u8>>,
    /// The files that one of ours that is gone may be now.
    pub strays: BTreeSet<String>,
    /// What it consists of, where nothing was installed yet.
    pub shape: Option<Shape>,
    /// What git does about `.env`.
    pub env: EnvFile,
    /// What git does not bring along.
    pub ignored: Ignored,
    /// Where rustfmt looks for its settings.
    pub style: style::Config,
}

/// The workspace of a member. A package that stands alone, or is the root itself, has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// Its manifest as seen from the package: `../../Cargo.toml`.
    pub manifest: String,
    /// The package as seen from the workspace: `crates/shop/`.
    pub member: String,
}

/// The package's folder, absolute; refused where it has no `Cargo.toml`.
pub fn folder(path: &Path) -> Result<PathBuf> {
    match path.canonicalize() {
        Ok(root) if root.join("Cargo.toml").exists() => Ok(root),
        _ => {
            let folder = path.into();
            Err(ProjectRefusal::NoCargoToml { folder }.into())
        }
    }
}

/// What was installed into the package before, read alone.
pub fn recorded(root: &Path) -> Result<Option<Manifest>> {
    let mut tree = Tree::default();
    tree.load(root, manifest::PATH)?;
    open_conflicts::refuse(&tree)?;
    parse(&tree)
}

/// The records, whatever line ends git has given them.
fn parse(tree: &Tree) -> Result<Option<Manifest>> {
    let text = tree.text(manifest::PATH)?;
    let text = text.map(|text| text.replace("\r\n", "\n"));
    text.as_deref().map(Manifest::parse).transpose()
}

/// The folder of the package that was installed into, at a path or above it.
pub fn installed(path: &Path) -> Result<PathBuf> {
    let here = path
        .canonicalize()
        .with_context(|| format!("cannot look at {}", path.display()))?;
    let mut folders = here.ancestors();
    match folders.find(|folder| folder.join(OWN_FOLDER).is_dir()) {
        Some(root) => Ok(root.into()),
        None => {
            let folder = path.into();
            Err(ProjectRefusal::NotInstalled { folder }.into())
        }
    }
}

impl Project {
    /// Reads the package in a folder that [`folder`] found.
    pub fn read(root: &Path, templates: &Templates) -> Result<Self> {
        let compiler = Compiler::ask(root)?;
        let mut tree = Tree::default();
        tree.load(root, "Cargo.toml")?;
        tree.load(root, manifest::PATH)?;
        open_conflicts::refuse(&tree)?;
        let cargo_toml =
            shape::parse_manifest("Cargo.toml", tree.text("Cargo.toml")?.unwrap_or_default())?;
        // Cargo says less clearly what is wrong with a file that describes no package.
        Package::read(&cargo_toml, None)?;
        let manifest = known_manifest(&tree, templates)?;
        let workspace = workspace(root, &cargo_toml)?;
        let above = workspace.as_ref();
        let above = above.map(|above| load_workspace(&mut tree, root, above));
        let above = above.transpose()?;
        let package = Package::read(&cargo_toml, above.as_ref())?;
        let interesting = interesting(root, templates, manifest.as_ref())?;
        load(&mut tree, root, &interesting)?;
        let ignored = look_for_ignored(root, &tree, &interesting, templates, manifest.as_ref());
        if let Some(manifest) = &manifest {
            open_conflicts::refuse_ours(&tree, manifest)?;
        }
        open_conflicts::refuse(&tree)?;
        let strays = match &manifest {
            Some(manifest) => strays::candidates(root, &tree, manifest),
            None => BTreeSet::new(),
        };
        let found_again = match &manifest {
            Some(manifest) => bases::found_again(root, &tree, manifest),
            None => BTreeMap::new(),
        };
        strays.iter().try_for_each(|path| tree.load(root, path))?;
        let shape = manifest
            .is_none()
            .then(|| new_shape(root, &tree, &package, workspace.as_ref(), templates));
        let shape = shape.transpose()?;
        let env = EnvFile::look(root, &tree, templates);
        let style = style::Config::look(root);
        compiler.refuse_older(templates.rust_version())?;
        Ok(Self {
            root: root.into(),
            package,
            workspace,
            tree,
            manifest,
            found_again,
            strays,
            shape,
            env,
            ignored,
            style,
        })
    }

    /// The Rust files of the package, its owner's too, with what is in them. They are read here and
    /// now: only a run with which modules go has to know them.
    #[must_use]
    pub fn sources(&self) -> Vec<(String, String)> {
        sources::all(&self.root)
    }

    /// The manifest in which cargo honours profiles.
    #[must_use]
    pub fn profiles_manifest(&self) -> &str {
        self.workspace
            .as_ref()
            .map_or("Cargo.toml", |workspace| &workspace.manifest)
    }
}

/// What was installed before; refused where this version does not know of it.
fn known_manifest(tree: &Tree, templates: &Templates) -> Result<Option<Manifest>> {
    let manifest = parse(tree)?;
    if let Some(manifest) = &manifest {
        manifest.refuse_unknown(templates.features)?;
    }
    Ok(manifest)
}

fn workspace(root: &Path, cargo_toml: &DocumentMut) -> Result<Option<Workspace>> {
    let Some(manifest) = toolchain::workspace_manifest(root, cargo_toml)? else {
        return Ok(None);
    };
    let top = manifest.parent().unwrap_or(root);
    let Some(member) = root.strip_prefix(top).ok().and_then(Path::to_str) else {
        return Err(ProjectRefusal::WorkspaceElsewhere { manifest }.into());
    };
    let member = member.replace('\\', "/");
    let ups = "../".repeat(member.split('/').count());
    Ok(Some(Workspace {
        manifest: format!("{ups}Cargo.toml"),
        member: format!("{member}/"),
    }))
}

fn load_workspace(tree: &mut Tree, root: &Path, workspace: &Workspace) -> Result<DocumentMut> {
    let path = &workspace.manifest;
    tree.load_above(root, path)?;
    Ok(shape::parse_manifest(
        path,
        tree.text(path)?.unwrap_or_default(),
    )?)
}

/// What a package consists of that nothing was installed into yet. What makes an installation
/// impossible is said before what costs some work.
fn new_shape(
    root: &Path,
    tree: &Tree,
    package: &Package,
    workspace: Option<&Workspace>,
    templates: &Templates,
) -> Result<Shape> {
    refuse_forgotten(tree, templates)?;
    let text = tree.text("Cargo.toml")?.unwrap_or_default();
    let manifest = shape::parse_manifest("Cargo.toml", text)?;
    let shape = shape::of_new(&manifest, tree)?;
    package.refuse_unfit(templates.rust_version())?;
    lints::refuse(root, &manifest, tree, workspace, shape)?;
    Ok(shape)
}

/// A project full of our files, whose records are gone, is no place for a first installation.
fn refuse_forgotten(tree: &Tree, templates: &Templates) -> Result<(), Refusal> {
    let is_ours = |path: &&str| !ALWAYS.contains(path) && !path.starts_with("migrations/");
    let all: BTreeSet<_> = templates.paths().filter(is_ours).collect();
    let there = all.iter().filter(|path| tree.get(path).is_some()).count();
    if there * 2 > all.len() {
        return Err(ProjectRefusal::ManifestGone { files: there }.into());
    }
    Ok(())
}

/// Reads these files; `.env` may be a link.
fn load(tree: &mut Tree, root: &Path, paths: &BTreeSet<String>) -> Result<()> {
    for path in paths {
        if path == env::ENV && env::is_link(root) {
            env::load_link(tree, root);
        } else {
            tree.load(root, path)?;
        }
    }
    Ok(())
}

/// What git does not bring along of everything that may be written.
fn look_for_ignored(
    root: &Path,
    tree: &Tree,
    interesting: &BTreeSet<String>,
    templates: &Templates,
    manifest: Option<&Manifest>,
) -> Ignored {
    let bases = templates.paths().map(|path| manifest::base_path(id(path)));
    let bases: Vec<_> = bases.chain([manifest::PATH.into()]).collect();
    let paths = interesting.iter().chain(&bases).map(String::as_str);
    let missing = manifest.map(|manifest| strays::missing(tree, manifest));
    let missing = missing.into_iter().flatten();
    let missing = missing.map(|(_, record)| record.path.as_str());
    Ignored::look(root, paths, missing)
}

/// Every path that this run may want to know or write.
fn interesting(
    root: &Path,
    templates: &Templates,
    manifest: Option<&Manifest>,
) -> Result<BTreeSet<String>> {
    let mut paths: BTreeSet<String> = ALWAYS.iter().map(|path| (*path).to_owned()).collect();
    let recorded = manifest
        .into_iter()
        .flat_map(|manifest| manifest.files.values().map(|record| record.path.as_str()));
    let moved = manifest.map(|manifest| beside_moved_files(templates, manifest));
    let moved = moved.unwrap_or_default();
    for path in templates
        .paths()
        .chain(recorded)
        .chain(moved.iter().map(String::as_str))
        .filter(|path| !path.starts_with("migrations/"))
    {
        paths.extend([path.to_owned(), format!("{path}{SIDECAR}")]);
    }
    for (id, migration) in manifest
        .into_iter()
        .flat_map(|manifest| &manifest.migrations)
    {
        paths.extend([manifest::base_path(id), migration.path.clone()]);
    }
    let manifest = manifest.into_iter();
    let bases = manifest.clone().flat_map(|manifest| manifest.files.keys());
    paths.extend(bases.map(|id| manifest::base_path(id)));
    let next = manifest.flat_map(|manifest| manifest.pending.keys());
    paths.extend(next.map(|id| manifest::next_base_path(id)));
    for path in migrations(root)? {
        paths.extend(Database::ALL.map(|database| aside(&path, database)));
        paths.insert(path);
    }
    Ok(paths)
}

/// Where a migration goes once the project has another database.
fn aside(path: &str, database: Database) -> String {
    path.replacen('/', &format!("/{}/", database.name()), 1)
}

/// Where templates would go in the folders to which the owner has moved files.
fn beside_moved_files(templates: &Templates, manifest: &Manifest) -> BTreeSet<String> {
    let folder = |path: &str| Some(format!("{}/", path.rsplit_once('/')?.0));
    let moves = manifest.files.values().filter_map(|record| {
        let origin = record.origin.as_ref()?;
        Some((folder(origin)?, folder(&record.path).unwrap_or_default()))
    });
    let moves: BTreeSet<_> = moves.collect();
    let moved = moves.iter().flat_map(|(from, to)| {
        let below = templates.paths();
        let below = below.filter_map(move |path| path.strip_prefix(from.as_str()));
        below.map(move |rest| format!("{to}{rest}"))
    });
    moved.collect()
}

fn migrations(root: &Path) -> Result<Vec<String>> {
    let Ok(entries) = fs::read_dir(root.join("migrations")) else {
        return Ok(Vec::new());
    };
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let names: Result<Vec<_>> = names
        .filter(|name: &Result<String>| name.as_ref().map_or(true, |name| name.ends_with(".sql")))
        .collect();
    Ok(names
        .context("cannot list migrations/")?
        .into_iter()
        .map(|name| format!("migrations/{name}"))
        .collect())
}
