//! Extracts subject, attributes and times from a verified assertion.

use chrono::TimeDelta;
use roxmltree::Node;

use super::{
    assertion_checks::{bearer_confirmations, parse_name_id},
    types::Assertion,
};
use crate::{
    domain::{
        Timestamp,
        attributes::{Attribute, Attributes},
        connection::MAX_SKEW_SECONDS,
        provisioning::Subject,
    },
    saml::{names::ASSERTION, time, xml},
};

/// The maximum time for which an assertion is remembered, without the skew. An assertion is
/// only accepted within minutes of its issue.
pub(in crate::saml) const MAX_REMEMBERED_TIME: TimeDelta = TimeDelta::days(1);

/// Extracts a verified assertion. Returns `None` if it has no ID, which the checks have
/// excluded. Without a readable `NameID`, the subject is empty. Whether it is usable is
/// decided by the checks and by provisioning.
pub(super) fn extract_assertion(
    assertion: Node<'_, '_>,
    certificate_fingerprint: String,
    signers: Vec<String>,
    now: Timestamp,
) -> Option<Assertion> {
    Some(Assertion {
        id: assertion.attribute("ID")?.to_owned(),
        subject: extract_subject(assertion),
        attributes: extract_attributes(assertion),
        session_not_on_or_after: xml::children(assertion, ASSERTION, "AuthnStatement")
            .filter_map(|statement| statement.attribute("SessionNotOnOrAfter"))
            .filter_map(time::parse)
            .min(),
        remember_until: remember_until(assertion, now),
        certificate_fingerprint,
        signers,
    })
}

fn extract_subject(assertion: Node<'_, '_>) -> Subject {
    let Ok(name_id) = parse_name_id(assertion) else {
        return Subject { name_id: String::new(), format: None };
    };
    let subject = xml::child(assertion, ASSERTION, "Subject");
    let name = subject.and_then(|subject| xml::child(subject, ASSERTION, "NameID"));
    let format = name.and_then(|name| name.attribute("Format"));
    Subject { name_id, format: format.map(str::to_owned) }
}

fn extract_attributes(assertion: Node<'_, '_>) -> Attributes {
    let elements = |name: &'static str| {
        let statements = xml::children(assertion, ASSERTION, "AttributeStatement");
        statements.flat_map(move |one| xml::children(one, ASSERTION, name))
    };
    let extracted = elements("Attribute").map(|attribute| Attribute {
        name: attribute.attribute("Name").unwrap_or_default().to_owned(),
        friendly_name: attribute.attribute("FriendlyName").map(str::to_owned),
        values: xml::children(attribute, ASSERTION, "AttributeValue").map(extract_value).collect(),
    });
    Attributes::new(extracted.collect()).with_encrypted(elements("EncryptedAttribute").count())
}

/// Returns the text of a value. A value that is one element, as `eduPersonTargetedID`
/// is a `NameID`, has that element's text; anything deeper has none.
fn extract_value(node: Node<'_, '_>) -> String {
    let text = xml::text_content(node).or_else(|| {
        let mut elements = node.children().filter(Node::is_element);
        let only = elements.next().filter(|_| elements.next().is_none())?;
        xml::text_content(only)
    });
    text.unwrap_or_default()
}

/// Returns until when the assertion could be accepted again, at the largest skew that
/// the connection may be set to meanwhile. Its age is bounded by another check, so the
/// time is bounded as well.
fn remember_until(assertion: Node<'_, '_>, now: Timestamp) -> Timestamp {
    let conditions = xml::child(assertion, ASSERTION, "Conditions").into_iter();
    let ends = conditions.chain(bearer_confirmations(assertion));
    let ends = ends.filter_map(|node| node.attribute("NotOnOrAfter")).filter_map(time::parse);
    let last = ends.max().unwrap_or(now).clamp(now, time::add_saturating(now, MAX_REMEMBERED_TIME));
    time::add_saturating(last, TimeDelta::seconds(i64::from(MAX_SKEW_SECONDS)))
}
