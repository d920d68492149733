//! SCIM clients: the parties that push users and groups. External IDs belong to
//! the client, so that its keys can be replaced.

use super::{
    Timestamp,
    api_key::{Dialect, Scope, Scopes},
    etag::ETag,
    field_error::{FieldError, Reason},
    id::{AccountId, ScimClientId},
};

/// A SCIM client of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScimClient {
    /// Never changes.
    pub id: ScimClientId,
    /// The account that the client belongs to.
    pub account: AccountId,
    /// Unique in the account, compared by key.
    pub name: String,
    /// The SCIM dialect of the client.
    pub dialect: Dialect,
    /// When the client was created.
    pub created_at: Timestamp,
    /// When its name or its dialect last changed.
    pub updated_at: Timestamp,
    /// Grows by one with each change.
    pub version: i64,
}

impl ScimClient {
    /// The ETag of the current state.
    #[must_use]
    pub fn etag(&self) -> ETag {
        ETag::from_version(self.version)
    }
}

/// The SCIM client of a new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyClient {
    /// No client: the key does not have the scope `scim`.
    None,
    /// A client that exists.
    Existing(ScimClientId),
    /// A client that is created with the key, and has its name.
    New(Dialect),
}

impl KeyClient {
    /// Chooses the client of a new key: a key with the scope `scim` has one,
    /// other keys have none.
    ///
    /// # Errors
    /// Every field that must be left out.
    pub fn choose(
        scopes: &Scopes,
        client: Option<ScimClientId>,
        dialect: Option<Dialect>,
    ) -> Result<Self, Vec<FieldError>> {
        if !scopes.contains(Scope::Scim) {
            let statement = "is not supported without the scope scim";
            let remedy = "Add the scope scim, or leave the field out.";
            let error = |field: &'static str, value: String| {
                FieldError::new(field, value, Reason::new(statement, "no value", remedy))
            };
            let client = client.map(|id| error("scimClientId", id.to_string()));
            let dialect = dialect.map(|dialect| error("dialect", dialect.as_str().to_owned()));
            let errors: Vec<_> = client.into_iter().chain(dialect).collect();
            return if errors.is_empty() { Ok(Self::None) } else { Err(errors) };
        }
        match (client, dialect) {
            (None, dialect) => Ok(Self::New(dialect.unwrap_or(Dialect::Strict))),
            (Some(client), None) => Ok(Self::Existing(client)),
            (Some(_), Some(dialect)) => {
                let statement = "can't be combined with scimClientId, which has a dialect";
                let remedy = "Leave the field out, or change the dialect of the SCIM client.";
                let reason = Reason::new(statement, "no value", remedy);
                Err(vec![FieldError::new("dialect", dialect.as_str(), reason)])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_has_a_client_if_and_only_if_it_has_the_scope_scim() {
        let id = ScimClientId::new(Timestamp::UNIX_EPOCH, [7; 10]);
        let (scim, users) = (Scope::Scim, Scope::UsersRead);
        for (scopes, client, dialect, expected) in [
            (vec![users], None, None, Ok(KeyClient::None)),
            (vec![users], Some(id), None, Err(vec!["scimClientId"])),
            (vec![users], None, Some(Dialect::Okta), Err(vec!["dialect"])),
            (vec![users], Some(id), Some(Dialect::Okta), Err(vec!["scimClientId", "dialect"])),
            (vec![], Some(id), None, Err(vec!["scimClientId"])),
            (vec![scim], None, None, Ok(KeyClient::New(Dialect::Strict))),
            (vec![scim, users], None, Some(Dialect::Okta), Ok(KeyClient::New(Dialect::Okta))),
            (vec![scim], Some(id), None, Ok(KeyClient::Existing(id))),
            (vec![scim], Some(id), Some(Dialect::Strict), Err(vec!["dialect"])),
        ] {
            let scopes: Scopes = scopes.into_iter().collect();
            let chosen = KeyClient::choose(&scopes, client, dialect).map_err(|errors| {
                errors.into_iter().map(|error| error.field.into_owned()).collect::<Vec<_>>()
            });
            let expected =
                expected.map_err(|fields| fields.into_iter().map(str::to_owned).collect());
            assert_eq!(chosen, expected, "{scopes}: {client:?}, {dialect:?}");
        }
    }
}
