//! Who people are. SQL lives here and HTTP does not.
//!
//! Start with [`registration`], then [`confirmation`] and [`log_in`]: each function is one thing a person can do, in one
//! transaction together with the letter it sends and the audit row it leaves.

pub mod audit;
pub mod backup_code;
pub mod client;
pub mod confirmation;
pub mod credentials;
pub mod crockford;
pub mod deletion;
pub mod device;
pub mod email;
pub mod email_change;
pub mod emailed_link;
pub mod export;
pub mod held;
pub mod hooks;
pub mod housekeeping;
pub mod lockout;
pub mod log_in;
pub mod log_out;
pub mod login_methods;
pub mod login_step;
pub mod magic_link;
pub mod ownership;
pub mod passkey;
pub mod password;
pub mod password_change;
pub mod proof;
pub mod registration;
pub mod repeat;
pub mod reset;
pub mod second_factor;
pub mod secret;
pub mod session;
pub mod status;
pub mod sudo;
pub mod suspension;
pub mod token;
pub mod totp;
pub mod trusted_browser;
pub mod user;
pub mod user_data;
pub mod visit;
