//! `/api/v1/users/batch`: many users as JSON.

use actix_web::web;
use deserr::Deserr;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    super::{
        body::{Body, BodyErrors, JSON},
        deprecation,
        enums::UserStatus,
        fields::BoundedVec,
        idempotency, partial_body,
        parts::IntoPart,
        read_back::UnchangedFields,
        readable_part,
        users::UserDraft,
    },
    json_lines, options,
    run::{report_response, run_import},
    schemas,
    schemas::{ImportProblem, ImportReport},
};
use crate::{
    app::{
        Error,
        import::{ImportRow, ImportRows, RowSource},
    },
    domain::{
        field_error::{FieldError, Reason},
        import::Format,
    },
    http::{
        api::ApiResult,
        auth::{Authorized, scope},
        blocking::BULK_DEADLINE,
    },
};

/// The maximum number of users of a batch.
const MAX_USERS: usize = 1_000;

/// The maximum number of bytes of a batch.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Users to create or update.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields)]
pub(in crate::http::api) struct UserBatch {
    /// The users. Each e-mail address may occur once.
    #[schema(value_type = Vec<UserDraft>, max_items = 1_000)]
    users: BoundedVec<Value, MAX_USERS>,
}

/// Create or update many users
///
/// Takes up to 1,000 users and returns one report, by the rules of `POST /api/v1/users/import`.
/// `row` of a result is the position of the user in `users`, from 1. Send `createMissingTeams`
/// as a query parameter: it is not supported in a user. `createMissingTeams` needs the scope
/// `teams:write` too.
#[utoipa::path(
    post,
    path = "/api/v1/users/batch",
    operation_id = "batchUsers",
    tag = "users",
    params(options::ImportParams),
    request_body(
        content = UserBatch,
        example = json!({"users": [{"email": "edith.clarke@example.com", "firstName": "Edith", "role": "USER"}]}),
    ),
    responses(
        (status = 200, description = "The report of the import.", body = ImportReport),
        (
            status = 422,
            description = "A user can't be imported, so nothing was written (`import_failed`); or values of the body can't be used (`invalid`).",
            content_type = "application/problem+json",
            body = ImportProblem,
            examples(("import_failed" = (value = json!(schemas::example_report())))),
        ),
    ),
    extensions(("x-idempotent" = json!(true))),
)]
pub(in crate::http) async fn stage_users(
    auth: Authorized<scope::UsersWrite>,
    body: Body,
) -> ApiResult {
    let options = options::parse_options(&auth.request, Format::Ndjson).into_part();
    let bytes = body.read_bytes(&[JSON], MAX_BYTES).await;
    let read =
        |_, bytes: web::Bytes| async move { partial_body::parse_values::<UserBatch>(&bytes).await };
    let stage = |auth: Authorized<_>, options, UserBatch { users: BoundedVec(users) }| async move {
        let is_deprecated = users.iter().any(has_status);
        let report = auth.run_within(BULK_DEADLINE, move |app, caller| {
            let rows =
                BatchUsers((1..).zip(users).map(|(line, user)| to_row(line, user)).collect());
            run_import(app, caller, &options, &rows)
        });
        Ok(deprecation::mark_response(report_response(report.await?)?, is_deprecated))
    };
    let parts = idempotency::with_key(&auth.request, options);
    idempotency::handle_once(auth, parts, bytes, read, stage).await
}

/// Whether a user has a valid status.
fn has_status(user: &Value) -> bool {
    let status = user.get("status").cloned();
    status.is_some_and(|status| deserr::deserialize::<UserStatus, _, BodyErrors>(status).is_ok())
}

/// The users of the request.
struct BatchUsers(Vec<ImportRow>);

impl RowSource for BatchUsers {
    fn rows(&self) -> Result<ImportRows<'_>, Error> {
        Ok(Box::new(self.0.iter().cloned().map(Ok)))
    }
}

fn to_row(line: u64, user: Value) -> ImportRow {
    let (patch, errors) = readable_part::parse_part(&user, |draft: UserDraft| {
        let (write, mut errors) = draft.into_write(&UnchangedFields::default());
        if write.create_missing_teams {
            let reason = Reason::new(
                "is not supported in a user of a batch",
                "the parameter createMissingTeams of the request",
                "Leave the field out, and send createMissingTeams=true in the query.",
            );
            errors.push(FieldError::new("createMissingTeams", "true", reason));
        }
        (write.patch, errors)
    });
    let email = user.get("email").and_then(Value::as_str).map(str::to_owned);
    ImportRow { line, user: json_lines::to_user(patch, errors, &user), email }
}
