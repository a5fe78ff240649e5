//! A test for each rule of safety. The names are those of the list in the security guide: `sec_reg_01` is rule REG-1.

mod browser_surface;
pub mod configuration;
mod errors;
mod jobs;
mod logging_in;
mod passwords;
mod recovery;
mod registering;
mod remembering;
mod sessions;
