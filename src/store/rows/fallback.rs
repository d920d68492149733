//! The values that a login replaced, as plans are stored.

use serde::{Deserialize, Serialize};

use crate::domain::{
    provisioning::{FallbackReason, ValueFallback},
    role::AccountRole,
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FallbackJson {
    attribute: String,
    value: String,
    #[serde(with = "ReasonJson")]
    reason: FallbackReason,
    used: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "FallbackReason", rename_all = "snake_case")]
enum ReasonJson {
    TooLong,
    ControlCharacter,
    InvisibleCharacter,
    DisallowedCharacter,
    UnknownRole,
    UnknownRegion,
    NoRegion,
    InvalidNumber,
    InvalidUrl,
    InvalidEmail,
    InvalidCertificate,
    AlreadyUsed,
    InvalidLanguage,
    InvalidTimeZone,
    SeveralValues,
    RepeatedTeam,
    TeamRoleCount,
    LowerThanAccountRole(#[serde(with = "role_name")] AccountRole),
    TooManyValues,
    NotInTable,
    AboveHighestRole,
    Locked,
    LastAdministrator,
    InvalidValue(String),
    ReadOnly,
    Immutable,
    TooManyBytes,
    NotDefined,
}

impl From<&ValueFallback> for FallbackJson {
    fn from(fallback: &ValueFallback) -> Self {
        let ValueFallback { attribute, value, reason, used } = fallback.clone();
        Self { attribute, value, reason, used }
    }
}

impl From<FallbackJson> for ValueFallback {
    fn from(fallback: FallbackJson) -> Self {
        let FallbackJson { attribute, value, reason, used } = fallback;
        Self { attribute, value, reason, used }
    }
}

/// A role, as its name.
mod role_name {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::domain::role::AccountRole;

    pub(super) fn serialize<S: Serializer>(
        role: &AccountRole,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(role.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<AccountRole, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
