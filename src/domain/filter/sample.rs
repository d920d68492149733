//! A table of attributes for tests, with one of every kind.

use super::{Attribute, ValueType};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sample {
    Id,
    Email,
    LastName,
    Position,
    ExternalId,
    Connection,
    Status,
    Active,
    CreatedAt,
    LastLoginAt,
}

impl Attribute for Sample {
    const RESOURCE: &'static str = "people";

    fn attributes() -> Vec<Self> {
        vec![
            Self::Id,
            Self::Email,
            Self::LastName,
            Self::Position,
            Self::ExternalId,
            Self::Connection,
            Self::Status,
            Self::Active,
            Self::CreatedAt,
            Self::LastLoginAt,
        ]
    }

    fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Email => "email",
            Self::LastName => "name.familyName",
            Self::Position => "position",
            Self::ExternalId => "externalId",
            Self::Connection => "connection.id",
            Self::Status => "status",
            Self::Active => "active",
            Self::CreatedAt => "createdAt",
            Self::LastLoginAt => "lastLoginAt",
        }
    }

    fn value_type(self) -> ValueType {
        match self {
            Self::Id | Self::Connection => ValueType::Id,
            Self::Email => ValueType::Identifier,
            Self::LastName | Self::Position => ValueType::Text,
            Self::ExternalId => ValueType::Exact,
            Self::Status => ValueType::Name(&["STAGED", "ACTIVE"]),
            Self::Active => ValueType::Bool,
            Self::CreatedAt | Self::LastLoginAt => ValueType::Moment,
        }
    }
}
