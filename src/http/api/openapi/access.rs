//! Whom each operation serves, as the signature of its handler says.

use serde_json::{Value, json};

use super::operations::{self, Object, Operation, object_entry};
use crate::http::{auth::Access, router::contract_paths};

/// Describes which scope each operation needs.
pub(super) fn complete(contract: &mut Value) {
    let paths = contract_paths();
    operations::for_each_operation(contract, |Operation { path, method, fields: is }| {
        let methods = paths.iter().filter(|(own, _)| own == path).flat_map(|(_, methods)| methods);
        let mut accesses = methods.filter(|(own, _)| own.as_str().eq_ignore_ascii_case(method));
        if let Some((_, access)) = accesses.next() {
            describe(is, *access);
        }
    });
}

fn describe(operation: &mut Object, access: Access) {
    let sentence = match access {
        Access::Public => "Needs no key.".to_owned(),
        Access::Authenticated => "Needs no scope.".to_owned(),
        Access::Scope(scope) => format!("Needs the scope `{scope}`."),
    };
    let text = operation.get("description").and_then(Value::as_str).unwrap_or_default();
    let description = format!("{text} {sentence}");
    // After the tags and the summary.
    operation.shift_insert(2, "description".to_owned(), json!(description.trim_start()));
    match access {
        Access::Public => {
            operation.insert("security".to_owned(), json!([]));
            object_entry(operation, "responses").map(|responses| responses.shift_remove("401"));
        }
        Access::Authenticated => {}
        Access::Scope(scope) => {
            operation.insert("x-scope".to_owned(), json!(scope.as_str()));
        }
    }
}
