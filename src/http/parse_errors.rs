//! Requests that the HTTP library cannot parse. The library answers them without a
//! body, before any handler or middleware runs. Its response is recognized before
//! it is sent, and replaced by one that says what is wrong.

use actix_web::{
    HttpResponse,
    body::MessageBody as _,
    http::header::{HeaderName, HeaderValue},
};
use uuid::Uuid;

use super::{
    headers::security_headers,
    problem::{Problem, UnparsedRequest},
    request_id, scim,
};

/// The longest answer without a body that the library writes itself.
const MAX_BARE_RESPONSE_BYTES: usize = 256;

/// The longest URL that the library accepts.
const MAX_URL: usize = 65_534;

/// The status lines of responses that the library itself writes.
const BARE_STATUS_LINES: [(&str, UnparsedRequest); 3] = [
    ("HTTP/1.1 400 Bad Request\r\n", UnparsedRequest::Malformed),
    ("HTTP/1.1 408 Request Timeout\r\n", UnparsedRequest::TooSlow),
    ("HTTP/1.1 431 Request Header Fields Too Large\r\n", UnparsedRequest::TooLarge),
];

/// A request that is not answered yet.
#[derive(Debug, Default)]
pub(super) struct UnansweredRequest {
    /// Whether the last request line has a SCIM path.
    is_scim: bool,
    /// The length of the head so far.
    length: usize,
    /// The number of the request, counted on its connection.
    number: u64,
}

impl UnansweredRequest {
    /// Records bytes of the head of the request with this number.
    pub(super) fn record_bytes(&mut self, bytes: &[u8], number: u64) {
        if self.number != number {
            (self.length, self.number) = (0, number);
        }
        self.length = self.length.saturating_add(bytes.len());
        if let Some(is_scim) = bytes.split(|byte| *byte == b'\n').filter_map(is_scim).next_back() {
            self.is_scim = is_scim;
        }
    }

    /// Builds the response to a request that cannot be parsed.
    pub(super) fn build_response(&self, reason: UnparsedRequest, is_https: bool) -> Vec<u8> {
        let reason = match reason {
            UnparsedRequest::Malformed if self.length > MAX_URL => UnparsedRequest::TooLarge,
            reason => reason,
        };
        let id = new_request_id();
        tracing::debug!(id, ?reason, "a request can't be parsed");
        let problem = Problem::Unparsed(reason);
        let mut response = if self.is_scim {
            scim::problem_response(problem)
        } else {
            problem.to_response(Some(&id))
        };
        for (name, value) in security_headers(is_https) {
            response.headers_mut().insert(name, value);
        }
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(request_id::HEADER, id);
        }
        serialize_response(response)
    }
}

/// Creates an ID for a request that no middleware has seen.
#[expect(clippy::disallowed_methods, reason = "names a response and a log line, and is not stored")]
fn new_request_id() -> String {
    Uuid::now_v7().to_string()
}

/// Finds a response that the library itself wrote at the end of these bytes, and
/// returns where it begins. Responses of handlers differ: each has a request ID.
pub(super) fn find_bare_response(bytes: &[u8]) -> Option<(UnparsedRequest, usize)> {
    let from = bytes.len().saturating_sub(MAX_BARE_RESPONSE_BYTES);
    let end = bytes.get(from..).filter(|end| end.ends_with(b"\r\n\r\n"))?;
    BARE_STATUS_LINES.iter().find_map(|(line, reason)| {
        let start = end.windows(line.len()).rposition(|window| window == line.as_bytes())?;
        let head = std::str::from_utf8(end.get(start..)?).ok()?;
        let mut lines = head.strip_suffix("\r\n\r\n")?.split("\r\n").skip(1);
        let is_bare = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap_or_default();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => value == "0",
                "connection" | "date" => true,
                _ => false,
            }
        };
        lines.all(is_bare).then_some((*reason, from + start))
    })
}

/// Whether a request line has a SCIM path. Returns `None` if the line is not a
/// request line.
fn is_scim(line: &[u8]) -> Option<bool> {
    let (method, target) = line.split_at_checked(line.iter().position(|byte| *byte == b' ')?)?;
    let is_method = (3..=8).contains(&method.len()) && method.iter().all(u8::is_ascii_uppercase);
    let mut path = target.iter().copied().skip_while(|byte| matches!(byte, b' ' | b'/'));
    (is_method && target.get(1) == Some(&b'/'))
        .then(|| b"scim/".iter().all(|byte| path.next() == Some(*byte)))
}

/// Serializes the last response of a connection.
fn serialize_response(response: HttpResponse) -> Vec<u8> {
    let status = response.status();
    let reason = status.canonical_reason().unwrap_or_default();
    let mut bytes = format!("HTTP/1.1 {} {reason}\r\n", status.as_u16()).into_bytes();
    let mut write_header = |name: &HeaderName, value: &[u8]| {
        bytes.extend([name.as_str().as_bytes(), b": ", value, b"\r\n"].concat());
    };
    for (name, value) in response.headers() {
        write_header(name, value.as_bytes());
    }
    let body = response.into_body().try_into_bytes().unwrap_or_default();
    write_header(&actix_web::http::header::CONTENT_LENGTH, body.len().to_string().as_bytes());
    write_header(&actix_web::http::header::CONNECTION, b"close");
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&body);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn library_error_is_distinguished_from_a_handler_response() {
        let own =
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\ndate: x\r\n\r\n";
        let with_body =
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\nx-request-id: 7\r\n\r\n{}";
        let with_id = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nx-request-id: 7\r\n\r\n";
        for (written, start) in [
            (own.to_owned(), Some(0)),
            (format!("{with_body}{own}"), Some(with_body.len())),
            (format!("{}{own}", "x".repeat(10_000)), Some(10_000)),
            (with_body.to_owned(), None),
            (with_id.to_owned(), None),
            (format!("{own}{with_id}"), None),
            (format!("{own}x"), None),
            (String::new(), None),
        ] {
            assert_eq!(
                find_bare_response(written.as_bytes()).map(|(_, start)| start),
                start,
                "{written}"
            );
        }
    }

    #[test]
    fn scim_request_is_recognized_by_its_request_line() {
        for (line, expected) in [
            ("GET /scim/v2/Users?filter=a b HTTP/1.1", Some(true)),
            ("PATCH //scim//v2 HTTP/1.1", Some(true)),
            ("GET /api/v1/users HTTP/1.1", Some(false)),
            ("GET /sci", Some(false)),
            ("Host: /scim/v2", None),
            ("aaaa", None),
            ("get /scim/v2", None),
            ("", None),
        ] {
            assert_eq!(is_scim(line.as_bytes()), expected, "{line}");
        }
    }

    #[test]
    fn answer_names_the_limit_that_a_long_url_exceeds() {
        let mut unanswered = UnansweredRequest::default();
        unanswered.record_bytes(b"GET /api/v1/users?filter=", 0);
        unanswered.record_bytes(&[b'x'; MAX_URL], 0);
        let response = unanswered.build_response(UnparsedRequest::Malformed, false);
        let response = String::from_utf8(response).unwrap();
        assert!(response.starts_with("HTTP/1.1 431 "), "{response}");
        assert!(response.contains("head_too_large"), "{response}");
    }
}
