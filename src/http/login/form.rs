//! The form that a browser posts to the assertion consumer service (Bindings
//! 3.5.4), read in bounded memory.

use actix_web::{HttpRequest, http::header::CONTENT_TYPE, web};
use futures_util::StreamExt;

/// The most bytes of a form that are kept: a response of 256 KiB, in base64,
/// with every character escaped, and room for the `RelayState`.
pub(super) const MAX_KEPT: usize = 1_100_000;

/// The most bytes that are read at all. What comes between is read and thrown
/// away, so that the sender is told what is wrong instead of being cut off.
pub(super) const MAX_READ: usize = 16 * 1024 * 1024;

/// The two fields of the form.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    /// `SAMLResponse`; absent too if it stood there twice.
    pub saml_response: Option<String>,
    /// `RelayState`; absent too if it stood there twice.
    pub relay_state: Option<String>,
}

/// Reads the form. Whatever is wrong with it leaves fields absent, which the
/// first check of a response tells: there is one place that judges.
pub(super) async fn read(request: &HttpRequest, mut payload: web::Payload) -> Form {
    let mut kept = Vec::new();
    let mut length = 0_usize;
    while let Some(Ok(chunk)) = payload.next().await {
        length = length.saturating_add(chunk.len());
        if length > MAX_READ {
            return Form::default();
        }
        if length <= MAX_KEPT {
            kept.extend_from_slice(&chunk);
        } else {
            kept = Vec::new();
        }
    }
    let content_type =
        request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = content_type.split(';').next().unwrap_or("").trim();
    if length > MAX_KEPT || !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Form::default();
    }
    parse(&kept)
}

fn parse(body: &[u8]) -> Form {
    let only = |name: &str| {
        let mut values = url::form_urlencoded::parse(body).filter(|(key, _)| key == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Some(value.into_owned()),
            _ => None,
        }
    };
    Form { saml_response: only("SAMLResponse"), relay_state: only("RelayState") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_the_form_are_read_once_each() {
        let form = |saml_response: Option<&str>, relay_state: Option<&str>| Form {
            saml_response: saml_response.map(Into::into),
            relay_state: relay_state.map(Into::into),
        };
        let cases = [
            ("SAMLResponse=a%2Bb%3D&RelayState=x", form(Some("a+b="), Some("x"))),
            ("SAMLResponse=a", form(Some("a"), None)),
            ("SAMLResponse=a&SAMLResponse=b&RelayState=x", form(None, Some("x"))),
            ("samlresponse=a", form(None, None)),
            ("", form(None, None)),
            ("%%%&=&&", form(None, None)),
        ];
        for (body, wanted) in cases {
            assert_eq!(parse(body.as_bytes()), wanted, "{body}");
        }
        assert_eq!(parse(&[0xff, b'=', 0xff]), Form::default());
    }
}
