//! The schemas of users and groups: one for responses, and one for requests.

use serde_json::{Value, json};

use super::json_schema::{reference, set, word};
use crate::{
    domain::profile_field::ProfileField,
    http::api::openapi::example_id,
    scim::schema::{Attribute, COMMON, Kind, Object, RESOURCE_TYPES, ResourceType, Schema},
};

/// The fields of the admin API with the same values, and so with the same bounds and
/// examples.
const SAME: &[(&str, &str)] = &[
    ("User.externalId", "UserDraft/externalId"),
    ("User.name.familyName", "UserDraft/lastName"),
    ("User.name.givenName", "UserDraft/firstName"),
    ("User.displayName", "UserDraft/firstName"),
    ("User.emails.value", "UserDraft/email"),
    ("User.photos.value", "UserDraft/userProfileImage"),
    ("User.manager.value", "UserDraft/externalId"),
    ("User.role", "UserDraft/role"),
    ("User.mobile.regionCode", "MobileDraft/regionCode"),
    ("User.mobile.number", "MobileDraft/number"),
    ("User.userName", "TeamDraft/name"),
    ("Group.externalId", "UserDraft/externalId"),
    ("Group.displayName", "TeamDraft/name"),
    ("Group.memberRoles.role", "UserTeamDraft/role"),
    ("User.teamRoles.role", "UserTeamDraft/role"),
];

/// Examples of attributes that the admin API does not have, or that are read-only.
const EXAMPLES: &[(&str, &str)] = &[
    ("User.userName", "ada.lovelace"),
    ("User.displayName", "Ada Lovelace"),
    ("User.name.formatted", "Ada Lovelace"),
    ("User.emails.type", "work"),
    ("User.photos.type", "photo"),
    ("User.groups.display", "Analytical Engine"),
    ("User.groups.type", "direct"),
    ("User.mobile.e164", "+49221123123"),
    ("Group.displayName", "Analytical Engine"),
    ("Group.members.type", "User"),
    ("User.meta.resourceType", "User"),
    ("Group.meta.resourceType", "Group"),
    ("User.meta.location", "https://usher.example.com/scim/v2/Users/0198c5a0"),
    ("Group.meta.location", "https://usher.example.com/scim/v2/Groups/0198c5a0"),
    ("User.meta.version", "\"a26fafc8c4b5b0d5c84a47a2\""),
    ("Group.meta.version", "\"a26fafc8c4b5b0d5c84a47a2\""),
];

/// The attributes that are IDs, with the schema of the identified resource.
const IDS: &[(&str, &str)] = &[
    ("User.id", "User"),
    ("Group.id", "Team"),
    ("User.groups.value", "Team"),
    ("User.teamRoles.value", "Team"),
    ("Group.members.value", "User"),
    ("Group.memberRoles.value", "User"),
];

/// The text of the profile at a place.
fn text_at(place: &str) -> Option<ProfileField> {
    let name = place.strip_prefix("User.")?;
    ProfileField::texts().find(|field| field.definition().scim.is_some_and(|(_, own)| own == name))
}

/// Builds all schemas, by name. `admin` are the schemas of the admin API.
pub(super) fn all(admin: &Value) -> Object {
    let mut made = Object::new();
    for kind in RESOURCE_TYPES {
        for write in [false, true] {
            Maker { admin, kind, write, made: &mut made }.resource();
        }
    }
    made
}

/// The name of the schema of a resource, or of a part of it.
pub(super) fn name(kind: &ResourceType, part: &str, write: bool) -> String {
    format!("Scim{}{part}{}", kind.name, if write { "Draft" } else { "" })
}

/// Builds the schemas of a resource type.
struct Maker<'a> {
    admin: &'a Value,
    kind: &'static ResourceType,
    /// Whether the schema is for requests.
    write: bool,
    made: &'a mut Object,
}

impl Maker<'_> {
    fn resource(mut self) {
        let kind = self.kind;
        let (core, mut required) = self.properties("", kind.core.attributes);
        let (common, _) = self.properties("", COMMON);
        let extensions: Vec<_> =
            kind.extensions.iter().map(|extension| self.extension(extension)).collect();
        let schemas = std::iter::once(self.schemas());
        let properties = schemas.chain(common).chain(core).chain(extensions).collect();
        let description = match self.write {
            false => format!("{}, in responses.", kind.description),
            true => format!("{}, in requests.", kind.description),
        };
        if self.write {
            required.insert(0, json!("schemas"));
        } else {
            // The client chooses which other attributes are returned.
            required = vec![json!("schemas"), json!("id")];
        }
        self.add("", &description, properties, required);
    }

    fn add(&mut self, part: &str, description: &str, properties: Object, required: Vec<Value>) {
        let mut schema = json!({ "type": "object", "description": description });
        if let Some(schema) = schema.as_object_mut() {
            if !required.is_empty() {
                schema.insert("required".into(), required.into());
            }
            schema.insert("properties".into(), properties.into());
            if self.write {
                schema.insert("additionalProperties".into(), json!(false));
            }
        }
        self.made.insert(name(self.kind, part, self.write), schema);
    }

    /// Builds the properties, and the names of the required ones.
    fn properties(&mut self, part: &str, of: &'static [Attribute]) -> (Object, Vec<Value>) {
        let write = self.write;
        // A property of this name can't be described, because tools take it for a
        // reference.
        let named = of.iter().filter(|one| one.name != "$ref");
        let view = named.filter(|one| !write || !one.is_read_only());
        let properties =
            view.clone().map(|one| (one.name.to_owned(), self.attribute(part, one))).collect();
        let required = view.filter(|one| one.required).map(|one| json!(one.name));
        (properties, required.collect())
    }

    fn attribute(&mut self, part: &str, attribute: &'static Attribute) -> Value {
        let place = format!("{}.{part}{}", self.kind.name, attribute.name);
        let mut schema = match attribute.kind {
            Kind::Complex => {
                let name = self.complex(attribute);
                reference("schemas", &name)
            }
            Kind::Boolean => json!({ "type": "boolean" }),
            Kind::DateTime => json!({ "type": "string", "format": "date-time" }),
            Kind::String | Kind::Reference => self.text(&place),
        };
        if attribute.multi_valued {
            // Null among the values is no value (RFC 7643, section 2.5).
            let items = if self.write { nullable(schema) } else { schema };
            schema = json!({ "type": "array", "items": items });
            if let (true, Some(schema)) = (self.write, schema.as_object_mut()) {
                let least = usize::from(attribute.required);
                schema.insert("minItems".into(), least.into());
                schema.insert("maxItems".into(), MOST.into());
            }
        }
        // A value with only null parts counts as absent.
        if self.write && (!attribute.required || !part.is_empty()) {
            schema = nullable(schema);
        }
        let entries = match self.write && attribute.multi_valued {
            true => " An entry that is null or empty is ignored.",
            false => "",
        };
        set(&mut schema, "description", format!("{}.{entries}", attribute.description).into());
        schema
    }

    fn complex(&mut self, attribute: &'static Attribute) -> String {
        let part = capital(attribute.name);
        let (properties, required) =
            self.properties(&format!("{}.", attribute.name), attribute.parts);
        // An empty object counts as absent, like null.
        self.add(&part, &format!("{}.", attribute.description), properties, Vec::new());
        let name = name(self.kind, &part, self.write);
        if let (true, Some(schema)) = (self.write, self.made.get_mut(&name)) {
            all_or_none(schema, &required);
        }
        name
    }

    fn extension(&mut self, extension: &'static Schema) -> (String, Value) {
        let part = extension.name.split(' ').next().unwrap_or_default();
        let (properties, _) = self.properties("", extension.attributes);
        let description = format!("{}.", extension.description);
        self.add(part, &description, properties, Vec::new());
        let mut schema = reference("schemas", &name(self.kind, part, self.write));
        if self.write {
            schema = nullable(schema);
        }
        set(&mut schema, "description", description.into());
        (extension.id.to_owned(), schema)
    }

    /// Builds the schema of a text from the field of the admin API. Only requests have
    /// its bounds.
    fn text(&self, place: &str) -> Value {
        let mut schema = json!({ "type": "string" });
        let listed = SAME.iter().find(|(own, _)| *own == place);
        let listed = listed.and_then(|(_, field)| field.split_once('/'));
        let same = listed.or_else(|| Some(("UserDraft", text_at(place)?.as_str())));
        let same = same.and_then(|(of, field)| self.admin.get(of)?.get("properties")?.get(field));
        if let Some(target) = same.and_then(referred) {
            return reference("schemas", target);
        }
        let words = if self.write { WORDS } else { &["examples"] };
        for word in words {
            if let Some(value) = same.and_then(|same| same.get(*word)) {
                set(&mut schema, word, value.clone());
            }
        }
        if let Some((_, example)) = EXAMPLES.iter().find(|(own, _)| *own == place) {
            set(&mut schema, "examples", json!([example]));
        }
        if let Some((_, whose)) = IDS.iter().find(|(own, _)| *own == place) {
            set(&mut schema, "format", json!("uuid"));
            set(&mut schema, "examples", json!([example_id(whose)]));
        }
        if self.write && place == "User.userName" {
            set(&mut schema, "format", json!("scim-user-name"));
        }
        schema
    }

    /// Builds the property `schemas`.
    fn schemas(&mut self) -> (String, Value) {
        let core = self.kind.core.id;
        let known: Vec<_> = std::iter::once(core)
            .chain(self.kind.extensions.iter().map(|extension| extension.id))
            .collect();
        let uri = format!("Scim{}SchemaUri", self.kind.name);
        self.made.insert(uri.clone(), word("The URI of a schema.", &known));
        let mut schema = json!({
            "type": "array",
            "items": reference("schemas", &uri),
            "description": "The URIs of the schemas of the resource.",
            "examples": [known],
        });
        if self.write {
            set(&mut schema, "minItems", json!(1));
            set(&mut schema, "contains", json!({ "const": core }));
        }
        ("schemas".to_owned(), schema)
    }
}

/// The keywords of a text that are copied.
const WORDS: &[&str] = &["minLength", "maxLength", "pattern", "format", "examples"];

/// The most values of a multi-valued attribute in a request. A user has only one value
/// stored, but empty entries are not counted.
const MOST: usize = 100_000;

/// Requires all of some parts if one of them is present.
fn all_or_none(schema: &mut Value, parts: &[Value]) {
    let others = |part: &Value| parts.iter().filter(|other| *other != part).collect::<Vec<_>>();
    let needs: Object = parts
        .iter()
        .filter_map(|part| Some((part.as_str()?.to_owned(), json!(others(part)))))
        .collect();
    if needs.len() > 1 {
        set(schema, "dependentRequired", needs.into());
    }
}

/// Returns the component that a field refers to.
fn referred(field: &Value) -> Option<&str> {
    let choices = field.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let targets = std::iter::once(field).chain(choices).filter_map(|one| one.get("$ref"));
    targets.filter_map(Value::as_str).next()?.rsplit('/').next()
}

/// Allows null, which counts as absent.
fn nullable(mut schema: Value) -> Value {
    match schema.get("type").cloned() {
        Some(kind) => {
            set(&mut schema, "type", json!([kind, "null"]));
            schema
        }
        None => json!({ "oneOf": [schema, { "type": "null" }] }),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::http::api::openapi::{Document, Version};

    /// The name of each list with the schema of its entries, of requests or of answers.
    fn entries(version: Version, of_drafts: bool) -> Vec<(String, Value)> {
        let schemas = Document::Scim.contract(version)["components"]["schemas"].as_object();
        let resources = schemas.unwrap().iter().filter(|(name, _)| {
            ["ScimUser", "ScimGroup"].iter().any(|kind| name.starts_with(kind))
                && name.ends_with("Draft") == of_drafts
        });
        let mut entries = Vec::new();
        for (schema, is) in resources {
            for (name, property) in is["properties"].as_object().into_iter().flatten() {
                let items = property.get("items").filter(|_| name != "schemas");
                entries.extend(items.map(|items| (format!("{schema}.{name}"), items.clone())));
            }
        }
        assert!(entries.len() >= 4, "{entries:?}");
        entries
    }

    fn has_null(schema: &Value) -> bool {
        schema.to_string().contains("null")
    }

    #[test]
    fn entries_of_lists_may_be_null_in_requests_and_never_in_answers() {
        for (version, null) in
            [(Version::V3_1, json!({ "type": "null" })), (Version::V3_0, json!({ "enum": [null] }))]
        {
            for (name, items) in entries(version, true) {
                let choices = items["oneOf"].as_array().unwrap_or_else(|| panic!("{name}"));
                assert!(choices.contains(&null), "{name}: {items}");
            }
            for (name, items) in entries(version, false) {
                assert!(!has_null(&items), "{name}: {items}");
            }
        }
    }

    #[test]
    fn every_text_that_a_client_may_write_is_bounded() {
        let contract = Document::Scim.contract(Version::V3_1);
        let schemas = contract["components"]["schemas"].as_object().unwrap();
        let written =
            schemas.iter().filter(|(name, _)| name.starts_with("Scim") && name.ends_with("Draft"));
        let mut seen = 0;
        for (name, schema) in written {
            for (field, property) in schema["properties"].as_object().unwrap() {
                let is_text = property["type"] == "string" || property["type"][0] == "string";
                if is_text {
                    let bounds = ["maxLength", "pattern", "format"];
                    let bounded = bounds.iter().any(|word| property.get(*word).is_some());
                    assert!(bounded, "{name}.{field}: {property}");
                    seen += 1;
                }
            }
        }
        assert!(seen > 15, "{seen}");
    }
}
