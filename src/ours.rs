//! The files of ours in a project, each with its three sides: what was written, what is there and
//! what the templates say today. What is compared with what is up to the verb.

use std::collections::BTreeSet;

use crate::{
    manifest::{FileRecord, State, base_path},
    merge::{Base, Sides},
    plan::Plan,
    project::{Project, SIDECAR, shape},
    sum,
};

/// One file of ours.
#[derive(Clone, Debug)]
pub struct Ours<'a> {
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
pub fn files<'a>(project: &'a Project, plan: &'a Plan) -> Vec<Ours<'a>> {
    let manifest = project.manifest.iter();
    let recorded = manifest.flat_map(|manifest| manifest.files.keys());
    let ids: BTreeSet<_> = recorded.chain(plan.files.keys()).collect();
    ids.into_iter().map(|id| one(id, project, plan)).collect()
}

fn one<'a>(id: &str, project: &'a Project, plan: &'a Plan) -> Ours<'a> {
    let manifest = project.manifest.as_ref();
    let record = manifest.and_then(|manifest| manifest.files.get(id));
    let theirs = plan.files.get(id);
    let recorded = record.map(|record| &record.path);
    let path = recorded.or(theirs.map(|theirs| &theirs.path));
    let path = path.cloned().unwrap_or_default();
    let home = theirs.map(|theirs| theirs.path.clone());
    let theirs = theirs.map(|theirs| theirs.bytes.as_slice());
    let base = base(id, &path, record, theirs, project);
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
    Ours {
        id: id.into(),
        path,
        home,
        record,
        written,
        sides,
    }
}

/// What was written last time. What `cargo new` writes is nobody's work; it counts as ours.
fn base<'a>(
    id: &str,
    path: &str,
    record: Option<&FileRecord>,
    theirs: Option<&'a [u8]>,
    project: &'a Project,
) -> Base<'a> {
    let Some(record) = record else {
        let mine = project.tree.bytes(path);
        let stock = mine.filter(|mine| shape::is_stock(path, mine));
        return stock.map_or(Base::None, Base::Known);
    };
    let Some(wanted) = &record.base else {
        return Base::None;
    };
    let path = base_path(id);
    let mut known = project.stored(&path).chain(theirs);
    let known = known.find(|known| sum::of(known) == *wanted);
    known.map_or(Base::Lost, Base::Known)
}

impl<'a> Ours<'a> {
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
        let found = project.tree.bytes(&path).map(sum::of);
        let recorded = self.record.and_then(|record| record.sidecar.clone());
        (found.is_some() && found == recorded).then_some(path)
    }
}
