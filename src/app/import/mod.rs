//! Imports of users: atomic, or row by row.
//!
//! The rows are planned in read transactions, so that no writer waits, and then
//! written: row by row in many small transactions, or all in one.

mod chunks;
pub mod jobs;
pub(super) mod limits;
mod report;
pub mod worker;

use std::{collections::HashSet, time::Instant};

pub use crate::domain::import::ImportCounts;
pub use chunks::{ImportRow, ImportRows};
pub use limits::{MAX_ATOMIC_USERS_ON_SQLITE, MAX_ROWS};
pub use report::{ImportRunReport, MAX_RESULTS, RowOutcome, RowResult};

use self::chunks::{Chunk, Chunks};
use super::{
    App, Error,
    rejection::Rejection,
    retry::{is_conflict, retry},
    users::{
        self, Batch, ExistingUserPolicy, PendingChanges, PlannedUser, StagingOptions,
        StagingOutcome,
    },
};
use crate::{
    domain::{
        audit::{Author, Via},
        field_error::FieldError,
        id::UserId,
        import::{ImportOptions, Mode, OnExisting},
        user_patch::ParsedUser,
    },
    store::Tx,
};

/// A source of rows.
pub trait RowSource {
    /// Returns the rows from the beginning. They are read more than once.
    ///
    /// # Errors
    /// [`Error::Invalid`] if they are not rows of users; if they can't be read.
    fn rows(&self) -> Result<ImportRows<'_>, Error>;
}

/// Observes the progress of an import.
pub trait ImportObserver {
    /// Reports the number of planned rows. They are written only when
    /// [`ImportObserver::before_commit`] was called. Called outside of any transaction.
    ///
    /// # Errors
    /// If the import must stop.
    fn on_progress(&mut self, rows: u64) -> Result<(), Error> {
        let _ = rows;
        Ok(())
    }

    /// Writes records of the observer in this transaction, which may be retried.
    ///
    /// # Errors
    /// If the import must stop: the transaction is rolled back.
    fn before_commit(&mut self, tx: &mut Tx<'_>, step: &ImportStep<'_>) -> Result<(), Error> {
        let _ = (tx, step);
        Ok(())
    }

    /// Whether the observer stores the results of each [`ImportStep`], so that the report
    /// leaves them out.
    fn stores_results(&self) -> bool {
        false
    }
}

/// An observer that does nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl ImportObserver for NoObserver {}

/// One transaction of an import.
#[derive(Debug, Clone, Copy)]
pub struct ImportStep<'a> {
    /// The counts of all rows so far.
    pub counts: &'a ImportCounts,
    /// The results of the rows of this transaction.
    pub results: &'a [RowResult],
}

/// An import.
pub struct Import<'a> {
    app: &'a App,
    author: Author,
    options: &'a ImportOptions,
    source: &'a dyn RowSource,
}

/// The plan of all rows of an import.
struct AtomicPlan<'a> {
    counts: ImportCounts,
    results: Vec<RowResult>,
    /// None if nothing will be written.
    batches: Vec<Batch<'a>>,
    created: HashSet<UserId>,
}

/// Counts the rows of a file.
///
/// # Errors
/// [`Error::Invalid`] if the file is not one of users or has too many rows.
pub fn count_rows(source: &dyn RowSource) -> Result<u64, Error> {
    let mut count = 0;
    for row in source.rows()? {
        row?;
        count += 1;
        if count > u64::from(MAX_ROWS) {
            let reason = format!("must be at most {MAX_ROWS}: split the file");
            return Err(FieldError::new("rows", "", reason).into());
        }
    }
    Ok(count)
}

impl<'a> Import<'a> {
    /// An import of a file by an author. If missing teams are created, the author has the
    /// scope `teams:write`.
    pub fn new(
        app: &'a App,
        author: &Author,
        options: &'a ImportOptions,
        source: &'a dyn RowSource,
    ) -> Self {
        let author = Author { via: Via::Import, ..author.clone() };
        Self { app, author, options, source }
    }

    /// Imports the users of a file, or plans the import in a dry run.
    ///
    /// Only a few hundred rows are in memory at a time. An atomic import also
    /// holds its whole plan.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the file does not hold users or has too many rows:
    /// nothing was written. If the database fails row by row, or the author is no
    /// longer authorized ([`Error::Revoked`]), the written rows remain: the same
    /// file can be sent again. [`Error::Rejected`] if an atomic import is too large.
    pub fn run(&self, watch: &mut dyn ImportObserver) -> Result<ImportRunReport, Error> {
        count_rows(self.source)?;
        self.resume(ImportCounts::default(), watch)
    }

    /// Resumes an import of which some rows were written.
    ///
    /// # Errors
    /// As [`Import::run`].
    pub fn resume(
        &self,
        before: ImportCounts,
        watch: &mut dyn ImportObserver,
    ) -> Result<ImportRunReport, Error> {
        match self.options.mode {
            Mode::RowByRow if !self.options.dry_run => self.run_in_chunks(before, watch),
            Mode::Atomic | Mode::RowByRow => self.run_in_one_transaction(watch),
        }
    }

    /// Plans all rows, and writes them in one transaction if no row fails.
    fn run_in_one_transaction(
        &self,
        watch: &mut dyn ImportObserver,
    ) -> Result<ImportRunReport, Error> {
        let staging = self.staging();
        retry(is_retryable, || {
            let AtomicPlan { counts, results, batches, created } =
                self.plan_all(&staging, watch)?;
            let rejected = counts.failed > 0 && self.options.mode == Mode::Atomic;
            if self.options.dry_run || rejected {
                let dry_run = self.options.dry_run;
                return Ok(ImportRunReport::not_written(dry_run, counts, results, &created));
            }
            self.check_size(&counts)?;
            let step = ImportStep { counts: &counts, results: &results };
            self.write_all(&batches, &step, watch)?;
            Ok(ImportRunReport::committed(counts, results))
        })
    }

    /// Writes all in one transaction. Gives it up if it keeps the one writer of an
    /// embedded database for too long: on a slow machine, also few rows do.
    fn write_all(
        &self,
        batches: &[Batch<'_>],
        step: &ImportStep<'_>,
        watch: &mut dyn ImportObserver,
    ) -> Result<(), Error> {
        let limit = self.app.db.writer_limit();
        self.app.write_long_as(&self.author, |tx| {
            let started = Instant::now();
            watch.before_commit(tx, step)?;
            batches.iter().try_for_each(|batch| batch.lock_definitions(tx))?;
            batches.iter().try_for_each(|batch| {
                if limit.is_some_and(|limit| started.elapsed() > limit) {
                    return Err(Error::Rejected(Rejection::ImportTooSlow));
                }
                batch.write(tx)
            })
        })
    }

    /// Rejects what would hold the one writer of an embedded database for longer
    /// than logins may wait.
    fn check_size(&self, counts: &ImportCounts) -> Result<(), Error> {
        let ImportCounts { created, changed, .. } = *counts;
        let size = created.saturating_add(changed.saturating_mul(2));
        if self.app.db.is_embedded() && size > MAX_ATOMIC_USERS_ON_SQLITE {
            return Err(Error::Rejected(Rejection::ImportTooLarge { created, changed }));
        }
        Ok(())
    }

    /// Plans all rows in one snapshot of the database, so that a team that another
    /// request creates meanwhile does not change the plan halfway.
    fn plan_all<'s>(
        &self,
        staging: &'s StagingOptions<'s>,
        watch: &mut dyn ImportObserver,
    ) -> Result<AtomicPlan<'s>, Error> {
        self.app.db.read(|tx| self.plan_all_in(tx, staging, watch))
    }

    fn plan_all_in<'s>(
        &self,
        tx: &mut Tx<'_>,
        staging: &'s StagingOptions<'s>,
        watch: &mut dyn ImportObserver,
    ) -> Result<AtomicPlan<'s>, Error> {
        let mut plan = AtomicPlan {
            counts: ImportCounts::default(),
            results: Vec::new(),
            batches: Vec::new(),
            created: HashSet::new(),
        };
        let mut earlier = PendingChanges::new(MAX_ROWS);
        let mut chunks = Chunks::new(self.source.rows()?);
        while let Some(chunk) = chunks.next()? {
            let (planned, batch) = users::plan(tx, staging, &chunk.users, &mut earlier)?;
            plan.created.extend(planned.iter().filter_map(|planned| match &planned.staged {
                StagingOutcome::Created(user) => Some(user.id),
                _ => None,
            }));
            plan.results.extend(plan.counts.add(self.options, &chunk.rows, planned));
            if self.options.dry_run || plan.counts.failed > 0 {
                plan.batches = Vec::new();
            } else {
                plan.batches.push(batch);
            }
            watch.on_progress(plan.counts.rows)?;
        }
        Ok(plan)
    }

    /// Writes some rows in each transaction. Rows that fail are left out.
    fn run_in_chunks(
        &self,
        before: ImportCounts,
        watch: &mut dyn ImportObserver,
    ) -> Result<ImportRunReport, Error> {
        let mut counts = before;
        let mut results = Vec::new();
        let mut chunks = Chunks::new(self.source.rows()?);
        chunks.skip(before.rows)?;
        while let Some(chunk) = chunks.next()? {
            let chunk_results = self.write_chunk(chunk, &mut counts, watch)?;
            if !watch.stores_results() {
                results.extend(chunk_results);
            }
            watch.on_progress(counts.rows)?;
        }
        Ok(ImportRunReport::committed(counts, results))
    }

    /// Plans some rows by reading, writes them in a transaction of their own,
    /// and once more after a conflict with another transaction.
    fn write_chunk(
        &self,
        chunk: Chunk,
        counts: &mut ImportCounts,
        watch: &mut dyn ImportObserver,
    ) -> Result<Vec<RowResult>, Error> {
        let staging = self.staging();
        retry(is_retryable, || {
            let mut earlier = PendingChanges::new(chunk.max_changes());
            let (planned, batch) = self.plan(&staging, &chunk.users, &mut earlier)?;
            let mut after = *counts;
            let results = after.add(self.options, &chunk.rows, planned);
            let step = ImportStep { counts: &after, results: &results };
            self.app.write_long_as(&self.author, |tx| {
                watch.before_commit(tx, &step)?;
                batch.write(tx)
            })?;
            *counts = after;
            Ok(results)
        })
    }

    fn plan<'s>(
        &self,
        staging: &'s StagingOptions<'s>,
        users: &[ParsedUser],
        earlier: &mut PendingChanges,
    ) -> Result<(Vec<PlannedUser>, Batch<'s>), Error> {
        self.app.db.read(|tx| users::plan(tx, staging, users, earlier))
    }

    fn staging(&self) -> StagingOptions<'_> {
        StagingOptions {
            author: &self.author,
            now: self.app.now(),
            on_existing: match self.options.on_existing {
                OnExisting::Fail => ExistingUserPolicy::Keep,
                OnExisting::Skip => ExistingUserPolicy::Skip,
                OnExisting::Update => ExistingUserPolicy::Update,
            },
            create_missing_teams: self.options.create_missing_teams,
        }
    }
}

/// Whether the transaction lost a race and the rows must be planned again.
fn is_retryable(error: &Error) -> bool {
    is_conflict(error) || matches!(error, Error::Rejected(Rejection::LastAdmin { .. }))
}
