//! Answers of `application/scim+json` (RFC 7644, section 8.1).

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, EntityTag, HeaderName, LOCATION},
    },
};
use serde_json::Value;

use crate::{
    domain::etag::Tag,
    http::{api::conditional::is_not_modified, request_id},
    scim::{compatibility::CompatibilityFixes, schema::Object},
};

/// The media type of SCIM.
pub(super) const SCIM_JSON: &str = "application/scim+json";

/// The header that tells what of a request was fixed.
const COMPATIBILITY_FIXES: HeaderName = HeaderName::from_static("usher-compatibility-fixes");

/// An answer with a body.
pub(super) fn json(status: StatusCode, body: Object) -> Answer {
    text(status, Value::Object(body).to_string())
}

/// An answer with a body that is JSON already.
pub(super) fn text(status: StatusCode, body: String) -> Answer {
    let mut builder = HttpResponse::build(status);
    builder.insert_header((CONTENT_TYPE, SCIM_JSON));
    Answer { builder, body: Some(body) }
}

/// An answer without a body.
pub(super) fn nothing() -> Answer {
    Answer { builder: HttpResponse::NoContent(), body: None }
}

/// An answer that is being put together.
pub(super) struct Answer {
    builder: HttpResponseBuilder,
    body: Option<String>,
}

impl Answer {
    /// With the state of what it shows.
    pub(super) fn tagged(mut self, tag: Option<&Tag>) -> Self {
        if let Some(tag) = tag {
            self.builder.insert_header((ETAG, EntityTag::new_strong(tag.as_str().to_owned())));
        }
        self
    }

    /// With where the resource is.
    pub(super) fn at(mut self, location: &str) -> Self {
        self.builder.insert_header((LOCATION, location));
        self
    }

    /// With what was fixed, which is noted in the log as well.
    pub(super) fn with_fixes(mut self, request: &HttpRequest, fixes: &CompatibilityFixes) -> Self {
        let made = fixes.made();
        if made.is_empty() {
            return self;
        }
        let message: Vec<String> =
            made.iter().map(|(kind, what)| describe(kind.as_str(), what)).collect();
        tracing::info!(request = request_id::id(request), fixes = ?message, "a SCIM request was fixed");
        self.builder.insert_header((COMPATIBILITY_FIXES, message.join(", ")));
        self
    }

    /// The answer.
    pub(super) fn sent(mut self) -> HttpResponse {
        match self.body {
            Some(body) => self.builder.body(body),
            None => self.builder.finish(),
        }
    }
}

/// What was fixed, and where; nothing that a header can't hold.
fn describe(kind: &str, what: &str) -> String {
    let plain = |char: &char| (char.is_ascii_graphic() || *char == ' ') && *char != ',';
    let what: String = what.chars().filter(plain).take(100).collect();
    format!("{kind} {what}")
}

/// The answer that shows a resource, or 304 if the client has seen it so.
pub(super) fn entity(request: &HttpRequest, tag: Option<&Tag>, body: String) -> HttpResponse {
    let mut answer = text(StatusCode::OK, body);
    if tag.is_some_and(|tag| is_not_modified(request, tag)) {
        answer = Answer { builder: HttpResponse::build(StatusCode::NOT_MODIFIED), body: None };
    }
    answer.builder.insert_header((CACHE_CONTROL, "private, no-cache"));
    answer.tagged(tag).sent()
}
