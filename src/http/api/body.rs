//! Bodies: read after the caller has proved who they are, and read with every
//! fault at once.

mod faults;
mod media;
mod parsed;

use std::{ops::ControlFlow, str::FromStr, time::Duration};

use actix_web::{FromRequest, HttpRequest, dev, http::header, web};
use deserr::{
    DeserializeError, Deserr, ErrorKind, IntoValue, MergeWithError, Value, ValueKind,
    ValuePointerRef,
};
use std::future::{Ready, ready};

pub(super) use self::faults::{Faults, escaped, no_word, text_of, unknown};
pub(super) use self::parsed::Parsed;
use super::body_stream::BodyStream;
use crate::{
    domain::{
        field_error::{FieldError, Reason},
        import::Charset,
        suggest::nearest,
    },
    http::problem::{
        Problem,
        details::{MAX_FAULTS, ProblemError},
        sent,
    },
    scim::json,
};

/// The most bytes of a JSON body, unless an address says otherwise.
pub(in crate::http) const MAX_BYTES: usize = 1024 * 1024;

/// How long the body may take to come in, unless an address says otherwise.
const WITHIN: Duration = Duration::from_secs(30);

/// The media type of bodies that say everything.
pub(in crate::http) const JSON: &str = "application/json";

/// The media type of bodies that say what changes (RFC 7396).
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
    /// The type that the body says it has, without parameters, in lower case.
    pub(super) fn media_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// The `charset` that the body says it has.
    pub(super) fn charset(&self) -> Option<&str> {
        self.charset.as_deref()
    }

    /// The body as it comes in, to be read bit by bit.
    pub(super) fn reading(self, limit: usize, within: Duration) -> BodyStream {
        BodyStream::of(self.request, self.payload, limit, within)
    }

    /// That the body is of one of some types, not encoded, and no longer than
    /// so as far as it says. Which type it is.
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

    /// The whole body, if it is of one of some types and no longer than so.
    pub(in crate::http) async fn bytes(
        self,
        types: &'static [&'static str],
        limit: usize,
    ) -> Result<web::Bytes, Problem> {
        self.admit(types, limit)?;
        self.admit_utf8()?;
        self.whole(limit).await
    }

    /// That the body is in UTF-8 as far as it says: JSON is in no other
    /// encoding (RFC 8259, section 8.1).
    fn admit_utf8(&self) -> Result<(), Problem> {
        match self.charset() {
            Some(label) if label.parse() != Ok(Charset::UTF_8) => {
                Err(Problem::Charset { label: label.to_owned(), accepted: &["utf-8"] })
            }
            _ => Ok(()),
        }
    }

    /// All bytes. The request remembers them, for the values of its faults.
    async fn whole(self, limit: usize) -> Result<web::Bytes, Problem> {
        let request = self.request.clone();
        let bytes = self.reading(limit, WITHIN).whole().await?;
        sent::remember(&request, &bytes);
        Ok(bytes)
    }
}

/// The `charset` of a content type.
fn charset_of(content_type: &str) -> Option<String> {
    let parameters = content_type.split(';').skip(1);
    let mut parameters = parameters.filter_map(|pair| pair.split_once('='));
    let (_, label) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    Some(label.trim().trim_matches('"').to_owned())
}

/// The most values of a body. Each takes a multiple of its bytes in memory.
const MAX_VALUES: usize = 100_000;

/// Whether there are more than so many values, by what stands between values outside
/// of texts.
pub(in crate::http) fn has_too_many_values(bytes: &[u8], limit: usize) -> bool {
    let (mut count, mut in_text, mut escaped) = (0, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b',' | b'[' | b'{' if !in_text => count += 1,
            _ => {}
        }
    }
    count > limit
}

/// Reads JSON as what a handler wants.
///
/// # Errors
/// [`Problem::Malformed`] if it is no JSON, [`Problem::Body`] with every fault.
pub(super) fn read<T: Deserr<Faults>>(bytes: &[u8]) -> Result<T, Problem> {
    if has_too_many_values(bytes, MAX_VALUES) {
        let reason = format!("must have at most {MAX_VALUES} values: send several requests");
        return Err(Problem::Body(vec![ProblemError::in_body(&FieldError::new("", "", reason))]));
    }
    let value = json::read(bytes).map_err(Problem::Malformed)?;
    deserr::deserialize(value).map_err(|Faults(faults)| Problem::Body(faults))
}

/// The most bytes that a thread which serves reads by itself.
const READ_AT_ONCE: usize = 64 * 1024;

/// Like [`read`]; what takes long is read beside the threads that serve.
///
/// # Errors
/// Those of [`read`].
pub(super) async fn read_apart<T>(bytes: &web::Bytes) -> Result<T, Problem>
where
    T: Deserr<Faults> + Send + 'static,
{
    if bytes.len() <= READ_AT_ONCE {
        return read(bytes);
    }
    let bytes = bytes.clone();
    web::block(move || read(&bytes)).await.map_err(|_| Problem::Cancelled)?
}

/// A field of a change that can be left out, or have a value. It can't be
/// taken away: null is a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Field<T> {
    /// Left out: it stays as it is.
    #[default]
    Absent,
    /// What it shall be.
    Value(T),
}

/// A field of a merge patch (RFC 7396): left out, taken away, or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Patched<T> {
    /// Left out: it stays as it is.
    #[default]
    Absent,
    /// null: it shall have no value.
    Null,
    /// What it shall be.
    Value(T),
}

impl<T: Deserr<E>, E: DeserializeError> Deserr<E> for Field<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        T::deserialize_from_value(value, location).map(Self::Value)
    }
}

impl<T: Deserr<E>, E: DeserializeError> Deserr<E> for Patched<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        match value {
            Value::Null => Ok(Self::Null),
            value => T::deserialize_from_value(value, location).map(Self::Value),
        }
    }
}

impl<T> Field<T> {
    /// Borrows the value, if there is one.
    pub(super) fn as_option(&self) -> Option<&T> {
        match self {
            Self::Absent => None,
            Self::Value(value) => Some(value),
        }
    }

    /// The value, if there is one.
    pub(super) fn into_option(self) -> Option<T> {
        match self {
            Self::Absent => None,
            Self::Value(value) => Some(value),
        }
    }
}

/// The fault of a field that is set and cleared in one request.
pub(super) fn set_and_cleared(place: usize, field: &'static str) -> FieldError {
    let reason = Reason::new(
        "is set in the same request",
        "a field that the request does not set",
        "Set the field or clear it.",
    );
    FieldError::new(format!("clear/{place}"), field, reason)
}

impl<T> Patched<T> {
    /// Makes it null. Returns whether it had a value.
    pub(super) fn clear(&mut self) -> bool {
        matches!(std::mem::replace(self, Self::Null), Self::Value(_))
    }

    /// `None`: as it is. `Some(None)`: no value.
    pub(super) fn into_option(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }
}
