//! Taking a feature out by hand, as the map of a project says.

use std::process::Command;

use super::Project;

/// Where the map is.
pub const MAP: &str = "src/main.rs";

/// What the map says of one feature.
pub struct Row {
    paths: Vec<String>,
    lines: Vec<String>,
    pub crates: Vec<String>,
    pub tables: Vec<String>,
}

impl Row {
    pub fn read(project: &Project, feature: &str) -> Self {
        let map = project.read(MAP);
        let start = format!("//! | {feature} |");
        let row = map.lines().find(|line| line.starts_with(&start)).unwrap();
        let mut columns = row.split('|').skip(2).map(words);
        let mut next = || columns.next().unwrap();
        Self {
            paths: next(),
            lines: next(),
            crates: next(),
            tables: next(),
        }
    }
}

/// What stands between backticks.
fn words(text: &str) -> Vec<String> {
    let words = text.split('`').skip(1).step_by(2);
    words.map(Into::into).collect()
}

/// What is left to the program, or never taken back.
pub fn is_ours(path: &str) -> bool {
    let kept = ["src/", "templates/", "static/", "docs/"];
    let is_beside = !path.contains('/') && !path.starts_with("Cargo.") && path != ".env";
    kept.iter().any(|folder| path.starts_with(folder)) || is_beside
}

fn has_one(text: &str, marks: &[String]) -> bool {
    marks.iter().any(|mark| text.contains(mark))
}

/// Does what the row says.
pub fn take_out(project: &Project, row: &Row) {
    for (path, bytes) in project.tree() {
        let Some(text) = String::from_utf8(bytes).ok().filter(|_| is_ours(&path)) else {
            continue;
        };
        if has_one(&format!("/{path}"), &row.paths) {
            project.remove(&path);
        } else if has_one(&text, &row.lines) {
            let lines = text.split_inclusive('\n');
            let left: String = lines.filter(|line| !has_one(line, &row.lines)).collect();
            project.write(&path, &left);
        }
    }
    let rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", MAP])
        .current_dir(&project.root)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&rustfmt.stderr);
    assert!(rustfmt.status.success(), "{said}");
}
