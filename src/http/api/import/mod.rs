//! `/api/v1/users/import` and `/api/v1/users/batch`: many users at once.

pub(in crate::http) mod batch;
pub(in crate::http) mod file;
pub(in crate::http) mod jobs;
mod json_lines;
mod options;
mod preferences;
mod records;
mod run;
pub(in crate::http) mod schemas;
mod table;
mod upload;
mod utf8_reader;

use actix_web::web;
use utoipa::OpenApi;

pub use self::upload::MAX_BYTES;
use self::{
    preferences::Preferences,
    run::{report_response, run_import},
    schemas::{ImportProblem, ImportReport, UserLines, UserTable},
    upload::ReceivedFile,
};
use super::{ApiResult, body::Body, conditional};
use crate::{
    domain::{
        api_key::Scope,
        import::{CHARSETS, Charset, Format, ImportOptions},
    },
    http::{
        AppState,
        auth::{Authorized, scope},
        blocking::IMPORT_DEADLINE,
        problem::{CombineResults, Problem},
    },
};

/// The OpenAPI document of this module.
#[derive(OpenApi)]
#[openapi(
    paths(import_users, batch::stage_users),
    components(schemas(options::ImportMode, options::ImportOnExisting, options::ImportResults,))
)]
pub(super) struct Doc;

const CSV: &str = "text/csv";
const NDJSON: &str = "application/x-ndjson";
/// The supported media types. Generated clients that do not know CSV send plain text.
const MEDIA_TYPES: &[&str] = &[CSV, NDJSON, "text/plain"];

/// Import users from a file
///
/// Stages the users of a table (`text/csv` or `text/plain`) or of lines of JSON
/// (`application/x-ndjson`): at most 100,000 rows and 64 MiB. For up to 1,000 users, `POST
/// /api/v1/users/batch` takes JSON.
///
/// The first row of a table names its columns: `email`, which is required, and any of
/// `externalId`, `firstName`, `lastName`, `position`, `department`, `role`,
/// `disabled` (`true` or `false`), `mobileRegionCode`, `mobileNumber`,
/// `userProfileImage`, `teamName` and `teamRole`. Case, spaces, `_` and `-` do not
/// matter: `First Name` is `firstName`. Cells are separated by `,`, `;` or a tab;
/// Excel's first line `sep=;` is understood. Blank cells, blank rows and blank columns
/// without a name are ignored. Write several teams in one cell as `Ops|Support`, with
/// one `teamRole` for all of them or one for each. A line of JSON is a user as for
/// `POST /api/v1/users`, without `status` and `createMissingTeams`; roles may be
/// written in any case.
///
/// The file is in UTF-8, or in the encoding that its byte order mark or the
/// `charset` of its `Content-Type` says, such as `windows-1252`.
///
/// A file of more than 5,000 rows or 4 MiB, or any file with `Prefer: respond-async`, is
/// imported in the background. The response is 202, and `Location` is the URL of the import
/// with its progress and its report. With `Prefer: wait=60` the server waits up to 60 seconds
/// for the end, and returns the report, or the problem of the failure. An account can have at
/// most 10 such imports at a time. An import ends when the caller's key is deleted or expires.
///
/// With `mode=ROW_BY_ROW`, the report names the rows that can't be used, and the others
/// are written. With `mode=ATOMIC`, one such row means that nothing is written, and the
/// report is the body of a 422 (`import_failed`). Sending the same file again changes
/// nothing. `createMissingTeams` needs the scope `teams:write` too.
#[utoipa::path(
    post,
    path = "/api/v1/users/import",
    operation_id = "importUsers",
    tag = "users",
    params(
        options::ImportParams,
        ("Prefer" = Option<String>, Header, description = "`respond-async`: the file is imported in the background. `wait=60`: the server waits up to 60 seconds for the end of a background import (RFC 7240).", example = json!("respond-async")),
    ),
    request_body(
        description = "A table, or lines of JSON.",
        content(
            (UserTable = "text/csv", example = "email,firstName,department\nkatherine.johnson@example.com,Katherine,Flight\n"),
            (UserLines = "application/x-ndjson", example = "{\"email\":\"katherine.johnson@example.com\",\"firstName\":\"Katherine\",\"department\":\"Flight\"}\n"),
        ),
    ),
    responses(
        (status = 200, description = "The report of the import.", body = ImportReport),
        (
            status = 202,
            description = "The file is imported in the background.",
            body = jobs::Import,
            headers(("Location" = String, description = "The import.")),
        ),
        (status = 409, description = "Too many imports of the account have not ended (`too_many_imports`), or the import writes too much at once (`import_too_large`: returned with `Prefer: wait`; otherwise the import ends with this failure)."),
        (
            status = 422,
            description = "A row failed, so nothing was written (`import_failed`); or the file is not a list of users (`invalid`).",
            content_type = "application/problem+json",
            body = ImportProblem,
            examples(("import_failed" = (value = json!(schemas::example_report())))),
        ),
    ),
)]
pub(in crate::http) async fn import_users(
    state: web::Data<AppState>,
    auth: Authorized<scope::UsersWrite>,
    body: Body,
) -> ApiResult {
    let file = (parse_format(&body), parse_charset(&body)).combine();
    let options = options::parse_options(&auth.request, Format::Csv);
    let options = (options, conditional::reject_conditions(&auth.request)).combine();
    let options = match (options, file) {
        (Ok((options, ())), Ok((format, charset))) => ImportOptions { format, charset, ..options },
        (Err(problem), Ok((format, charset))) => {
            let options = ImportOptions { charset, ..ImportOptions::new(format) };
            return Err(problem.merge_optional(upload::check(options, body).await.err()));
        }
        (Err(query), Err(problem)) => return Err(query.merge_optional(Some(problem))),
        (Ok(_), Err(problem)) => return Err(problem),
    };
    if options.create_missing_teams {
        auth.caller.require(Scope::TeamsWrite)?;
    }
    let preferences = Preferences::from_request(&auth.request);
    let run_in_background = preferences.respond_async;
    let received = upload::receive(&auth, &options, body, MAX_BYTES, run_in_background).await?;
    match received {
        ReceivedFile::InMemory(upload) => {
            let import = move |app: &_, caller: &_| run_import(app, caller, &options, &upload);
            report_response(auth.run_within(IMPORT_DEADLINE, import).await?)
        }
        ReceivedFile::Queued(job) => {
            state.imports.wake();
            jobs::wait_and_respond(auth, *job, &preferences).await
        }
    }
}

/// Determines the format of the file by its content type.
fn parse_format(body: &Body) -> Result<Format, Problem> {
    match body.check_media_type_and_length(MEDIA_TYPES, MAX_BYTES) {
        Ok(NDJSON) => Ok(Format::Ndjson),
        Ok(_) => Ok(Format::Csv),
        Err(problem) => Err(problem),
    }
}

/// The `charset` of the content type.
fn parse_charset(body: &Body) -> Result<Charset, Problem> {
    let Some(label) = body.charset() else { return Ok(Charset::default()) };
    let unknown = |_| Problem::Charset { label: label.to_owned(), accepted: CHARSETS };
    label.parse().map_err(unknown)
}
