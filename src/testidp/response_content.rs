//! The signed SAML response of the test identity provider.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{SecondsFormat, TimeDelta};
use quick_xml::{Writer, events::BytesText};
use samael::crypto::{Crypto, CryptoProvider};

use super::{
    TestIdpError,
    identity::TestIdp,
    template::{Xml, write_signature},
};
use crate::domain::Timestamp;

const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";

/// The signed parts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SignedParts {
    /// The assertion alone, as most identity providers do.
    #[default]
    Assertion,
    /// The response alone.
    Response,
    /// The assertion, and then the response around it.
    Both,
}

/// The content of a response.
#[derive(Debug, Clone)]
pub struct ResponseContent {
    /// The `ID` of the response: an XML name, unused so far.
    pub response_id: String,
    /// The `ID` of the assertion: an XML name, unused so far.
    pub assertion_id: String,
    /// The `ID` of the request that is answered; `None` for an unsolicited response.
    pub in_response_to: Option<String>,
    /// The assertion consumer service: `Destination` and `Recipient`.
    pub acs_url: String,
    /// The entity ID of the service provider.
    pub audience: String,
    /// The `NameID`.
    pub name_id: String,
    /// Its `Format`, e.g. [`EMAIL_ADDRESS`](super::name_id::EMAIL_ADDRESS).
    pub name_id_format: String,
    /// The attributes: each name with its values. No value at all is an
    /// attribute without `AttributeValue`.
    pub attributes: Vec<(String, Vec<String>)>,
    /// The moment of everything: issue instants, authentication.
    pub issued_at: Timestamp,
    /// How long the assertion may be used, from then on.
    pub valid_for: TimeDelta,
    /// How long a session may last from then on. `None`: not specified.
    pub session_for: Option<TimeDelta>,
    /// The signed parts.
    pub sign: SignedParts,
}

impl TestIdp {
    /// Writes the response (Core 3.3.3) and signs it: RSA-SHA256, by XMLSec.
    ///
    /// # Errors
    /// When a value holds a character that XML can't carry, or signing fails.
    pub fn respond(&self, answer: &ResponseContent) -> Result<String, TestIdpError> {
        let document =
            ResponseWriter { idp: self, answer, certificate: &self.certificate_base64() };
        let assertion = match answer.sign {
            SignedParts::Assertion | SignedParts::Both => {
                self.sign_document(&document.write_assertion(true)?)?
            }
            SignedParts::Response => document.write_assertion(false)?,
        };
        match answer.sign {
            SignedParts::Assertion => document.write_response(&assertion, false),
            SignedParts::Response | SignedParts::Both => {
                self.sign_document(&document.write_response(&assertion, true)?)
            }
        }
    }

    fn certificate_base64(&self) -> String {
        STANDARD.encode(self.certificate_der())
    }

    /// Fills in the signature template of the document's root.
    fn sign_document(&self, template: &str) -> Result<String, TestIdpError> {
        let signed = Crypto::sign_xml(template, &self.signing_key_der()?)?;
        // A document that goes into another one may not bring a declaration.
        let body = match signed.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")) {
            Some((_, body)) => body,
            None => &signed,
        };
        Ok(body.trim().to_owned())
    }
}

/// The writer of a response.
struct ResponseWriter<'a> {
    idp: &'a TestIdp,
    answer: &'a ResponseContent,
    certificate: &'a str,
}

impl ResponseWriter<'_> {
    fn write_response(&self, assertion: &str, sign: bool) -> Result<String, TestIdpError> {
        let ResponseContent { response_id, in_response_to, acs_url, .. } = self.answer;
        let issued_at = format_timestamp(self.answer.issued_at);
        let mut writer = Writer::new(Vec::new());
        let mut element = writer
            .create_element("samlp:Response")
            .with_attribute(("xmlns:samlp", PROTOCOL))
            .with_attribute(("xmlns:saml", ASSERTION))
            .with_attribute(("ID", check_xml_chars("the response's ID", response_id)?))
            .with_attribute(("Version", "2.0"))
            .with_attribute(("IssueInstant", issued_at.as_str()))
            .with_attribute(("Destination", check_xml_chars("the ACS URL", acs_url)?));
        if let Some(request) = in_response_to {
            element =
                element.with_attribute(("InResponseTo", check_xml_chars("InResponseTo", request)?));
        }
        element.write_inner_content(|writer| {
            self.write_issuer(writer)?;
            if sign {
                write_signature(writer, response_id, self.certificate)?;
            }
            writer.create_element("samlp:Status").write_inner_content(|writer| {
                writer
                    .create_element("samlp:StatusCode")
                    .with_attribute(("Value", "urn:oasis:names:tc:SAML:2.0:status:Success"))
                    .write_empty()?;
                Ok(())
            })?;
            writer.get_mut().extend_from_slice(assertion.as_bytes());
            Ok(())
        })?;
        Ok(into_text(writer))
    }

    fn write_assertion(&self, sign: bool) -> Result<String, TestIdpError> {
        let id = check_xml_chars("the assertion's ID", &self.answer.assertion_id)?;
        self.check_values()?;
        let issued_at = format_timestamp(self.answer.issued_at);
        let mut writer = Writer::new(Vec::new());
        writer
            .create_element("saml:Assertion")
            .with_attribute(("xmlns:saml", ASSERTION))
            .with_attribute(("ID", id))
            .with_attribute(("Version", "2.0"))
            .with_attribute(("IssueInstant", issued_at.as_str()))
            .write_inner_content(|writer| {
                self.write_issuer(writer)?;
                if sign {
                    write_signature(writer, id, self.certificate)?;
                }
                self.write_subject(writer)?;
                self.write_conditions(writer)?;
                self.write_authn_statement(writer)?;
                self.write_attributes(writer)
            })?;
        Ok(into_text(writer))
    }

    fn check_values(&self) -> Result<(), TestIdpError> {
        check_xml_chars("the NameID", &self.answer.name_id)?;
        check_xml_chars("the NameID's format", &self.answer.name_id_format)?;
        check_xml_chars("the audience", &self.answer.audience)?;
        for (name, values) in &self.answer.attributes {
            check_xml_chars("an attribute's name", name)?;
            for value in values {
                check_xml_chars("an attribute's value", value)?;
            }
        }
        Ok(())
    }

    fn write_issuer(&self, writer: &mut Xml) -> std::io::Result<()> {
        writer
            .create_element("saml:Issuer")
            .write_text_content(BytesText::new(self.idp.entity_id()))?;
        Ok(())
    }

    fn write_subject(&self, writer: &mut Xml) -> std::io::Result<()> {
        let ResponseContent { name_id, name_id_format, .. } = self.answer;
        writer.create_element("saml:Subject").write_inner_content(|writer| {
            writer
                .create_element("saml:NameID")
                .with_attribute(("Format", name_id_format.as_str()))
                .write_text_content(BytesText::new(name_id))?;
            writer
                .create_element("saml:SubjectConfirmation")
                .with_attribute(("Method", "urn:oasis:names:tc:SAML:2.0:cm:bearer"))
                .write_inner_content(|writer| self.write_confirmation_data(writer))?;
            Ok(())
        })?;
        Ok(())
    }

    fn write_confirmation_data(&self, writer: &mut Xml) -> std::io::Result<()> {
        let until = self.not_on_or_after();
        let mut element = writer
            .create_element("saml:SubjectConfirmationData")
            .with_attribute(("NotOnOrAfter", until.as_str()))
            .with_attribute(("Recipient", self.answer.acs_url.as_str()));
        if let Some(request) = &self.answer.in_response_to {
            element = element.with_attribute(("InResponseTo", request.as_str()));
        }
        element.write_empty()?;
        Ok(())
    }

    fn write_conditions(&self, writer: &mut Xml) -> std::io::Result<()> {
        let (from, until) = (format_timestamp(self.answer.issued_at), self.not_on_or_after());
        writer
            .create_element("saml:Conditions")
            .with_attribute(("NotBefore", from.as_str()))
            .with_attribute(("NotOnOrAfter", until.as_str()))
            .write_inner_content(|writer| {
                writer.create_element("saml:AudienceRestriction").write_inner_content(
                    |writer| {
                        writer
                            .create_element("saml:Audience")
                            .write_text_content(BytesText::new(&self.answer.audience))?;
                        Ok(())
                    },
                )?;
                Ok(())
            })?;
        Ok(())
    }

    fn write_authn_statement(&self, writer: &mut Xml) -> std::io::Result<()> {
        let issued_at = format_timestamp(self.answer.issued_at);
        let session_until =
            self.answer.session_for.map(|time| format_timestamp(add_time(self.answer, time)));
        let mut element = writer
            .create_element("saml:AuthnStatement")
            .with_attribute(("AuthnInstant", issued_at.as_str()))
            .with_attribute(("SessionIndex", self.answer.assertion_id.as_str()));
        if let Some(until) = &session_until {
            element = element.with_attribute(("SessionNotOnOrAfter", until.as_str()));
        }
        element.write_inner_content(|writer| {
            writer.create_element("saml:AuthnContext").write_inner_content(|writer| {
                writer.create_element("saml:AuthnContextClassRef").write_text_content(
                    BytesText::new("urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"),
                )?;
                Ok(())
            })?;
            Ok(())
        })?;
        Ok(())
    }

    fn write_attributes(&self, writer: &mut Xml) -> std::io::Result<()> {
        // An empty AttributeStatement is no SAML (Core 2.7.3).
        if self.answer.attributes.is_empty() {
            return Ok(());
        }
        writer.create_element("saml:AttributeStatement").write_inner_content(|writer| {
            for (name, values) in &self.answer.attributes {
                writer
                    .create_element("saml:Attribute")
                    .with_attribute(("Name", name.as_str()))
                    .with_attribute((
                        "NameFormat",
                        "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
                    ))
                    .write_inner_content(|writer| {
                        for value in values {
                            writer
                                .create_element("saml:AttributeValue")
                                .write_text_content(BytesText::new(value))?;
                        }
                        Ok(())
                    })?;
            }
            Ok(())
        })?;
        Ok(())
    }

    fn not_on_or_after(&self) -> String {
        format_timestamp(add_time(self.answer, self.answer.valid_for))
    }
}

fn into_text(writer: Xml) -> String {
    String::from_utf8_lossy(&writer.into_inner()).into_owned()
}

fn format_timestamp(timestamp: Timestamp) -> String {
    timestamp.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn add_time(answer: &ResponseContent, time: TimeDelta) -> Timestamp {
    answer.issued_at.checked_add_signed(time).unwrap_or(answer.issued_at)
}

/// The text, if XML can carry it (XML 1.0, 2.2).
fn check_xml_chars<'a>(label: &'static str, text: &'a str) -> Result<&'a str, TestIdpError> {
    let is_allowed =
        |char: &char| matches!(char, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..);
    match text.chars().find(|char| !is_allowed(char)) {
        None => Ok(text),
        Some(char) => Err(TestIdpError::NotXml { what: label, code: u32::from(char) }),
    }
}

#[cfg(test)]
mod tests;
