//! `/api/v1/imports`: background imports.

use std::time::{Duration, Instant};

use actix_web::{HttpResponse, http::header, rt::time::sleep};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::{
    super::{
        conditional,
        page::{self, page_schema},
        query,
    },
    preferences::Preferences,
    schemas::{ImportReport, ImportResult},
};
use crate::{
    app::{
        Error,
        import::jobs::{self, JobReport},
    },
    domain::{
        id::ImportId,
        import::{ImportCounts, ImportJob, JobFailure, JobState},
    },
    http::{
        api::ApiResult,
        auth::{Authorized, scope},
        problem::Problem,
    },
};

/// The OpenAPI document of this module.
#[derive(OpenApi)]
#[openapi(paths(list, get, cancel))]
pub(in crate::http::api) struct Doc;

/// A background import.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct Import {
    /// The import's ID.
    id: Uuid,
    /// The state of the import.
    state: ImportState,
    /// The number of rows of the file, without its header and blank rows.
    #[schema(value_type = i64, minimum = 0)]
    rows: u64,
    /// The number of rows that have been processed.
    #[schema(value_type = i64, minimum = 0)]
    processed: u64,
    /// When the file was received.
    created_at: DateTime<Utc>,
    /// When the import started. null: not yet.
    started_at: Option<DateTime<Utc>>,
    /// When it ended. null: not yet.
    finished_at: Option<DateTime<Utc>>,
    /// When it is deleted, with its report.
    expires_at: DateTime<Utc>,
    /// The entity tag of the import, as in the header `ETag`.
    #[schema(example = "\"a26fafc8c4b5b0d5c84a47a2\"")]
    etag: String,
    /// Why the import failed. null if it has not failed.
    failure: Option<ImportFailure>,
    /// The report. null until the first rows are processed. With `mode=ROW_BY_ROW`, it
    /// covers the rows so far. In a list it has the counts but no `results`.
    report: Option<ImportReport>,
}

page_schema!(pub(in crate::http::api) ImportPage, Import, "A page of imports.", "The imports.");

/// PENDING: waits for its start. RUNNING: in progress. SUCCEEDED: ended; with
/// `mode=ROW_BY_ROW`, rows may have failed. FAILED: ended with `failure`. CANCELLED:
/// cancelled by a caller.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::http::api) enum ImportState {
    Pending,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

/// Why an import failed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct ImportFailure {
    /// The problem code of the failure. `import_failed`: a row failed.
    /// `import_too_large`: the import writes too much at once. `invalid_key`: the caller's
    /// key was deleted or has expired. `not_admin`: the caller is no longer an
    /// administrator. `invalid`: the stored file can't be read. `internal`: an internal
    /// error.
    #[schema(example = "import_failed")]
    code: String,
    /// The failure in one sentence.
    #[schema(example = "1 of 20000 rows can't be used, so nothing was written")]
    detail: String,
}

/// List imports
///
/// Lists the imports of big files, the newest first, with their progress and the counts
/// of their reports. An import is kept for seven days after its end.
#[utoipa::path(
    get,
    path = "/api/v1/imports",
    operation_id = "listImports",
    tag = "users",
    params(query::ListParams),
    responses((status = 200, description = "A page of imports.", body = ImportPage)),
)]
pub(in crate::http) async fn list(auth: Authorized<scope::UsersRead>) -> ApiResult {
    page::list::<ImportPage, _, _>(&auth, jobs::list).await
}

/// Get an import
///
/// Returns its progress and its report. An import is kept for seven days after its end.
#[utoipa::path(
    get,
    path = "/api/v1/imports/{importId}",
    operation_id = "getImport",
    tag = "users",
    params(("importId" = Uuid, Path, description = "The import's ID.")),
    responses((status = 200, description = "The import.", body = Import)),
)]
pub(in crate::http) async fn get(auth: Authorized<scope::UsersRead>) -> ApiResult {
    let id = auth.parse_target::<ImportId>("import")?;
    let report = auth.run(move |app, caller| jobs::get(app, caller, id)).await?;
    let tag = report.etag();
    Ok(conditional::entity_response(&auth.request, &tag, &Import::try_from(report)?))
}

/// Cancel an import
///
/// Cancels an import that has not ended: rows that were written stay, and its report
/// names them. Deletes an import that has ended, with its report.
#[utoipa::path(
    delete,
    path = "/api/v1/imports/{importId}",
    operation_id = "cancelImport",
    tag = "users",
    params(("importId" = Uuid, Path, description = "The import's ID.")),
    responses(
        (status = 204, description = "The import was cancelled, or deleted if it had ended."),
        (status = 412, description = "The import does not match `If-Match`, or ended in the meantime (`changed`)."),
    ),
)]
pub(in crate::http) async fn cancel(auth: Authorized<scope::UsersWrite>) -> ApiResult {
    let target = auth.parse_guarded_target::<ImportId>("import");
    target
        .delete(auth, |app, caller, (id, if_match)| jobs::cancel(app, caller, id, &if_match))
        .await
}

/// How often to check whether an import has ended.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Waits for the end of an import for as long as the caller prefers. Responds with the
/// report, or with 202 if the import has not ended.
pub(super) async fn wait_and_respond<R: 'static>(
    auth: Authorized<R>,
    job: ImportJob,
    preferences: &Preferences,
) -> ApiResult {
    let deadline = Instant::now() + preferences.wait;
    let mut report = JobReport { job, results: None };
    while !report.job.state.has_ended() && Instant::now() < deadline {
        sleep(POLL_INTERVAL).await;
        let id = report.job.id;
        report = auth.run(move |app, caller| jobs::get(app, caller, id)).await?;
    }
    let failed_by_rows = report.job.counts.failed > 0 && !report.job.writes_incrementally();
    match (report.job.state, &report.results) {
        (JobState::Succeeded, Some(results)) => {
            Ok(HttpResponse::Ok().json(parse_report(&report.job, results)?))
        }
        (JobState::Failed, Some(results)) if failed_by_rows => {
            Err(parse_report(&report.job, results)?.into_problem())
        }
        (JobState::Failed, _) => Err(failure_problem(report.job)),
        _ => accepted_response(report.job, preferences.respond_async),
    }
}

/// The problem of an import that failed before its last row.
fn failure_problem(job: ImportJob) -> Problem {
    let unknown = || JobFailure { code: "internal".into(), detail: "the import failed".into() };
    let JobFailure { code, detail } = job.failure.unwrap_or_else(unknown);
    Problem::ImportEnded { code, detail, import: job.id.to_string() }
}

/// Responds that an import runs in the background.
fn accepted_response(job: ImportJob, is_async_preferred: bool) -> ApiResult {
    let mut response = HttpResponse::Accepted();
    response.insert_header((header::LOCATION, format!("/api/v1/imports/{}", job.id)));
    if is_async_preferred {
        response.insert_header(("Preference-Applied", "respond-async"));
    }
    Ok(response.json(Import::try_from(JobReport { job, results: None })?))
}

/// An import in a list: with the counts of its report, and without the results.
impl From<ImportJob> for Import {
    fn from(job: ImportJob) -> Self {
        let report = job.has_report().then(|| {
            let ImportCounts { reported, omitted, .. } = job.counts;
            let omitted = omitted.saturating_add(reported);
            build_report(&job, ImportCounts { omitted, ..job.counts }, Vec::new())
        });
        Self::from_job(job, report)
    }
}

impl TryFrom<JobReport> for Import {
    type Error = Error;

    fn try_from(JobReport { job, results }: JobReport) -> Result<Self, Error> {
        let report = results.map(|results| parse_report(&job, &results)).transpose()?;
        Ok(Self::from_job(job, report))
    }
}

impl Import {
    fn from_job(job: ImportJob, report: Option<ImportReport>) -> Self {
        let etag = jobs::etag(&job).to_quoted();
        let ImportJob {
            id,
            author: _,
            options: _,
            state,
            rows,
            processed,
            counts: _,
            failure,
            created_at,
            started_at,
            finished_at,
            expires_at,
        } = job;
        Self {
            id: id.as_uuid(),
            state: ImportState::from(state),
            rows,
            processed,
            created_at,
            started_at,
            finished_at,
            expires_at,
            etag,
            failure: failure.map(|JobFailure { code, detail }| ImportFailure { code, detail }),
            report,
        }
    }
}

fn parse_report(job: &ImportJob, parts: &[Vec<u8>]) -> Result<ImportReport, Error> {
    let mut results: Vec<ImportResult> = Vec::new();
    for part in parts {
        let part_results: Vec<ImportResult> = serde_json::from_slice(part)
            .map_err(|error| Error::internal("results of an import that were kept", error))?;
        results.extend(part_results);
    }
    Ok(build_report(job, job.counts, results))
}

fn build_report(job: &ImportJob, counts: ImportCounts, results: Vec<ImportResult>) -> ImportReport {
    let dry_run = job.options.dry_run;
    let committed = !dry_run && (job.state == JobState::Succeeded || job.writes_incrementally());
    ImportReport::new(committed, dry_run, counts, results)
}

impl From<JobState> for ImportState {
    fn from(state: JobState) -> Self {
        match state {
            JobState::Receiving | JobState::Pending => Self::Pending,
            JobState::Running => Self::Running,
            JobState::Succeeded => Self::Succeeded,
            JobState::Failed => Self::Failed,
            JobState::Cancelled => Self::Cancelled,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn stored_results_of_an_earlier_release_are_read() {
        for (stored, code) in [("invalid", "INVALID"), ("INVALID", "INVALID"), ("exists", "EXISTS")]
        {
            let result = json!({"row": 1, "line": 2, "status": "FAILED", "userId": null,
                "errors": [{"code": stored, "field": "role", "value": "OWNER",
                    "expected": "a role", "remedy": "Send a role.", "detail": "not a role"}],
                "changes": []});
            let result: ImportResult = serde_json::from_value(result).unwrap();
            assert_eq!(json!(result)["errors"][0]["code"], code);
        }
    }
}
