//! The worker that runs import jobs.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use uuid::Uuid;

use super::{
    Import, ImportObserver, ImportStep, RowResult,
    jobs::{FileFormat, JOB_RETENTION, JobFile, results_seal_context},
};
use crate::{
    app::{App, Error, random},
    domain::{
        id::ImportId,
        import::{ImportCounts, ImportJob, JobFailure, JobState},
    },
    store::{ImportLease, Tx},
};

/// The duration of a lease on an import.
const LEASE_DURATION: TimeDelta = TimeDelta::seconds(60);

/// The minimum interval between renewals of the lease.
const RENEWAL_INTERVAL: Duration = Duration::from_secs(1);

/// The number of results per stored part.
const RESULTS_PER_PART: usize = 1_000;

/// Runs the next waiting import until it ends, is cancelled, or `stop` is set.
/// Returns whether there was one.
///
/// # Errors
/// If the database fails. The import resumes when the database is available.
pub fn run_next(app: &App, format: &dyn FileFormat, stop: &AtomicBool) -> Result<bool, Error> {
    let now = app.now();
    if !app.db.read(|tx| tx.has_runnable_import(now).map_err(Error::from))? {
        return Ok(false);
    }
    let holder = random::generate_id(ImportId::new, now)?.as_uuid();
    let claimed = app
        .db
        .write(|tx| tx.claim_import(holder, now, now + LEASE_DURATION).map_err(Error::from))?;
    let Some(job) = claimed else { return Ok(false) };
    Worker::new(app, format, stop, job, holder).run()?;
    Ok(true)
}

/// A process that runs an import.
struct Worker<'a> {
    app: &'a App,
    format: &'a dyn FileFormat,
    stop: &'a AtomicBool,
    job: ImportJob,
    lease: ImportLease,
    renewed: Instant,
    /// The reason to stop, if there is one.
    halt_reason: Option<HaltReason>,
}

/// The reason why an import is not continued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HaltReason {
    /// It was cancelled, or another process holds it.
    Lost,
    /// This process stops.
    Stopped,
}

impl<'a> Worker<'a> {
    fn new(
        app: &'a App,
        format: &'a dyn FileFormat,
        stop: &'a AtomicBool,
        job: ImportJob,
        holder: Uuid,
    ) -> Self {
        let lease = ImportLease { account: job.author.account, job: job.id, holder };
        Self { app, format, stop, job, lease, renewed: Instant::now(), halt_reason: None }
    }

    fn run(mut self) -> Result<(), Error> {
        let (app, author, options) = (self.app, self.job.author.clone(), self.job.options);
        let source = JobFile { app, format: self.format, job: self.job.id, options };
        let import = Import::new(app, &author, &options, &source);
        let before = self.job.counts;
        // The first renewal checks that the author is still authorized.
        let report = self.renew(before.rows).and_then(|()| import.resume(before, &mut self));
        match (report, self.halt_reason) {
            (_, Some(HaltReason::Lost)) => Ok(()),
            (_, Some(HaltReason::Stopped)) => self.release_lease(),
            (Ok(report), None) if report.committed && self.ends_in_write_transaction() => Ok(()),
            (Ok(report), None) => {
                let failure = report.is_rejected().then(|| JobFailure {
                    code: "import_failed".into(),
                    detail: format!(
                        "{} of {} rows can't be used, so nothing was written",
                        report.counts.failed, report.counts.rows
                    ),
                });
                self.finish(report.counts, report.results, failure)
            }
            // The import resumes when the lease expires.
            (Err(error @ (Error::Busy(_) | Error::Unavailable(_))), None) => Err(error),
            (Err(error), None) => self.fail(&error),
        }
    }

    /// Whether the end of the import is written with the users themselves.
    fn ends_in_write_transaction(&self) -> bool {
        !self.job.writes_incrementally()
    }

    fn fail(&self, error: &Error) -> Result<(), Error> {
        let code = match error {
            Error::Revoked => "invalid_key",
            Error::NotAdmin(_) => "not_admin",
            Error::Invalid(_) => "invalid",
            Error::Rejected(rejection) => rejection.code(),
            _ => "internal",
        };
        let detail = if code == "internal" {
            tracing::error!(import = %self.job.id, %error, cause = ?std::error::Error::source(error), "an import failed");
            "An internal error occurred. The log has the details, with the ID of the import".into()
        } else if code == "invalid" {
            "The stored file can't be read any more: send the file again".into()
        } else if let Error::Rejected(rejection) = error {
            rejection.to_string()
        } else {
            format!("Rows that were not processed yet were not imported: {error}")
        };
        let (id, account) = (self.job.id, self.job.author.account);
        let now = self.app.db.read(|tx| tx.import_job(account, id).map_err(Error::from))?;
        let mut counts = now.map(|job| job.counts).unwrap_or_default();
        // Rows that were not processed were not written.
        counts.not_written += self.job.rows.saturating_sub(counts.rows);
        counts.rows = self.job.rows.max(counts.rows);
        self.finish(counts, Vec::new(), Some(JobFailure { code: code.into(), detail }))
    }

    /// Ends the import, if this process still has the lease.
    fn finish(
        &self,
        counts: ImportCounts,
        results: Vec<RowResult>,
        failure: Option<JobFailure>,
    ) -> Result<(), Error> {
        let finished = self.finished_job(counts, failure);
        let pieces = self.seal_results(results)?;
        self.app.db.write(|tx| {
            if tx.end_import(&self.lease, &finished)? {
                for (number, sealed) in &pieces {
                    tx.insert_import_results(self.job.id, *number, sealed)?;
                }
            }
            Ok(())
        })
    }

    fn finished_job(&self, counts: ImportCounts, failure: Option<JobFailure>) -> ImportJob {
        let now = self.app.now();
        ImportJob {
            state: if failure.is_some() { JobState::Failed } else { JobState::Succeeded },
            processed: counts.rows,
            counts,
            failure,
            finished_at: Some(now),
            expires_at: now + JOB_RETENTION,
            ..self.job.clone()
        }
    }

    fn release_lease(&self) -> Result<(), Error> {
        let expired = self.app.now() - TimeDelta::seconds(1);
        let processed = self.job.processed;
        self.app.db.write(|tx| {
            tx.advance_import(&self.lease, expired, processed, None).map(drop).map_err(Error::from)
        })
    }

    /// Results, sealed, each piece with the number of its first row.
    fn seal_results(&self, results: Vec<RowResult>) -> Result<Vec<(i64, Vec<u8>)>, Error> {
        let mut pieces = Vec::new();
        for part in results.chunks(RESULTS_PER_PART) {
            let Some(first) = part.first() else { continue };
            let number = i64::try_from(first.row).unwrap_or(i64::MAX);
            let bytes = self.format.write(part.to_vec())?;
            let context = results_seal_context(self.job.id, number);
            pieces.push((number, self.app.sealer.seal(&context, &bytes)?));
        }
        Ok(pieces)
    }

    /// Renews the lease, and records the progress.
    fn renew(&mut self, rows: u64) -> Result<(), Error> {
        self.renewed = Instant::now();
        let until = self.app.now() + LEASE_DURATION;
        let lease = self.lease;
        let current = self.app.write_as(&self.job.author, |tx| {
            Ok::<_, Error>(tx.advance_import(&lease, until, rows, None)?)
        })?;
        if current { Ok(()) } else { Err(self.halt(HaltReason::Lost)) }
    }

    /// The error that stops the import.
    fn halt(&mut self, reason: HaltReason) -> Error {
        self.halt_reason = Some(reason);
        Error::internal("an import that must not go on", format!("{reason:?}"))
    }
}

impl ImportObserver for Worker<'_> {
    fn on_progress(&mut self, rows: u64) -> Result<(), Error> {
        self.job.processed = rows;
        if self.stop.load(Ordering::Relaxed) {
            return Err(self.halt(HaltReason::Stopped));
        }
        if self.renewed.elapsed() < RENEWAL_INTERVAL { Ok(()) } else { self.renew(rows) }
    }

    fn before_commit(&mut self, tx: &mut Tx<'_>, step: &ImportStep<'_>) -> Result<(), Error> {
        let pieces = self.seal_results(step.results.to_vec())?;
        let current = if self.ends_in_write_transaction() {
            tx.end_import(&self.lease, &self.finished_job(*step.counts, None))?
        } else {
            let until = self.app.now() + LEASE_DURATION;
            tx.advance_import(&self.lease, until, step.counts.rows, Some(step.counts))?
        };
        if !current {
            return Err(self.halt(HaltReason::Lost));
        }
        for (number, sealed) in &pieces {
            tx.insert_import_results(self.job.id, *number, sealed)?;
        }
        Ok(())
    }

    fn stores_results(&self) -> bool {
        true
    }
}
