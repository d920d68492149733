//! Why a request was not served: the problem, its status and its stable code.

use actix_web::http::{
    StatusCode,
    header::{Allow, HeaderValue},
};
use serde_json::Value;

use super::{
    codes,
    details::{MAX_ERRORS, ProblemError},
    unparsed_request::UnparsedRequest,
};
use crate::{
    app,
    domain::{count::format_count, field_error::FieldError},
};

/// The problem of a request that failed.
#[derive(Debug, thiserror::Error)]
pub(in crate::http) enum Problem {
    /// Nobody is signed in.
    #[error("this needs the session of a user")]
    NotSignedIn,
    /// Neither a key nor a session.
    #[error("this needs an API key (Authorization: Bearer usher_…) or the session of an ADMIN")]
    NoCredentials,
    /// The API key is not valid.
    #[error("the API key is unknown or was deleted")]
    BadCredentials,
    /// The `Authorization` header does not conform to RFC 6750.
    #[error("the header Authorization {0}: send Authorization: Bearer usher_…, once")]
    Authorization(&'static str),
    /// A session cookie was sent without proof that the request comes from our site.
    #[error(
        "the request needs an Origin or Sec-Fetch-Site header that shows that it comes from this site"
    )]
    CrossSite,
    /// A filter was sent to a resource that cannot be filtered.
    #[error("filters are not supported here. Leave the filter out")]
    FilterNotSupported,
    /// No resource has the path.
    #[error("no resource has this path")]
    UnknownPath,
    /// The path does not support the method.
    #[error("the path does not support the method. The header Allow lists the supported methods")]
    MethodNotAllowed(Allow),
    /// A parameter of the address can't be used.
    #[error("the request has {} that can't be used", format_count(.0.len(), "parameter"))]
    Query(Vec<FieldError>),
    /// Headers can't be used.
    #[error("the request has {} that can't be used", format_count(.0.len(), "header"))]
    Headers(Vec<FieldError>),
    /// The body can't be read at all.
    #[error("the body can't be read: {}", .0.reason)]
    Malformed(FieldError),
    /// Values of the body can't be used.
    #[error("the body has {}", describe_error_count(.0.len()))]
    Body(Vec<ProblemError>),
    /// The body is of another state of the resource than the present one.
    #[error("{noun} {id} has changed since: read it again, and repeat the change")]
    Stale {
        /// The kind of resource.
        noun: &'static str,
        /// Which.
        id: String,
        /// The fields that say so.
        errors: Vec<ProblemError>,
    },
    /// Several parts of the request can't be used.
    #[error("the request has {}", describe_error_count(.0.errors.len()))]
    Combined(CombinedProblem),
    /// The body is of another type.
    #[error("the Content-Type of the body must be {}", join_choices(.expected))]
    MediaType {
        /// The media types that are supported.
        expected: &'static [&'static str],
    },
    /// The body is in a character encoding that can't be read.
    #[error("the charset of the Content-Type must be {}", join_choices(.accepted))]
    Charset {
        /// The name of the charset.
        label: String,
        /// The names of the supported charsets.
        accepted: &'static [&'static str],
    },
    /// Rows of an import failed, so nothing was written.
    #[error(
        "{failed} of {rows} rows can't be used, so nothing was written. Correct them, or use mode=ROW_BY_ROW"
    )]
    ImportFailed {
        /// The number of rows.
        rows: u64,
        /// How many failed.
        failed: u64,
        /// The report: its members are members of the problem.
        report: Box<Value>,
    },
    /// An import failed before its last row.
    #[error("{detail}")]
    ImportEnded {
        /// The code of its failure.
        code: String,
        /// Why it failed.
        detail: String,
        /// The ID of the import.
        import: String,
    },
    /// The body is compressed.
    #[error("the Content-Encoding of the body is not supported. Send the body without one")]
    ContentEncodingNotSupported,
    /// The body is too long.
    #[error("the body is longer than {limit} bytes")]
    TooLarge {
        /// How long it may be.
        limit: usize,
    },
    /// The body did not come in in time.
    #[error("the body did not arrive within {seconds} seconds")]
    TooSlow {
        /// How long it may take.
        seconds: u64,
    },
    /// The HTTP library can't parse the request.
    #[error("{0}")]
    Unparsed(UnparsedRequest),
    /// The same `Idempotency-Key` came with another request.
    #[error("this Idempotency-Key was used for another request. Use a new key for a new request")]
    IdempotencyKeyReused,
    /// A request with the same `Idempotency-Key` has not been answered yet.
    #[error(
        "a request with this Idempotency-Key is in progress. Send the request again in a moment"
    )]
    RequestInProgress,
    /// The use case returned an error.
    #[error(transparent)]
    App(app::Error),
    /// The server is overloaded or stopping.
    #[error("the request was not processed")]
    Cancelled,
}

/// The errors of several parts of a request.
#[derive(Debug)]
pub(in crate::http) struct CombinedProblem {
    /// The rank of the error that determines status and code.
    pub(super) rank: u8,
    /// The status of that error.
    pub(super) status: StatusCode,
    /// Its code.
    pub(super) code: &'static str,
    /// All errors, in the order of the parts.
    pub(super) errors: Vec<ProblemError>,
}

impl Problem {
    /// The problem's status and its stable code.
    #[must_use]
    pub(super) fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotSignedIn => (StatusCode::UNAUTHORIZED, "not_signed_in"),
            Self::NoCredentials => (StatusCode::UNAUTHORIZED, "unauthenticated"),
            Self::BadCredentials | Self::Authorization(_) => {
                (StatusCode::UNAUTHORIZED, "invalid_key")
            }
            Self::CrossSite => (StatusCode::FORBIDDEN, "cross_site"),
            Self::FilterNotSupported => (StatusCode::FORBIDDEN, "no_filter"),
            Self::UnknownPath => (StatusCode::NOT_FOUND, "not_found"),
            Self::MethodNotAllowed(_) => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::Query(_) | Self::Headers(_) => (StatusCode::BAD_REQUEST, "invalid_parameter"),
            Self::Combined(several) => (several.status, several.code),
            Self::Malformed(_) => (StatusCode::BAD_REQUEST, "malformed"),
            Self::Body(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
            Self::Stale { .. } => (StatusCode::PRECONDITION_FAILED, "changed"),
            Self::MediaType { .. } => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type"),
            Self::Charset { .. } => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type"),
            Self::ImportFailed { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "import_failed"),
            Self::ImportEnded { code, .. } => codes::find_code(code),
            Self::ContentEncodingNotSupported => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_encoding")
            }
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::TooSlow { .. } => (StatusCode::REQUEST_TIMEOUT, "too_slow"),
            Self::Unparsed(reason) => reason.status_and_code(),
            Self::IdempotencyKeyReused => {
                (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused")
            }
            Self::RequestInProgress => (StatusCode::CONFLICT, "under_way"),
            Self::Cancelled => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Self::App(error) => status_and_code_of_app_error(error),
        }
    }

    /// The problem's stable code.
    #[must_use]
    pub(in crate::http) fn code(&self) -> &'static str {
        self.status_and_code().1
    }

    /// The details for the caller. They reveal nothing internal, and say what to do if
    /// the caller can do something.
    pub(super) fn detail(&self) -> Option<String> {
        let busy = matches!(self, Self::App(app::Error::Busy(_)));
        if self.status_and_code().0.is_server_error() && !busy {
            return None;
        }
        Some(match self {
            Self::App(app::Error::Invalid(errors)) => {
                format!("the body has {}", self::describe_error_count(errors.len()))
            }
            Self::App(error @ app::Error::Busy(_)) => {
                format!("{error}; send the same request again after the seconds of Retry-After")
            }
            other => other.to_string(),
        })
    }
}

/// An error of a parameter of the address.
impl From<FieldError> for Problem {
    fn from(error: FieldError) -> Self {
        Self::Query(vec![error])
    }
}

impl From<app::Error> for Problem {
    fn from(error: app::Error) -> Self {
        match error {
            // The same response, wherever it is detected.
            app::Error::Revoked => Self::BadCredentials,
            other => Self::App(other),
        }
    }
}

fn status_and_code_of_app_error(error: &app::Error) -> (StatusCode, &'static str) {
    match error {
        app::Error::NotFound { .. } => (StatusCode::NOT_FOUND, "not_found"),
        app::Error::UniqueConflict { .. } => (StatusCode::CONFLICT, "exists"),
        app::Error::PreconditionFailed { .. } => (StatusCode::PRECONDITION_FAILED, "changed"),
        app::Error::AlreadyExists { .. } => (StatusCode::PRECONDITION_FAILED, "already_exists"),
        app::Error::Rejected(rejection) => (StatusCode::CONFLICT, rejection.code()),
        app::Error::MissingScope(_) => (StatusCode::FORBIDDEN, "missing_scope"),
        app::Error::Revoked => (StatusCode::UNAUTHORIZED, "invalid_key"),
        app::Error::KeyExpired { .. } => (StatusCode::UNAUTHORIZED, "expired_key"),
        app::Error::NotAdmin(_) => (StatusCode::FORBIDDEN, "not_admin"),
        // SCIM answers it in its own way.
        app::Error::Scim(_) => (StatusCode::BAD_REQUEST, "malformed"),
        app::Error::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
        app::Error::Busy(_) => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
        app::Error::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        app::Error::Store(_) | app::Error::WrongSecretKey | app::Error::Internal { .. } => {
            (StatusCode::INTERNAL_SERVER_ERROR, "internal")
        }
    }
}

/// Joins names as a choice: `a, b or c`.
pub(super) fn join_choices(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
    }
}

fn describe_error_count(count: usize) -> String {
    if count > MAX_ERRORS {
        format!("more than {MAX_ERRORS} errors; the first {MAX_ERRORS} are listed")
    } else {
        format_count(count, "error")
    }
}

/// The methods of the header `Allow`.
pub(super) fn allow_header(allow: &Allow) -> HeaderValue {
    let methods = allow.iter().map(ToString::to_string).collect::<Vec<_>>();
    HeaderValue::from_str(&methods.join(", ")).unwrap_or(HeaderValue::from_static("GET"))
}
