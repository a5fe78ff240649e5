//! `cargo sigra features`: the list, with what each does.

use anyhow::Result;
use serde_json::json;

use crate::{
    feature::{Database, Feature, Key, Part},
    refusal::Exit,
    review::Document,
    say::Format,
    world::World,
};

/// Performs the command.
pub fn run(world: &World) -> Result<Exit> {
    if world.voice.format == Format::Human {
        world.voice.out(&listing(world));
    }
    document(world).tell(Exit::Done, world.voice);
    Ok(Exit::Done)
}

fn document(world: &World) -> Document {
    let features = world.templates.features.iter();
    let features = features.filter_map(|feature| {
        Some(json!({
            "name": feature.name,
            "state": state(feature)?,
            "says": world.templates.says(feature.name),
            "values": feature.all_values(),
        }))
    });
    Document::new("features").with("features", features.collect())
}

/// A line for every feature.
#[must_use]
pub fn listing(world: &World) -> String {
    let features = world.templates.features.iter();
    features.map(|feature| line(feature, world)).collect()
}

fn line(feature: &Feature, world: &World) -> String {
    let Some(state) = state(feature) else {
        return String::new();
    };
    let values = match feature.all_values() {
        [] => String::new(),
        values => format!(" ({})", values.join(", ")),
    };
    let says = world.templates.says(feature.name);
    format!("{:<10} {state:<14} {says}{values}\n", feature.name)
}

/// Whether a new project gets it; nothing for what follows from another line.
fn state(feature: &Feature) -> Option<&'static str> {
    let is_on = match feature.part {
        Part::Always | Part::Alone | Part::Starter => true,
        Part::With(database) => database == Database::ALL[0],
        Part::Keyed(key) => key == Key::default(),
        Part::Optional => feature.flag.is_some_and(|flag| flag.is_default),
        Part::Needed => return Some("when needed"),
        Part::Planned => return Some("not built yet"),
        Part::StarterFor(_) | Part::WithKeyed(..) | Part::MovedTo(_) => return None,
    };
    Some(if is_on { "on" } else { "off" })
}
