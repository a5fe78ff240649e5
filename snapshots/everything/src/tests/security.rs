//! A test for each rule of safety. The names are those of the list in the security guide: `sec_reg_01` is rule REG-1.

mod api_tokens;
mod breached_passwords;
mod browser_surface;
mod changing_email;
pub mod configuration;
mod cryptography;
mod encryption;
mod errors;
mod imported_passwords;
mod jobs;
mod jwt;
mod jwt_apps;
mod lockouts;
pub mod logging_in;
mod magic_links;
mod passwords;
mod privacy;
mod published_holes;
mod recovery;
mod registering;
mod remembering;
mod sessions;
