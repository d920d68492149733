//! `POST /scim/v2/Bulk`: many operations in one request (RFC 7644, section 3.7).

use actix_web::{HttpRequest, HttpResponse, ResponseError, http::StatusCode};
use serde_json::Value;

use super::{
    problem::ScimProblem,
    reply,
    request::{self, Client},
};
use crate::{
    app::scim::bulk::{self as use_case, BulkError},
    domain::etag::Tag,
    http::{
        api::{body::Body, conditional},
        blocking::DEADLINE_OF_MANY,
    },
    scim::bulk::{self, MAX_OPERATIONS, Method, Operation, Outcome, Refused, Target},
};

impl From<Refused> for ScimProblem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Scim(error) => error.into(),
            Refused::TooMany(count) => Self::Plain {
                status: StatusCode::PAYLOAD_TOO_LARGE,
                detail: format!(
                    "Operations must have at most {MAX_OPERATIONS} entries, not {count}: send \
                     several requests"
                ),
            },
        }
    }
}

impl From<BulkError> for ScimProblem {
    fn from(error: BulkError) -> Self {
        match error {
            BulkError::Failed(error) => error.into(),
            BulkError::Circular => Self::Plain {
                status: StatusCode::CONFLICT,
                detail: "refers by bulkId, itself or through others, to an operation that waits \
                         for it: make the resource without the reference, and add that with a \
                         PATCH"
                    .to_owned(),
            },
        }
    }
}

pub(in crate::http) async fn post(
    client: Client,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    conditional::none(&request)?;
    let mut fixes = request::fixes(&client);
    let bulk = bulk::read(request::read(body).await?, &mut fixes)?;
    let (response, fixes) =
        request::run_within(DEADLINE_OF_MANY, client, fixes, move |app, caller, fixes| {
            let outcomes = use_case::run(app, caller, bulk, fixes).into_iter();
            Ok(bulk::response(outcomes.map(to_json).collect()))
        })
        .await?;
    Ok(reply::json(StatusCode::OK, response).with_fixes(&request, &fixes).sent())
}

fn to_json(outcome: use_case::Outcome) -> Value {
    let use_case::Outcome { operation, location, result } = outcome;
    let (status, version, response) = match result {
        Ok(tag) => (status(&operation), tag.as_ref().map(Tag::quoted), None),
        Err(error) => {
            let problem = ScimProblem::from(error);
            (problem.status_code(), None, Some(problem.body()))
        }
    };
    let outcome = Outcome { status: status.as_u16(), location, version, response };
    bulk::outcome_json(&operation, outcome)
}

/// The status that the operation would have been answered with by itself.
fn status(operation: &Operation) -> StatusCode {
    match (operation.method, &operation.target) {
        (Method::Post, _) => StatusCode::CREATED,
        (Method::Delete, _) | (Method::Patch, Ok(Target::Groups(_))) => StatusCode::NO_CONTENT,
        (Method::Put | Method::Patch, _) => StatusCode::OK,
    }
}
