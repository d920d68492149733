//! The values in the error entries, as the caller sent them. A rule sees the parsed
//! value, but the caller looks for the original one.

use actix_web::{HttpMessage as _, HttpRequest, web::Bytes};
use serde_json::Value;

use super::details::ProblemError;
use crate::domain::check::excerpt;

/// The longest body that is remembered for error entries.
const MAX_BYTES: usize = 1024 * 1024;

/// Headers that contain secrets.
const SECRET_HEADERS: [&str; 2] = ["Authorization", "Cookie"];

/// Fields that contain whole documents. A caller may send a private key by mistake.
const DOCUMENTS: [&str; 4] = ["certificate", "certificates", "metadata", "samlResponse"];

/// The body of a request.
struct SentBody(Bytes);

/// Remembers the body of a request, unless it is long.
pub(in crate::http) fn remember_body(request: &HttpRequest, body: &Bytes) {
    if body.len() <= MAX_BYTES {
        request.extensions_mut().insert(SentBody(body.clone()));
    }
}

/// Adds to each error entry the value that the request has at its place.
pub(super) fn fill_values(errors: &mut [ProblemError], request: &HttpRequest) {
    let extensions = request.extensions();
    let body = extensions.get::<SentBody>();
    let body: Option<Value> = body.and_then(|SentBody(body)| serde_json::from_slice(body).ok());
    for error in errors {
        let sent = match (&error.header, &error.pointer) {
            (Some(name), _) => find_header(request, name),
            (_, Some(pointer)) => body.as_ref().and_then(|body| find_value(body, pointer)),
            _ if error.field == "method" => Some(request.method().to_string()),
            _ if error.field == "path" => {
                error.value.as_deref().and_then(|id| find_path_segment(request, id))
            }
            _ => None,
        };
        if let Some(sent) = sent {
            error.value = Some(excerpt(&sent));
        }
    }
}

/// Finds an ID in the path, ignoring case.
fn find_path_segment(request: &HttpRequest, id: &str) -> Option<String> {
    let mut parts = request.match_info().iter().map(|(_, part)| part);
    parts.find(|part| part.eq_ignore_ascii_case(id)).map(str::to_owned)
}

/// Joins all lines of a header, unless it contains a secret.
fn find_header(request: &HttpRequest, name: &str) -> Option<String> {
    if SECRET_HEADERS.iter().any(|secret| secret.eq_ignore_ascii_case(name)) {
        return None;
    }
    let lines = request.headers().get_all(name);
    let lines = lines.map(|line| String::from_utf8_lossy(line.as_bytes())).collect::<Vec<_>>();
    (!lines.is_empty()).then(|| lines.join(", "))
}

/// Finds the value at a JSON pointer: a text unchanged, any other value as JSON.
/// Returns no documents, and the whole body only if it is no object or array.
pub(in crate::http) fn find_value(body: &Value, pointer: &str) -> Option<String> {
    let field = pointer.split('/').nth(1).unwrap_or_default();
    if DOCUMENTS.contains(&field) || pointer.is_empty() && (body.is_object() || body.is_array()) {
        return None;
    }
    Some(match body.pointer(pointer)? {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn value_is_quoted_as_sent_except_for_documents() {
        let body = json!({
            "email": "A@Example.com", "x/y": [1, null], "metadata": "PRIVATE KEY", "role": null,
        });
        for (pointer, value) in [
            ("/email", Some("A@Example.com")),
            ("/x~1y", Some("[1,null]")),
            ("/x~1y/1", Some("null")),
            ("/role", Some("null")),
            ("/metadata", None),
            ("/name", None),
            ("", None),
        ] {
            assert_eq!(find_value(&body, pointer).as_deref(), value, "{pointer}");
        }
        assert_eq!(find_value(&json!(null), "").as_deref(), Some("null"));
    }
}
