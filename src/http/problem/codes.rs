//! The problem codes with their statuses and meanings. The contract and
//! `docs/api.md` contain the same list.

use actix_web::http::StatusCode;

/// A code, its status, and what it means.
pub(in crate::http) type ProblemCodeRow = (&'static str, u16, &'static str);

/// Finds the status of a code, and the code in the table.
pub(super) fn find_code(code: &str) -> (StatusCode, &'static str) {
    let found = CODES.iter().find(|(candidate, ..)| *candidate == code);
    let found =
        found.and_then(|(code, status, _)| Some((StatusCode::from_u16(*status).ok()?, *code)));
    found.unwrap_or((StatusCode::INTERNAL_SERVER_ERROR, "internal"))
}

/// All codes of the admin API, by status.
pub(in crate::http) const CODES: &[ProblemCodeRow] = &[
    ("invalid_parameter", 400, "A query parameter or a header can't be used."),
    ("malformed", 400, "The body is not JSON, or an object has a name more than once."),
    ("malformed_request", 400, "The request line or a header can't be parsed as HTTP/1.1."),
    ("unauthenticated", 401, "The request has neither a key nor a session."),
    ("not_signed_in", 401, "The request has no session."),
    ("invalid_key", 401, "The key is unknown or deleted, or the header Authorization is wrong."),
    ("expired_key", 401, "The key has expired."),
    ("missing_scope", 403, "The key does not have the scope that the operation needs."),
    ("not_admin", 403, "The user who is signed in does not have the role ADMIN."),
    ("cross_site", 403, "A session was used without proof that the request comes from this site."),
    ("no_filter", 403, "The resource can't be filtered."),
    ("not_found", 404, "The path or the resource does not exist in the caller's account."),
    ("method_not_allowed", 405, "The path does not support the method."),
    ("too_slow", 408, "The request did not arrive in time."),
    ("exists", 409, "Another resource has a value that must be unique."),
    ("under_way", 409, "A request with this Idempotency-Key is in progress."),
    ("last_admin", 409, "No administrator would be left in the account."),
    ("last_key_maker", 409, "No key that may create keys would be left in the account."),
    ("own_key", 409, "A key can't delete itself."),
    (
        "in_use",
        409,
        "The connection has identities, the SCIM client has valid keys, or the attribute is used.",
    ),
    ("already_expired", 409, "The key has expired, so it can't be rotated."),
    (
        "certificate_in_use",
        409,
        "The certificate verified a login within the hour before the latest one.",
    ),
    ("import_too_large", 409, "On SQLite, the import writes too much at once, all or nothing."),
    ("too_many_attributes", 409, "The account has the maximum number of custom attributes."),
    ("too_many_imports", 409, "Too many imports of the account have not ended."),
    ("changed", 412, "The resource does not match If-Match, or etag or version of the body."),
    ("already_exists", 412, "The resource exists, and the request has If-None-Match: *."),
    ("too_large", 413, "The body is too long."),
    ("media_type", 415, "The body has a Content-Type that is not supported here."),
    ("content_encoding", 415, "The body has a Content-Encoding."),
    ("invalid", 422, "Values of the body can't be used."),
    ("import_failed", 422, "Rows of an import can't be used, so nothing was written."),
    ("idempotency_key_reused", 422, "The Idempotency-Key was used for another request."),
    ("head_too_large", 431, "The URL or the headers are too long."),
    ("internal", 500, "An internal error. The log has the details for the requestId."),
    ("unavailable", 503, "The database can't be used, or the server is stopping."),
    (
        "busy",
        503,
        "Too many requests wait, or others change the same resources. Send the request again later.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_ordered_by_status() {
        assert!(CODES.is_sorted_by_key(|(_, status, _)| *status));
        for (index, (code, ..)) in CODES.iter().enumerate() {
            assert!(CODES.iter().skip(index + 1).all(|(other, ..)| other != code), "{code}");
        }
    }
}
