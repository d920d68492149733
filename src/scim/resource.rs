//! Parses resources by the tables, and normalizes the names of attributes.

use serde_json::{Map, Value};

use super::{
    compatibility::{CompatibilityFix, CompatibilityFixes},
    error::{ScimError, ScimErrorType},
    names::{find_member, names_itself, reject_repeated_names, reject_unknown},
    path::{self, PathTarget},
    schema::{Attribute, ENTERPRISE, Object, ResourceType, Schema},
    value::{self, ObjectParser},
};
use crate::domain::quote::QuotedText;

/// Parses a resource of a client. Names may be in any case. The result has no nulls and
/// no empty lists, and extensions are under their URI. Read-only attributes are ignored
/// (RFC 7644, section 3.5.1).
///
/// # Errors
/// Returns the first error.
pub fn parse(
    kind: &ResourceType<'_>,
    body: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<Object, ScimError> {
    let Value::Object(body) = body else {
        return Err(ScimErrorType::InvalidSyntax.with_detail("the body must be a JSON object"));
    };
    reject_repeated_names(body)?;
    check_schemas(body, kind.core.id, |uri| kind.schema(uri).is_some(), fixes)?;
    let mut object = Map::new();
    parse_attributes(kind, body, &mut object, fixes)?;
    Ok(object)
}

/// Parses the attributes of a body into an object. Some dialects allow core attributes
/// under the URI of the core schema.
fn parse_attributes(
    kind: &ResourceType<'_>,
    body: &Object,
    object: &mut Object,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    for (key, input) in body {
        if key.eq_ignore_ascii_case("schemas") {
            continue;
        }
        let (extension, parsed) = match (kind.extension(key), kind.attribute(key), input) {
            (Some(extension), ..) => {
                (Some(extension), apply_to_extension(extension, input, fixes)?)
            }
            (None, Some(attribute), _) => (None, parse_attribute(attribute, input, fixes)?),
            (None, None, Value::Object(input))
                if key.eq_ignore_ascii_case(kind.core.id)
                    && fixes.allow(CompatibilityFix::UriForm, kind.core.id) =>
            {
                reject_repeated_names(input)?;
                parse_attributes(kind, input, object, fixes)?;
                continue;
            }
            (None, None, _) => match find_enterprise_attribute(kind, key) {
                // Entra ID sends null like this. An attribute of Usher is never guessed.
                Some((schema, attribute)) if fixes.allow(CompatibilityFix::MissingUri, key) => {
                    (Some(schema), parse_attribute(attribute, input, fixes)?)
                }
                _ => {
                    skip_not_stored(kind, key, fixes)?;
                    continue;
                }
            },
        };
        if let Some(Value::Object(read)) = parsed {
            insert_attributes(object, extension, read)?;
        }
    }
    Ok(())
}

/// Parses the value of an attribute, under the attribute's name.
fn parse_attribute(
    attribute: &Attribute<'_>,
    input: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<Option<Value>, ScimError> {
    let parsed = value::parse(attribute, input, fixes)?;
    Ok(parsed.map(|read| Map::from_iter([(attribute.name.to_owned(), read)]).into()))
}

/// The attribute of the enterprise extension with this name, if the resource has
/// the extension.
fn find_enterprise_attribute<'a>(
    kind: &ResourceType<'a>,
    name: &str,
) -> Option<(&'a Schema<'a>, &'a Attribute<'a>)> {
    let schema = kind.extension(ENTERPRISE.id)?;
    Some((schema, schema.attribute(name)?))
}

/// Inserts attributes into a resource or one of its extensions.
fn insert_attributes(
    object: &mut Object,
    extension: Option<&Schema>,
    attributes: Object,
) -> Result<(), ScimError> {
    let target = match extension {
        None => Some(object),
        Some(schema) => {
            object.entry(schema.id).or_insert_with(|| Map::new().into()).as_object_mut()
        }
    };
    let Some(target) = target else { return Ok(()) };
    for (name, value) in attributes {
        if target.contains_key(&name) {
            return Err(ScimErrorType::InvalidSyntax
                .with_detail(format!("{} is given more than once", QuotedText(&name))));
        }
        target.insert(name, value);
    }
    Ok(())
}

/// Ignores a member of a body that is documented as not stored, if the dialect allows
/// it.
fn skip_not_stored(
    kind: &ResourceType<'_>,
    key: &str,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let with_uri = || {
        kind.extension(ENTERPRISE.id)?;
        path::parse_target(kind, &format!("{}:{key}", ENTERPRISE.id), ScimErrorType::InvalidValue)
            .ok()
    };
    let target = path::parse_target(kind, key, ScimErrorType::InvalidValue).ok().or_else(with_uri);
    match target {
        Some(PathTarget::NotStored) if fixes.allow(CompatibilityFix::UnknownAttribute, key) => {
            Ok(())
        }
        Some(PathTarget::Attribute { path, .. }) => {
            Err(ScimErrorType::InvalidValue.with_detail(format!(
                "{} is not supported as a name: nest {} as /Schemas shows it",
                QuotedText(key),
                path.name()
            )))
        }
        _ => {
            let known = kind.core.attributes.iter().map(|known| known.name);
            reject_unknown(key, known, &[], fixes)
        }
    }
}

/// Whether a body names a schema: in `schemas`, as a member, or by one of its attributes
/// that was accepted without the URI.
#[must_use]
pub fn names_schema(kind: &ResourceType<'_>, body: &Value, schema: &Schema) -> bool {
    let Value::Object(body) = body else { return false };
    let is_it = |uri: &str| uri.eq_ignore_ascii_case(schema.id);
    let is_of_it = |key: &str| {
        kind.attribute(key).is_none()
            && find_enterprise_attribute(kind, key).is_some_and(|(of, _)| is_it(of.id))
    };
    let schemas_member =
        find_member(body, "schemas").and_then(Value::as_array).into_iter().flatten();
    schemas_member.filter_map(Value::as_str).any(is_it)
        || body.keys().any(|key| is_it(key) || is_of_it(key))
}

/// Parses an extension of a body.
fn apply_to_extension(
    extension: &Schema<'_>,
    input: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<Option<Value>, ScimError> {
    let parts = ObjectParser::from_extension(extension);
    // Null clears all attributes, but some can't be cleared.
    if input.is_null()
        && let Some(permanent) = extension.attributes.iter().find(|one| one.is_permanent)
    {
        let name = format!("{}:{}", extension.id, permanent.name);
        let detail = format!("{name} always has a value: the extension can't be null");
        return Err(ScimErrorType::InvalidValue.with_detail(detail));
    }
    let Value::Object(current) = input else { return parts.parse(input, fixes) };
    let current = current.iter().filter(|(key, value)| !names_itself(extension, key, value));
    let current = current.map(|(key, value)| (key.clone(), value.clone())).collect();
    parts.parse(&Value::Object(current), fixes)
}

/// Checks that the schemas of a message are known, and include the required one (RFC
/// 7643, section 3).
///
/// # Errors
/// [`ScimErrorType::InvalidSyntax`].
pub fn check_schemas(
    body: &Object,
    required: &str,
    is_known: impl Fn(&str) -> bool,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let input = body.iter().find(|(key, _)| key.eq_ignore_ascii_case("schemas"));
    let uris = match input.map(|(_, input)| input) {
        Some(Value::Array(uris)) => uris.iter().map(Value::as_str).collect::<Option<Vec<_>>>(),
        None | Some(Value::Null) => Some(Vec::new()),
        Some(_) => None,
    };
    let Some(uris) = uris else {
        return Err(ScimErrorType::InvalidSyntax.with_detail("schemas must be a list of URIs"));
    };
    if let Some(unknown) = uris.iter().find(|uri| !is_known(uri))
        && !fixes.allow(CompatibilityFix::UnknownAttribute, unknown)
    {
        return Err(ScimErrorType::InvalidSyntax.with_detail(format!(
            "schemas names {}, which is not a schema of this server",
            QuotedText(unknown)
        )));
    }
    if !uris.iter().any(|uri| uri.eq_ignore_ascii_case(required))
        && !fixes.allow(CompatibilityFix::MissingSchemas, "schemas")
    {
        return Err(ScimErrorType::InvalidSyntax
            .with_detail(format!("schemas must name {}", QuotedText(required))));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        domain::api_key::Dialect,
        scim::schema::{USER, USERS},
    };

    fn execute_on_user(
        dialect: Dialect,
        mut body: Value,
    ) -> Result<(Value, Vec<CompatibilityFix>), ScimError> {
        let mut fixes = CompatibilityFixes::new(dialect);
        body["schemas"] = json!([USER.id, ENTERPRISE.id]);
        let read = parse(&USERS, &body, &mut fixes)?;
        let kinds = fixes.applied().iter().map(|(kind, _)| *kind).collect();
        Ok((Value::Object(read), kinds))
    }

    #[test]
    fn read_only_attributes_are_ignored_in_every_dialect() {
        let body = json!({
            "userName": "ada",
            "groups": [{"value": "7", "display": "Engines"}],
            ENTERPRISE.id: {"manager": {"value": "7", "$ref": "../Users/7", "displayName": "Charles"}},
        });
        let (read, fixes) = execute_on_user(Dialect::Strict, body).unwrap();
        assert_eq!(read.get("groups"), None);
        assert_eq!(read[ENTERPRISE.id], json!({"manager": {"value": "7"}}));
        assert_eq!(fixes, []);
        let body = json!({"userName": "ada", "name": {"givenName": "Ada", "display": "Ada"}});
        assert_eq!(
            execute_on_user(Dialect::Strict, body).unwrap_err().kind,
            ScimErrorType::InvalidValue
        );
    }

    #[test]
    fn names_match_in_any_case_and_empty_values_are_absent() {
        let body = json!({
            "USERNAME": "ada", "Name": {"FAMILYNAME": "Lovelace", "givenName": null},
            "title": null, "emails": [], "id": "7", "meta": {"version": "x"},
            "URN:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:User": {"Department": "Engines"},
        });
        let desired = json!({
            "userName": "ada", "name": {"familyName": "Lovelace"},
            ENTERPRISE.id: {"department": "Engines"},
        });
        assert_eq!(execute_on_user(Dialect::Strict, body), Ok((desired, vec![])));
    }

    #[test]
    fn body_that_violates_the_schema_is_rejected() {
        for (body, detail) in [
            (json!({"password": "x"}), "\"password\" is not an attribute that is stored here"),
            (
                json!({"usrName": "a"}),
                "\"usrName\" is not an attribute that is stored here (did you mean \"userName\"?)",
            ),
            (json!({"userName": 7}), "userName must be a string, not 7"),
            (json!({"active": "True"}), "active must be true or false, not \"True\""),
            (json!({"emails": "a@b.c"}), "emails must be a list, not \"a@b.c\""),
            (
                json!({"emails": [{"type": "work"}]}),
                "emails.value is required: send it with each value",
            ),
            (json!({"active": null}), "active always has a value: null can't be stored"),
            (
                json!({ENTERPRISE.id: {"manager": {"value": 7}}}),
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value must be \
                 a string, not 7",
            ),
            (json!({"name": "Ada"}), "name must be an object, not \"Ada\""),
            (json!({"title": "a", "TITLE": "b"}), "\"title\" is given more than once"),
            (
                json!({"emails": [{"value": "a@b", "primary": true}, {"value": "c@d", "primary": true}]}),
                "emails has more than one primary value",
            ),
        ] {
            let rejected = execute_on_user(Dialect::Strict, body.clone()).unwrap_err();
            assert_eq!(rejected.detail, detail, "{body}");
        }
    }

    #[test]
    fn known_deviations_of_identity_providers_are_fixed_and_reported() {
        for (body, desired, fix) in [
            (json!({"active": "False"}), json!({"active": false}), CompatibilityFix::BooleanAsText),
            (json!({"password": "x"}), json!({}), CompatibilityFix::UnknownAttribute),
            (
                json!({ENTERPRISE.id: {"manager": "7"}}),
                json!({ENTERPRISE.id: {"manager": {"value": "7"}}}),
                CompatibilityFix::BareValue,
            ),
        ] {
            assert_eq!(execute_on_user(Dialect::Entra, body.clone()), Ok((desired, vec![fix])));
            assert!(execute_on_user(Dialect::Strict, body).is_err());
        }
    }

    #[test]
    fn body_must_name_its_schema() {
        let mut fixes = CompatibilityFixes::new(Dialect::Strict);
        for body in [
            json!({}),
            json!({"schemas": []}),
            json!({"schemas": "x"}),
            json!({"schemas": [USER.id, "urn:other:thing"]}),
        ] {
            let rejected = parse(&USERS, &body, &mut fixes).unwrap_err();
            assert_eq!(rejected.kind, ScimErrorType::InvalidSyntax, "{body}");
        }
        assert!(parse(&USERS, &json!({}), &mut CompatibilityFixes::new(Dialect::Okta)).is_ok());
    }
}
