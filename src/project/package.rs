//! The package as its `Cargo.toml` describes it. What it inherits is looked up in its workspace.

use semver::Version;
use syn::Ident;
use toml_edit::{DocumentMut, Item};

use crate::refusal::{PackageRefusal, Refusal};

/// The oldest edition that the generated code is written for.
const OLDEST_EDITION: &str = "2021";
/// Names of programs that cargo refuses, since its own folders have them, and names of crates that
/// come with the compiler.
const RESERVED: [&str; 9] = [
    "alloc",
    "build",
    "core",
    "deps",
    "examples",
    "incremental",
    "proc_macro",
    "std",
    "test",
];
/// The edition whose style it is formatted in.
const STYLE: &str = "2024";

/// Who the project is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version; `0.0.0` where the file has none.
    pub version: String,
    /// Its edition; `2015` where the file has none, as cargo sees it.
    pub edition: String,
    /// The oldest compiler that it says it can be built with.
    pub rust_version: Option<String>,
}

impl Package {
    /// Reads a manifest, and what it leaves to that of the workspace.
    pub fn read(manifest: &DocumentMut, workspace: Option<&DocumentMut>) -> Result<Self, Refusal> {
        let Some(package) = manifest.get("package") else {
            return Err(PackageRefusal::NoPackage.into());
        };
        let inherited = workspace.unwrap_or(manifest).get("workspace");
        let inherited = inherited.and_then(|workspace| workspace.get("package"));
        let text = |key| {
            let own = package.get(key)?;
            let item = if is_inherited(own) {
                inherited?.get(key)?
            } else {
                own
            };
            item.as_str().map(str::to_owned)
        };
        let name = text("name").ok_or(PackageRefusal::NoName)?;
        Ok(Self {
            name,
            version: text("version").unwrap_or_else(|| "0.0.0".into()),
            edition: text("edition").unwrap_or_else(|| "2015".into()),
            rust_version: text("rust-version"),
        })
    }

    /// The name as Rust code writes it.
    #[must_use]
    pub fn crate_name(&self) -> String {
        self.name.replace('-', "_")
    }

    /// Whether rustfmt has to be told in which style the generated code is written.
    #[must_use]
    pub fn needs_style(&self) -> bool {
        self.edition.as_str() < STYLE
    }

    /// Refuses a package that the generated code cannot be a part of.
    pub fn refuse_unfit(&self, needed: &str) -> Result<(), Refusal> {
        let Self { name, edition, .. } = self;
        if syn::parse_str::<Ident>(&self.crate_name()).is_err() {
            let name = name.clone();
            return Err(PackageRefusal::NameNotRust { name }.into());
        }
        if RESERVED.contains(&self.crate_name().as_str()) {
            let name = name.clone();
            return Err(PackageRefusal::NameReserved { name }.into());
        }
        if edition.as_str() < OLDEST_EDITION {
            return Err(PackageRefusal::Edition {
                edition: edition.clone(),
                oldest: OLDEST_EDITION,
                newest: STYLE,
            }
            .into());
        }
        match &self.rust_version {
            Some(named) if version(named) < version(needed) => {
                let (named, needed) = (named.clone(), needed.into());
                Err(PackageRefusal::RustVersion { named, needed }.into())
            }
            _ => Ok(()),
        }
    }
}

/// Whether an entry says `workspace = true`.
#[must_use]
pub fn is_inherited(item: &Item) -> bool {
    item.get("workspace").and_then(Item::as_bool) == Some(true)
}

/// Major and minor version; what cannot be read is left to cargo to judge.
fn version(named: &str) -> Option<(u64, u64)> {
    let whole = format!("{named}.0.0");
    let three: Vec<_> = whole.splitn(4, '.').take(3).collect();
    let version = Version::parse(&three.join(".")).ok()?;
    Some((version.major, version.minor))
}
