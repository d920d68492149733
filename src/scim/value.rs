//! Values: read by what the tables say of their attribute.

use serde_json::{Map, Value};

use super::{
    error::{Fault, ScimError},
    repair::{Repair, Repairs},
    resource::{is_any, once, unknown},
    schema::{Attribute, Kind, Object, named},
};

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
        _ => return Err(of_kind(attribute, "a list")),
    };
    let is_primary = |value: &&Value| value.get("primary") == Some(&Value::Bool(true));
    if given.iter().filter(is_primary).count() > 1 {
        let detail = format!("{} has more than one primary value", attribute.name);
        return Err(Fault::InvalidValue.because(detail));
    }
    let mut values = Vec::new();
    for given in given.iter().filter(|given| !given.is_null()) {
        values.extend(one(attribute, given, repairs)?);
    }
    Ok((!values.is_empty()).then_some(Value::Array(values)))
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
            _ => Err(of_kind(attribute, "true or false")),
        },
        (Kind::Complex, Value::Object(_)) => {
            let read = parts(attribute.parts, attribute.name, given, repairs)?;
            if let Some(Value::Object(read)) = &read {
                whole(attribute, read)?;
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
        (Kind::Complex, _) => Err(of_kind(attribute, "an object")),
        (Kind::Boolean, _) => Err(of_kind(attribute, "true or false")),
        (Kind::String | Kind::Reference | Kind::DateTime, _) => Err(of_kind(attribute, "a text")),
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
        Value::Object(_) | Value::Null => parts(attribute.parts, attribute.name, given, repairs)?,
        other => one(attribute, other, repairs)?,
    };
    Ok(match read {
        Some(Value::Object(read)) => read,
        _ => Map::new(),
    })
}

/// Reads an object by the attributes that it may have. Parts that only we
/// change are kept: they may say which of several values is meant.
pub(super) fn parts(
    known: &'static [Attribute],
    place: &str,
    given: &Value,
    repairs: &mut Repairs,
) -> Result<Option<Value>, ScimError> {
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
            match unknown(key, known.iter().map(|known| known.name), repairs) {
                Err(_) if is_read_only(place, key) => continue,
                told => told?,
            }
            continue;
        };
        let hint = part.is_read_only() && matches!(given, Value::String(_) | Value::Bool(_));
        let part_read = if hint { Some(given.clone()) } else { read(part, given, repairs)? };
        if let Some(part_read) = part_read {
            object.insert(part.name.to_owned(), part_read);
        }
    }
    Ok((!object.is_empty()).then_some(Value::Object(object)))
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

fn of_kind(attribute: &Attribute, wanted: &str) -> ScimError {
    Fault::InvalidValue.because(format!("{} has to be {wanted}", attribute.name))
}
