//! `cargo sigra features`: the list, with what each does.

use anyhow::Result;

use crate::{
    feature::{Database, FEATURES, Feature, Key, Part},
    refusal::Exit,
    world::World,
};

/// Performs the command.
pub fn run(world: &World) -> Result<Exit> {
    let lines: String = FEATURES
        .iter()
        .map(|feature| line(feature, world))
        .collect();
    world.voice.out(&lines);
    Ok(Exit::Done)
}

fn line(feature: &Feature, world: &World) -> String {
    let says = world.templates.says(feature.name);
    let (state, says) = match feature.part {
        Part::Always | Part::Alone | Part::Starter => ("on", says),
        Part::With(database) if database == Database::ALL[0] => ("on", says),
        Part::Keyed(Key::Uuid) => ("on", says),
        Part::With(_) | Part::Keyed(_) | Part::Optional => ("off", says),
        Part::Needed => ("when needed", says),
        Part::StarterFor(_) | Part::WithKeyed(..) | Part::MovedTo(_) => return String::new(),
        Part::Planned(says) => ("not built yet", says),
    };
    format!("{:<10} {state:<14} {says}\n", feature.name)
}
