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
fn a_signing_certificate_is_taken() {
    for attributes in [" use=\"signing\"", ""] {
        assert!(is_accepted(&key(attributes, &good())), "{attributes}");
    }
}

#[test]
fn no_key() {
    assert!(!is_accepted(""));
}

#[test]
fn an_encryption_key_alone() {
    assert!(!is_accepted(&key(" use=\"encryption\"", &good())));
}

#[test]
fn a_use_that_there_is_not() {
    for used in ["Signing", "SIGNING", " signing", "sign", ""] {
        assert!(!is_accepted(&key(&format!(" use=\"{used}\""), &good())), "{used:?}");
    }
}

#[test]
fn the_name_of_a_key_alone() {
    assert!(!is_accepted(&key(" use=\"signing\"", "<ds:KeyName>the usual one</ds:KeyName>")));
}

#[test]
fn a_certificate_that_is_none() {
    for none in [&b""[..], b"certificate", &[0x30, 0x82, 0xff, 0xff]] {
        assert!(!is_accepted(&key(" use=\"signing\"", &certificate(none))), "{none:?}");
    }
}

#[test]
fn a_key_that_is_too_short() {
    let short = Key::rsa(1024, now()).der();
    assert!(!is_accepted(&key(" use=\"signing\"", &certificate(&short))));
}

#[test]
fn a_certificate_in_another_role() {
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
