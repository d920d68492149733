//! Parses the values of a multi-valued attribute.

use std::str::FromStr;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{FieldValue, MultiValuedField, ValueKind, ValuePart};
use crate::domain::{
    email::Email,
    field_error::{FieldError, Reason},
    profile_text::TextKind,
    text::{TextError, check_assigned, check_visible, parse_line},
};

/// The maximum number of values of an attribute.
pub const MAX_VALUES: usize = 100;

/// The maximum number of characters of a part that may have several lines.
pub const MAX_LINES_CHARS: usize = 1_024;

/// The maximum number of characters of a certificate.
pub const MAX_CERTIFICATE_CHARS: usize = 16_384;

impl MultiValuedField {
    /// Parses the values: trims each part, drops blank parts, and merges values that are
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
            let kind = value.part(ValuePart::Type).map(str::to_lowercase);
            (self.kind().key(ValuePart::Value, value.value()), kind)
        };
        let mut merged: Vec<FieldValue> = Vec::with_capacity(values.len());
        for value in values {
            match merged.iter_mut().find(|other| key(other) == key(&value)) {
                Some(other) => {
                    other.is_primary = other.is_primary.max(value.is_primary);
                    for (part, text) in value.parts {
                        other.parts.entry(part).or_insert(text);
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
        FieldValue { parts, is_primary }: FieldValue,
        errors: &mut Vec<FieldError>,
    ) -> FieldValue {
        let mut value = FieldValue { is_primary, ..FieldValue::default() };
        let count = errors.len();
        for (part, text) in parts.into_iter().filter(|(_, text)| !text.trim().is_empty()) {
            match self.parse_part(part, &text) {
                Ok(parsed) => drop(value.parts.insert(part, parsed)),
                Err(reason) => {
                    let field = format!("{}/{index}/{}", self.as_str(), part.as_str());
                    errors.push(FieldError::new(field, text, reason));
                }
            }
        }
        if errors.len() == count && !value.has_content() {
            let (part, expected) = match self.kind() {
                ValueKind::PostalAddress => ("formatted", "at least one part of the address"),
                _ => ("value", "a value"),
            };
            let reason = Reason::required(expected, "Add it, or leave the whole entry out.");
            errors.push(FieldError::new(format!("{}/{index}/{part}", self.as_str()), "", reason));
        }
        value
    }

    /// Parses a part of a value.
    ///
    /// # Errors
    /// The error of the value.
    pub(in crate::domain) fn parse_part(
        self,
        part: ValuePart,
        text: &str,
    ) -> Result<String, Reason> {
        match (part, self.kind()) {
            (ValuePart::Value, ValueKind::Email) => {
                Ok(Email::from_str(text).map_err(Reason::from)?.to_string())
            }
            (ValuePart::Value, ValueKind::WebAddress) => {
                TextKind::WebAddress.parse(text).map_err(Reason::from)
            }
            (ValuePart::Value, ValueKind::Certificate) => parse_certificate(text),
            (ValuePart::Formatted | ValuePart::StreetAddress, _) => parse_lines(text),
            _ => Ok(parse_line(text)?.to_owned()),
        }
    }
}

impl FieldValue {
    /// Whether it has a part besides `type` and `display`, which only describe the value.
    pub(in crate::domain) fn has_content(&self) -> bool {
        let is_postal = |part: &ValuePart| !matches!(part, ValuePart::Type | ValuePart::Display);
        self.parts.keys().any(is_postal)
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
