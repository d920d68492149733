//! The multi-valued attributes of a user in bodies: one property for each definition.

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde_json::Value as Json;

use super::{body::BodyErrors, fields::BoundedVec};
use crate::domain::{
    multi_valued::{FieldValue, MAX_VALUES, MultiValuedField, SubAttribute, ValueKind},
    user::User,
};

/// A value in a body.
#[derive(Debug, Deserr)]
#[deserr(error = BodyErrors, deny_unknown_fields)]
struct TypedValue {
    #[deserr(default)]
    value: Option<String>,
    #[deserr(default)]
    display: Option<String>,
    #[deserr(default, rename = "type")]
    kind: Option<String>,
    #[deserr(default)]
    primary: Option<bool>,
}

/// A postal address in a body.
#[derive(Debug, Deserr)]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields)]
struct PostalAddress {
    #[deserr(default)]
    formatted: Option<String>,
    #[deserr(default)]
    street_address: Option<String>,
    #[deserr(default)]
    locality: Option<String>,
    #[deserr(default)]
    region: Option<String>,
    #[deserr(default)]
    postal_code: Option<String>,
    #[deserr(default)]
    country: Option<String>,
    #[deserr(default, rename = "type")]
    kind: Option<String>,
    #[deserr(default)]
    primary: Option<bool>,
}

impl From<TypedValue> for FieldValue {
    fn from(value: TypedValue) -> Self {
        let TypedValue { value, display, kind, primary } = value;
        let sub_attributes = [
            (SubAttribute::Value, value),
            (SubAttribute::Display, display),
            (SubAttribute::Type, kind),
        ];
        to_value(sub_attributes, primary)
    }
}

impl From<PostalAddress> for FieldValue {
    fn from(address: PostalAddress) -> Self {
        let PostalAddress {
            formatted,
            street_address,
            locality,
            region,
            postal_code,
            country,
            kind,
            primary,
        } = address;
        let sub_attributes = [
            (SubAttribute::Formatted, formatted),
            (SubAttribute::StreetAddress, street_address),
            (SubAttribute::Locality, locality),
            (SubAttribute::Region, region),
            (SubAttribute::PostalCode, postal_code),
            (SubAttribute::Country, country),
            (SubAttribute::Type, kind),
        ];
        to_value(sub_attributes, primary)
    }
}

fn to_value<const N: usize>(
    sub_attributes: [(SubAttribute, Option<String>); N],
    is_primary: Option<bool>,
) -> FieldValue {
    let sub_attributes =
        sub_attributes.into_iter().filter_map(|(sub_attribute, text)| Some((sub_attribute, text?)));
    FieldValue { sub_attributes: sub_attributes.collect(), is_primary }
}

/// Reads the values of an attribute.
///
/// # Errors
/// Every value or sub-attribute that has the wrong type.
pub(super) fn read_values(
    field: MultiValuedField,
    values: Json,
    location: ValuePointerRef<'_>,
) -> Result<Vec<FieldValue>, BodyErrors> {
    match field.kind() {
        ValueKind::PostalAddress => read_list::<PostalAddress, _>(values.into_value(), location),
        _ => read_list::<TypedValue, _>(values.into_value(), location),
    }
}

fn read_list<T: Deserr<BodyErrors> + Into<FieldValue>, V: IntoValue>(
    values: Value<V>,
    location: ValuePointerRef<'_>,
) -> Result<Vec<FieldValue>, BodyErrors> {
    let BoundedVec(values) = BoundedVec::<T, MAX_VALUES>::deserialize_from_value(values, location)?;
    Ok(values.into_iter().map(Into::into).collect())
}

/// The name of the schema of the values of an attribute.
pub(in crate::http) const fn schema_name(field: MultiValuedField) -> &'static str {
    match field.kind() {
        ValueKind::PostalAddress => "PostalAddress",
        _ => "AttributeValue",
    }
}

/// The values of a response, by name.
pub(super) fn to_response(user: &User) -> Vec<(String, Json)> {
    let lists = MultiValuedField::ALL.map(|field| {
        let values = user.values(field);
        (field.as_str().to_owned(), values.iter().map(FieldValue::to_json).collect())
    });
    lists.into()
}
