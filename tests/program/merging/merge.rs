//! The table of base, mine and theirs: a row per test, and what holds for all texts.

use cargo_sigra::merge::{Base, Labels, Side, Sides, Texts, Word, decide, first_marker, same};
use proptest::{collection::vec, prelude::*, sample::select};

const B: &str = "a\nb\nc\nd\ne\n";
const M: &str = "mine\nb\nc\nd\ne\n";
const T: &str = "a\nb\nc\nd\ntheirs\n";

/// The word, and the text that is written.
fn row(base: Base<'_>, mine: Option<&str>, theirs: Option<&str>) -> (Word, Option<String>) {
    let sides = Sides {
        base,
        mine: mine.map(str::as_bytes),
        theirs: theirs.map(str::as_bytes),
    };
    let verdict = decide("notes.txt", sides);
    (
        verdict.word,
        verdict
            .write
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    )
}

fn known(text: &str) -> Base<'_> {
    Base::Known(text.as_bytes())
}

fn some(text: &str) -> Option<String> {
    Some(text.into())
}

#[test]
fn only_theirs_is_created() {
    assert_eq!(row(Base::None, None, Some(T)), (Word::Created, some(T)));
}

#[test]
fn an_equal_file_is_adopted() {
    assert_eq!(row(Base::None, Some(T), Some(T)), (Word::Identical, None));
}

#[test]
fn another_file_collides_and_stays() {
    assert_eq!(row(Base::None, Some(M), Some(T)), (Word::Collision, None));
}

#[test]
fn nothing_new_on_either_side_is_identical() {
    assert_eq!(row(known(B), Some(B), Some(B)), (Word::Identical, None));
}

#[test]
fn news_for_an_unedited_file_are_written() {
    assert_eq!(row(known(B), Some(B), Some(T)), (Word::Updated, some(T)));
}

#[test]
fn an_edit_without_news_stays() {
    assert_eq!(row(known(B), Some(M), Some(B)), (Word::Yours, None));
}

#[test]
fn an_edit_that_is_the_news_is_identical() {
    assert_eq!(row(known(B), Some(T), Some(T)), (Word::Identical, None));
}

#[test]
fn an_edit_and_news_apart_are_merged() {
    let merged = some("mine\nb\nc\nd\ntheirs\n");
    assert_eq!(row(known(B), Some(M), Some(T)), (Word::Merged, merged));
}

#[test]
fn an_edit_and_news_together_conflict_and_the_edit_stays() {
    let theirs = "theirs\nb\nc\nd\ne\n";
    assert_eq!(row(known(B), Some(M), Some(theirs)), (Word::Conflict, None));
}

#[test]
fn a_deleted_file_without_news_is_skipped() {
    assert_eq!(row(known(B), None, Some(B)), (Word::Skipped, None));
}

#[test]
fn a_deleted_file_with_news_is_skipped_too() {
    assert_eq!(row(known(B), None, Some(T)), (Word::SkippedNews, None));
}

#[test]
fn an_unedited_file_that_nobody_wants_is_removed() {
    assert_eq!(row(known(B), Some(B), None), (Word::Removed, None));
}

#[test]
fn an_edited_file_that_nobody_wants_is_an_orphan() {
    assert_eq!(row(known(B), Some(M), None), (Word::Orphan, None));
}

#[test]
fn what_is_gone_on_all_sides_is_forgotten() {
    assert_eq!(row(known(B), None, None), (Word::Forgotten, None));
}

#[test]
fn with_a_lost_base_another_file_is_never_written() {
    assert_eq!(row(Base::Lost, Some(M), Some(T)), (Word::Conflict, None));
}

#[test]
fn with_a_lost_base_an_equal_file_is_identical() {
    assert_eq!(row(Base::Lost, Some(T), Some(T)), (Word::Identical, None));
}

#[test]
fn with_a_lost_base_a_file_that_nobody_wants_stays() {
    assert_eq!(row(Base::Lost, Some(M), None), (Word::Orphan, None));
}

#[test]
fn with_a_lost_base_a_deleted_file_stays_deleted() {
    assert_eq!(row(Base::Lost, None, Some(T)), (Word::SkippedNews, None));
}

#[test]
fn what_is_not_text_is_compared_and_never_merged() {
    let sides = Sides {
        base: Base::Known(&[0xff, 1]),
        mine: Some(&[0xff, 2]),
        theirs: Some(&[0xff, 3]),
    };
    assert_eq!(decide("logo.png", sides).word, Word::Conflict);
}

#[test]
fn windows_line_ends_and_the_mark_of_the_file_on_disk_are_kept() {
    let mine = "\u{feff}mine\r\nb\r\nc\r\nd\r\ne\r\n";
    let merged = some("\u{feff}mine\r\nb\r\nc\r\nd\r\ntheirs\r\n");
    assert_eq!(row(known(B), Some(mine), Some(T)), (Word::Merged, merged));
}

#[test]
fn line_ends_and_the_mark_are_no_difference() {
    assert!(same(b"\xef\xbb\xbfa\r\nb\r\n", b"a\nb\n"));
    assert!(!same(b"a\nb\n", b"a\nc\n"));
}

fn texts(base: &str, mine: &str, theirs: &str) -> Texts {
    texts_of("notes.txt", base, mine, theirs)
}

fn texts_of(path: &str, base: &str, mine: &str, theirs: &str) -> Texts {
    Texts::new(path, base.as_bytes(), mine.as_bytes(), theirs.as_bytes()).unwrap()
}

fn labels() -> Labels {
    Labels {
        base: "sigra 1 (base)".into(),
        mine: "yours".into(),
        theirs: "sigra 2".into(),
    }
}

#[test]
fn markers_show_all_three_texts() {
    let marked = texts("a\nb\n", "m\nb\n", "t\nb\n").marked(&labels());
    assert_eq!(
        marked.unwrap().text,
        "<<<<<<< yours\nm\n||||||| sigra 1 (base)\na\n=======\nt\n>>>>>>> sigra 2\nb\n"
    );
}

#[test]
fn where_both_fit_together_nothing_is_marked() {
    assert_eq!(texts(B, M, T).marked(&labels()), None);
}

#[test]
fn markers_are_longer_than_whatever_looks_like_one() {
    let marked = texts("a\n", "m\n========\n", "t\n").marked(&labels());
    let marked = marked.unwrap();
    assert_eq!(marked.marker, 9);
    assert!(marked.text.starts_with("<<<<<<<<< yours\n"));
}

#[test]
fn a_marker_is_found_by_its_length_alone() {
    let text = "größe\n=======\n<<<<<<<< yours\n";
    assert_eq!(first_marker(text, 8), Some(3));
    assert_eq!(first_marker(text, 7), Some(2));
    assert_eq!(first_marker(text, 9), None);
    assert_eq!(first_marker("========x\n", 8), None);
}

#[test]
fn one_side_counts_only_where_both_have_changed_the_same_lines() {
    let (mine, theirs) = ("m\nb\nc\nd\nM\n", "t\nb\nT\nd\ne\n");
    let texts = texts("a\nb\nc\nd\ne\n", mine, theirs);
    assert_eq!(texts.in_favour_of(Side::Mine), "m\nb\nT\nd\nM\n");
    assert_eq!(texts.in_favour_of(Side::Theirs), "t\nb\nT\nd\nM\n");
}

/// Few lines to choose from, so that texts meet.
fn text() -> impl Strategy<Value = String> {
    vec(select(vec!["a\n", "b\n", "c\n", "d\n", "\n", "}\n"]), 0..9)
        .prop_map(|lines| lines.concat())
}

proptest! {
    #[test]
    fn without_news_an_edit_is_never_written_over(base in text(), mine in text()) {
        prop_assert_eq!(row(known(&base), Some(&mine), Some(&base)).1, None);
    }

    #[test]
    fn without_an_edit_the_news_arrive_whole(base in text(), theirs in text()) {
        let (_, written) = row(known(&base), Some(&base), Some(&theirs));
        prop_assert_eq!(written.unwrap_or(base), theirs);
    }

    #[test]
    fn the_same_change_on_both_sides_is_no_change(base in text(), both in text()) {
        prop_assert_eq!(row(known(&base), Some(&both), Some(&both)).1, None);
    }

    #[test]
    fn a_line_that_only_the_owner_wrote_is_never_lost(base in text(), theirs in text(), at in 0..9_usize) {
        let mut lines: Vec<_> = base.split_inclusive('\n').collect();
        lines.insert(at.min(lines.len()), "only mine\n");
        let mine = lines.concat();
        let (_, written) = row(known(&base), Some(&mine), Some(&theirs));
        let after = written.unwrap_or(mine);
        prop_assert!(after.contains("only mine\n"));
    }

    #[test]
    fn every_line_of_both_is_in_the_marked_text(base in text(), mine in text(), theirs in text()) {
        if let Some(marked) = texts(&base, &mine, &theirs).marked(&labels()) {
            for line in mine.lines().filter(|line| !base.contains(line)) {
                prop_assert!(marked.text.lines().any(|there| there == line));
            }
            prop_assert!(first_marker(&marked.text, marked.marker).is_some());
        }
    }

    #[test]
    fn without_a_conflict_it_does_not_matter_who_counts(base in text(), mine in text(), theirs in text()) {
        let texts = texts(&base, &mine, &theirs);
        if let Some(together) = texts.together() {
            prop_assert_eq!(&texts.in_favour_of(Side::Mine), &together);
            prop_assert_eq!(&texts.in_favour_of(Side::Theirs), &together);
        }
    }

    #[test]
    fn no_markers_are_ever_written_by_the_table(base in text(), mine in text(), theirs in text()) {
        let (_, written) = row(known(&base), Some(&mine), Some(&theirs));
        prop_assert!(!written.unwrap_or_default().contains("<<<<<<<"));
    }
}
