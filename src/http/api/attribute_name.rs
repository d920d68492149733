//! The names of attributes of a user, in bodies.

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::{Serialize, Serializer};
use serde_json::json;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Type, schema::Schema},
};

use super::body::{self, BodyErrors};
use crate::domain::{attribute_name::AttributeName, custom_attribute::CustomAttributeName};

/// The name of an attribute of a user.
#[derive(Debug, Clone, Copy)]
pub(in crate::http::api) struct UserAttributeName(pub(in crate::http::api) AttributeName);

impl Deserr<BodyErrors> for UserAttributeName {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, BodyErrors> {
        if let Value::String(text) = &value
            && let Ok(name) = text.parse()
        {
            return Ok(Self(name));
        }
        let names = AttributeName::iter().filter_map(|name| Some((name.built_in()?, Self(name))));
        body::read_name(value, location, names)
    }
}

impl Serialize for UserAttributeName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl PartialSchema for UserAttributeName {
    fn schema() -> RefOr<Schema> {
        let names: Vec<_> = AttributeName::iter().filter_map(AttributeName::built_in).collect();
        let about = "The name of an attribute of a user. `mobile` is the region and the number, `teams` are the memberships, and `attributes.` is followed by the name of a custom attribute.";
        let custom = CustomAttributeName::PATTERN;
        let pattern = format!("^({}|attributes[.]{custom})$", names.join("|"));
        let schema = ObjectBuilder::new().schema_type(Type::String).description(Some(about));
        schema.pattern(Some(pattern)).examples([json!("department")]).into()
    }
}

impl ToSchema for UserAttributeName {}
