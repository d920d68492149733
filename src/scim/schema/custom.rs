//! The schema of the custom attributes of an account.

use super::{
    USERS,
    attribute::{Attribute, AttributeType, Mutability, Returned, Schema},
    resource_type::ResourceType,
};
use crate::domain::custom_attribute::{
    AttributeDefinition, Mutability as AttributeMutability, SubAttributeDefinition, ValueType,
};

const PREFIX: &str = "urn:ietf:params:scim:schemas:extension:usher:";
const SUFFIX: &str = ":2.0:User";

/// The URI of the schema. `slug` is that of the account.
#[must_use]
pub fn custom_schema_uri(slug: &str) -> String {
    format!("{PREFIX}{slug}{SUFFIX}")
}

/// Whether a text is the URI of the schema of an account.
#[must_use]
pub fn is_custom_schema(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let rest = text.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(":2.0:user"));
    rest.is_some_and(|slug| !slug.is_empty() && !slug.contains(':'))
}

/// Whether a text, such as a path or a filter, may have the URI of the schema of an account.
#[must_use]
pub fn names_custom_schema(text: &str) -> bool {
    if text.len() <= PREFIX.len() || !text.contains(':') {
        return false;
    }
    text.to_ascii_lowercase().split(PREFIX).skip(1).any(|rest| !rest.starts_with("2.0:"))
}

/// Calls a function with the resource type `User`, which has the custom attributes.
pub fn with_custom_attributes<R>(
    uri: &str,
    definitions: &[AttributeDefinition],
    call: impl FnOnce(&ResourceType<'_>) -> R,
) -> R {
    let canonical: Vec<Canonical<'_>> = definitions.iter().map(Canonical::new).collect();
    let sub_attributes: Vec<Vec<Attribute<'_>>> =
        definitions.iter().zip(&canonical).map(|(one, texts)| sub_attributes(one, texts)).collect();
    let attributes: Vec<_> = definitions
        .iter()
        .zip(canonical.iter().zip(&sub_attributes))
        .map(|(one, (texts, sub_attributes))| attribute(one, &texts.own, sub_attributes))
        .collect();
    let schema = Schema {
        id: uri,
        name: "CustomAttributes",
        description: "The attributes that the account defines",
        attributes: &attributes,
        not_stored: &[],
    };
    let extensions: Vec<_> = USERS.extensions.iter().copied().chain([&schema]).collect();
    call(&ResourceType {
        name: USERS.name,
        endpoint: USERS.endpoint,
        description: USERS.description,
        core: USERS.core,
        extensions: &extensions,
    })
}

/// The canonical values of an attribute and of its sub-attributes.
struct Canonical<'a> {
    own: Vec<&'a str>,
    sub_attributes: Vec<Vec<&'a str>>,
}

impl<'a> Canonical<'a> {
    fn new(definition: &'a AttributeDefinition) -> Self {
        let texts = |values: &'a [String]| values.iter().map(String::as_str).collect();
        Self {
            own: texts(&definition.canonical_values),
            sub_attributes: definition
                .sub_attributes
                .iter()
                .map(|sub_attribute| texts(&sub_attribute.canonical_values))
                .collect(),
        }
    }
}

/// SCIM requires no custom attribute: `required` of a definition is a rule for
/// administrators.
fn attribute<'a>(
    definition: &'a AttributeDefinition,
    canonical: &'a [&'a str],
    sub_attributes: &'a [Attribute<'a>],
) -> Attribute<'a> {
    let name = definition.name.as_str();
    let is_shown = definition.visibility.includes_admins();
    Attribute {
        multi_valued: definition.is_multi_valued,
        mutability: match definition.mutability {
            AttributeMutability::ReadOnly => Mutability::ReadOnly,
            AttributeMutability::Immutable => Mutability::Immutable,
            AttributeMutability::ReadWrite if is_shown => Mutability::ReadWrite,
            AttributeMutability::ReadWrite => Mutability::WriteOnly,
        },
        returned: if is_shown { Returned::Default } else { Returned::Never },
        canonical,
        sub_attributes,
        has_default_sub_attributes: false,
        ..typed(name, &definition.description, definition.value_type, definition.is_case_exact)
    }
}

fn sub_attributes<'a>(
    definition: &'a AttributeDefinition,
    canonical: &'a Canonical<'a>,
) -> Vec<Attribute<'a>> {
    let is_read_only = definition.mutability == AttributeMutability::ReadOnly;
    let sub_attribute =
        |(sub_attribute, canonical): (&'a SubAttributeDefinition, &'a Vec<&'a str>)| Attribute {
            required: sub_attribute.is_required,
            mutability: if is_read_only { Mutability::ReadOnly } else { Mutability::ReadWrite },
            canonical,
            ..typed(
                sub_attribute.name.as_str(),
                &sub_attribute.description,
                sub_attribute.value_type,
                sub_attribute.is_case_exact,
            )
        };
    definition.sub_attributes.iter().zip(&canonical.sub_attributes).map(sub_attribute).collect()
}

/// An attribute with a type. Without a description, its name is the description.
fn typed<'a>(
    name: &'a str,
    description: &'a str,
    value_type: ValueType,
    case_exact: bool,
) -> Attribute<'a> {
    let description = if description.is_empty() { name } else { description };
    let attribute = Attribute { case_exact, ..Attribute::text(name, description) };
    match value_type {
        ValueType::String => attribute,
        ValueType::Boolean => attribute.of_kind(AttributeType::Boolean),
        ValueType::Integer => attribute.of_kind(AttributeType::Integer),
        ValueType::Decimal => attribute.of_kind(AttributeType::Decimal),
        ValueType::DateTime => attribute.of_kind(AttributeType::DateTime),
        ValueType::Reference => attribute.refers_to(&["uri"]),
        ValueType::Complex => attribute.of_kind(AttributeType::Complex),
    }
}
