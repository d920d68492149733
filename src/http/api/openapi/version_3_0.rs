//! The contract in OpenAPI 3.0, whose schemas use an older version of JSON Schema.

mod operations;
mod response_kinds;

use serde_json::{Map, Value, json};

use super::operations::Object;

/// The URL of the licences that have an SPDX identifier.
const LICENSES: &str = "https://spdx.org/licenses/";

/// Renders a contract of OpenAPI 3.1 in 3.0.3. Features that 3.0 does not have are
/// left out.
pub(super) fn render_contract(contract: &Value) -> Value {
    let mut rendered = render(contract, RenderContext::Document);
    operations::simplify(&mut rendered);
    if let Some(top) = rendered.as_object_mut() {
        top.insert("openapi".into(), json!("3.0.3"));
        if let Some(license) = top.get_mut("info").and_then(|info| info.get_mut("license")) {
            name_license(license);
        }
    }
    rendered
}

/// The context of a value. Only schemas are rendered differently.
#[derive(Clone, Copy, PartialEq)]
enum RenderContext {
    /// A part of the document.
    Document,
    /// A map of schemas by name.
    Schemas,
    /// A schema.
    Schema,
    /// Any data, such as an example.
    Data,
}

fn render(value: &Value, place: RenderContext) -> Value {
    match (value, place) {
        (_, RenderContext::Data) => value.clone(),
        (Value::Array(items), _) => items.iter().map(|item| render(item, place)).collect(),
        (Value::Object(object), RenderContext::Schema) => render_schema(object),
        (Value::Object(object), _) => {
            let render_entry = |(name, value): (&String, &Value)| {
                (name.clone(), render(value, nested_context(name, place)))
            };
            Value::Object(object.iter().map(render_entry).collect())
        }
        _ => value.clone(),
    }
}

/// Returns the context of a named part of a value.
fn nested_context(name: &str, place: RenderContext) -> RenderContext {
    match (place, name) {
        (RenderContext::Schemas, _) | (RenderContext::Document, "schema") => RenderContext::Schema,
        (RenderContext::Document, "schemas") => RenderContext::Schemas,
        (RenderContext::Document, "example" | "value" | "links") => RenderContext::Data,
        _ => place,
    }
}

fn render_schema(object: &Object) -> Value {
    let mut rendered = Map::new();
    for (word, value) in object {
        match (word.as_str(), value) {
            ("properties", Value::Object(_)) => {
                rendered.insert(word.clone(), render(value, RenderContext::Schemas));
            }
            ("items" | "not" | "additionalProperties" | "oneOf" | "anyOf" | "allOf", _) => {
                rendered.insert(word.clone(), render(value, RenderContext::Schema));
            }
            ("const", _) => {
                rendered.insert("enum".into(), json!([value]));
            }
            ("examples", Value::Array(examples)) => {
                if let Some(first) = examples.first() {
                    rendered.insert("example".into(), first.clone());
                }
            }
            ("exclusiveMinimum" | "exclusiveMaximum", Value::Number(_)) => {
                let bound = word.replace("exclusiveM", "m");
                rendered.insert(bound, value.clone());
                rendered.insert(word.clone(), json!(true));
            }
            ("contentEncoding", Value::String(encoding)) if encoding == "base64" => {
                rendered.insert("format".into(), json!("byte"));
            }
            (word, _) if UNSUPPORTED_KEYWORDS.contains(&word) => {}
            _ => {
                rendered.insert(word.clone(), value.clone());
            }
        }
    }
    use_single_type(&mut rendered);
    replace_null_variants(&mut rendered);
    wrap_reference(&mut rendered);
    Value::Object(rendered)
}

/// Keywords of JSON Schema that 3.0 does not have.
const UNSUPPORTED_KEYWORDS: &[&str] = &[
    "$id",
    "$schema",
    "$defs",
    "$comment",
    "$anchor",
    "if",
    "then",
    "else",
    "dependentRequired",
    "dependentSchemas",
    "propertyNames",
    "patternProperties",
    "unevaluatedProperties",
    "unevaluatedItems",
    "prefixItems",
    "contains",
    "minContains",
    "maxContains",
    "contentMediaType",
    "contentEncoding",
    "contentSchema",
];

/// Replaces `["string", "null"]` with a nullable string.
fn use_single_type(schema: &mut Object) {
    let Some(Value::Array(kinds)) = schema.get("type").cloned() else { return };
    let (nulls, mut kinds): (Vec<_>, Vec<_>) = kinds.into_iter().partition(|kind| kind == "null");
    schema.shift_remove("type");
    if kinds.len() == 1 {
        schema.extend(kinds.pop().map(|kind| ("type".to_owned(), kind)));
    } else if !kinds.is_empty() {
        let variants = kinds.into_iter().map(|kind| json!({"type": kind})).collect();
        schema.insert("anyOf".into(), Value::Array(variants));
    }
    if !nulls.is_empty() {
        schema.insert("nullable".into(), json!(true));
    }
    if let (false, Some(Value::Array(words))) = (nulls.is_empty(), schema.get_mut("enum"))
        && !words.contains(&Value::Null)
    {
        words.push(Value::Null);
    }
}

/// Replaces null among several variants with an enum of null. `nullable` has an effect
/// only beside a `type` (OAS 3.0.3, "Clarify Nullable"), not beside a `$ref`.
fn replace_null_variants(schema: &mut Object) {
    for word in ["oneOf", "anyOf"] {
        let choices = schema.get_mut(word).and_then(Value::as_array_mut).into_iter().flatten();
        for choice in choices.filter(|choice| choice.get("type").is_some_and(|kind| kind == "null"))
        {
            *choice = json!({"enum": [null]});
        }
    }
}

/// Wraps a `$ref` in `allOf`, because 3.0 ignores keywords beside it.
fn wrap_reference(schema: &mut Object) {
    if schema.len() > 1
        && let Some(target) = schema.shift_remove("$ref")
    {
        schema.insert("allOf".into(), json!([{"$ref": target}]));
    }
}

/// Replaces the identifier of the licence with a URL.
fn name_license(license: &mut Value) {
    let Some(license) = license.as_object_mut() else { return };
    if license.shift_remove("identifier").is_some() {
        license.entry("url").or_insert(json!(LICENSES));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(schema: Value) -> Value {
        let role = json!({"type": "string", "enum": ["USER"]});
        // A component that nothing refers to is left out.
        let used = json!({"schema": {"$ref": "#/components/schemas/X"}});
        let contract =
            json!({"paths": used, "components": {"schemas": {"X": schema, "Role": role}}});
        render_contract(&contract)["components"]["schemas"]["X"].clone()
    }

    #[test]
    fn each_keyword_is_rendered_for_openapi_3_0() {
        let role = json!({"$ref": "#/components/schemas/Role"});
        for (input, desired) in [
            (json!({"type": "string"}), json!({"type": "string"})),
            (json!({"type": ["string", "null"]}), json!({"type": "string", "nullable": true})),
            (
                json!({"type": ["string", "null"], "enum": ["A", "B"]}),
                json!({"type": "string", "nullable": true, "enum": ["A", "B", null]}),
            ),
            (
                json!({"type": ["string", "integer"]}),
                json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
            ),
            (
                json!({"oneOf": [{"type": "null"}, role], "description": "D"}),
                json!({"oneOf": [{"enum": [null]}, role], "description": "D"}),
            ),
            (
                json!({"anyOf": [role, {"type": "integer"}, {"type": "null"}]}),
                json!({"anyOf": [role, {"type": "integer"}, {"enum": [null]}]}),
            ),
            (
                json!({"$ref": "#/x", "description": "D"}),
                json!({"description": "D", "allOf": [{"$ref": "#/x"}]}),
            ),
            (role.clone(), role.clone()),
            (json!({"const": 1}), json!({"enum": [1]})),
            (json!({"examples": [1, 2]}), json!({"example": 1})),
            (json!({"examples": []}), json!({})),
            (json!({"exclusiveMinimum": 0}), json!({"minimum": 0, "exclusiveMinimum": true})),
            (json!({"exclusiveMaximum": 9}), json!({"maximum": 9, "exclusiveMaximum": true})),
            (json!({"contentMediaType": "text/csv"}), json!({})),
            (json!({"contentEncoding": "base64"}), json!({"format": "byte"})),
            (json!({"propertyNames": {"minLength": 1}}), json!({})),
        ] {
            assert_eq!(rendered(input.clone()), desired, "{input}");
        }
    }

    #[test]
    fn nested_schemas_are_rendered_too() {
        let nullable = json!({"type": ["string", "null"]});
        let desired = json!({"type": "string", "nullable": true});
        for (input, path) in [
            (json!({"properties": {"schema": nullable}}), "/properties/schema"),
            (json!({"properties": {"examples": nullable}}), "/properties/examples"),
            (json!({"items": nullable}), "/items"),
            (json!({"additionalProperties": nullable}), "/additionalProperties"),
            (json!({"allOf": [nullable]}), "/allOf/0"),
        ] {
            assert_eq!(rendered(input.clone()).pointer(path), Some(&desired), "{input}");
        }
    }

    #[test]
    fn examples_are_not_rewritten() {
        let content = json!({"paths": {"/x": {"get": {"responses": {"200": {"content": {"application/json": {
            "schema": {"type": ["string", "null"]},
            "example": {"type": ["string", "null"], "schema": {"const": 1}},
        }}}}}}}});
        let desired = json!({
            "schema": {"type": "string", "nullable": true},
            "example": {"type": ["string", "null"], "schema": {"const": 1}},
        });
        let at = "/paths/~1x/get/responses/200/content/application~1json";
        assert_eq!(render_contract(&content).pointer(at), Some(&desired));
    }

    #[test]
    fn licence_has_a_url() {
        let input =
            json!({"openapi": "3.1.0", "info": {"license": {"name": "MIT", "identifier": "MIT"}}});
        let desired =
            json!({"openapi": "3.0.3", "info": {"license": {"name": "MIT", "url": LICENSES}}});
        assert_eq!(render_contract(&input), desired);
    }
}
