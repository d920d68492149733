//! Reports of imports on the wire.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::import::{Outcome, Report, RowResult},
    domain::{check::excerpt, fault::Fault},
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

/// What became of a file of users.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct ImportReport {
    /// Whether what the counts say was written. If not (a row failed and it is
    /// all or nothing, or it was a trial), it is what would have been.
    committed: bool,
    /// How many rows the file has, its header aside.
    #[schema(value_type = i64, minimum = 0)]
    rows: u64,
    /// How many users were made.
    #[schema(value_type = i64, minimum = 0)]
    created: u64,
    /// How many users who were there have changed.
    #[schema(value_type = i64, minimum = 0)]
    changed: u64,
    /// How many users were there, as their rows say.
    #[schema(value_type = i64, minimum = 0)]
    unchanged: u64,
    /// How many users were there, and were not looked at.
    #[schema(value_type = i64, minimum = 0)]
    skipped: u64,
    /// How many rows could not be used.
    #[schema(value_type = i64, minimum = 0)]
    failed: u64,
    /// The first 1,000 rows that failed; with `results=all`, every row.
    results: Vec<ImportResult>,
    /// How many more rows failed of which `results` has nothing.
    #[schema(value_type = i64, minimum = 0)]
    results_omitted: u64,
}

/// What became of a row.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct ImportResult {
    /// Which row, from 1, the header and blank lines aside.
    #[schema(value_type = i64, minimum = 1)]
    row: u64,
    /// The line of the file on which the row begins, from 1.
    #[schema(value_type = i64, minimum = 1)]
    line: u64,
    /// What became of it.
    status: ImportStatus,
    /// The user whom the row has made, or has found. If the row failed: the
    /// user who is in its way. null if there is none.
    user_id: Option<Uuid>,
    /// What is wrong with the row: the first 10 faults.
    errors: Vec<ImportError>,
}

/// CREATED: a user was made. CHANGED: the user was there, and has changed.
/// UNCHANGED: the user was there, as the row says. SKIPPED: the user was
/// there, and was not looked at. FAILED: the row could not be used.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(in crate::http::api) enum ImportStatus {
    Created,
    Changed,
    Unchanged,
    Skipped,
    Failed,
}

/// What is wrong with a row.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct ImportError {
    /// What kind of fault it is.
    code: ImportErrorCode,
    /// Where it is: the column of a table, or the JSON pointer in a line. Empty
    /// if it is the whole row.
    field: String,
    /// What stands there, shortened.
    value: String,
    /// What is expected.
    expected: String,
    /// What to do next.
    remedy: String,
    /// What is wrong with it, for people.
    detail: String,
}

/// invalid: the value can't be used. exists: it is another user's, or the user
/// is there and is not as the row says.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::http::api) enum ImportErrorCode {
    Invalid,
    Exists,
}

impl From<Report> for ImportReport {
    fn from(mut report: Report) -> Self {
        let results = std::mem::take(&mut report.results).into_iter();
        let results = results.map(|result| ImportResult::of(result, &report)).collect();
        Self {
            committed: report.committed,
            rows: report.rows,
            created: report.created,
            changed: report.changed,
            unchanged: report.unchanged,
            skipped: report.skipped,
            failed: report.failed,
            results,
            results_omitted: report.untold,
        }
    }
}

impl ImportResult {
    fn of(result: RowResult, report: &Report) -> Self {
        let RowResult { row, line, outcome } = result;
        let none = Vec::new;
        let (status, user, errors) = match outcome {
            Outcome::Created(user) => (ImportStatus::Created, Some(user), none()),
            Outcome::Changed(user) => (ImportStatus::Changed, Some(user), none()),
            Outcome::Unchanged(user) => (ImportStatus::Unchanged, Some(user), none()),
            Outcome::Skipped(user) => (ImportStatus::Skipped, Some(user), none()),
            Outcome::Exists(user, fault) => {
                let error = ImportError::of(ImportErrorCode::Exists, fault);
                (ImportStatus::Failed, Some(user), vec![error])
            }
            Outcome::Failed(faults) => {
                let error = |fault| ImportError::of(ImportErrorCode::Invalid, fault);
                (ImportStatus::Failed, None, faults.into_iter().map(error).collect())
            }
        };
        // One who was not made after all is nobody.
        let user = user.filter(|user| report.is_there(*user));
        Self { row, line, status, user_id: user.map(|user| user.as_uuid()), errors }
    }
}

impl ImportError {
    fn of(code: ImportErrorCode, fault: Fault) -> Self {
        let (expected, remedy, detail) = (fault.expected(), fault.remedy(), fault.detail());
        let Fault { field, value, .. } = fault;
        Self { code, field: field.into_owned(), value: excerpt(&value), expected, remedy, detail }
    }
}
