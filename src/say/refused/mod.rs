//! The sentences of [`Refusal`]: what is wrong, where, and what to do. One file per area, as in
//! `refusal/`.

mod answers;
mod apply;
mod ask;
mod changes;
mod commands;
mod demo;
mod edit;
mod manifest;
mod moves;
mod package;
mod project;
mod shape;

use std::fmt;

pub use self::apply::{progress, run_name};
use crate::refusal::Refusal;

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sentence(self))
    }
}

fn sentence(why: &Refusal) -> String {
    match why {
        Refusal::Interrupted => "interrupted; the project is as it was".into(),
        Refusal::Several(all) => {
            let all: Vec<_> = all.iter().map(sentence).collect();
            all.join("\n  and ")
        }
        Refusal::Answers(why) => answers::sentence(why),
        Refusal::Ask(why) => ask::sentence(why),
        Refusal::Manifest(why) => manifest::sentence(why),
        Refusal::Project(why) => project::sentence(why),
        Refusal::Package(why) => package::sentence(why),
        Refusal::Shape(why) => shape::sentence(why),
        Refusal::Edit(why) => edit::sentence(why),
        Refusal::Changes(why) => changes::sentence(why),
        Refusal::Apply(why) => apply::sentence(why),
        Refusal::Command(why) => commands::sentence(why),
        Refusal::Demo(why) => demo::sentence(why),
        Refusal::Move(why) => moves::sentence(why),
    }
}
