//! The program: hand over what was typed, say an error once, exit.

use std::process::ExitCode;

use cargo_sigra::{cli::Cli, commands, feature::FEATURES, world::World};

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    let cli = match Cli::from_cargo_or_shell(words.iter().cloned(), FEATURES) {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(commands::misunderstood(&error, &words) as u8),
    };
    let voice = cli.output.voice();
    let exit = World::real(voice).and_then(|world| commands::run(&cli, &world));
    let exit = exit.unwrap_or_else(|error| commands::fail(&error, &cli.verb, voice));
    ExitCode::from(exit as u8)
}
