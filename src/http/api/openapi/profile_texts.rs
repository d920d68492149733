//! The texts and lists of a user in the schemas: one property for each definition.

use serde_json::{Value as Json, json};

use super::{super::multi_values::schema_name, operations::add_properties};
use crate::domain::{
    multi_valued::{
        MAX_CERTIFICATE_CHARS, MAX_LINES_CHARS, MAX_VALUES, MultiValuedField, SubAttribute,
        ValueKind,
    },
    profile_field::ProfileField,
    profile_text::{MAX_URL_CHARS, TextKind},
    text::MAX_CHARS,
};

/// Adds the texts to the schemas of users.
pub(super) fn complete(contract: &mut Json) {
    for (schema, after) in [("UserDraft", "email"), ("UserChanges", "email")] {
        let texts = ProfileField::writable().map(|field| (field.as_str(), in_body(field)));
        add_properties(contract, schema, after, texts);
        let lists = MultiValuedField::ALL.map(|field| (field.as_str(), list_in_body(field)));
        add_properties(contract, schema, "userProfileImage", lists.into_iter());
    }
    let lists = MultiValuedField::ALL.map(|field| {
        let description = format!("{}.", field.description());
        (field.as_str(), list_schema(field, &description))
    });
    add_properties(contract, "User", "userProfileImage", lists.into_iter());
    if let Some(schemas) = contract.pointer_mut("/components/schemas").and_then(Json::as_object_mut)
    {
        for field in [MultiValuedField::Emails, MultiValuedField::Addresses] {
            schemas.insert(schema_name(field).to_owned(), value_schema(field));
        }
    }
    let texts = ProfileField::text_fields().map(|field| {
        let text = json!({ "type": ["string", "null"], "description": field.description() });
        (field.as_str(), with_example(text, field))
    });
    add_properties(contract, "User", "displayName", texts);
}

/// The schema of a list in a body.
fn list_in_body(field: MultiValuedField) -> Json {
    let removal = match field.may_be_empty() {
        true => "An empty list removes them. It can't be null",
        false => "The list can't be empty or null",
    };
    let description = format!(
        "{}. The list replaces all values. {removal}. If it is left out, PATCH keeps the values, \
         PUT resets them, and POST creates the user with the defaults.",
        field.description()
    );
    extended(list_schema(field, &description), json!({ "maxItems": MAX_VALUES }))
}

fn list_schema(field: MultiValuedField, description: &str) -> Json {
    let reference = json!({ "$ref": format!("#/components/schemas/{}", schema_name(field)) });
    let sub_attribute =
        field.sub_attributes().first().map_or("value", |sub_attribute| sub_attribute.as_str());
    let mut example = json!({ sub_attribute: field.example() });
    let kind = match field {
        MultiValuedField::PhoneNumbers => Some(&"mobile"),
        _ => field.canonical_types().first(),
    };
    if let (Json::Object(example), Some(kind)) = (&mut example, kind) {
        example.insert("type".into(), json!(kind));
    }
    json!({
        "type": "array", "items": reference, "description": description,
        "examples": [[example]],
    })
}

/// The schema of a value: its sub-attributes, each of which is bounded.
fn value_schema(field: MultiValuedField) -> Json {
    let sub_attributes = field.sub_attributes().iter().map(|sub_attribute| {
        let limits = match sub_attribute {
            SubAttribute::Value => json!({ "minLength": 1, "maxLength": MAX_CERTIFICATE_CHARS }),
            SubAttribute::Formatted | SubAttribute::StreetAddress => {
                json!({ "maxLength": MAX_LINES_CHARS })
            }
            _ => json!({ "maxLength": MAX_CHARS, "pattern": "^[^\\x00-\\x1F\\x7F]*$" }),
        };
        let text =
            json!({ "type": "string", "description": format!("{}.", sub_attribute.description()) });
        let example = json!({ "examples": [sub_attribute_example(field, *sub_attribute)] });
        (sub_attribute.as_str().to_owned(), extended(extended(text, limits), example))
    });
    let primary = json!({
        "type": "boolean", "description": "Whether it is the primary value; at most one is.",
    });
    let properties: serde_json::Map<String, Json> =
        sub_attributes.chain([("primary".to_owned(), primary)]).collect();
    let (description, required) = match field.kind() {
        ValueKind::PostalAddress => {
            ("A postal address. It has at least one sub-attribute.", json!({}))
        }
        _ => ("A value of a multi-valued attribute.", json!({ "required": ["value"] })),
    };
    let schema = json!({
        "type": "object", "description": description, "properties": properties,
        "additionalProperties": false,
    });
    extended(schema, required)
}

const fn sub_attribute_example(
    field: MultiValuedField,
    sub_attribute: SubAttribute,
) -> &'static str {
    match sub_attribute {
        SubAttribute::Value | SubAttribute::Formatted => field.example(),
        SubAttribute::Display => "Ada",
        SubAttribute::StreetAddress => "St. James's Square 12",
        SubAttribute::Locality => "London",
        SubAttribute::Region => "England",
        SubAttribute::PostalCode => "SW1Y 4LB",
        SubAttribute::Country => "GB",
        SubAttribute::Type => "work",
    }
}

/// The schema of a text in a body.
fn in_body(field: ProfileField) -> Json {
    let definition = field.definition();
    let description = format!("{} {}", field.description(), definition.when_absent);
    let text = json!({ "type": ["string", "null"], "description": description });
    let limits = match definition.kind {
        TextKind::Line => json!({ "maxLength": MAX_CHARS, "pattern": "^[^\\x00-\\x1F\\x7F]*$" }),
        TextKind::WebAddress => json!({ "format": "web-address", "maxLength": MAX_URL_CHARS }),
        TextKind::Language => json!({ "format": "language-tag", "maxLength": MAX_CHARS }),
        TextKind::Languages => json!({ "format": "accept-language", "maxLength": MAX_CHARS }),
        TextKind::TimeZone => json!({ "format": "time-zone", "maxLength": MAX_CHARS }),
    };
    with_example(extended(text, limits), field)
}

fn with_example(schema: Json, field: ProfileField) -> Json {
    extended(schema, json!({ "examples": [field.definition().example] }))
}

/// Adds the members of an object to another.
fn extended(mut object: Json, members: Json) -> Json {
    if let (Json::Object(object), Json::Object(members)) = (&mut object, members) {
        object.extend(members);
    }
    object
}
