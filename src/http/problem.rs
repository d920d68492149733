//! Problem details (RFC 9457) for callers that are programs. Every error of
//! a use case gets its status here, and nowhere else.

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
};
use serde::Serialize;

use crate::app;

/// Why a request was not served.
#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    /// Nobody is signed in.
    #[error("nobody is signed in")]
    NotSignedIn,
    /// A cookie was sent without proof that our own page sent it.
    #[error(
        "the request needs an Origin or Sec-Fetch-Site header that shows that it comes from this site"
    )]
    CrossSite,
    /// There is nothing at this address.
    #[error("there is nothing at this address")]
    NoSuchPage,
    /// What the use case said.
    #[error(transparent)]
    App(#[from] app::Error),
    /// The server is overloaded or stopping.
    #[error("the work was not begun")]
    Cancelled,
}

/// When to ask again (RFC 9110 10.2.3): a database that is restarted is back
/// after some seconds.
const RETRY_SECONDS: &str = "5";

#[derive(Serialize)]
struct Details<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'a str,
    status: u16,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl Problem {
    /// The problem's stable code.
    #[must_use]
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::NotSignedIn => "not_signed_in",
            Self::CrossSite => "cross_site",
            Self::NoSuchPage => "not_found",
            Self::Cancelled => "unavailable",
            Self::App(error) => match error {
                app::Error::NotFound { .. } => "not_found",
                app::Error::Exists { .. } => "exists",
                app::Error::Invalid(_) => "invalid",
                app::Error::Unavailable(_) => "unavailable",
                app::Error::Store(_) | app::Error::Sealed | app::Error::Internal { .. } => {
                    "internal"
                }
            },
        }
    }

    /// What a caller may read of it: nothing of what went wrong inside.
    fn detail(&self) -> Option<String> {
        (!self.status_code().is_server_error()).then(|| self.to_string())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotSignedIn => StatusCode::UNAUTHORIZED,
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::NoSuchPage => StatusCode::NOT_FOUND,
            Self::Cancelled => StatusCode::SERVICE_UNAVAILABLE,
            Self::App(error) => match error {
                app::Error::NotFound { .. } => StatusCode::NOT_FOUND,
                app::Error::Exists { .. } => StatusCode::CONFLICT,
                app::Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
                app::Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
                app::Error::Store(_) | app::Error::Sealed | app::Error::Internal { .. } => {
                    StatusCode::INTERNAL_SERVER_ERROR
                }
            },
        }
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        if status.is_server_error() {
            log(self);
        }
        let mut response = HttpResponse::build(status);
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Cookie"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.insert_header((RETRY_AFTER, RETRY_SECONDS));
        }
        let details = Details {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code: self.code(),
            detail: self.detail(),
        };
        let body = serde_json::to_string(&details).unwrap_or_default();
        response.insert_header((CONTENT_TYPE, "application/problem+json")).body(body)
    }
}

/// Logs an error with every cause behind it.
pub(super) fn log(error: &(dyn std::error::Error + 'static)) {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    tracing::error!(error = %error, causes = ?causes, "a request failed");
}
