//! Nothing is lost: full disks, stopped runs, damaged records, refusals.

mod blocked;
mod clones;
mod crash;
mod damaged;
#[cfg(target_os = "linux")]
mod preflight;
mod recover;
mod refusals;
mod secrets;
#[cfg(unix)]
mod signals;
mod stopped;
mod unanswered;
