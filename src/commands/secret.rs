//! `cargo sigra secret`: a value for SECRET_KEY_BASE.

use anyhow::Result;
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use crate::{refusal::Exit, world::World};

/// As many as SECRET_KEY_BASE wants.
const BYTES: usize = 64;

/// Performs the command.
pub fn run(world: &World) -> Result<Exit> {
    let secret = BASE64.encode((world.random)(BYTES)?);
    world.voice.out(&format!("{secret}\n"));
    Ok(Exit::Done)
}
