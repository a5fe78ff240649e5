//! Lines that one side inserts beside lines that the other side removes: both changes arrive, and
//! wherever that is not certain, both are shown with markers.

use cargo_sigra::merge::{Base, Labels, Side, Sides, Texts, Word, decide, first_marker};
use proptest::{collection::vec, prelude::*, sample::subsequence};

fn texts_of(path: &str, base: &str, mine: &str, theirs: &str) -> Texts {
    Texts::new(path, base.as_bytes(), mine.as_bytes(), theirs.as_bytes()).unwrap()
}

fn together(base: &str, mine: &str, theirs: &str) -> Option<String> {
    texts_of("src/app.rs", base, mine, theirs).together()
}

fn marked(base: &str, mine: &str, theirs: &str) -> String {
    let labels = Labels {
        base: "base".into(),
        mine: "yours".into(),
        theirs: "new".into(),
    };
    let marked = texts_of("src/app.rs", base, mine, theirs).marked(&labels);
    marked.unwrap().text
}

/// That it stays a conflict, on whichever side it is.
fn conflicts(base: &str, mine: &str, theirs: &str) {
    assert_eq!(together(base, mine, theirs), None);
    assert_eq!(together(base, theirs, mine), None);
}

#[test]
fn a_line_beside_a_removed_one_stays_and_the_removed_one_goes() {
    let base = "mod app;\nmod api;\nmod users;\n";
    let mine = "mod app;\nmod api;\nmod mine;\nmod users;\n";
    let theirs = "mod app;\nmod users;\n";
    let both = Some("mod app;\nmod mine;\nmod users;\n".to_owned());
    assert_eq!(together(base, mine, theirs), both);
}

#[test]
fn a_line_of_the_templates_beside_one_that_the_owner_removed_arrives() {
    let base = "mod app;\nmod api;\nmod users;\n";
    let mine = "mod app;\nmod users;\n";
    let theirs = "mod app;\nmod new;\nmod api;\nmod users;\n";
    let both = Some("mod app;\nmod new;\nmod users;\n".to_owned());
    assert_eq!(together(base, mine, theirs), both);
}

#[test]
fn an_insertion_between_two_removed_elements_of_a_list_stays() {
    let base = "mod api;\nmod jwt;\n";
    let mine = "mod api;\n// of mine\nmod mine;\nmod jwt;\n";
    let both = Some("// of mine\nmod mine;\n".to_owned());
    assert_eq!(together(base, mine, ""), both);
}

#[test]
fn an_empty_line_that_set_removed_lines_off_sets_off_what_stays() {
    let base = "//! Texts.\n\nmod api;\nmod jwt;\n\nuse a::b;\n";
    let mine = "//! Texts.\n\nmod api;\nmod jwt;\nmod mine;\n\nuse a::b;\n";
    let both = Some("//! Texts.\n\nmod mine;\n\nuse a::b;\n".to_owned());
    assert_eq!(together(base, mine, "//! Texts.\n\nuse a::b;\n"), both);
}

#[test]
fn an_insertion_within_a_removed_block_is_a_conflict() {
    let base = "fn main() {\n    if api() {\n        start();\n    }\n}\n";
    let mine = "fn main() {\n    if api() {\n        start();\n        mine();\n    }\n}\n";
    conflicts(base, mine, "fn main() {\n}\n");
}

#[test]
fn a_changed_line_is_a_conflict() {
    let base = "mod app;\nmod api;\n";
    let mine = "mod app;\nmod api;\nmod mine;\n";
    conflicts(base, mine, "mod app;\npub mod api;\n");
    conflicts(base, "mod app;\npub mod api;\nmod mine;\n", "mod app;\n");
}

#[test]
fn insertions_on_both_sides_are_a_conflict() {
    conflicts("mod a;\n", "mod a;\nmod mine;\n", "mod a;\nmod new;\n");
    conflicts("a;\nb;\n", "a;\nmine;\nb;\n", "a;\nnew;\n");
}

#[test]
fn where_the_removed_lines_stand_twice_it_is_a_conflict() {
    let base = "#[test]\nfn a() {}\n";
    let mine = "#[test]\nfn mine() {}\n\n#[test]\nfn a() {}\n";
    conflicts(base, mine, "fn a() {}\n");
}

#[test]
fn a_function_beside_a_removed_one_stays_whole() {
    let api = "fn api() {\n    api::start();\n}\n\n";
    let mine = "fn mine() {\n    start();\n}\n\n";
    let rest = "fn rest() {\n    start();\n}\n";
    let base = format!("{api}{rest}");
    for edited in [format!("{mine}{api}{rest}"), format!("{api}{mine}{rest}")] {
        assert_eq!(
            together(&base, &edited, rest),
            Some(format!("{mine}{rest}"))
        );
    }
}

#[test]
fn an_insertion_beside_a_line_that_has_moved_is_a_conflict() {
    let base = "fn a() {\n    count();\n    check();\n    parse();\n    read();\n}\n";
    let mine = base.replace("    count();\n", "    // Whole networks.\n    count();\n");
    let theirs = "fn a() {\n    check();\n    parse();\n    count();\n    read();\n}\n";
    conflicts(base, &mine, theirs);
}

#[test]
fn an_attribute_of_a_removed_line_is_a_conflict() {
    let base = "mod api;\nmod users;\n";
    conflicts(base, "#[cfg(unix)]\nmod api;\nmod users;\n", "mod users;\n");
    conflicts(base, "/// Mine.\nmod api;\nmod users;\n", "mod users;\n");
}

#[test]
fn a_block_of_the_owners_around_a_removed_line_is_a_conflict() {
    let base = "fn main() {\nstart();\n}\n";
    conflicts(base, "fn main() {\n{\nstart();\n}\n}\n", "fn main() {\n}\n");
}

#[test]
fn a_comment_of_the_owners_stays_and_one_of_ours_goes() {
    let base = "// the API\nmod api;\nmod users;\n";
    let mine = "// the API\n// two ports\nmod api;\nmod users;\n";
    let above = "// two ports\n// the API\nmod api;\nmod users;\n";
    let both = Some("// two ports\nmod users;\n".to_owned());
    for edited in [mine, above] {
        assert_eq!(together(base, edited, "mod users;\n"), both);
    }
}

#[test]
fn only_what_does_not_fit_together_is_marked() {
    let base = "mod api;\nmod users;\n\nfn a() {}\n";
    let mine = "mod api;\nmod mine;\nmod users;\n\nfn b() {}\n";
    let theirs = "mod users;\n\nfn c() {}\n";
    assert_eq!(
        marked(base, mine, theirs),
        "mod mine;\nmod users;\n\n<<<<<<< yours\nfn b() {}\n||||||| base\nfn a() {}\n=======\nfn c() {}\n>>>>>>> new\n"
    );
    let texts = texts_of("src/app.rs", base, mine, theirs);
    let kept = "mod mine;\nmod users;\n\nfn b() {}\n";
    assert_eq!(texts.in_favour_of(Side::Mine), kept);
}

#[test]
fn what_would_not_parse_is_a_conflict() {
    let base = "fn a() -> u8 {\n    1\n}\n\nfn b() {\n    start();\n}\n";
    let mine = base.replace("    start();\n", "    start();\n    else;\n");
    let theirs = base.replace("    start();\n", "");
    assert!(marked(base, &mine, &theirs).contains("<<<<<<< yours"));
    let texts = texts_of("src/app.txt", base, &mine, &theirs);
    assert!(texts.together().is_some_and(|text| text.contains("else;")));
}

#[test]
fn line_ends_and_the_mark_of_the_file_are_kept() {
    let sides = Sides {
        base: Base::Known(b"a;\nb;\nc;\n"),
        mine: Some("\u{feff}a;\r\nb;\r\nmine;\r\nc;\r\n".as_bytes()),
        theirs: Some(b"a;\nc;\n"),
    };
    let verdict = decide("list.txt", sides);
    assert_eq!(verdict.word, Word::Merged);
    let text = String::from_utf8(verdict.write.unwrap()).unwrap();
    assert_eq!(text, "\u{feff}a;\r\nmine;\r\nc;\r\n");
}

#[test]
fn a_last_line_without_an_end_stays_one() {
    let both = Some("a;\nmine;\nc;".to_owned());
    assert_eq!(
        texts_of("list.txt", "a;\nb;\nc;", "a;\nb;\nmine;\nc;", "a;\nc;").together(),
        both
    );
    conflicts("a;\nb;", "a;\nb;\nmine;", "a;\n");
}

#[test]
fn a_carriage_return_within_a_line_is_none_of_its_ends() {
    let (base, mine, theirs) = ("a\rb\nc\nd\ne\n", "a\rb\nC\nd\ne\n", "A\rb\nc\nd\nE\n");
    let texts = texts_of("notes.txt", base, mine, theirs);
    assert_eq!(texts.in_favour_of(Side::Mine), "A\rb\nC\nd\nE\n");
}

/// Lines of which no two are the same: `keep` of them are in the text that was written.
fn lines() -> impl Strategy<Value = (Vec<String>, Vec<bool>, Vec<bool>)> {
    (1..12_usize).prop_flat_map(|count| {
        let lines: Vec<_> = (0..count).map(|at| format!("mod m{at};\n")).collect();
        let flags = || vec(any::<bool>(), count);
        (Just(lines), flags(), flags())
    })
}

fn chosen(lines: &[String], flags: &[bool]) -> String {
    let lines = lines.iter().zip(flags).filter(|(_, is_in)| **is_in);
    lines.map(|(line, _)| line.as_str()).collect()
}

fn all(flags: &[bool], others: &[bool], pick: fn(bool, bool) -> bool) -> Vec<bool> {
    let flags = flags.iter().zip(others);
    flags.map(|(one, other)| pick(*one, *other)).collect()
}

proptest! {
    #[test]
    fn of_a_list_every_insertion_stays_and_every_removed_element_goes((lines, is_base, is_kept) in lines()) {
        let base = chosen(&lines, &is_base);
        let longer = lines.concat();
        let shorter = chosen(&lines, &all(&is_base, &is_kept, |base, kept| base && kept));
        let both = chosen(&lines, &all(&is_base, &is_kept, |base, kept| !base || kept));
        prop_assert_eq!(together(&base, &longer, &shorter), Some(both.clone()));
        prop_assert_eq!(together(&base, &shorter, &longer), Some(both));
    }

    #[test]
    fn one_change_alone_arrives_as_it_is((lines, is_base, is_kept) in lines()) {
        let (base, other) = (chosen(&lines, &is_base), chosen(&lines, &is_kept));
        prop_assert_eq!(together(&base, &other, &base), Some(other.clone()));
        prop_assert_eq!(together(&base, &base, &other), Some(other));
    }

    /// Whatever else happens: blocks that are opened and closed, equal lines, changed ones.
    #[test]
    fn no_line_of_the_owners_is_lost_and_none_that_was_removed_comes_back(
        base in vec(prop_oneof!["[a-c];", "f\\(\\) \\{", "\\}", "    [d-e],"], 0..10),
        kept in any::<prop::sample::Index>(),
        at in vec(0..11_usize, 1..4),
    ) {
        let base: Vec<_> = base.iter().enumerate().map(|(at, line)| format!("{line} // {}\n", at % 4)).collect();
        let keep = kept.index(base.len() + 1);
        let theirs: Vec<_> = base.iter().enumerate().filter(|(at, _)| at % (keep + 1) == 0).map(|(_, line)| line.as_str()).collect();
        let mut mine = base.clone();
        let inserted: Vec<_> = at.iter().enumerate().map(|(number, _)| format!("mine{number};\n")).collect();
        for (line, at) in inserted.iter().zip(&at) {
            mine.insert((*at).min(mine.len()), line.clone());
        }
        let (base, mine, theirs) = (base.concat(), mine.concat(), theirs.concat());
        let texts = texts_of("notes.txt", &base, &mine, &theirs);
        let count = |text: &str, line: &str| text.lines().filter(|there| *there == line.trim_end()).count();
        match texts.together() {
            Some(text) => {
                for line in &inserted {
                    prop_assert_eq!(count(&text, line), 1);
                }
                for line in base.lines() {
                    prop_assert_eq!(count(&text, line), count(&theirs, line), "{}", line);
                }
            }
            None => {
                let labels = Labels { base: "base".into(), mine: "yours".into(), theirs: "new".into() };
                let marked = texts.marked(&labels).unwrap();
                prop_assert!(first_marker(&marked.text, marked.marker).is_some());
                prop_assert!(inserted.iter().all(|line| count(&marked.text, line) > 0));
            }
        }
    }

    #[test]
    fn it_does_not_matter_who_removes(all in subsequence(vec!["a;\n", "b;\n", "}\n", "c {\n", "\n"], 0..5), at in 0..5_usize) {
        let base = all.concat();
        let mut longer = all.clone();
        longer.insert(at.min(all.len()), "mine;\n");
        let longer = longer.concat();
        prop_assert_eq!(together(&base, &longer, ""), together(&base, "", &longer));
    }
}
