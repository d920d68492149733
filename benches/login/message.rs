//! The response of an identity provider about a person with every attribute.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::x509::X509Ref;

use crate::forge::{
    Algorithm, Assertion, Cipher, Key, MessageContext, Response, Signed, Transport,
    encrypt::encrypted, message::attribute, xml::element,
};

/// The subject of the response.
pub(crate) const PERSON: &str = "ada.lovelace@example.com";

/// The attributes of the person.
pub(crate) const ATTRIBUTES: [(&str, &str); 10] = [
    ("firstName", "Ada"),
    ("lastName", "Lovelace"),
    ("position", "Analyst"),
    ("department", "Engines"),
    ("role", "USER"),
    ("mobileRegionCode", "DE"),
    ("mobileNumber", "030 123456"),
    ("userProfileImage", "https://example.com/ada.png"),
    ("teamName", "Operations"),
    ("teamRole", "RESPONDER"),
];

/// An assertion with this ID about a person.
fn assertion(facts: &MessageContext, id: &str, person: &str) -> Assertion {
    let attributes: String =
        ATTRIBUTES.iter().map(|(name, value)| attribute(name, &[value])).collect();
    Assertion {
        id: id.to_owned(),
        attributes: element("saml:AttributeStatement", &[], &attributes),
        ..Assertion::valid(facts, person)
    }
}

/// The form field with a response about [`PERSON`].
pub(crate) fn sign_response(
    facts: &MessageContext,
    key: &Key,
    algorithm: Algorithm,
    signed: Signed,
) -> String {
    sign_response_for(PERSON, facts, "_assertion", key, algorithm, signed)
}

/// The form field with a response about a person, whose assertion has this ID.
pub(crate) fn sign_response_for(
    person: &str,
    facts: &MessageContext,
    id: &str,
    key: &Key,
    algorithm: Algorithm,
    signed: Signed,
) -> String {
    let assertion = assertion(facts, id, person);
    let signature = match signed {
        Signed::Assertion | Signed::Both => assertion.signature(key, algorithm).xml(),
        Signed::Response => String::new(),
    };
    let response = Response::valid(facts, assertion.xml(&signature));
    let signature = match signed {
        Signed::Response | Signed::Both => response.signature(key, algorithm).xml(),
        Signed::Assertion => String::new(),
    };
    STANDARD.encode(response.xml(&signature))
}

/// The same with the assertion signed, and then encrypted as Okta and Entra do.
pub(crate) fn encrypt_for(certificate: &X509Ref, facts: &MessageContext, key: &Key) -> String {
    let assertion = assertion(facts, "_assertion", PERSON).signed(key);
    let content = encrypted(&assertion, certificate, Cipher::Aes256Gcm, Transport::Oaep);
    STANDARD.encode(Response::valid(facts, content).xml(""))
}
