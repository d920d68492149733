//! Deprecation: recognizes requests that use deprecated features, and announces it in
//! the response (RFC 9745 and RFC 8594). `docs/api.md` lists the features.

use actix_web::{
    Error, HttpMessage as _, HttpRequest, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderMap, HeaderName, HeaderValue, LINK},
    middleware::Next,
};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};

use super::body::{BodyErrors, BodyField};

/// The response headers: the date of the deprecation, the end of support, and a link
/// to the policy.
const HEADERS: [(HeaderName, &str); 3] = [
    (DEPRECATION, "@1796083200"),
    (SUNSET, "Tue, 01 Jun 2027 00:00:00 GMT"),
    (LINK, "</docs#versions>; rel=\"deprecation\"; type=\"text/html\""),
];

pub(super) const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
pub(super) const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// Whether a value has its old spelling in lower case, which is still accepted.
pub(super) fn is_old_spelling(word: &str) -> bool {
    word.contains(|letter: char| letter.is_ascii_lowercase())
}

/// A value of an enum, and whether it has its old spelling.
#[derive(Debug, Clone, Copy)]
pub(super) struct SpelledValue<T> {
    pub(super) value: T,
    pub(super) is_old: bool,
}

impl<T: Deserr<BodyErrors>> Deserr<BodyErrors> for SpelledValue<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, BodyErrors> {
        let is_old = matches!(&value, Value::String(word) if is_old_spelling(word));
        T::deserialize_from_value(value, location).map(|value| Self { value, is_old })
    }
}

impl<T> BodyField<SpelledValue<T>> {
    /// Whether there is a value, in its old spelling.
    pub(super) fn is_old(&self) -> bool {
        matches!(self, Self::Value(value) if value.is_old)
    }
}

/// Marks a request whose URL uses a deprecated feature.
struct UsesDeprecated;

/// Records that the URL of a request uses a deprecated feature.
pub(super) fn mark_request(request: &HttpRequest) {
    request.extensions_mut().insert(UsesDeprecated);
}

/// Adds the headers to the response, if the body of the request uses a deprecated
/// feature.
pub(super) fn mark_response(mut response: HttpResponse, is_deprecated: bool) -> HttpResponse {
    if is_deprecated {
        insert_headers(response.headers_mut());
    }
    response
}

/// The middleware that adds the headers to responses of marked requests.
pub(in crate::http) async fn add_deprecation_headers<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    let is_deprecated = response.request().extensions().contains::<UsesDeprecated>();
    if is_deprecated {
        insert_headers(response.headers_mut());
    }
    Ok(response)
}

fn insert_headers(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
