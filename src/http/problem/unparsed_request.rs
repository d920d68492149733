//! Requests that are not HTTP/1.1, or whose head is too long or too slow.

use actix_web::http::StatusCode;

/// Why the HTTP library can't parse a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in crate::http) enum UnparsedRequest {
    /// The request line or a header is not HTTP/1.1.
    #[error(
        "the request line or a header can't be parsed as HTTP/1.1: percent-encode each character that a URL does not allow, such as %20 for a space"
    )]
    Malformed,
    /// The head did not arrive in time.
    #[error("the request line and the headers did not arrive in time: send them without pauses")]
    TooSlow,
    /// The URL or the headers are too long, or there are too many headers.
    #[error(
        "the URL or the headers are too long, or there are too many headers: send less, or a long SCIM filter by POST to /.search"
    )]
    TooLarge,
}

impl UnparsedRequest {
    /// The status and the stable code of the response.
    pub(super) fn status_and_code(self) -> (StatusCode, &'static str) {
        match self {
            Self::Malformed => (StatusCode::BAD_REQUEST, "malformed_request"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "too_slow"),
            Self::TooLarge => (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "head_too_large"),
        }
    }

    /// What the problem is about, what is expected, and what to do next.
    pub(super) fn describe_parts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Malformed => (
                "request",
                "a request line and headers of HTTP/1.1 (RFC 9112), with the header Host once, \
                 without TLS",
                "Percent-encode each character that a URL does not allow: %20 for a space, %22 for a \
                 quote. Send https to the proxy in front of this server.",
            ),
            Self::TooSlow => (
                "request",
                "the request line and all headers within 5 seconds",
                "Send the request again, without pauses.",
            ),
            Self::TooLarge => (
                "request",
                "a URL of at most 65534 bytes, at most 96 headers, and at most 131072 bytes in all",
                "Send fewer or shorter parameters and headers. Send a long SCIM filter by POST to \
                 /.search.",
            ),
        }
    }
}
