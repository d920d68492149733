//! Enums of the contract that several resources share.

use utoipa::openapi::{
    RefOr,
    schema::{ObjectBuilder, Schema, Type},
};

use crate::domain::{
    api_key::{Dialect as DomainDialect, Scope as DomainScope},
    role::{AccountRole as DomainAccountRole, TeamRole as DomainTeamRole},
    user::{Origin as DomainOrigin, UserStatus as DomainStatus},
};

/// The schema of a text that is one of some names.
pub(super) fn schema(about: &str, names: impl IntoIterator<Item = &'static str>) -> RefOr<Schema> {
    let schema = ObjectBuilder::new().schema_type(Type::String).description(Some(about));
    schema.enum_values(Some(names)).into()
}

/// Declares an enum of the contract that mirrors one of the domain. The conversions in
/// both directions name every case. A second text of a case is its old spelling,
/// which is still accepted.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident($domain:ty) { $($case:ident = $text:tt $(| $old:tt)?),+ $(,)? })+) => {$(
        $crate::http::api::enums::named! {
            $(#[$doc])*
            $name { $($case = $text $(| $old)?),+ }
        }

        impl From<$domain> for $name {
            fn from(value: $domain) -> Self {
                match value { $(<$domain>::$case => Self::$case),+ }
            }
        }

        impl From<$name> for $domain {
            fn from(value: $name) -> Self {
                match value { $($name::$case => Self::$case),+ }
            }
        }
    )+};
}
pub(super) use words;

/// Declares an enum of the contract. Any other value is rejected with the list of
/// allowed values.
macro_rules! named {
    ($($(#[$doc:meta])* $name:ident { $($(#[$case_doc:meta])* $case:ident = $text:tt $(| $old:tt)?),+ $(,)? })+) => {$(
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
                let is_text = matches!(value, deserr::Value::String(_));
                let text = $crate::http::api::body::text_of(value);
                match text.as_str() {
                    $($text $(| $old)? if is_text => Ok(Self::$case),)+
                    _ => Err($crate::http::api::body::no_word(
                        &text, is_text, &[$($text),+], location,
                    )),
                }
            }
        }
    )+};
}
pub(super) use named;

words! {
    /// The role of a user in the account. The role in a team can't be lower,
    /// in the order STAKEHOLDER, RESPONDER, USER, ADMIN; GUEST goes with any.
    AccountRole(DomainAccountRole) {
        Stakeholder = "STAKEHOLDER",
        Guest = "GUEST",
        Responder = "RESPONDER",
        User = "USER",
        Admin = "ADMIN",
    }
    /// The role of a user in a team.
    TeamRole(DomainTeamRole) {
        Stakeholder = "STAKEHOLDER",
        Responder = "RESPONDER",
        User = "USER",
        Admin = "ADMIN",
    }
    /// STAGED: prepared, has not logged in. ACTIVE: has logged in. DISABLED:
    /// may not log in.
    UserStatus(DomainStatus) {
        Staged = "STAGED",
        Active = "ACTIVE",
        Disabled = "DISABLED",
    }
    /// How it was created: by a first login, by an administrator, or by an identity
    /// provider's SCIM.
    Origin(DomainOrigin) {
        Login = "LOGIN",
        Admin = "ADMIN",
        Scim = "SCIM",
    }
    /// The dialect of a SCIM client. STRICT follows the RFCs; ENTRA and OKTA also accept
    /// what those identity providers do differently.
    Dialect(DomainDialect) {
        Strict = "STRICT" | "strict",
        Entra = "ENTRA" | "entra",
        Okta = "OKTA" | "okta",
    }
    /// A permission of a caller.
    Scope(DomainScope) {
        UsersRead = "users:read",
        UsersWrite = "users:write",
        TeamsRead = "teams:read",
        TeamsWrite = "teams:write",
        ConnectionsRead = "connections:read",
        ConnectionsWrite = "connections:write",
        AttemptsRead = "attempts:read",
        AuditRead = "audit:read",
        KeysRead = "keys:read",
        KeysWrite = "keys:write",
        AccountRead = "account:read",
        AccountWrite = "account:write",
        Scim = "scim",
    }
}
