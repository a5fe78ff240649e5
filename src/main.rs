//! The program: hand over what was typed, say an error once, exit.

use std::process::ExitCode;

use cargo_sigra::{
    cli::Cli,
    commands,
    feature::FEATURES,
    refusal::Exit,
    say::{Format, Loudness, Voice},
    world::World,
};

fn main() -> ExitCode {
    ExitCode::from(run() as u8)
}

fn run() -> Exit {
    let words: Vec<_> = std::env::args_os().collect();
    let cli = match Cli::from_cargo_or_shell(words.iter().cloned(), FEATURES) {
        Ok(cli) => cli,
        Err(error) => {
            let exit = commands::misunderstood(&error, &words);
            let voice = Voice::new(Loudness::Quiet, Format::Human);
            return commands::ending(exit, false, voice);
        }
    };
    let voice = cli.output.voice();
    let fail = |error| commands::fail(&error, &cli.verb, voice);
    let world = match World::real(voice) {
        Ok(world) => world,
        Err(error) => return commands::ending(fail(error), false, voice),
    };
    let exit = commands::run(&cli, &world).unwrap_or_else(fail);
    commands::ending(exit, world.disk.operations() > 0, voice)
}
