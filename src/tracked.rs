//! The files that templates have in a project, each with its three sides: base, mine and theirs.
//! [`Base::of`] alone says what the base of a file is.

use std::collections::BTreeSet;

use crate::{
    manifest::{FileRecord, Manifest, State, base_path, next_base_path},
    merge::{Base, Sides},
    plan::Plan,
    project::{Project, SIDECAR, shape},
    sum::Sum,
};

/// One template's file in a project.
#[derive(Clone, Debug)]
pub struct TrackedFile<'a> {
    /// The template's id.
    pub id: String,
    /// Where it is in the project.
    pub path: String,
    /// Where the templates have it today.
    pub home: Option<String>,
    /// What was recorded of it; none where it was never written.
    pub record: Option<&'a FileRecord>,
    /// What was written last time, if it can be told, also where the file is no longer ours.
    pub written: Option<&'a [u8]>,
    /// What was written, what is there, what would be written.
    pub sides: Sides<'a>,
}

/// Everything that is recorded or planned, in the order of the ids.
#[must_use]
pub fn files<'a>(project: &'a Project, plan: &'a Plan) -> Vec<TrackedFile<'a>> {
    let manifest = project.manifest().into_iter();
    let recorded = manifest.flat_map(|manifest| manifest.files.keys());
    let ids: BTreeSet<_> = recorded.chain(plan.files.keys()).collect();
    ids.into_iter().map(|id| one(id, project, plan)).collect()
}

fn one<'a>(id: &str, project: &'a Project, plan: &'a Plan) -> TrackedFile<'a> {
    let manifest = project.manifest();
    let record = manifest.and_then(|manifest| manifest.files.get(id));
    let theirs = plan.files.get(id);
    let recorded = record.map(|record| &record.path);
    let path = recorded.or(theirs.map(|theirs| &theirs.path));
    let path = path.cloned().unwrap_or_default();
    let home = theirs.map(|theirs| theirs.path.clone());
    let theirs = theirs.map(|theirs| theirs.bytes.as_slice());
    let base = Base::of(id, &path, theirs, project);
    let is_forgotten = record.is_some_and(|record| record.state == State::Forgotten);
    let written = match base {
        Base::Known(base) => Some(base),
        Base::None | Base::Lost => None,
    };
    let sides = Sides {
        base: if is_forgotten { Base::None } else { base },
        mine: project.tree.bytes(&path),
        theirs,
    };
    TrackedFile {
        id: id.into(),
        path,
        home,
        record,
        written,
        sides,
    }
}

impl<'t> Base<'t> {
    /// Returns the base of a file: the text that its owner has last seen of the templates. That is
    /// what was written last time, or what was between markers, or in a `.sigra-new` file, that the
    /// owner has removed since. What `cargo new` writes counts as written by us.
    ///
    /// The file is recorded by `id` and found at `path`, which may not be where it was recorded;
    /// `theirs` is what would be written today, and may be the base too.
    #[must_use]
    pub fn of(id: &str, path: &str, theirs: Option<&'t [u8]>, project: &'t Project) -> Self {
        let manifest = project.manifest();
        let Some(record) = manifest.and_then(|manifest| manifest.files.get(id)) else {
            let mine = project.tree.bytes(path);
            let stock = mine.filter(|mine| shape::is_stock(path, mine));
            return stock.map_or(Self::None, Self::Known);
        };
        let settled = manifest.and_then(|manifest| settled(id, path, manifest, project));
        let wanted = settled.into_iter().chain(record.base);
        let mut known = wanted.filter_map(|sum| written(id, sum, theirs, project));
        match (known.next(), settled.or(record.base)) {
            (Some(known), _) => Self::Known(known),
            (None, None) => Self::None,
            (None, Some(_)) => Self::Lost,
        }
    }
}

/// The checksum of what the owner has worked into the file since: its markers are gone, or the file
/// beside it is.
fn settled(id: &str, path: &str, manifest: &Manifest, project: &Project) -> Option<Sum> {
    let marked = manifest.pending.get(id).map(|pending| pending.theirs);
    let waits = project.tree.get(&format!("{path}{SIDECAR}")).is_some();
    let beside = manifest.files.get(id)?.sidecar.filter(|_| !waits);
    marked.or(beside)
}

/// Returns the text with that checksum: stored for a template, or what would be written today.
#[must_use]
pub fn written<'t>(
    id: &str,
    wanted: Sum,
    theirs: Option<&'t [u8]>,
    project: &'t Project,
) -> Option<&'t [u8]> {
    let stored = [base_path(id), next_base_path(id)];
    let stored = stored.iter().flat_map(|path| project.stored(path));
    let mut known = stored.chain(theirs);
    known.find(|bytes| Sum::of(bytes) == wanted)
}

impl<'a> TrackedFile<'a> {
    /// What was written last time, if it can be told.
    #[must_use]
    pub fn base(&self) -> Option<&'a [u8]> {
        match self.sides.base {
            Base::Known(base) => Some(base),
            Base::None | Base::Lost => None,
        }
    }

    /// The path of the file that waits beside it, where that is as we wrote it.
    #[must_use]
    pub fn sidecar(&self, project: &Project) -> Option<String> {
        let path = format!("{}{SIDECAR}", self.path);
        let found = project.tree.bytes(&path).map(Sum::of);
        let recorded = self.record.and_then(|record| record.sidecar);
        (found.is_some() && found == recorded).then_some(path)
    }
}
