//! What becomes of a template's file once its owner has edited it, or where they had one before: most
//! are merged, some are not.

/// How the owner's file and the template are brought together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Line by line, with the last written text as the base.
    Merge,
    /// Not at all: it is written once, and an edited one stays as it is.
    Once,
    /// The keys that the file lacks are added to it.
    Keys,
    /// The lines that the file lacks are added to it.
    Lines,
}

/// The templates that are not merged, by their ids.
const POLICIES: [(&str, Policy); 4] = [
    (".env.example", Policy::Keys),
    (".dockerignore", Policy::Lines),
    ("README.md", Policy::Once),
    ("static/favicon.svg", Policy::Once),
];

impl Policy {
    /// The policy of a template.
    #[must_use]
    pub fn of(id: &str) -> Self {
        let mut policies = POLICIES.iter();
        let found = policies.find(|(known, _)| *known == id);
        found.map_or(Self::Merge, |(_, policy)| *policy)
    }
}
