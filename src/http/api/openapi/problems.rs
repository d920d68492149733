//! The problems that any operation may return, with examples that the code itself
//! creates.

use actix_web::{ResponseError as _, http::StatusCode};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::operations::{Object, object_at};
use crate::{
    app::{self, Rejection},
    domain::{
        Timestamp,
        api_key::Scope,
        etag::{ETag, IfMatch},
        field_error::FieldError,
        role::AccountRole,
    },
    http::{
        api::body::{JSON, MAX_BYTES},
        problem::{Problem, codes::CODES, details::ProblemError},
    },
};

/// The media type of problem details.
pub(super) const MEDIA_TYPE: &str = "application/problem+json";

/// The ID of the requests and of the things in examples.
const ID: &str = "0198c5a0-7d2c-7b6e-9d60-3f1f2a6f0c11";

/// A response that operations share, by its name among the components.
pub(super) struct SharedResponse {
    pub(super) name: &'static str,
    pub(super) status: StatusCode,
    description: &'static str,
    /// The codes of its examples. If there are none, all codes of its status.
    codes: &'static [&'static str],
    headers: &'static [&'static str],
}

/// All shared responses.
pub(super) const SHARED_RESPONSES: &[SharedResponse] = &[
    shared_response(
        "BadRequest",
        StatusCode::BAD_REQUEST,
        "A parameter or a header can't be used, or the body can't be read.",
    ),
    SharedResponse {
        headers: &["WWW-Authenticate"],
        ..shared_response(
            "Unauthorized",
            StatusCode::UNAUTHORIZED,
            "The request has neither a valid API key nor a session.",
        )
    },
    shared_response("Forbidden", StatusCode::FORBIDDEN, "The caller may not do this."),
    shared_response(
        "NotFound",
        StatusCode::NOT_FOUND,
        "The resource does not exist in the caller's account.",
    ),
    SharedResponse {
        codes: &["under_way"],
        ..shared_response(
            "UnderWay",
            StatusCode::CONFLICT,
            "A request with the same `Idempotency-Key` is still in progress.",
        )
    },
    shared_response(
        "PreconditionFailed",
        StatusCode::PRECONDITION_FAILED,
        "The resource does not match `If-Match` or `If-None-Match`. Nothing was changed.",
    ),
    shared_response(
        "RequestTimeout",
        StatusCode::REQUEST_TIMEOUT,
        "The body did not arrive in time. Nothing was changed.",
    ),
    shared_response("ContentTooLarge", StatusCode::PAYLOAD_TOO_LARGE, "The body is too long."),
    shared_response(
        "UnsupportedMediaType",
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "The media type of the body is not supported (`media_type`), or the body has a `Content-Encoding` (`content_encoding`).",
    ),
    SharedResponse {
        codes: &["invalid", "idempotency_key_reused"],
        ..shared_response(
            "UnprocessableOrReused",
            StatusCode::UNPROCESSABLE_ENTITY,
            "Values of the body are invalid: `errors` lists all of them. Or the `Idempotency-Key` was used for another request. Nothing was changed.",
        )
    },
    SharedResponse {
        codes: &["invalid"],
        ..shared_response(
            "UnprocessableContent",
            StatusCode::UNPROCESSABLE_ENTITY,
            "Values of the body are invalid: `errors` lists all of them. Nothing was changed.",
        )
    },
    shared_response(
        "InternalServerError",
        StatusCode::INTERNAL_SERVER_ERROR,
        "An internal error. The log contains the details for the `requestId`.",
    ),
    SharedResponse {
        headers: &["Retry-After"],
        ..shared_response(
            "ServiceUnavailable",
            StatusCode::SERVICE_UNAVAILABLE,
            "The database can't be used or the server is stopping (`unavailable`), or too many requests wait or change the same resources (`busy`). Retry after `Retry-After`.",
        )
    },
];

const fn shared_response(
    name: &'static str,
    status: StatusCode,
    description: &'static str,
) -> SharedResponse {
    SharedResponse { name, status, description, codes: &[], headers: &[] }
}

impl SharedResponse {
    /// The response, for the components.
    pub(super) fn to_response(&self) -> Value {
        let mut headers = Object::new();
        for name in self.headers.iter().chain(&["X-Request-Id"]) {
            headers.insert((*name).into(), json!({"$ref": format!("#/components/headers/{name}")}));
        }
        let is_included = |code: &str| self.codes.is_empty() || self.codes.contains(&code);
        json!({
            "description": self.description,
            "headers": headers,
            "content": problem_content("", self.status, is_included),
        })
    }
}

/// The name of the response for every status that an operation does not name.
pub(super) const UNEXPECTED_RESPONSE: &str = "UnexpectedProblem";

/// Builds that response. A proxy or a later version may return a status that the
/// contract does not name.
pub(super) fn unexpected_response() -> Value {
    json!({
        "description": "Any other problem.",
        "headers": {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}},
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    })
}

/// Builds the content of a problem response, with an example for each code that is
/// selected. The examples match the resource at the path.
pub(super) fn problem_content(
    path: &str,
    status: StatusCode,
    is_included: impl Fn(&str) -> bool,
) -> Value {
    let matching =
        sample_problems(path).into_iter().filter(|problem| problem.status_code() == status);
    let matching = matching.filter(|problem| is_included(problem.code()));
    let examples: Object = matching
        .map(|problem| {
            let mut example = json!(problem.details(Some(ID)));
            set_header_values(&mut example);
            (problem.code().into(), json!({"value": example}))
        })
        .collect();
    let mut content = json!({"schema": {"$ref": "#/components/schemas/Problem"}});
    if let (false, Some(content)) = (examples.is_empty(), content.as_object_mut()) {
        content.insert("examples".into(), Value::Object(examples));
    }
    json!({MEDIA_TYPE: content})
}

/// Adds the header values of the request to the entries of an example.
fn set_header_values(example: &mut Value) {
    let entries = example.get_mut("errors").and_then(Value::as_array_mut);
    for entry in entries.into_iter().flatten() {
        let value = match entry.get("header").and_then(Value::as_str) {
            Some("Content-Encoding") => "gzip",
            Some("Content-Type") => "text/plain",
            Some("Idempotency-Key") => "payroll-4711",
            _ => continue,
        };
        if let Some(entry) = entry.as_object_mut() {
            entry.insert("value".into(), value.into());
        }
    }
}

/// Lists the codes of problems in their schema, as an enum that may grow.
pub(super) fn add_codes(contract: &mut Value) {
    let Some(schema) = object_at(contract, "/components/schemas/ProblemCode") else { return };
    let codes: Vec<_> = CODES.iter().map(|(code, ..)| *code).collect();
    schema.insert("x-extensible-enum".into(), json!(codes));
}

/// The example error of a value that another resource has.
fn conflict_error(path: &str) -> app::Error {
    let (thing, field, value) = match path.strip_prefix("/api/v1/").unwrap_or_default() {
        path if path.starts_with("teams") => ("team", "name", "Analytical Engine"),
        path if path.starts_with("connections") => ("connection", "name", "Staff"),
        path if path.starts_with("scim-clients") => ("SCIM client", "name", "Entra"),
        path if path.starts_with("attribute-definitions") => {
            ("attribute definition", "name", "shoeSize")
        }
        _ => ("user", "email", "ada.lovelace@example.com"),
    };
    app::Error::unique_conflict(thing, field, value, ID.parse().ok())
}

/// The example reason why the resource at a path is not deleted.
fn in_use_rejection(path: &str) -> Rejection {
    match path.strip_prefix("/api/v1/").unwrap_or_default() {
        path if path.starts_with("scim-clients") => Rejection::ScimClientInUse { keys: 1 },
        path if path.starts_with("attribute-definitions") => {
            Rejection::AttributeInUse { users: 2, connections: 1 }
        }
        _ => Rejection::ConnectionInUse { users: 2 },
    }
}

/// The error of a text that is not JSON.
fn malformed_error() -> FieldError {
    crate::scim::json::parse(b"{name: 1}").err().unwrap_or_else(|| FieldError::new("", "", ""))
}

/// A precondition with an outdated entity tag.
fn stale_if_match() -> IfMatch {
    IfMatch::OneOf(vec![ETag::from_version(1)])
}

/// Returns one problem of each code, for an operation at a path.
fn sample_problems(path: &str) -> Vec<Problem> {
    let id = || ID.to_owned();
    let count_error = FieldError::new("count", "0", "must be a whole number from 1 to 1000");
    let scopes = format!("must be one of {}", Scope::ALL.map(Scope::as_str).join(", "));
    let scope_error = ProblemError::in_body(&FieldError::new("scopes/0", "users:delete", scopes));
    let conflicts = [
        conflict_error(path),
        app::Error::Rejected(Rejection::LastAdmin { field: "role" }),
        app::Error::Rejected(Rejection::LastKeyAdmin),
        app::Error::Rejected(Rejection::OwnKey),
        app::Error::Rejected(Rejection::TooManyImports),
        app::Error::Rejected(Rejection::TooManyAttributes),
        app::Error::Rejected(Rejection::ImportTooLarge { created: 40_000, changed: 0 }),
        app::Error::Rejected(in_use_rejection(path)),
        app::Error::Rejected(Rejection::KeyExpired {
            at: Timestamp::UNIX_EPOCH + TimeDelta::days(20_454),
        }),
        app::Error::Rejected(Rejection::CertificateInUse {
            fingerprint: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
            last_used_at: Timestamp::UNIX_EPOCH + TimeDelta::days(20_454),
        }),
    ];
    let other_problems = [
        Problem::Query(vec![count_error]),
        Problem::Malformed(malformed_error()),
        Problem::NoCredentials,
        Problem::BadCredentials,
        Problem::App(app::Error::KeyExpired { at: Timestamp::UNIX_EPOCH }),
        Problem::App(app::Error::MissingScope(Scope::KeysWrite)),
        Problem::App(app::Error::NotAdmin(AccountRole::User)),
        Problem::CrossSite,
        Problem::App(app::Error::NotFound { thing: "key", name: id() }),
        Problem::RequestInProgress,
        Problem::App(app::Error::PreconditionFailed {
            thing: "key",
            name: id(),
            if_match: stale_if_match(),
        }),
        Problem::App(app::Error::AlreadyExists { thing: "member", name: id() }),
        Problem::TooSlow { seconds: 30 },
        Problem::TooLarge { limit: MAX_BYTES },
        Problem::MediaType { expected: &[JSON] },
        Problem::ContentEncodingNotSupported,
        Problem::Body(vec![scope_error]),
        Problem::IdempotencyKeyReused,
        Problem::App(app::Error::Internal { what: "an example", source: "an example".into() }),
        Problem::App(app::Error::Busy("an example".into())),
        Problem::Cancelled,
    ];
    other_problems.into_iter().chain(conflicts.map(Problem::App)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_a_code_of_the_table_with_its_status() {
        for problem in sample_problems("") {
            let status = problem.status_code().as_u16();
            let found =
                CODES.iter().any(|(code, own, _)| (*code, *own) == (problem.code(), status));
            assert!(found, "{} {status}", problem.code());
        }
    }
}
