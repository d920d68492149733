//! Metadata without a signing certificate. If Usher accepted it, it would accept
//! unsigned messages.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use usher::saml::metadata::parse_identity_provider;

use crate::{direct::now, forge::Key};

const IDP: &str = "https://idp.example/entity";

fn metadata(keys: &str) -> String {
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
         xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" entityID=\"{IDP}\">\
         <md:IDPSSODescriptor \
         protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{keys}\
         <md:SingleSignOnService Location=\"https://idp.example/sso\" \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\"/>\
         </md:IDPSSODescriptor></md:EntityDescriptor>"
    )
}

fn key(attributes: &str, info: &str) -> String {
    format!("<md:KeyDescriptor{attributes}><ds:KeyInfo>{info}</ds:KeyInfo></md:KeyDescriptor>")
}

fn certificate(der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    format!("<ds:X509Data><ds:X509Certificate>{text}</ds:X509Certificate></ds:X509Data>")
}

fn good() -> String {
    certificate(&Key::identity_provider(now()).der())
}

fn is_accepted(keys: &str) -> bool {
    parse_identity_provider(&metadata(keys), Some(IDP), now()).is_ok()
}

#[test]
fn signing_certificate_is_read() {
    for attributes in [" use=\"signing\"", ""] {
        assert!(is_accepted(&key(attributes, &good())), "{attributes}");
    }
}

#[test]
fn descriptor_without_a_key_is_rejected() {
    assert!(!is_accepted(""));
}

#[test]
fn descriptor_with_only_an_encryption_key_is_rejected() {
    assert!(!is_accepted(&key(" use=\"encryption\"", &good())));
}

#[test]
fn key_with_an_unknown_use_is_rejected() {
    for used in ["Signing", "SIGNING", " signing", "sign", ""] {
        assert!(!is_accepted(&key(&format!(" use=\"{used}\""), &good())), "{used:?}");
    }
}

#[test]
fn key_with_only_a_name_is_rejected() {
    assert!(!is_accepted(&key(" use=\"signing\"", "<ds:KeyName>the usual one</ds:KeyName>")));
}

#[test]
fn malformed_certificate_is_rejected() {
    for none in [&b""[..], b"certificate", &[0x30, 0x82, 0xff, 0xff]] {
        assert!(!is_accepted(&key(" use=\"signing\"", &certificate(none))), "{none:?}");
    }
}

#[test]
fn short_key_is_rejected() {
    let short = Key::rsa(1024, now()).der();
    assert!(!is_accepted(&key(" use=\"signing\"", &certificate(&short))));
}

#[test]
fn certificate_of_another_role_is_ignored() {
    let keys = key(" use=\"signing\"", &good());
    let other = metadata("").replace(
        "</md:EntityDescriptor>",
        &format!(
            "<md:SPSSODescriptor \
             protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{keys}\
             <md:AssertionConsumerService index=\"0\" Location=\"https://sp.example/acs\" \
             Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\"/>\
             </md:SPSSODescriptor></md:EntityDescriptor>"
        ),
    );
    assert!(parse_identity_provider(&other, Some(IDP), now()).is_err());
}
