//! What a run takes from outside the project: the templates, the clock, chance, the disk's temper
//! and the terminal.
//!
//! It is a value, so that a test can hold the clock, load the dice and fill the disk, and every
//! snapshot is the same to the byte.

use std::io::IsTerminal;

use anyhow::{Context, Result};

use crate::{apply::Disk, changes::Random, say::Voice, templates::Templates, timestamp::Timestamp};

/// Everything that is not in the project and not typed.
#[derive(Debug)]
pub struct World {
    /// What can be written.
    pub templates: Templates,
    /// When this run happens; migrations are named for it.
    pub now: Timestamp,
    /// That many unpredictable bytes.
    pub random: Random,
    /// How the disk behaves.
    pub disk: Disk,
    /// How we speak.
    pub voice: Voice,
    /// Whether somebody is there to answer: stdin and stderr are both terminals.
    pub somebody: bool,
}

impl World {
    /// The world as it is.
    pub fn real(voice: Voice) -> Result<Self> {
        Ok(Self {
            templates: Templates::embedded()?,
            now: Timestamp::now(),
            random: from_the_system,
            disk: Disk::real(),
            voice,
            somebody: std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
        })
    }
}

fn from_the_system(count: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    getrandom::fill(&mut bytes)
        .context("the operating system gave no random bytes for the secrets")?;
    Ok(bytes)
}
