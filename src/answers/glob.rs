//! Patterns for paths in a project: `*` and `?` stay in a folder, `**` goes through any number.

use glob::{MatchOptions, Pattern};

use crate::refusal::{AnswersRefusal, Refusal};

const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// A pattern. One without a slash matches in every folder, and one that ends with a slash matches
/// everything below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    /// As it was typed.
    pub typed: String,
    pattern: Pattern,
}

impl Glob {
    /// Parses a pattern as it was typed.
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        let bare = typed.strip_prefix("./").unwrap_or(typed);
        let whole = match (bare.contains('/'), bare.ends_with('/')) {
            (false, _) => format!("**/{bare}"),
            (true, true) => format!("{bare}**"),
            (true, false) => bare.into(),
        };
        let pattern = Pattern::new(&whole).map_err(|why| AnswersRefusal::Pattern {
            typed: typed.into(),
            why: why.msg,
        })?;
        Ok(Self {
            typed: typed.into(),
            pattern,
        })
    }

    /// Returns whether a path with forward slashes matches.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        self.pattern.matches_with(path, OPTIONS)
    }
}

#[cfg(test)]
mod tests {
    use super::Glob;

    fn assert_matches(pattern: &str, paths: &[&str]) {
        for path in paths {
            assert!(
                Glob::parse(pattern).unwrap().matches(path),
                "{pattern} and {path}"
            );
        }
    }

    fn assert_leaves(pattern: &str, paths: &[&str]) {
        for path in paths {
            assert!(
                !Glob::parse(pattern).unwrap().matches(path),
                "{pattern} and {path}"
            );
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

    #[test]
    fn a_pattern_that_cannot_be_understood_is_refused_with_the_reason() {
        let why = Glob::parse("src/a**.rs").unwrap_err().to_string();
        assert_eq!(
            why,
            "src/a**.rs is no pattern: recursive wildcards must form a single path component"
        );
    }
}
