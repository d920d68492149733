//! Creating a key, with its SCIM client if it has one of its own.

use super::*;

/// A key that only has to be written.
pub(in crate::app) struct Ready {
    key: ApiKey,
    secret: Secret,
    client: KeyClient,
    author: Author,
    /// The key that it takes the place of.
    replaces: Option<ApiKeyId>,
}

impl Ready {
    /// Prepares a new key.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it can't have a SCIM client so.
    pub(in crate::app) fn of(
        author: &Author,
        new: &NewApiKey,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let client = new.client().map_err(Error::Invalid)?;
        let NewApiKey { name, scopes, scim_client: _, dialect: _, expires_at } = new;
        let secret = Secret::new()?;
        let key = ApiKey {
            id: random::id(ApiKeyId::new, now)?,
            account: author.account,
            name: name.trim().to_owned(),
            hint: hint(&secret),
            scopes: scopes.clone(),
            scim_client: None,
            created_at: now,
            expires_at: *expires_at,
            lifetime: expires_at.map(|end| end - now),
            last_used_at: None,
        };
        Ok(Self { key, secret, client, author: author.clone(), replaces: None })
    }

    /// Prepares the key that takes the place of another one: the same but for
    /// the secret and the end.
    pub(super) fn in_place_of(
        author: &Author,
        old: &ApiKey,
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let secret = Secret::new()?;
        let client = old.scim_client.map_or(KeyClient::None, KeyClient::Existing);
        let key = ApiKey {
            id: random::id(ApiKeyId::new, now)?,
            hint: hint(&secret),
            created_at: now,
            expires_at,
            last_used_at: None,
            ..old.clone()
        };
        Ok(Self { key, secret, client, author: author.clone(), replaces: Some(old.id) })
    }

    /// Writes the key, and its SCIM client if that is new.
    pub(in crate::app) fn write(&self, tx: &mut Tx<'_>) -> Result<KeyRecord, Error> {
        let (author, now) = (&self.author, self.key.created_at);
        let scim_client = scim_clients::of_new_key(tx, author, self.client, &self.key.name, now)?;
        let key = ApiKey {
            scim_client: scim_client.as_ref().map(|client| client.id),
            ..self.key.clone()
        };
        tx.insert_api_key(&key, self.secret.hash)?;
        let record = KeyRecord { key, scim_client };
        let changes = self.changes(&record);
        let id = record.key.id.as_uuid();
        tx.insert_audit(&audit::entry(author, now, "key.create", id, changes)?)?;
        Ok(record)
    }

    fn changes(&self, record: &KeyRecord) -> Vec<Change> {
        let KeyRecord { key, scim_client } = record;
        let fields = [
            ("name", Some(key.name.clone())),
            ("scopes", Some(key.scopes.to_string())),
            ("scimClient", scim_client.as_ref().map(|client| client.name.clone())),
            ("expiresAt", key.expires_at.map(|until| until.to_rfc3339())),
            ("replaces", self.replaces.map(|id| id.to_string())),
        ];
        let made = fields.into_iter().filter(|(_, to)| to.is_some());
        made.map(|(field, to)| Change { field: field.into(), from: None, to }).collect()
    }

    /// The key as it was written, with its text.
    pub(in crate::app) fn into_made(self, record: KeyRecord) -> MadeApiKey {
        let text = format!("{KEY_PREFIX}{}", self.secret.expose()).into();
        MadeApiKey { key: record, text }
    }
}

fn hint(secret: &Secret) -> String {
    KEY_PREFIX.chars().chain(secret.expose().chars().take(4)).collect()
}
