//! The elements of a response and of an assertion: which children each may have, and
//! how often.
//!
//! An element that the schema (saml-schema-protocol, saml-schema-assertion) does not
//! define is rejected, so that two parsers can't read two things in one place.
//! Statements of a foreign type are rejected as well: no identity provider is known
//! to need them, and wrapping attacks do.
//!
//! `Extensions` of a response are ignored (IIP-EXT01). Assertions, signatures and
//! IDs inside them still count, because those are counted in the whole document.

use roxmltree::Node;

use super::{
    children::{StructureError, UNBOUNDED, check_children},
    claims::{Issuer, ResponseHeader, Status},
};
use crate::saml::{
    names::{ASSERTION, DS, PROTOCOL},
    xml,
};

/// The children of a response. The number of assertions is a check of its own.
pub(super) fn check_response(response: Node<'_, '_>) -> Result<(), StructureError> {
    check_children(
        response,
        &[
            (ASSERTION, "Issuer", 0, 1),
            (DS, "Signature", 0, 1),
            (PROTOCOL, "Extensions", 0, 1),
            (PROTOCOL, "Status", 1, 1),
            (ASSERTION, "Assertion", 0, UNBOUNDED),
            (ASSERTION, "EncryptedAssertion", 0, UNBOUNDED),
        ],
    )
}

/// The children of an assertion and of its elements.
pub(super) fn check_assertion(assertion: Node<'_, '_>) -> Result<(), StructureError> {
    check_children(
        assertion,
        &[
            (ASSERTION, "Issuer", 0, 1),
            (DS, "Signature", 0, 1),
            (ASSERTION, "Subject", 0, 1),
            (ASSERTION, "Conditions", 0, 1),
            (ASSERTION, "Advice", 0, 1),
            (ASSERTION, "AuthnStatement", 0, UNBOUNDED),
            (ASSERTION, "AttributeStatement", 0, UNBOUNDED),
            (ASSERTION, "AuthzDecisionStatement", 0, UNBOUNDED),
        ],
    )?;
    for child in assertion.children() {
        if xml::is_element(child, ASSERTION, "Subject") {
            check_subject(child)?;
        } else if xml::is_element(child, ASSERTION, "Conditions") {
            check_audiences(child)?;
        } else if xml::is_element(child, ASSERTION, "AttributeStatement") {
            check_attribute_statement(child)?;
        }
    }
    Ok(())
}

fn check_subject(subject: Node<'_, '_>) -> Result<(), StructureError> {
    check_children(
        subject,
        &[
            (ASSERTION, "NameID", 0, 1),
            (ASSERTION, "BaseID", 0, 1),
            (ASSERTION, "EncryptedID", 0, 1),
            (ASSERTION, "SubjectConfirmation", 0, UNBOUNDED),
        ],
    )?;
    for confirmation in xml::children(subject, ASSERTION, "SubjectConfirmation") {
        check_children(
            confirmation,
            &[
                (ASSERTION, "NameID", 0, 1),
                (ASSERTION, "BaseID", 0, 1),
                (ASSERTION, "EncryptedID", 0, 1),
                (ASSERTION, "SubjectConfirmationData", 0, 1),
            ],
        )?;
    }
    Ok(())
}

fn check_audiences(conditions: Node<'_, '_>) -> Result<(), StructureError> {
    for restriction in xml::children(conditions, ASSERTION, "AudienceRestriction") {
        check_children(restriction, &[(ASSERTION, "Audience", 1, UNBOUNDED)])?;
    }
    Ok(())
}

fn check_attribute_statement(statement: Node<'_, '_>) -> Result<(), StructureError> {
    check_children(
        statement,
        &[(ASSERTION, "Attribute", 0, UNBOUNDED), (ASSERTION, "EncryptedAttribute", 0, UNBOUNDED)],
    )?;
    for attribute in xml::children(statement, ASSERTION, "Attribute") {
        check_children(attribute, &[(ASSERTION, "AttributeValue", 0, UNBOUNDED)])?;
    }
    Ok(())
}

/// Reads the attributes and children of the response itself.
pub(super) fn read_header(response: Node<'_, '_>) -> Result<ResponseHeader, StructureError> {
    let attribute = |name: &str| response.attribute(name).map(str::to_owned);
    let status = xml::child(response, PROTOCOL, "Status");
    Ok(ResponseHeader {
        id: attribute("ID"),
        version: attribute("Version"),
        issue_instant: attribute("IssueInstant"),
        destination: attribute("Destination"),
        in_response_to: attribute("InResponseTo"),
        issuer: xml::child(response, ASSERTION, "Issuer").map(read_issuer).transpose()?,
        status: status.map(read_status).unwrap_or_default(),
    })
}

/// Reads an issuer; white space around it is not part of a name.
pub(in crate::saml) fn read_issuer(node: Node<'_, '_>) -> Result<Issuer, StructureError> {
    let text =
        xml::text_content(node).ok_or_else(|| StructureError("an element in Issuer".to_owned()))?;
    Ok(Issuer {
        entity_id: text.trim_matches(xml::SPACE).to_owned(),
        format: node.attribute("Format").map(str::to_owned),
    })
}

fn read_status(status: Node<'_, '_>) -> Status {
    let code = xml::child(status, PROTOCOL, "StatusCode");
    let sub_code = code.and_then(|code| xml::child(code, PROTOCOL, "StatusCode"));
    let message = xml::child(status, PROTOCOL, "StatusMessage").and_then(xml::text_content);
    Status {
        code: code.and_then(|code| code.attribute("Value")).map(str::to_owned),
        sub_code: sub_code.and_then(|code| code.attribute("Value")).map(str::to_owned),
        message: message.map(|message| message.trim().to_owned()),
    }
}
