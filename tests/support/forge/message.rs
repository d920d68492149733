//! Responses and assertions, in parts that a test can replace.

use chrono::{SecondsFormat, TimeDelta};
use usher::domain::Timestamp;

use super::{
    key::Key,
    sign::{Algorithm, Hash, Signature},
    xml::{ASSERTION, PROTOCOL, element, text},
};

pub(crate) const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
pub(crate) const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
pub(crate) const EMAIL_ADDRESS: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
pub(crate) const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";

/// What a valid message agrees with.
#[derive(Debug, Clone)]
pub(crate) struct MessageContext {
    pub(crate) idp_entity_id: String,
    pub(crate) sp_entity_id: String,
    pub(crate) acs_url: String,
    /// The request that is answered; `None`: nobody asked.
    pub(crate) request: Option<String>,
    pub(crate) now: Timestamp,
}

/// Which parts are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signed {
    Assertion,
    Response,
    Both,
}

/// A moment as SAML writes it.
pub(crate) fn instant(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// An assertion. Each part is XML already, and may be anything.
#[derive(Debug, Clone)]
pub(crate) struct Assertion {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) issue_instant: String,
    pub(crate) issuer: String,
    pub(crate) subject: Subject,
    pub(crate) conditions: Conditions,
    pub(crate) authn_statement: String,
    pub(crate) attributes: String,
}

/// Whom it speaks of, and who may bring it.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// The content of the `NameID`, XML already.
    pub(crate) name_id: String,
    pub(crate) format: String,
    /// What stands in place of the `NameID`, XML already.
    pub(crate) identifier: Option<String>,
    pub(crate) method: String,
    /// The attributes of the `SubjectConfirmationData`.
    pub(crate) recipient: Option<String>,
    pub(crate) not_before: Option<String>,
    pub(crate) not_on_or_after: Option<String>,
    pub(crate) in_response_to: Option<String>,
}

/// When and for whom it is valid.
#[derive(Debug, Clone)]
pub(crate) struct Conditions {
    pub(crate) not_before: Option<String>,
    pub(crate) not_on_or_after: Option<String>,
    /// Restrictions, each with its audiences.
    pub(crate) audiences: Vec<Vec<String>>,
    /// More conditions, XML already.
    pub(crate) others: String,
}

/// An `Attribute` with values that are XML already.
pub(crate) fn attribute(name: &str, values: &[&str]) -> String {
    let values: String =
        values.iter().map(|value| element("saml:AttributeValue", &[], value)).collect();
    element("saml:Attribute", &[("Name", name)], &values)
}

fn optional_attribute<'a>(name: &'a str, value: &'a Option<String>) -> Option<(&'a str, &'a str)> {
    value.as_deref().map(|value| (name, value))
}

impl Subject {
    /// The whole element.
    pub(crate) fn xml(&self) -> String {
        let data: Vec<_> = [
            optional_attribute("InResponseTo", &self.in_response_to),
            optional_attribute("NotBefore", &self.not_before),
            optional_attribute("NotOnOrAfter", &self.not_on_or_after),
            optional_attribute("Recipient", &self.recipient),
        ]
        .into_iter()
        .flatten()
        .collect();
        let data = element("saml:SubjectConfirmationData", &data, "");
        let confirmation = [("Method", self.method.as_str())];
        let name_id = element("saml:NameID", &[("Format", &self.format)], &self.name_id);
        let name_id = self.identifier.clone().unwrap_or(name_id);
        let confirmation = element("saml:SubjectConfirmation", &confirmation, &data);
        // Without a method there is no confirmation at all.
        let confirmation = if self.method.is_empty() { String::new() } else { confirmation };
        element("saml:Subject", &[], &(name_id + &confirmation))
    }
}

impl Conditions {
    /// The whole element; nothing, if nothing is in it.
    pub(crate) fn xml(&self) -> String {
        let times: Vec<_> = [
            optional_attribute("NotBefore", &self.not_before),
            optional_attribute("NotOnOrAfter", &self.not_on_or_after),
        ]
        .into_iter()
        .flatten()
        .collect();
        let mut content = String::new();
        for restriction in &self.audiences {
            let audience = |audience: &String| element("saml:Audience", &[], &text(audience));
            let audiences: String = restriction.iter().map(audience).collect();
            content += &element("saml:AudienceRestriction", &[], &audiences);
        }
        content += &self.others;
        if times.is_empty() && content.is_empty() {
            return String::new();
        }
        element("saml:Conditions", &times, &content)
    }
}

impl Assertion {
    /// A valid one about this person, fresh for five minutes.
    pub(crate) fn valid(context: &MessageContext, name_id: &str) -> Self {
        let now = instant(context.now);
        let until = instant(context.now + TimeDelta::minutes(5));
        let class = element("saml:AuthnContextClassRef", &[], PASSWORD);
        let authn_context = element("saml:AuthnContext", &[], &class);
        let attributes = attribute("firstName", &["Ada"]) + &attribute("role", &["USER"]);
        Self {
            id: "_assertion".into(),
            version: "2.0".into(),
            issue_instant: now.clone(),
            issuer: context.idp_entity_id.clone(),
            subject: Subject {
                name_id: text(name_id),
                format: EMAIL_ADDRESS.into(),
                identifier: None,
                method: BEARER.into(),
                recipient: Some(context.acs_url.clone()),
                not_before: None,
                not_on_or_after: Some(until.clone()),
                in_response_to: context.request.clone(),
            },
            conditions: Conditions {
                not_before: Some(now.clone()),
                not_on_or_after: Some(until),
                audiences: vec![vec![context.sp_entity_id.clone()]],
                others: String::new(),
            },
            authn_statement: element(
                "saml:AuthnStatement",
                &[("AuthnInstant", &now)],
                &authn_context,
            ),
            attributes: element("saml:AttributeStatement", &[], &attributes),
        }
    }

    /// The element, with this `Signature` element or none.
    pub(crate) fn xml(&self, signature: &str) -> String {
        let content = element("saml:Issuer", &[], &text(&self.issuer))
            + signature
            + &self.subject.xml()
            + &self.conditions.xml()
            + &self.authn_statement
            + &self.attributes;
        element(
            "saml:Assertion",
            &[
                ("xmlns:saml", ASSERTION),
                ("ID", &self.id),
                ("IssueInstant", &self.issue_instant),
                ("Version", &self.version),
            ],
            &content,
        )
    }

    /// The signature of it, still open to be changed.
    pub(crate) fn signature(&self, key: &Key, algorithm: Algorithm) -> Signature {
        Signature::sign(key, algorithm, &self.id, &self.xml(""))
    }

    /// The element, signed with RSA and SHA-256.
    pub(crate) fn signed(&self, key: &Key) -> String {
        self.xml(&self.signature(key, Algorithm::Rsa(Hash::Sha256)).xml())
    }
}

/// A response around something that is XML already.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) issue_instant: String,
    pub(crate) destination: Option<String>,
    pub(crate) in_response_to: Option<String>,
    pub(crate) issuer: Option<String>,
    /// The content of `Status`.
    pub(crate) status: String,
    /// What stands before the status, XML already.
    pub(crate) extensions: String,
    /// What follows the status: one assertion, if it is valid.
    pub(crate) content: String,
}

/// A `StatusCode` with what is in it.
pub(crate) fn status_code(value: &str, content: &str) -> String {
    element("samlp:StatusCode", &[("Value", value)], content)
}

impl Response {
    /// A valid one.
    pub(crate) fn valid(context: &MessageContext, content: String) -> Self {
        Self {
            id: "_response".into(),
            version: "2.0".into(),
            issue_instant: instant(context.now),
            destination: Some(context.acs_url.clone()),
            in_response_to: context.request.clone(),
            issuer: Some(context.idp_entity_id.clone()),
            extensions: String::new(),
            status: status_code(SUCCESS, ""),
            content,
        }
    }

    /// The document, with this `Signature` element or none.
    pub(crate) fn xml(&self, signature: &str) -> String {
        let mut attributes = vec![
            ("xmlns:samlp", PROTOCOL),
            ("ID", &self.id),
            ("IssueInstant", &self.issue_instant),
            ("Version", &self.version),
        ];
        attributes.extend(optional_attribute("Destination", &self.destination));
        attributes.extend(optional_attribute("InResponseTo", &self.in_response_to));
        let issuer = self.issuer.as_ref().map_or_else(String::new, |issuer| {
            element("saml:Issuer", &[("xmlns:saml", ASSERTION)], &text(issuer))
        });
        let status = element("samlp:Status", &[], &self.status);
        let content = issuer + signature + &self.extensions + &status + &self.content;
        element("samlp:Response", &attributes, &content)
    }

    /// The signature of it, still open to be changed.
    pub(crate) fn signature(&self, key: &Key, algorithm: Algorithm) -> Signature {
        Signature::sign(key, algorithm, &self.id, &self.xml(""))
    }

    /// The document, signed with RSA and SHA-256.
    pub(crate) fn signed(&self, key: &Key) -> String {
        self.xml(&self.signature(key, Algorithm::Rsa(Hash::Sha256)).xml())
    }
}

/// A valid response about this person, signed as wanted.
pub(crate) fn valid(
    context: &MessageContext,
    name_id: &str,
    key: &Key,
    algorithm: Algorithm,
    signed: Signed,
) -> String {
    around(context, &Assertion::valid(context, name_id), key, algorithm, signed)
}

/// A valid response around this assertion, signed as wanted.
pub(crate) fn around(
    context: &MessageContext,
    assertion: &Assertion,
    key: &Key,
    algorithm: Algorithm,
    signed: Signed,
) -> String {
    let signature = match signed {
        Signed::Assertion | Signed::Both => assertion.signature(key, algorithm).xml(),
        Signed::Response => String::new(),
    };
    let response = Response::valid(context, assertion.xml(&signature));
    let signature = match signed {
        Signed::Response | Signed::Both => response.signature(key, algorithm).xml(),
        Signed::Assertion => String::new(),
    };
    response.xml(&signature)
}
