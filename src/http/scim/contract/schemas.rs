//! The schemas of users and groups: one for responses, and one for requests.

use serde_json::{Value, json};

use super::json_schema::{enum_schema, reference, set};
use crate::{
    domain::{
        multi_valued::{MultiValuedField, SubAttribute},
        profile_field::ProfileField,
    },
    http::api::{multi_values, openapi::example_id},
    scim::schema::{
        Attribute, AttributeType, COMMON, Object, RESOURCE_TYPES, ResourceType, Schema,
    },
};

/// The fields of the admin API with the same values, and so with the same bounds and
/// examples, besides those of definitions.
const ADMIN_FIELDS: &[(&str, &str)] = &[
    ("User.externalId", "UserDraft/externalId"),
    ("User.displayName", "UserDraft/firstName"),
    ("User.manager.value", "UserDraft/externalId"),
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
    ("Group.members.display", "Ada Lovelace"),
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

/// The schema and the field of the admin API that a definition has for a place.
fn defined_field(place: &str) -> Option<(&'static str, &'static str)> {
    let place = place.strip_prefix("User.")?;
    let (field, _) = ProfileField::in_scim().find(|(_, path)| path.to_string() == place)?;
    Some(match field.path().split_once('/') {
        Some((_, sub_attribute)) => ("MobileDraft", sub_attribute),
        None => ("UserDraft", field.path()),
    })
}

/// The schema and property of the admin API for a sub-attribute of a multi-valued attribute.
fn list_field(place: &str) -> Option<(&'static str, &'static str)> {
    let (list, sub_attribute) = place.strip_prefix("User.")?.split_once('.')?;
    let sub_attribute = sub_attribute.parse::<SubAttribute>().ok()?;
    let field = list.parse::<MultiValuedField>().ok()?;
    Some((multi_values::schema_name(field), sub_attribute.as_str()))
}

/// Builds all schemas, by name. `admin` are the schemas of the admin API.
pub(super) fn resource_schemas(admin: &Value) -> Object {
    let mut schemas = Object::new();
    for kind in RESOURCE_TYPES {
        for write in [false, true] {
            SchemaBuilder { admin, kind, is_draft: write, schemas: &mut schemas }.add_resource();
        }
    }
    schemas
}

/// The name of the schema of a resource, or of a part of it.
pub(super) fn schema_name(kind: &ResourceType, part: &str, write: bool) -> String {
    format!("Scim{}{part}{}", kind.name, if write { "Draft" } else { "" })
}

/// Builds the schemas of a resource type.
struct SchemaBuilder<'a> {
    admin: &'a Value,
    kind: &'static ResourceType<'static>,
    /// Whether the schema is for requests.
    is_draft: bool,
    schemas: &'a mut Object,
}

impl SchemaBuilder<'_> {
    fn add_resource(mut self) {
        let kind = self.kind;
        let (core, mut required) = self.build_properties("", kind.core.attributes);
        let (common, _) = self.build_properties("", COMMON);
        let extensions: Vec<_> =
            kind.extensions.iter().map(|extension| self.add_extension(extension)).collect();
        let schemas = std::iter::once(self.add_schemas_property());
        let properties = schemas.chain(common).chain(core).chain(extensions).collect();
        let description = match self.is_draft {
            false => format!("{}, in responses.", kind.description),
            true => format!("{}, in requests.", kind.description),
        };
        if self.is_draft {
            required.insert(0, json!("schemas"));
        } else {
            // The client chooses which other attributes are returned.
            required = vec![json!("schemas"), json!("id")];
        }
        self.add_schema("", &description, properties, required);
    }

    fn add_schema(
        &mut self,
        part: &str,
        description: &str,
        properties: Object,
        required: Vec<Value>,
    ) {
        let mut schema = json!({ "type": "object", "description": description });
        if let Some(schema) = schema.as_object_mut() {
            if !required.is_empty() {
                schema.insert("required".into(), required.into());
            }
            schema.insert("properties".into(), properties.into());
            if self.is_draft {
                schema.insert("additionalProperties".into(), json!(false));
            }
        }
        self.schemas.insert(schema_name(self.kind, part, self.is_draft), schema);
    }

    /// Builds the properties, and the names of the required ones.
    fn build_properties(
        &mut self,
        part: &str,
        attributes: &'static [Attribute<'static>],
    ) -> (Object, Vec<Value>) {
        let write = self.is_draft;
        // A property of this name can't be described, because tools take it for a
        // reference.
        let describable = attributes.iter().filter(|one| one.name != "$ref");
        let visible = describable.filter(|one| !write || !one.is_read_only());
        let properties = visible
            .clone()
            .map(|one| (one.name.to_owned(), self.build_attribute(part, one)))
            .collect();
        let required = visible.filter(|one| one.required).map(|one| json!(one.name));
        (properties, required.collect())
    }

    fn build_attribute(&mut self, part: &str, attribute: &'static Attribute<'static>) -> Value {
        let place = format!("{}.{part}{}", self.kind.name, attribute.name);
        let mut schema = match attribute.kind {
            AttributeType::Complex => {
                let name = self.add_complex(attribute);
                reference("schemas", &name)
            }
            AttributeType::Boolean => json!({ "type": "boolean" }),
            AttributeType::Integer => json!({ "type": "integer" }),
            AttributeType::Decimal => json!({ "type": "number" }),
            AttributeType::DateTime => json!({ "type": "string", "format": "date-time" }),
            AttributeType::String | AttributeType::Reference | AttributeType::Binary => {
                self.build_text(&place)
            }
        };
        if attribute.multi_valued {
            // Null among the values is no value (RFC 7643, section 2.5).
            let items = if self.is_draft { nullable(schema) } else { schema };
            schema = json!({ "type": "array", "items": items });
            if let (true, Some(schema)) = (self.is_draft, schema.as_object_mut()) {
                let least = usize::from(attribute.required);
                schema.insert("minItems".into(), least.into());
                schema.insert("maxItems".into(), MAX_VALUES.into());
            }
        }
        // A value with only null sub-attributes counts as absent.
        if self.is_draft && (!attribute.required || !part.is_empty()) {
            schema = nullable(schema);
        }
        let entries = match self.is_draft && attribute.multi_valued {
            true => " An entry that is null or empty is ignored.",
            false => "",
        };
        set(&mut schema, "description", format!("{}.{entries}", attribute.description).into());
        schema
    }

    fn add_complex(&mut self, attribute: &'static Attribute<'static>) -> String {
        let part = capitalize(attribute.name);
        let (properties, required) =
            self.build_properties(&format!("{}.", attribute.name), attribute.sub_attributes);
        // An empty object counts as absent, like null.
        self.add_schema(&part, &format!("{}.", attribute.description), properties, Vec::new());
        let name = schema_name(self.kind, &part, self.is_draft);
        if let (true, Some(schema)) = (self.is_draft, self.schemas.get_mut(&name)) {
            require_all_or_none(schema, &required);
        }
        name
    }

    fn add_extension(&mut self, extension: &'static Schema<'static>) -> (String, Value) {
        let part = extension.name.split(' ').next().unwrap_or_default();
        let (properties, _) = self.build_properties("", extension.attributes);
        let description = format!("{}.", extension.description);
        self.add_schema(part, &description, properties, Vec::new());
        let mut schema = reference("schemas", &schema_name(self.kind, part, self.is_draft));
        if self.is_draft {
            schema = nullable(schema);
        }
        set(&mut schema, "description", description.into());
        (extension.id.to_owned(), schema)
    }

    /// Builds the schema of a text from the field of the admin API. Only requests have
    /// its bounds.
    fn build_text(&self, place: &str) -> Value {
        let mut schema = json!({ "type": "string" });
        let listed = ADMIN_FIELDS.iter().find(|(own, _)| *own == place);
        let listed = listed.and_then(|(_, field)| field.split_once('/'));
        let admin_field = listed.or_else(|| defined_field(place)).or_else(|| list_field(place));
        let admin_field =
            admin_field.and_then(|(of, field)| self.admin.get(of)?.get("properties")?.get(field));
        if let Some(target) = admin_field.and_then(referenced_component) {
            return reference("schemas", target);
        }
        let words = if self.is_draft { TEXT_KEYWORDS } else { &["examples"] };
        // An empty value is ignored.
        let is_of_list = list_field(place).is_some();
        for word in words.iter().filter(|word| !(is_of_list && **word == "minLength")) {
            if let Some(value) = admin_field.and_then(|same| same.get(*word)) {
                set(&mut schema, word, value.clone());
            }
        }
        if let Some((_, example)) = EXAMPLES.iter().find(|(own, _)| *own == place) {
            set(&mut schema, "examples", json!([example]));
        }
        if let Some((_, owner)) = IDS.iter().find(|(own, _)| *own == place) {
            set(&mut schema, "format", json!("uuid"));
            set(&mut schema, "examples", json!([example_id(owner)]));
        }
        match place {
            "User.userName" if self.is_draft => {
                set(&mut schema, "format", json!("scim-user-name"));
            }
            // Compared without case; an empty value is ignored.
            "Group.members.type" if self.is_draft => {
                set(&mut schema, "pattern", json!("^([Uu][Ss][Ee][Rr])?$"));
            }
            _ => {}
        }
        schema
    }

    /// Builds the property `schemas`.
    fn add_schemas_property(&mut self) -> (String, Value) {
        let core = self.kind.core.id;
        let known: Vec<_> = std::iter::once(core)
            .chain(self.kind.extensions.iter().map(|extension| extension.id))
            .collect();
        let uri = format!("Scim{}SchemaUri", self.kind.name);
        self.schemas.insert(uri.clone(), enum_schema("The URI of a schema.", &known));
        let mut schema = json!({
            "type": "array",
            "items": reference("schemas", &uri),
            "description": "The URIs of the schemas of the resource.",
            "examples": [known],
        });
        if self.is_draft {
            set(&mut schema, "minItems", json!(1));
            set(&mut schema, "contains", json!({ "const": core }));
        }
        ("schemas".to_owned(), schema)
    }
}

/// The keywords of a text that are copied.
const TEXT_KEYWORDS: &[&str] = &["minLength", "maxLength", "pattern", "format", "examples"];

/// The maximum number of values of a multi-valued attribute in a request. A user has
/// only one value stored, but empty entries are not counted.
const MAX_VALUES: usize = 100_000;

/// Requires all of some parts if one of them is present.
fn require_all_or_none(schema: &mut Value, parts: &[Value]) {
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
fn referenced_component(field: &Value) -> Option<&str> {
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

fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::http::api::openapi::{Document, Version};

    /// The name of each list with the schema of its entries, of requests or of responses.
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
