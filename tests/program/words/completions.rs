//! `cargo sigra completions`: whole, readable for the shells, and right for both ways of calling.

use std::{path::Path, process::Command};

use crate::support::{Project, Said, sigra};
use cargo_sigra::{cli, feature::FEATURES};

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

fn script(shell: &str) -> String {
    let said = sigra(Path::new("."), &["completions", shell]);
    assert_eq!((said.exit, said.err.as_str()), (0, ""));
    said.out
}

/// Every verb, and every flag of each.
fn words() -> Vec<String> {
    let mut cli = cli::command(FEATURES);
    cli.build();
    let verbs = cli.get_subcommands().map(|verb| verb.get_name().to_owned());
    let arguments = cli.get_subcommands().flat_map(|verb| verb.get_arguments());
    let flags = arguments.filter_map(|flag| flag.get_long());
    verbs.chain(flags.map(str::to_owned)).collect()
}

#[test]
fn every_verb_and_every_flag_is_in_it() {
    for shell in SHELLS {
        let script = script(shell);
        for word in words() {
            assert!(script.contains(&word), "{word} is missing for {shell}");
        }
    }
}

/// The shells that are on this machine, and how each reads a script without running it.
#[test]
fn the_shells_can_read_it() {
    for shell in ["bash", "zsh", "fish"] {
        let folder = Project::empty();
        folder.write("script", &script(shell));
        let mut read = Command::new(shell);
        let read = read.args(["-n", "script"]).current_dir(&folder.root);
        match read.output() {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{shell}: {said}");
            }
            Err(_) => assert_ne!(shell, "bash", "there is no bash on this machine"),
        }
    }
}

/// What bash offers at the end of a line.
fn offered(line: &str, function: &str) -> Vec<String> {
    let folder = Project::empty();
    folder.write("script", &script("bash"));
    let words: Vec<_> = line.split(' ').map(|word| format!("{word:?}")).collect();
    let ask = format!(
        "source ./script; COMP_WORDS=({}); COMP_CWORD={}; {function} \"${{COMP_WORDS[0]}}\" \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD - 1]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        words.join(" "),
        words.len() - 1
    );
    let said = Said::of(
        Command::new("bash")
            .args(["--norc", "-c", &ask])
            .current_dir(&folder.root),
    );
    said.out.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_the_program_by_its_own_name() {
    assert_eq!(offered("cargo-sigra inst", "_cargo__sigra"), ["install"]);
    let databases = offered("cargo-sigra install --database ", "_cargo__sigra");
    assert_eq!(databases, ["sqlite", "postgres"]);
}

#[test]
fn bash_completes_the_verb_of_cargo() {
    assert_eq!(offered("cargo sigra inst", "_cargo_or_sigra"), ["install"]);
    assert_eq!(
        offered("cargo sigra install --no-b", "_cargo_or_sigra"),
        ["--no-binary-id"]
    );
    assert_eq!(
        offered("cargo sigra recover --fo", "_cargo_or_sigra"),
        ["--forward", "--format"]
    );
}

#[test]
fn the_other_verbs_of_cargo_are_left_to_who_completed_them_before() {
    let before = "_cargo() { COMPREPLY=(theirs); }; _cargo_or_sigra";
    assert_eq!(offered("cargo bui", before), ["theirs"]);
}

#[test]
fn a_shell_that_nobody_knows_is_refused() {
    assert_eq!(sigra(Path::new("."), &["completions", "nonsense"]).exit, 2);
}
