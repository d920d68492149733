//! The filter and sort attributes of each list, from the tables that lists use.

use serde_json::{Value, json};

use super::operations::{self, Operation, entry, object};
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
type List = (&'static str, &'static str, fn() -> Names);

/// The names of attributes.
struct Names {
    sortable: Vec<&'static str>,
    filterable: Vec<&'static str>,
}

const LISTS: [List; 10] = [
    ("listUsers", "UserSort", names::<UserAttribute>),
    ("listDeletedUsers", "DeletedUserSort", names::<DeletedUserAttribute>),
    ("listTeams", "TeamSort", names::<TeamAttribute>),
    ("listTeamMembers", "TeamMemberSort", names::<MemberAttribute>),
    ("listConnections", "ConnectionSort", names::<ConnectionAttribute>),
    ("listAttempts", "AttemptSort", names::<AttemptAttribute>),
    ("listAuditEntries", "AuditEntrySort", names::<AuditAttribute>),
    ("listImports", "ImportSort", names::<ImportAttribute>),
    ("listKeys", "KeySort", names::<KeyAttribute>),
    ("listScimClients", "ScimClientSort", names::<ScimClientAttribute>),
];

fn names<A: ListAttribute>() -> Names {
    let all = || A::ALL.iter().copied();
    Names {
        sortable: all().filter(|attribute| attribute.sortable()).map(Attribute::name).collect(),
        filterable: all().map(Attribute::name).chain(A::REPLACED.iter().copied()).collect(),
    }
}

/// Adds the allowed names of `sortBy` and `filter` to each list.
pub(super) fn complete(contract: &mut Value) {
    let mut schemas = Vec::new();
    operations::each(contract, |Operation { is, .. }| {
        let id = is.get("operationId").and_then(Value::as_str).unwrap_or_default();
        let Some((_, name, names)) = LISTS.iter().find(|(list, ..)| *list == id) else { return };
        let parameters = is.get_mut("parameters").and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten().filter_map(Value::as_object_mut) {
            match parameter.get("name").and_then(Value::as_str) {
                Some("sortBy") => {
                    let schema = json!({"$ref": format!("#/components/schemas/{name}")});
                    parameter.insert("schema".into(), schema);
                }
                Some("filter") => {
                    let known = names().filterable.join("`, `");
                    let description = parameter.get("description").and_then(Value::as_str);
                    let description = description.unwrap_or_default();
                    let description = format!("{description} Attributes: `{known}`.");
                    parameter.insert("description".into(), description.into());
                }
                _ => {}
            }
        }
        let description = "An attribute by which the list can be sorted.";
        let schema =
            json!({"type": "string", "description": description, "enum": names().sortable});
        schemas.push(((*name).to_owned(), schema));
    });
    let Some(components) = object(contract, "/components") else { return };
    if let Some(known) = entry(components, "schemas") {
        known.extend(schemas);
    }
}
