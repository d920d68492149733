//! A table of attributes for tests, with one of every kind.

use super::{Attribute, Kind};

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

    const ALL: &'static [Self] = &[
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
    ];

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

    fn kind(self) -> Kind {
        match self {
            Self::Id | Self::Connection => Kind::Id,
            Self::Email => Kind::Identifier,
            Self::LastName | Self::Position => Kind::Text,
            Self::ExternalId => Kind::Exact,
            Self::Status => Kind::Name(&["STAGED", "ACTIVE"]),
            Self::Active => Kind::Bool,
            Self::CreatedAt | Self::LastLoginAt => Kind::Moment,
        }
    }
}
