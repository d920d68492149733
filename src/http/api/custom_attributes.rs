//! The custom attributes of a user in bodies.

use std::collections::BTreeMap;

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde_json::{Map, Value as Json};

use super::body::BodyErrors;
use crate::domain::{
    custom_attribute::{CustomAttributeValue, CustomAttributes},
    user_patch::UserPatchParser,
};

/// The custom attributes of a body, by name. Their definitions are checked later.
#[derive(Debug, Clone)]
pub(super) struct CustomAttributeValues(BTreeMap<String, Json>);

impl Deserr<BodyErrors> for CustomAttributeValues {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, BodyErrors> {
        match Json::deserialize_from_value(value, location)? {
            Json::Object(values) => Ok(Self(values.into_iter().collect())),
            other => Err(BodyErrors::from_value(other.into_value(), "must be an object", location)),
        }
    }
}

impl CustomAttributeValues {
    /// Sets each attribute.
    pub(super) fn set(&self, parser: &mut UserPatchParser) {
        for (name, value) in &self.0 {
            parser.set_custom(name, CustomAttributeValue::SubAttributes(value.clone()));
        }
    }
}

/// The custom attributes of a response.
pub(in crate::http) fn to_response(attributes: CustomAttributes) -> Map<String, Json> {
    attributes.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
}
