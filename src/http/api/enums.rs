//! Enums of the contract that several resources share.

use utoipa::openapi::{
    RefOr,
    schema::{ObjectBuilder, Schema, Type},
};

use crate::domain::{
    api_key::{Dialect as DomainDialect, Scope as DomainScope},
    custom_attribute::{
        Mutability as DomainMutability, ValueType as DomainValueType,
        Visibility as DomainVisibility,
    },
    role::{AccountRole as DomainAccountRole, TeamRole as DomainTeamRole},
    update_policy::UpdatePolicy as DomainUpdatePolicy,
    user::{Origin as DomainOrigin, UserStatus as DomainStatus},
};

/// The schema of a text that is one of some names.
pub(super) fn schema(about: &str, names: impl IntoIterator<Item = &'static str>) -> RefOr<Schema> {
    let schema = ObjectBuilder::new().schema_type(Type::String).description(Some(about));
    schema.enum_values(Some(names)).into()
}

/// Declares enums of the contract, each of which is one of the domain with its names.
/// A text in braces is an old spelling, which is still accepted.
macro_rules! name_enums {
    ($($(#[doc = $doc:literal])* $name:ident($domain:ty) $({ $($old:literal => $case:ident),+ })?;)+) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::http) struct $name(pub(in crate::http::api) $domain);

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0.as_str())
            }
        }

        impl deserr::Deserr<$crate::http::api::body::BodyErrors> for $name {
            fn deserialize_from_value<V: deserr::IntoValue>(
                value: deserr::Value<V>,
                location: deserr::ValuePointerRef<'_>,
            ) -> Result<Self, $crate::http::api::body::BodyErrors> {
                match value {
                    $($(deserr::Value::String(text) if text == $old => Ok(Self(<$domain>::$case)),)+)?
                    value => {
                        let names = <$domain>::ALL.into_iter().map(|word| (word.as_str(), Self(word)));
                        $crate::http::api::body::read_name(value, location, names)
                    }
                }
            }
        }

        impl From<$domain> for $name {
            fn from(value: $domain) -> Self {
                Self(value)
            }
        }

        impl From<$name> for $domain {
            fn from($name(value): $name) -> Self {
                value
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let about = concat!($($doc, "\n"),*);
                $crate::http::api::enums::schema(about.trim(), <$domain>::NAMES)
            }
        }

        impl utoipa::ToSchema for $name {}
    )+};
}
pub(super) use name_enums;

/// Declares an enum of the contract. Any other value is rejected with the list of
/// allowed values.
macro_rules! named {
    ($($(#[$doc:meta])* $name:ident { $($(#[$case_doc:meta])* $case:ident = $text:tt),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
        pub(in crate::http) enum $name {
            $($(#[$case_doc])* #[serde(rename = $text)] $case),+
        }

        impl deserr::Deserr<$crate::http::api::body::BodyErrors> for $name {
            fn deserialize_from_value<V: deserr::IntoValue>(
                value: deserr::Value<V>,
                location: deserr::ValuePointerRef<'_>,
            ) -> Result<Self, $crate::http::api::body::BodyErrors> {
                let names = [$(($text, Self::$case)),+];
                $crate::http::api::body::read_name(value, location, names.into_iter())
            }
        }
    )+};
}
pub(super) use named;

name_enums! {
    /// The role of a user in the account. The role in a team can't be lower,
    /// in the order STAKEHOLDER, RESPONDER, USER, ADMIN; GUEST goes with any.
    AccountRole(DomainAccountRole);
    /// The role of a user in a team.
    TeamRole(DomainTeamRole);
    /// STAGED: prepared, has not logged in. ACTIVE: has logged in. DISABLED:
    /// may not log in.
    UserStatus(DomainStatus);
    /// How it was created: by a first login, by an administrator, or by an identity
    /// provider's SCIM.
    Origin(DomainOrigin);
    /// When logins set an attribute of a user. FIRST_LOGIN: the login that creates the user.
    /// FILL_EMPTY: also later logins, while the attribute has not been set. ALWAYS: each login.
    /// NEVER: no login.
    UpdatePolicy(DomainUpdatePolicy);
    /// The dialect of a SCIM client. STRICT follows the RFCs; ENTRA and OKTA also accept
    /// what those identity providers do differently.
    Dialect(DomainDialect) { "strict" => Strict, "entra" => Entra, "okta" => Okta };
    /// The type of the values of a custom attribute. STRING: a text of at most 255 characters.
    /// BOOLEAN: true or false. INTEGER: a 64-bit signed integer. DECIMAL: a 64-bit
    /// floating-point number (IEEE 754). DATE_TIME: a date with a time and an offset (RFC 3339). REFERENCE: a URI. COMPLEX:
    /// several named sub-attributes.
    ValueType(DomainValueType);
    /// Who can change the values of a custom attribute. READ_WRITE: administrators, SCIM
    /// clients and logins. IMMUTABLE: the same, until there is a value, which then
    /// stays. READ_ONLY: administrators alone.
    Mutability(DomainMutability);
    /// Who gets the values of a custom attribute. ADMIN: this API and SCIM clients. PRODUCT:
    /// sessions and tokens. BOTH: all of them. The audit log, the explanation of a user and
    /// the plans of logins always have them.
    Visibility(DomainVisibility);
    /// A permission of a caller.
    Scope(DomainScope);
}
