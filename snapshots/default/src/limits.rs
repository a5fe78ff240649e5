//! Rate limits, counted in memory by this process.
//!
//! The key of a limit decides who shares it, and so who can be stopped by others. Other people's requests never stop a user
//! we know: what a session does is counted by session, a login from a known browser by account and browser. By network, or
//! by the email address that was typed, only anonymous requests are counted.
//!
//! Emails have a second rule: nobody fills a mailbox. A user has budgets of their own only once the address is confirmed,
//! because anybody can register, and log in to, an account with somebody else's. What an address that nobody has confirmed
//! can get is this: `register_email`, `resend` and `confirm_email_hourly` for anonymous requests, all by address. The browser
//! that registered is not counted there, or others could keep its code from it: it has `resend`, by browser, and shares
//! `resend_network` only with browsers that registered the same address in the same network. Beyond all of these is
//! `resend_hourly`, a wide cap by address: it takes several networks to reach it, and it says so.
//! A new address that a session asks for is counted likewise: by user and address, with a wide cap by address that says so.

mod network;
#[cfg(test)]
pub mod watched;

use std::{fmt::Display, hash::Hash, num::NonZeroU32, time::Duration};

use governor::{Quota, RateLimiter, middleware::NoOpMiddleware, state::keyed::DashMapStateStore};

use crate::clock::Clock;
pub use network::{Network, NetworkLimit};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// Each limit in one place: its name, what it is counted by, and how much it allows.
macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident: $kind:ident = $max:literal per $within:expr;)*) => {
        pub struct Limits {
            $($(#[$doc])* pub $name: $kind,)*
        }

        impl Limits {
            pub fn new(clock: &Clock) -> Self {
                Self {
                    $($name: $kind::new(Rule::new(stringify!($name), $max, $within), clock),)*
                }
            }

            /// Forgets every key that has not been counted for a while.
            pub fn forget_idle(&self) {
                $(self.$name.forget_idle();)*
            }

            /// The name of each limit, how much it allows, and within which time.
            #[cfg(test)]
            pub fn rules() -> Vec<(&'static str, u32, Duration)> {
                vec![$((stringify!($name), $max, $within)),*]
            }

            /// How many keys are remembered.
            #[cfg(test)]
            pub fn remembered(&self) -> usize {
                [$(self.$name.remembered()),*].iter().sum()
            }
        }
    };
}

limits! {
    /// Logins from unknown browsers.
    login: NetworkLimit = 10 per MINUTE;
    /// The same, by the account's email: a brake on guessing one password from many networks.
    login_account: Limit = 50 per HOUR;
    /// Passwords typed in a known browser, to log in or after an emailed link, by account and browser.
    login_browser: Limit = 10 per MINUTE;
    /// Passwords typed while logged in (sudo, a new password), by session.
    session_password: Limit = 10 per MINUTE;
    /// The first of these over all known browsers of an account. An attacker who knows the password may have several.
    known_account: Limit = 60 per MINUTE;
    /// The second over all its sessions. With the second factor on, an attacker who knows only the password has none.
    session_account: Limit = 60 per MINUTE;
    /// Codes of the second factor from unknown browsers, by user: it outlasts the sessions in which they were typed.
    mfa_challenge: Limit = 10 per 5 * MINUTE;
    /// The same after a hundred wrong ones in a row: the password should be changed, which ends that.
    mfa_challenge_guessed: Limit = 1 per HOUR;
    /// Codes from a known browser, for a log-in and for sudo, by user and browser.
    mfa_challenge_browser: Limit = 10 per 5 * MINUTE;
    /// The same over all known browsers of a user. An attacker who knows the password may have several.
    mfa_challenge_known: Limit = 30 per 5 * MINUTE;
    /// Codes in sessions that rest on a trusted browser, by user.
    mfa_challenge_trusted: Limit = 10 per 5 * MINUTE;
    /// The same, in the long run.
    mfa_challenge_trusted_daily: Limit = 50 per 24 * HOUR;
    /// Codes and passwords that are compared with what the browser has typed a moment ago, by form and browser.
    repeats: Limit = 20 per MINUTE;
    /// New backup codes, by user: hashing ten takes as long as ten log-ins.
    backup_codes: Limit = 5 per HOUR;
    /// Emails about wrong codes after a right first proof, by user.
    second_factor_email: Limit = 1 per HOUR;
    /// Emails about a session that has ended after wrong passwords or codes, by user.
    session_guessed_email: Limit = 3 per HOUR;
    /// Tries in the part of the hashing queue that is reserved for users we know, by account. One beyond it is not refused:
    /// it waits with the anonymous ones.
    reserved_lane: Limit = 10 per 20 * SECOND;
    /// Anonymous forms with a password that has to be assessed or checked.
    passwords: NetworkLimit = 20 per MINUTE;
    /// Registrations.
    register: NetworkLimit = 5 per HOUR;
    /// Codes that confirm an email.
    confirm: NetworkLimit = 20 per MINUTE;
    /// Emails of any kind that anonymous requests ask for.
    emails: NetworkLimit = 20 per HOUR;
    /// Emails to whoever is registered, by email.
    register_email: Limit = 3 per 15 * MINUTE;
    /// Emails to confirm an address again, by email, by the browser that registered, or by the user who is logged in.
    resend: Limit = 3 per 15 * MINUTE;
    /// Emails to confirm an email, of both kinds, that anonymous requests ask for, by email.
    confirm_email_hourly: Limit = 12 per HOUR;
    /// Those that the browsers that registered ask for, by network and email.
    resend_network: Limit = 15 per HOUR;
    /// The same from all networks, by email.
    resend_hourly: Limit = 60 per HOUR;
    /// Emails to reset a password, by email, session or known browser.
    reset_password: Limit = 3 per MINUTE;
    /// The same, in the long run.
    reset_password_hourly: Limit = 10 per HOUR;
    /// Emails to log in with, by email, session or known browser.
    log_in_link: Limit = 3 per 15 * MINUTE;
    /// Emails that a user's sessions and known browsers ask for, all together, by email.
    own_emails: Limit = 60 per HOUR;
    /// Changes of email, by session.
    email_change: Limit = 5 per HOUR;
    /// The same in all sessions, by user.
    email_change_account: Limit = 20 per HOUR;
    /// Emails to a new address, by the user who asks and that address.
    email_change_address: Limit = 3 per 15 * MINUTE;
    /// The same, whoever asks, by the new address.
    email_change_hourly: Limit = 12 per HOUR;
    /// Emails about a lockout, by the account's email.
    unlock_email: Limit = 4 per HOUR;
    /// Challenges for passkeys from unknown browsers.
    passkey_challenge: NetworkLimit = 60 per MINUTE;
    /// The same from a browser that somebody has logged in with, and in a session.
    passkey_challenge_browser: Limit = 30 per MINUTE;
    /// What a session changes in the settings, by session: each change is a row of the audit log.
    settings: Limit = 60 per 15 * MINUTE;
    /// Copies of everything that is kept about a user, by user.
    export: Limit = 5 per HOUR;
    /// Accounts that are to be deleted, by user: each time an email is sent, and one when it is taken back.
    deletion: Limit = 5 per HOUR;
}

/// So many within a time, at once or spread out (GCRA). Only time makes room again, never a success.
#[derive(Clone, Copy, Debug)]
struct Rule {
    name: &'static str,
    most: u32,
    within: Duration,
}

impl Rule {
    const fn new(name: &'static str, most: u32, within: Duration) -> Self {
        Self { name, most, within }
    }
}

/// The error of too many requests: what the headers of the response say.
#[derive(thiserror::Error, Clone, Copy, Debug)]
#[error("too many tries: {name} allows {most}")]
pub struct Exceeded {
    pub name: &'static str,
    pub most: u32,
    pub within: Duration,
    pub retry_after: Duration,
}

/// A limit by a key: an email, a session, a user.
pub struct Limit(Counter<String>);

impl Limit {
    fn new(rule: Rule, clock: &Clock) -> Self {
        Self(Counter::new(rule, clock))
    }

    /// Counts one.
    ///
    /// # Errors
    /// [`Exceeded`] when there have been too many.
    pub fn count(&self, key: &str) -> Result<(), Exceeded> {
        self.0.count(&key.to_owned())
    }

    /// Counts one, and returns whether it is within the limit. For the budget of an email address: anybody can type it, so the
    /// response says nothing of the budget, and only the email is not sent.
    pub fn allows(&self, key: &str) -> bool {
        allows(self.count(key))
    }

    fn forget_idle(&self) {
        self.0.counts.retain_recent();
    }

    #[cfg(test)]
    fn remembered(&self) -> usize {
        self.0.counts.len()
    }
}

fn allows(counted: Result<(), Exceeded>) -> bool {
    if let Err(exceeded) = &counted {
        tracing::warn!(limit = exceeded.name, "an email is not sent: too many");
    }
    counted.is_ok()
}

struct Counter<K: Hash + Eq + Clone> {
    rule: Rule,
    counts: RateLimiter<K, DashMapStateStore<K>, Clock, NoOpMiddleware<Duration>>,
    clock: Clock,
}

impl<K: Hash + Eq + Clone + Display> Counter<K> {
    fn new(rule: Rule, clock: &Clock) -> Self {
        let burst = NonZeroU32::new(rule.most).unwrap_or(NonZeroU32::MIN);
        let period = rule.within / burst.get();
        let quota = Quota::with_period(period).unwrap_or(Quota::per_second(burst));
        Self {
            rule,
            counts: RateLimiter::dashmap_with_clock(quota.allow_burst(burst), clock.clone()),
            clock: clock.clone(),
        }
    }

    fn count(&self, key: &K) -> Result<(), Exceeded> {
        #[cfg(test)]
        watched::count(self.rule, key)?;
        self.counts.check_key(key).map_err(|not_until| Exceeded {
            name: self.rule.name,
            most: self.rule.most,
            within: self.rule.within,
            retry_after: not_until.wait_time_from(self.clock.uptime()),
        })
    }
}

impl governor::clock::Clock for Clock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.uptime()
    }
}
