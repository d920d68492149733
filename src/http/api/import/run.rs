//! Running an import while its caller waits, and answering with its report.

use actix_web::HttpResponse;

use super::wire::ImportReport;
use crate::{
    app::{
        App, Error,
        callers::Caller,
        import::{Import, Report, RowSource, Unwatched},
    },
    domain::{api_key::Scope, import::Options},
    http::problem::Problem,
};

/// Imports users, if the caller has the scopes.
pub(super) fn run(
    app: &App,
    caller: &Caller,
    options: &Options,
    source: &dyn RowSource,
) -> Result<Report, Error> {
    if options.create_missing_teams {
        caller.require(Scope::TeamsWrite)?;
    }
    Import { app, author: &caller.author, options, source }.run(&mut Unwatched)
}

/// Responds with a report, or with 422 if nothing was written because a row failed.
pub(super) fn answer(report: Report) -> Result<HttpResponse, Problem> {
    let refused = report.is_refused();
    let report = ImportReport::from(report);
    if refused { Err(report.into_problem()) } else { Ok(HttpResponse::Ok().json(report)) }
}
