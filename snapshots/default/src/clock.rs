//! What time it is. Tests move it; nothing else asks the machine.

use std::time::{Duration, Instant};

use time::OffsetDateTime;

#[derive(Clone)]
pub struct Clock {
    started: Instant,
    #[cfg(test)]
    ahead: std::sync::Arc<std::sync::atomic::AtomicU64>,
    /// How many seconds the machine's clock was put back.
    #[cfg(test)]
    back: std::sync::Arc<std::sync::atomic::AtomicU64>,
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock {
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
            #[cfg(test)]
            ahead: std::sync::Arc::default(),
            #[cfg(test)]
            back: std::sync::Arc::default(),
        }
    }

    /// Now, in UTC and whole seconds: SQLite compares times as text, which is only right when all have the same number of digits.
    pub fn now(&self) -> OffsetDateTime {
        let now = OffsetDateTime::now_utc() + self.ahead() - self.back();
        now.replace_nanosecond(0).unwrap_or(now)
    }

    /// Time since the start. It never jumps, so it is what limits are counted with.
    pub fn uptime(&self) -> Duration {
        self.started.elapsed() + self.ahead()
    }

    #[cfg(not(test))]
    fn ahead(&self) -> Duration {
        Duration::ZERO
    }

    #[cfg(not(test))]
    fn back(&self) -> Duration {
        Duration::ZERO
    }

    #[cfg(test)]
    fn ahead(&self) -> Duration {
        Duration::from_secs(self.ahead.load(std::sync::atomic::Ordering::SeqCst))
    }

    #[cfg(test)]
    fn back(&self) -> Duration {
        Duration::from_secs(self.back.load(std::sync::atomic::Ordering::SeqCst))
    }

    /// Puts the machine's clock back, which no uptime notices.
    #[cfg(test)]
    pub fn put_back(&self, by: time::Duration) {
        let seconds = by.whole_seconds().unsigned_abs();
        self.back
            .fetch_add(seconds, std::sync::atomic::Ordering::SeqCst);
    }

    #[cfg(test)]
    pub fn advance(&self, by: time::Duration) {
        let seconds = by.whole_seconds().unsigned_abs();
        self.ahead
            .fetch_add(seconds, std::sync::atomic::Ordering::SeqCst);
    }
}
