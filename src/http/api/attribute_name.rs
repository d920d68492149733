//! The names of attributes of a user, in bodies.

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::{Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use super::{
    body::{self, BodyErrors},
    enums,
};
use crate::domain::attribute_name::AttributeName;

/// The name of an attribute of a user.
#[derive(Debug, Clone, Copy)]
pub(in crate::http::api) struct UserAttributeName(pub(in crate::http::api) AttributeName);

impl Deserr<BodyErrors> for UserAttributeName {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, BodyErrors> {
        let names = AttributeName::iter().map(|name| (name.as_str(), Self(name)));
        body::read_name(value, location, names)
    }
}

impl Serialize for UserAttributeName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl PartialSchema for UserAttributeName {
    fn schema() -> RefOr<Schema> {
        let about = "The name of an attribute of a user. `mobile` is the region and the number, and `teams` are the memberships.";
        enums::schema(about, AttributeName::iter().map(AttributeName::as_str))
    }
}

impl ToSchema for UserAttributeName {}
