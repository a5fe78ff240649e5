//! The question about a file that is gone and another one that is much like it.

use anyhow::Result;
use dialoguer::Confirm;

use super::interrupted;
use crate::changes::{Choice, Choices, Guess};

/// Asks about one after the other. What was not moved was deleted, and stays so.
pub fn moves(guesses: &[Guess]) -> Result<Choices> {
    let mut choices = Choices::new();
    for Guess { from, to, percent } in guesses {
        let question = format!("{from} is gone; have you moved it to {to} ({percent} % alike)?");
        let answer = Confirm::new().with_prompt(question).default(true);
        let choice = if answer.interact().map_err(interrupted)? {
            Choice::Moved(to.clone())
        } else {
            Choice::Keep
        };
        choices.insert(from.clone(), choice);
    }
    Ok(choices)
}
