//! Enums for client generators: each has a name, and its members have names that no
//! language reserves.

use serde_json::{Value, json};

use super::operations::{self, Object, Operation, object_at};

/// Names the enums of parameters, and the members of every enum.
pub(super) fn complete(contract: &mut Value) {
    let mut lifted = Object::new();
    operations::for_each_operation(contract, |Operation { fields, .. }| {
        let id = fields.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
        let parameters = fields.get_mut("parameters").and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten().filter_map(Value::as_object_mut) {
            lift_enum(&id, parameter, &mut lifted);
        }
    });
    let Some(schemas) = object_at(contract, "/components/schemas") else { return };
    schemas.extend(lifted);
    schemas.values_mut().filter_map(Value::as_object_mut).for_each(name_members);
}

/// Moves the enum of a parameter to the components: `mode` of `importUsers` becomes
/// `ImportUsersMode`.
fn lift_enum(operation: &str, parameter: &mut Object, lifted: &mut Object) {
    let Some(schema) = parameter.get("schema").filter(|schema| schema.get("enum").is_some()) else {
        return;
    };
    let parameter_name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
    let name = format!("{}{}", capitalize(operation), capitalize(parameter_name));
    let mut schema = schema.clone();
    if let (Some(schema), Some(description)) =
        (schema.as_object_mut(), parameter.get("description"))
    {
        schema.entry("description").or_insert_with(|| description.clone());
    }
    lifted.insert(name.clone(), schema);
    parameter.insert("schema".into(), json!({"$ref": format!("#/components/schemas/{name}")}));
}

/// Adds `x-enum-varnames`, which generators read: languages reserve words such as
/// `name` and `self`, but not `NAME` and `SELF`.
fn name_members(schema: &mut Object) {
    let Some(Value::Array(values)) = schema.get("enum") else { return };
    let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
    let names: Vec<String> = values.iter().map(|value| member_name(value)).collect();
    if names.iter().zip(&values).any(|(name, value)| name != value) {
        schema.insert("x-enum-varnames".into(), json!(names));
    }
}

/// Converts `createdAt`, `user.id` and `users:read` to `CREATED_AT`, `USER_ID` and
/// `USERS_READ`.
fn member_name(value: &str) -> String {
    let mut name = String::new();
    let mut after_lower = false;
    for char in value.chars() {
        if !char.is_ascii_alphanumeric() {
            name.push('_');
        } else {
            if after_lower && char.is_ascii_uppercase() {
                name.push('_');
            }
            name.push(char.to_ascii_uppercase());
        }
        after_lower = char.is_ascii_lowercase() || char.is_ascii_digit();
    }
    name
}

fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_have_names_that_no_language_reserves() {
        for (value, name) in [
            ("name", "NAME"),
            ("createdAt", "CREATED_AT"),
            ("user.id", "USER_ID"),
            ("users:read", "USERS_READ"),
            ("SIGNED_IN", "SIGNED_IN"),
            ("urn:ietf:core:2.0:User", "URN_IETF_CORE_2_0_USER"),
        ] {
            assert_eq!(member_name(value), name);
        }
        let mut same = json!({"enum": ["USER", "ADMIN"]});
        name_members(same.as_object_mut().unwrap());
        assert_eq!(same, json!({"enum": ["USER", "ADMIN"]}));
    }

    #[test]
    fn enum_of_a_parameter_becomes_a_component() {
        let parameter = json!({
            "name": "mode", "description": "How.", "schema": {"type": "string", "enum": ["a"]},
        });
        let mut contract = json!({
            "paths": {"/x": {"get": {"operationId": "listX", "parameters": [parameter]}}},
            "components": {"schemas": {}},
        });
        complete(&mut contract);
        let parameter = &contract["paths"]["/x"]["get"]["parameters"][0];
        assert_eq!(parameter["schema"], json!({"$ref": "#/components/schemas/ListXMode"}));
        assert_eq!(
            contract["components"]["schemas"]["ListXMode"],
            json!({"type": "string", "enum": ["a"], "description": "How.", "x-enum-varnames": ["A"]})
        );
    }
}
