//! `/api/v1/users/import`: users, out of a file.

mod lines;
mod spool;
mod table;
mod wire;

use actix_web::{HttpRequest, HttpResponse, http::Method, web};
use utoipa::OpenApi;

use self::wire::{ImportReport, UserLines, UserTable};
use super::{
    at,
    auth::{Auth, scope},
    body::Body,
    query,
};
use crate::{
    app::{
        import::{self, Mode, Options},
        users::IfThere,
    },
    domain::{fault::Fault, import::Format},
    http::{State, blocking, problem::Problem},
};

/// What this module serves, described.
#[derive(OpenApi)]
#[openapi(paths(import_users))]
pub(super) struct Doc;

/// Adds the addresses of this module.
pub(super) fn routes(api: &mut web::ServiceConfig) {
    api.service(at("/users/import", &[Method::POST]).route(web::post().to(import_users)));
}

/// The most bytes of a file.
const MAX_BYTES: usize = 64 * 1024 * 1024;

const CSV: &str = "text/csv";
const NDJSON: &str = "application/x-ndjson";
/// A table as plain text: generators that know no CSV send it so.
const TYPES: &[&str] = &[CSV, NDJSON, "text/plain"];

/// Import users
///
/// Stages the users of a file: of a table (`text/csv`, or the same as
/// `text/plain`, in UTF-8) or of lines of
/// JSON (`application/x-ndjson`), with at most 100,000 rows and 64 MiB.
///
/// The first row of a table names its columns: `email`, which is needed, and
/// any of `externalId`, `firstName`, `lastName`, `position`, `department`,
/// `role`, `mobileRegionCode`, `mobileNumber`, `userProfileImage`, `teamName`
/// and `teamRole`. Cells are separated by `,` or by `;`. A blank cell is left
/// out. Several teams stand in one cell as `Ops|Support`, with one `teamRole`
/// for all of them or one for each. A line of JSON is a user as it is staged
/// by `POST /api/v1/users`, without `status` and `createMissingTeams`; roles may
/// be written in any case.
///
/// A row that can't be used does not fail the request: the report tells it.
/// Whether anything was written is said by `committed`. To send the same file
/// again changes nothing. Needs the scope `users:write`, and with
/// `createMissingTeams` also `teams:write`.
#[utoipa::path(
    post,
    path = "/api/v1/users/import",
    operation_id = "importUsers",
    tag = "users",
    params(
        ("mode" = Option<String>, Query, description = "`atomic`: all rows, or nothing if one fails. `rowByRow`: the rows that can be used.", pattern = "^(atomic|rowByRow)$"),
        ("dryRun" = Option<bool>, Query, description = "Whether everything is done but written."),
        ("createMissingTeams" = Option<bool>, Query, description = "Whether teams that are named and not there are made."),
        ("onExisting" = Option<String>, Query, description = "What becomes of a user whose address is there already. `fail`: the row fails, unless all that it says is so already. `skip`: they are not looked at. `update`: what the row says is changed, as by a PATCH.", pattern = "^(fail|skip|update)$"),
        ("results" = Option<String>, Query, description = "Which rows the report has: `failed` or `all`.", pattern = "^(failed|all)$"),
    ),
    request_body(
        description = "A table, or lines of JSON.",
        content(
            (UserTable = "text/csv", example = "email,firstName,department\nada@example.com,Ada,Engines\n"),
            (UserLines = "application/x-ndjson", example = "{\"email\":\"ada@example.com\"}\n"),
        ),
    ),
    responses((status = 200, description = "What became of each row.", body = ImportReport)),
    extensions(("x-scope" = json!("users:write"))),
)]
pub(super) async fn import_users(
    state: web::Data<State>,
    auth: Auth<scope::UsersWrite>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let mut options = options(&request)?;
    options.format = match body.admit(TYPES, MAX_BYTES) {
        Ok(NDJSON) => Format::Ndjson,
        Ok(_) => Format::Csv,
        Err(Problem::MediaType { .. }) => {
            return Err(Problem::MediaType { wanted: "text/csv or application/x-ndjson" });
        }
        Err(problem) => return Err(problem),
    };
    let file = spool::spool(body, MAX_BYTES).await?;
    let app = state.app.clone();
    let report = blocking::run_within(blocking::DEADLINE_OF_IMPORT, move || {
        import::import(&app, &auth.caller, &options, &|| match options.format {
            Format::Csv => table::rows(&file),
            Format::Ndjson => lines::rows(&file),
        })
    });
    Ok(HttpResponse::Ok().json(ImportReport::from(report.await??)))
}

const PARAMETERS: &[&str] = &["mode", "dryRun", "createMissingTeams", "onExisting", "results"];

fn options(request: &HttpRequest) -> Result<Options, Problem> {
    let mut options = Options {
        format: Format::Csv,
        mode: Mode::Atomic,
        dry_run: false,
        create_missing_teams: false,
        if_there: IfThere::Keep,
        all_results: false,
    };
    for (name, value) in query::pairs(request, PARAMETERS)? {
        match (name, value.as_str()) {
            ("mode", "atomic") => options.mode = Mode::Atomic,
            ("mode", "rowByRow") => options.mode = Mode::RowByRow,
            ("dryRun", _) => options.dry_run = query::flag(name, &value)?,
            ("createMissingTeams", _) => {
                options.create_missing_teams = query::flag(name, &value)?;
            }
            ("onExisting", "fail") => options.if_there = IfThere::Keep,
            ("onExisting", "skip") => options.if_there = IfThere::Skip,
            ("onExisting", "update") => options.if_there = IfThere::Update,
            ("results", "failed") => options.all_results = false,
            ("results", "all") => options.all_results = true,
            _ => return Err(unknown(name, &value)),
        }
    }
    Ok(options)
}

fn unknown(name: &'static str, value: &str) -> Problem {
    let known = match name {
        "mode" => "atomic and rowByRow",
        "onExisting" => "fail, skip and update",
        _ => "failed and all",
    };
    Problem::Query(vec![Fault::new(name, value, format!("is none of {known}"))])
}
