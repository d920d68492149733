//! The gate: accepts or rejects the exact structure of a response before any cryptography, and
//! reads the claims of the response.
//!
//! A document that is unreadable or ambiguous is an error here, and fails `xml.safe`.
//! An error of assertions or signatures is part of the claims, so that the check of
//! that name can report it. Nothing is verified here.

mod algorithms;
mod children;
mod claims;
mod elements;
mod encrypted;
mod pss;
mod signature;

use std::collections::HashSet;

use roxmltree::{Document, Node};

use self::children::{StructureError, is_plain_name};
pub(in crate::saml) use self::{
    algorithms::{Hash, PssParameters, SignatureKind, SignatureMethod},
    claims::{
        AssertionKind, ClaimedResponse, ClaimedSignature, Issuer, ResponseHeader, SignaturePlace,
        SignedElement,
    },
    elements::read_issuer,
    encrypted::{EncryptedAssertion, EncryptedKey, find_encrypted},
    signature::{read_prefixes, read_signed_info},
};
use crate::{
    domain::quote::QuotedText,
    saml::{
        names::{ASSERTION, DS, PROTOCOL},
        xml,
    },
};

/// The stage of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::saml) enum DocumentStage {
    /// The document as it was received, or the part of it that was signed.
    Received,
    /// The document with the assertion decrypted, still inside its
    /// `EncryptedAssertion`.
    Decrypted,
}

/// The reason why a text is not accepted as a response, in words.
#[derive(Debug)]
pub(in crate::saml::response) enum DocumentError {
    /// It is not safe to read, or its structure is not that of a response.
    Unsafe(String),
    /// It is well-formed, and a message of another protocol than SAML 2.0.
    OtherProtocol(String),
}

impl<E: std::fmt::Display> From<E> for DocumentError {
    fn from(error: E) -> Self {
        Self::Unsafe(error.to_string())
    }
}

/// Parses a response. Returns the text without its XML declaration, and what it
/// claims; or why it is not accepted.
pub(in crate::saml::response) fn read(
    text: &str,
    stage: DocumentStage,
) -> Result<(&str, ClaimedResponse), DocumentError> {
    let body = xml::scan(text, &xml::RESPONSE_LIMITS)?;
    let document = xml::parse(body)?;
    if let Some(protocol) = find_other_protocol(document.root_element()) {
        return Err(DocumentError::OtherProtocol(protocol));
    }
    Ok((body, read_claims(&document, stage)?))
}

/// The protocol of a message, if it is another one than SAML 2.0 that an identity
/// provider may be set up for by mistake.
fn find_other_protocol(root: Node<'_, '_>) -> Option<String> {
    let namespace = root.tag_name().namespace().unwrap_or_default();
    let protocol = match root.tag_name().name() {
        "RequestSecurityTokenResponse" | "RequestSecurityTokenResponseCollection" => {
            "WS-Federation (WS-Trust)"
        }
        _ if namespace.starts_with("urn:oasis:names:tc:SAML:1.") => "SAML 1.1",
        _ => return None,
    };
    Some(format!("{} of {protocol}, namespace {}", xml::describe(root), QuotedText(namespace)))
}

/// Reads the claims of a parsed response.
pub(in crate::saml::response) fn read_claims(
    document: &Document<'_>,
    stage: DocumentStage,
) -> Result<ClaimedResponse, StructureError> {
    let response = document.root_element();
    if !xml::is_element(response, PROTOCOL, "Response") {
        let found = xml::describe(response);
        return Err(StructureError(format!("{found} instead of a SAML 2.0 protocol Response")));
    }
    elements::check_response(response)?;
    let assertion = find_assertion(response, stage);
    let assertion_node = assertion.as_ref().ok().copied();
    if let Some(node) = assertion_node.filter(|node| xml::is_element(*node, ASSERTION, "Assertion"))
    {
        elements::check_assertion(node)?;
    }
    Ok(ClaimedResponse {
        header: elements::read_header(response)?,
        assertion: assertion.and_then(describe_assertion),
        references: check_references(response, assertion_node),
        signatures: signature::parse_signatures(response, assertion_node),
    })
}

/// Reads the assertion that a signature covered: it must have the structure of an
/// assertion, and contain no other. Returns its ID.
pub(in crate::saml::response) fn read_signed_assertion(
    assertion: Node<'_, '_>,
) -> Result<String, StructureError> {
    elements::check_assertion(assertion)?;
    if is_assertion(assertion) && assertion.descendants().filter(|n| is_assertion(*n)).count() == 1
    {
        return parse_id(assertion).map_err(StructureError);
    }
    Err(StructureError("not exactly one assertion".to_owned()))
}

/// Returns the assertion of a tree that contains exactly one, if it has this ID.
pub(in crate::saml) fn only_assertion<'a, 'i>(
    root: Node<'a, 'i>,
    id: &str,
) -> Option<Node<'a, 'i>> {
    let mut assertions =
        root.descendants().filter(|node| xml::is_element(*node, ASSERTION, "Assertion"));
    let one = assertions.next().filter(|one| one.attribute("ID") == Some(id))?;
    assertions.next().is_none().then_some(one)
}

fn is_assertion(node: Node<'_, '_>) -> bool {
    xml::is_element(node, ASSERTION, "Assertion")
        || xml::is_element(node, ASSERTION, "EncryptedAssertion")
}

/// Finds the one assertion of a document. Others count wherever they are.
fn find_assertion<'a, 'i>(
    response: Node<'a, 'i>,
    stage: DocumentStage,
) -> Result<Node<'a, 'i>, String> {
    let assertions: Vec<_> = response.descendants().filter(|node| is_assertion(*node)).collect();
    let found = match (stage, assertions.as_slice()) {
        (DocumentStage::Received, [one]) => Some(*one).filter(|one| one.parent() == Some(response)),
        (DocumentStage::Decrypted, [wrapper, inner]) => {
            let nested = wrapper.parent() == Some(response)
                && xml::is_element(*wrapper, ASSERTION, "EncryptedAssertion")
                && wrapper.children().filter(Node::is_element).count() == 1
                && inner.parent() == Some(*wrapper)
                && xml::is_element(*inner, ASSERTION, "Assertion");
            nested.then_some(*inner)
        }
        _ => return Err(format!("{} assertions", assertions.len())),
    };
    found.ok_or_else(|| "an assertion that is not a child of the Response".to_owned())
}

fn describe_assertion(node: Node<'_, '_>) -> Result<AssertionKind, String> {
    if xml::is_element(node, ASSERTION, "Assertion") {
        return Ok(AssertionKind::Plain { id: parse_id(node)? });
    }
    Ok(AssertionKind::Encrypted(encrypted::parse(node).map_err(|error| error.0)))
}

fn parse_id(assertion: Node<'_, '_>) -> Result<String, String> {
    let id = assertion.attribute("ID").filter(|id| is_plain_name(id));
    id.map(str::to_owned).ok_or_else(|| "an assertion without a usable ID".to_owned())
}

/// IDs are plain names, and unique in every spelling of their attribute. No signature is in
/// a place where it would not be checked.
fn check_references(response: Node<'_, '_>, assertion: Option<Node<'_, '_>>) -> Result<(), String> {
    let mut seen = HashSet::new();
    for node in response.descendants().filter(Node::is_element) {
        for attribute in node.attributes() {
            if !attribute.name().eq_ignore_ascii_case("id") {
                continue;
            }
            // The XML security library looks for attributes by their local
            // name alone.
            if attribute.namespace().is_some() {
                return Err(format!("an ID attribute in a namespace, on {}", xml::describe(node)));
            }
            if !is_plain_name(attribute.value()) {
                return Err(format!("an ID that is not an NCName: {}", attribute.value()));
            }
            if !seen.insert(attribute.value()) {
                return Err(format!("the ID {} is used more than once", attribute.value()));
            }
        }
        let signature = xml::is_element(node, DS, "Signature");
        let parent = node.parent();
        if signature && parent != Some(response) && (assertion.is_none() || parent != assertion) {
            return Err("a signature outside of Response and Assertion".to_owned());
        }
    }
    Ok(())
}
