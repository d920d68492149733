//! Bodies: read after the caller has proved who they are, and read with every
//! fault at once.

mod media;
mod parsed;

use std::{convert::Infallible, fmt::Display, ops::ControlFlow, str::FromStr, time::Duration};

use actix_web::{FromRequest, HttpRequest, dev, http::header, web};
use deserr::{
    DeserializeError, Deserr, ErrorKind, IntoValue, MergeWithError, Value, ValueKind,
    ValuePointerRef, take_cf_content,
};
use std::future::{Ready, ready};

pub(super) use self::parsed::BEFORE_VALUE;
pub(super) use self::parsed::Parsed;
use super::body_stream::BodyStream;
use crate::{
    domain::{
        field_error::{FieldError, REQUIRED},
        suggest::nearest,
    },
    http::problem::{
        Problem,
        details::{MAX_FAULTS, ProblemError},
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
        let desired = *types.first().unwrap_or(&JSON);
        let input = types.iter().find(|known| self.media_type() == Some(known));
        let input = input.ok_or(Problem::MediaType { expected: desired })?;
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
        self.reading(limit, WITHIN).whole().await
    }
}

/// The most values of a body. Each takes a multiple of its bytes in memory.
const MAX_VALUES: usize = 100_000;

/// Whether there are more than so many values, by what stands between values outside of texts.
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
    let value = json::read(bytes).map_err(|error| Problem::Malformed(error.to_string()))?;
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

/// All that is wrong with a body.
#[derive(Debug)]
pub(super) struct Faults(Vec<ProblemError>);

impl Faults {
    /// The problem that names all of it.
    pub(super) fn into_problem(self) -> Problem {
        Problem::Body(self.0)
    }
}

impl MergeWithError<Self> for Faults {
    fn merge(self_: Option<Self>, other: Self, _: ValuePointerRef<'_>) -> ControlFlow<Self, Self> {
        let mut faults = self_.map(|faults| faults.0).unwrap_or_default();
        faults.extend(other.0);
        // One more than is told, so that it can be told that there are more.
        if faults.len() > MAX_FAULTS {
            faults.truncate(MAX_FAULTS + 1);
            return ControlFlow::Break(Self(faults));
        }
        ControlFlow::Continue(Self(faults))
    }
}

impl DeserializeError for Faults {
    fn error<V: IntoValue>(
        self_: Option<Self>,
        error: ErrorKind<'_, V>,
        location: ValuePointerRef<'_>,
    ) -> ControlFlow<Self, Self> {
        let place = pointer(location);
        let fault = match error {
            ErrorKind::IncorrectValueKind { actual, accepted } => {
                wrong_kind(place, &text_of(actual), accepted)
            }
            ErrorKind::MissingField { field } => {
                FieldError::new(format!("{place}/{}", escaped(field)), "", REQUIRED)
            }
            ErrorKind::UnknownKey { key, accepted } => {
                let known = format!("one of {}", accepted.join(", "));
                let remedy = match nearest(key, accepted.iter().copied()) {
                    Some(near) => format!("did you mean {near}?"),
                    None => format!("use {known}"),
                };
                let reason = format!("is not a field here: {remedy}");
                FieldError::new(format!("{place}/{}", escaped(key)), "", reason).expecting(known)
            }
            ErrorKind::UnknownValue { value, accepted } => {
                FieldError::new(place, value, format!("must be one of {}", accepted.join(", ")))
            }
            ErrorKind::BadSequenceLen { expected, .. } => {
                FieldError::new(place, "", format!("must have {expected} elements"))
            }
            ErrorKind::Unexpected { msg } => match msg.split_once(BEFORE_VALUE) {
                Some((reason, value)) => unless_null(FieldError::new(place, value, reason)),
                None => FieldError::new(place, "", msg),
            },
        };
        Self::merge(self_, Self::of(&fault), location)
    }
}

impl Faults {
    /// A fault whose field is a JSON pointer.
    fn of(fault: &FieldError) -> Self {
        let field = fault.field.strip_prefix('/').unwrap_or_default().to_owned();
        Self(vec![ProblemError::in_body(&FieldError { field: field.into(), ..fault.clone() })])
    }
}

/// The fault, with what to do about it if the value is null.
fn unless_null(fault: FieldError) -> FieldError {
    if fault.value != "null" {
        return fault;
    }
    fault.remedied("Null can't clear this field: leave it out, or send a value.")
}

fn wrong_kind(place: String, value: &str, accepted: &[ValueKind]) -> FieldError {
    let reason = format!("must be {}", kinds(accepted));
    unless_null(FieldError::new(place, value, reason))
}

/// The fault of a value that must be one of some words.
pub(super) fn no_word(value: &str, words: &[&str], location: ValuePointerRef<'_>) -> Faults {
    let reason = format!("must be one of {}", words.join(", "));
    Faults::of(&unless_null(FieldError::new(pointer(location), value, reason)))
}

/// A value as text, to be read or to be repeated in a fault.
pub(super) fn text_of<V: IntoValue>(value: Value<V>) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::NegativeInteger(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::String(value) => value,
        Value::Sequence(_) => "an array".into(),
        Value::Map(_) => "an object".into(),
    }
}

fn kinds(accepted: &[ValueKind]) -> String {
    let mut names = accepted
        .iter()
        .map(|kind| match kind {
            ValueKind::Null => "null",
            ValueKind::Boolean => "true or false",
            ValueKind::Integer | ValueKind::NegativeInteger => "an integer",
            ValueKind::Float => "a number",
            ValueKind::String => "a text",
            ValueKind::Sequence => "an array",
            ValueKind::Map => "an object",
        })
        .collect::<Vec<_>>();
    names.dedup();
    names.join(" or ")
}

/// A place in a body as a JSON pointer (RFC 6901).
fn pointer(location: ValuePointerRef<'_>) -> String {
    match location {
        ValuePointerRef::Origin => String::new(),
        ValuePointerRef::Key { key, prev } => format!("{}/{}", pointer(*prev), escaped(key)),
        ValuePointerRef::Index { index, prev } => format!("{}/{index}", pointer(*prev)),
    }
}

/// A field's name as a JSON pointer has it.
pub(super) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
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
    let reason = "must not be set in the same request: set the field or clear it";
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

/// The fault of a field that a request can't have: if answers have it, that it
/// can only be read.
pub(super) fn unknown(
    read_only: &[&str],
    key: &str,
    accepted: &[&str],
    location: ValuePointerRef<'_>,
) -> Faults {
    if read_only.contains(&key) {
        let msg = "is read-only: leave it out".to_owned();
        let location = location.push_key(key);
        return take_cf_content(Faults::error::<Infallible>(
            None,
            ErrorKind::Unexpected { msg },
            location,
        ));
    }
    let kind = ErrorKind::UnknownKey { key, accepted };
    take_cf_content(Faults::error::<Infallible>(None, kind, location))
}
