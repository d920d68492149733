//! API keys of programs, and their scopes.

use std::{fmt, str::FromStr};

use chrono::TimeDelta;

use super::{
    Timestamp,
    id::{AccountId, ApiKeyId, ScimClientId},
    name::{UnknownName, read_by_name},
};

/// A bearer secret of an account, without the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Never changes.
    pub id: ApiKeyId,
    /// The account that the key belongs to.
    pub account: AccountId,
    /// The purpose of the key, as its creator named it.
    pub name: String,
    /// How the key begins: enough to tell it from others.
    pub hint: String,
    /// What it lets its holder do.
    pub scopes: Scopes,
    /// The SCIM client that it is a key of, if it has [`Scope::Scim`].
    pub scim_client: Option<ScimClientId>,
    /// When the key was made.
    pub created_at: Timestamp,
    /// When it expires; never, if `None`.
    pub expires_at: Option<Timestamp>,
    /// For how long the key was created; without an end, if `None`. A rotation
    /// brings the end forward, and leaves this.
    pub lifetime: Option<TimeDelta>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether the key lets its holder in at a moment.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// A permission of an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is named after what it opens")]
pub enum Scope {
    UsersRead,
    UsersWrite,
    TeamsRead,
    TeamsWrite,
    ConnectionsRead,
    ConnectionsWrite,
    AttemptsRead,
    AuditRead,
    KeysRead,
    KeysWrite,
    AccountRead,
    AccountWrite,
    Scim,
}

read_by_name!(Scope, "scope");

/// The SCIM dialect of a client, which decides on its compatibility fixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// As RFC 7643 and 7644 have it: nothing is fixed.
    Strict,
    /// As Microsoft Entra ID does.
    Entra,
    /// As Okta does.
    Okta,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Strict, Self::Entra, Self::Okta];

    /// The dialect's name on every wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "STRICT",
            Self::Entra => "ENTRA",
            Self::Okta => "OKTA",
        }
    }
}

impl FromStr for Dialect {
    type Err = UnknownName;

    /// Reads the name, or that of the releases before.
    fn from_str(text: &str) -> Result<Self, UnknownName> {
        match text {
            "STRICT" | "strict" => Ok(Self::Strict),
            "ENTRA" | "entra" => Ok(Self::Entra),
            "OKTA" | "okta" => Ok(Self::Okta),
            _ => Err(UnknownName { kind: "dialect" }),
        }
    }
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::UsersRead,
        Self::UsersWrite,
        Self::TeamsRead,
        Self::TeamsWrite,
        Self::ConnectionsRead,
        Self::ConnectionsWrite,
        Self::AttemptsRead,
        Self::AuditRead,
        Self::KeysRead,
        Self::KeysWrite,
        Self::AccountRead,
        Self::AccountWrite,
        Self::Scim,
    ];

    /// The scope's name on every wire and in the database: a resource, and
    /// what may be done with it; or `scim`, for users and teams by way of SCIM.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UsersRead => "users:read",
            Self::UsersWrite => "users:write",
            Self::TeamsRead => "teams:read",
            Self::TeamsWrite => "teams:write",
            Self::ConnectionsRead => "connections:read",
            Self::ConnectionsWrite => "connections:write",
            Self::AttemptsRead => "attempts:read",
            Self::AuditRead => "audit:read",
            Self::KeysRead => "keys:read",
            Self::KeysWrite => "keys:write",
            Self::AccountRead => "account:read",
            Self::AccountWrite => "account:write",
            Self::Scim => "scim",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of scopes, in the order of [`Scope::ALL`], each once. A write scope does not
/// include the read scope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// Every scope there is.
    #[must_use]
    pub fn all() -> Self {
        Self(Scope::ALL.to_vec())
    }

    /// Whether the scope is among them.
    #[must_use]
    pub fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Returns the scopes of `others` that this set does not contain.
    #[must_use]
    pub fn missing(&self, others: &Self) -> Self {
        others.iter().filter(|scope| !self.contains(*scope)).collect()
    }

    /// Each, in order.
    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut scopes = scopes.into_iter().collect::<Vec<_>>();
        scopes.sort_unstable();
        scopes.dedup();
        Self(scopes)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|scope| scope.as_str()).collect::<Vec<_>>();
        f.write_str(&names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_a_set_in_one_order() {
        let scopes: Scopes =
            [Scope::KeysRead, Scope::UsersRead, Scope::KeysRead].into_iter().collect();
        assert_eq!(scopes.iter().collect::<Vec<_>>(), [Scope::UsersRead, Scope::KeysRead]);
        assert_eq!(scopes.to_string(), "users:read, keys:read");
    }

    #[test]
    fn dialect_is_read_in_the_new_and_the_old_spelling() {
        for dialect in Dialect::ALL {
            let name = dialect.as_str();
            assert_eq!(name.parse(), Ok(dialect));
            assert_eq!(name.to_ascii_lowercase().parse(), Ok(dialect));
            assert!(format!(" {name}").parse::<Dialect>().is_err());
        }
        assert!("Okta".parse::<Dialect>().is_err() && "".parse::<Dialect>().is_err());
    }

    #[test]
    fn write_scope_does_not_include_read() {
        let scopes: Scopes = [Scope::UsersWrite].into_iter().collect();
        assert!(!scopes.contains(Scope::UsersRead));
        assert_eq!(Scopes::all().missing(&scopes), Scopes::default());
        let missing = scopes.missing(&Scopes::all());
        assert_eq!(missing.iter().count(), Scope::ALL.len() - 1);
    }
}
