//! The form that a browser posts to the assertion consumer service (Bindings
//! 3.5.4), read in bounded memory.

use std::time::Duration;

use actix_web::{HttpRequest, http::header::CONTENT_TYPE, rt::time::timeout, web};
use futures_util::{Stream, StreamExt};

/// The maximum number of bytes of a form that is parsed: a response of 256 KiB in
/// base64 with every character escaped, and a `RelayState`.
pub(super) const MAX_BUFFERED: usize = 1_100_000;

/// The maximum number of bytes that are read. A form between the two limits is read and
/// discarded, so that the sender gets an error page instead of a reset connection.
pub(super) const MAX_READ: usize = 16 * 1024 * 1024;

/// How long a form may take to arrive. Without a limit, a client that sends one
/// byte a minute would hold the buffer forever.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// The fields of the form.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct AcsForm {
    /// `SAMLResponse`, if it was sent exactly once.
    pub saml_response: Option<String>,
    /// `RelayState`, if it was sent exactly once.
    pub relay_state: Option<String>,
    /// The first of these fields that was sent more than once, and how often.
    pub repeated: Option<(&'static str, usize)>,
    /// Whether `wresult`, the field of WS-Federation, was sent.
    pub has_wresult: bool,
}

/// Reads the form. An invalid form has no fields. The first check of the response
/// reports that, so that all errors are reported in one place.
pub(super) async fn read_form(request: &HttpRequest, payload: web::Payload) -> AcsForm {
    let body = timeout(MAX_WAIT, read_body(payload)).await.ok().flatten();
    let content_type =
        request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = content_type.split(';').next().unwrap_or("").trim();
    match body {
        Some(body) if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") => {
            parse_form(&body)
        }
        _ => AcsForm::default(),
    }
}

/// Reads the whole body. Returns `None` if it is too long or incomplete.
async fn read_body<B, E>(mut payload: impl Stream<Item = Result<B, E>> + Unpin) -> Option<Vec<u8>>
where
    B: AsRef<[u8]>,
{
    let mut body = Vec::new();
    let mut length = 0_usize;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.ok()?;
        let chunk = chunk.as_ref();
        length = length.saturating_add(chunk.len());
        if length > MAX_READ {
            return None;
        }
        if length <= MAX_BUFFERED {
            body.extend_from_slice(chunk);
        } else {
            body = Vec::new();
        }
    }
    (length <= MAX_BUFFERED).then_some(body)
}

fn parse_form(body: &[u8]) -> AcsForm {
    let mut form = AcsForm::default();
    let (mut responses, mut relay_states) = (0, 0);
    for (name, value) in url::form_urlencoded::parse(body) {
        match &*name {
            RESPONSE_FIELD => {
                responses += 1;
                form.saml_response = (responses == 1).then(|| value.into_owned());
            }
            RELAY_STATE_FIELD => {
                relay_states += 1;
                form.relay_state = (relay_states == 1).then(|| value.into_owned());
            }
            "wresult" => form.has_wresult = true,
            _ => {}
        }
    }
    let counts = [(RESPONSE_FIELD, responses), (RELAY_STATE_FIELD, relay_states)];
    form.repeated = counts.into_iter().find(|(_, count)| *count > 1);
    form
}

/// The field that contains the response (Bindings 3.5.4).
const RESPONSE_FIELD: &str = "SAMLResponse";
/// The field that contains the relay state (Bindings 3.5.3).
const RELAY_STATE_FIELD: &str = "RelayState";

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, stream};

    use super::*;

    type Chunk = Result<Vec<u8>, &'static str>;

    async fn read_chunks(chunks: Vec<Chunk>) -> Option<Vec<u8>> {
        read_body(stream::iter(chunks)).await
    }

    #[actix_web::test]
    async fn body_is_stored_whole_or_not_at_all() {
        assert_eq!(read_chunks(vec![Ok(b"a=".to_vec()), Ok(b"b".to_vec())]).await.unwrap(), b"a=b");
        assert_eq!(read_chunks(vec![Ok(b"a=b".to_vec()), Err("cut off")]).await, None);
        let most = vec![b'a'; MAX_BUFFERED];
        assert_eq!(read_chunks(vec![Ok(most.clone())]).await, Some(most.clone()));
        assert_eq!(read_chunks(vec![Ok(most), Ok(b"b".to_vec())]).await, None);
        // An endless body is not read forever.
        let endless = stream::repeat_with(|| Chunk::Ok(vec![0; MAX_BUFFERED]));
        assert_eq!(read_body(endless).await, None);
    }

    #[actix_web::test]
    async fn form_that_does_not_arrive_times_out() {
        assert_eq!(read_body(stream::pending::<Chunk>()).now_or_never(), None, "it is not there");
        let waited = timeout(Duration::ZERO, read_body(stream::pending::<Chunk>())).await;
        assert!(waited.is_err());
    }

    #[test]
    fn repeated_form_field_is_counted_and_not_read() {
        let form = |saml_response: Option<&str>, relay_state: Option<&str>| AcsForm {
            saml_response: saml_response.map(Into::into),
            relay_state: relay_state.map(Into::into),
            ..AcsForm::default()
        };
        let repeated = |field, count| Some((field, count));
        let cases = [
            ("SAMLResponse=a%2Bb%3D&RelayState=x", form(Some("a+b="), Some("x"))),
            ("SAMLResponse=a", form(Some("a"), None)),
            (
                "SAMLResponse=a&SAMLResponse=b&RelayState=x",
                AcsForm { repeated: repeated(RESPONSE_FIELD, 2), ..form(None, Some("x")) },
            ),
            (
                "SAMLResponse=a&SAMLResponse=a&SAMLResponse=",
                AcsForm { repeated: repeated(RESPONSE_FIELD, 3), ..form(None, None) },
            ),
            (
                "SAMLResponse=a&RelayState=x&RelayState=x",
                AcsForm { repeated: repeated(RELAY_STATE_FIELD, 2), ..form(Some("a"), None) },
            ),
            ("a=1&a=2&SAMLResponse=a", form(Some("a"), None)),
            ("wa=wsignin1.0&wresult=x", AcsForm { has_wresult: true, ..form(None, None) }),
            ("samlresponse=a", form(None, None)),
            ("", form(None, None)),
            ("%%%&=&&", form(None, None)),
        ];
        for (body, desired) in cases {
            assert_eq!(parse_form(body.as_bytes()), desired, "{body}");
        }
        assert_eq!(parse_form(&[0xff, b'=', 0xff]), AcsForm::default());
    }
}
