//! Builds the signed `AuthnRequest` of the Redirect binding (Core 3.4.1, Bindings 3.4.4.1).

use std::io::{self, Write as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::DeflateEncoder};
use openssl::{error::ErrorStack, hash::MessageDigest, sign::Signer};
use quick_xml::{Writer, events::BytesText};
use url::{Url, form_urlencoded::byte_serialize};

use super::{
    keys::SigningKey,
    names::{ASSERTION, POST, PROTOCOL},
    time,
};
use crate::domain::{Timestamp, connection::SamlPolicy};

/// The maximum number of bytes of a `RelayState` (Bindings 3.4.3).
pub const MAX_RELAY_STATE: usize = 80;

/// The signature algorithm of every request.
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

/// The content of an `AuthnRequest`.
#[derive(Debug, Clone, Copy)]
pub struct AuthnRequest<'a> {
    /// The request's ID, an unguessable `xs:ID`.
    pub id: &'a str,
    /// The time of its creation.
    pub issue_instant: Timestamp,
    /// Our entity ID.
    pub sp_entity_id: &'a str,
    /// The URL to which the response is posted.
    pub acs_url: &'a str,
    /// The SSO URL of the identity provider, which may have a query.
    pub sso_url: &'a str,
    /// The connection's policy: name format, credentials, contexts.
    pub policy: &'a SamlPolicy,
    /// The `RelayState`, of at most [`MAX_RELAY_STATE`] bytes; left out if empty.
    pub relay_state: &'a str,
}

/// The error of a request.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The sign-on URL of the identity provider is malformed.
    #[error("the identity provider's sign-on URL can't be used: {0}")]
    SsoUrl(String),
    /// The relay state is longer than the standard allows.
    #[error("a RelayState of more than {MAX_RELAY_STATE} bytes")]
    RelayState,
    /// The request could not be written.
    #[error("the request could not be written: {0}")]
    Write(#[from] io::Error),
    /// The request could not be signed.
    #[error("the request could not be signed: {0}")]
    Sign(#[from] ErrorStack),
}

/// Builds the redirect URL. The signature covers the query exactly as it is sent. A query of
/// the SSO URL itself comes first, and is not signed.
///
/// # Errors
/// If the SSO URL is not an http or https URL, the relay state is too long, or signing fails.
pub fn build_redirect_url(
    request: &AuthnRequest<'_>,
    key: &SigningKey,
) -> Result<Url, RequestError> {
    if request.relay_state.len() > MAX_RELAY_STATE {
        return Err(RequestError::RelayState);
    }
    let mut url = parse_sso_url(request.sso_url)?;
    let message = STANDARD.encode(deflate(&write_xml(request)?)?);
    let mut signed_query = format!("SAMLRequest={}", escape(&message));
    if !request.relay_state.is_empty() {
        signed_query.push_str(&format!("&RelayState={}", escape(request.relay_state)));
    }
    signed_query.push_str(&format!("&SigAlg={}", escape(RSA_SHA256)));
    let mut signer = Signer::new(MessageDigest::sha256(), &key.0)?;
    let signature = signer.sign_oneshot_to_vec(signed_query.as_bytes())?;
    let signature = escape(&STANDARD.encode(signature));
    let own_query = url.query().filter(|own| !own.is_empty()).map(|own| format!("{own}&"));
    let query = format!("{}{signed_query}&Signature={signature}", own_query.unwrap_or_default());
    url.set_query(Some(&query));
    Ok(url)
}

fn parse_sso_url(text: &str) -> Result<Url, RequestError> {
    let mut url = Url::parse(text).map_err(|error| RequestError::SsoUrl(error.to_string()))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(RequestError::SsoUrl(format!("the scheme {}", url.scheme())));
    }
    url.set_fragment(None);
    Ok(url)
}

fn escape(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

fn deflate(xml: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(xml)?;
    encoder.finish()
}

fn write_xml(request: &AuthnRequest<'_>) -> io::Result<Vec<u8>> {
    let (policy, instant) = (request.policy, time::format(request.issue_instant));
    let mut attributes = vec![
        ("xmlns:samlp", PROTOCOL),
        ("xmlns:saml", ASSERTION),
        ("ID", request.id),
        ("Version", "2.0"),
        ("IssueInstant", &instant),
        ("Destination", request.sso_url),
        ("AssertionConsumerServiceURL", request.acs_url),
        ("ProtocolBinding", POST),
    ];
    if policy.force_authn {
        attributes.push(("ForceAuthn", "true"));
    }
    let mut writer = Writer::new(Vec::new());
    let root = writer.create_element("samlp:AuthnRequest").with_attributes(attributes);
    root.write_inner_content(|writer| {
        let issuer = writer.create_element("saml:Issuer");
        issuer.write_text_content(BytesText::new(request.sp_entity_id))?;
        if let Some(format) = &policy.name_id_format {
            let requested = [("Format", format.as_str()), ("AllowCreate", "true")];
            writer.create_element("samlp:NameIDPolicy").with_attributes(requested).write_empty()?;
        }
        if !policy.authn_contexts.is_empty() {
            let contexts = writer.create_element("samlp:RequestedAuthnContext");
            contexts.with_attribute(("Comparison", "exact")).write_inner_content(|writer| {
                for context in &policy.authn_contexts {
                    let class = writer.create_element("saml:AuthnContextClassRef");
                    class.write_text_content(BytesText::new(context))?;
                }
                Ok(())
            })?;
        }
        Ok(())
    })?;
    Ok(writer.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use openssl::{pkey::PKey, sign::Verifier, x509::X509};
    use samael::crypto::UrlVerifier;

    use super::*;
    use crate::saml::tests::kit::{ACS, SP, SP_KEY, now};

    fn key() -> SigningKey {
        SigningKey::from_der(&SP_KEY.private.private_key_to_der().unwrap()).unwrap()
    }

    fn request<'a>(sso_url: &'a str, policy: &'a SamlPolicy) -> AuthnRequest<'a> {
        AuthnRequest {
            id: "_request1",
            issue_instant: now(),
            sp_entity_id: SP,
            acs_url: ACS,
            sso_url,
            policy,
            relay_state: "handle+/= &",
        }
    }

    fn message(url: &Url) -> String {
        let field = url.query_pairs().find(|(name, _)| name == "SAMLRequest").unwrap().1;
        let bytes = STANDARD.decode(field.as_bytes()).unwrap();
        let mut text = String::new();
        flate2::read::DeflateDecoder::new(&*bytes).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn request_contains_the_issuer_and_the_acs_url() {
        let policy = SamlPolicy::default();
        let url =
            build_redirect_url(&request("https://idp.example.com/sso", &policy), &key()).unwrap();
        assert!(url.as_str().starts_with("https://idp.example.com/sso?SAMLRequest="));
        assert_eq!(
            message(&url),
            format!(
                "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
                 xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_request1\" \
                 Version=\"2.0\" IssueInstant=\"2026-11-23T10:00:00Z\" \
                 Destination=\"https://idp.example.com/sso\" \
                 AssertionConsumerServiceURL=\"{ACS}\" \
                 ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\">\
                 <saml:Issuer>{SP}</saml:Issuer></samlp:AuthnRequest>"
            )
        );
    }

    #[test]
    fn request_contains_the_settings_of_the_connection() {
        let policy = SamlPolicy {
            name_id_format: Some("urn:format".into()),
            force_authn: true,
            authn_contexts: vec!["urn:mfa".into(), "a<b&c".into()],
            ..SamlPolicy::default()
        };
        let url =
            build_redirect_url(&request("https://idp.example.com/sso?a=\"b\"", &policy), &key());
        let text = message(&url.unwrap());
        let document = crate::saml::xml::parse(&text).unwrap();
        assert_eq!(document.root_element().attribute("ForceAuthn"), Some("true"));
        assert!(text.contains("<samlp:NameIDPolicy Format=\"urn:format\" AllowCreate=\"true\"/>"));
        assert!(text.contains(
            "<samlp:RequestedAuthnContext Comparison=\"exact\">\
             <saml:AuthnContextClassRef>urn:mfa</saml:AuthnContextClassRef>\
             <saml:AuthnContextClassRef>a&lt;b&amp;c</saml:AuthnContextClassRef>"
        ));
    }

    #[test]
    fn the_signature_covers_the_query_as_it_is_sent() {
        let policy = SamlPolicy::default();
        for address in ["https://idp.example.com/sso", "https://idp.example.com/sso?idpid=C0&x=#f"]
        {
            let url = build_redirect_url(&request(address, &policy), &key()).unwrap();
            let query = url.query().unwrap();
            let (signed, signature) = query.split_once("&Signature=").unwrap();
            let signed = &signed[signed.find("SAMLRequest=").unwrap()..];
            let pairs: Vec<_> = url.query_pairs().collect();
            let names: Vec<_> = pairs.iter().map(|(name, _)| name.as_ref()).collect();
            let ours = ["SAMLRequest", "RelayState", "SigAlg", "Signature"];
            assert!(names.ends_with(&ours), "{names:?}");
            assert_eq!(pairs[pairs.len() - 3].1, "handle+/= &");
            assert!(!signature.contains(['+', '/', '=']), "{signature}");
            let certificate = X509::from_der(&SP_KEY.certificate).unwrap();
            let public: PKey<_> = certificate.public_key().unwrap();
            let mut verifier = Verifier::new(MessageDigest::sha256(), &public).unwrap();
            verifier.update(signed.as_bytes()).unwrap();
            let bytes = STANDARD.decode(pairs[pairs.len() - 1].1.as_bytes()).unwrap();
            assert!(verifier.verify(&bytes).unwrap());
        }
    }

    #[test]
    fn another_implementation_verifies_the_signature() {
        let policy = SamlPolicy::default();
        let url =
            build_redirect_url(&request("https://idp.example.com/sso", &policy), &key()).unwrap();
        let verifier = UrlVerifier::from_x509(&SP_KEY.certificate.clone().into()).unwrap();
        assert!(verifier.verify_signed_request_url(&url).unwrap());
    }

    #[test]
    fn request_requires_an_http_sign_on_url() {
        let policy = SamlPolicy::default();
        for address in ["", "idp.example.com", "javascript:alert(1)", "ftp://idp.example.com/"] {
            let error = build_redirect_url(&request(address, &policy), &key()).unwrap_err();
            assert!(matches!(error, RequestError::SsoUrl(_)), "{address}");
        }
        let long = "x".repeat(81);
        let request =
            AuthnRequest { relay_state: &long, ..request("https://idp.example", &policy) };
        assert!(matches!(build_redirect_url(&request, &key()), Err(RequestError::RelayState)));
    }
}
