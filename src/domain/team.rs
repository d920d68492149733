//! Teams and memberships.

use std::{fmt, str::FromStr};

use super::{
    Timestamp,
    id::{AccountId, TeamId, UserId},
    provenance::Provenance,
    role::TeamRole,
    text::{TextError, fold, parse_line},
    user::Origin,
};

/// A named group of users in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Never changes.
    pub id: TeamId,
    /// The account that the team belongs to.
    pub account: AccountId,
    /// Unique in the account, compared by key.
    pub name: TeamName,
    /// How the team was created.
    pub origin: Origin,
    /// When the team was created.
    pub created_at: Timestamp,
    /// When the team itself last changed; its members aside.
    pub updated_at: Timestamp,
    /// Grows by one with each change.
    pub version: i64,
}

impl Team {
    /// A new team without members.
    #[must_use]
    pub fn new(
        id: TeamId,
        account: AccountId,
        name: TeamName,
        origin: Origin,
        now: Timestamp,
    ) -> Self {
        Self { id, account, name, origin, created_at: now, updated_at: now, version: 1 }
    }
}

/// A team's name as it was sent, with the key by which it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamName {
    text: String,
    key: TeamKey,
}

/// The key by which team names are compared: two spellings have the same key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TeamKey(String);

/// A user in a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The account of both ends.
    pub account: AccountId,
    /// The team.
    pub team: TeamId,
    /// The user.
    pub user: UserId,
    /// The role that was requested. Their account role may raise it: see
    /// [`MemberRole`](super::membership::MemberRole).
    pub requested_role: TeamRole,
    /// When it began.
    pub created_at: Timestamp,
    /// Who set the requested role. `None`: a release that kept no record.
    pub provenance: Option<Provenance>,
}

impl TeamName {
    /// Reads a name that is stored. It may have been accepted before invisible
    /// characters were rejected.
    #[must_use]
    pub fn from_stored(text: &str) -> Self {
        Self { text: text.to_owned(), key: TeamKey(fold(text)) }
    }

    /// The name, trimmed, in the case in which it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The key by which it is compared.
    #[must_use]
    pub fn key(&self) -> &TeamKey {
        &self.key
    }
}

impl TeamKey {
    /// The key as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TeamName {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_line(text).map(Self::from_stored)
    }
}

impl fmt::Display for TeamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
