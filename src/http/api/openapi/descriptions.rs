//! Descriptions and unused parts of a contract.

use serde_json::Value;

use super::operations::references;

/// Joins the lines of each paragraph, and removes unused tags.
pub(super) fn complete(contract: &mut Value) {
    join_lines(contract);
    let used: Vec<Value> = find_used_tags(contract);
    if let Some(tags) = contract.get_mut("tags").and_then(Value::as_array_mut) {
        tags.retain(|tag| tag.get("name").is_some_and(|name| used.contains(name)));
    }
}

fn find_used_tags(contract: &Value) -> Vec<Value> {
    let items = contract.get("paths").and_then(Value::as_object).into_iter().flatten();
    let operations = items.flat_map(|(_, item)| item.as_object().into_iter().flatten());
    operations
        .filter_map(|(_, operation)| operation.get("tags")?.as_array())
        .flatten()
        .cloned()
        .collect()
}

fn join_lines(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                match value {
                    Value::String(text) if name == "description" => *text = join_paragraphs(text),
                    other => join_lines(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(join_lines),
        _ => {}
    }
}

/// Joins the lines of paragraphs. Line breaks have no meaning in Markdown, but are
/// visible in plain text. Lists and tables keep theirs.
fn join_paragraphs(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|paragraph| {
        let is_list_line = |line: &str| line.trim_start().starts_with(['-', '*', '|', '>']);
        if paragraph.lines().skip(1).any(is_list_line) {
            paragraph.to_owned()
        } else {
            paragraph.lines().map(str::trim).collect::<Vec<_>>().join(" ")
        }
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// Removes unused components, until every component is referred to.
pub(super) fn remove_all_unused(contract: &mut Value) {
    loop {
        let before = contract.clone();
        for kind in ["schemas", "parameters", "headers", "responses"] {
            remove_unused(contract, kind);
        }
        if *contract == before {
            return;
        }
    }
}

/// Removes the components of a kind that nothing refers to.
pub(super) fn remove_unused(contract: &mut Value, kind: &str) {
    let used: Vec<String> = references(contract).into_iter().map(str::to_owned).collect();
    let components = contract.pointer_mut(&format!("/components/{kind}"));
    if let Some(components) = components.and_then(Value::as_object_mut) {
        components.retain(|name, _| used.contains(&format!("#/components/{kind}/{name}")));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unreferenced_components_are_removed() {
        let mut contract = json!({
            "paths": {"/x": {"$ref": "#/components/schemas/A"}},
            "components": {"schemas": {
                "A": {"$ref": "#/components/schemas/B"},
                "B": {},
                "C": {"$ref": "#/components/schemas/D"},
                "D": {},
            }},
        });
        remove_all_unused(&mut contract);
        let desired = json!({"A": {"$ref": "#/components/schemas/B"}, "B": {}});
        assert_eq!(contract["components"]["schemas"], desired);
    }

    #[test]
    fn paragraphs_are_joined_and_lists_are_not() {
        for (input, desired) in [
            ("One\ntwo.", "One two."),
            ("One.\n\nTwo\n  three.", "One.\n\nTwo three."),
            ("- one\n- two", "- one\n- two"),
            ("Either\n\n- one\n- two", "Either\n\n- one\n- two"),
            ("", ""),
        ] {
            assert_eq!(join_paragraphs(input), desired);
        }
    }
}
