//! The errors that any operation may return, with examples that the code itself
//! creates.

use serde_json::{Value, json};

use super::json_schema::reference;
use crate::{
    app,
    domain::{
        api_key::Scope,
        etag::{ETag, IfMatch},
    },
    http::{
        api::body::JSON,
        problem::Problem,
        scim::{problem::ScimProblem, response::SCIM_JSON},
    },
    scim::{bulk::MAX_BYTES, error::ScimErrorType, schema::Object},
};

/// The shared error responses: name, status and description.
pub(super) const SHARED_RESPONSES: &[(&str, &str, &str)] = &[
    (
        "ScimBadRequest",
        "400",
        "The request is invalid: `scimType` and `detail` say why. Nothing was changed.",
    ),
    ("ScimUnauthorized", "401", "The request has neither a valid API key nor a session."),
    ("ScimForbidden", "403", "The caller may not do this."),
    ("ScimNotFound", "404", "The resource does not exist, or belongs to another account."),
    ("ScimRequestTimeout", "408", "The body did not arrive in time. Nothing was changed."),
    (
        "ScimConflict",
        "409",
        "Another resource has a value that must be unique (`uniqueness`), or no administrator would be \
         left in the account. Nothing was changed.",
    ),
    (
        "ScimPreconditionFailed",
        "412",
        "The resource does not match `If-Match`. Nothing was changed.",
    ),
    (
        "ScimContentTooLarge",
        "413",
        "The body is too long, or has too many operations. Nothing was changed.",
    ),
    (
        "ScimUnsupportedMediaType",
        "415",
        "The media type of the body is not supported, or the body has a `Content-Encoding`.",
    ),
    (
        "ScimInternalServerError",
        "500",
        "An internal error. The log contains the details for the `X-Request-Id`.",
    ),
    (
        "ScimServiceUnavailable",
        "503",
        "The database can't be used, the server is stopping, or too many requests wait or change the same resources. Retry after `Retry-After`.",
    ),
];

/// The name of the response for every status that an operation does not name.
pub(super) const UNEXPECTED_RESPONSE: &str = "ScimUnexpectedError";

/// Builds all shared responses.
pub(super) fn build_responses() -> Object {
    let samples: Vec<_> = sample_problems().iter().map(ScimProblem::describe).collect();
    let build_response = |(name, status, description): &(&str, &str, &str)| {
        let matching =
            samples.iter().filter(|body| body.get("status").is_some_and(|own| own == status));
        let examples = matching.enumerate().map(|(number, body)| {
            let kind = body.get("scimType").and_then(Value::as_str);
            let name = kind.map_or_else(|| format!("plain{number}"), str::to_owned);
            (name, json!({ "value": body }))
        });
        let content = json!({
            "schema": reference("schemas", "ScimError"),
            "examples": examples.collect::<Object>(),
        });
        let mut headers = vec!["X-Request-Id"];
        headers.extend((*status == "401").then_some("WWW-Authenticate"));
        headers.extend((*status == "503").then_some("Retry-After"));
        let headers = headers.iter().map(|name| ((*name).to_owned(), reference("headers", name)));
        let response = json!({
            "description": description,
            "headers": headers.collect::<Object>(),
            "content": { SCIM_JSON: content },
        });
        ((*name).to_owned(), response)
    };
    let unexpected = json!({
        "description": "Any other error.",
        "headers": { "X-Request-Id": reference("headers", "X-Request-Id") },
        "content": { SCIM_JSON: { "schema": reference("schemas", "ScimError") } },
    });
    SHARED_RESPONSES
        .iter()
        .map(build_response)
        .chain([(UNEXPECTED_RESPONSE.to_owned(), unexpected)])
        .collect()
}

/// Returns one problem of each kind.
fn sample_problems() -> Vec<ScimProblem> {
    let errors = [
        (ScimErrorType::InvalidFilter, "the filter names an unknown attribute"),
        (ScimErrorType::TooMany, "the body has more values than can be read"),
        (
            ScimErrorType::Uniqueness,
            "the user exists already: email: \"ada@example.com\" belongs to another user. Use another email.",
        ),
        (ScimErrorType::Mutability, "groups is read-only"),
        (ScimErrorType::InvalidSyntax, "schemas must be a list of URIs"),
        (ScimErrorType::InvalidPath, "\"shoeSize\" is not an attribute of a User"),
        (ScimErrorType::NoTarget, "no value of emails matches the filter of the path"),
        (ScimErrorType::InvalidValue, "active must be true or false, not \"no\""),
        (ScimErrorType::InvalidCursor, "the cursor belongs to another list"),
        (ScimErrorType::InvalidCount, "count must be a whole number"),
    ];
    let name = || "0198c5a0-7d2c-7b6e-9d60-3f1f2a6f0c11".to_owned();
    let other_problems = [
        Problem::NoCredentials,
        Problem::App(app::Error::MissingScope(Scope::Scim)),
        Problem::App(app::Error::NotFound { thing: "user", name: name() }),
        Problem::TooSlow { seconds: 30 },
        Problem::App(app::Error::Rejected(app::Rejection::LastAdmin { field: "role" })),
        Problem::App(app::Error::PreconditionFailed {
            thing: "user",
            name: name(),
            if_match: IfMatch::OneOf(vec![ETag::from_version(1)]),
        }),
        Problem::TooLarge { limit: MAX_BYTES },
        Problem::MediaType { expected: &[SCIM_JSON, JSON] },
        Problem::App(app::Error::Internal { what: "an example", source: "an example".into() }),
        Problem::Cancelled,
    ];
    let errors = errors.into_iter().map(|(error, detail)| error.with_detail(detail).into());
    errors.chain(other_problems.into_iter().map(ScimProblem::Other)).collect()
}

/// Returns the error responses of an operation, by status.
pub(super) fn shared_responses_of(
    names: bool,
    writes: bool,
    body: bool,
) -> impl Iterator<Item = (String, Value)> {
    let applies = move |status: &str| match status {
        "404" => names,
        "409" => writes,
        "412" => names && writes,
        "408" | "413" | "415" => body,
        _ => true,
    };
    SHARED_RESPONSES
        .iter()
        .filter(move |(_, status, _)| applies(status))
        .map(|(name, status, _)| ((*status).to_owned(), reference("responses", name)))
}
