//! IDs. One type for each kind of resource, so that a team ID can't be used as a user
//! ID.

use std::{fmt, str::FromStr};

use uuid::Uuid;

use super::{Timestamp, field_error::stated};

/// The error of a text that is not an ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an ID, such as 0198c5a0-7d2c-7000-8000-1f58b9145b24")]
pub struct MalformedId;

stated!(MalformedId);

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Creates an ID (UUIDv7) from the time and 10 random bytes. IDs sort by the time
            /// of their creation.
            #[must_use]
            pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
                let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            /// The identifier as it is stored.
            #[must_use]
            pub fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self).map_err(|_| MalformedId)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    )*};
}

identifiers! {
    /// Of an account.
    AccountId;
    /// Of a connection.
    ConnectionId;
    /// Of a user.
    UserId;
    /// Of a team.
    TeamId;
    /// Of an identity: the link between a connection's subject and a user.
    IdentityId;
    /// Of a session.
    SessionId;
    /// Of an attempt to log in.
    AttemptId;
    /// Of an entry of the audit log.
    AuditId;
    /// Of one of Usher's key pairs.
    KeyId;
    /// Of an import of a big file.
    ImportId;
    /// Of a key of the admin API or of SCIM.
    ApiKeyId;
    /// Of a SCIM client.
    ScimClientId;
    /// Of the definition of a custom attribute.
    AttributeDefinitionId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_version_7_and_sort_by_their_moment() {
        let early = UserId::new(Timestamp::from_timestamp(1_700_000_000, 0).unwrap(), [255; 10]);
        let late = UserId::new(Timestamp::from_timestamp(1_700_000_001, 0).unwrap(), [0; 10]);
        assert!(early < late);
        assert_eq!(early.as_uuid().get_version_num(), 7);
        assert_eq!(early.to_string().parse::<UserId>().unwrap(), early);
    }
}
