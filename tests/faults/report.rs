//! What came of the faults, by area.

use std::collections::BTreeMap;

use crate::{
    fault::{Area, Fault},
    project::Outcome,
};

/// In percent, of those that are no equivalent.
const MIN_NOTICED: usize = 95;
/// The same in each area.
const MIN_NOTICED_IN_AREA: usize = 85;

#[derive(Clone, Copy, Default)]
struct Counts {
    noticed: usize,
    unnoticed: usize,
    equivalent: usize,
}

impl Counts {
    fn percent(self) -> usize {
        let all = self.noticed + self.unnoticed;
        (100 * self.noticed).checked_div(all).unwrap_or(100)
    }
}

#[derive(Default)]
pub struct Report {
    areas: BTreeMap<String, Counts>,
    /// What has to be looked at: faults that nothing notices and nothing explains, and entries that are wrong.
    open: Vec<String>,
}

impl Report {
    pub fn equivalent(&mut self, area: &Area, fault: &Fault, reason: &str) {
        println!("equivalent  {}: {reason}", fault.id);
        self.counts(area).equivalent += 1;
    }

    /// Says at once what came of a fault.
    pub fn add(&mut self, area: &Area, fault: &Fault, outcome: Outcome) {
        match (&outcome, &fault.survives) {
            (Outcome::Noticed, None) => println!("noticed     {}", fault.id),
            (Outcome::NoticedElsewhere(by), None) => {
                println!("noticed     {}, by {}", fault.id, few(by));
            }
            (Outcome::Unnoticed, Some(reason)) => println!("survives    {}: {reason}", fault.id),
            (Outcome::Unnoticed, None) => self.look_at(fault, "SURVIVES"),
            (Outcome::Noticed | Outcome::NoticedElsewhere(_), Some(_)) => {
                self.look_at(fault, "is noticed, though it is said to survive");
            }
            (Outcome::Broken(reason), _) => self.look_at(fault, reason),
        }
        let (noticed, unnoticed) = match outcome {
            Outcome::Noticed | Outcome::NoticedElsewhere(_) => (1, 0),
            Outcome::Unnoticed | Outcome::Broken(_) => (0, 1),
        };
        let counts = self.counts(area);
        counts.noticed += noticed;
        counts.unnoticed += unnoticed;
    }

    /// For faults that are all expected to be noticed.
    pub fn expect_all(&self) {
        assert!(self.open.is_empty(), "{}", self.open.join("\n"));
    }

    /// For all faults: most are noticed, in every area, and what is not is explained.
    pub fn expect_enough(&self) {
        let mut sum = Counts::default();
        let mut too_few = Vec::new();
        println!("\narea                noticed  survives  equivalent");
        for (area, counts) in &self.areas {
            sum.noticed += counts.noticed;
            sum.unnoticed += counts.unnoticed;
            sum.equivalent += counts.equivalent;
            line(area, *counts);
            if counts.percent() < MIN_NOTICED_IN_AREA {
                too_few.push(area.as_str());
            }
        }
        line("all", sum);
        self.expect_all();
        assert!(too_few.is_empty(), "too few: {}", too_few.join(", "));
        assert!(sum.percent() >= MIN_NOTICED, "{} %", sum.percent());
    }

    fn look_at(&mut self, fault: &Fault, what: &str) {
        println!("LOOK AT     {}: {what}", fault.id);
        self.open.push(format!("{}: {what}", fault.id));
    }

    fn counts(&mut self, area: &Area) -> &mut Counts {
        self.areas.entry(area.name.clone()).or_default()
    }
}

fn line(area: &str, counts: Counts) {
    let (noticed, unnoticed) = (counts.noticed, counts.unnoticed);
    let (equivalent, percent) = (counts.equivalent, counts.percent());
    println!("{area:18} {noticed:8} {unnoticed:9} {equivalent:11}   {percent} %");
}

fn few(names: &[String]) -> String {
    let first: Vec<&str> = names.iter().take(2).map(String::as_str).collect();
    match names.len() {
        0..=2 => first.join(", "),
        all => format!("{} and {} more", first.join(", "), all - 2),
    }
}
