//! Work that is done after the answer has been sent, on the database you already have (River).
//!
//! A job is a struct that can be stored, a name, and a `run`; it carries ids, never secrets. It is enqueued in the transaction
//! that causes it, so it happens if and only if that does. It may run twice after a crash, so it has to bear that.
//! To add one: a file here, a line in [`workers`], and for a clock a line in [`schedule`].

pub mod audit_cleanup;
pub mod cleanup_expired_tokens;
pub mod process_scheduled_deletions;
mod schedule;
pub mod send_letter;

use std::{future::Future, time::Duration};

use riverqueue::{
    BoxError, Client, ErrorHandler, ErrorHandlerDecision, Job, JobArgs, JobRow, MaintenanceConfig,
    QueueConfig, QueueListParams, Retention, RunHandle, WorkCancelled, WorkContext, WorkOutcome,
    WorkResult, Workers,
};

use crate::{
    app::App,
    db::{self, Pool, Tx},
};

/// A worker that has died is noticed after this long, and its jobs run again. Longer than any job may take.
const RESCUED_AFTER: Duration = Duration::from_mins(2);
const LONGEST_RUN: Duration = Duration::from_mins(1);
/// At a stop, jobs may finish for this long; then they are told to stop, and run again elsewhere.
const GRACE: Duration = Duration::from_secs(5);
const DAY: Duration = Duration::from_hours(24);

/// What every job can do.
pub trait Run: JobArgs + Send + Sync + 'static {
    /// How often it is tried at most, where that depends on what it carries.
    fn max_attempts(&self) -> Option<i32> {
        None
    }

    /// Runs the job. An error, or a panic, makes it run again later; `id` stays the same.
    fn run(self, app: &App, id: i64) -> impl Future<Output = anyhow::Result<()>> + Send;
}

fn workers(app: &App) -> anyhow::Result<Workers> {
    let mut workers = Workers::new();
    workers.add::<send_letter::SendLetter, _>(Worker(app.clone()))?;
    workers.add::<cleanup_expired_tokens::CleanupExpiredTokens, _>(Worker(app.clone()))?;
    workers.add::<audit_cleanup::AuditCleanup, _>(Worker(app.clone()))?;
    workers
        .add::<process_scheduled_deletions::ProcessScheduledDeletions, _>(Worker(app.clone()))?;
    Ok(workers)
}

/// Where jobs are put. It works none itself.
#[derive(Clone)]
pub struct Jobs(Client);

impl Jobs {
    pub fn new(db: &Pool) -> anyhow::Result<Self> {
        Ok(Self(
            Client::builder(db.clone())
                .fetch_cooldown(schedule::COOLDOWN)
                .build()?,
        ))
    }

    /// Enqueues a job with everything else that the transaction does.
    pub async fn enqueue<J: Run>(&self, tx: &mut Tx, job: J) -> anyhow::Result<()> {
        let mut opts = J::default_insert_opts();
        if let Some(most) = job.max_attempts() {
            opts = opts.with_max_attempts(most);
        }
        self.0.insert(job).opts(opts).tx(tx).await?;
        Ok(())
    }

    /// Whether the tables of the jobs answer.
    pub async fn can_be_reached(&self) -> bool {
        self.0
            .queues()
            .list(QueueListParams::default())
            .await
            .is_ok()
    }
}

/// Starts working jobs in this process. Dropping the handle stops them at once; `stop` lets them finish.
pub fn start(app: &App) -> anyhow::Result<RunHandle> {
    Ok(client(app)?.start()?)
}

fn client(app: &App) -> anyhow::Result<Client> {
    let maintenance = MaintenanceConfig::default()
        .with_rescue_after(RESCUED_AFTER)
        .with_completed_job_retention(Retention::DeleteAfter(7 * DAY))
        .with_discarded_job_retention(Retention::DeleteAfter(7 * DAY));
    let mut client = Client::builder(db::for_jobs(&app.db))
        .workers(workers(app)?)
        .queue("default", QueueConfig::new(10))
        .queue("mailers", QueueConfig::new(5))
        .queue("sigra_auth", QueueConfig::new(5))
        .queue("sigra_audit", QueueConfig::new(2))
        // During a deployment the old program must not take jobs that only the new one knows.
        .fetch_only_known_kinds(true)
        .fetch_cooldown(schedule::COOLDOWN)
        .job_timeout(LONGEST_RUN)
        .job_stuck_threshold(Duration::from_secs(3))
        .soft_stop_timeout(GRACE)
        .error_handler(LogFailures)
        .maintenance(maintenance);
    for job in schedule::periodic_jobs()? {
        client = client.periodic_job(job);
    }
    Ok(client.build()?)
}

struct Worker(App);

impl<J: Run> riverqueue::Worker<J> for Worker {
    type Error = BoxError;

    async fn work(&self, context: WorkContext, job: Job<J>) -> Result<WorkOutcome, BoxError> {
        tokio::select! {
            done = job.args.run(&self.0, job.row.id) => done.map(|()| WorkOutcome::Complete).map_err(Into::into),
            () = context.cancellation_token().cancelled() => Err(WorkCancelled.into()),
        }
    }
}

/// River keeps a job's errors in its row (`river_job`) and says nothing in the log.
struct LogFailures;

impl ErrorHandler for LogFailures {
    async fn handle_error(
        &self,
        _context: &WorkContext,
        job: &JobRow,
        _result: &WorkResult,
    ) -> Result<ErrorHandlerDecision, BoxError> {
        // Not the error itself: a mail server's answer names the person it is about.
        tracing::warn!(
            job.id,
            job.kind,
            job.attempt,
            "a job has failed; river_job.errors says why"
        );
        Ok(ErrorHandlerDecision::Continue)
    }
}
