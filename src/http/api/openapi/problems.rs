//! The problems that any operation may answer, each with examples that the
//! code itself has made.

use actix_web::{ResponseError as _, http::StatusCode};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::operations::{Object, object};
use crate::{
    app::{self, Refusal},
    domain::{
        Timestamp,
        api_key::Scope,
        etag::{IfMatch, Tag},
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

/// The id of the requests and of the things in examples.
const ID: &str = "0198c5a0-7d2c-7b6e-9d60-3f1f2a6f0c11";

/// A response that operations share, by its name among the components.
pub(super) struct Shared {
    pub(super) name: &'static str,
    pub(super) status: StatusCode,
    description: &'static str,
    /// Which of the samples belong to it; all of its status, if none is named.
    codes: &'static [&'static str],
    headers: &'static [&'static str],
}

/// All of them.
pub(super) const SHARED: &[Shared] = &[
    shared(
        "BadRequest",
        StatusCode::BAD_REQUEST,
        "A parameter or a header can't be used, or the body can't be read.",
    ),
    Shared {
        headers: &["WWW-Authenticate"],
        ..shared(
            "Unauthorized",
            StatusCode::UNAUTHORIZED,
            "There is no key that lets anybody in, and no session.",
        )
    },
    shared("Forbidden", StatusCode::FORBIDDEN, "The caller may not do this."),
    shared("NotFound", StatusCode::NOT_FOUND, "There is no such thing in the caller's account."),
    Shared {
        codes: &["under_way"],
        ..shared(
            "UnderWay",
            StatusCode::CONFLICT,
            "The same request, by its `Idempotency-Key`, has not been answered yet.",
        )
    },
    shared(
        "PreconditionFailed",
        StatusCode::PRECONDITION_FAILED,
        "It is not as `If-Match` or `If-None-Match` wants it. Nothing was changed.",
    ),
    shared(
        "RequestTimeout",
        StatusCode::REQUEST_TIMEOUT,
        "The body did not come in in time. Nothing was changed.",
    ),
    shared("ContentTooLarge", StatusCode::PAYLOAD_TOO_LARGE, "The body is too long."),
    shared(
        "UnsupportedMediaType",
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "The body is of a type that can't be read here (`media_type`), or has a `Content-Encoding` (`content_encoding`).",
    ),
    Shared {
        codes: &["invalid", "idempotency_key_reused"],
        ..shared(
            "UnprocessableOrReused",
            StatusCode::UNPROCESSABLE_ENTITY,
            "Values of the body can't be used: `errors` names all of them. Or the `Idempotency-Key` was used for another request. Nothing was changed.",
        )
    },
    Shared {
        codes: &["invalid"],
        ..shared(
            "UnprocessableContent",
            StatusCode::UNPROCESSABLE_ENTITY,
            "Values of the body can't be used: `errors` names all of them. Nothing was changed.",
        )
    },
    shared(
        "InternalServerError",
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something failed that should not. The log knows more, by the `requestId`.",
    ),
    Shared {
        headers: &["Retry-After"],
        ..shared(
            "ServiceUnavailable",
            StatusCode::SERVICE_UNAVAILABLE,
            "The database can't be reached (`unavailable`), or others were changing the same things for too long (`busy`): ask again after `Retry-After`.",
        )
    },
];

const fn shared(name: &'static str, status: StatusCode, description: &'static str) -> Shared {
    Shared { name, status, description, codes: &[], headers: &[] }
}

impl Shared {
    /// The response, for the components.
    pub(super) fn response(&self) -> Value {
        let mut headers = Object::new();
        for name in self.headers.iter().chain(&["X-Request-Id"]) {
            headers.insert((*name).into(), json!({"$ref": format!("#/components/headers/{name}")}));
        }
        let desired = |code: &str| self.codes.is_empty() || self.codes.contains(&code);
        json!({
            "description": self.description,
            "headers": headers,
            "content": content("", self.status, desired),
        })
    }
}

/// The name of the response for every status that an operation does not name.
pub(super) const UNEXPECTED: &str = "UnexpectedProblem";

/// That response. A proxy or a later version may answer a status that the
/// contract does not name.
pub(super) fn unexpected() -> Value {
    json!({
        "description": "Any other problem.",
        "headers": {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}},
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    })
}

/// The content of a response of problem details, with an example for each code
/// that is wanted. The examples are those of the resource at a path.
pub(super) fn content(path: &str, status: StatusCode, desired: impl Fn(&str) -> bool) -> Value {
    let fitting = samples(path).into_iter().filter(|problem| problem.status_code() == status);
    let fitting = fitting.filter(|problem| desired(problem.code()));
    let examples: Object = fitting
        .map(|problem| {
            let mut example = json!(problem.details(Some(ID)));
            send_headers(&mut example);
            (problem.code().into(), json!({"value": example}))
        })
        .collect();
    let mut content = json!({"schema": {"$ref": "#/components/schemas/Problem"}});
    if let (false, Some(content)) = (examples.is_empty(), content.as_object_mut()) {
        content.insert("examples".into(), Value::Object(examples));
    }
    json!({MEDIA_TYPE: content})
}

/// Gives the entries of an example the headers that its request sends.
fn send_headers(example: &mut Value) {
    let entries = example.get_mut("errors").and_then(Value::as_array_mut);
    for entry in entries.into_iter().flatten() {
        let sent = match entry.get("header").and_then(Value::as_str) {
            Some("Content-Encoding") => "gzip",
            Some("Content-Type") => "text/plain",
            Some("Idempotency-Key") => "payroll-4711",
            _ => continue,
        };
        if let Some(entry) = entry.as_object_mut() {
            entry.insert("value".into(), sent.into());
        }
    }
}

/// Lists the codes of problems in their schema, as an enum that may grow.
pub(super) fn name_codes(contract: &mut Value) {
    let Some(schema) = object(contract, "/components/schemas/ProblemCode") else { return };
    let codes: Vec<_> = CODES.iter().map(|(code, ..)| *code).collect();
    schema.insert("x-extensible-enum".into(), json!(codes));
}

/// A value that another resource has, as an operation at a path refuses it.
fn taken(path: &str) -> app::Error {
    let (thing, field, value) = match path.strip_prefix("/api/v1/").unwrap_or_default() {
        path if path.starts_with("teams") => ("team", "name", "Analytical Engine"),
        path if path.starts_with("connections") => ("connection", "name", "Staff"),
        path if path.starts_with("scim-clients") => ("SCIM client", "name", "Entra"),
        _ => ("user", "email", "ada.lovelace@example.com"),
    };
    app::Error::exists(thing, field, value, ID.parse().ok())
}

/// Why the resource at a path is not deleted.
fn in_use(path: &str) -> Refusal {
    match path.starts_with("/api/v1/scim-clients") {
        true => Refusal::ScimClientInUse { keys: 1 },
        false => Refusal::ConnectionInUse { users: 2 },
    }
}

/// The fault of a text that is no JSON.
fn malformed() -> FieldError {
    crate::scim::json::read(b"{name: 1}").err().unwrap_or_else(|| FieldError::new("", "", ""))
}

/// What a caller has seen of a resource that has changed since.
fn stale() -> IfMatch {
    IfMatch::OneOf(vec![Tag::of_version(1)])
}

/// One problem of each code, as an operation at a path answers it.
fn samples(path: &str) -> Vec<Problem> {
    let id = || ID.to_owned();
    let count = FieldError::new("count", "0", "must be a whole number from 1 to 1000");
    let scopes = format!("must be one of {}", Scope::ALL.map(Scope::as_str).join(", "));
    let word = ProblemError::in_body(&FieldError::new("scopes/0", "users:delete", scopes));
    let conflicts = [
        taken(path),
        app::Error::Refused(Refusal::LastAdmin { field: "role" }),
        app::Error::Refused(Refusal::LastKeyMaker),
        app::Error::Refused(Refusal::OwnKey),
        app::Error::Refused(Refusal::TooManyImports),
        app::Error::Refused(Refusal::ImportTooLarge { created: 40_000, changed: 0 }),
        app::Error::Refused(in_use(path)),
        app::Error::Refused(Refusal::KeyExpired {
            at: Timestamp::UNIX_EPOCH + TimeDelta::days(20_454),
        }),
        app::Error::Refused(Refusal::CertificateInUse {
            fingerprint: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
            last_used_at: Timestamp::UNIX_EPOCH + TimeDelta::days(20_454),
        }),
    ];
    let others = [
        Problem::Query(vec![count]),
        Problem::Malformed(malformed()),
        Problem::NoCredentials,
        Problem::BadCredentials,
        Problem::App(app::Error::KeyExpired { at: Timestamp::UNIX_EPOCH }),
        Problem::App(app::Error::MissingScope(Scope::KeysWrite)),
        Problem::App(app::Error::NotAdmin(AccountRole::User)),
        Problem::CrossSite,
        Problem::App(app::Error::NotFound { thing: "key", name: id() }),
        Problem::UnderWay,
        Problem::App(app::Error::Changed { thing: "key", name: id(), if_match: stale() }),
        Problem::App(app::Error::AlreadyThere { thing: "member", name: id() }),
        Problem::TooSlow { seconds: 30 },
        Problem::TooLarge { limit: MAX_BYTES },
        Problem::MediaType { expected: &[JSON] },
        Problem::Encoded,
        Problem::Body(vec![word]),
        Problem::KeyReused,
        Problem::App(app::Error::Internal { what: "an example", source: "an example".into() }),
        Problem::App(app::Error::Busy("an example".into())),
        Problem::Cancelled,
    ];
    others.into_iter().chain(conflicts.map(Problem::App)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_a_code_of_the_table_with_its_status() {
        for problem in samples("") {
            let status = problem.status_code().as_u16();
            let found =
                CODES.iter().any(|(code, own, _)| (*code, *own) == (problem.code(), status));
            assert!(found, "{} {status}", problem.code());
        }
    }
}
