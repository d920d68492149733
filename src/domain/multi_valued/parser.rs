//! Parses the values of a multi-valued attribute.

use std::str::FromStr;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{FieldValue, MultiValuedField, SubAttribute, ValueKind};
use crate::domain::{
    email::Email,
    field_error::{FieldError, Reason},
    profile_text::TextKind,
    text::{TextError, check_assigned, check_visible, parse_line},
};

/// The maximum number of values of an attribute.
pub const MAX_VALUES: usize = 100;

/// The maximum number of characters of a sub-attribute that may have several lines.
pub const MAX_LINES_CHARS: usize = 1_024;

/// The maximum number of characters of a certificate.
pub const MAX_CERTIFICATE_CHARS: usize = 16_384;

impl MultiValuedField {
    /// Parses the values: trims sub-attributes, drops blank ones, and merges values that are
    /// the same.
    ///
    /// # Errors
    /// Returns every error with its place, such as `emails` or `emails/0/value`.
    pub fn parse_values(self, values: Vec<FieldValue>) -> Result<Vec<FieldValue>, Vec<FieldError>> {
        if values.len() > MAX_VALUES {
            let reason = format!("must have at most {MAX_VALUES} values");
            return Err(vec![FieldError::new(self.as_str(), "", reason)]);
        }
        let mut errors = Vec::new();
        let primary = values.iter().filter(|value| value.is_primary == Some(true)).count();
        if primary > 1 {
            let reason = "must have at most one primary value";
            errors.push(FieldError::new(self.as_str(), "", reason));
        }
        let values = values.into_iter().enumerate();
        let values = values.map(|(index, value)| self.parse_value(index, value, &mut errors));
        let values = values.collect();
        if errors.is_empty() { Ok(self.merge_same(values)) } else { Err(errors) }
    }

    /// Merges values that have the same `value` and type (RFC 7643, section 2.4).
    fn merge_same(self, values: Vec<FieldValue>) -> Vec<FieldValue> {
        if self.kind() == ValueKind::PostalAddress {
            return values;
        }
        let key = |value: &FieldValue| {
            let kind = value.sub_attribute(SubAttribute::Type).map(str::to_lowercase);
            (self.kind().key(SubAttribute::Value, value.value()), kind)
        };
        let mut merged: Vec<FieldValue> = Vec::with_capacity(values.len());
        for value in values {
            match merged.iter_mut().find(|other| key(other) == key(&value)) {
                Some(other) => {
                    other.is_primary = other.is_primary.max(value.is_primary);
                    for (sub_attribute, text) in value.sub_attributes {
                        other.sub_attributes.entry(sub_attribute).or_insert(text);
                    }
                }
                None => merged.push(value),
            }
        }
        merged
    }

    fn parse_value(
        self,
        index: usize,
        FieldValue { sub_attributes, is_primary }: FieldValue,
        errors: &mut Vec<FieldError>,
    ) -> FieldValue {
        let mut value = FieldValue { is_primary, ..FieldValue::default() };
        let count = errors.len();
        for (sub_attribute, text) in
            sub_attributes.into_iter().filter(|(_, text)| !text.trim().is_empty())
        {
            match self.parse_sub_attribute(sub_attribute, &text) {
                Ok(parsed) => drop(value.sub_attributes.insert(sub_attribute, parsed)),
                Err(reason) => {
                    let field = format!("{}/{index}/{}", self.as_str(), sub_attribute.as_str());
                    errors.push(FieldError::new(field, text, reason));
                }
            }
        }
        if errors.len() == count && !value.has_content() {
            let (sub_attribute, expected) = match self.kind() {
                ValueKind::PostalAddress => {
                    ("formatted", "at least one sub-attribute of the address")
                }
                _ => ("value", "a value"),
            };
            let reason = Reason::required(expected, "Add it, or leave the whole entry out.");
            errors.push(FieldError::new(
                format!("{}/{index}/{sub_attribute}", self.as_str()),
                "",
                reason,
            ));
        }
        value
    }

    /// Parses a sub-attribute of a value.
    ///
    /// # Errors
    /// The error of the value.
    pub(in crate::domain) fn parse_sub_attribute(
        self,
        sub_attribute: SubAttribute,
        text: &str,
    ) -> Result<String, Reason> {
        match (sub_attribute, self.kind()) {
            (SubAttribute::Value, ValueKind::Email) => {
                Ok(Email::from_str(text).map_err(Reason::from)?.to_string())
            }
            (SubAttribute::Value, ValueKind::WebAddress) => {
                TextKind::WebAddress.parse(text).map_err(Reason::from)
            }
            (SubAttribute::Value, ValueKind::Certificate) => parse_certificate(text),
            (SubAttribute::Formatted | SubAttribute::StreetAddress, _) => parse_lines(text),
            _ => Ok(parse_line(text)?.to_owned()),
        }
    }
}

impl FieldValue {
    /// Whether it has a sub-attribute besides `type` and `display`, which only describe the value.
    pub(in crate::domain) fn has_content(&self) -> bool {
        let is_postal = |sub_attribute: &SubAttribute| {
            !matches!(sub_attribute, SubAttribute::Type | SubAttribute::Display)
        };
        self.sub_attributes.keys().any(is_postal)
    }
}

/// Parses a text of one or more lines, each of which may be empty.
fn parse_lines(text: &str) -> Result<String, Reason> {
    if text.chars().nth(MAX_LINES_CHARS).is_some() {
        return Err(format!("must have at most {MAX_LINES_CHARS} characters").into());
    }
    let text = text.trim().replace("\r\n", "\n");
    text.split('\n').try_for_each(|line| check_visible(&line.replace('\t', " ")))?;
    check_assigned(&text.replace('\n', " "))?;
    if text.chars().all(|char| char.is_whitespace() || char == '\u{2800}') {
        return Err(TextError::Empty.into());
    }
    Ok(text)
}

/// Parses a certificate, and removes line breaks. Usher does not use it, so only its
/// encoding is checked (RFC 7643, section 2.3.6).
fn parse_certificate(text: &str) -> Result<String, Reason> {
    let text: String = text.chars().filter(|char| !char.is_ascii_whitespace()).collect();
    if text.len() > MAX_CERTIFICATE_CHARS {
        return Err(format!("must have at most {MAX_CERTIFICATE_CHARS} characters").into());
    }
    match STANDARD.decode(&text) {
        Ok(_) => Ok(text),
        Err(_) => Err(Reason::must_be("a certificate in Base64")),
    }
}
