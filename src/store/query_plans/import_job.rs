//! An import, for the queries that take one.

use crate::domain::{
    Timestamp,
    audit::Author,
    id::{AccountId, ImportId},
    import::{Format, ImportCounts, ImportJob, ImportOptions, JobState},
};

pub(super) fn import_job(account: AccountId, id: ImportId) -> ImportJob {
    ImportJob {
        id,
        author: Author::command_line(account),
        options: ImportOptions::new(Format::Csv),
        state: JobState::Succeeded,
        rows: 0,
        processed: 0,
        counts: ImportCounts::default(),
        failure: None,
        created_at: Timestamp::UNIX_EPOCH,
        started_at: None,
        finished_at: None,
        expires_at: Timestamp::UNIX_EPOCH,
    }
}
