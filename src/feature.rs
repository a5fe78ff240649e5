//! FEATURES, the list: what there is to choose from. A feature is a line here and a folder in
//! `templates/`; its flags, its help, its question, its answer in the manifest, its conditions in
//! templates, its row in the README and its completions follow from these two.

use std::collections::BTreeSet;

use clap::{ValueEnum, builder::PossibleValue};

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

impl ValueEnum for Database {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
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

    /// The keys of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
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
    /// Where it is wanted: it has a flag.
    Optional,
    /// Where a feature that is written needs it: it has no flag.
    Needed,
    /// Not yet: it has a flag, which is refused.
    Planned,
}

/// One line of the list.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    /// The name of the folder, of the flag and of the condition in templates.
    pub name: &'static str,
    /// When it is written.
    pub part: Part,
    /// What its owner is asked, where there is a choice.
    pub flag: Option<Flag>,
}

/// The choice that an owner has about a feature: `--name` and `--no-name`.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// The feature in a few words, beginning with a small letter: help, prompt, plan, `features`.
    pub says: &'static str,
    /// The help of its negation.
    pub without: &'static str,
    /// Whether a new project gets it where nothing else was said.
    pub is_default: bool,
    /// What it can be narrowed to.
    pub values: Option<Values>,
}

/// The values of a flag: `--name one,two`.
#[derive(Clone, Copy, Debug)]
pub struct Values {
    /// All of them. Each is a condition in templates: `name_value`.
    pub all: &'static [&'static str],
    /// What the flag alone means.
    pub bare: &'static [&'static str],
    /// The question for them.
    pub prompt: &'static str,
}

/// A list of features, in the order in which they are written.
#[derive(Clone, Copy, Debug)]
pub struct Features(pub &'static [Feature]);

/// Everything there is. A feature is one line.
#[rustfmt::skip]
pub const FEATURES: Features = Features(&[
    Feature::part("starter", Part::Starter),
    Feature::part("starter-bin", Part::StarterFor(Shape::Bin)),
    Feature::part("starter-lib", Part::StarterFor(Shape::Lib)),
    Feature::part("base", Part::Always),
    Feature::part("sqlite", Part::With(Database::Sqlite)),
    Feature::part("postgres", Part::With(Database::Postgres)),
    Feature::part("uuid", Part::Keyed(Key::Uuid)),
    Feature::part("integer", Part::Keyed(Key::Integer)),
    Feature::part("sqlite-uuid", Part::WithKeyed(Database::Sqlite, Key::Uuid)),
    Feature::part("sqlite-integer", Part::WithKeyed(Database::Sqlite, Key::Integer)),
    Feature::part("postgres-uuid", Part::WithKeyed(Database::Postgres, Key::Uuid)),
    Feature::part("postgres-integer", Part::WithKeyed(Database::Postgres, Key::Integer)),
    Feature::part("moved", Part::MovedTo(Database::Postgres)),
    Feature::part("vault", Part::Needed),
    Feature::flag("api", "API tokens with scopes, JSON endpoints and an OpenAPI document", "No API"),
    Feature::flag("jwt", "access and refresh tokens for apps; brings --api", "No JWT"),
    Feature::part("guides", Part::Always),
    Feature::part("deploy", Part::Alone),
    Feature::flag("live", "pages that update by themselves over a WebSocket", "Plain forms").on().planned(),
    Feature::flag("passkeys", "log in with a passkey, or use one as the second factor", "No passkeys").on(),
    Feature::flag("oauth", "log in with Google, GitHub or any OpenID Connect issuer", "No log-in with other sites")
        .values(&["google", "github", "oidc"], &["google", "github"], "Log in with what?").planned(),
    Feature::flag("admin", "admin pages, grants, impersonation and the audit explorer", "No admin pages").on().planned(),
    Feature::flag("otlp", "traces and metrics over OTLP", "No OTLP").planned(),
]);

impl Features {
    /// The features, in their order.
    pub fn iter(self) -> impl Iterator<Item = &'static Feature> {
        self.0.iter()
    }

    /// The feature of that name.
    #[must_use]
    pub fn named(self, name: &str) -> Option<&'static Feature> {
        self.iter().find(|feature| feature.name == name)
    }

    /// The features that have flags, built or not.
    pub fn flags(self) -> impl Iterator<Item = (&'static Feature, &'static Flag)> {
        self.iter()
            .filter_map(|feature| Some((feature, feature.flag.as_ref()?)))
    }

    /// The names of the features that a flag turns on.
    pub fn optional(self) -> impl Iterator<Item = &'static str> {
        self.names(Part::Optional)
    }

    /// The names of the features that are not built yet.
    pub fn planned(self) -> impl Iterator<Item = &'static str> {
        self.names(Part::Planned)
    }

    fn names(self, part: Part) -> impl Iterator<Item = &'static str> {
        let features = self.iter().filter(move |feature| feature.part == part);
        features.map(|feature| feature.name)
    }
}

impl Feature {
    /// A folder about which its owner has no choice of its own.
    #[must_use]
    pub const fn part(name: &'static str, part: Part) -> Self {
        Self {
            name,
            part,
            flag: None,
        }
    }

    /// A feature that can be chosen, and is off where it is not.
    #[must_use]
    pub const fn flag(name: &'static str, says: &'static str, without: &'static str) -> Self {
        Self {
            name,
            part: Part::Optional,
            flag: Some(Flag {
                says,
                without,
                is_default: false,
                values: None,
            }),
        }
    }

    /// The same, which a new project gets unless its owner says otherwise.
    #[must_use]
    pub const fn on(mut self) -> Self {
        if let Some(flag) = &mut self.flag {
            flag.is_default = true;
        }
        self
    }

    /// The same, with values: all of them, those that the flag alone means, and the question.
    #[must_use]
    pub const fn values(
        mut self,
        all: &'static [&'static str],
        bare: &'static [&'static str],
        prompt: &'static str,
    ) -> Self {
        if let Some(flag) = &mut self.flag {
            flag.values = Some(Values { all, bare, prompt });
        }
        self
    }

    /// The same, which is not built yet.
    #[must_use]
    pub const fn planned(mut self) -> Self {
        self.part = Part::Planned;
        self
    }

    /// Whether another feature may need it: everything else is there always, or by a choice between
    /// several.
    #[must_use]
    pub fn can_be_needed(&self) -> bool {
        matches!(self.part, Part::Optional | Part::Needed)
    }

    /// The values of its flag.
    #[must_use]
    pub fn all_values(&self) -> &'static [&'static str] {
        let values = self.flag.and_then(|flag| flag.values);
        values.map_or(&[], |values| values.all)
    }

    /// The values that its flag alone means.
    #[must_use]
    pub fn bare_values(&self) -> BTreeSet<String> {
        let values = self.flag.and_then(|flag| flag.values);
        let bare = values.map_or(&[][..], |values| values.bare);
        bare.iter().map(|value| (*value).to_owned()).collect()
    }
}

/// What its owner has answered about a feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is not wanted.
    Off,
    /// It is wanted, with these values where it has any.
    On(BTreeSet<String>),
}

impl Answer {
    /// Whether the feature is wanted.
    #[must_use]
    pub fn is_on(&self) -> bool {
        matches!(self, Self::On(_))
    }
}

impl From<bool> for Answer {
    fn from(is_on: bool) -> Self {
        if is_on {
            Self::On(BTreeSet::new())
        } else {
            Self::Off
        }
    }
}
