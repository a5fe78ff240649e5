//! Files that are not merged line by line: an owner's own `.env.example`, `.dockerignore` and icon, on the first run and on
//! every later one.
use cargo_sigra::{
    answers::Requested,
    cli::{Diff, Mode},
    plan::Plan,
    project::Project as Found,
    refusal::Exit,
    review::sides,
    world::World,
};

use crate::support::{Project, no_features, second, sigra, templates, world};

const EXAMPLE: &str = ".env.example";
const TEMPLATE: &str = "base/.env.example";
const DOCKER: &str = ".dockerignore";

/// What the owner had before anything was installed.
const MINE: &str = "# mine\nPORT=1\nexport HOST=x";

/// The template in three versions: one key goes, one gets another comment, one is new, and one is the owner's already.
const ONE: &str = "# The port.\nPORT=4000\n\n# The key.\nKEY=\n# How many.\nPOOL=10\nOLD=1\n";
const TWO: &str = "# The port, where people come in.\nPORT=4000\n\n# The key.\nKEY=\n# How many connections.\nPOOL=10\nNEW=1\n";
const THREE: &str = "PORT=5000\n# The key.\nKEY=\nPOOL=10\nNEW=1\n# Last.\nLAST=1\n";

fn version(example: &str) -> World {
    second(&[(TEMPLATE, example)])
}

/// A host with an `.env.example` of its own, after the first installation.
fn host(mine: &str) -> Project {
    let project = Project::fresh();
    project.write(EXAMPLE, mine);
    assert_eq!(project.install(&version(ONE)).unwrap(), Exit::Done);
    project
}

/// Installs without a conflict, twice: the second run has nothing to do.
#[track_caller]
fn upgraded(project: &Project, world: &World) {
    assert_eq!(project.install(world).unwrap(), Exit::Done);
    let once = project.tree();
    assert_eq!(project.install(world).unwrap(), Exit::Done);
    assert_eq!(project.tree(), once);
    let check = ["status", "--check", "--quiet"];
    assert_eq!(project.typed(&check, world).unwrap(), Exit::Done);
}

#[test]
fn every_later_version_only_adds_keys_to_an_owners_env_example() {
    let project = host(MINE);
    let first = format!("{MINE}\n# The key.\nKEY=\n# How many.\nPOOL=10\nOLD=1\n");
    assert_eq!(project.read(EXAMPLE), first);
    upgraded(&project, &version(TWO));
    let second = format!("{MINE}\n# The key.\nKEY=\n# How many connections.\nPOOL=10\nNEW=1\n");
    assert_eq!(project.read(EXAMPLE), second);
    upgraded(&project, &version(THREE));
    let third = format!("{MINE}\n# The key.\nKEY=\nPOOL=10\nNEW=1\n# Last.\nLAST=1\n");
    assert_eq!(project.read(EXAMPLE), third);
}

#[test]
fn what_the_owner_wrote_over_our_keys_stays() {
    let project = host(MINE);
    let edited = format!("{MINE}\n# The key.\nKEY=\n# How many.\nPOOL=99\nOLD=2\n");
    project.write(EXAMPLE, &edited);
    upgraded(&project, &version(TWO));
    assert_eq!(project.read(EXAMPLE), format!("{edited}NEW=1\n"));
}

#[test]
fn a_key_that_the_owner_took_out_or_commented_out_stays_out() {
    let project = host(MINE);
    project.write(EXAMPLE, "# mine\n# POOL=10\n");
    for example in [TWO, THREE] {
        upgraded(&project, &version(example));
    }
    let end = "NEW=1\n# Last.\nLAST=1\n";
    assert_eq!(project.read(EXAMPLE), format!("# mine\n# POOL=10\n{end}"));
}

#[test]
fn a_key_that_the_owner_has_commented_out_already_is_not_added() {
    let project = host("#KEY=secret\n# POOL = 3\n");
    assert_eq!(
        project.read(EXAMPLE),
        "#KEY=secret\n# POOL = 3\n# The port.\nPORT=4000\n# How many.\nPOOL=10\nOLD=1\n"
    );
}

#[test]
fn keys_are_added_to_a_windows_file_in_its_own_line_ends() {
    let mine = "\u{feff}PORT=1\r\n";
    let project = host(mine);
    upgraded(&project, &version(THREE));
    let wanted = format!("{mine}# The key.\r\nKEY=\r\nPOOL=10\r\nNEW=1\r\n# Last.\r\nLAST=1\r\n");
    assert_eq!(project.read(EXAMPLE), wanted);
    project
        .typed(
            &["uninstall", "--yes", "--quiet", "--migrations"],
            &version(THREE),
        )
        .unwrap();
    assert_eq!(project.read(EXAMPLE), mine);
}

#[test]
fn an_owners_file_with_every_key_is_not_touched() {
    let mine = "LAST=a\nPORT=1\nKEY=2\nPOOL=3\nOLD=4\nNEW=5\n";
    let project = host(mine);
    for example in [TWO, THREE] {
        upgraded(&project, &version(example));
        assert_eq!(project.read(EXAMPLE), mine);
    }
}

#[test]
fn an_owners_env_example_stays_when_there_is_no_template_any_more() {
    let project = host(MINE);
    let before = project.read(EXAMPLE);
    upgraded(&project, &version(""));
    assert_eq!(project.read(EXAMPLE), before);
    upgraded(&project, &version(TWO));
    assert!(project.read(EXAMPLE).ends_with("POOL=10\nNEW=1\n"));
}

#[test]
fn taking_all_out_gives_an_owners_env_example_back() {
    for mine in [MINE, "PORT=1\n", ""] {
        let project = host(mine);
        upgraded(&project, &version(TWO));
        let out = ["uninstall", "--yes", "--quiet", "--migrations"];
        assert_eq!(project.typed(&out, &version(TWO)).unwrap(), Exit::Done);
        assert_eq!(project.read(EXAMPLE), mine);
    }
}

#[test]
fn taking_all_out_leaves_the_keys_that_the_owner_has_changed() {
    let project = host("PORT=1\n");
    project.write(
        EXAMPLE,
        "PORT=1\n# The key.\nKEY=mine\n# How many.\nPOOL=10\nOLD=1\n",
    );
    let out = ["uninstall", "--yes", "--quiet", "--migrations"];
    assert_eq!(project.typed(&out, &version(ONE)).unwrap(), Exit::Remaining);
    assert_eq!(project.read(EXAMPLE), "PORT=1\n# The key.\nKEY=mine\n");
}

#[test]
fn restore_puts_the_missing_keys_back_and_nothing_else() {
    let project = host(MINE);
    project.write(EXAMPLE, "# mine\nHOST=y\nPOOL=5\n");
    let restore = ["restore", EXAMPLE, "--quiet"];
    assert_eq!(project.typed(&restore, &version(ONE)).unwrap(), Exit::Done);
    let wanted = "# mine\nHOST=y\nPOOL=5\n# The port.\nPORT=4000\n# The key.\nKEY=\nOLD=1\n";
    assert_eq!(project.read(EXAMPLE), wanted);
    upgraded(&project, &version(ONE));
    project.remove(EXAMPLE);
    assert_eq!(project.typed(&restore, &version(ONE)).unwrap(), Exit::Done);
    assert_eq!(project.read(EXAMPLE), ONE);
}

#[test]
fn an_owners_env_example_that_moved_or_was_forgotten_is_not_looked_for() {
    let project = host(MINE);
    let typed =
        |words: &[&str]| assert_eq!(project.typed(words, &version(ONE)).unwrap(), Exit::Done);
    typed(&["mv", EXAMPLE, "env.sample", "--quiet"]);
    upgraded(&project, &version(TWO));
    assert!(project.read("env.sample").ends_with("POOL=10\nNEW=1\n"));
    let moved = project.read("env.sample");
    project
        .typed(&["forget", "env.sample", "--quiet"], &version(TWO))
        .unwrap();
    upgraded(&project, &version(THREE));
    assert_eq!(project.read("env.sample"), moved);
    let out = ["uninstall", "--yes", "--quiet", "--migrations"];
    project.typed(&out, &version(THREE)).unwrap();
    assert_eq!(project.read("env.sample"), moved);
}

/// What is printed when two sides of the files are compared.
fn diff(project: &Project, side: Diff, example: &str) -> String {
    let world = version(example);
    let found = Found::read(&project.root, &world.templates).unwrap();
    let plan = Plan::new(&found, &no_features(), &world.templates).unwrap();
    match side {
        Diff::Mine => sides::mine(&found, &plan),
        _ => sides::upstream(&found, &plan),
    }
}

#[test]
fn the_news_of_the_template_are_shown_and_the_owners_own_file_is_no_edit_of_ours() {
    let project = host(MINE);
    let news = diff(&project, Diff::Upstream, TWO);
    assert!(news.contains("-OLD=1\n+NEW=1\n"), "{news}");
    assert_eq!(diff(&project, Diff::Mine, TWO), "");
}

#[test]
fn an_env_example_of_ours_is_merged_and_never_conflicts() {
    let project = Project::fresh();
    project.install(&version(ONE)).unwrap();
    let edited = ONE.replace(
        "# How many.\nPOOL=10",
        "# As many as we can afford.\nPOOL=50",
    );
    project.write(EXAMPLE, &edited);
    upgraded(&project, &version(TWO));
    let merged = project.read(EXAMPLE);
    assert!(
        merged.contains("# As many as we can afford.\nPOOL=50\n"),
        "{merged}"
    );
    assert!(
        merged.contains("NEW=1\n") && !merged.contains("OLD=1"),
        "{merged}"
    );
}

#[test]
fn a_host_of_an_older_program_without_that_record_is_not_stopped_either() {
    let project = host(MINE);
    let manifest = project.read(".sigra/manifest.toml");
    let (before, rest) = manifest.split_once("[edit.\".env.example\"]").unwrap();
    let after = rest.find("\n[").map_or("", |at| &rest[at..]);
    project.write(".sigra/manifest.toml", &format!("{before}{after}"));
    upgraded(&project, &version(TWO));
    let text = project.read(EXAMPLE);
    assert!(
        text.starts_with(MINE) && text.ends_with("POOL=10\nNEW=1\n"),
        "{text}"
    );
}

#[test]
#[ignore = "long: stage cli runs it"]
fn status_says_which_keys_the_owner_took_out() {
    let project = Project::fresh();
    project.write(EXAMPLE, "SHOP=1\n");
    assert_eq!(sigra(&project.root, &["install", "--yes"]).exit, 0);
    let without = project.read(EXAMPLE).replace("APP_ENV=development\n", "");
    project.write(EXAMPLE, &without.replace("PORT=4000", "PORT=5000"));
    let status = sigra(&project.root, &["status"]);
    assert!(
        status
            .err
            .contains("APP_ENV in .env.example (you took it out)"),
        "{}",
        status.err
    );
    assert!(!status.err.contains("PORT"), "{}", status.err);
}

fn ignoring(lines: &str) -> World {
    world(templates("2.0.0", &[("deploy/.dockerignore", lines)]))
}

#[test]
fn an_owners_dockerignore_gets_the_lines_that_it_lacks_in_every_version() {
    let mine = "# mine\n!keep\ndocs";
    let project = Project::fresh();
    project.write(DOCKER, mine);
    upgraded(
        &project,
        &ignoring("# What the build does not need.\ndocs\n**/.env\nold\n"),
    );
    assert_eq!(
        project.read(DOCKER),
        format!("{mine}\n\n# sigra\n**/.env\nold\n")
    );
    upgraded(&project, &ignoring("# Not needed.\ndocs\n**/.env\n*.db\n"));
    assert_eq!(
        project.read(DOCKER),
        format!("{mine}\n\n# sigra\n**/.env\n*.db\n")
    );
    project.write(DOCKER, &format!("{mine}\n\n# sigra\n*.db\n"));
    // The new line stands behind one that the owner has, and goes below ours all the same.
    let last = "docs\nnew\n**/.env\n*.db\n";
    upgraded(&project, &ignoring(last));
    assert_eq!(
        project.read(DOCKER),
        format!("{mine}\n\n# sigra\nnew\n*.db\n")
    );
    let out = ["uninstall", "--yes", "--quiet", "--migrations"];
    assert_eq!(project.typed(&out, &ignoring(last)).unwrap(), Exit::Done);
    assert_eq!(project.read(DOCKER), mine);
}

#[test]
fn a_dockerignore_of_ours_that_was_edited_is_merged_or_gets_the_lines() {
    let project = Project::fresh();
    project.install(&ignoring("docs\nold\nlast\n")).unwrap();
    project.write(DOCKER, "docs\nmine\nlast\n");
    upgraded(&project, &ignoring("docs\nnewer\nlast\n"));
    let united = "docs\nnewer\nmine\nlast\n";
    assert_eq!(project.read(DOCKER), united);
    upgraded(&project, &ignoring("first\ndocs\nnewer\nlast\n"));
    assert_eq!(project.read(DOCKER), format!("first\n{united}"));
}

fn icon(text: &str) -> World {
    world(templates("2.0.0", &[("base/static/favicon.svg", text)]))
}

#[test]
fn an_owners_icon_stays_whatever_the_templates_draw() {
    let path = "static/favicon.svg";
    let project = Project::fresh();
    project.write(path, "<svg>mine</svg>\n");
    for drawing in ["<svg>1</svg>\n", "<svg>2</svg>\n", ""] {
        upgraded(&project, &icon(drawing));
        assert_eq!(project.read(path), "<svg>mine</svg>\n");
    }
    let out = ["uninstall", "--yes", "--quiet", "--migrations"];
    assert_eq!(project.typed(&out, &icon("")).unwrap(), Exit::Done);
    assert_eq!(project.read(path), "<svg>mine</svg>\n");
}

#[test]
fn an_icon_of_ours_is_never_merged_with_the_owners_edit() {
    let path = "static/favicon.svg";
    let project = Project::fresh();
    project.install(&icon("<svg>\n1\n</svg>\n")).unwrap();
    upgraded(&project, &icon("<svg>\n2\n</svg>\n"));
    assert_eq!(project.read(path), "<svg>\n2\n</svg>\n");
    project.write(path, "<svg>\nmine\n</svg>\n");
    upgraded(&project, &icon("<svg>\n3\n</svg>\n"));
    assert_eq!(project.read(path), "<svg>\nmine\n</svg>\n");
}

#[test]
fn lines_that_the_owner_took_out_of_gitignore_stay_out_in_every_version() {
    let needs = |lines: &str| {
        let text = format!("says = \"people\"\n[ignore]\nlines = [{lines}]\n");
        second(&[("base/feature.toml", Box::leak(text.into_boxed_str()))])
    };
    let project = Project::fresh();
    upgraded(&project, &needs("\"/target\", \".env\", \"*.db\""));
    project.write(".gitignore", "/target\n\n# sigra\n.env\n");
    upgraded(
        &project,
        &needs("\"/target\", \".env\", \"*.db\", \"*.log\""),
    );
    upgraded(
        &project,
        &needs("\"/target\", \".env\", \"*.db\", \"*.log\", \"*.tmp\""),
    );
    assert_eq!(
        project.read(".gitignore"),
        "/target\n\n# sigra\n.env\n*.log\n*.tmp\n"
    );
}

#[test]
fn a_dry_run_of_the_policies_writes_nothing() {
    let project = host(MINE);
    let before = project.tree();
    let mode = Mode {
        dry_run: true,
        ..Mode::default()
    };
    let requested = Requested {
        yes: true,
        ..Requested::default()
    };
    project
        .install_with(requested, mode, &version(TWO))
        .unwrap();
    assert_eq!(project.tree(), before);
}
