//! Conditions over the names of choices, and the simplest one that says which combinations are
//! meant.

use std::collections::BTreeSet;

use super::Combination;

/// Some of the combinations, by their places in the list of all.
pub type Set = BTreeSet<usize>;

/// Every condition that may be written, the simplest first.
pub struct Conditions {
    all: Vec<Condition>,
}

#[derive(Clone)]
struct Condition {
    text: String,
    names: usize,
    negations: usize,
    holds: Set,
}

impl Conditions {
    /// Those of one name up to those of three.
    pub fn over(combinations: &[Combination]) -> Self {
        let holds = |name: &str, wanted: bool| {
            let holding = combinations.iter().enumerate();
            holding
                .filter(|(_, combination)| combination.holds(name) == wanted)
                .map(|(at, _)| at)
                .collect()
        };
        let literal = |name: &str, wanted: bool| Condition {
            text: format!("{}{name}", if wanted { "" } else { "not " }),
            names: 1,
            negations: usize::from(!wanted),
            holds: holds(name, wanted),
        };
        let names = Combination::names();
        let plain = names.iter().map(|name| literal(name, true));
        // Of a database and of a key there are two, and the other one has a name.
        let other = cargo_sigra::feature::FEATURES
            .optional()
            .map(|name| literal(name, false));
        let literals: Vec<_> = plain.chain(other).collect();
        let mut all = literals.clone();
        for (at, one) in literals.iter().enumerate() {
            for (further, other) in literals.iter().enumerate().skip(at + 1) {
                all.extend([one.or(other), one.and(other)]);
                for third in &literals[further + 1..] {
                    all.extend([one.or(other).or(third), one.and(other).and(third)]);
                }
            }
            all.extend(mixed(one, &literals));
        }
        all.sort_by_key(|condition| (condition.names, condition.negations));
        Self { all }
    }

    /// The simplest that is true for exactly the wanted of those combinations that matter.
    pub fn simplest(&self, wanted: &Set, among: &Set) -> &str {
        let is_it = |condition: &&Condition| condition.holds.intersection(among).eq(wanted);
        match self.all.iter().find(is_it) {
            Some(condition) => &condition.text,
            None => panic!("no condition of three names is true for {wanted:?} of {among:?}"),
        }
    }
}

/// `one and (a or b)`, `one or a and b`
fn mixed(one: &Condition, literals: &[Condition]) -> Vec<Condition> {
    let mut mixed = Vec::new();
    for (at, two) in literals.iter().enumerate() {
        for three in &literals[at + 1..] {
            let mut either = two.or(three);
            either.text = format!("({})", either.text);
            mixed.extend([one.and(&either), one.or(&two.and(three))]);
        }
    }
    mixed
}

impl Condition {
    fn or(&self, other: &Self) -> Self {
        self.joined("or", other, &self.holds | &other.holds)
    }

    fn and(&self, other: &Self) -> Self {
        self.joined("and", other, &self.holds & &other.holds)
    }

    fn joined(&self, word: &str, other: &Self, holds: Set) -> Self {
        Self {
            text: format!("{} {word} {}", self.text, other.text),
            names: self.names + other.names,
            negations: self.negations + other.negations,
            holds,
        }
    }
}
