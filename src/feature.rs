//! FEATURES, the list: what there is to choose from. A feature is a line here and a folder in
//! `templates/`.

/// Where people are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file beside the program; nothing to set up.
    Sqlite,
    /// A server; for more than one node.
    Postgres,
}

impl Database {
    /// In the order in which they are offered; the first is the default.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// The word on the command line, in the manifest and in templates.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// Its name in a sentence.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// The database of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|database| database.name() == name)
    }
}

/// What the rows of every table are known by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Key {
    /// UUIDs of version 7.
    #[default]
    Uuid,
    /// 64-bit integers.
    Integer,
}

impl Key {
    /// The first is the default.
    pub const ALL: [Self; 2] = [Self::Uuid, Self::Integer];

    /// The name of its folder and of its condition in templates.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Integer => "integer",
        }
    }
}

/// What a new package consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A program.
    Bin,
    /// A library, and a program that calls it.
    Lib,
}

/// When a feature's folder is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Only into a project that `cargo new` has just made.
    Starter,
    /// The same, for one that consists of this.
    StarterFor(Shape),
    /// Always.
    Always,
    /// Always, but for a member of a workspace: there these files would have to stand beside its root.
    Alone,
    /// With this database.
    With(Database),
    /// With these keys.
    Keyed(Key),
    /// With this database and these keys.
    WithKeyed(Database, Key),
    /// With this database, in a project that had another one before.
    MovedTo(Database),
    /// Where it was asked for: it has a flag, and is off by default.
    Optional,
    /// Where a feature that is written needs it: it has no flag.
    Needed,
    /// Not yet. The sentence says what it will be.
    Planned(&'static str),
}

/// One line of the list.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    /// The name of the folder, of the flag and of the condition in templates.
    pub name: &'static str,
    /// When it is written.
    pub part: Part,
}

/// Everything, in the order in which it is written.
pub const FEATURES: &[Feature] = &[
    Feature {
        name: "starter",
        part: Part::Starter,
    },
    Feature {
        name: "starter-bin",
        part: Part::StarterFor(Shape::Bin),
    },
    Feature {
        name: "starter-lib",
        part: Part::StarterFor(Shape::Lib),
    },
    Feature {
        name: "base",
        part: Part::Always,
    },
    Feature {
        name: "sqlite",
        part: Part::With(Database::Sqlite),
    },
    Feature {
        name: "postgres",
        part: Part::With(Database::Postgres),
    },
    Feature {
        name: "uuid",
        part: Part::Keyed(Key::Uuid),
    },
    Feature {
        name: "integer",
        part: Part::Keyed(Key::Integer),
    },
    Feature {
        name: "sqlite-uuid",
        part: Part::WithKeyed(Database::Sqlite, Key::Uuid),
    },
    Feature {
        name: "sqlite-integer",
        part: Part::WithKeyed(Database::Sqlite, Key::Integer),
    },
    Feature {
        name: "postgres-uuid",
        part: Part::WithKeyed(Database::Postgres, Key::Uuid),
    },
    Feature {
        name: "postgres-integer",
        part: Part::WithKeyed(Database::Postgres, Key::Integer),
    },
    Feature {
        name: "moved",
        part: Part::MovedTo(Database::Postgres),
    },
    Feature {
        name: "vault",
        part: Part::Needed,
    },
    Feature {
        name: "api",
        part: Part::Optional,
    },
    Feature {
        name: "jwt",
        part: Part::Optional,
    },
    Feature {
        name: "guides",
        part: Part::Always,
    },
    Feature {
        name: "deploy",
        part: Part::Alone,
    },
    Feature {
        name: "live",
        part: Part::Planned("pages that update by themselves over a WebSocket"),
    },
    Feature {
        name: "passkeys",
        part: Part::Planned("log in with a passkey, or use one as the second factor"),
    },
    Feature {
        name: "oauth",
        part: Part::Planned("log in with Google, GitHub or any OpenID Connect issuer"),
    },
    Feature {
        name: "admin",
        part: Part::Planned("admin pages, grants, impersonation and the audit explorer"),
    },
    Feature {
        name: "otlp",
        part: Part::Planned("traces and metrics over OTLP"),
    },
];

impl Feature {
    /// The feature of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        FEATURES.iter().find(|feature| feature.name == name)
    }

    /// Whether another feature may need it: everything else is there always, or by a choice between
    /// several.
    #[must_use]
    pub fn can_be_needed(&self) -> bool {
        matches!(self.part, Part::Optional | Part::Needed)
    }
}

/// The names of the features that a flag turns on.
pub fn optional() -> impl Iterator<Item = &'static str> {
    names(|part| part == Part::Optional)
}

/// The names of the features that are not built yet.
pub fn planned() -> impl Iterator<Item = &'static str> {
    names(|part| matches!(part, Part::Planned(_)))
}

fn names(is: impl Fn(Part) -> bool) -> impl Iterator<Item = &'static str> {
    let features = FEATURES.iter().filter(move |feature| is(feature.part));
    features.map(|feature| feature.name)
}
