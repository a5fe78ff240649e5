//! `.gitignore` files, read where there is no git to ask: a tree from an archive has its rules, and
//! not what they hide.

use std::{collections::BTreeMap, fs, path::Path};

use glob::{MatchOptions, Pattern};

use super::Rule;
use crate::paths::GITIGNORE;

const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// The files of that name in a project, each read once.
pub(super) struct IgnoreFiles<'a> {
    root: &'a Path,
    read: BTreeMap<String, Vec<Line>>,
}

/// One pattern.
struct Line {
    rule: Rule,
    pattern: Pattern,
    /// Whether it brings back what an earlier one has hidden.
    brings_back: bool,
    for_folders: bool,
    /// Whether it stands for a path below the file's folder, and not for a name in any folder.
    is_path: bool,
}

impl<'a> IgnoreFiles<'a> {
    pub(super) fn new(root: &'a Path) -> Self {
        let read = BTreeMap::new();
        Self { root, read }
    }

    /// The rule that hides a file, or a folder that it is in: then nothing brings it back.
    pub(super) fn rule(&mut self, path: &str) -> Option<Rule> {
        let ends = path.match_indices('/').map(|(end, _)| end);
        let mut ends = ends.chain([path.len()]);
        ends.find_map(|end| self.rule_of(&path[..end], end < path.len()))
    }

    /// The last line that means a path decides, of the nearest file that has one.
    fn rule_of(&mut self, path: &str, is_folder: bool) -> Option<Rule> {
        let mut folder = path;
        loop {
            let above = folder.rsplit_once('/').map_or("", |(above, _)| above);
            let rest = path[above.len()..].trim_start_matches('/');
            let mut lines = self.lines(above).iter().rev();
            if let Some(line) = lines.find(|line| line.means(rest, is_folder)) {
                return (!line.brings_back).then(|| line.rule.clone());
            }
            if above.is_empty() {
                return None;
            }
            folder = above;
        }
    }

    fn lines(&mut self, folder: &str) -> &[Line] {
        let root = self.root;
        self.read.entry(folder.into()).or_insert_with(|| {
            let path = Path::new(folder).join(GITIGNORE);
            let text = fs::read_to_string(root.join(&path)).unwrap_or_default();
            lines(&text, &path)
        })
    }
}

fn lines(text: &str, path: &Path) -> Vec<Line> {
    let place = |at| format!("{}:{}", path.display(), at + 1);
    let lines = text.lines().enumerate();
    let lines = lines.filter_map(|(at, line)| Line::read(line, place(at)));
    lines.collect()
}

impl Line {
    fn read(line: &str, place: String) -> Option<Self> {
        let written = line.trim_start_matches('\u{feff}').trim_end();
        if written.is_empty() || written.starts_with('#') {
            return None;
        }
        let (brings_back, text) = match written.strip_prefix('!') {
            Some(text) => (true, text),
            None => (false, written),
        };
        let bare = text.trim_end_matches('/');
        let pattern = bare.trim_start_matches('/');
        Some(Self {
            rule: Rule {
                pattern: written.into(),
                place,
            },
            pattern: Pattern::new(pattern).ok()?,
            brings_back,
            for_folders: bare != text,
            is_path: bare.contains('/'),
        })
    }

    fn means(&self, path: &str, is_folder: bool) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        let meant = if self.is_path { path } else { name };
        (is_folder || !self.for_folders) && self.pattern.matches_with(meant, OPTIONS)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{GITIGNORE, IgnoreFiles, lines};

    #[test]
    fn the_last_line_decides_and_a_hidden_folder_hides_all_of_it() {
        let rules = "# a\nstatic/\n*.html\n!keep.html\n/top\ndocs/**/*.md\nsrc/tests\n!static/a\n";
        let mut files = IgnoreFiles::new(Path::new("/nowhere"));
        files
            .read
            .insert(String::new(), lines(rules, Path::new(GITIGNORE)));
        let mut hides = |path: &str| files.rule(path).map(|rule| rule.place);
        let line = |number| Some(format!(".gitignore:{number}"));
        assert_eq!(hides("static/a"), line(2));
        assert_eq!(hides("static"), None);
        assert_eq!(hides("templates/a.html"), line(3));
        assert_eq!(hides("templates/keep.html"), None);
        assert_eq!(hides("top"), line(5));
        assert_eq!(hides("src/top"), None);
        assert_eq!(hides("docs/a/b.md"), line(6));
        assert_eq!(hides("src/tests/a.rs"), line(7));
        assert_eq!(hides("src/app.rs"), None);
    }
}
