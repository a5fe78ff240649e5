//! A test for each rule of safety. The names are those of the list in the security guide: `sec_reg_01` is rule REG-1.

mod access;
//% if api
mod api_audit;
mod api_limits;
mod api_revocation;
mod api_token_repeats;
pub mod api_tokens;
pub mod api_values;
//% endif
mod audit;
//% if api
mod authorization;
//% endif
mod backup_codes;
mod breached_passwords;
mod browser_surface;
mod changing_email;
pub mod code_guessing;
mod codes;
pub mod configuration;
mod cookies;
mod copied_cookies;
mod cryptography;
mod email_budgets;
mod emails_sent;
mod encryption;
mod ending_access;
mod errors;
mod fair_limits;
pub mod guessing;
pub mod hanging_up;
mod hashing_queue;
mod imported_passwords;
mod jobs;
//% if jwt
pub mod jwt;
mod jwt_apps;
mod jwt_audit;
mod jwt_limits;
mod jwt_matrix;
mod jwt_revocation;
mod jwt_second_factor;
mod jwt_values;
//% endif
mod limit_rules;
pub mod limits;
mod link_lifetimes;
mod lists;
mod lockouts;
pub mod logging_in;
mod login_matrix;
mod magic_links;
mod mail;
mod mixed_load;
//% if passkeys
mod passkey_audit;
mod passkey_ceremonies;
mod passkey_counters;
mod passkey_limits;
mod passkey_matrix;
mod passkey_revocation;
mod passkey_settings;
mod passkeys;
//% endif
mod passwords;
mod privacy;
mod published_holes;
mod recovery;
mod registering;
mod remembering;
mod repeats;
mod request_headers;
mod return_to;
pub mod revocation;
pub mod route_limits;
mod schedule;
mod second_factor;
mod second_factor_ends;
//% if passkeys
mod security_key_guessing;
mod security_keys;
//% endif
mod sessions;
mod sudo;
mod trusted_browsers;
mod typed_again;
mod unconfirmed_budgets;
mod web_surface;
mod while_hashing;
