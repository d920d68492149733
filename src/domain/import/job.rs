//! Import jobs, which run in the background.

use super::{ImportOptions, Mode};
use crate::domain::{Timestamp, audit::Author, id::ImportId, named_enum::named};

/// An import that runs in the background.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportJob {
    /// Its identifier.
    pub id: ImportId,
    /// The author of the import.
    pub author: Author,
    /// How.
    pub options: ImportOptions,
    /// Its state.
    pub state: JobState,
    /// The number of rows of the file.
    pub rows: u64,
    /// The number of processed rows.
    pub processed: u64,
    /// The outcomes of the rows so far.
    pub counts: ImportCounts,
    /// Why it failed.
    pub failure: Option<JobFailure>,
    /// When the file was received.
    pub created_at: Timestamp,
    /// When it started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// When it is deleted, with its report.
    pub expires_at: Timestamp,
}

impl ImportJob {
    /// Whether rows are written before all of them are planned.
    #[must_use]
    pub fn writes_incrementally(&self) -> bool {
        self.options.mode == Mode::RowByRow && !self.options.dry_run
    }

    /// Whether there are results of rows.
    #[must_use]
    pub fn has_report(&self) -> bool {
        match self.state {
            JobState::Succeeded | JobState::Failed => true,
            JobState::Cancelled | JobState::Running => self.writes_incrementally(),
            JobState::Receiving | JobState::Pending => false,
        }
    }
}

/// Why an import failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFailure {
    /// The kind of failure: a problem code of the API.
    pub code: String,
    /// The failure in a sentence, without a value of the file.
    pub detail: String,
}

/// The number of rows by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportCounts {
    /// All rows.
    pub rows: u64,
    /// Rows that created a user.
    pub created: u64,
    /// Rows that changed a user.
    pub changed: u64,
    /// Rows whose user already had their values.
    pub unchanged: u64,
    /// Rows whose user existed and was skipped.
    pub skipped: u64,
    /// Rows that could not be used.
    pub failed: u64,
    /// Rows that were not written, because other rows failed or the import ended early.
    pub not_written: u64,
    /// Results in the report.
    pub reported: u64,
    /// Results that the report leaves out.
    pub omitted: u64,
}

named! {
    /// The state of an import.
    JobState as "state of an import" {
        /// Its file is being uploaded.
        Receiving = "RECEIVING",
        /// It waits for its start.
        Pending = "PENDING",
        /// It is running.
        Running = "RUNNING",
        /// It has ended.
        Succeeded = "SUCCEEDED",
        /// It has ended, because of a failure.
        Failed = "FAILED",
        /// A caller has cancelled it.
        Cancelled = "CANCELLED",
    }
}

impl JobState {
    /// Whether it has ended.
    #[must_use]
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}
