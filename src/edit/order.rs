//! Where new entries of a dependency table stand: sorted where it is sorted; else behind those of
//! ours that come before them in the templates, whenever they are added. So it makes no difference
//! whether a feature was there from the start.

use toml_edit::{Item, KeyMut, TableLike, Value};

use crate::templates::Group;

/// How a table was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Nothing is in it: ours come in groups, told apart by comments.
    Empty,
    /// The groups are told apart by the comments that were put there then.
    Grouped,
    /// Somebody keeps it sorted.
    Sorted,
    /// Any other.
    Free,
}

impl Order {
    /// Looks at a table, in which some entries are ours.
    pub fn of(table: &dyn TableLike, groups: &[Group], is_ours: impl Fn(&str) -> bool) -> Self {
        let names: Vec<_> = table.iter().map(|(name, _)| name).collect();
        let is_grouped = |group: &Group| {
            let mut leads = names.iter().filter_map(|name| lead_of(table, name));
            leads.any(|lead| leads_to(&lead, group))
        };
        if names.is_empty() {
            Self::Empty
        } else if groups.iter().any(is_grouped) {
            Self::Grouped
        } else if names.is_sorted() && !names.iter().all(|name| is_ours(name)) {
            Self::Sorted
        } else {
            Self::Free
        }
    }

    /// The comment above the first crate of a group that is not in the table yet.
    pub fn heading(self, group: &Group, table: &dyn TableLike) -> Option<String> {
        let is_there = group
            .crates
            .iter()
            .any(|known| table.contains_key(&known.name));
        let gap = if table.is_empty() { "" } else { "\n" };
        let has_one = match self {
            Self::Empty => !group.name.is_empty(),
            Self::Grouped => !group.name.is_empty() && !is_there,
            Self::Sorted | Self::Free => false,
        };
        has_one.then(|| format!("{gap}# {}\n", group.name))
    }
}

/// Brings the new entries, which stand at the end, to their places.
pub fn arrange(table: &mut Item, order: Order, groups: &[Group], places: &Places<'_>) {
    let Some(there) = table.as_table_like_mut() else {
        return;
    };
    let names = match order {
        Order::Sorted => sorted(there),
        _ => places.arranged(there, groups),
    };
    if order != Order::Sorted {
        let groups = groups.iter();
        groups.for_each(|group| lead_group(there, group, &names));
    }
    // What stands in an entry itself, such as `axum.version`, has no place here and keeps its own.
    let place = |name: &str| names.iter().position(|known| known == name);
    match table {
        Item::Table(table) => {
            table.sort_values_by(|one, _, other, _| place(one).cmp(&place(other)));
        }
        Item::Value(Value::InlineTable(table)) => {
            table.sort_values_by(|one, _, other, _| place(one).cmp(&place(other)));
        }
        _ => {}
    }
}

fn sorted(table: &dyn TableLike) -> Vec<String> {
    let mut names: Vec<_> = table.iter().map(|(name, _)| name.to_owned()).collect();
    names.sort();
    names
}

/// Which entries are new, and which were ours before.
pub struct Places<'a> {
    /// Those that were just put in.
    pub new: &'a [String],
    /// Whether an entry is ours from before.
    pub is_ours: &'a dyn Fn(&str) -> bool,
}

impl Places<'_> {
    /// The names of a table as they should stand.
    fn arranged(&self, table: &dyn TableLike, groups: &[Group]) -> Vec<String> {
        let is_new = |name: &str| self.new.iter().any(|new| new == name);
        let there = table.iter().map(|(name, _)| name.to_owned());
        let mut names: Vec<_> = there.filter(|name| !is_new(name)).collect();
        let mut last = None;
        for wanted in groups.iter().flat_map(|group| &group.crates) {
            let name = &wanted.name;
            if is_new(name) {
                let at = last.map_or(names.len(), |at| at + 1);
                names.insert(at, name.clone());
                last = Some(at);
            } else if (self.is_ours)(name) {
                last = names.iter().position(|known| known == name).or(last);
            }
        }
        names
    }
}

/// A comment above a group stays above it, when a new crate becomes its first.
fn lead_group(table: &mut dyn TableLike, group: &Group, names: &[String]) {
    let Some((leader, heading)) = heading_of(table, group) else {
        return;
    };
    let is_of_group = |name: &&String| group.crates.iter().any(|known| known.name == **name);
    if let Some(first) = names
        .iter()
        .find(is_of_group)
        .filter(|first| **first != leader)
    {
        set_lead(table, &leader, "");
        set_lead(table, first, &heading);
    }
}

/// The crate of a group that carries its comment, and all that stands above it.
fn heading_of(table: &dyn TableLike, group: &Group) -> Option<(String, String)> {
    group.crates.iter().find_map(|known| {
        let lead = lead_of(table, &known.name)?;
        leads_to(&lead, group).then(|| (known.name.clone(), lead))
    })
}

/// Whether the comment of a group is among these lines.
fn leads_to(lead: &str, group: &Group) -> bool {
    let mut comments = lead.lines().filter_map(|line| line.strip_prefix("# "));
    comments.any(|comment| comment == group.name)
}

/// What stands above an entry. Of `axum.workspace = true` it is the last part that carries it.
pub fn lead_of(table: &dyn TableLike, name: &str) -> Option<String> {
    let inner = table.get(name).and_then(Item::as_table);
    let key = match inner.filter(|inner| inner.is_dotted()) {
        Some(inner) => inner.key("workspace"),
        None => table.key(name),
    };
    Some(key?.leaf_decor().prefix()?.as_str()?.to_owned())
}

/// Puts a comment above an entry.
pub fn set_lead(table: &mut dyn TableLike, name: &str, lead: &str) {
    if let Some(mut key) = lead_key(table, name) {
        key.leaf_decor_mut().set_prefix(lead);
    }
}

fn lead_key<'t>(table: &'t mut dyn TableLike, name: &str) -> Option<KeyMut<'t>> {
    let is_dotted = table
        .get(name)
        .and_then(Item::as_table)
        .is_some_and(toml_edit::Table::is_dotted);
    if is_dotted {
        table.get_mut(name)?.as_table_mut()?.key_mut("workspace")
    } else {
        table.key_mut(name)
    }
}
