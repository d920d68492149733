//! What each list can be sorted by: from the very tables that lists are read
//! with.

use serde_json::{Value, json};

use super::operations::{self, Operation, entry, object};
use crate::domain::{
    filter::Attribute,
    lists::{
        AttemptAttribute, AuditAttribute, ConnectionAttribute, DeletedUserAttribute,
        ImportAttribute, KeyAttribute, MemberAttribute, ScimClientAttribute, TeamAttribute,
        UserAttribute,
    },
};

/// A list's operation, the name of the schema of its `sortBy`, and the
/// attributes that it has.
type List = (&'static str, &'static str, fn() -> Vec<&'static str>);

const LISTS: [List; 10] = [
    ("listUsers", "UserSort", sortable::<UserAttribute>),
    ("listDeletedUsers", "DeletedUserSort", sortable::<DeletedUserAttribute>),
    ("listTeams", "TeamSort", sortable::<TeamAttribute>),
    ("listTeamMembers", "TeamMemberSort", sortable::<MemberAttribute>),
    ("listConnections", "ConnectionSort", sortable::<ConnectionAttribute>),
    ("listAttempts", "AttemptSort", sortable::<AttemptAttribute>),
    ("listAuditEntries", "AuditEntrySort", sortable::<AuditAttribute>),
    ("listImports", "ImportSort", sortable::<ImportAttribute>),
    ("listKeys", "KeySort", sortable::<KeyAttribute>),
    ("listScimClients", "ScimClientSort", sortable::<ScimClientAttribute>),
];

fn sortable<A: Attribute>() -> Vec<&'static str> {
    A::ALL.iter().copied().filter(|attribute| attribute.sortable()).map(Attribute::name).collect()
}

/// Gives each list the names that its `sortBy` may have.
pub(super) fn complete(contract: &mut Value) {
    let mut schemas = Vec::new();
    operations::each(contract, |Operation { is, .. }| {
        let id = is.get("operationId").and_then(Value::as_str).unwrap_or_default();
        let Some((_, name, names)) = LISTS.iter().find(|(list, ..)| *list == id) else { return };
        let parameters = is.get_mut("parameters").and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten().filter_map(Value::as_object_mut) {
            if parameter.get("name").is_some_and(|own| own == "sortBy") {
                let schema = json!({"$ref": format!("#/components/schemas/{name}")});
                parameter.insert("schema".into(), schema);
            }
        }
        let description = "An attribute by which the list can be sorted.";
        let schema = json!({"type": "string", "description": description, "enum": names()});
        schemas.push(((*name).to_owned(), schema));
    });
    let Some(components) = object(contract, "/components") else { return };
    if let Some(known) = entry(components, "schemas") {
        known.extend(schemas);
    }
}
