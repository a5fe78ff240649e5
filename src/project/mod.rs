//! What is on disk now. The only module that reads a project; everything after it works on what was
//! read here.

mod above;
mod bases;
mod env;
pub mod git;
pub mod hidden;
mod ignore_files;
mod ignored;
mod interesting;
mod lints;
pub mod obstacles;
mod open_conflicts;
pub mod package;
pub mod programs;
pub mod rustfmt;
pub mod shape;
mod sources;
mod stage;
pub mod strays;
pub mod style;
pub mod toolchain;
mod tree;
pub mod typed;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use semver::Version;
use toml_edit::DocumentMut;

pub use self::{
    above::Above,
    env::EnvFile,
    git::GitDoubt,
    ignored::{Ignored, Rule},
    open_conflicts::open_merge,
    package::Package,
    stage::{Installed, Stage},
    tree::{File, Tree},
};
use self::{interesting::interesting, toolchain::Compiler};
use crate::{
    manifest::{self, Manifest},
    paths::{
        CARGO_LOCK, CARGO_TOML, ENV, GITATTRIBUTES, GITIGNORE, LIB, MAIN, MIGRATIONS, OWN_FOLDER,
    },
    refusal::{ManifestRefusal, ProjectRefusal, Refusal},
    templates::{Templates, id},
};

/// The end of the name of a file that waits beside somebody's own.
pub const SIDECAR: &str = ".sigra-new";
/// Files that are looked at whatever the templates say.
const ALWAYS: [&str; 12] = [
    CARGO_TOML,
    CARGO_LOCK,
    MAIN,
    LIB,
    ENV,
    GITIGNORE,
    GITATTRIBUTES,
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
    /// What was done in it before.
    pub stage: Stage,
    /// What git does about `.env`.
    pub env: EnvFile,
    /// What git does not bring along.
    pub ignored: Ignored,
    /// Where the package may have been before.
    pub above: Above,
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
        Ok(root) if root.join(CARGO_TOML).exists() => Ok(root),
        _ => {
            let folder = path.into();
            Err(ProjectRefusal::NoCargoToml { folder }.into())
        }
    }
}

/// What was installed into the package before, read alone.
pub fn recorded(root: &Path, templates: &Templates) -> Result<Option<Manifest>> {
    let mut tree = Tree::default();
    tree.load(root, manifest::PATH)?;
    open_conflicts::refuse(&tree)?;
    read_manifest(root, &tree, templates)
}

/// Refuses a project that a newer program has installed into: with the templates of this one, fixes
/// that it has would be taken back.
pub fn refuse_newer(root: &Path, templates: &Templates) -> Result<()> {
    let mut tree = Tree::default();
    tree.load(root, manifest::PATH)?;
    match newer(tree.text(manifest::PATH)?.unwrap_or_default(), templates) {
        Some(why) => Err(why.into()),
        None => Ok(()),
    }
}

/// A manifest of a newer program may have in it what this one does not know.
fn read_manifest(root: &Path, tree: &Tree, templates: &Templates) -> Result<Option<Manifest>> {
    // Whatever line ends git has given it.
    let text = tree.text(manifest::PATH)?;
    let Some(text) = text.map(|text| text.replace("\r\n", "\n")) else {
        refuse_sparse(root)?;
        return Ok(None);
    };
    let text = text.as_str();
    let manifest = Manifest::parse(text).and_then(|manifest| {
        manifest.refuse_unknown(templates.features)?;
        Ok(manifest)
    });
    let manifest = manifest.map_err(|why| match newer(text, templates) {
        Some(newer) => newer.into(),
        None => why,
    });
    Ok(Some(manifest?))
}

/// Refuses a package whose records a sparse checkout leaves out: without them it looks new.
fn refuse_sparse(root: &Path) -> Result<(), Refusal> {
    if git::leaves_out(root, manifest::PATH) {
        return Err(ProjectRefusal::LeftOut.into());
    }
    Ok(())
}

fn newer(manifest: &str, templates: &Templates) -> Option<ManifestRefusal> {
    let program = Version::parse(&templates.version).ok()?;
    let newest = manifest::newest_templates(manifest)?;
    newest
        .cmp_precedence(&program)
        .is_gt()
        .then(|| ManifestRefusal::Newer {
            templates: newest.to_string(),
            program: program.to_string(),
        })
}

/// The folder of the package that was installed into, at a path or above it. Another package on the
/// way is the one that is meant, and nothing was installed into that.
pub fn installed(path: &Path) -> Result<PathBuf> {
    let here = path
        .canonicalize()
        .with_context(|| format!("cannot look at {}", path.display()))?;
    let is_installed = |folder: &Path| folder.join(OWN_FOLDER).is_dir();
    let is_package = |folder: &Path| folder.join(CARGO_TOML).exists();
    let mut folders = here.ancestors();
    let nearest = folders.find(|folder| is_installed(folder) || is_package(folder));
    if let Some(root) = nearest.filter(|folder| is_installed(folder)) {
        return Ok(root.into());
    }
    nearest.map_or(Ok(()), refuse_sparse)?;
    let folder = path.into();
    Err(ProjectRefusal::NotInstalled { folder }.into())
}

impl Project {
    /// Reads the package in a folder that [`folder`] found.
    pub fn read(root: &Path, templates: &Templates) -> Result<Self> {
        let compiler = Compiler::ask(root)?;
        let mut tree = Tree::default();
        tree.load(root, CARGO_TOML)?;
        tree.load(root, manifest::PATH)?;
        open_conflicts::refuse(&tree)?;
        let cargo_toml =
            shape::parse_manifest(CARGO_TOML, tree.text(CARGO_TOML)?.unwrap_or_default())?;
        // Cargo says less clearly what is wrong with a file that describes no package.
        Package::read(&cargo_toml, None)?;
        let manifest = read_manifest(root, &tree, templates)?;
        let workspace = workspace(root, &cargo_toml)?;
        let above = workspace.as_ref();
        let above = above.map(|above| load_workspace(&mut tree, root, above));
        let above = above.transpose()?;
        let package = Package::read(&cargo_toml, above.as_ref())?;
        let tracked = tracked(templates, manifest.as_ref());
        let interesting = interesting(root, templates, manifest.as_ref())?;
        load(&mut tree, root, &interesting, &tracked)?;
        let ignored = look_for_ignored(root, &tree, &interesting, templates, manifest.as_ref());
        let above = Above::of(root, manifest.as_ref(), workspace.as_ref());
        let about = (&package, workspace.as_ref());
        let stage = Stage::read(root, &mut tree, manifest, about, (templates, &above))?;
        let env = EnvFile::look(root, &tree, templates, &above);
        let style = style::Config::look(root);
        compiler.refuse_older(templates.rust_version())?;
        if let Stage::New(_) = stage {
            toolchain::refuse_what_cargo_refuses(root, &cargo_toml)?;
        }
        Ok(Self {
            root: root.into(),
            package,
            workspace,
            tree,
            stage,
            env,
            ignored,
            above,
            style,
        })
    }

    /// The Rust files of the package, its owner's too, with what is in them. They are read here and
    /// now: only a run with which modules go has to know them.
    #[must_use]
    pub fn sources(&self) -> Vec<(String, String)> {
        let text = self.tree.text(CARGO_TOML).ok().flatten();
        let manifest = shape::parse_manifest(CARGO_TOML, text.unwrap_or_default());
        sources::all(&self.root, &manifest.unwrap_or_default())
    }

    /// The manifest in which cargo honours profiles.
    #[must_use]
    pub fn profiles_manifest(&self) -> &str {
        self.workspace
            .as_ref()
            .map_or(CARGO_TOML, |workspace| &workspace.manifest)
    }
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

/// A project full of our files, whose records are gone, is no place for a first installation.
fn refuse_forgotten(tree: &Tree, templates: &Templates) -> Result<(), Refusal> {
    let is_ours = |path: &&str| !ALWAYS.contains(path) && !path.starts_with(MIGRATIONS);
    let all: BTreeSet<_> = templates.paths().filter(is_ours).collect();
    let there = all.iter().filter(|path| tree.get(path).is_some()).count();
    if there * 2 > all.len() {
        return Err(ProjectRefusal::ManifestGone { files: there }.into());
    }
    Ok(())
}

/// The files that templates have in a project that was installed into. In a new one, whatever is in
/// their place has to go first.
fn tracked<'p>(templates: &'p Templates, manifest: Option<&'p Manifest>) -> BTreeSet<&'p str> {
    let Some(manifest) = manifest else {
        return BTreeSet::new();
    };
    let recorded = manifest.files.values().map(|record| record.path.as_str());
    let paths = templates.paths().chain(recorded);
    paths.filter(|path| !path.starts_with(MIGRATIONS)).collect()
}

/// Reads these files; `.env` may be a link.
fn load(
    tree: &mut Tree,
    root: &Path,
    paths: &BTreeSet<String>,
    tracked: &BTreeSet<&str>,
) -> Result<()> {
    for path in paths {
        if path == ENV && env::is_link(root) {
            env::load_link(tree, root);
        } else if tracked.contains(path.as_str()) {
            tree.load_or_block(root, path)?;
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
    let files = manifest.map(|manifest| strays::missing(tree, manifest));
    let files = files.into_iter().flatten();
    let files = files.map(|(_, record)| record.path.as_str());
    let migrations = manifest.into_iter();
    let migrations = migrations.flat_map(|manifest| manifest.migrations.values());
    let migrations = migrations.map(|record| record.path.as_str());
    let migrations = migrations.filter(|path| tree.get(path).is_none());
    Ignored::look(root, paths, files.chain(migrations))
}
