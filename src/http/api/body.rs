//! Request bodies. They are read after the caller is authenticated, and all their
//! errors are reported at once.

mod faults;
mod fields;
mod json;
mod parsed;

use std::{
    future::{Ready, ready},
    time::Duration,
};

use actix_web::{FromRequest, HttpRequest, dev, http::header, web};

pub(in crate::http) use self::json::has_too_many_values;
pub(super) use self::{
    faults::{Faults, no_word, text_of, unknown},
    fields::{Field, Patched, missing, set_and_cleared},
    json::{read, read_apart},
    parsed::Parsed,
};
use super::body_stream::BodyStream;
use crate::{
    domain::import::Charset,
    http::problem::{Problem, sent},
};

/// The most bytes of a JSON body, unless a handler sets another limit.
pub(in crate::http) const MAX_BYTES: usize = 1024 * 1024;

/// How long a body may take to arrive, unless a handler sets another limit.
const WITHIN: Duration = Duration::from_secs(30);

/// The media type of complete bodies.
pub(in crate::http) const JSON: &str = "application/json";

/// The media type of merge patches (RFC 7396).
pub(super) const MERGE_PATCH: &str = "application/merge-patch+json";

/// The body of a request, not yet read.
pub(in crate::http) struct Body {
    request: HttpRequest,
    payload: dev::Payload,
    content_type: Option<String>,
    charset: Option<String>,
    encoded: bool,
    length: Option<usize>,
}

impl FromRequest for Body {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let essence =
            |value: &str| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        ready(Ok(Self {
            content_type: text(header::CONTENT_TYPE).map(essence),
            charset: text(header::CONTENT_TYPE).and_then(charset_of),
            encoded: request
                .headers()
                .get_all(header::CONTENT_ENCODING)
                .any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")),
            length: text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok()),
            request: request.clone(),
            payload: payload.take(),
        }))
    }
}

impl Body {
    /// The declared media type, without parameters and in lower case.
    pub(super) fn media_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// The declared `charset`.
    pub(super) fn charset(&self) -> Option<&str> {
        self.charset.as_deref()
    }

    /// Converts the body into a stream of chunks.
    pub(super) fn reading(self, limit: usize, within: Duration) -> BodyStream {
        BodyStream::of(self.request, self.payload, limit, within)
    }

    /// Checks that the declared media type is supported, that the body has no content
    /// encoding, and that its declared length is within the limit. Returns the type.
    pub(super) fn admit(
        &self,
        types: &'static [&'static str],
        limit: usize,
    ) -> Result<&'static str, Problem> {
        let input = types.iter().find(|known| self.media_type() == Some(known));
        let input = input.ok_or(Problem::MediaType { expected: types })?;
        if self.encoded {
            return Err(Problem::Encoded);
        }
        if self.length.is_some_and(|length| length > limit) {
            return Err(Problem::TooLarge { limit });
        }
        Ok(input)
    }

    /// Reads the whole body, if its media type is supported and its length is within
    /// the limit.
    pub(in crate::http) async fn bytes(
        self,
        types: &'static [&'static str],
        limit: usize,
    ) -> Result<web::Bytes, Problem> {
        self.admit(types, limit)?;
        self.admit_utf8()?;
        self.whole(limit).await
    }

    /// Reads a JSON body.
    pub(super) async fn json(self) -> Result<web::Bytes, Problem> {
        self.bytes(&[JSON], MAX_BYTES).await
    }

    /// Reads the body of a merge patch. Plain JSON is accepted.
    pub(super) async fn merge_patch(self) -> Result<web::Bytes, Problem> {
        self.bytes(&[MERGE_PATCH, JSON], MAX_BYTES).await
    }

    /// Reads an optional JSON body. An absent body counts as an empty object: some
    /// clients send `Content-Type` without a body.
    pub(super) async fn json_or_nothing(self) -> Result<web::Bytes, Problem> {
        let has_type = self.media_type().is_some();
        if has_type {
            self.admit(&[JSON], MAX_BYTES)?;
            self.admit_utf8()?;
        }
        let bytes = self.whole(MAX_BYTES).await?;
        match (bytes.is_empty(), has_type) {
            (true, _) => Ok(web::Bytes::from_static(b"{}")),
            (false, true) => Ok(bytes),
            (false, false) => Err(Problem::MediaType { expected: &[JSON] }),
        }
    }

    /// Checks that the declared charset is UTF-8. JSON has no other encoding (RFC 8259,
    /// section 8.1).
    fn admit_utf8(&self) -> Result<(), Problem> {
        match self.charset() {
            Some(label) if label.parse() != Ok(Charset::UTF_8) => {
                Err(Problem::Charset { label: label.to_owned(), accepted: &["utf-8"] })
            }
            _ => Ok(()),
        }
    }

    /// Reads all bytes. The request remembers them for the values in error entries.
    async fn whole(self, limit: usize) -> Result<web::Bytes, Problem> {
        let request = self.request.clone();
        let bytes = self.reading(limit, WITHIN).whole().await?;
        sent::remember(&request, &bytes);
        Ok(bytes)
    }
}

/// Parses the `charset` of a content type.
fn charset_of(content_type: &str) -> Option<String> {
    let parameters = content_type.split(';').skip(1);
    let mut parameters = parameters.filter_map(|pair| pair.split_once('='));
    let (_, label) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    Some(label.trim().trim_matches('"').to_owned())
}
