//! Responses with HTML pages, and redirects.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header, header::Allow},
};

use super::{
    pages::{self, ErrorPage, error_kind::ErrorPageKind},
    problem::{self, Problem},
};
use crate::{app, domain::account::Account};

/// Redirects with GET, independent of the request method (RFC 9110 15.4.4).
pub(super) fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, location)).finish()
}

/// Builds the response with an error page.
pub(super) fn error_page(
    kind: ErrorPageKind,
    account: Option<&Account>,
    reference: Option<&str>,
) -> HttpResponse {
    let page = ErrorPage { kind, account, reference };
    pages::page_response(kind.status(), pages::render_error(&page))
}

/// Builds the response with the error page of a problem.
pub(super) fn problem_page(error: &Problem) -> HttpResponse {
    let kind = error_page_kind(error);
    let mut response = error_page(kind, None, None);
    if kind.status() == StatusCode::SERVICE_UNAVAILABLE {
        let seconds = header::HeaderValue::from_static(problem::RETRY_SECONDS);
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

fn error_page_kind(problem: &Problem) -> ErrorPageKind {
    match problem {
        Problem::FilterNotSupported
        | Problem::UnknownPath
        | Problem::App(app::Error::NotFound { .. }) => ErrorPageKind::NotFound,
        Problem::NotSignedIn
        | Problem::NoCredentials
        | Problem::BadCredentials
        | Problem::Authorization(_)
        | Problem::App(app::Error::KeyExpired { .. }) => ErrorPageKind::NotWaiting,
        Problem::MethodNotAllowed(_) => ErrorPageKind::MethodNotAllowed,
        Problem::CrossSite
        | Problem::Query(_)
        | Problem::Headers(_)
        | Problem::Malformed(_)
        | Problem::Body(_)
        | Problem::Stale { .. }
        | Problem::Combined(_)
        | Problem::MediaType { .. }
        | Problem::TooLarge { .. }
        | Problem::Charset { .. }
        | Problem::ImportFailed { .. }
        | Problem::ImportEnded { .. }
        | Problem::ContentEncodingNotSupported
        | Problem::TooSlow { .. }
        | Problem::Unparsed(_)
        | Problem::IdempotencyKeyReused
        | Problem::RequestInProgress
        | Problem::App(
            app::Error::Invalid(_)
            | app::Error::Scim(_)
            | app::Error::UniqueConflict { .. }
            | app::Error::PreconditionFailed { .. }
            | app::Error::AlreadyExists { .. }
            | app::Error::Rejected(_)
            | app::Error::MissingScope(_)
            | app::Error::Revoked
            | app::Error::NotAdmin(_),
        ) => ErrorPageKind::BadRequest,
        Problem::App(app::Error::Busy(_)) => {
            problem::log_failure(problem);
            ErrorPageKind::Busy
        }
        Problem::Cancelled | Problem::App(app::Error::Unavailable(_)) => {
            problem::log_failure(problem);
            ErrorPageKind::Unavailable
        }
        Problem::App(
            app::Error::Store(_) | app::Error::WrongSecretKey | app::Error::Internal { .. },
        ) => {
            problem::log_failure(problem);
            ErrorPageKind::Internal
        }
    }
}

/// The handler of unknown paths.
pub(super) async fn no_such_page(request: HttpRequest) -> Result<HttpResponse, Problem> {
    if accepts_html(&request) {
        Ok(error_page(ErrorPageKind::NotFound, None, None))
    } else {
        Err(Problem::UnknownPath)
    }
}

/// Builds the response to a method that a path does not support.
pub(super) fn method_not_allowed(allow: Allow) -> HttpResponse {
    let mut response = error_page(ErrorPageKind::MethodNotAllowed, None, None);
    if let Ok(value) = header::TryIntoHeaderValue::try_into_value(allow) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    debug_assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    response
}

/// Whether the client accepts HTML pages.
fn accepts_html(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}
