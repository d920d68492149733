//! Responses with `application/scim+json` (RFC 7644, section 8.1).

use std::convert::Infallible;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, EntityTag, HeaderName, LOCATION},
    },
    web::Bytes,
};
use futures_util::stream;
use serde_json::Value;

use crate::{
    domain::etag::ETag,
    http::{api::conditional::is_not_modified, request_id},
    scim::{compatibility::CompatibilityFixes, schema::Object},
};

/// The media type of SCIM.
pub(super) const SCIM_JSON: &str = "application/scim+json";

/// The header that lists the compatibility fixes of a request.
const COMPATIBILITY_FIXES: HeaderName = HeaderName::from_static("usher-compatibility-fixes");

/// Builds a response with a body.
pub(super) fn json_response(status: StatusCode, body: Object) -> ScimResponse {
    text_response(status, Value::Object(body).to_string())
}

/// Builds a response with a body that is serialized already.
pub(super) fn text_response(status: StatusCode, body: impl Into<ResponseText>) -> ScimResponse {
    let mut builder = HttpResponse::build(status);
    builder.insert_header((CONTENT_TYPE, SCIM_JSON));
    ScimResponse { builder, body: Some(body.into()) }
}

/// The text of a response.
pub(in crate::http) enum ResponseText {
    Whole(String),
    /// Text that is made while the client reads it.
    Parts(Box<dyn Iterator<Item = String> + Send>),
}

impl From<String> for ResponseText {
    fn from(text: String) -> Self {
        Self::Whole(text)
    }
}

/// Builds a response without a body.
pub(super) fn no_content() -> ScimResponse {
    ScimResponse { builder: HttpResponse::NoContent(), body: None }
}

/// The builder of a SCIM response.
pub(super) struct ScimResponse {
    builder: HttpResponseBuilder,
    body: Option<ResponseText>,
}

impl ScimResponse {
    /// Adds the entity tag.
    pub(super) fn with_etag(mut self, tag: Option<&ETag>) -> Self {
        if let Some(tag) = tag {
            self.builder.insert_header((ETAG, EntityTag::new_strong(tag.as_str().to_owned())));
        }
        self
    }

    /// Adds the location of the resource.
    pub(super) fn with_location(mut self, location: &str) -> Self {
        self.builder.insert_header((LOCATION, location));
        self
    }

    /// Adds the compatibility fixes, and logs them.
    pub(super) fn with_fixes(mut self, request: &HttpRequest, fixes: &CompatibilityFixes) -> Self {
        let applied = fixes.applied();
        if applied.is_empty() {
            return self;
        }
        let descriptions: Vec<String> =
            applied.iter().map(|(kind, what)| describe_fix(kind.as_str(), what)).collect();
        tracing::info!(request = request_id::find_request_id(request), fixes = ?descriptions, "a SCIM request was fixed");
        self.builder.insert_header((COMPATIBILITY_FIXES, descriptions.join(", ")));
        self
    }

    /// Returns the response.
    pub(super) fn into_response(mut self) -> HttpResponse {
        match self.body {
            Some(ResponseText::Whole(body)) => self.builder.body(body),
            Some(ResponseText::Parts(parts)) => {
                let parts = parts.map(|part| Ok::<_, Infallible>(Bytes::from(part)));
                self.builder.streaming(stream::iter(parts))
            }
            None => self.builder.finish(),
        }
    }
}

/// The maximum number of characters of an attribute in a header: proxies limit the
/// whole header.
const MAX_ATTRIBUTE: usize = 100;

/// Describes a fix with characters that are valid in a header. Others are
/// percent-encoded, and so are commas, which separate the fixes.
fn describe_fix(kind: &str, attribute: &str) -> String {
    let mut what = String::new();
    for (index, char) in attribute.char_indices() {
        let is_at_end = index == 0 || index + 1 == attribute.len();
        let encoded = match char {
            ' ' if !is_at_end => " ".to_owned(),
            char if char.is_ascii_graphic() && !matches!(char, ',' | '%') => char.to_string(),
            char => char.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect(),
        };
        if what.len() + encoded.len() > MAX_ATTRIBUTE {
            what.push_str("...");
            break;
        }
        what.push_str(&encoded);
    }
    format!("{kind} {what}")
}

/// Builds the response with a resource, or 304 if the client has its current state.
pub(super) fn entity_response(
    request: &HttpRequest,
    tag: Option<&ETag>,
    body: ResponseText,
) -> HttpResponse {
    let mut response = text_response(StatusCode::OK, body);
    if tag.is_some_and(|tag| is_not_modified(request, tag)) {
        response =
            ScimResponse { builder: HttpResponse::build(StatusCode::NOT_MODIFIED), body: None };
    }
    response.builder.insert_header((CACHE_CONTROL, "private, no-cache"));
    response.with_etag(tag).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fix_is_described_without_loss() {
        for (attribute, what) in [
            ("emails.value", "emails.value"),
            ("ims[type eq \"a, b\"]", "ims[type eq \"a%2C b\"]"),
            ("urn:x:größe", "urn:x:gr%C3%B6%C3%9Fe"),
            ("100%\n", "100%25%0A"),
            (" x ", "%20x%20"),
        ] {
            assert_eq!(describe_fix("fix", attribute), format!("fix {what}"));
        }
        let long = describe_fix("fix", &"é".repeat(60));
        assert_eq!(long, format!("fix {}...", "%C3%A9".repeat(16)), "cut between characters");
    }
}
