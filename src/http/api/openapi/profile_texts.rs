//! The texts of a user in the schemas: one property for each definition.

use serde_json::{Value as Json, json};

use super::operations::add_properties;
use crate::domain::{
    profile_field::ProfileField,
    profile_text::{MAX_URL_CHARS, TextKind},
    text::MAX_CHARS,
};

/// Adds the texts to the schemas of users.
pub(super) fn complete(contract: &mut Json) {
    for (schema, after) in [("UserDraft", "email"), ("UserChanges", "email")] {
        let texts = ProfileField::written().map(|field| (field.as_str(), in_body(field)));
        add_properties(contract, schema, after, texts);
    }
    let texts = ProfileField::texts().map(|field| {
        let text = json!({ "type": ["string", "null"], "description": field.description() });
        (field.as_str(), with_example(text, field))
    });
    add_properties(contract, "User", "displayName", texts);
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
