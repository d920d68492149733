//! The mapping from SAML attributes to user fields.

use std::collections::BTreeMap;

use deserr::{Deserr, IntoValue, Map as _, Value, ValuePointerRef};
use serde::{Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr, Type,
        schema::{Schema, SchemaType},
    },
};

use crate::{
    domain::{
        connection::MAX_ATTRIBUTE_NAME_CHARS, field_error::Reason, profile_field::ProfileField,
        provisioning::MappingPreset as DomainPreset,
    },
    http::api::{
        body::{self, BodyErrors, ParsedText, PatchField},
        enums::words,
        fields::TextValue,
    },
};

/// The name of an attribute.
pub(super) type AttributeName = TextValue<MAX_ATTRIBUTE_NAME_CHARS>;

words! {
    /// A mapping by name. EDUPERSON: the X.500 and eduPerson attributes by their
    /// OIDs, as Shibboleth, SimpleSAMLphp and most federations name them.
    MappingPreset(DomainPreset) {
        EduPerson = "EDUPERSON",
    }
}

/// What an identity provider calls the attributes that fill our fields. One
/// without a name here has the name of the field.
#[derive(Debug)]
pub(super) struct AttributeMapping(BTreeMap<ProfileField, String>);

/// The changes of a mapping, by field.
#[derive(Debug)]
pub(super) struct AttributeMappingChanges(
    BTreeMap<ProfileField, PatchField<ParsedText<AttributeName>>>,
);

impl From<BTreeMap<ProfileField, String>> for AttributeMapping {
    fn from(names: BTreeMap<ProfileField, String>) -> Self {
        Self(names)
    }
}

impl Serialize for AttributeMapping {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let names = ProfileField::provisioned().map(|field| (field.as_str(), self.0.get(&field)));
        serializer.collect_map(names)
    }
}

impl Deserr<BodyErrors> for AttributeMappingChanges {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, BodyErrors> {
        let Value::Map(map) = value else {
            return Err(BodyErrors::from_value(value, Reason::must_be("an object"), location));
        };
        let (mut names, mut errors) = (BTreeMap::new(), None);
        for (name, value) in map.into_iter() {
            let found = ProfileField::provisioned().find(|field| field.as_str() == name);
            let read = match found {
                Some(field) => {
                    Deserr::deserialize_from_value(value.into_value(), location.push_key(&name))
                        .map(|name| drop(names.insert(field, name)))
                }
                None => {
                    let all: Vec<_> =
                        ProfileField::provisioned().map(ProfileField::as_str).collect();
                    Err(body::unknown_field_error(&[], &name, &all, location))
                }
            };
            if let Err(faults) = read {
                errors = Some(faults.behind(errors));
            }
        }
        errors.map_or(Ok(Self(names)), Err)
    }
}

impl AttributeMappingChanges {
    /// Changes the names of a connection.
    pub(super) fn apply(&self, names: &mut BTreeMap<ProfileField, String>) {
        self.0.iter().for_each(|(field, name)| apply_name_change(names, *field, name));
    }
}

/// The schema of a mapping: a text or null for each field. `null` says what null does.
fn schema(
    description: &str,
    null: &str,
    text: impl Fn(ObjectBuilder) -> ObjectBuilder,
) -> ObjectBuilder {
    let mapping = ObjectBuilder::new().description(Some(description));
    ProfileField::provisioned().fold(mapping, |mapping, field| {
        let name = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .description(Some(format!(
                "The SAML attribute that fills `{}`. {null}",
                field.as_str()
            )));
        mapping.property(field.as_str(), text(name))
    })
}

impl PartialSchema for AttributeMapping {
    fn schema() -> RefOr<Schema> {
        let about = "What an identity provider calls the attributes that fill our fields. One \
                     without a name here has the name of the field.";
        schema(about, "null: the one with the name of the field.", |name| name).into()
    }
}

impl ToSchema for AttributeMapping {}

impl PartialSchema for AttributeMappingChanges {
    fn schema() -> RefOr<Schema> {
        let about = "What an identity provider calls the attributes that fill our fields. null \
                     or an empty text clears a name: then it is that of the field.";
        let bounded = |name: ObjectBuilder| {
            let name = name.max_length(Some(MAX_ATTRIBUTE_NAME_CHARS));
            name.pattern(Some("^[^\\x00-\\x1F\\x7F]*$"))
        };
        schema(about, "null or an empty text clears the name.", bounded).into()
    }
}

impl ToSchema for AttributeMappingChanges {}

fn apply_name_change(
    names: &mut BTreeMap<ProfileField, String>,
    field: ProfileField,
    input: &PatchField<ParsedText<AttributeName>>,
) {
    match input {
        PatchField::Absent => {}
        PatchField::Value(ParsedText(TextValue(Some(name)))) => {
            names.insert(field, name.clone());
        }
        PatchField::Null | PatchField::Value(ParsedText(TextValue(None))) => {
            names.remove(&field);
        }
    }
}
