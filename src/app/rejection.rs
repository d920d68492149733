//! The reasons to reject an operation that is valid.

use crate::domain::{Timestamp, count::format_count};

/// A reason to reject an operation. `force` overrides some of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The account would have no administrator.
    #[error(
        "this is the account's last user with the role ADMIN who may log in. Give another user the role first, or repeat the request with force=true"
    )]
    LastAdmin {
        /// The field that would remove the administrator; `force` for a deletion.
        field: &'static str,
    },
    /// The account would have no key that can create keys.
    #[error(
        "this is the account's last key that can create keys (keys:write). Create another one first, or repeat the request with force=true"
    )]
    LastKeyAdmin,
    /// Users sign in through the connection.
    #[error(
        "{users} of the account's users sign in through this connection. Disable it to prevent logins, or repeat the request with force=true to delete it with its sessions and attempts"
    )]
    ConnectionInUse {
        /// How many.
        users: u64,
    },
    /// The SCIM client has valid keys.
    #[error(
        "the SCIM client has {}. Repeat the request with force=true to delete it with its keys and external IDs",
        format_count(*keys, "valid key")
    )]
    ScimClientInUse {
        /// How many.
        keys: usize,
    },
    /// Users have a value of the custom attribute, or connections name it in their settings.
    #[error(
        "{} and {} use the attribute. Repeat the request with force=true to delete it with these values and settings",
        format_count(*users, "user"),
        format_count(*connections, "connection")
    )]
    AttributeInUse {
        /// How many users.
        users: u64,
        /// How many connections.
        connections: usize,
    },
    /// The account would have too many custom attributes.
    #[error(
        "the account has {} custom attributes, which is the maximum. Delete one that is not used",
        crate::domain::custom_attribute::MAX_DEFINITIONS
    )]
    TooManyAttributes,
    /// An expired key can't be rotated.
    #[error(
        "the key expired at {} and can't be rotated. Create a new key; for a SCIM client, with its scimClientId",
        at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    )]
    KeyExpired {
        /// When.
        at: Timestamp,
    },
    /// An account would fill the database with files.
    #[error(
        "the account has {} imports that have not ended. Wait for one to end, or cancel one",
        crate::app::import::limits::MAX_UNFINISHED_IMPORTS
    )]
    TooManyImports,
    /// Logins would wait too long for the writes of an import.
    #[error(
        "on SQLite, an import with mode=ATOMIC can write at most {} users (a change counts twice); this one creates {created} and changes {changed}. Nothing was written; use mode={} or smaller files",
        crate::app::import::limits::MAX_ATOMIC_USERS_ON_SQLITE,
        crate::domain::import::Mode::RowByRow.as_str()
    )]
    ImportTooLarge {
        /// The users that it creates.
        created: u64,
        /// The users that it changes.
        changed: u64,
    },
    /// Logins would wait too long for the writes of an import on this machine.
    #[error(
        "on SQLite, logins wait for an import with mode=ATOMIC, and this one takes too long. Nothing was written; use mode={} or smaller files",
        crate::domain::import::Mode::RowByRow.as_str()
    )]
    ImportTooSlow,
    /// The certificate verified one of the latest logins.
    #[error(
        "the certificate {fingerprint} verified one of the latest logins, at {}. Keep it until the identity provider signs with another one, or repeat the request with force=true",
        last_used_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    )]
    CertificateInUse {
        /// SHA-256 of the DER, in hexadecimal.
        fingerprint: String,
        /// The last time that it verified a login, to the minute.
        last_used_at: Timestamp,
    },
    /// A key would delete itself.
    #[error("a key can't delete itself. Use another key, or sign in as an ADMIN")]
    OwnKey,
}

impl Rejection {
    /// The stable code of the rejection, in every interface.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::LastAdmin { .. } => "last_admin",
            Self::LastKeyAdmin => "last_key_maker",
            Self::ConnectionInUse { .. }
            | Self::ScimClientInUse { .. }
            | Self::AttributeInUse { .. } => "in_use",
            Self::TooManyAttributes => "too_many_attributes",
            Self::KeyExpired { .. } => "already_expired",
            Self::TooManyImports => "too_many_imports",
            Self::ImportTooLarge { .. } | Self::ImportTooSlow => "import_too_large",
            Self::CertificateInUse { .. } => "certificate_in_use",
            Self::OwnKey => "own_key",
        }
    }
}
