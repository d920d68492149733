//! The filter and sort attributes of each list, from the tables that lists use.

use serde_json::{Value, json};

use super::operations::{self, Operation, object_at, object_entry};
use crate::domain::{
    filter::Attribute,
    lists::{
        AttemptAttribute, AuditAttribute, ConnectionAttribute, DeletedUserAttribute,
        ImportAttribute, KeyAttribute, ListAttribute, MemberAttribute, ScimClientAttribute,
        TeamAttribute, UserAttribute,
    },
};

/// A list's operation, the name of the schema of its `sortBy`, and its
/// attributes.
type ListEntry = (&'static str, &'static str, fn() -> AttributeNames);

/// The names of attributes.
struct AttributeNames {
    sortable: Vec<&'static str>,
    filterable: Vec<&'static str>,
}

const LISTS: [ListEntry; 10] = [
    ("listUsers", "UserSort", attribute_names::<UserAttribute>),
    ("listDeletedUsers", "DeletedUserSort", attribute_names::<DeletedUserAttribute>),
    ("listTeams", "TeamSort", attribute_names::<TeamAttribute>),
    ("listTeamMembers", "TeamMemberSort", attribute_names::<MemberAttribute>),
    ("listConnections", "ConnectionSort", attribute_names::<ConnectionAttribute>),
    ("listAttempts", "AttemptSort", attribute_names::<AttemptAttribute>),
    ("listAuditEntries", "AuditEntrySort", attribute_names::<AuditAttribute>),
    ("listImports", "ImportSort", attribute_names::<ImportAttribute>),
    ("listKeys", "KeySort", attribute_names::<KeyAttribute>),
    ("listScimClients", "ScimClientSort", attribute_names::<ScimClientAttribute>),
];

fn attribute_names<A: ListAttribute>() -> AttributeNames {
    let all = || A::attributes().into_iter();
    AttributeNames {
        sortable: all().filter(|attribute| attribute.is_sortable()).map(Attribute::name).collect(),
        filterable: all().map(Attribute::name).chain(A::RESOLVED_NAMES.iter().copied()).collect(),
    }
}

/// Adds the allowed names of `sortBy` and `filter` to each list.
pub(super) fn complete(contract: &mut Value) {
    let mut schemas = Vec::new();
    operations::for_each_operation(contract, |Operation { fields, .. }| {
        let id = fields.get("operationId").and_then(Value::as_str).unwrap_or_default();
        let Some((_, name, names)) = LISTS.iter().find(|(list, ..)| *list == id) else { return };
        let parameters = fields.get_mut("parameters").and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten().filter_map(Value::as_object_mut) {
            match parameter.get("name").and_then(Value::as_str) {
                Some("sortBy") => {
                    let schema = json!({"$ref": format!("#/components/schemas/{name}")});
                    parameter.insert("schema".into(), schema);
                }
                Some("filter") => {
                    let filterable = names().filterable.join("`, `");
                    let description = parameter.get("description").and_then(Value::as_str);
                    let description = description.unwrap_or_default();
                    let description = format!("{description} Attributes: `{filterable}`.");
                    parameter.insert("description".into(), description.into());
                }
                _ => {}
            }
        }
        let description = "The attributes by which the list can be sorted.";
        let schema =
            json!({"type": "string", "description": description, "enum": names().sortable});
        schemas.push(((*name).to_owned(), schema));
    });
    let Some(components) = object_at(contract, "/components") else { return };
    if let Some(component_schemas) = object_entry(components, "schemas") {
        component_schemas.extend(schemas);
    }
}
