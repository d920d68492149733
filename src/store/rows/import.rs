use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    audit::read_actor,
    into_string, json,
    row::{row, stored_as},
    text_value,
};
use crate::{
    domain::{
        audit::Author,
        import::{ImportCounts, ImportJob, ImportOptions, JobFailure},
    },
    store::{
        error::{RowRef, StoreError},
        schema::import_jobs,
        sql::{JsonText, SqlTimestamp, TextValue, UuidValue},
    },
};

row! {
    /// An import without its lease, which is never read.
    ImportJobRow in import_jobs by id {
        id: UuidValue = id,
        options: JsonText = options,
        state: TextValue = state,
        row_count: i64 = rows,
        processed: i64 = processed,
        counts: JsonText = counts,
        created_at: SqlTimestamp = created_at,
        started_at: Option<SqlTimestamp> = started_at,
        finished_at: Option<SqlTimestamp> = finished_at,
        expires_at: SqlTimestamp = expires_at,
    }
    derived |job| {
        account_id: UuidValue = job.author.account.as_uuid().into(),
        actor: TextValue = TextValue::new(job.author.actor.kind()),
        actor_id: Option<UuidValue> = job.author.actor.id().map(UuidValue),
        request_id: Option<TextValue> = text_value(job.author.request.as_ref()),
        failure_code: Option<TextValue> = text_value(failure.as_ref().map(|it| &it.code)),
        failure_detail: Option<TextValue> = text_value(failure.as_ref().map(|it| &it.detail)),
    }
    read |row, row_ref| {
        let actor = read_actor(&row_ref, &row.actor, row.actor_id)?;
        let author = Author::new(row.account_id.0.into(), actor, into_string(row.request_id));
        let detail = into_string(row.failure_detail).unwrap_or_default();
        let failure = row.failure_code.map(|code| JobFailure { code: code.0, detail });
    }
    ImportJob {
        id, author, options, state, rows, processed, counts, failure, created_at, started_at,
        finished_at, expires_at,
    }
}

/// The changed columns of an import that ends.
#[derive(AsChangeset)]
#[diesel(table_name = import_jobs, treat_none_as_null = true)]
pub(crate) struct ImportEndRow {
    state: TextValue,
    processed: i64,
    counts: JsonText,
    failure_code: Option<TextValue>,
    failure_detail: Option<TextValue>,
    finished_at: Option<SqlTimestamp>,
    expires_at: SqlTimestamp,
    lease_holder: Option<UuidValue>,
    lease_until: Option<SqlTimestamp>,
}

impl TryFrom<&ImportJob> for ImportEndRow {
    type Error = StoreError;

    fn try_from(job: &ImportJob) -> Result<Self, StoreError> {
        let row = ImportJobRow::try_from(job)?;
        Ok(Self {
            state: row.state,
            processed: row.processed,
            counts: row.counts,
            failure_code: row.failure_code,
            failure_detail: row.failure_detail,
            finished_at: row.finished_at,
            expires_at: row.expires_at,
            lease_holder: None,
            lease_until: None,
        })
    }
}

/// Options as they are stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionsJson {
    format: String,
    charset: String,
    mode: String,
    dry_run: bool,
    create_missing_teams: bool,
    on_existing: String,
    results: String,
}

/// Counts as they are stored.
#[derive(Serialize, Deserialize)]
struct StoredCounts(#[serde(with = "CountsJson")] ImportCounts);

#[derive(Serialize, Deserialize)]
#[serde(remote = "ImportCounts", deny_unknown_fields)]
struct CountsJson {
    rows: u64,
    created: u64,
    changed: u64,
    unchanged: u64,
    skipped: u64,
    failed: u64,
    not_written: u64,
    reported: u64,
    omitted: u64,
}

stored_as! {
    ImportCounts as JsonText:
        |counts| json::write(&StoredCounts(*counts))?,
        |stored, row_ref, column| json::read::<StoredCounts>(row_ref, column, &stored)?.0;
    ImportOptions as JsonText:
        |options| json::write(&OptionsJson::from(*options))?,
        |stored, row_ref, column| {
            let options: OptionsJson = json::read(row_ref, column, &stored)?;
            ImportOptions {
                format: row_ref.parse("format", &options.format)?,
                charset: row_ref.parse("charset", &options.charset)?,
                mode: row_ref.parse("mode", &options.mode)?,
                dry_run: options.dry_run,
                create_missing_teams: options.create_missing_teams,
                on_existing: row_ref.parse("on_existing", &options.on_existing)?,
                results: row_ref.parse("results", &options.results)?,
            }
        };
}

impl From<ImportOptions> for OptionsJson {
    fn from(options: ImportOptions) -> Self {
        let ImportOptions {
            format,
            charset,
            mode,
            dry_run,
            create_missing_teams,
            on_existing,
            results,
        } = options;
        Self {
            format: format.as_str().to_owned(),
            charset: charset.name(),
            mode: mode.as_str().to_owned(),
            dry_run,
            create_missing_teams,
            on_existing: on_existing.as_str().to_owned(),
            results: results.as_str().to_owned(),
        }
    }
}
