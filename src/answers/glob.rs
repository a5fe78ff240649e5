//! Patterns for paths in a project: `*` and `?` stay in a folder, `**` goes through any number.

/// A pattern. One without a slash is meant in every folder, and one that ends with a slash means all
/// that is below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    /// As it was typed.
    pub typed: String,
    parts: Vec<String>,
}

impl Glob {
    /// Every text is a pattern.
    #[must_use]
    pub fn new(typed: &str) -> Self {
        let bare = typed.strip_prefix("./").unwrap_or(typed);
        let whole = match (bare.contains('/'), bare.ends_with('/')) {
            (false, _) => format!("**/{bare}"),
            (true, true) => format!("{bare}**"),
            (true, false) => bare.into(),
        };
        Self {
            typed: typed.into(),
            parts: whole.split('/').map(str::to_owned).collect(),
        }
    }

    /// Whether a path with forward slashes is meant.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        let parts: Vec<_> = path.split('/').collect();
        through(&self.parts, &parts)
    }
}

fn through(pattern: &[String], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((any, rest)), _) if any == "**" => {
            through(rest, path)
                || path
                    .split_first()
                    .is_some_and(|(_, path)| through(pattern, path))
        }
        (Some((first, rest)), Some((name, path))) => {
            let (first, name): (Vec<_>, Vec<_>) = (first.chars().collect(), name.chars().collect());
            within(&first, &name) && through(rest, path)
        }
        _ => false,
    }
}

/// The same for one name.
fn within(pattern: &[char], name: &[char]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), _) => {
            within(rest, name)
                || name
                    .split_first()
                    .is_some_and(|(_, name)| within(pattern, name))
        }
        (Some(('?', rest)), Some((_, name))) => within(rest, name),
        (Some((one, rest)), Some((other, name))) => one == other && within(rest, name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Glob;

    fn assert_matches(pattern: &str, paths: &[&str]) {
        for path in paths {
            assert!(Glob::new(pattern).matches(path), "{pattern} and {path}");
        }
    }

    fn assert_leaves(pattern: &str, paths: &[&str]) {
        for path in paths {
            assert!(!Glob::new(pattern).matches(path), "{pattern} and {path}");
        }
    }

    #[test]
    fn a_path_is_itself_alone() {
        assert_matches("src/app.rs", &["src/app.rs"]);
        assert_matches("./src/app.rs", &["src/app.rs"]);
        assert_leaves("src/app.rs", &["src/app.rss", "a/src/app.rs", "src/app"]);
    }

    #[test]
    fn a_star_stays_in_its_folder() {
        assert_matches("src/*.rs", &["src/app.rs", "src/.rs"]);
        assert_matches("src/*/a*.rs", &["src/web/a.rs", "src/web/app.rs"]);
        assert_leaves("src/*.rs", &["src/web/app.rs", "src/app.rb"]);
    }

    #[test]
    fn two_stars_go_through_any_number_of_folders() {
        assert_matches("src/**", &["src/app.rs", "src/web/deep/app.rs"]);
        assert_matches("**/mod.rs", &["mod.rs", "src/mod.rs", "src/web/mod.rs"]);
        assert_matches("src/**/a.rs", &["src/a.rs", "src/b/c/a.rs"]);
        assert_leaves("src/**", &["docs/app.rs", "srcs/app.rs"]);
    }

    #[test]
    fn a_question_mark_is_one_letter_and_no_slash() {
        assert_matches("src/a?p.rs", &["src/app.rs", "src/aöp.rs"]);
        assert_leaves("src?app.rs", &["src/app.rs"]);
        assert_leaves("src/a?.rs", &["src/a.rs", "src/app.rs"]);
    }

    #[test]
    fn a_name_alone_is_meant_in_every_folder() {
        assert_matches("*.css", &["app.css", "static/app.css"]);
        assert_leaves("*.css", &["static/app.css/x"]);
    }

    #[test]
    fn a_folder_with_its_slash_is_all_that_is_below() {
        assert_matches("src/web/", &["src/web/app.rs", "src/web/a/b.rs"]);
        assert_leaves("src/web/", &["src/web.rs"]);
    }
}
