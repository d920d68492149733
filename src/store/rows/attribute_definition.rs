use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{json, row::row};
use crate::{
    domain::custom_attribute::{AttributeDefinition, SubAttributeDefinition},
    store::{
        error::{RowRef, StoreError},
        schema::attribute_definitions,
        sql::{JsonText, SqlTimestamp, TextValue, UuidValue},
    },
};

row! {
    #[derive(AsChangeset)]
    AttributeDefinitionRow in attribute_definitions by id {
        id: UuidValue = id,
        account_id: UuidValue = account,
        name: TextValue = name,
        created_at: SqlTimestamp = created_at,
        updated_at: SqlTimestamp = updated_at,
        version: i64 = version,
    }
    derived |definition| {
        name_key: TextValue = TextValue(name.key()),
        rules: JsonText = json::write(&StoredRules::from(definition))?,
    }
    read |row, row_ref| {
        let StoredRules { mutability, visibility, multi_valued: is_multi_valued, rules, sub_attributes } =
            json::read(&row_ref, "rules", &row.rules)?;
        let StoredValueRules {
            value_type,
            case_exact: is_case_exact,
            required: is_required,
            canonical_values,
            description,
        } = rules;
        let value_type = row_ref.parse("rules", &value_type)?;
        let (mutability, visibility) =
            (row_ref.parse("rules", &mutability)?, row_ref.parse("rules", &visibility)?);
        let sub_attributes = sub_attributes.into_iter().map(|sub_attribute| sub_attribute.read(&row_ref));
        let sub_attributes = sub_attributes.collect::<Result<_, _>>()?;
    }
    AttributeDefinition {
        id, account, name, value_type, is_multi_valued, is_case_exact, sub_attributes, description,
        is_required, canonical_values, mutability, visibility, created_at, updated_at, version,
    }
}

/// The column `rules`.
#[derive(Serialize, Deserialize)]
struct StoredRules {
    mutability: String,
    visibility: String,
    multi_valued: bool,
    #[serde(flatten)]
    rules: StoredValueRules,
    #[serde(rename = "parts")]
    sub_attributes: Vec<StoredSubAttribute>,
}

#[derive(Serialize, Deserialize)]
struct StoredSubAttribute {
    name: String,
    #[serde(flatten)]
    rules: StoredValueRules,
}

/// What the rules of an attribute and of a sub-attribute have in common.
#[derive(Serialize, Deserialize)]
struct StoredValueRules {
    #[serde(rename = "type")]
    value_type: String,
    case_exact: bool,
    required: bool,
    canonical_values: Vec<String>,
    description: String,
}

impl From<&AttributeDefinition> for StoredRules {
    fn from(definition: &AttributeDefinition) -> Self {
        Self {
            mutability: definition.mutability.to_string(),
            visibility: definition.visibility.to_string(),
            multi_valued: definition.is_multi_valued,
            rules: StoredValueRules {
                value_type: definition.value_type.to_string(),
                case_exact: definition.is_case_exact,
                required: definition.is_required,
                canonical_values: definition.canonical_values.clone(),
                description: definition.description.clone(),
            },
            sub_attributes: definition
                .sub_attributes
                .iter()
                .map(StoredSubAttribute::from)
                .collect(),
        }
    }
}

impl From<&SubAttributeDefinition> for StoredSubAttribute {
    fn from(sub_attribute: &SubAttributeDefinition) -> Self {
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

impl StoredSubAttribute {
    fn read(self, row_ref: &RowRef<Uuid>) -> Result<SubAttributeDefinition, StoreError> {
        let Self { name, rules } = self;
        let StoredValueRules { value_type, case_exact, required, canonical_values, description } =
            rules;
        Ok(SubAttributeDefinition {
            name: row_ref.parse("rules", &name)?,
            value_type: row_ref.parse("rules", &value_type)?,
            is_case_exact: case_exact,
            description,
            is_required: required,
            canonical_values,
        })
    }
}
