//! The real templates in three versions, and somebody who has worked on the first: whatever they did is kept, or stands inside
//! markers beside the news.

use std::fs;

use crate::evolution::{
    edit::{Edit, is_clean},
    edits::EDITS,
    kept::{Way, assert_kept, assert_parses, forget_the_age_of_bases, is_marked, marked, resolve},
    owner::{files, shop, upgrade},
    path_in, version,
};
use crate::support::{Project, timeless::assert_same};
use cargo_sigra::{
    answers::Requested,
    ask,
    changes::Changes,
    plan::Plan,
    project::Project as Found,
    refusal::Exit,
    review::{self, sides},
    world::World,
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, subsequence},
};

/// As many as there is time for in every run.
const CASES: u32 = 4;

/// A project of the first version in which somebody has done that.
fn edited<'a>(edits: impl IntoIterator<Item = &'a Edit>) -> Project {
    let project = shop(1);
    edits.into_iter().for_each(|edit| edit.apply(&project));
    project
}

/// Upgrades. Nothing is lost, and there are markers only where both have changed the same lines.
#[track_caller]
fn goes(project: &Project, way: Way, clashes: bool, name: &str) {
    let before = project.copy();
    let exit = upgrade(project, way.1);
    assert_eq!(exit == Exit::Remaining, clashes, "{name}: {exit:?}");
    assert_eq!(is_marked(project), clashes, "{name}");
    assert_kept(&before, project, way);
    if !clashes {
        assert_parses(project, way.1);
    }
}

/// What the third version makes of these edits, and what it makes of them after the second.
fn both_ways<'a>(edits: impl IntoIterator<Item = &'a Edit>) -> [Project; 2] {
    let edits: Vec<_> = edits.into_iter().collect();
    let clashes = |number| edits.iter().any(|edit| edit.clashes == Some(number));
    let names: Vec<_> = edits.iter().map(|edit| edit.name).collect();
    let name = names.join("; ");
    let project = edited(edits.iter().copied());
    let [direct, stepwise] = [project.copy(), project];
    goes(&direct, Way(1, 3), clashes(2) || clashes(3), &name);
    goes(&stepwise, Way(1, 2), clashes(2), &name);
    resolve(&stepwise);
    goes(&stepwise, Way(2, 3), clashes(3), &name);
    forget_the_age_of_bases(&stepwise);
    [direct, stepwise]
}

/// The edits in groups of which each changes no file twice, so that what became of every edit can be
/// seen in one project; those that clash apart from the others.
fn groups() -> Vec<Vec<&'static Edit>> {
    let mut groups: Vec<Vec<&Edit>> = Vec::new();
    for edit in EDITS {
        let fits = |group: &&mut Vec<&Edit>| {
            let is_other =
                |other: &&Edit| !paths(edit).iter().any(|path| paths(other).contains(path));
            group.iter().all(is_other) && is_clean(&group[0]) == is_clean(&edit)
        };
        match groups.iter_mut().find(fits) {
            Some(group) => group.push(edit),
            None => groups.push(vec![edit]),
        }
    }
    groups
}

/// Where the files of an edit are in the third version.
fn paths(edit: &Edit) -> Vec<&'static str> {
    let paths = edit.changes.iter().map(|(path, _)| *path);
    paths
        .map(|path| path_in(1, 3, path).unwrap_or(path))
        .collect()
}

#[test]
#[ignore = "long: stage cli runs it"]
fn every_edit_is_kept() {
    for group in groups() {
        let names: Vec<_> = group.iter().map(|edit| edit.name).collect();
        let project = edited(group.iter().copied());
        let clashes = group[0].clashes.is_some();
        goes(&project, Way(1, 3), clashes, &names.join("; "));
        let mut marked = marked(&project);
        for edit in group {
            let paths = paths(edit);
            let is_marked = paths.iter().any(|path| marked.contains(*path));
            assert_eq!(is_marked, clashes, "{}", edit.name);
            marked.retain(|path| !paths.contains(&path.as_str()));
        }
        assert!(marked.is_empty(), "{marked:?}");
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn all_of_them_together_are_kept() {
    both_ways(EDITS);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn where_nothing_clashes_a_version_that_was_left_out_makes_no_difference() {
    let [direct, stepwise] = both_ways(EDITS.iter().filter(is_clean));
    assert_same(&direct, &stepwise);
}

/// The project as it is, and what that version wants of it.
fn planned(project: &Project, world: &World) -> (Found, Plan) {
    let found = Found::read(&project.root, &world.templates).unwrap();
    let answers = ask::missing(&found, &yes(), world).unwrap();
    let plan = Plan::new(&found, &answers, &world.templates).unwrap();
    (found, plan)
}

/// What `--diff` prints.
fn patch(project: &Project, number: usize) -> String {
    let world = version(number);
    let (found, plan) = planned(project, &world);
    let changes = Changes::propose(&found, &plan, world.now, world.random);
    review::patch(&changes.unwrap(), &found)
}

fn yes() -> Requested {
    Requested {
        yes: true,
        ..Requested::default()
    }
}

/// Applies the patch to a copy, upgrades the original, and compares; but for the way back from conflicts, which no git ever sees.
#[track_caller]
fn assert_patch_is_the_run(project: &Project, number: usize) {
    let copy = project.copy();
    copy.git(&["init", "-q"]);
    fs::write(copy.root.join(".git/the.patch"), patch(project, number)).unwrap();
    copy.git(&["apply", "--whitespace=nowarn", ".git/the.patch"]);
    upgrade(project, number);
    for project in [&copy, project] {
        _ = fs::remove_dir_all(project.root.join(".sigra/txn"));
    }
    assert_same(&copy, project);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn the_patch_of_an_upgrade_is_the_upgrade() {
    for edits in [&[][..], EDITS] {
        for number in [2, 3] {
            assert_patch_is_the_run(&edited(edits), number);
        }
    }
    let project = edited(EDITS);
    upgrade(&project, 2);
    resolve(&project);
    assert_patch_is_the_run(&project, 3);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn looking_writes_nothing() {
    let project = edited(EDITS);
    let (before, world) = (project.tree(), version(3));
    for words in [
        ["upgrade", "--dry-run"],
        ["upgrade", "--check"],
        ["status", "--check"],
    ] {
        let words = [&words[..], &["--quiet"]].concat();
        project.typed(&words, &world).unwrap();
        assert!(project.tree() == before, "{words:?}");
    }
    let (found, plan) = planned(&project, &world);
    let patches = [sides::mine(&found, &plan), sides::upstream(&found, &plan)];
    assert!(patches.iter().all(|patch| !patch.is_empty()));
    assert!(!patch(&project, 3).is_empty() && project.tree() == before);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn what_was_merged_is_not_merged_again() {
    let project = edited(EDITS.iter().filter(is_clean));
    for number in [2, 3] {
        upgrade(&project, number);
        let before = project.tree();
        assert_eq!(upgrade(&project, number), Exit::Done);
        assert!(project.tree() == before);
    }
}

#[test]
#[ignore = "long: stage cli runs it"]
fn an_upgrade_with_conflicts_can_be_taken_back() {
    let project = edited(EDITS);
    let before = project.tree();
    assert_eq!(upgrade(&project, 3), Exit::Remaining);
    let abort = project.typed(&["upgrade", "--abort", "--quiet"], &version(3));
    assert_eq!(abort.unwrap(), Exit::Done);
    assert!(project.tree() == before);
}

/// What is upgraded in two steps is what is upgraded in one.
#[track_caller]
fn assert_in_two_steps(first: &[&str], comes: &dyn Fn(&str) -> bool) {
    let project = edited(EDITS.iter().filter(is_clean));
    let [at_once, in_steps] = [project.copy(), project];
    let before = in_steps.tree();
    let words = [&["upgrade", "--yes", "--quiet"], first].concat();
    in_steps.typed(&words, &version(3)).unwrap();
    // What files of the owner's need comes with the first step.
    let is_shared = |path: &str| ["Cargo.toml", "Cargo.lock", ".gitignore"].contains(&path);
    for (path, bytes) in in_steps.tree() {
        let is_same = before.get(&path) == Some(&bytes) || path.starts_with(".sigra/");
        let may_come = comes(&path) || is_shared(&path);
        assert!(is_same || may_come, "{path} came with {first:?}");
    }
    assert_eq!(upgrade(&in_steps, 3), Exit::Done);
    assert_eq!(upgrade(&at_once, 3), Exit::Done);
    assert_same(&in_steps, &at_once);
}

#[test]
#[ignore = "long: stage cli runs it"]
fn what_closes_a_hole_can_be_taken_alone_and_the_rest_later() {
    let holes = [
        "src/web/log_in_links.rs",
        "src/web/return_to.rs",
        "src/tests/security/magic_links.rs",
        "src/tests/security/logging_in.rs",
    ];
    assert_in_two_steps(&["--only-security"], &|path| holes.contains(&path));
}

#[test]
#[ignore = "long: stage cli runs it"]
fn some_of_it_can_be_taken_now_and_the_rest_later() {
    let is_page = |path: &str| path.starts_with("templates/");
    assert_in_two_steps(&["--only", "templates/**"], &is_page);
    assert_in_two_steps(&["--skip", "src/**"], &|path| !path.starts_with("src/"));
}

/// A comment in a file, where lines of its own may stand anywhere.
fn comment(path: &str, at: usize) -> Option<String> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let ending = name.rsplit('.').next().unwrap_or_default();
    Some(match ending {
        "rs" => format!("// mine {at}\n"),
        "css" => format!("/* mine {at} */\n"),
        "html" | "md" => format!("<!-- mine {at} -->\n"),
        "toml" | "yaml" | "yml" | "example" | "gitignore" | "dockerignore" => {
            format!("# mine {at}\n")
        }
        _ => return None,
    })
}

/// Puts comments between the lines of files, and takes lines away.
fn scribble(project: &Project, places: &[(Index, Index, bool)]) {
    let is_ours = |path: &String| !path.starts_with(".sigra/") && comment(path, 0).is_some();
    let paths: Vec<_> = files(1).keys().filter(|path| is_ours(path)).collect();
    for (at, (path, line, takes)) in places.iter().enumerate() {
        let path = path.get(&paths);
        let text = project.read(path);
        let mut lines: Vec<_> = text.split_inclusive('\n').map(str::to_owned).collect();
        let line = line.index(lines.len());
        // What a file of Rust or of settings means may hang on any of its lines.
        if *takes && (path.ends_with(".css") || path.ends_with(".md") || path.ends_with(".html")) {
            lines.remove(line);
        }
        lines.insert(line, comment(path, at).unwrap());
        project.write(path, &lines.concat());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    #[ignore = "long: stage cli runs it"]
    fn whatever_was_done_together_is_kept_together(chosen in subsequence(EDITS.iter().collect::<Vec<_>>(), 2..EDITS.len())) {
        let [direct, stepwise] = both_ways(chosen.iter().copied());
        if chosen.iter().all(is_clean) {
            assert_same(&direct, &stepwise);
        }
    }

    #[test]
    #[ignore = "long: stage cli runs it"]
    fn a_comment_anywhere_is_kept(places in vec(any::<(Index, Index, bool)>(), 30)) {
        for way in [Way(1, 2), Way(1, 3)] {
            let project = shop(1);
            scribble(&project, &places);
            let before = project.copy();
            upgrade(&project, way.1);
            assert_kept(&before, &project, way);
        }
    }
}
