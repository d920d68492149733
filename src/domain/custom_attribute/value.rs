//! Parses the values of custom attributes.

use chrono::SecondsFormat;
use serde_json::{Map, Number, Value as Json};
use url::Url;

use super::{AttributeDefinition, MAX_VALUES, NAME_PREFIX, SubAttributeDefinition, ValueType, key};
use crate::domain::{
    field_error::{FieldError, Reason},
    profile_text::MAX_URL_CHARS,
    suggest::find_nearest,
    text::{check_visible, fold, parse_line},
};

/// The rules of a single value: that of an attribute or of a sub-attribute.
pub(super) struct ValueRules<'a> {
    pub(super) value_type: ValueType,
    is_case_exact: bool,
    canonical_values: &'a [String],
    sub_attributes: &'a [SubAttributeDefinition],
}

impl AttributeDefinition {
    /// Parses the value of the attribute. `None`: it is empty. `place` is that of the
    /// attribute.
    ///
    /// # Errors
    /// Every error, with its place.
    pub(in crate::domain) fn parse(
        &self,
        value: &Json,
        place: &str,
    ) -> Result<Option<Json>, Vec<FieldError>> {
        let rules = self.rules();
        if !self.is_multi_valued {
            return rules.parse(value, place);
        }
        if value.is_null() {
            return Ok(None);
        }
        let Json::Array(values) = value else {
            return Err(vec![FieldError::new(
                place.to_owned(),
                value_text(value),
                "must be a list",
            )]);
        };
        if values.len() > MAX_VALUES {
            let reason = format!("must have at most {MAX_VALUES} values");
            return Err(vec![FieldError::new(place.to_owned(), "", reason)]);
        }
        let (mut parsed, mut errors) = (Vec::new(), Vec::new());
        for (index, value) in values.iter().enumerate() {
            match rules.parse(value, &format!("{place}/{index}")) {
                // Values that are the same are one value (RFC 7643, section 2.4).
                Ok(Some(value)) if !parsed.contains(&value) => parsed.push(value),
                Ok(_) => {}
                Err(more) => errors.extend(more),
            }
        }
        match (errors.is_empty(), parsed.is_empty()) {
            (false, _) => Err(errors),
            (true, true) => Ok(None),
            (true, false) => Ok(Some(Json::Array(parsed))),
        }
    }

    pub(super) fn rules(&self) -> ValueRules<'_> {
        ValueRules {
            value_type: self.value_type,
            is_case_exact: self.is_case_exact,
            canonical_values: &self.canonical_values,
            sub_attributes: &self.sub_attributes,
        }
    }
}

impl ValueRules<'_> {
    fn parse(&self, value: &Json, place: &str) -> Result<Option<Json>, Vec<FieldError>> {
        if self.value_type == ValueType::Complex {
            return self.parse_sub_attributes(value, place);
        }
        if value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty()) {
            return Ok(None);
        }
        let error = |reason| vec![FieldError::new(place.to_owned(), value_text(value), reason)];
        self.parse_simple(value).map(Some).map_err(error)
    }

    pub(super) fn parse_simple(&self, value: &Json) -> Result<Json, Reason> {
        match (self.value_type, value) {
            (ValueType::String, Json::String(text)) => self.parse_text(text).map(Json::String),
            (ValueType::Boolean, Json::Bool(_)) => Ok(value.clone()),
            (ValueType::Integer, Json::Number(number)) => parse_integer(number),
            (ValueType::Decimal, Json::Number(number)) => match number.as_f64() {
                Some(number) if number.is_finite() => Ok(number.into()),
                _ => Err("must be a number of 64 bits".into()),
            },
            (ValueType::DateTime, Json::String(text)) => parse_moment(text),
            (ValueType::Reference, Json::String(text)) => parse_reference(text),
            (ValueType::String | ValueType::Complex, _) => Err("must be a text".into()),
            (ValueType::Boolean, _) => Err("must be true or false".into()),
            (ValueType::Integer, _) => Err("must be a number without a fraction".into()),
            (ValueType::Decimal, _) => Err("must be a number".into()),
            (ValueType::DateTime, _) => Err(DATE_TIME.into()),
            (ValueType::Reference, _) => Err("must be a URI".into()),
        }
    }

    fn parse_text(&self, text: &str) -> Result<String, Reason> {
        let line = parse_line(text)?;
        if self.canonical_values.is_empty() {
            return Ok(line.to_owned());
        }
        let is_same = |canonical: &&String| match self.is_case_exact {
            true => canonical.as_str() == line,
            false => fold(canonical) == fold(line),
        };
        let found = self.canonical_values.iter().find(is_same).cloned();
        found.ok_or_else(|| {
            let expected = format!("one of {}", self.canonical_values.join(", "));
            Reason::must_be(expected)
        })
    }

    fn parse_sub_attributes(
        &self,
        value: &Json,
        place: &str,
    ) -> Result<Option<Json>, Vec<FieldError>> {
        let object = match value {
            Json::Null => return Ok(None),
            Json::Object(object) => object,
            _ => {
                return Err(vec![FieldError::new(
                    place.to_owned(),
                    value_text(value),
                    "must be an object",
                )]);
            }
        };
        let (mut parsed, mut errors) = (Map::new(), Vec::new());
        for (name, value) in object {
            let place = format!("{place}/{name}");
            let sub_attribute = self
                .sub_attributes
                .iter()
                .find(|sub_attribute| sub_attribute.name.as_str() == name);
            let Some(sub_attribute) = sub_attribute else {
                errors.push(FieldError::new(
                    place,
                    value_text(value),
                    self.unknown_sub_attribute(name),
                ));
                continue;
            };
            match sub_attribute.rules().parse(value, &place) {
                Ok(Some(value)) => drop(parsed.insert(name.clone(), value)),
                Ok(None) => {}
                Err(more) => errors.extend(more),
            }
        }
        // An object without values counts as absent.
        if errors.is_empty() && parsed.is_empty() {
            return Ok(None);
        }
        for sub_attribute in
            self.sub_attributes.iter().filter(|sub_attribute| sub_attribute.is_required)
        {
            let place = format!("{place}/{}", sub_attribute.name);
            let has_error = || errors.iter().any(|error| error.field == place);
            if !parsed.contains_key(sub_attribute.name.as_str()) && !has_error() {
                let reason = Reason::required("a value", "Add the field.");
                errors.push(FieldError::new(place, "", reason));
            }
        }
        if errors.is_empty() { Ok(Some(Json::Object(parsed))) } else { Err(errors) }
    }

    fn unknown_sub_attribute(&self, name: &str) -> Reason {
        let names: Vec<_> =
            self.sub_attributes.iter().map(|sub_attribute| sub_attribute.name.as_str()).collect();
        Reason::unknown_field(name, &names)
    }
}

impl SubAttributeDefinition {
    pub(super) fn rules(&self) -> ValueRules<'_> {
        ValueRules {
            value_type: self.value_type,
            is_case_exact: self.is_case_exact,
            canonical_values: &self.canonical_values,
            sub_attributes: &[],
        }
    }
}

const DATE_TIME: &str = "must be a date with a time and an offset, such as 2026-03-01T09:00:00Z";

/// A number such as 1.0 has no fraction.
fn parse_integer(number: &Number) -> Result<Json, Reason> {
    let whole = number.as_i64().or_else(|| {
        let number = number.as_f64()?;
        // The integers up to 2^53 are exact in 64 bits.
        let is_exact = number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0;
        is_exact.then(|| format!("{number:.0}").parse().ok()).flatten()
    });
    let reason = || "must be a number without a fraction, of 64 bits with a sign".into();
    whole.map(|number: i64| number.into()).ok_or_else(reason)
}

fn parse_moment(text: &str) -> Result<Json, Reason> {
    let moment = key::parse_moment(text.trim()).ok_or(DATE_TIME)?;
    Ok(moment.to_rfc3339_opts(SecondsFormat::AutoSi, true).into())
}

/// A reference is a URI with a scheme (RFC 7643, section 2.3.7). It is never fetched.
fn parse_reference(text: &str) -> Result<Json, Reason> {
    let text = text.trim();
    if text.chars().nth(MAX_URL_CHARS).is_some() {
        return Err(format!("must have at most {MAX_URL_CHARS} characters").into());
    }
    check_visible(text)?;
    let is_odd = |char: char| char.is_whitespace() || char == '\\';
    match Url::parse(text) {
        Ok(_) if !text.contains(is_odd) => Ok(text.into()),
        _ => Err("must be a URI, such as https://example.com/people/ada".into()),
    }
}

/// The value as a text: anything but a text as JSON.
#[must_use]
pub fn value_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The reason of a name that the account does not define.
pub(in crate::domain) fn unknown_attribute(
    name: &str,
    definitions: &[AttributeDefinition],
) -> Reason {
    unknown_name(name, definitions.iter().map(|definition| definition.name.to_string()))
}

/// The reason of a name that is not one of those that the account defines.
pub(in crate::domain) fn unknown_name(
    name: &str,
    accepted: impl Iterator<Item = String>,
) -> Reason {
    // The prefix, if there is one, does not make names similar.
    let (prefix, name) = match name.strip_prefix(NAME_PREFIX) {
        Some(name) => (NAME_PREFIX, name),
        None => ("", name),
    };
    let accepted: Vec<_> = accepted.collect();
    let accepted = accepted.iter().map(|name| name.strip_prefix(prefix).unwrap_or(name));
    let remedy = match find_nearest(name, accepted) {
        Some(near) => format!("Did you mean {prefix}{near}?"),
        None => "Define the attribute first, or leave it out.".to_owned(),
    };
    Reason::new("is not an attribute of this account", "a defined attribute", remedy)
}
