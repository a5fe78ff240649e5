//! How often somebody may try. Kept in memory, for one process.

use std::{num::NonZeroU32, time::Duration};

use governor::{Quota, RateLimiter, middleware::NoOpMiddleware, state::keyed::DashMapStateStore};

use crate::clock::Clock;

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

pub struct Limits {
    /// Log-ins, by network address.
    pub login: Limit,
    /// Log-ins, by account: a brake on guessing one password from many addresses.
    pub login_account: Limit,
    /// Forms with a password that has to be assessed or checked, by network address.
    pub passwords: Limit,
    /// Registrations, by network address.
    pub register: Limit,
    /// Letters to reset a password, by e-mail address.
    pub reset_password: Limit,
    /// Letters to confirm an address, by e-mail address or browser.
    pub resend: Limit,
    /// Letters to log in with, by e-mail address.
    pub log_in_link: Limit,
    /// Letters to change an e-mail address, by person.
    pub email_change: Limit,
    /// Letters of any kind, by network address.
    pub letters: Limit,
    /// New tokens for programs (`api_tokens`), by person.
    pub api_token_create: Limit,
}

impl Limits {
    pub fn new(clock: &Clock) -> Self {
        let limit = |name, most, within| Limit::new(name, most, within, clock);
        Self {
            login: limit("login", 10, MINUTE),
            login_account: limit("login_account", 50, HOUR),
            passwords: limit("passwords", 20, MINUTE),
            register: limit("register", 5, HOUR),
            reset_password: limit("reset_password", 3, MINUTE),
            resend: limit("resend", 3, 15 * MINUTE),
            log_in_link: limit("log_in_link", 3, 15 * MINUTE),
            email_change: limit("email_change", 5, HOUR),
            letters: limit("letters", 20, HOUR),
            api_token_create: limit("api_token_create", 20, HOUR),
        }
    }

    /// Forgets everybody who has not been counted for a while.
    pub fn forget_idle(&self) {
        for limit in [
            &self.login,
            &self.login_account,
            &self.passwords,
            &self.register,
            &self.reset_password,
            &self.resend,
            &self.log_in_link,
            &self.email_change,
            &self.letters,
            &self.api_token_create,
        ] {
            limit.counts.retain_recent();
        }
    }
}

/// So many within a time: all at once, or spread out (GCRA). Nothing but time gives a turn back, least of all success.
pub struct Limit {
    name: &'static str,
    most: u32,
    within: Duration,
    counts: RateLimiter<String, DashMapStateStore<String>, Clock, NoOpMiddleware<Duration>>,
    clock: Clock,
}

/// Too often. What the answer's headers need.
#[derive(thiserror::Error, Clone, Copy, Debug)]
#[error("too many tries: {name} allows {most}")]
pub struct Exceeded {
    pub name: &'static str,
    pub most: u32,
    pub within: Duration,
    pub retry_after: Duration,
}

impl Limit {
    fn new(name: &'static str, most: u32, within: Duration, clock: &Clock) -> Self {
        let burst = NonZeroU32::new(most).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(within / most.max(1)).unwrap_or(Quota::per_second(burst));
        let counts = RateLimiter::dashmap_with_clock(quota.allow_burst(burst), clock.clone());
        Self {
            name,
            most,
            within,
            counts,
            clock: clock.clone(),
        }
    }

    /// Counts one.
    ///
    /// # Errors
    /// [`Exceeded`] when there have been too many.
    pub fn count(&self, key: &str) -> Result<(), Exceeded> {
        self.counts
            .check_key(&key.to_owned())
            .map_err(|not_until| Exceeded {
                name: self.name,
                most: self.most,
                within: self.within,
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
