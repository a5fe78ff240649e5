//! `cargo sigra status`: how a project stands, and whether an installation would change it.

use anyhow::Result;

use super::{
    recorded::{self, Ended},
    settle::Intent,
};
use crate::{changes::Changes, cli, refusal::Exit, review, status::Status, world::World};

/// Performs the command.
pub fn run(args: &cli::Status, world: &World) -> Result<Exit> {
    recorded::perform(&args.place, Intent::Look, world, |recorded| {
        let (project, plan) = (&recorded.project, &recorded.plan);
        let changes = Changes::propose(project, plan, world.now, world.random)?;
        let status = Status::of(project, &recorded.manifest, plan, &changes)?;

        review::status(&status, world.voice);
        let exit = if args.check && status.would_change {
            Exit::Changes
        } else {
            Exit::Done
        };
        Ok(Ended {
            exit,
            document: review::status_document(&status),
        })
    })
}
