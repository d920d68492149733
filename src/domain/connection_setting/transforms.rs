//! Transforms in JSON: see [`ValueTransform`].

use serde_json::{Map, Value as Json, json};

use super::json::{invalid_value, parse_text};
use crate::domain::{
    custom_attribute::MAX_DEFINITIONS,
    field_error::{FieldError, Reason, pointer_segment},
    field_format::VisibleTextValue,
    mapping_target::MappingTarget,
    text::fold,
    value_transform::{
        MAX_SEPARATOR_CHARS, MAX_TABLE_ENTRIES, TableEntry, ValueTransform, check_configured_value,
    },
};

/// The members of a transform.
const MEMBERS: [&str; 7] =
    ["field", "separator", "lowerCase", "table", "keepUnlisted", "firstOnly", "defaultValue"];

/// The maximum number of characters of a received value in a table.
pub const MAX_RECEIVED_CHARS: usize = 512;

type Errors = Vec<FieldError>;

/// An object whose members are read once each, with the errors so far.
struct Members<'a> {
    place: String,
    object: &'a Map<String, Json>,
    errors: Errors,
}

impl<'a> Members<'a> {
    fn new(place: String, value: &'a Json, accepted: &[&str]) -> Result<Self, FieldError> {
        let Some(object) = value.as_object() else {
            return Err(invalid_value(place, value, Reason::must_be("an object")));
        };
        let unknown = object.keys().filter(|name| !accepted.contains(&name.as_str()));
        let errors = unknown.map(|name| {
            let place = format!("{place}/{}", pointer_segment(name));
            FieldError::new(place, "", Reason::unknown_field(name, accepted))
        });
        let errors = errors.collect();
        Ok(Self { place, object, errors })
    }

    /// Reads a member. One that is left out or null has no value.
    fn read<T>(&mut self, name: &str, read: impl FnOnce(&Json) -> Result<T, Reason>) -> Option<T> {
        let value = self.object.get(name).filter(|value| !value.is_null())?;
        let error = |reason| invalid_value(format!("{}/{name}", self.place), value, reason);
        read(value).map_err(|reason| self.errors.push(error(reason))).ok()
    }

    /// Reads a member that is required.
    fn require<T>(
        &mut self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&Json) -> Result<T, Reason>,
    ) -> Option<T> {
        if self.object.get(name).is_none_or(Json::is_null) {
            let reason = Reason::required(expected, format!("Send {expected}."));
            self.errors.push(FieldError::new(format!("{}/{name}", self.place), "", reason));
        }
        self.read(name, read)
    }

    fn finish<T>(self, value: Option<T>) -> Result<T, Errors> {
        value.filter(|_| self.errors.is_empty()).ok_or(self.errors)
    }
}

/// Parses the transform of one field.
pub(super) fn parse_transform(place: String, value: &Json) -> Result<ValueTransform, Errors> {
    let mut members = Members::new(place, value, &MEMBERS).map_err(|error| vec![error])?;
    let field = members.require("field", "the name of a field", read_field);
    let separator = members.read("separator", read_separator);
    let lower_case = members.read("lowerCase", read_switch);
    let keep_unlisted = members.read("keepUnlisted", read_switch);
    let first_only = members.read("firstOnly", read_switch);
    let table = parse_table(&mut members, field);
    let default_value = members
        .read("defaultValue", |value| read_default(field, value))
        .filter(|text| !text.is_empty());
    let transform = field.map(|target| ValueTransform {
        target,
        separator,
        lower_case: lower_case.unwrap_or_default(),
        table,
        keep_unlisted: keep_unlisted.unwrap_or_default(),
        first_only: first_only.unwrap_or_default(),
        default_value,
    });
    members.finish(transform)
}

fn parse_table(members: &mut Members<'_>, field: Option<MappingTarget>) -> Vec<TableEntry> {
    let place = format!("{}/table", members.place);
    let elements = members.read("table", |value| {
        let elements = value.as_array().ok_or_else(|| Reason::must_be("an array"))?;
        match elements.len() {
            0..=MAX_TABLE_ENTRIES => Ok(elements.clone()),
            _ => Err(format!("must have at most {MAX_TABLE_ENTRIES} elements").into()),
        }
    });
    let mut table: Vec<TableEntry> = Vec::new();
    for (index, element) in elements.unwrap_or_default().iter().enumerate() {
        let place = format!("{place}/{index}");
        match parse_entry(place.clone(), element, field) {
            Ok(entry) if table.iter().any(|other| is_same(other, &entry)) => {
                let remedy = "Remove one of the two entries.";
                let reason = Reason::repeated("each received value once, in any case", remedy);
                let field = format!("{place}/received");
                members.errors.push(FieldError::new(field, entry.received, reason));
            }
            Ok(entry) => table.push(entry),
            Err(errors) => members.errors.extend(errors),
        }
    }
    table
}

fn is_same(one: &TableEntry, other: &TableEntry) -> bool {
    fold(&one.received) == fold(&other.received)
}

fn parse_entry(
    place: String,
    element: &Json,
    field: Option<MappingTarget>,
) -> Result<TableEntry, Errors> {
    let mut members =
        Members::new(place, element, &["received", "value"]).map_err(|error| vec![error])?;
    let received = members.require("received", "a received value", |value| {
        let text = parse_text(value, |VisibleTextValue::<MAX_RECEIVED_CHARS>(text)| text)?;
        text.ok_or_else(|| Reason::must_be("a text that is not blank"))
    });
    let value =
        members.require("value", "the value to use instead", |value| read_value(field, value));
    let entry = received.zip(value).map(|(received, value)| TableEntry { received, value });
    members.finish(entry)
}

fn read_field(value: &Json) -> Result<MappingTarget, Reason> {
    let name = value.as_str().ok_or_else(|| Reason::must_be("a string"))?;
    MappingTarget::find(name)
        .ok_or_else(|| Reason::must_be(format!("one of {}", MappingTarget::names().join(", "))))
}

fn read_switch(value: &Json) -> Result<bool, Reason> {
    value.as_bool().ok_or_else(|| Reason::must_be("true or false"))
}

/// A separator may be a blank, so it is not trimmed.
fn read_separator(value: &Json) -> Result<String, Reason> {
    let text = value.as_str().ok_or_else(|| Reason::must_be("a string"))?;
    let is_valid = (1..=MAX_SEPARATOR_CHARS).contains(&text.chars().count())
        && !text.contains(|char: char| char.is_control());
    let expected = || format!("1 to {MAX_SEPARATOR_CHARS} visible characters or spaces");
    is_valid.then(|| text.to_owned()).ok_or_else(|| Reason::must_be(expected()))
}

fn read_value(field: Option<MappingTarget>, value: &Json) -> Result<String, Reason> {
    let text = value.as_str().ok_or_else(|| Reason::must_be("a string"))?.trim();
    field.map_or(Ok(()), |field| check_configured_value(field, text))?;
    Ok(text.to_owned())
}

/// A default applies to several users, so a unique field can't have one.
fn read_default(field: Option<MappingTarget>, value: &Json) -> Result<String, Reason> {
    if value.as_str().is_some_and(|text| text.trim().is_empty()) {
        return Ok(String::new());
    }
    let text = read_value(field, value)?;
    match field.filter(|field| field.is_unique()) {
        Some(field) => {
            let statement = format!("is not supported for {field}, which is unique for each user");
            Err(Reason::new(statement, "null", "Leave it out."))
        }
        None => Ok(text),
    }
}

/// A transform in a JSON document.
pub(super) fn transform_to_json(transform: &ValueTransform) -> Json {
    let ValueTransform {
        target,
        separator,
        lower_case,
        table,
        keep_unlisted,
        first_only,
        default_value,
    } = transform;
    let entry = |TableEntry { received, value }: &TableEntry| json!({ "received": received, "value": value });
    json!({
        "field": target.to_string(),
        "separator": separator,
        "lowerCase": lower_case,
        "table": table.iter().map(entry).collect::<Vec<_>>(),
        "keepUnlisted": keep_unlisted,
        "firstOnly": first_only,
        "defaultValue": default_value,
    })
}

/// Reads a transform that [`transform_to_json`] wrote.
pub(super) fn read_stored_transform(value: &Json) -> Option<ValueTransform> {
    let text = |name: &str| value.get(name).and_then(Json::as_str).map(str::to_owned);
    let switch = |name: &str| value.get(name)?.as_bool();
    let entry = |entry: &Json| {
        let text = |name: &str| Some(entry.get(name)?.as_str()?.to_owned());
        Some(TableEntry { received: text("received")?, value: text("value")? })
    };
    Some(ValueTransform {
        target: text("field")?.parse().ok()?,
        separator: text("separator"),
        lower_case: switch("lowerCase")?,
        table: value.get("table")?.as_array()?.iter().map(entry).collect::<Option<_>>()?,
        keep_unlisted: switch("keepUnlisted")?,
        first_only: switch("firstOnly")?,
        default_value: text("defaultValue"),
    })
}

/// The maximum number of transforms of a connection.
#[must_use]
pub fn max_transforms() -> usize {
    MappingTarget::iter().count() + MAX_DEFINITIONS
}

/// Parses all transforms: at most one for each field.
pub(super) fn parse_transforms(field: &str, value: &Json) -> Result<Vec<ValueTransform>, Errors> {
    let elements = value
        .as_array()
        .ok_or_else(|| vec![invalid_value(field.to_owned(), value, Reason::must_be("an array"))])?;
    let (mut transforms, mut errors) = (Vec::<ValueTransform>::new(), Errors::new());
    let max = max_transforms();
    if elements.len() > max {
        let reason = format!("must have at most {max} elements");
        return Err(vec![invalid_value(field.to_owned(), value, reason.into())]);
    }
    for (index, element) in elements.iter().enumerate() {
        match parse_transform(format!("{field}/{index}"), element) {
            Ok(new) if transforms.iter().any(|other| other.target == new.target) => {
                let reason =
                    Reason::repeated("each field once", "Send one transform for the field.");
                let place = format!("{field}/{index}/field");
                errors.push(FieldError::new(place, new.target.to_string(), reason));
            }
            Ok(transform) => transforms.push(transform),
            Err(more) => errors.extend(more),
        }
    }
    if errors.is_empty() { Ok(transforms) } else { Err(errors) }
}
