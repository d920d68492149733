//! The HTTP response of a problem.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{ACCEPT_ENCODING, ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
};
use serde_json::Value;

use super::{
    details,
    kind::{Problem, allow_header},
    log::log_failure,
    sent_values,
};
use crate::app;

/// When to ask again (RFC 9110 10.2.3): a database that is restarted is back
/// after some seconds.
pub(in crate::http) const RETRY_SECONDS: &str = "5";

impl Problem {
    /// The details that a caller reads, with the request ID if there is one.
    pub(in crate::http) fn details(&self, request_id: Option<&str>) -> details::Problem {
        let (status, code) = self.status_and_code();
        details::Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: self.detail(),
            request_id: request_id.map(Into::into),
            instance: request_id.map(|id| format!("urn:uuid:{id}")),
            errors: self.errors(),
        }
    }

    /// The details, with the members of a report if there is one.
    pub(in crate::http) fn body(&self, request_id: Option<&str>) -> Option<Value> {
        self.with_report(self.details(request_id))
    }

    fn with_report(&self, details: details::Problem) -> Option<Value> {
        let mut body = serde_json::to_value(details).ok()?;
        if let (Self::ImportFailed { report, .. }, Some(members)) = (self, body.as_object_mut()) {
            members.extend(report.as_object().cloned().unwrap_or_default());
        }
        Some(body)
    }

    /// Builds the response to a request, with the values from the request.
    pub(in crate::http) fn response_to(
        &self,
        request: &HttpRequest,
        request_id: &str,
    ) -> HttpResponse {
        let mut details = self.details(Some(request_id));
        sent_values::fill_values(&mut details.errors, request);
        self.build_response(details)
    }

    /// Builds the response to a request that was not read.
    pub(in crate::http) fn to_response(&self, request_id: Option<&str>) -> HttpResponse {
        self.build_response(self.details(request_id))
    }

    fn build_response(&self, details: details::Problem) -> HttpResponse {
        let status = self.status_and_code().0;
        let body = self.with_report(details).map(|body| body.to_string()).unwrap_or_default();
        let mut response = HttpResponse::build(status);
        response.insert_header((CONTENT_TYPE, "application/problem+json"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.insert_header((RETRY_AFTER, RETRY_SECONDS));
        }
        // Further bytes belong to this request (RFC 9110 15.5.9).
        if status == StatusCode::REQUEST_TIMEOUT {
            response.force_close();
        }
        // RFC 6750, section 3.
        match self {
            Self::NotSignedIn => response.insert_header((WWW_AUTHENTICATE, "Cookie")),
            Self::NoCredentials => {
                response.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"usher\""))
            }
            Self::BadCredentials
            | Self::Authorization(_)
            | Self::App(app::Error::KeyExpired { .. }) => response.insert_header((
                WWW_AUTHENTICATE,
                "Bearer realm=\"usher\", error=\"invalid_token\"",
            )),
            Self::App(app::Error::MissingScope(scope)) => {
                let challenge = format!(
                    "Bearer realm=\"usher\", error=\"insufficient_scope\", scope=\"{scope}\""
                );
                response.insert_header((WWW_AUTHENTICATE, challenge))
            }
            // RFC 9110, section 15.5.16.
            Self::ContentEncodingNotSupported => {
                response.insert_header((ACCEPT_ENCODING, "identity"))
            }
            Self::MethodNotAllowed(allow) => response.insert_header((ALLOW, allow_header(allow))),
            _ => &mut response,
        };
        response.body(body)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status_and_code().0
    }

    fn error_response(&self) -> HttpResponse {
        if self.status_code().is_server_error() {
            log_failure(self);
        }
        self.to_response(None)
    }
}
