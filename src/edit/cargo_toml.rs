//! Keys and profiles of `Cargo.toml`: put where they are absent, never changed where they are
//! there.

use toml_edit::{DocumentMut, Item, Table, TableLike};

/// A key that was put into a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// Its path, such as `profile.dev.debug`.
    pub key: String,
    /// What it was set to.
    pub value: String,
}

/// Returns the folders that dependencies are in, also those of some targets only.
#[must_use]
pub fn folders(document: &DocumentMut) -> Vec<String> {
    let targets = document.get("target").and_then(Item::as_table_like);
    let targets = targets.into_iter().flat_map(|targets| targets.iter());
    let tables = targets.filter_map(|(_, target)| target.as_table_like());
    let tables: Vec<&dyn TableLike> = tables.chain([document.as_table() as _]).collect();
    let kinds = ["dependencies", "build-dependencies", "dev-dependencies"];
    let listed = tables
        .iter()
        .flat_map(|table| kinds.map(|kind| table.get(kind)));
    let listed = listed.flatten().filter_map(Item::as_table_like);
    let all = listed.flat_map(|dependencies| dependencies.iter());
    let folders = all.filter_map(|(_, dependency)| dependency.get("path")?.as_str());
    let folders: std::collections::BTreeSet<&str> = folders.collect();
    folders.into_iter().map(ToOwned::to_owned).collect()
}

/// Fills in what is absent below a top-level table; `known` are the keys that were put there
/// before, and that their owner may have removed.
pub fn fill(
    document: &mut DocumentMut,
    top: &str,
    wanted: &Table,
    known: &dyn Fn(&str) -> bool,
) -> Vec<Put> {
    let mut put = Vec::new();
    let mut probe = Filler {
        known,
        put: &mut put,
    };
    probe.table(document.as_table_mut(), top, wanted, top);
    put
}

struct Filler<'a> {
    known: &'a dyn Fn(&str) -> bool,
    put: &'a mut Vec<Put>,
}

impl Filler<'_> {
    fn table(&mut self, parent: &mut dyn TableLike, name: &str, wanted: &Table, path: &str) {
        if wanted
            .iter()
            .all(|(key, item)| self.leaves_alone(item, &format!("{path}.{key}")))
        {
            return;
        }
        let there = parent
            .entry(name)
            .or_insert_with(|| Item::Table(implicit()));
        let Some(table) = there.as_table_like_mut() else {
            return;
        };
        for (key, item) in wanted {
            let path = format!("{path}.{key}");
            match item.as_table() {
                Some(inner) => self.table(table, key, inner, &path),
                None => self.leaf(table, key, item, path),
            }
        }
    }

    /// Whether nothing below would be put, so that no empty table is made for it.
    fn leaves_alone(&self, item: &Item, path: &str) -> bool {
        match item.as_table() {
            Some(table) => table
                .iter()
                .all(|(key, item)| self.leaves_alone(item, &format!("{path}.{key}"))),
            None => (self.known)(path),
        }
    }

    fn leaf(&mut self, table: &mut dyn TableLike, key: &str, item: &Item, path: String) {
        if table.contains_key(key) || (self.known)(&path) {
            return;
        }
        table.insert(key, item.clone());
        self.put.push(Put {
            key: path,
            value: item.to_string().trim().into(),
        });
    }
}

/// A table that gets a header of its own only once it holds a value: no `[profile]` above
/// `[profile.dev]`.
fn implicit() -> Table {
    let mut table = Table::new();
    table.set_implicit(true);
    table
}
