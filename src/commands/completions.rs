//! `cargo sigra completions SHELL`: a script that completes `cargo-sigra …` and `cargo sigra …`.

use anyhow::Result;
use clap_complete::{Shell, generate};

use crate::{
    cli::{self, Completions},
    feature::Features,
    refusal::Exit,
    world::World,
};

/// The name under which a shell knows the program.
const PROGRAM: &str = "cargo-sigra";

/// In bash somebody else may complete `cargo` already, and goes on doing so for the other verbs.
const BASH: &str = r#"
# `cargo sigra` is completed as `cargo-sigra` is; the other verbs as they were before.
_cargo_or_sigra() {
    if [[ $COMP_CWORD -gt 1 && ${COMP_WORDS[1]} == sigra ]]; then
        COMP_WORDS=(cargo-sigra "${COMP_WORDS[@]:2}")
        COMP_CWORD=$((COMP_CWORD - 1))
        _cargo__sigra cargo-sigra "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    elif declare -F _cargo >/dev/null; then
        _cargo "$@"
    fi
}
if declare -F _completion_loader >/dev/null; then
    _completion_loader cargo || true
fi
complete -F _cargo_or_sigra -o bashdefault -o default cargo
"#;

/// In fish one program can be completed as another.
const FISH: &str = r#"
# `cargo sigra` is completed as `cargo-sigra` is.
complete -c cargo -n '__fish_seen_subcommand_from sigra' -f -a '(complete -C (string replace -r "^\s*cargo\s+sigra" cargo-sigra -- (commandline -cp)))'
"#;

/// Performs the command.
pub fn run(args: &Completions, world: &World) -> Result<Exit> {
    world
        .voice
        .out(&script(args.shell, world.templates.features));
    Ok(Exit::Done)
}

/// The script for a shell, where there are these features.
#[must_use]
pub fn script(shell: Shell, features: Features) -> String {
    let mut script = Vec::new();
    generate(shell, &mut cli::command(features), PROGRAM, &mut script);
    // In zsh cargo's own completion calls that of a verb by its name. The other shells know no way.
    let verb = match shell {
        Shell::Bash => BASH,
        Shell::Fish => FISH,
        _ => "",
    };
    // In bash clap_complete 4.6 writes the dash of the name in two ways that do not meet.
    let script = String::from_utf8_lossy(&script).replace("cargo__subcmd__sigra", "cargo__sigra");
    format!("{script}{verb}")
}
