//! The parameters of an import.

use actix_web::HttpRequest;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    domain::{
        field_error::FieldError,
        import::{Format, ImportOptions, Mode, OnExisting, ReportedRows},
    },
    http::{
        api::{deprecation, query},
        problem::Problem,
    },
};

/// How users are imported.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the parameters, which are read one by one")]
pub(in crate::http::api) struct ImportParams {
    /// Whether one failed row prevents all rows from being written.
    #[param(value_type = Option<ImportMode>)]
    mode: Option<ImportMode>,
    /// Whether to write nothing and report what the import would do, row by row and
    /// field by field.
    #[param(default = false)]
    dry_run: Option<bool>,
    /// Whether to create teams that do not exist. Needs the scope `teams:write` too.
    #[param(default = false)]
    create_missing_teams: Option<bool>,
    /// What to do if a user with the e-mail address exists.
    on_existing: Option<ImportOnExisting>,
    /// Which rows have a result in the report.
    results: Option<ImportResults>,
}

/// ATOMIC: all rows are written, or nothing if one fails. ROW_BY_ROW: the rows
/// that can be used are written.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(default = "ATOMIC")]
pub(in crate::http::api) enum ImportMode {
    #[default]
    Atomic,
    RowByRow,
}

/// FAIL: the row fails, unless the user already has all its values. SKIP: the user is
/// not changed. UPDATE: the user gets the values of the row, as with a PATCH; fields
/// that the row leaves out keep their values.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(default = "FAIL")]
pub(in crate::http::api) enum ImportOnExisting {
    #[default]
    Fail,
    Skip,
    Update,
}

/// AUTO: all rows in a dry run, otherwise the rows that failed. FAILED: the rows
/// that failed, at most 1,000. ALL: all rows, at most 10,000.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(default = "AUTO")]
pub(in crate::http::api) enum ImportResults {
    #[default]
    Auto,
    Failed,
    All,
}

const PARAMETERS: &[&str] = &["mode", "dryRun", "createMissingTeams", "onExisting", "results"];

/// Reads the options of an import in a format.
///
/// # Errors
/// Returns [`Problem::Query`] with every error.
pub(in crate::http::api) fn parse_options(
    request: &HttpRequest,
    format: Format,
) -> Result<ImportOptions, Problem> {
    let mut options = ImportOptions::new(format);
    let (pairs, mut errors) = query::split_parameters(request, PARAMETERS);
    for (name, value) in pairs {
        let result = match name {
            "mode" => parse_word(name, &value).map(|mode: Mode| options.mode = mode),
            "onExisting" => {
                parse_word(name, &value).map(|word: OnExisting| options.on_existing = word)
            }
            "results" => parse_word(name, &value).map(|word: ReportedRows| options.results = word),
            "dryRun" => query::parse_flag("dryRun", &value).map(|flag| options.dry_run = flag),
            _ => query::parse_flag("createMissingTeams", &value)
                .map(|flag| options.create_missing_teams = flag),
        };
        let is_word = matches!(name, "mode" | "onExisting" | "results");
        match result {
            Ok(()) if is_word && deprecation::is_old_spelling(&value) => {
                deprecation::mark_request(request)
            }
            Ok(()) => {}
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(options) } else { Err(Problem::Query(errors)) }
}

fn parse_word<T: std::str::FromStr<Err = String>>(
    name: &'static str,
    value: &str,
) -> Result<T, FieldError> {
    value.parse().map_err(|reason: String| FieldError::new(name, value, reason))
}
