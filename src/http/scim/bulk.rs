//! `POST /scim/v2/Bulk`: many operations in one request (RFC 7644, section 3.7).

use actix_web::{ResponseError, http::StatusCode};
use serde_json::Value;

use super::{
    problem::ScimProblem,
    request::{self, Client, ScimResult},
    response,
};
use crate::{
    app::scim::bulk::{self as use_case, BulkOutcome, OperationError},
    domain::etag::ETag,
    http::{
        api::{body::Body, conditional},
        blocking::BULK_DEADLINE,
    },
    scim::bulk::{self, BulkError, MAX_OPERATIONS, Method, Operation, OperationOutcome, Target},
};

impl From<BulkError> for ScimProblem {
    fn from(rejected: BulkError) -> Self {
        match rejected {
            BulkError::Scim(error) => error.into(),
            BulkError::TooMany(count) => Self::Plain {
                status: StatusCode::PAYLOAD_TOO_LARGE,
                detail: format!(
                    "Operations must have at most {MAX_OPERATIONS} entries, not {count}: send \
                     several requests"
                ),
            },
        }
    }
}

impl From<OperationError> for ScimProblem {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::Failed(error) => error.into(),
            OperationError::Circular => Self::Plain {
                status: StatusCode::CONFLICT,
                detail: "is part of a circular reference by bulkId. Create the resource without the reference, and add the reference with a PATCH"
                    .to_owned(),
            },
        }
    }
}

pub(in crate::http) async fn post(client: Client, body: Body) -> ScimResult {
    conditional::reject_conditions(&client.request)?;
    let mut fixes = request::fixes(&client);
    let bulk = bulk::parse(request::read_json(body).await?, &mut fixes)?;
    let (response, fixes) =
        request::run_within(BULK_DEADLINE, &client, fixes, move |app, caller, fixes| {
            let outcomes = use_case::run(app, caller, bulk, fixes).into_iter();
            Ok(bulk::bulk_response(outcomes.map(to_json).collect()))
        })
        .await?;
    Ok(response::json_response(StatusCode::OK, response)
        .with_fixes(&client.request, &fixes)
        .into_response())
}

fn to_json(outcome: BulkOutcome) -> Value {
    let BulkOutcome { operation, location, result } = outcome;
    let (status, version, response) = match result {
        Ok(tag) => (status(&operation), tag.as_ref().map(ETag::to_quoted), None),
        Err(error) => {
            let problem = ScimProblem::from(error);
            (problem.status_code(), None, Some(problem.body()))
        }
    };
    let outcome = OperationOutcome { status: status.as_u16(), location, version, response };
    bulk::operation_response(&operation, outcome)
}

/// The status that the operation would have been answered with by itself.
fn status(operation: &Operation) -> StatusCode {
    match (operation.method, &operation.target) {
        (Method::Post, _) => StatusCode::CREATED,
        (Method::Delete, _) | (Method::Patch, Ok(Target::Groups(_))) => StatusCode::NO_CONTENT,
        (Method::Put | Method::Patch, _) => StatusCode::OK,
    }
}
