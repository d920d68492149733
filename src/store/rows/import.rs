use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{json, moment, plain, text};
use crate::{
    domain::{
        audit::Author,
        id::ImportId,
        import::{Counts, ImportJob, JobFailure, JobState, Options},
    },
    store::{
        error::{Row, StoreError},
        rows::audit::{actor_of, kind_of},
        schema::import_jobs,
        sql::{At, Id, JsonText, Str},
    },
};

/// An import without its lease, which is never read.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = import_jobs, treat_none_as_default_value = false)]
pub(crate) struct ImportJobRow {
    id: Id,
    account_id: Id,
    actor: Str,
    actor_id: Option<Id>,
    request_id: Option<Str>,
    options: JsonText,
    state: Str,
    row_count: i64,
    processed: i64,
    counts: JsonText,
    failure_code: Option<Str>,
    failure_detail: Option<Str>,
    created_at: At,
    started_at: Option<At>,
    finished_at: Option<At>,
    expires_at: At,
}

/// The changed columns of an import that ends.
#[derive(AsChangeset)]
#[diesel(table_name = import_jobs, treat_none_as_null = true)]
pub(crate) struct ImportEndRow {
    state: Str,
    processed: i64,
    counts: JsonText,
    failure_code: Option<Str>,
    failure_detail: Option<Str>,
    finished_at: Option<At>,
    expires_at: At,
    lease_holder: Option<Id>,
    lease_until: Option<At>,
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
#[serde(deny_unknown_fields)]
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
pub(crate) fn counts_column(counts: &Counts) -> Result<JsonText, StoreError> {
    let Counts {
        rows,
        created,
        changed,
        unchanged,
        skipped,
        failed,
        not_written,
        reported,
        omitted,
    } = *counts;
    json::write(&CountsJson {
        rows,
        created,
        changed,
        unchanged,
        skipped,
        failed,
        not_written,
        reported,
        omitted,
    })
}

impl From<CountsJson> for Counts {
    fn from(counts: CountsJson) -> Self {
        let CountsJson {
            rows,
            created,
            changed,
            unchanged,
            skipped,
            failed,
            not_written,
            reported,
            omitted,
        } = counts;
        Self { rows, created, changed, unchanged, skipped, failed, not_written, reported, omitted }
    }
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
            author: Author { account, actor, scim_key: _, request },
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
        let Options { format, charset, mode, dry_run, create_missing_teams, on_existing, results } =
            *options;
        let options = OptionsJson {
            format: format.as_str().to_owned(),
            charset: charset.name(),
            mode: mode.as_str().to_owned(),
            dry_run,
            create_missing_teams,
            on_existing: on_existing.as_str().to_owned(),
            results: results.as_str().to_owned(),
        };
        let (kind, actor_id) = kind_of(*actor);
        Ok(Self {
            id: id.as_uuid().into(),
            account_id: account.as_uuid().into(),
            actor: kind,
            actor_id,
            request_id: text(request.as_ref()),
            options: json::write(&options)?,
            state: Str::new(state.as_str()),
            row_count: count_column(*rows),
            processed: count_column(*processed),
            counts: counts_column(counts)?,
            failure_code: text(failure.as_ref().map(|failure| &failure.code)),
            failure_detail: text(failure.as_ref().map(|failure| &failure.detail)),
            created_at: At(*created_at),
            started_at: started_at.map(At),
            finished_at: finished_at.map(At),
            expires_at: At(*expires_at),
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
        let place = Row { table: "import_jobs", id: ImportId::from(id.0) };
        let options: OptionsJson = json::read(&place, "options", &options)?;
        let counts: CountsJson = json::read(&place, "counts", &counts)?;
        let actor = actor_of(&actor, actor_id).ok_or_else(|| place.corrupt("actor is none"))?;
        let count = |count: i64| u64::try_from(count).unwrap_or_default();
        let code = plain(failure_code);
        Ok(Self {
            id: place.id,
            author: Author::new(account_id.0.into(), actor, plain(request_id)),
            options: Options {
                format: place.parse("format", &options.format)?,
                charset: place.parse("charset", &options.charset)?,
                mode: place.parse("mode", &options.mode)?,
                dry_run: options.dry_run,
                create_missing_teams: options.create_missing_teams,
                on_existing: place.parse("on_existing", &options.on_existing)?,
                results: place.parse("results", &options.results)?,
            },
            state: place.name("state", &state.0, &JobState::ALL, JobState::as_str)?,
            rows: count(row_count),
            processed: count(processed),
            counts: counts.into(),
            failure: code
                .map(|code| JobFailure { code, detail: plain(failure_detail).unwrap_or_default() }),
            created_at: created_at.0,
            started_at: moment(started_at),
            finished_at: moment(finished_at),
            expires_at: expires_at.0,
        })
    }
}
