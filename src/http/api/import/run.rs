//! Running an import while its caller waits, and answering with its report.

use actix_web::HttpResponse;

use super::schemas::ImportReport;
use crate::{
    app::{
        App, Error,
        callers::Caller,
        import::{Import, ImportRunReport, NoObserver, RowSource},
    },
    domain::{api_key::Scope, import::ImportOptions},
    http::api::ApiResult,
};

/// Imports users, if the caller has the scopes.
pub(super) fn run_import(
    app: &App,
    caller: &Caller,
    options: &ImportOptions,
    source: &dyn RowSource,
) -> Result<ImportRunReport, Error> {
    if options.create_missing_teams {
        caller.require(Scope::TeamsWrite)?;
    }
    Import::new(app, &caller.author, options, source).run(&mut NoObserver)
}

/// Responds with a report, or with 422 if nothing was written because a row failed.
pub(super) fn report_response(report: ImportRunReport) -> ApiResult {
    let is_rejected = report.is_rejected();
    let report = ImportReport::from(report);
    if is_rejected { Err(report.into_problem()) } else { Ok(HttpResponse::Ok().json(report)) }
}
