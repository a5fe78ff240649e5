//! The flags of the features, as their list defines them.

use std::collections::BTreeMap;

use clap::{Arg, ArgAction, ArgMatches, Command, parser::ValueSource};

use crate::feature::{Answer, Feature, Features, Flag, Part};

const HEADING: &str = "Features";

/// The same command with the flags of these features.
pub fn add(command: Command, features: Features) -> Command {
    let flags = features.flags();
    flags.fold(command, |command, (feature, flag)| {
        let name = feature.name;
        let without = Arg::new(negation(name))
            .long(negation(name))
            .help(flag.without)
            .action(ArgAction::SetTrue);
        command
            .next_help_heading(HEADING)
            .arg(with(feature, flag).overrides_with(negation(name)))
            .arg(without.overrides_with(name))
    })
}

fn with(feature: &Feature, flag: &Flag) -> Arg {
    let arg = Arg::new(feature.name).long(feature.name);
    let mut help = capital(flag.says);
    if feature.part == Part::Planned {
        help.push_str(" (not built yet)");
    }
    let Some(values) = flag.values else {
        return arg.help(help).action(ArgAction::SetTrue);
    };
    arg.help(format!("{help} [default list: {}]", values.bare.join(",")))
        .action(ArgAction::Append)
        .value_name("LIST")
        .num_args(0..=1)
        .value_delimiter(',')
        .value_parser(values.all.to_vec())
        .default_missing_values(values.bare)
}

/// What was typed about each feature; of a flag and its negation the last one counts.
pub fn typed(matches: &ArgMatches, features: Features) -> BTreeMap<&'static str, Answer> {
    let flags = features.flags();
    let typed = flags.filter_map(|(feature, _)| Some((feature.name, answer(matches, feature)?)));
    typed.collect()
}

fn answer(matches: &ArgMatches, feature: &Feature) -> Option<Answer> {
    let is_typed = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    if is_typed(&negation(feature.name)) {
        return Some(Answer::Off);
    }
    if !is_typed(feature.name) {
        return None;
    }
    if feature.all_values().is_empty() {
        return Some(Answer::from(true));
    }
    let values = matches.get_many::<String>(feature.name);
    Some(Answer::On(values.into_iter().flatten().cloned().collect()))
}

fn negation(name: &str) -> String {
    format!("no-{name}")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
