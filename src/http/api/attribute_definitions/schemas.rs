//! The schemas of attribute definitions.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use deserr::{Deserr, ValuePointerRef};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    domain::custom_attribute::{
        AttributeDefinition as DomainDefinition, AttributeDefinitionChanges as DomainChanges,
        CustomAttributeName, MAX_CANONICAL_VALUES, MAX_SUB_ATTRIBUTES, MalformedAttributeName,
        NewAttributeDefinition, SubAttributeDefinition, ValueType as DomainValueType,
    },
    http::api::{
        body::{self, BodyErrors, BodyField, ParsedText},
        enums::{Mutability, ValueType, Visibility},
        fields::BoundedVec,
    },
};

/// The definition of a custom attribute.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttributeDefinition {
    /// Never changes.
    id: Uuid,
    /// The name of the attribute in `attributes` of a user.
    #[schema(example = "shoeSize")]
    name: String,
    /// The type of the values.
    #[serde(rename = "type")]
    value_type: ValueType,
    /// Whether the attribute has several values.
    multi_valued: bool,
    /// Whether texts are compared case-sensitively.
    case_exact: bool,
    /// The sub-attributes of a complex attribute; else empty.
    sub_attributes: Vec<SubAttribute>,
    /// The purpose of the attribute. May be empty.
    #[schema(example = "The European shoe size")]
    description: String,
    /// Whether an administrator must give a value to create a user.
    required: bool,
    /// The values that are accepted. Empty: all.
    #[schema(example = json!([]))]
    canonical_values: Vec<String>,
    /// Who can change a value.
    mutability: Mutability,
    /// Who gets the values.
    visibility: Visibility,
    /// When the attribute was defined.
    created_at: DateTime<Utc>,
    /// When the definition last changed.
    updated_at: DateTime<Utc>,
    /// The entity tag of the definition, as in the header `ETag`. Send it as `If-Match`.
    #[schema(example = "\"v1\"")]
    etag: String,
}

/// A sub-attribute of a complex attribute.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct SubAttribute {
    /// The name of the sub-attribute.
    #[schema(example = "street")]
    name: String,
    /// The type of the value. It is not COMPLEX.
    #[serde(rename = "type")]
    value_type: ValueType,
    /// Whether texts are compared case-sensitively.
    case_exact: bool,
    /// The purpose of the sub-attribute. May be empty.
    #[schema(example = "Street and house number")]
    description: String,
    /// Whether each value has the sub-attribute.
    required: bool,
    /// The values that are accepted. Empty: all.
    #[schema(example = json!([]))]
    canonical_values: Vec<String>,
}

/// The definitions of an account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct AttributeDefinitionList {
    /// All definitions, by name.
    #[schema(max_items = 100)]
    pub(super) items: Vec<AttributeDefinition>,
}

/// A new definition.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields = unknown_field)]
pub(super) struct AttributeDefinitionDraft {
    /// The name of the attribute in `attributes` of a user. Unique in the account,
    /// regardless of case. It can't be changed later.
    #[schema(value_type = String, pattern = "^[A-Za-z][A-Za-z0-9_-]{0,63}$", example = "shoeSize")]
    name: ParsedText<DefinedName>,
    /// The type of the values. It can't be changed later.
    #[schema(value_type = ValueType)]
    #[deserr(rename = "type")]
    #[schema(rename = "type")]
    value_type: ValueType,
    /// Whether the attribute has several values. false by default. It can't be changed
    /// later.
    #[schema(value_type = bool, required = false)]
    #[deserr(default)]
    multi_valued: BodyField<bool>,
    /// Whether texts are compared case-sensitively. false by default. It can't be changed
    /// later.
    #[schema(value_type = bool, required = false)]
    #[deserr(default)]
    case_exact: BodyField<bool>,
    /// The sub-attributes of the type COMPLEX, which must have one at least. They can't be changed
    /// later.
    #[schema(value_type = Vec<SubAttributeDraft>, required = false, max_items = 20)]
    #[deserr(default)]
    sub_attributes: BodyField<BoundedVec<SubAttributeDraft, MAX_SUB_ATTRIBUTES>>,
    /// The purpose of the attribute.
    #[schema(value_type = String, required = false, max_length = 255, example = "The European shoe size")]
    #[deserr(default)]
    description: BodyField<String>,
    /// Whether an administrator must give a value to create a user. false by default.
    #[schema(value_type = bool, required = false)]
    #[deserr(default)]
    required: BodyField<bool>,
    /// The values that are accepted, of the type STRING. Empty: all.
    #[schema(value_type = Vec<String>, required = false, max_items = 100, example = json!([]))]
    #[deserr(default)]
    canonical_values: BodyField<BoundedVec<String, MAX_CANONICAL_VALUES>>,
    /// Who can change a value. READ_WRITE by default.
    #[schema(value_type = Mutability, required = false)]
    #[deserr(default)]
    mutability: BodyField<Mutability>,
    /// Who gets the values. BOTH by default.
    #[schema(value_type = Visibility, required = false)]
    #[deserr(default)]
    visibility: BodyField<Visibility>,
}

/// A sub-attribute of a new complex attribute.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields)]
pub(in crate::http::api) struct SubAttributeDraft {
    /// The name of the sub-attribute, unique in the attribute regardless of case.
    #[schema(value_type = String, pattern = "^[A-Za-z][A-Za-z0-9_-]{0,63}$", example = "street")]
    name: ParsedText<DefinedName>,
    /// The type of the value. It can't be COMPLEX.
    #[schema(value_type = ValueType, rename = "type")]
    #[deserr(rename = "type")]
    value_type: ValueType,
    /// Whether texts are compared case-sensitively. false by default.
    #[schema(value_type = bool, required = false)]
    #[deserr(default)]
    case_exact: BodyField<bool>,
    /// The purpose of the sub-attribute.
    #[schema(value_type = String, required = false, max_length = 255, example = "Street and house number")]
    #[deserr(default)]
    description: BodyField<String>,
    /// Whether each value has the sub-attribute. false by default.
    #[schema(value_type = bool, required = false)]
    #[deserr(default)]
    required: BodyField<bool>,
    /// The values that are accepted, of the type STRING. Empty: all.
    #[schema(value_type = Vec<String>, required = false, max_items = 100, example = json!([]))]
    #[deserr(default)]
    canonical_values: BodyField<BoundedVec<String, MAX_CANONICAL_VALUES>>,
}

/// Changes of a definition. A field that is left out keeps its value. The values of users
/// stay, even if they break a new rule.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields = unknown_field)]
pub(super) struct AttributeDefinitionChanges {
    /// The purpose of the attribute.
    #[schema(value_type = String, required = false, max_length = 255, example = "The European shoe size")]
    #[deserr(default)]
    description: BodyField<String>,
    /// Whether an administrator must give a value to create a user.
    #[schema(value_type = bool, required = false)]
    #[deserr(default)]
    required: BodyField<bool>,
    /// The values that are accepted, of the type STRING. Empty: all.
    #[schema(value_type = Vec<String>, required = false, max_items = 100, example = json!([]))]
    #[deserr(default)]
    canonical_values: BodyField<BoundedVec<String, MAX_CANONICAL_VALUES>>,
    /// Who can change a value.
    #[schema(value_type = Mutability, required = false)]
    #[deserr(default)]
    mutability: BodyField<Mutability>,
    /// Who gets the values.
    #[schema(value_type = Visibility, required = false)]
    #[deserr(default)]
    visibility: BodyField<Visibility>,
}

fn unknown_field(key: &str, accepted: &[&str], location: ValuePointerRef<'_>) -> BodyErrors {
    // `accepted` has them in a draft.
    let read_only: &[&str] = &[
        "id",
        "createdAt",
        "updatedAt",
        "etag",
        "name",
        "type",
        "multiValued",
        "caseExact",
        "subAttributes",
    ];
    body::unknown_field_error(read_only, key, accepted, location)
}

/// The name of an attribute or of a sub-attribute.
#[derive(Debug)]
struct DefinedName(CustomAttributeName);

impl FromStr for DefinedName {
    type Err = MalformedAttributeName;

    fn from_str(text: &str) -> Result<Self, MalformedAttributeName> {
        text.parse().map(Self)
    }
}

impl From<DomainDefinition> for AttributeDefinition {
    fn from(definition: DomainDefinition) -> Self {
        let etag = definition.etag().to_quoted();
        let DomainDefinition {
            id,
            account: _,
            name,
            value_type,
            is_multi_valued,
            is_case_exact,
            sub_attributes,
            description,
            is_required,
            canonical_values,
            mutability,
            visibility,
            created_at,
            updated_at,
            // In the entity tag.
            version: _,
        } = definition;
        Self {
            id: id.as_uuid(),
            name: name.to_string(),
            value_type: value_type.into(),
            multi_valued: is_multi_valued,
            case_exact: is_case_exact,
            sub_attributes: sub_attributes.into_iter().map(SubAttribute::from).collect(),
            description,
            required: is_required,
            canonical_values,
            mutability: mutability.into(),
            visibility: visibility.into(),
            created_at,
            updated_at,
            etag,
        }
    }
}

impl From<SubAttributeDefinition> for SubAttribute {
    fn from(sub_attribute: SubAttributeDefinition) -> Self {
        let SubAttributeDefinition {
            name,
            value_type,
            is_case_exact,
            description,
            is_required,
            canonical_values,
        } = sub_attribute;
        Self {
            name: name.to_string(),
            value_type: value_type.into(),
            case_exact: is_case_exact,
            description,
            required: is_required,
            canonical_values,
        }
    }
}

impl From<AttributeDefinitionDraft> for NewAttributeDefinition {
    fn from(draft: AttributeDefinitionDraft) -> Self {
        let AttributeDefinitionDraft {
            name: ParsedText(DefinedName(name)),
            value_type,
            multi_valued,
            case_exact,
            sub_attributes,
            description,
            required,
            canonical_values,
            mutability,
            visibility,
        } = draft;
        let sub_attributes = sub_attributes
            .into_option()
            .map(|BoundedVec(sub_attributes)| sub_attributes)
            .unwrap_or_default();
        let changes = AttributeDefinitionChanges {
            description,
            required,
            canonical_values,
            mutability,
            visibility,
        };
        Self {
            name,
            value_type: DomainValueType::from(value_type),
            is_multi_valued: multi_valued.into_option().unwrap_or_default(),
            is_case_exact: case_exact.into_option().unwrap_or_default(),
            sub_attributes: sub_attributes.into_iter().map(SubAttributeDefinition::from).collect(),
            changes: changes.into(),
        }
    }
}

impl From<SubAttributeDraft> for SubAttributeDefinition {
    fn from(draft: SubAttributeDraft) -> Self {
        let SubAttributeDraft {
            name: ParsedText(DefinedName(name)),
            value_type,
            case_exact,
            description,
            required,
            canonical_values,
        } = draft;
        let canonical_values = canonical_values.into_option().map(|BoundedVec(values)| values);
        Self {
            name,
            value_type: value_type.into(),
            is_case_exact: case_exact.into_option().unwrap_or_default(),
            description: description.into_option().unwrap_or_default(),
            is_required: required.into_option().unwrap_or_default(),
            canonical_values: canonical_values.unwrap_or_default(),
        }
    }
}

impl From<AttributeDefinitionChanges> for DomainChanges {
    fn from(changes: AttributeDefinitionChanges) -> Self {
        let AttributeDefinitionChanges {
            description,
            required,
            canonical_values,
            mutability,
            visibility,
        } = changes;
        Self {
            description: description.into_option(),
            is_required: required.into_option(),
            canonical_values: canonical_values.into_option().map(|BoundedVec(values)| values),
            mutability: mutability.into_option().map(Into::into),
            visibility: visibility.into_option().map(Into::into),
        }
    }
}
