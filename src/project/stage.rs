//! What was done in a package before: nothing, something of its owner's, or an installation.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::Result;

use super::{
    Above, Package, Project, Tree, Workspace, bases, lints, open_conflicts, refuse_forgotten,
    shape, strays,
};
use crate::{
    feature::Shape,
    manifest::Manifest,
    paths::CARGO_TOML,
    refusal::{Refusal, ShapeRefusal},
    templates::Templates,
};

/// How far a project is.
#[derive(Clone, Debug)]
pub enum Stage {
    /// A new package, as `cargo new` makes it.
    New(Shape),
    /// An app of its owner's, and why nothing can be installed into it.
    Host(ShapeRefusal),
    /// A project that was installed into.
    Installed(Box<Installed>),
}

/// What is known of an installation.
#[derive(Clone, Debug)]
pub struct Installed {
    /// What was recorded.
    pub manifest: Manifest,
    /// Bases that are not stored as they were written, and were found again; by their paths.
    pub found_again: BTreeMap<String, Vec<u8>>,
    /// The files that a missing one of ours may be now.
    pub strays: BTreeSet<String>,
    /// The missing files of ours that have stayed where the package was before, with where they are.
    pub left_behind: BTreeMap<String, String>,
}

impl Stage {
    /// Reads the rest of what matters for a project with these files. Refuses one that cannot be
    /// worked on.
    pub(super) fn read(
        root: &Path,
        tree: &mut Tree,
        manifest: Option<Manifest>,
        (package, workspace): (&Package, Option<&Workspace>),
        (templates, above): (&Templates, &Above),
    ) -> Result<Self> {
        if let Some(manifest) = manifest {
            let installed = Installed::read(root, tree, manifest, above)?;
            return Ok(Self::Installed(Box::new(installed)));
        }
        open_conflicts::refuse(tree)?;
        refuse_forgotten(tree, templates)?;
        let text = tree.text(CARGO_TOML)?.unwrap_or_default();
        let cargo_toml = shape::parse_manifest(CARGO_TOML, text)?;
        let stage = shape::stage(&cargo_toml, tree)?;
        // What makes an installation impossible is said before what costs some work.
        if let Self::New(shape) = stage {
            package.refuse_unfit(templates.rust_version())?;
            lints::refuse(root, &cargo_toml, tree, workspace, shape)?;
        }
        Ok(stage)
    }
}

impl Installed {
    fn read(root: &Path, tree: &mut Tree, manifest: Manifest, above: &Above) -> Result<Self> {
        open_conflicts::refuse_ours(tree, &manifest)?;
        open_conflicts::refuse(tree)?;
        let strays = strays::candidates(root, tree, &manifest);
        let found_again = bases::found_again(root, tree, &manifest);
        strays.iter().try_for_each(|path| tree.load(root, path))?;
        Ok(Self {
            left_behind: above.left_behind(tree, &manifest),
            manifest,
            found_again,
            strays,
        })
    }
}

impl Project {
    /// Returns what is known of an installation, if there was one.
    #[must_use]
    pub fn installed(&self) -> Option<&Installed> {
        match &self.stage {
            Stage::Installed(installed) => Some(installed),
            Stage::New(_) | Stage::Host(_) => None,
        }
    }

    /// Returns what was recorded, if something was installed.
    #[must_use]
    pub fn manifest(&self) -> Option<&Manifest> {
        self.installed().map(|installed| &installed.manifest)
    }

    /// Returns where a missing file of ours is that has stayed where the package was before.
    #[must_use]
    pub fn left_behind(&self, path: &str) -> Option<&str> {
        let left = &self.installed()?.left_behind;
        left.get(path).map(String::as_str)
    }

    /// Returns what a new package consists of.
    #[must_use]
    pub fn shape(&self) -> Option<Shape> {
        match self.stage {
            Stage::New(shape) => Some(shape),
            Stage::Host(_) | Stage::Installed(_) => None,
        }
    }

    /// Refuses an app of its owner's.
    pub fn refuse_host(&self) -> Result<(), Refusal> {
        match &self.stage {
            Stage::Host(why) => Err(why.clone().into()),
            Stage::New(_) | Stage::Installed(_) => Ok(()),
        }
    }
}
