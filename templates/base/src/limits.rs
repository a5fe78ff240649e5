//! Rate limits, counted in memory by this process.
//!
//! The key of a limit decides who shares it, and so who can be stopped by others. Other people's requests never stop a user
//! we know: what a session does is counted by session, a login from a known browser by account and browser. By network, or
//! by the email address that was typed, only anonymous requests are counted.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU32,
    time::Duration,
};

use governor::{Quota, RateLimiter, middleware::NoOpMiddleware, state::keyed::DashMapStateStore};
use ipnet::IpNet;

use crate::clock::Clock;

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
        }
    };
}

limits! {
    /// Logins from unknown browsers.
    login: NetworkLimit = 10 per MINUTE;
    /// The same, by the account's email: a brake on guessing one password from many networks.
    login_account: Limit = 50 per HOUR;
    /// Logins from a known browser, by account and browser.
    login_browser: Limit = 10 per MINUTE;
    /// Passwords typed while logged in (sudo, a new password), by session.
    session_password: Limit = 10 per MINUTE;
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
    /// Emails to confirm an address again, by email, or by the browser that registered.
    resend: Limit = 3 per 15 * MINUTE;
    /// Emails to confirm an email, of both kinds, by email or session.
    confirm_email_hourly: Limit = 12 per HOUR;
    /// Emails to reset a password, by email, session or known browser.
    reset_password: Limit = 3 per MINUTE;
    /// The same, in the long run.
    reset_password_hourly: Limit = 10 per HOUR;
    /// Emails to log in with, by email, session or known browser.
    log_in_link: Limit = 3 per 15 * MINUTE;
    /// Changes of email, by session.
    email_change: Limit = 5 per HOUR;
    /// Emails to a new address, by that address.
    email_change_address: Limit = 3 per 15 * MINUTE;
    /// Emails about a lockout.
    unlock_email: NetworkLimit = 20 per HOUR;
    //% if api
    /// New API tokens, by user.
    api_token_create: Limit = 20 per HOUR;
    //% endif
    //% if jwt
    /// Refresh tokens that are exchanged or revoked, by token family.
    refresh: Limit = 30 per MINUTE;
    /// Refresh tokens that do not exist.
    refresh_unknown: NetworkLimit = 60 per MINUTE;
    //% endif
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
}

/// A limit by network. A site has a /48 or a /56 of IPv6, a household a /64 or a /56, and each can use every address of it.
pub struct NetworkLimit([Counter<IpNet>; 3]);

/// The lengths of IPv6 prefixes that are counted, and how many times as much each allows: narrow ones first, so that what
/// one of them refuses takes nothing from its neighbours.
const PREFIXES: [(u8, u32); 3] = [(64, 1), (56, 4), (48, 32)];

impl NetworkLimit {
    fn new(rule: Rule, clock: &Clock) -> Self {
        Self(PREFIXES.map(|(_, times)| {
            let most = rule.most.saturating_mul(times);
            Counter::new(Rule { most, ..rule }, clock)
        }))
    }

    /// Counts one.
    ///
    /// # Errors
    /// [`Exceeded`] when there have been too many from this network.
    pub fn count(&self, network: Network) -> Result<(), Exceeded> {
        let counted = network.prefixes().into_iter().zip(&self.0);
        counted
            .filter_map(|(prefix, counter)| Some((prefix?, counter)))
            .try_for_each(|(prefix, counter)| counter.count(&prefix))
    }

    /// Counts one, and returns whether it is within the limit.
    pub fn allows(&self, network: Network) -> bool {
        allows(self.count(network))
    }

    fn forget_idle(&self) {
        for counter in &self.0 {
            counter.counts.retain_recent();
        }
    }
}

/// Where a request comes from, as [`NetworkLimit`] counts it. The default is this program itself, which nothing limits.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Network(Option<IpAddr>);

impl Network {
    /// IPv4 addresses that are written as IPv6 (`::ffff:192.0.2.1`) count as what they are. All requests whose address
    /// cannot be read are counted together.
    pub fn of(ip: Option<IpAddr>) -> Self {
        let ip = ip.unwrap_or(Ipv4Addr::UNSPECIFIED.into());
        Self(Some(ip.to_canonical()))
    }

    fn prefixes(self) -> [Option<IpNet>; 3] {
        let Some(ip) = self.0 else {
            return [None; 3];
        };
        if ip.is_ipv4() {
            return [Some(ip.into()), None, None];
        }
        PREFIXES.map(|(length, _)| Some(IpNet::new(ip, length).ok()?.trunc()))
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

impl<K: Hash + Eq + Clone> Counter<K> {
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
