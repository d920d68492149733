//! The discovery documents (RFC 7643, sections 5 to 7; RFC 7644, section 4), built from
//! the tables of [`schema`](super::schema).

use serde_json::{Value, json};

use super::schema::{Attribute, GROUPS, ResourceType, SCHEMAS, Schema, is_custom_schema};

/// The schema of a schema.
const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// The schema of a kind of resource.
const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";

/// Builds all schemas: those of every account, and further ones of users. `base` is the base
/// URL of SCIM, without a trailing slash.
#[must_use]
pub fn schemas(users: &ResourceType<'_>, base: &str) -> Vec<Value> {
    let own = users.extensions.iter().copied().filter(|one| is_custom_schema(one.id));
    SCHEMAS.into_iter().chain(own).map(|one| schema(one, base)).collect()
}

/// Builds all resource types: users and groups. `base` is as for [`schemas`].
#[must_use]
pub fn resource_types(users: &ResourceType<'_>, base: &str) -> Vec<Value> {
    [users, &GROUPS].into_iter().map(|one| resource_type(one, base)).collect()
}

/// A schema as a client sees it (RFC 7643, section 7).
#[must_use]
pub fn schema(schema: &Schema, base: &str) -> Value {
    let Schema { id, name, description, attributes, not_stored: _ } = schema;
    json!({
        "schemas": [SCHEMA],
        "id": id,
        "name": name,
        "description": description,
        "attributes": attributes.iter().map(attribute).collect::<Vec<_>>(),
        "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{id}") },
    })
}

/// A kind of resource as a client sees it (RFC 7643, section 6).
#[must_use]
pub fn resource_type(kind: &ResourceType, base: &str) -> Value {
    let ResourceType { name, endpoint, description, core, extensions } = kind;
    let extension = |one: &&Schema| json!({ "schema": one.id, "required": false });
    json!({
        "schemas": [RESOURCE_TYPE],
        "id": name,
        "name": name,
        "endpoint": endpoint,
        "description": description,
        "schema": core.id,
        "schemaExtensions": extensions.iter().map(extension).collect::<Vec<_>>(),
        "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{name}") },
    })
}

fn attribute(attribute: &Attribute) -> Value {
    let Attribute {
        name,
        description,
        kind,
        multi_valued,
        required,
        case_exact,
        mutability,
        returned,
        unique,
        canonical,
        references,
        sub_attributes,
        has_default_sub_attributes: _,
        is_permanent: _,
    } = attribute;
    let mut view = json!({
        "name": name,
        "type": kind.as_str(),
        "multiValued": multi_valued,
        "description": description,
        "required": required,
        "caseExact": case_exact,
        "mutability": mutability.as_str(),
        "returned": returned.as_str(),
        "uniqueness": if *unique { "server" } else { "none" },
    });
    let sub_attributes: Vec<_> = sub_attributes.iter().map(self::attribute).collect();
    let texts = |texts: &[&str]| texts.iter().map(|text| Value::from(*text)).collect::<Vec<_>>();
    if let Some(view) = view.as_object_mut() {
        for (key, values) in [
            ("canonicalValues", texts(canonical)),
            ("referenceTypes", texts(references)),
            ("subAttributes", sub_attributes),
        ] {
            if !values.is_empty() {
                view.insert(key.to_owned(), Value::Array(values));
            }
        }
    }
    view
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::scim::schema::{AttributeType, USER};

    /// Each attribute, with those that it is part of.
    fn collect_nested(
        attributes: &'static [Attribute<'static>],
    ) -> Vec<&'static Attribute<'static>> {
        attributes
            .iter()
            .flat_map(|one| std::iter::once(one).chain(collect_nested(one.sub_attributes)))
            .collect()
    }

    #[test]
    fn schemas_are_rendered_from_their_tables() {
        let view = schema(&USER, "https://usher.example/scim/v2");
        let attributes = view["attributes"].as_array().unwrap();
        let emails = attributes.iter().find(|attribute| attribute["name"] == "emails").unwrap();
        assert_eq!(emails["type"], "complex");
        assert_eq!(emails["subAttributes"][0]["required"], true);
        let types = json!(["work", "home", "other"]);
        assert_eq!(emails["subAttributes"][2]["canonicalValues"], types);
        let location =
            "https://usher.example/scim/v2/Schemas/urn:ietf:params:scim:schemas:core:2.0:User";
        assert_eq!(view["meta"]["location"], location);
    }

    #[test]
    fn schema_tables_are_consistent() {
        for schema in SCHEMAS {
            let mut names = HashSet::new();
            for attribute in schema.attributes {
                assert!(names.insert(attribute.name.to_lowercase()), "{}", attribute.name);
            }
            for attribute in collect_nested(schema.attributes) {
                let name = attribute.name;
                assert_eq!(
                    attribute.kind == AttributeType::Complex,
                    !attribute.sub_attributes.is_empty(),
                    "{name}"
                );
                assert_eq!(
                    attribute.kind == AttributeType::Reference,
                    !attribute.references.is_empty(),
                    "{name}"
                );
                assert!(!attribute.description.is_empty(), "{name}");
                if attribute.is_read_only() {
                    assert!(attribute.sub_attributes.iter().all(Attribute::is_read_only), "{name}");
                }
            }
        }
        for kind in crate::scim::schema::RESOURCE_TYPES {
            for schema in kind.extensions {
                assert!(SCHEMAS.iter().any(|known| known.id == schema.id));
            }
        }
    }
}
