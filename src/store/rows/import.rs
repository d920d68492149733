use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{into_string, into_timestamp, json, text_value};
use crate::{
    domain::{
        audit::Author,
        id::ImportId,
        import::{ImportCounts, ImportJob, ImportOptions, JobFailure},
    },
    store::{
        error::{RowRef, StoreError},
        rows::audit::{actor_columns, read_actor},
        schema::import_jobs,
        sql::{JsonText, SqlTimestamp, TextValue, UuidValue},
    },
};

/// An import without its lease, which is never read.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = import_jobs, treat_none_as_default_value = false)]
pub(crate) struct ImportJobRow {
    id: UuidValue,
    account_id: UuidValue,
    actor: TextValue,
    actor_id: Option<UuidValue>,
    request_id: Option<TextValue>,
    options: JsonText,
    state: TextValue,
    row_count: i64,
    processed: i64,
    counts: JsonText,
    failure_code: Option<TextValue>,
    failure_detail: Option<TextValue>,
    created_at: SqlTimestamp,
    started_at: Option<SqlTimestamp>,
    finished_at: Option<SqlTimestamp>,
    expires_at: SqlTimestamp,
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

/// Counts as a column holds them.
pub(crate) fn counts_column(counts: &ImportCounts) -> Result<JsonText, StoreError> {
    json::write(&StoredCounts(*counts))
}

/// A number as a column holds it.
pub(crate) fn count_column(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl TryFrom<&ImportJob> for ImportJobRow {
    type Error = StoreError;

    fn try_from(job: &ImportJob) -> Result<Self, StoreError> {
        let ImportJob {
            id,
            author: Author { account, actor, via: _, request },
            options,
            state,
            rows,
            processed,
            counts,
            failure,
            created_at,
            started_at,
            finished_at,
            expires_at,
        } = job;
        let ImportOptions {
            format,
            charset,
            mode,
            dry_run,
            create_missing_teams,
            on_existing,
            results,
        } = *options;
        let options = OptionsJson {
            format: format.as_str().to_owned(),
            charset: charset.name(),
            mode: mode.as_str().to_owned(),
            dry_run,
            create_missing_teams,
            on_existing: on_existing.as_str().to_owned(),
            results: results.as_str().to_owned(),
        };
        let (kind, actor_id) = actor_columns(*actor);
        Ok(Self {
            id: id.as_uuid().into(),
            account_id: account.as_uuid().into(),
            actor: kind,
            actor_id,
            request_id: text_value(request.as_ref()),
            options: json::write(&options)?,
            state: TextValue::new(state.as_str()),
            row_count: count_column(*rows),
            processed: count_column(*processed),
            counts: counts_column(counts)?,
            failure_code: text_value(failure.as_ref().map(|failure| &failure.code)),
            failure_detail: text_value(failure.as_ref().map(|failure| &failure.detail)),
            created_at: SqlTimestamp(*created_at),
            started_at: started_at.map(SqlTimestamp),
            finished_at: finished_at.map(SqlTimestamp),
            expires_at: SqlTimestamp(*expires_at),
        })
    }
}

impl TryFrom<ImportJobRow> for ImportJob {
    type Error = StoreError;

    fn try_from(row: ImportJobRow) -> Result<Self, StoreError> {
        let ImportJobRow {
            id,
            account_id,
            actor,
            actor_id,
            request_id,
            options,
            state,
            row_count,
            processed,
            counts,
            failure_code,
            failure_detail,
            created_at,
            started_at,
            finished_at,
            expires_at,
        } = row;
        let row_ref = RowRef { table: "import_jobs", id: ImportId::from(id.0) };
        let options: OptionsJson = json::read(&row_ref, "options", &options)?;
        let StoredCounts(counts) = json::read(&row_ref, "counts", &counts)?;
        let actor = read_actor(&actor, actor_id).ok_or_else(|| row_ref.corrupt("actor is none"))?;
        let count = |count: i64| u64::try_from(count).unwrap_or_default();
        let code = into_string(failure_code);
        Ok(Self {
            id: row_ref.id,
            author: Author::new(account_id.0.into(), actor, into_string(request_id)),
            options: ImportOptions {
                format: row_ref.parse("format", &options.format)?,
                charset: row_ref.parse("charset", &options.charset)?,
                mode: row_ref.parse("mode", &options.mode)?,
                dry_run: options.dry_run,
                create_missing_teams: options.create_missing_teams,
                on_existing: row_ref.parse("on_existing", &options.on_existing)?,
                results: row_ref.parse("results", &options.results)?,
            },
            state: row_ref.parse("state", &state.0)?,
            rows: count(row_count),
            processed: count(processed),
            counts,
            failure: code.map(|code| JobFailure {
                code,
                detail: into_string(failure_detail).unwrap_or_default(),
            }),
            created_at: created_at.0,
            started_at: into_timestamp(started_at),
            finished_at: into_timestamp(finished_at),
            expires_at: expires_at.0,
        })
    }
}
