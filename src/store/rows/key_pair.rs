use diesel::prelude::*;

use super::row::{row, stored_as};
use crate::{
    domain::{
        Timestamp,
        id::{AccountId, KeyId},
        named_enum::named,
    },
    store::{
        error::{RowRef, StoreError},
        schema::keys,
        sql::{SqlTimestamp, TextValue, UuidValue},
    },
};

/// A key pair of Usher. Its private key is sealed before it is passed to the store, which
/// can't open it.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// Never changes.
    pub id: KeyId,
    /// The user who has it.
    pub owner: KeyOwner,
    /// Its purpose. It has no other use.
    pub purpose: KeyPurpose,
    /// The public half: a certificate in DER, or a JWK as JSON.
    pub public: Vec<u8>,
    /// The private half, encrypted.
    pub sealed_private: Vec<u8>,
    /// The time of its creation.
    pub created_at: Timestamp,
    /// The time since which it does not sign any more, if it was retired.
    pub retired_at: Option<Timestamp>,
}

/// The owner of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyOwner {
    /// An account.
    Account(AccountId),
    /// The deployment.
    Deployment,
}

named! {
    /// The purpose of a key.
    KeyPurpose as "purpose of a key" {
        /// Signs messages to identity providers.
        SamlSigning = "saml_signing",
        /// Decrypts messages of identity providers.
        SamlEncryption = "saml_encryption",
        /// Signs tokens for other services.
        TokenSigning = "token_signing",
    }
}

impl KeyOwner {
    /// The owner as the tables have it: null for the deployment.
    pub(crate) fn column(self) -> Option<UuidValue> {
        match self {
            Self::Account(account) => Some(account.as_uuid().into()),
            Self::Deployment => None,
        }
    }
}

impl std::fmt::Debug for StoredKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, owner, purpose, public: _, sealed_private: _, created_at, retired_at } =
            self;
        f.debug_struct("StoredKey")
            .field("id", id)
            .field("owner", owner)
            .field("purpose", purpose)
            .field("created_at", created_at)
            .field("retired_at", retired_at)
            .finish_non_exhaustive()
    }
}

row! {
    KeyRow in keys by id {
        id: UuidValue = id,
        account_id: Option<UuidValue> = owner,
        purpose: TextValue = purpose,
        public: Vec<u8> = public,
        sealed_private: Vec<u8> = sealed_private,
        created_at: SqlTimestamp = created_at,
        retired_at: Option<SqlTimestamp> = retired_at,
    }
    StoredKey { id, owner, purpose, public, sealed_private, created_at, retired_at }
}

stored_as! {
    KeyOwner as Option<UuidValue>:
        |owner| owner.column(),
        |id, _, _| id.map_or(Self::Deployment, |id| Self::Account(id.0.into()));
}
