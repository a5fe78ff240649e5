//! What an owner does to files, written down.

use crate::support::Project;

/// One thing that they do.
#[derive(Debug)]
pub struct Edit {
    pub name: &'static str,
    pub changes: &'static [(&'static str, Change)],
    /// The first version that has changed the same lines; none where all of them leave them alone.
    pub clashes: Option<usize>,
}

#[derive(Debug)]
pub enum Change {
    /// A new file, which is nobody else's.
    Make(&'static str),
    /// A text that is there once, and another in its place.
    Write(&'static str, &'static str),
    /// Text at the end.
    Append(&'static str),
    /// One name, and another wherever it stands.
    Name(&'static str, &'static str),
}

impl Edit {
    pub fn apply(&self, project: &Project) {
        for (path, change) in self.changes {
            if let Change::Make(text) = change {
                assert!(!project.exists(path), "{path} is there already");
                project.write(path, text);
                continue;
            }
            let found = project.read(path);
            let edited = change.edited(&found);
            assert!(edited != found, "{}: {path}", self.name);
            project.write(path, &edited);
        }
    }
}

impl Change {
    fn edited(&self, text: &str) -> String {
        match self {
            Change::Make(text) => (*text).into(),
            Change::Append(more) => format!("{text}{more}"),
            Change::Name(old, new) => text.replace(old, new),
            Change::Write(from, to) => {
                assert_eq!(text.matches(from).count(), 1, "how often there is:\n{from}");
                text.replace(from, to)
            }
        }
    }
}

/// Whether the later versions have nothing against it.
pub fn is_clean(edit: &&Edit) -> bool {
    edit.clashes.is_none()
}

pub const fn edit(name: &'static str, changes: &'static [(&'static str, Change)]) -> Edit {
    Edit {
        name,
        changes,
        clashes: None,
    }
}

pub const fn clash(
    name: &'static str,
    with: usize,
    changes: &'static [(&'static str, Change)],
) -> Edit {
    Edit {
        name,
        changes,
        clashes: Some(with),
    }
}
