//! What runs by the clock, in UTC, once however many processes there are.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use riverqueue::{
    CronSchedule, CronTimeZone, InsertOpts, JobArgs, JobState, PeriodicJob, PeriodicJobOpts,
    PeriodicSchedule, UniqueOpts,
    jiff::{SignedDuration, Timestamp},
};

use super::{
    audit_cleanup::AuditCleanup, cleanup_expired_tokens::CleanupExpiredTokens,
    process_scheduled_deletions::ProcessScheduledDeletions,
};

/// The least time between two looks for jobs, however many notices of new ones come.
pub const COOLDOWN: Duration = Duration::from_millis(10);

pub fn periodic_jobs() -> anyhow::Result<Vec<PeriodicJob>> {
    let half_a_day = SignedDuration::from_hours(12);
    Ok(vec![
        periodic("0 3 * * *", half_a_day, CleanupExpiredTokens {})?,
        periodic("0 4 * * *", half_a_day, AuditCleanup {})?,
        periodic(
            "*/15 * * * *",
            SignedDuration::from_mins(15),
            ProcessScheduledDeletions {},
        )?,
    ])
}

/// A job by the clock. `back` is how long a tick that was missed is still made up for.
fn periodic<J: JobArgs + Clone>(
    cron: &str,
    back: SignedDuration,
    job: J,
) -> anyhow::Result<PeriodicJob> {
    #[cfg(test)]
    tests::LISTED.with_borrow_mut(|listed| listed.push((J::KIND, cron.to_owned(), back)));
    Ok(PeriodicJob::conditional_with_options(
        CatchUp::new(cron, back)?,
        move || Some((job.clone(), once_per_tick())),
        PeriodicJobOpts::new().with_id(J::KIND),
    ))
}

/// A tick is worked once, also when the process that enqueued it dies and another one takes over.
fn once_per_tick() -> InsertOpts {
    let unique = UniqueOpts::new()
        .with_by_period(Duration::from_mins(1))
        .with_by_state(JobState::ALL.iter().copied());
    InsertOpts::default().with_unique(unique)
}

/// A cron schedule that makes up for the latest tick it has missed: nobody was the leader, or the whole app was down.
struct CatchUp {
    cron: CronSchedule,
    /// How far back to look. Less than the days that finished jobs are kept, or a tick could run twice.
    back: SignedDuration,
    /// The tick given last, in microseconds: a question from another moment comes from a new leader.
    last: AtomicI64,
}

impl CatchUp {
    fn new(cron: &str, back: SignedDuration) -> anyhow::Result<Self> {
        Ok(Self {
            cron: CronSchedule::parse(cron)?.with_time_zone(CronTimeZone::Utc),
            back,
            last: AtomicI64::new(0),
        })
    }

    fn latest_missed(&self, now: Timestamp) -> Option<Timestamp> {
        let mut tick = self.cron.next(now - self.back)?;
        while let Some(next) = self.cron.next(tick).filter(|next| *next <= now) {
            tick = next;
        }
        Some(tick)
    }
}

impl PeriodicSchedule for CatchUp {
    fn next(&self, current: Timestamp) -> Option<Timestamp> {
        let is_going_on = current.as_microsecond() == self.last.load(Ordering::SeqCst);
        let tick = match is_going_on {
            true => self.cron.next(current)?,
            false => self.latest_missed(current)?,
        };
        self.last.store(tick.as_microsecond(), Ordering::SeqCst);
        Some(tick)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    thread_local! {
        /// What [`periodic`] was called with.
        pub static LISTED: RefCell<Vec<(&'static str, String, SignedDuration)>> =
            const { RefCell::new(Vec::new()) };
    }

    #[test]
    fn sec_job_03_the_schedule_is_this_one() {
        periodic_jobs().unwrap();
        let listed = LISTED.take().into_iter();
        let listed = listed.map(|(kind, cron, back)| (kind, cron, back.as_mins()));
        let expected = [
            ("cleanup_expired_tokens", "0 3 * * *".to_owned(), 720),
            ("audit_cleanup", "0 4 * * *".to_owned(), 720),
            ("process_scheduled_deletions", "*/15 * * * *".to_owned(), 15),
        ];
        assert_eq!(listed.collect::<Vec<_>>(), expected);
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn nightly() -> CatchUp {
        CatchUp::new("0 3 * * *", SignedDuration::from_hours(12)).unwrap()
    }

    #[test]
    fn sec_job_03_a_tick_that_was_missed_is_made_up_for() {
        assert_eq!(
            nightly().next(at("2026-11-23T07:30:00Z")),
            Some(at("2026-11-23T03:00:00Z"))
        );
    }

    #[test]
    fn sec_job_03_after_a_tick_comes_the_next_one() {
        let schedule = nightly();
        let first = schedule.next(at("2026-11-23T07:30:00Z")).unwrap();
        assert_eq!(schedule.next(first), Some(at("2026-11-24T03:00:00Z")));
    }

    #[test]
    fn sec_job_03_a_tick_long_missed_is_left_for_the_next_one() {
        assert_eq!(
            nightly().next(at("2026-11-23T23:00:00Z")),
            Some(at("2026-11-24T03:00:00Z"))
        );
    }
}
