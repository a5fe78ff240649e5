//! How it behaves, as sentences: on a real database, with a clock that can be moved. `security` holds a test for each rule of
//! safety, named after it: one that goes red says which promise a change has broken.

mod audit_log;
mod authenticator;
mod browser;
mod commands;
mod connecting;
mod counting;
mod database;
mod deleting;
mod dot_env;
mod forms;
mod logging_in;
mod logging_in_by_letter;
mod owners_pages;
mod owners_routes;
mod passkeys;
mod processes;
mod registering;
mod resetting;
mod running;
mod second_factor;
mod security;
mod sessions;
mod settings;
mod slow_requests;
mod test_app;
mod texts;
mod two_factor;

/// Good enough for every rule, and nobody's.
const PASSWORD: &str = "meadow trumpet gravel nine";
const OTHER_PASSWORD: &str = "velvet harbour onion seven";

/// For tests that count statements: a second connection would bring some of its own.
const ONE_CONNECTION: [(&str, &str); 1] = [("POOL_SIZE", "1")];
