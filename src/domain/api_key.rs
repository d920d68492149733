//! API keys of programs, and their scopes.

use std::{fmt, str::FromStr};

use chrono::TimeDelta;

use super::{
    Timestamp,
    id::{AccountId, ApiKeyId, ScimClientId},
    named_enum::{UnknownName, named},
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
    /// The first characters of the key, by which people recognize it.
    pub hint: String,
    /// Its scopes.
    pub scopes: Scopes,
    /// The SCIM client that it is a key of, if it has [`Scope::Scim`].
    pub scim_client: Option<ScimClientId>,
    /// When the key was created.
    pub created_at: Timestamp,
    /// When it expires; never, if `None`.
    pub expires_at: Option<Timestamp>,
    /// The lifetime of the key at its creation; unlimited if `None`. A rotation shortens the
    /// validity, but not this value.
    pub lifetime: Option<TimeDelta>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether the key is valid at a time.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

named! {
    /// A permission of an API key.
    ///
    /// `resource:action`; `scim` covers users and teams through SCIM.
    #[derive(PartialOrd, Ord)]
    #[expect(missing_docs, reason = "each is named after what it opens")]
    Scope as "scope" {
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

named! {
    /// The SCIM dialect of a client, which decides on its compatibility fixes.
    Dialect {
        /// RFC 7643 and RFC 7644, without compatibility fixes.
        Strict = "STRICT",
        /// The dialect of Microsoft Entra ID.
        Entra = "ENTRA",
        /// The dialect of Okta.
        Okta = "OKTA",
    }
}

impl FromStr for Dialect {
    type Err = UnknownName;

    /// Parses the name, or the name of earlier releases.
    fn from_str(text: &str) -> Result<Self, UnknownName> {
        match text {
            "STRICT" | "strict" => Ok(Self::Strict),
            "ENTRA" | "entra" => Ok(Self::Entra),
            "OKTA" | "okta" => Ok(Self::Okta),
            _ => Err(UnknownName { kind: "dialect" }),
        }
    }
}

/// A set of scopes, in the order of [`Scope::ALL`], each once. A write scope does not
/// include the read scope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// All scopes.
    #[must_use]
    pub fn full() -> Self {
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

    /// Whether the set is empty.
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
        assert_eq!(Scopes::full().missing(&scopes), Scopes::default());
        let missing = scopes.missing(&Scopes::full());
        assert_eq!(missing.iter().count(), Scope::ALL.len() - 1);
    }
}
