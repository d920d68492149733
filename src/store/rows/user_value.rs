//! The rows of the index table `user_values`: the keys of texts and values that have no
//! columns in `users`.

use diesel::prelude::*;
use serde_json::Value as Json;

use super::profile::COLUMNS;
use crate::{
    domain::{
        custom_attribute::{AttributeDefinition, CustomAttributeName},
        filter::CustomSubAttribute,
        id::{AccountId, UserId},
        multi_valued::{FieldValue, MultiValuedField, SubAttribute},
        user::Profile,
    },
    store::{
        schema::user_values,
        sql::{TextValue, UuidValue},
    },
};

/// The column `field` of a custom attribute, or of a sub-attribute of it.
pub(crate) fn custom_field(name: CustomAttributeName, sub_attribute: CustomSubAttribute) -> String {
    match sub_attribute {
        None => format!("attributes.{}", name.key()),
        Some(sub_attribute) => format!("attributes.{}.{}", name.key(), sub_attribute.key()),
    }
}

/// The keys of a value of a custom attribute: that of the value, which a complex value does
/// not have, and those of its sub-attributes. A value without a definition has no key.
fn custom_keys(
    definition: Option<&AttributeDefinition>,
    value: &Json,
) -> Vec<(CustomSubAttribute, Option<String>)> {
    let Some(definition) = definition else { return vec![(None, None)] };
    let sub_attributes = definition.sub_attributes.iter().filter_map(|sub_attribute| {
        let key = sub_attribute.key_type().key(value.get(sub_attribute.name.as_str())?)?;
        Some((Some(sub_attribute.name), Some(key)))
    });
    std::iter::once((None, definition.key_type().key(value))).chain(sub_attributes).collect()
}

#[derive(Clone, PartialEq, Insertable, AsChangeset)]
#[diesel(
    table_name = user_values,
    primary_key(user_id, field, place),
    treat_none_as_default_value = false,
    treat_none_as_null = true
)]
pub(crate) struct UserValueRow {
    account_id: UuidValue,
    user_id: UuidValue,
    field: TextValue,
    place: i32,
    value_key: Option<TextValue>,
    display_key: Option<TextValue>,
    formatted_key: Option<TextValue>,
    street_address_key: Option<TextValue>,
    locality_key: Option<TextValue>,
    region_key: Option<TextValue>,
    postal_code_key: Option<TextValue>,
    country_key: Option<TextValue>,
    type_key: Option<TextValue>,
    is_primary: Option<bool>,
}

impl UserValueRow {
    /// The rows of a user: one for each text without a column, and one for each value of
    /// a stored list and of a custom attribute. The latter have their keys by the
    /// definitions of the account.
    pub(crate) fn from_profile(
        account: AccountId,
        user: UserId,
        profile: &Profile,
        definitions: &[AttributeDefinition],
    ) -> Vec<Self> {
        let Profile { texts, values, custom, .. } = profile;
        let texts = texts.iter().filter(|(field, _)| !COLUMNS.contains(field));
        let texts = texts.map(|(field, text)| Self {
            value_key: Some(TextValue(field.key(text))),
            ..Self::new(account, user, field.as_str(), 0)
        });
        let values = values.iter().flat_map(|(field, values)| {
            let values = values.iter().zip(0..);
            values.map(|(value, place)| Self::from_value(account, user, *field, place, value))
        });
        let custom = custom.iter().flat_map(|(name, value)| {
            let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            let definition = definitions.iter().find(|definition| definition.name == *name);
            let values = values.iter().zip(0..);
            values.flat_map(move |(value, place)| {
                let keys = custom_keys(definition, value).into_iter();
                keys.map(move |(sub_attribute, key)| Self {
                    value_key: key.map(TextValue),
                    ..Self::new(account, user, &custom_field(*name, sub_attribute), place)
                })
            })
        });
        texts.chain(values).chain(custom).collect()
    }

    fn from_value(
        account: AccountId,
        user: UserId,
        field: MultiValuedField,
        place: i32,
        value: &FieldValue,
    ) -> Self {
        let key = |sub_attribute| {
            value
                .sub_attribute(sub_attribute)
                .map(|text| TextValue(field.kind().key(sub_attribute, text)))
        };
        Self {
            value_key: key(SubAttribute::Value),
            display_key: key(SubAttribute::Display),
            formatted_key: key(SubAttribute::Formatted),
            street_address_key: key(SubAttribute::StreetAddress),
            locality_key: key(SubAttribute::Locality),
            region_key: key(SubAttribute::Region),
            postal_code_key: key(SubAttribute::PostalCode),
            country_key: key(SubAttribute::Country),
            type_key: key(SubAttribute::Type),
            is_primary: value.is_primary,
            ..Self::new(account, user, field.as_str(), place)
        }
    }

    /// The primary key: the user, the field and the place.
    pub(crate) fn key(&self) -> (&UuidValue, &TextValue, &i32) {
        (&self.user_id, &self.field, &self.place)
    }

    /// A row without keys.
    fn new(account: AccountId, user: UserId, field: &str, place: i32) -> Self {
        Self {
            account_id: account.as_uuid().into(),
            user_id: user.as_uuid().into(),
            field: TextValue::new(field),
            place,
            value_key: None,
            display_key: None,
            formatted_key: None,
            street_address_key: None,
            locality_key: None,
            region_key: None,
            postal_code_key: None,
            country_key: None,
            type_key: None,
            is_primary: None,
        }
    }
}
