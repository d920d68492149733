//! The gate: decides the exact shape of a response before any cryptography
//! sees a byte of it, and says what it found.
//!
//! What makes a document unreadable or ambiguous is an error here, and fails
//! `xml.safe`. What is wrong with assertions or signatures is a finding, so
//! that the check of that name can tell an administrator. Nothing is verified
//! and nothing is believed: a fact is what the message claims.

mod encrypted;
mod pss;
mod shape;
mod signature;

use std::collections::HashSet;

use roxmltree::{Document, Node};

use self::shape::Fault;
pub(super) use self::{
    encrypted::{Encrypted, EncryptedKey, find as find_encrypted},
    pss::PssParameters,
    shape::issuer,
    signature::{Hash, Method, SignatureFacts, SignatureKind, Signed, signed_info},
};
use super::{
    names::{ASSERTION, DS, PROTOCOL},
    xml,
};
use crate::domain::quote::Quoted;

/// What a response claims, before anything is verified.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    /// The attributes and children of the response itself.
    pub envelope: Envelope,
    /// The one assertion, or why it can't be told which one it is.
    pub assertion: Result<Found, String>,
    /// Whether every ID is a plain name and names one element, and whether
    /// every signature stands where one may stand.
    pub references: Result<(), String>,
    /// The signatures that stand where one may stand: of the response, of the
    /// assertion, or of both.
    pub signatures: Vec<SignatureFacts>,
}

/// What a response says of itself (Core 3.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Envelope {
    pub id: Option<String>,
    pub version: Option<String>,
    pub issue_instant: Option<String>,
    pub destination: Option<String>,
    pub in_response_to: Option<String>,
    pub issuer: Option<Issuer>,
    pub status: Status,
}

/// Who says so (Core 2.2.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Issuer {
    pub entity_id: String,
    pub format: Option<String>,
}

/// How the identity provider fared (Core 3.2.2.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Status {
    pub code: Option<String>,
    pub sub_code: Option<String>,
    pub message: Option<String>,
}

/// The one assertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// It can be read; its ID.
    Plain { id: String },
    /// It is encrypted; how, or why that can't be read.
    Encrypted(Result<Encrypted, String>),
}

/// Which document is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The document as it was received, or the part of it that was signed.
    Received,
    /// The document with the assertion decrypted, still inside its
    /// `EncryptedAssertion`.
    Decrypted,
}

/// Why a text is no response, in words.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It may not be read, or its shape is not that of a response.
    Unsafe(String),
    /// It is well-formed, and a message of another protocol than SAML 2.0.
    OtherProtocol(String),
}

impl<E: std::fmt::Display> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Unsafe(error.to_string())
    }
}

/// Looks at a text that is to be a response. Returns the text without its XML
/// declaration, and what it claims; or why it may not be read.
pub(super) fn look(text: &str, stage: Stage) -> Result<(&str, Facts), Refusal> {
    let body = xml::scan(text, &xml::RESPONSE)?;
    let document = xml::parse(body)?;
    if let Some(protocol) = other_protocol(document.root_element()) {
        return Err(Refusal::OtherProtocol(protocol));
    }
    Ok((body, facts(&document, stage)?))
}

/// Which other protocol a message is of that an identity provider may be set up
/// for by mistake.
fn other_protocol(root: Node<'_, '_>) -> Option<String> {
    let namespace = root.tag_name().namespace().unwrap_or_default();
    let protocol = match root.tag_name().name() {
        "RequestSecurityTokenResponse" | "RequestSecurityTokenResponseCollection" => {
            "WS-Federation (WS-Trust)"
        }
        _ if namespace.starts_with("urn:oasis:names:tc:SAML:1.") => "SAML 1.1",
        _ => return None,
    };
    Some(format!("{} of {protocol}, namespace {}", xml::describe(root), Quoted(namespace)))
}

/// Reads the facts of a parsed response.
pub(super) fn facts(document: &Document<'_>, stage: Stage) -> Result<Facts, Fault> {
    let response = document.root_element();
    if !xml::is(response, PROTOCOL, "Response") {
        let found = xml::describe(response);
        return Err(Fault(format!("{found} instead of a SAML 2.0 protocol Response")));
    }
    shape::response(response)?;
    let assertion = find_assertion(response, stage);
    let assertion_node = assertion.as_ref().ok().copied();
    if let Some(node) = assertion_node.filter(|node| xml::is(*node, ASSERTION, "Assertion")) {
        shape::assertion(node)?;
    }
    Ok(Facts {
        envelope: shape::envelope(response)?,
        assertion: assertion.and_then(describe_assertion),
        references: check_references(response, assertion_node),
        signatures: signature::read(response, assertion_node),
    })
}

/// Looks at the assertion that a signature covered: it must have the shape of
/// an assertion, and be alone. Returns its ID.
pub(super) fn signed_assertion(assertion: Node<'_, '_>) -> Result<String, Fault> {
    shape::assertion(assertion)?;
    if is_assertion(assertion) && assertion.descendants().filter(|n| is_assertion(*n)).count() == 1
    {
        return plain_id(assertion).map_err(Fault);
    }
    Err(Fault("not exactly one assertion".to_owned()))
}

fn is_assertion(node: Node<'_, '_>) -> bool {
    xml::is(node, ASSERTION, "Assertion") || xml::is(node, ASSERTION, "EncryptedAssertion")
}

/// The one assertion of a document, wherever others might hide.
fn find_assertion<'a, 'i>(response: Node<'a, 'i>, stage: Stage) -> Result<Node<'a, 'i>, String> {
    let all: Vec<_> = response.descendants().filter(|node| is_assertion(*node)).collect();
    let found = match (stage, all.as_slice()) {
        (Stage::Received, [one]) => Some(*one).filter(|one| one.parent() == Some(response)),
        (Stage::Decrypted, [wrapper, inner]) => {
            let nested = wrapper.parent() == Some(response)
                && xml::is(*wrapper, ASSERTION, "EncryptedAssertion")
                && wrapper.children().filter(Node::is_element).count() == 1
                && inner.parent() == Some(*wrapper)
                && xml::is(*inner, ASSERTION, "Assertion");
            nested.then_some(*inner)
        }
        _ => return Err(format!("{} assertions", all.len())),
    };
    found.ok_or_else(|| "an assertion that is not a child of the Response".to_owned())
}

fn describe_assertion(node: Node<'_, '_>) -> Result<Found, String> {
    if xml::is(node, ASSERTION, "Assertion") {
        return Ok(Found::Plain { id: plain_id(node)? });
    }
    Ok(Found::Encrypted(encrypted::read(node).map_err(|fault| fault.0)))
}

fn plain_id(assertion: Node<'_, '_>) -> Result<String, String> {
    let id = assertion.attribute("ID").filter(|id| shape::is_plain_name(id));
    id.map(str::to_owned).ok_or_else(|| "an assertion without a usable ID".to_owned())
}

/// IDs are plain names and unique, whatever their attribute's spelling; and no
/// signature stands where nobody would look for it.
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
            if !shape::is_plain_name(attribute.value()) {
                return Err(format!("an ID that is no plain name: {}", attribute.value()));
            }
            if !seen.insert(attribute.value()) {
                return Err(format!("the ID {} twice", attribute.value()));
            }
        }
        let signature = xml::is(node, DS, "Signature");
        let parent = node.parent();
        if signature && parent != Some(response) && (assertion.is_none() || parent != assertion) {
            return Err("a signature elsewhere than in Response or Assertion".to_owned());
        }
    }
    Ok(())
}
