//! Nothing is lost: full disks, stopped runs, damaged records, refusals.

mod blocked;
mod crash;
mod damaged;
mod recover;
mod refusals;
mod secrets;
#[cfg(unix)]
mod signals;
mod stopped;
