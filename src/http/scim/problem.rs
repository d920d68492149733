//! SCIM errors (RFC 7644, section 3.12), for every response below `/scim/v2`.

use actix_web::{
    HttpResponse, ResponseError,
    body::BoxBody,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, HeaderValue},
    },
};

use serde_json::Value;

use super::response::SCIM_JSON;
use crate::{
    app,
    domain::{field_error, quote::QuotedText},
    http::problem::{self, Problem},
    scim::{
        error::{self, ScimError, ScimErrorType},
        user::scim_name,
    },
};

/// Why a request was not served.
#[derive(Debug, thiserror::Error)]
pub(in crate::http) enum ScimProblem {
    /// An error with a SCIM error type.
    #[error(transparent)]
    Scim(#[from] ScimError),
    /// An error for which SCIM defines a status but no error type.
    #[error("{detail}")]
    Plain {
        /// The response's status.
        status: StatusCode,
        /// What is wrong, and the remedy.
        detail: String,
    },
    /// Any other problem.
    #[error(transparent)]
    Other(Problem),
}

impl From<Problem> for ScimProblem {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::App(app::Error::Scim(error)) => Self::Scim(error),
            Problem::App(app::Error::Invalid(errors)) => {
                let kind = match errors.iter().all(field_error::FieldError::is_about_mutability) {
                    true => ScimErrorType::Mutability,
                    false => ScimErrorType::InvalidValue,
                };
                kind.with_detail(describe_errors(&errors)).into()
            }
            Problem::App(error @ app::Error::UniqueConflict { .. }) => {
                ScimErrorType::Uniqueness.with_detail(error).into()
            }
            // There is no `force` in SCIM.
            Problem::App(app::Error::Rejected(app::Rejection::LastAdmin { .. })) => Self::Plain {
                status: StatusCode::CONFLICT,
                detail: "this is the account's last user with the role ADMIN who may log in. Give another user the role first"
                    .into(),
            },
            Problem::App(app::Error::Revoked) => Self::Other(Problem::BadCredentials),
            Problem::Malformed(_) => ScimErrorType::InvalidSyntax.with_detail(problem).into(),
            other => Self::Other(other),
        }
    }
}

impl From<app::Error> for ScimProblem {
    fn from(error: app::Error) -> Self {
        Problem::App(error).into()
    }
}

/// Describes the errors with the names of SCIM attributes.
fn describe_errors(errors: &[field_error::FieldError]) -> String {
    let describe_error = |error: &field_error::FieldError| {
        let (field, value, reason) = (&error.field, &error.value, &error.reason);
        // The index of an operation has no meaning in SCIM.
        let field = match field.strip_prefix("operations/").and_then(|at| at.split_once('/')) {
            Some((_, "userId")) => "members.value".to_owned(),
            Some((_, rest)) => rest.to_owned(),
            None => scim_name(field),
        };
        match value.is_empty() {
            true => format!("{field} {reason}"),
            false => format!("{field} {} {reason}", QuotedText(value)),
        }
    };
    // More would not be read.
    errors.iter().take(10).map(describe_error).collect::<Vec<_>>().join("; ")
}

impl ResponseError for ScimProblem {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Scim(error) => {
                StatusCode::from_u16(error.kind.status()).unwrap_or(StatusCode::BAD_REQUEST)
            }
            Self::Plain { status, .. } => *status,
            Self::Other(problem) => match problem {
                // In SCIM, an invalid request is always 400.
                Problem::Query(_)
                | Problem::Headers(_)
                | Problem::Body(_)
                | Problem::Combined(_) => StatusCode::BAD_REQUEST,
                problem => problem.status_code(),
            },
        }
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        // The headers are those of the problem.
        let mut response = match self {
            Self::Other(problem) => problem.to_response(None),
            Self::Scim(_) | Self::Plain { .. } => HttpResponse::new(self.status_code()),
        };
        *response.status_mut() = self.status_code();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(SCIM_JSON));
        response.set_body(BoxBody::new(self.body().to_string()))
    }
}

impl ScimProblem {
    /// Builds the error body. Internal errors are logged, and not revealed.
    pub(super) fn body(&self) -> Value {
        if let Self::Other(problem) = self
            && self.status_code().is_server_error()
        {
            problem::log_failure(problem);
        }
        self.describe()
    }

    /// Builds the error body without logging.
    pub(super) fn describe(&self) -> Value {
        let (kind, detail) = match self {
            Self::Scim(error) => (Some(error.kind), Some(error.detail.clone())),
            Self::Plain { detail, .. } => (None, Some(detail.clone())),
            Self::Other(problem) => (None, problem.to_text()),
        };
        error::error_body(self.status_code().as_u16(), kind, detail.as_deref())
    }
}
