//! The values that a login replaced, as plans are stored.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        id::AttemptId,
        provisioning::{FallbackReason, ValueFallback},
    },
    store::error::{RowRef, StoreError},
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FallbackJson {
    attribute: String,
    value: String,
    reason: ReasonJson,
    used: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReasonJson {
    TooLong,
    ControlCharacter,
    InvisibleCharacter,
    UnknownRole,
    UnknownRegion,
    NoRegion,
    InvalidNumber,
    InvalidUrl,
    InvalidLanguage,
    InvalidTimeZone,
    SeveralValues,
    RepeatedTeam,
    TeamRoleCount,
    LowerThanAccountRole(String),
    TooManyValues,
    NotInTable,
    AboveHighestRole,
    Locked,
    LastAdministrator,
}

impl From<&ValueFallback> for FallbackJson {
    fn from(fallback: &ValueFallback) -> Self {
        let ValueFallback { attribute, value, reason, used } = fallback.clone();
        Self { attribute, value, reason: reason.into(), used }
    }
}

impl FallbackJson {
    pub(super) fn read(self, row: &RowRef<AttemptId>) -> Result<ValueFallback, StoreError> {
        let Self { attribute, value, reason, used } = self;
        Ok(ValueFallback { attribute, value, reason: reason.read(row)?, used })
    }
}

impl From<FallbackReason> for ReasonJson {
    fn from(reason: FallbackReason) -> Self {
        match reason {
            FallbackReason::TooLong => Self::TooLong,
            FallbackReason::ControlCharacter => Self::ControlCharacter,
            FallbackReason::InvisibleCharacter => Self::InvisibleCharacter,
            FallbackReason::UnknownRole => Self::UnknownRole,
            FallbackReason::UnknownRegion => Self::UnknownRegion,
            FallbackReason::NoRegion => Self::NoRegion,
            FallbackReason::InvalidNumber => Self::InvalidNumber,
            FallbackReason::InvalidUrl => Self::InvalidUrl,
            FallbackReason::InvalidLanguage => Self::InvalidLanguage,
            FallbackReason::InvalidTimeZone => Self::InvalidTimeZone,
            FallbackReason::SeveralValues => Self::SeveralValues,
            FallbackReason::RepeatedTeam => Self::RepeatedTeam,
            FallbackReason::TeamRoleCount => Self::TeamRoleCount,
            FallbackReason::TooManyValues => Self::TooManyValues,
            FallbackReason::NotInTable => Self::NotInTable,
            FallbackReason::AboveHighestRole => Self::AboveHighestRole,
            FallbackReason::Locked => Self::Locked,
            FallbackReason::LastAdministrator => Self::LastAdministrator,
            FallbackReason::LowerThanAccountRole(role) => {
                Self::LowerThanAccountRole(role.as_str().to_owned())
            }
        }
    }
}

impl ReasonJson {
    fn read(self, row: &RowRef<AttemptId>) -> Result<FallbackReason, StoreError> {
        Ok(match self {
            Self::TooLong => FallbackReason::TooLong,
            Self::ControlCharacter => FallbackReason::ControlCharacter,
            Self::InvisibleCharacter => FallbackReason::InvisibleCharacter,
            Self::UnknownRole => FallbackReason::UnknownRole,
            Self::UnknownRegion => FallbackReason::UnknownRegion,
            Self::NoRegion => FallbackReason::NoRegion,
            Self::InvalidNumber => FallbackReason::InvalidNumber,
            Self::InvalidUrl => FallbackReason::InvalidUrl,
            Self::InvalidLanguage => FallbackReason::InvalidLanguage,
            Self::InvalidTimeZone => FallbackReason::InvalidTimeZone,
            Self::SeveralValues => FallbackReason::SeveralValues,
            Self::RepeatedTeam => FallbackReason::RepeatedTeam,
            Self::TeamRoleCount => FallbackReason::TeamRoleCount,
            Self::TooManyValues => FallbackReason::TooManyValues,
            Self::NotInTable => FallbackReason::NotInTable,
            Self::AboveHighestRole => FallbackReason::AboveHighestRole,
            Self::Locked => FallbackReason::Locked,
            Self::LastAdministrator => FallbackReason::LastAdministrator,
            Self::LowerThanAccountRole(role) => {
                FallbackReason::LowerThanAccountRole(row.parse("plan", &role)?)
            }
        })
    }
}
