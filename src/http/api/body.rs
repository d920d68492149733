//! Request bodies. They are read after the caller is authenticated, and all their
//! errors are reported at once.

mod defined_fields;
mod errors;
mod fields;
mod json;
mod parsed_text;

use std::{
    future::{Ready, ready},
    time::Duration,
};

use actix_web::{FromRequest, HttpRequest, dev, http::header, web};

pub(in crate::http) use self::json::has_too_many_values;
pub(super) use self::{
    defined_fields::read_defined,
    errors::{BodyErrors, escape_pointer, read_name, text_of, unknown_field_error},
    fields::{BodyField, clear_fields, missing, unsupported_clear},
    json::{parse, parse_off_thread},
    parsed_text::ParsedText,
};
use super::body_stream::BodyStream;
use crate::{
    domain::import::Charset,
    http::problem::{CombineResults, Problem, sent_values},
};

/// The maximum number of bytes of a JSON body, unless a handler sets another limit.
pub(in crate::http) const MAX_BYTES: usize = 1024 * 1024;

/// How long a body may take to arrive, unless a handler sets another limit.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

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
    is_encoded: bool,
    declared_length: Option<usize>,
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
            charset: text(header::CONTENT_TYPE).and_then(parse_charset),
            is_encoded: request
                .headers()
                .get_all(header::CONTENT_ENCODING)
                .any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")),
            declared_length: text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok()),
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
    pub(super) fn into_stream(self, limit: usize, timeout: Duration) -> BodyStream {
        BodyStream::new(self.request, self.payload, limit, timeout)
    }

    /// Checks that the declared media type is supported, that the body has no content
    /// encoding, and that its declared length is within the limit. Returns the type.
    pub(super) fn check_media_type_and_length(
        &self,
        types: &'static [&'static str],
        limit: usize,
    ) -> Result<&'static str, Problem> {
        let media_type = types.iter().find(|accepted| self.media_type() == Some(accepted));
        let is_too_long = self.declared_length.is_some_and(|length| length > limit);
        let reject = |is_wrong, problem| if is_wrong { Err(problem) } else { Ok(()) };
        let (media_type, (), ()) = (
            media_type.copied().ok_or(Problem::MediaType { expected: types }),
            reject(self.is_encoded, Problem::ContentEncodingNotSupported),
            reject(is_too_long, Problem::TooLarge { limit }),
        )
            .combine()?;
        Ok(media_type)
    }

    /// Reads the whole body, if its media type is supported and its length is within
    /// the limit.
    pub(in crate::http) async fn read_bytes(
        self,
        types: &'static [&'static str],
        limit: usize,
    ) -> Result<web::Bytes, Problem> {
        let media_type = self.check_media_type_and_length(types, limit);
        (media_type, self.check_charset()).combine()?;
        self.read_all(limit).await
    }

    /// Reads a JSON body.
    pub(super) async fn read_json(self) -> Result<web::Bytes, Problem> {
        self.read_bytes(&[JSON], MAX_BYTES).await
    }

    /// Reads the body of a merge patch. Plain JSON is accepted.
    pub(super) async fn read_merge_patch(self) -> Result<web::Bytes, Problem> {
        self.read_bytes(&[MERGE_PATCH, JSON], MAX_BYTES).await
    }

    /// Reads an optional JSON body. An absent body counts as an empty object: some
    /// clients send `Content-Type` without a body.
    pub(super) async fn read_optional_json(self) -> Result<web::Bytes, Problem> {
        let has_type = self.media_type().is_some();
        if has_type {
            let media_type = self.check_media_type_and_length(&[JSON], MAX_BYTES);
            (media_type, self.check_charset()).combine()?;
        }
        let bytes = self.read_all(MAX_BYTES).await?;
        match (bytes.is_empty(), has_type) {
            (true, _) => Ok(web::Bytes::from_static(b"{}")),
            (false, true) => Ok(bytes),
            (false, false) => Err(Problem::MediaType { expected: &[JSON] }),
        }
    }

    /// Checks that the declared charset is UTF-8. JSON has no other encoding (RFC 8259,
    /// section 8.1).
    fn check_charset(&self) -> Result<(), Problem> {
        match self.charset() {
            Some(label) if label.parse() != Ok(Charset::UTF_8) => {
                Err(Problem::Charset { label: label.to_owned(), accepted: &["utf-8"] })
            }
            _ => Ok(()),
        }
    }

    /// Reads all bytes. The request remembers them for the values in error entries.
    async fn read_all(self, limit: usize) -> Result<web::Bytes, Problem> {
        let request = self.request.clone();
        let bytes = self.into_stream(limit, BODY_TIMEOUT).read_all().await?;
        sent_values::remember_body(&request, &bytes);
        Ok(bytes)
    }
}

/// Parses the `charset` of a content type.
fn parse_charset(content_type: &str) -> Option<String> {
    let parameters = content_type.split(';').skip(1);
    let mut parameters = parameters.filter_map(|pair| pair.split_once('='));
    let (_, label) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    Some(label.trim().trim_matches('"').to_owned())
}
