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
    /// The rows of the table that begins with that line, from this one on, in another order.
    Reorder(&'static str, usize, Order),
}

/// What becomes of rows.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    /// The last one comes first.
    Backwards,
    /// By their text: for one who looks for an address.
    Sorted,
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
            Change::Reorder(head, first, order) => reordered(text, head, *first, *order),
            Change::Write(from, to) => {
                assert_eq!(text.matches(from).count(), 1, "how often there is:\n{from}");
                text.replace(from, to)
            }
        }
    }
}

fn reordered(text: &str, head: &str, first: usize, order: Order) -> String {
    let (above, rest) = text.split_once(head).expect("there is no such table");
    let (rows, below) = rest.split_once("    ];\n").expect("the table has no end");
    let mut rows = rows_of(rows);
    let moved = &mut rows[first..];
    assert!(moved.len() > 20, "only {} rows", moved.len());
    match order {
        Order::Backwards => moved.reverse(),
        Order::Sorted => moved.sort_by_key(|row| code_of(row)),
    }
    format!("{above}{head}{}    ];\n{below}", rows.concat())
}

/// Every row with the comments above it.
fn rows_of(table: &str) -> Vec<String> {
    let mut rows = vec![String::new()];
    for line in table.split_inclusive('\n') {
        rows.last_mut().unwrap().push_str(line);
        // What is indented further, or only closes, belongs to a row of several lines.
        let is_last = line.ends_with("),\n")
            && line.starts_with("        ")
            && !line.starts_with("         ");
        if is_last {
            rows.push(String::new());
        }
    }
    assert_eq!(rows.pop().as_deref(), Some(""), "the table has no last row");
    rows
}

fn code_of(row: &str) -> String {
    let lines = row.split_inclusive('\n');
    let code = lines.filter(|line| !line.trim_start().starts_with("//"));
    code.collect()
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
