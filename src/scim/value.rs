//! Values: read by what the tables say of their attribute.

use serde_json::{Map, Value};

use super::{
    error::{Fault, ScimError},
    repair::{Repair, Repairs},
    resource::{once, unknown},
    schema::{Attribute, Kind, Object, Schema, is_any, named},
};
use crate::domain::quote::Quoted;

/// Reads the value of an attribute. `None`: it has none, or it is not the
/// client's to give.
///
/// # Errors
/// [`Fault::InvalidValue`].
pub fn read(
    attribute: &'static Attribute,
    given: &Value,
    repairs: &mut Repairs,
) -> Result<Option<Value>, ScimError> {
    if given.is_null() && attribute.is_permanent {
        let detail = format!("{} always has a value: null can't be stored", attribute.name);
        return Err(Fault::InvalidValue.because(detail));
    }
    if attribute.is_permanent && attribute.kind == Kind::String && is_blank(given) {
        let expected = format!("one of {}", attribute.canonical.join(", "));
        return Err(of_kind(attribute, given, &expected));
    }
    if attribute.is_read_only() || given.is_null() {
        return Ok(None);
    }
    if !attribute.multi_valued {
        return one(attribute, given, repairs);
    }
    let given = match given {
        Value::Array(given) => given.as_slice(),
        Value::Object(_) | Value::String(_) if repairs.allow(Repair::BareValue, attribute.name) => {
            std::slice::from_ref(given)
        }
        _ => return Err(of_kind(attribute, given, "a list")),
    };
    let mut values = Vec::new();
    for given in given.iter().filter(|given| !is_empty(attribute, given)) {
        values.extend(one(attribute, given, repairs)?);
    }
    let is_primary = |value: &&Value| value.get("primary") == Some(&Value::Bool(true));
    if values.iter().filter(is_primary).count() > 1 {
        let detail = format!("{} has more than one primary value", attribute.name);
        return Err(Fault::InvalidValue.because(detail));
    }
    Ok((!values.is_empty()).then_some(Value::Array(values)))
}

/// Whether one value of an attribute that has several says nothing: null, `{}`, or
/// an object whose `value`, or each of whose parts, is null or blank.
pub(super) fn is_empty(attribute: &Attribute, given: &Value) -> bool {
    let Value::Object(parts) = given else { return given.is_null() };
    let has_value = attribute.parts.iter().any(|part| part.name == "value");
    let value = parts.iter().find(|(key, _)| key.eq_ignore_ascii_case("value"));
    match value.filter(|_| has_value) {
        Some((_, value)) => is_blank(value),
        None => parts.values().all(is_blank),
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// The parts that a value unassigns: null is the absence of a value (RFC 7643,
/// section 2.5).
pub(super) fn nulls(attribute: &'static Attribute, given: &Value) -> Vec<&'static Attribute> {
    let parts = given.as_object().into_iter().flatten();
    let nulls = parts.filter(|(_, value)| value.is_null());
    let nulls = nulls.filter_map(|(key, _)| attribute.part(key));
    nulls.filter(|part| !part.is_read_only()).collect()
}

/// Reads one value of an attribute.
///
/// # Errors
/// [`Fault::InvalidValue`].
pub fn one(
    attribute: &'static Attribute,
    given: &Value,
    repairs: &mut Repairs,
) -> Result<Option<Value>, ScimError> {
    match (attribute.kind, given) {
        (_, Value::Null) => Ok(None),
        (Kind::String | Kind::Reference | Kind::DateTime, Value::String(_))
        | (Kind::Boolean, Value::Bool(_)) => Ok(Some(given.clone())),
        (Kind::Boolean, Value::String(text)) => match text.to_ascii_lowercase().as_str() {
            word @ ("true" | "false") if repairs.allow(Repair::BooleanAsText, attribute.name) => {
                Ok(Some(Value::Bool(word == "true")))
            }
            _ => Err(of_kind(attribute, given, "true or false")),
        },
        (Kind::Complex, Value::Object(_)) => {
            let read = Parts::of(attribute).read(given, repairs)?;
            match &read {
                Some(Value::Object(read)) => whole(attribute, read)?,
                // Parts that are passed over are no value of their own.
                _ if attribute.multi_valued && !is_empty(attribute, given) => {
                    whole(attribute, &Map::new())?;
                }
                _ => {}
            }
            Ok(read)
        }
        // The only one of a list, where there is one value (Entra ID: manager).
        (Kind::Complex, Value::Array(list))
            if !attribute.multi_valued
                && list.len() == 1
                && repairs.allow(Repair::OneOfSeveral, attribute.name) =>
        {
            list.first().map_or(Ok(None), |only| one(attribute, only, repairs))
        }
        (Kind::Complex, Value::String(text))
            if attribute.part("value").is_some()
                && repairs.allow(Repair::BareValue, attribute.name) =>
        {
            let mut bare = Map::new();
            if !text.is_empty() {
                bare.insert("value".to_owned(), given.clone());
            }
            Ok((!bare.is_empty()).then_some(Value::Object(bare)))
        }
        (Kind::Complex, _) => Err(of_kind(attribute, given, "an object")),
        (Kind::Boolean, _) => Err(of_kind(attribute, given, "true or false")),
        (Kind::String | Kind::Reference | Kind::DateTime, _) => {
            Err(of_kind(attribute, given, "a text"))
        }
    }
}

/// That a value has every part that it can't be without.
pub(super) fn whole(attribute: &'static Attribute, value: &Object) -> Result<(), ScimError> {
    let mut required = attribute.parts.iter().filter(|part| part.required);
    match required.find(|part| !value.contains_key(part.name)) {
        Some(part) => {
            let detail = format!("{}.{} is missing", attribute.name, part.name);
            Err(Fault::InvalidValue.because(detail))
        }
        None => Ok(()),
    }
}

/// Reads the parts of a complex value that are given, whichever they are.
///
/// # Errors
/// [`Fault::InvalidValue`].
pub fn parts_of(
    attribute: &'static Attribute,
    given: &Value,
    repairs: &mut Repairs,
) -> Result<Object, ScimError> {
    let read = match given {
        Value::Object(_) | Value::Null => Parts::of(attribute).read(given, repairs)?,
        other => one(attribute, other, repairs)?,
    };
    Ok(match read {
        Some(Value::Object(read)) => read,
        _ => Map::new(),
    })
}

/// The names that an object may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts {
    known: &'static [Attribute],
    not_stored: &'static [&'static str],
    /// What the object is the value of.
    place: &'static str,
}

impl Parts {
    /// The parts of a complex attribute.
    pub(super) fn of(attribute: &'static Attribute) -> Self {
        let Attribute { parts: known, not_stored, name: place, .. } = attribute;
        Self { known, not_stored, place }
    }

    /// The attributes of an extension.
    pub(super) fn of_extension(extension: &'static Schema) -> Self {
        let Schema { attributes: known, not_stored, id: place, .. } = extension;
        Self { known, not_stored, place }
    }

    /// Reads an object by the names that it may have. Parts that only we change
    /// are kept: they may say which of several values is meant.
    ///
    /// # Errors
    /// [`Fault::InvalidValue`].
    pub(super) fn read(
        self,
        given: &Value,
        repairs: &mut Repairs,
    ) -> Result<Option<Value>, ScimError> {
        let Self { known, not_stored, place } = self;
        let given = match given {
            Value::Object(given) => given,
            Value::Null => return Ok(None),
            _ => {
                return Err(Fault::InvalidValue.because(format!("{place} has to be an object")));
            }
        };
        once(given)?;
        let mut object = Map::new();
        for (key, given) in given {
            let Some(part) = named(known, key) else {
                match unknown(key, known.iter().map(|known| known.name), not_stored, repairs) {
                    Err(_) if is_read_only(place, key) => continue,
                    told => told?,
                }
                continue;
            };
            let part_read = match (part.is_read_only(), part.kind, given) {
                (true, Kind::Boolean, Value::String(_) | Value::Bool(_)) => {
                    one(part, given, repairs)
                }
                (true, _, Value::String(_)) => Ok(Some(given.clone())),
                _ => read(part, given, repairs),
            };
            // The part alone is not found by its name: "value" is one of many.
            let part_read = part_read.map_err(|why| {
                let separator = if place.contains(':') { ':' } else { '.' };
                let is_named = why.detail.starts_with(part.name);
                let place = if is_named { format!("{place}{separator}") } else { String::new() };
                why.kind.because(format!("{place}{}", why.detail))
            })?;
            if let Some(part_read) = part_read {
                object.insert(part.name.to_owned(), part_read);
            }
        }
        Ok((!object.is_empty()).then_some(Value::Object(object)))
    }
}

/// Whether a part that is not shown here is one that a client can't write anyway
/// (RFC 7643, sections 2.4, 4.1.2 and 4.3), so that to pass over it loses nothing.
fn is_read_only(place: &str, part: &str) -> bool {
    let parts: &[&str] = match place {
        "emails" | "photos" | "members" => &["display"],
        // Where the manager is follows from who that is.
        "manager" => &["displayName", "$ref"],
        _ => &[],
    };
    is_any(part, parts)
}

/// A value that is not of the kind that its attribute has.
fn of_kind(attribute: &Attribute, value: &Value, expected: &str) -> ScimError {
    let value = match value {
        Value::String(text) => Quoted(text).to_string(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => other.to_string(),
    };
    Fault::InvalidValue.because(format!("{} must be {expected}, not {value}", attribute.name))
}
