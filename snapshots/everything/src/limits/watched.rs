//! What tests see of the limits: what a request is counted by, and what it does where a limit is reached. Each test has its own
//! thread.

use std::{
    cell::{Cell, RefCell},
    fmt::Display,
};

use super::{Exceeded, Rule};

thread_local! {
    static COUNTED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static REACHED: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Returns the names of the limits that were counted since the last time, each with its key.
pub fn take() -> Vec<String> {
    COUNTED.take()
}

/// From now on the limit with this name is reached for every key, or none is.
pub fn reach(name: Option<&'static str>) {
    REACHED.set(name);
}

pub(super) fn count(rule: Rule, key: &impl Display) -> Result<(), Exceeded> {
    COUNTED.with_borrow_mut(|counted| counted.push(format!("{} {key}", rule.name)));
    if REACHED.get() != Some(rule.name) {
        return Ok(());
    }
    Err(Exceeded {
        name: rule.name,
        most: rule.most,
        within: rule.within,
        retry_after: rule.within,
    })
}
