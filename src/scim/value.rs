//! Parses the values of attributes by the tables.

use serde_json::{Map, Value};

use super::{
    compatibility::{CompatibilityFix, CompatibilityFixes},
    error::{ScimError, ScimErrorType},
    names::{reject_repeated_names, reject_unknown},
    schema::{Attribute, AttributeType, Object, Schema, find_attribute, is_one_of},
};
use crate::domain::quote::QuotedText;

/// Parses the value of an attribute. Returns `None` if it is absent or read-only.
///
/// # Errors
/// [`ScimErrorType::InvalidValue`].
pub fn parse(
    attribute: &Attribute<'_>,
    input: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<Option<Value>, ScimError> {
    if input.is_null() && attribute.is_permanent {
        let detail = format!("{} always has a value: null can't be stored", attribute.name);
        return Err(ScimErrorType::InvalidValue.with_detail(detail));
    }
    if attribute.is_permanent && attribute.kind == AttributeType::String && is_blank(input) {
        let expected = format!("one of {}", attribute.canonical.join(", "));
        return Err(type_error(attribute, input, &expected));
    }
    if attribute.is_read_only() || input.is_null() {
        return Ok(None);
    }
    if !attribute.multi_valued {
        return parse_single(attribute, input, fixes);
    }
    let input = match input {
        Value::Array(input) => input.as_slice(),
        Value::Object(_) | Value::String(_)
            if fixes.allow(CompatibilityFix::BareValue, attribute.name) =>
        {
            std::slice::from_ref(input)
        }
        _ => return Err(type_error(attribute, input, "a list")),
    };
    let mut values = Vec::new();
    for input in input.iter().filter(|input| !is_empty(attribute, input)) {
        values.extend(parse_single(attribute, input, fixes)?);
    }
    let is_primary = |value: &&Value| {
        attribute.has_default_sub_attributes && value.get("primary") == Some(&Value::Bool(true))
    };
    if values.iter().filter(is_primary).count() > 1 {
        let detail = format!("{} has more than one primary value", attribute.name);
        return Err(ScimErrorType::InvalidValue.with_detail(detail));
    }
    Ok((!values.is_empty()).then_some(Value::Array(values)))
}

/// Parses the values of a multi-valued attribute: a list, or a single value without a list.
///
/// # Errors
/// [`ScimErrorType::InvalidValue`].
pub(super) fn read_list(
    attribute: &Attribute<'_>,
    input: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<Vec<Value>, ScimError> {
    let is_list = match input {
        Value::Array(_) | Value::Null => true,
        Value::Object(_) => false,
        // A text instead of an object is a compatibility fix.
        _ => attribute.kind == AttributeType::Complex,
    };
    let list = if is_list { input.clone() } else { Value::Array(vec![input.clone()]) };
    Ok(match parse(attribute, &list, fixes)? {
        Some(Value::Array(values)) => values,
        _ => Vec::new(),
    })
}

/// The sub-attributes that describe a value, and are none by themselves.
pub(super) const DESCRIPTIVE_SUB_ATTRIBUTES: &[&str] = &["type", "primary", "display"];

/// Whether a value of a multi-valued attribute is empty: null, `{}`, or an object whose
/// `value`, or every sub-attribute of a postal address, is null or blank.
pub(super) fn is_empty(attribute: &Attribute, input: &Value) -> bool {
    let Value::Object(sub_attributes) = input else { return input.is_null() };
    if !attribute.has_default_sub_attributes {
        return sub_attributes.values().all(is_blank);
    }
    let has_value =
        attribute.sub_attributes.iter().any(|sub_attribute| sub_attribute.name == "value");
    let value = sub_attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case("value"));
    match value.filter(|_| has_value) {
        Some((_, value)) => is_blank(value),
        None => sub_attributes.iter().all(|(key, value)| {
            is_blank(value) || !has_value && is_one_of(key, DESCRIPTIVE_SUB_ATTRIBUTES)
        }),
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// The sub-attributes that a value unassigns: null is the absence of a value (RFC 7643,
/// section 2.5).
pub(super) fn null_sub_attributes<'a>(
    attribute: &Attribute<'a>,
    input: &Value,
) -> Vec<&'a Attribute<'a>> {
    let sub_attributes = input.as_object().into_iter().flatten();
    let nulls = sub_attributes.filter(|(_, value)| value.is_null());
    let nulls = nulls.filter_map(|(key, _)| attribute.sub_attribute(key));
    nulls.filter(|sub_attribute| !sub_attribute.is_read_only()).collect()
}

/// Parses one value of an attribute.
///
/// # Errors
/// [`ScimErrorType::InvalidValue`].
pub fn parse_single(
    attribute: &Attribute<'_>,
    input: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<Option<Value>, ScimError> {
    match (attribute.kind, input) {
        (_, Value::Null) => Ok(None),
        (
            AttributeType::String
            | AttributeType::Reference
            | AttributeType::DateTime
            | AttributeType::Binary,
            Value::String(_),
        )
        | (AttributeType::Boolean, Value::Bool(_))
        | (AttributeType::Integer | AttributeType::Decimal, Value::Number(_)) => {
            Ok(Some(input.clone()))
        }
        (AttributeType::Boolean, Value::String(text)) => match text.to_ascii_lowercase().as_str() {
            word @ ("true" | "false")
                if fixes.allow(CompatibilityFix::BooleanAsText, attribute.name) =>
            {
                Ok(Some(Value::Bool(word == "true")))
            }
            _ => Err(type_error(attribute, input, "true or false")),
        },
        (AttributeType::Complex, Value::Object(_)) => {
            let parsed = ObjectParser::from_attribute(attribute).parse(input, fixes)?;
            match &parsed {
                Some(Value::Object(read)) => check_required_sub_attributes(attribute, read)?,
                // Ignored sub-attributes do not count as a value.
                _ if attribute.multi_valued && !is_empty(attribute, input) => {
                    check_required_sub_attributes(attribute, &Map::new())?;
                }
                _ => {}
            }
            Ok(parsed)
        }
        // A list with one value for a single-valued attribute (Entra ID: manager).
        (AttributeType::Complex, Value::Array(list))
            if !attribute.multi_valued
                && list.len() == 1
                && fixes.allow(CompatibilityFix::OneOfSeveral, attribute.name) =>
        {
            list.first().map_or(Ok(None), |only| parse_single(attribute, only, fixes))
        }
        (AttributeType::Complex, Value::String(text))
            if attribute.sub_attribute("value").is_some()
                && fixes.allow(CompatibilityFix::BareValue, attribute.name) =>
        {
            let mut bare = Map::new();
            if !text.is_empty() {
                bare.insert("value".to_owned(), input.clone());
            }
            Ok((!bare.is_empty()).then_some(Value::Object(bare)))
        }
        (AttributeType::Complex, _) => Err(type_error(attribute, input, "an object")),
        (AttributeType::Boolean, _) => Err(type_error(attribute, input, "true or false")),
        (AttributeType::Integer | AttributeType::Decimal, _) => {
            Err(type_error(attribute, input, "a number"))
        }
        (
            AttributeType::String
            | AttributeType::Reference
            | AttributeType::DateTime
            | AttributeType::Binary,
            _,
        ) => Err(type_error(attribute, input, "a string")),
    }
}

/// Checks that a value has every required sub-attribute.
pub(super) fn check_required_sub_attributes(
    attribute: &Attribute<'_>,
    value: &Object,
) -> Result<(), ScimError> {
    let mut required =
        attribute.sub_attributes.iter().filter(|sub_attribute| sub_attribute.required);
    match required.find(|sub_attribute| !value.contains_key(sub_attribute.name)) {
        Some(sub_attribute) => {
            let detail = format!(
                "{}.{} is required: send it with each value",
                attribute.name, sub_attribute.name
            );
            Err(ScimErrorType::InvalidValue.with_detail(detail))
        }
        None => Ok(()),
    }
}

/// Parses the sub-attributes of a complex value that are present.
///
/// # Errors
/// [`ScimErrorType::InvalidValue`].
pub fn parse_sub_attributes(
    attribute: &Attribute<'_>,
    input: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<Object, ScimError> {
    let parsed = match input {
        Value::Object(_) | Value::Null => {
            ObjectParser::from_attribute(attribute).parse(input, fixes)?
        }
        other => parse_single(attribute, other, fixes)?,
    };
    Ok(match parsed {
        Some(Value::Object(read)) => read,
        _ => Map::new(),
    })
}

/// Parses objects with a fixed set of names.
#[derive(Debug, Clone, Copy)]
pub(super) struct ObjectParser<'a> {
    attributes: &'a [Attribute<'a>],
    /// The name of the attribute or extension.
    owner: &'a str,
}

impl<'a> ObjectParser<'a> {
    /// The sub-attributes of a complex attribute.
    pub(super) fn from_attribute(attribute: &Attribute<'a>) -> Self {
        Self { attributes: attribute.sub_attributes, owner: attribute.name }
    }

    /// The attributes of an extension.
    pub(super) fn from_extension(extension: &Schema<'a>) -> Self {
        Self { attributes: extension.attributes, owner: extension.id }
    }

    /// Parses an object. Read-only sub-attributes are left out.
    ///
    /// # Errors
    /// [`ScimErrorType::InvalidValue`].
    pub(super) fn parse(
        self,
        input: &Value,
        fixes: &mut CompatibilityFixes,
    ) -> Result<Option<Value>, ScimError> {
        let Self { attributes: known, owner } = self;
        let input = match input {
            Value::Object(input) => input,
            Value::Null => return Ok(None),
            _ => {
                return Err(
                    ScimErrorType::InvalidValue.with_detail(format!("{owner} must be an object"))
                );
            }
        };
        reject_repeated_names(input)?;
        let mut object = Map::new();
        for (key, input) in input {
            let Some(sub_attribute) = find_attribute(known, key) else {
                reject_unknown(key, known.iter().map(|known| known.name), &[], fixes)?;
                continue;
            };
            let parsed = parse(sub_attribute, input, fixes);
            // The name of the sub-attribute alone, such as "value", is not unique.
            let sub_attribute_read = parsed.map_err(|error| {
                let separator = if owner.contains(':') { ':' } else { '.' };
                let is_named = error.detail.starts_with(sub_attribute.name);
                let owner = if is_named { format!("{owner}{separator}") } else { String::new() };
                error.kind.with_detail(format!("{owner}{}", error.detail))
            })?;
            if let Some(sub_attribute_read) = sub_attribute_read {
                object.insert(sub_attribute.name.to_owned(), sub_attribute_read);
            }
        }
        Ok((!object.is_empty()).then_some(Value::Object(object)))
    }
}

/// The error of a value that does not have the type of its attribute.
fn type_error(attribute: &Attribute, value: &Value, expected: &str) -> ScimError {
    let value = match value {
        Value::String(text) => QuotedText(text).to_string(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => other.to_string(),
    };
    ScimErrorType::InvalidValue
        .with_detail(format!("{} must be {expected}, not {value}", attribute.name))
}
