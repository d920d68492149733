use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::json;
use crate::{
    domain::{
        custom_attribute::{AttributeDefinition, PartDefinition},
        id::AttributeDefinitionId,
    },
    store::{
        error::{RowRef, StoreError},
        schema::attribute_definitions,
        sql::{JsonText, SqlTimestamp, TextValue, UuidValue},
    },
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = attribute_definitions, treat_none_as_default_value = false)]
pub(crate) struct AttributeDefinitionRow {
    id: UuidValue,
    account_id: UuidValue,
    name: TextValue,
    name_key: TextValue,
    rules: JsonText,
    created_at: SqlTimestamp,
    updated_at: SqlTimestamp,
    version: i64,
}

/// The column `rules`.
#[derive(Serialize, Deserialize)]
struct StoredRules {
    mutability: String,
    visibility: String,
    multi_valued: bool,
    #[serde(flatten)]
    rules: StoredValueRules,
    parts: Vec<StoredPart>,
}

#[derive(Serialize, Deserialize)]
struct StoredPart {
    name: String,
    #[serde(flatten)]
    rules: StoredValueRules,
}

/// What the rules of an attribute and of a part have in common.
#[derive(Serialize, Deserialize)]
struct StoredValueRules {
    #[serde(rename = "type")]
    value_type: String,
    case_exact: bool,
    required: bool,
    canonical_values: Vec<String>,
    description: String,
}

impl TryFrom<&AttributeDefinition> for AttributeDefinitionRow {
    type Error = StoreError;

    fn try_from(definition: &AttributeDefinition) -> Result<Self, StoreError> {
        let AttributeDefinition {
            id,
            account,
            name,
            value_type,
            is_multi_valued,
            is_case_exact,
            parts,
            description,
            is_required,
            canonical_values,
            mutability,
            visibility,
            created_at,
            updated_at,
            version,
        } = definition;
        let rules = StoredRules {
            mutability: mutability.to_string(),
            visibility: visibility.to_string(),
            multi_valued: *is_multi_valued,
            rules: StoredValueRules {
                value_type: value_type.to_string(),
                case_exact: *is_case_exact,
                required: *is_required,
                canonical_values: canonical_values.clone(),
                description: description.clone(),
            },
            parts: parts.iter().map(StoredPart::from).collect(),
        };
        Ok(Self {
            id: id.as_uuid().into(),
            account_id: account.as_uuid().into(),
            name: TextValue::new(name.as_str()),
            name_key: TextValue(name.key()),
            rules: json::write(&rules)?,
            created_at: SqlTimestamp(*created_at),
            updated_at: SqlTimestamp(*updated_at),
            version: *version,
        })
    }
}

impl From<&PartDefinition> for StoredPart {
    fn from(part: &PartDefinition) -> Self {
        let PartDefinition {
            name,
            value_type,
            is_case_exact,
            description,
            is_required,
            canonical_values,
        } = part;
        Self {
            name: name.to_string(),
            rules: StoredValueRules {
                value_type: value_type.to_string(),
                case_exact: *is_case_exact,
                required: *is_required,
                canonical_values: canonical_values.clone(),
                description: description.clone(),
            },
        }
    }
}

impl TryFrom<AttributeDefinitionRow> for AttributeDefinition {
    type Error = StoreError;

    fn try_from(row: AttributeDefinitionRow) -> Result<Self, StoreError> {
        // The key follows from the name.
        let AttributeDefinitionRow {
            id,
            account_id,
            name,
            name_key: _,
            rules,
            created_at,
            updated_at,
            version,
        } = row;
        let row_ref =
            RowRef { table: "attribute_definitions", id: AttributeDefinitionId::from(id.0) };
        let StoredRules { mutability, visibility, multi_valued, rules, parts } =
            json::read(&row_ref, "rules", &rules)?;
        let StoredValueRules { value_type, case_exact, required, canonical_values, description } =
            rules;
        let parts = parts.into_iter().map(|part| part.read(&row_ref));
        Ok(Self {
            id: row_ref.id,
            account: account_id.0.into(),
            name: row_ref.parse("name", &name.0)?,
            value_type: row_ref.parse("rules", &value_type)?,
            is_multi_valued: multi_valued,
            is_case_exact: case_exact,
            parts: parts.collect::<Result<_, _>>()?,
            description,
            is_required: required,
            canonical_values,
            mutability: row_ref.parse("rules", &mutability)?,
            visibility: row_ref.parse("rules", &visibility)?,
            created_at: created_at.0,
            updated_at: updated_at.0,
            version,
        })
    }
}

impl StoredPart {
    fn read(self, row_ref: &RowRef<AttributeDefinitionId>) -> Result<PartDefinition, StoreError> {
        let Self { name, rules } = self;
        let StoredValueRules { value_type, case_exact, required, canonical_values, description } =
            rules;
        Ok(PartDefinition {
            name: row_ref.parse("rules", &name)?,
            value_type: row_ref.parse("rules", &value_type)?,
            is_case_exact: case_exact,
            description,
            is_required: required,
            canonical_values,
        })
    }
}
