//! What identity providers call the attributes that fill our fields.

use std::collections::BTreeMap;

use deserr::Deserr;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        connection::MAX_ATTRIBUTE_NAME_CHARS,
        provisioning::{Field, MappingPreset as DomainPreset},
    },
    http::api::{
        body::{Faults, Parsed, Patched},
        enums::words,
        fields::Text,
    },
};

/// The name of an attribute.
pub(super) type AttributeName = Text<MAX_ATTRIBUTE_NAME_CHARS>;

words! {
    /// A mapping by name. EDUPERSON: the X.500 and eduPerson attributes by their
    /// OIDs, as Shibboleth, SimpleSAMLphp and most federations name them.
    MappingPreset(DomainPreset) {
        EduPerson = "EDUPERSON",
    }
}

/// Declares both sides of the mapping, with one attribute name for each field.
macro_rules! mapping {
    ($($(#[$doc:meta])* $name:ident: $field:ident,)*) => {
        /// What an identity provider calls the attributes that fill our
        /// fields. One without a name here is called as the field is.
        #[derive(Debug, Serialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        pub(super) struct AttributeMapping {
            $($(#[$doc])* #[schema(required)] $name: Option<String>,)*
        }

        /// What an identity provider calls the attributes that fill our
        /// fields. null or an empty text clears a name: then it is that of the field.
        #[derive(Debug, Deserr, ToSchema)]
        #[schema(rename_all = "camelCase")]
        #[deserr(error = Faults, rename_all = camelCase, deny_unknown_fields)]
        pub(super) struct AttributeMappingChanges {
            $(
                $(#[$doc])*
                #[schema(
                    value_type = Option<String>,
                    max_length = 512,
                    pattern = "^[^\\x00-\\x1F\\x7F]*$"
                )]
                #[deserr(default)]
                $name: Patched<Parsed<AttributeName>>,
            )*
        }

        impl From<BTreeMap<Field, String>> for AttributeMapping {
            fn from(mut names: BTreeMap<Field, String>) -> Self {
                Self { $($name: names.remove(&Field::$field),)* }
            }
        }

        impl AttributeMappingChanges {
            /// Changes the names of a connection.
            pub(super) fn apply(&self, names: &mut BTreeMap<Field, String>) {
                $(change(names, Field::$field, &self.$name);)*
            }
        }
    };
}

mapping! {
    /// The first name.
    first_name: FirstName,
    /// The last name.
    last_name: LastName,
    /// The position.
    position: Position,
    /// The department.
    department: Department,
    /// The account role.
    role: Role,
    /// The region of the mobile number.
    mobile_region_code: MobileRegionCode,
    /// The mobile number.
    mobile_number: MobileNumber,
    /// The address of a picture.
    user_profile_image: UserProfileImage,
    /// The teams.
    team_name: TeamName,
    /// The roles in them.
    team_role: TeamRole,
}

fn change(
    names: &mut BTreeMap<Field, String>,
    field: Field,
    input: &Patched<Parsed<AttributeName>>,
) {
    match input {
        Patched::Absent => {}
        Patched::Value(Parsed(Text(Some(name)))) => {
            names.insert(field, name.clone());
        }
        Patched::Null | Patched::Value(Parsed(Text(None))) => {
            names.remove(&field);
        }
    }
}
