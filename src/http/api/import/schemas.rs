//! The schemas of import reports.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::import::{ImportCounts, ImportRunReport, RowOutcome, RowResult},
    domain::{check::excerpt, field_error::FieldError, import::FieldChange},
    http::{
        api::openapi::example_id,
        problem::{Problem, details::ProblemError},
    },
};

/// A table of users whose first row names the columns.
#[derive(ToSchema)]
#[schema(value_type = String, format = "csv")]
#[expect(dead_code, reason = "describes a body, which is read row by row")]
pub(in crate::http::api) struct UserTable(String);

/// A user on each line.
#[derive(ToSchema)]
#[schema(value_type = String, format = "ndjson")]
#[expect(dead_code, reason = "describes a body, which is read line by line")]
pub(in crate::http::api) struct UserLines(String);

/// The report of an import.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportReport {
    /// Whether the changes that the report counts were written.
    committed: bool,
    /// Whether it was a dry run. The counts then describe what an import would do.
    dry_run: bool,
    /// The number of rows of the file, without its header and blank rows.
    #[schema(value_type = i64, minimum = 0)]
    rows: u64,
    /// The number of users who were created.
    #[schema(value_type = i64, minimum = 0)]
    created: u64,
    /// The number of users who existed and were changed.
    #[schema(value_type = i64, minimum = 0)]
    changed: u64,
    /// The number of users who existed and already had the values of their rows.
    #[schema(value_type = i64, minimum = 0)]
    unchanged: u64,
    /// The number of users who existed and were skipped.
    #[schema(value_type = i64, minimum = 0)]
    skipped: u64,
    /// The number of rows that failed.
    #[schema(value_type = i64, minimum = 0)]
    failed: u64,
    /// The number of rows that were not written, because other rows failed or the import
    /// ended early.
    #[schema(value_type = i64, minimum = 0)]
    not_written: u64,
    /// The results of the rows that the parameter `results` selects.
    results: Vec<ImportResult>,
    /// The number of results that the report leaves out.
    #[schema(value_type = i64, minimum = 0)]
    results_omitted: u64,
}

/// The result of a row.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct ImportResult {
    /// The number of the row, from 1, without the header and blank rows.
    #[schema(value_type = i64, minimum = 1)]
    row: u64,
    /// The line of the file on which the row begins, from 1.
    #[schema(value_type = i64, minimum = 1)]
    line: u64,
    /// The result.
    status: ImportStatus,
    /// The user whom the row created or found; for a row that failed, the user who has
    /// one of its values. null if there is none.
    user_id: Option<Uuid>,
    /// The errors of the row, or the first 30 if there are more.
    errors: Vec<ImportError>,
    /// The number of errors of the row that are not listed.
    #[serde(default)]
    #[schema(required, value_type = i64, minimum = 0)]
    errors_omitted: usize,
    /// In a dry run, the fields that would change.
    changes: Vec<ImportChange>,
}

/// CREATED: a user was created. CHANGED: the user existed, and was changed.
/// UNCHANGED: the user exists with the values of the row. SKIPPED: the user
/// exists and was skipped. FAILED: the row can't be used. NOT_WRITTEN: the row is valid,
/// but nothing was written because other rows failed. In a dry run: what the import would
/// do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::http::api) enum ImportStatus {
    Created,
    Changed,
    Unchanged,
    Skipped,
    Failed,
    NotWritten,
}

/// An error of a row.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct ImportError {
    /// The kind of error.
    code: ImportErrorCode,
    /// The column of a table, or the path of a field of a user, such as
    /// `teams.0.role`. Empty if the error concerns the whole row.
    field: String,
    /// The location in a user: a JSON pointer (RFC 6901). Left out for a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "/teams/0/role")]
    pointer: Option<String>,
    /// The value as it was sent, shortened. null if there is none.
    #[schema(required, example = "OWNER")]
    value: Option<String>,
    /// The expected value.
    expected: String,
    /// The remedy.
    remedy: String,
    /// The ID of the user who has the value already, if the value must be unique.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    conflicts_with: Option<Uuid>,
    /// A description of the error, for people.
    detail: String,
}

/// INVALID: the value can't be used. EXISTS: another user has the value, or the user
/// exists with other values.
// The aliases read the reports that earlier releases stored.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(in crate::http::api) enum ImportErrorCode {
    #[serde(alias = "invalid")]
    Invalid,
    #[serde(alias = "exists")]
    Exists,
}

/// A field of a user that would change.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct ImportChange {
    /// The column of a table, or the path of a field of a user, such as
    /// `mobile.number`.
    field: String,
    /// The location in a user: a JSON pointer (RFC 6901). Left out for a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "/mobile/number")]
    pointer: Option<String>,
    /// The team, if the field is a membership: `from` and `to` are then the
    /// user's role in it.
    team: Option<String>,
    /// The value now. null: there is none.
    from: Option<String>,
    /// The value after the import. null: there is none.
    to: Option<String>,
}

/// The problem of a failed import. It contains the report if rows failed.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes a body, which is put together from a problem and a report")]
pub(in crate::http::api) struct ImportProblem {
    /// Always `about:blank`. `code` names the kind of problem.
    #[schema(rename = "type")]
    kind: String,
    /// The status in words.
    title: String,
    /// The status of the response.
    status: u16,
    /// `import_failed`: rows failed, and the report says which. Any other code:
    /// there is no report.
    code: String,
    /// A description of the problem, in a sentence.
    #[schema(nullable = false)]
    detail: Option<String>,
    /// The ID of the request, as in the log.
    #[schema(nullable = false)]
    request_id: Option<String>,
    /// The request, as a URI.
    #[schema(nullable = false, format = "uri")]
    instance: Option<String>,
    /// Each value that can't be used, if it is not a row.
    #[schema(required = false)]
    errors: Vec<ProblemError>,
    /// Always false.
    #[schema(nullable = false)]
    committed: Option<bool>,
    /// Always false.
    #[schema(nullable = false)]
    dry_run: Option<bool>,
    /// The number of rows.
    #[schema(nullable = false, value_type = Option<i64>, minimum = 0)]
    rows: Option<u64>,
    /// Always 0.
    #[schema(nullable = false, value_type = Option<i64>, minimum = 0)]
    created: Option<u64>,
    /// Always 0.
    #[schema(nullable = false, value_type = Option<i64>, minimum = 0)]
    changed: Option<u64>,
    /// The number of users who existed and already had the values of their rows.
    #[schema(nullable = false, value_type = Option<i64>, minimum = 0)]
    unchanged: Option<u64>,
    /// The number of users who existed and were skipped.
    #[schema(nullable = false, value_type = Option<i64>, minimum = 0)]
    skipped: Option<u64>,
    /// The number of rows that failed.
    #[schema(nullable = false, value_type = Option<i64>, minimum = 0)]
    failed: Option<u64>,
    /// The number of rows that were not written, because other rows failed or the import
    /// ended early.
    #[schema(nullable = false, value_type = Option<i64>, minimum = 0)]
    not_written: Option<u64>,
    /// The results of the rows that the parameter `results` selects.
    #[schema(required = false)]
    results: Vec<ImportResult>,
    /// The number of results that the report leaves out.
    #[schema(nullable = false, value_type = Option<i64>, minimum = 0)]
    results_omitted: Option<u64>,
}

impl ImportReport {
    /// A report of some counts, and of results that are on the wire already.
    pub(in crate::http::api) fn new(
        committed: bool,
        dry_run: bool,
        counts: ImportCounts,
        results: Vec<ImportResult>,
    ) -> Self {
        let ImportCounts {
            rows,
            created,
            changed,
            unchanged,
            skipped,
            failed,
            not_written,
            reported: _,
            omitted,
        } = counts;
        Self {
            committed,
            dry_run,
            rows,
            created,
            changed,
            unchanged,
            skipped,
            failed,
            not_written,
            results,
            results_omitted: omitted,
        }
    }

    /// Converts the report to the problem that nothing was written.
    pub(in crate::http::api) fn into_problem(self) -> Problem {
        let (rows, failed) = (self.rows, self.failed);
        let report = serde_json::to_value(self).unwrap_or_default();
        Problem::ImportFailed { rows, failed, report: Box::new(report) }
    }
}

impl From<ImportRunReport> for ImportReport {
    fn from(report: ImportRunReport) -> Self {
        let ImportRunReport { committed, dry_run, counts, results } = report;
        let results = results.into_iter().map(ImportResult::from).collect();
        Self::new(committed, dry_run, counts, results)
    }
}

impl From<RowResult> for ImportResult {
    fn from(result: RowResult) -> Self {
        let RowResult { row, line, outcome, errors_omitted, changes } = result;
        let no_errors = Vec::new;
        let (status, user, errors) = match outcome {
            RowOutcome::Created(user) => (ImportStatus::Created, user, no_errors()),
            RowOutcome::Changed(user) => (ImportStatus::Changed, Some(user), no_errors()),
            RowOutcome::Unchanged(user) => (ImportStatus::Unchanged, Some(user), no_errors()),
            RowOutcome::Skipped(user) => (ImportStatus::Skipped, Some(user), no_errors()),
            RowOutcome::NotWritten(user) => (ImportStatus::NotWritten, user, no_errors()),
            RowOutcome::Exists(user, errors) => {
                let error = |error| ImportError::new(ImportErrorCode::Exists, error);
                (ImportStatus::Failed, user, errors.into_iter().map(error).collect())
            }
            RowOutcome::Failed(errors) => {
                let error = |error: FieldError| match error.conflicts_with {
                    Some(_) => ImportError::new(ImportErrorCode::Exists, error),
                    None => ImportError::new(ImportErrorCode::Invalid, error),
                };
                (ImportStatus::Failed, None, errors.into_iter().map(error).collect())
            }
        };
        let user_id = user.map(|user| user.as_uuid());
        let changes = changes.into_iter().map(ImportChange::from).collect();
        Self { row, line, status, user_id, errors, errors_omitted, changes }
    }
}

impl From<FieldChange> for ImportChange {
    fn from(change: FieldChange) -> Self {
        let FieldChange { field, team, from, to } = change;
        let (field, pointer) = split_place(field);
        Self { field, pointer, team, from, to }
    }
}

impl ImportError {
    fn new(code: ImportErrorCode, error: FieldError) -> Self {
        let FieldError { field, value, reason: detail, expected, remedy, conflicts_with } = error;
        let value = (!value.is_empty()).then(|| excerpt(&value));
        let (field, pointer) = split_place(field.into_owned());
        let (remedy, conflicts_with) = (remedy.into(), conflicts_with.map(|id| *id));
        Self { code, field, pointer, value, expected, remedy, conflicts_with, detail }
    }
}

/// Splits a place in a file into the field and its JSON pointer, if it is not a column.
fn split_place(place: String) -> (String, Option<String>) {
    match place.strip_prefix('/') {
        Some(path) => (path.replace('/', "."), Some(place)),
        None => (place, None),
    }
}

/// The example of an import that failed.
pub(in crate::http) fn example_report() -> Value {
    let failed = ImportResult {
        row: 2,
        line: 3,
        status: ImportStatus::Failed,
        user_id: None,
        errors: vec![ImportError::new(
            ImportErrorCode::Invalid,
            FieldError::new(
                "role",
                "OWNER",
                "must be one of STAKEHOLDER, GUEST, RESPONDER, USER, ADMIN",
            ),
        )],
        errors_omitted: 0,
        changes: Vec::new(),
    };
    let counts = ImportCounts { rows: 2, failed: 1, not_written: 1, ..ImportCounts::default() };
    let problem = ImportReport::new(false, false, counts, vec![failed]).into_problem();
    problem.body(Some(&example_id("request"))).unwrap_or_else(|| json!({}))
}
