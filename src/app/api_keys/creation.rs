//! Creating a key, with its SCIM client if it has one of its own.

use chrono::SecondsFormat;
use secrecy::SecretString;

use crate::{
    app::{
        App, Error, audit,
        callers::{Caller, KEY_PREFIX, KeyRecord},
        random::{self, Secret},
        retry::retry_on_conflict,
        scim_clients,
    },
    domain::{
        Timestamp,
        api_key::{ApiKey, Dialect, Scopes},
        audit::{AuditAction, AuditChange, Author},
        audited_field::AuditedField,
        field_error::{FieldError, Reason},
        id::{ApiKeyId, ScimClientId},
        scim_client::KeyClient,
        text::parse_line,
    },
    store::Tx,
};

/// The values of a new key.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// Its name.
    pub name: String,
    /// Its scopes.
    pub scopes: Scopes,
    /// The SCIM client of the key. `None` creates a client, if the key has the
    /// scope `scim`.
    pub scim_client: Option<ScimClientId>,
    /// The dialect of a new SCIM client; [`Dialect::Strict`] if it is `None`.
    pub dialect: Option<Dialect>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
}

/// A key that was just created, with its text, which can't be read again.
#[derive(Debug)]
pub struct CreatedApiKey {
    /// The key without its secret.
    pub key: KeyRecord,
    /// The secret that its holder presents.
    pub text: SecretString,
}

/// Creates a key. Its scopes and lifetime can't exceed those of the caller.
///
/// # Errors
/// [`Error::Invalid`] with every error.
pub fn create(app: &App, caller: &Caller, new: &NewApiKey) -> Result<CreatedApiKey, Error> {
    let now = app.now();
    // A key with an end can't create a key that outlives it.
    let new = NewApiKey { expires_at: new.expires_at.or(caller.expires_at()), ..new.clone() };
    create_validated(app, &caller.author, &new, now, validate(caller, &new, now))
}

/// Validates a new key against the scopes and lifetime of the caller.
#[must_use]
pub fn validate(caller: &Caller, new: &NewApiKey, now: Timestamp) -> Vec<FieldError> {
    let beyond = caller.scopes.missing(&new.scopes);
    let beyond = (!beyond.is_empty()).then(|| {
        let own = format!("scopes of the caller: {}", caller.scopes);
        let reason = Reason::new(
            "are scopes that the caller does not have",
            own,
            "Leave these scopes out, or use a key that has them.",
        );
        FieldError::new("scopes", beyond.to_string(), reason)
    });
    let later = new.expires_at.zip(caller.expires_at()).filter(|(desired, own)| desired > own);
    let later = later.map(|(desired, own)| {
        let end = format_timestamp(own);
        let reason = Reason::new(
            format!("is later than the end of the caller's key, {end}"),
            format!("a time no later than {end}"),
            "Use an earlier time, or a key that ends later.",
        );
        FieldError::new("expiresAt", format_timestamp(desired), reason)
    });
    new.errors(now).into_iter().chain(beyond).chain(later).collect()
}

/// Creates a key for the operator on the command line.
///
/// # Errors
/// [`Error::Invalid`] with every error.
pub fn create_as_operator(
    app: &App,
    caller: &Caller,
    new: &NewApiKey,
) -> Result<CreatedApiKey, Error> {
    let author = &caller.author;
    let now = app.now();
    create_validated(app, author, new, now, new.errors(now))
}

fn create_validated(
    app: &App,
    author: &Author,
    new: &NewApiKey,
    now: Timestamp,
    errors: Vec<FieldError>,
) -> Result<CreatedApiKey, Error> {
    if !errors.is_empty() {
        let unknown = scim_clients::find_unknown_client(app, author.account, new.scim_client)?;
        return Err(Error::Invalid(errors.into_iter().chain(unknown).collect()));
    }
    let ready = PreparedApiKey::new(author, new, now)?;
    // Another request may create a SCIM client of the same name.
    let record = retry_on_conflict(app, author, |tx| ready.write(tx))?;
    Ok(ready.into_created(record))
}

/// A timestamp as the API writes it.
fn format_timestamp(moment: Timestamp) -> String {
    moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

impl NewApiKey {
    pub(in crate::app) fn errors(&self, now: Timestamp) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Err(error) = parse_line(&self.name) {
            errors.push(FieldError::new("name", &self.name, error));
        }
        if self.scopes.is_empty() {
            errors.push(FieldError::new("scopes", "", "must have at least one scope"));
        }
        if let Some(until) = self.expires_at.filter(|until| *until <= now) {
            errors.push(FieldError::new(
                "expiresAt",
                format_timestamp(until),
                "must be a time in the future",
            ));
        }
        // A key without scopes has another error.
        if !self.scopes.is_empty() {
            errors.extend(self.choose_client().err().into_iter().flatten());
        }
        errors
    }

    fn choose_client(&self) -> Result<KeyClient, Vec<FieldError>> {
        KeyClient::choose(&self.scopes, self.scim_client, self.dialect)
    }
}

/// A new key that is ready to be written.
pub(in crate::app) struct PreparedApiKey {
    key: ApiKey,
    secret: Secret,
    client: KeyClient,
    author: Author,
    /// The key that it replaces.
    replaces: Option<ApiKeyId>,
}

impl PreparedApiKey {
    /// Prepares a new key.
    ///
    /// # Errors
    /// [`Error::Invalid`] if its scopes and its SCIM client do not fit together.
    pub(in crate::app) fn new(
        author: &Author,
        new: &NewApiKey,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let client = new.choose_client().map_err(Error::Invalid)?;
        let NewApiKey { name, scopes, scim_client: _, dialect: _, expires_at } = new;
        let secret = Secret::new()?;
        let key = ApiKey {
            id: random::generate_id(ApiKeyId::new, now)?,
            account: author.account,
            name: name.trim().to_owned(),
            hint: create_hint(&secret),
            scopes: scopes.clone(),
            scim_client: None,
            created_at: now,
            expires_at: *expires_at,
            lifetime: expires_at.map(|end| end - now),
            last_used_at: None,
        };
        Ok(Self { key, secret, client, author: author.clone(), replaces: None })
    }

    /// Prepares the replacement of a key, with a new secret and end.
    pub(super) fn new_replacement(
        author: &Author,
        old: &ApiKey,
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let secret = Secret::new()?;
        let client = old.scim_client.map_or(KeyClient::None, KeyClient::Existing);
        let key = ApiKey {
            id: random::generate_id(ApiKeyId::new, now)?,
            hint: create_hint(&secret),
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
        let scim_client =
            scim_clients::resolve_for_new_key(tx, author, self.client, &self.key.name, now)?;
        let key = ApiKey {
            scim_client: scim_client.as_ref().map(|client| client.id),
            ..self.key.clone()
        };
        tx.insert_api_key(&key, self.secret.hash)?;
        let record = KeyRecord { key, scim_client };
        let changes = self.changes(&record);
        audit::record(tx, author, now, AuditAction::KeyCreate, record.key.id, changes)?;
        Ok(record)
    }

    fn changes(&self, record: &KeyRecord) -> Vec<AuditChange> {
        let KeyRecord { key, scim_client } = record;
        let fields = [
            (AuditedField::NAME, Some(key.name.clone())),
            (AuditedField::SCOPES, Some(key.scopes.to_string())),
            (AuditedField::SCIM_CLIENT, scim_client.as_ref().map(|client| client.name.clone())),
            (AuditedField::EXPIRES_AT, key.expires_at.map(|until| until.to_rfc3339())),
            (AuditedField::REPLACES, self.replaces.map(|id| id.to_string())),
        ];
        AuditChange::diff(&[], &fields)
    }

    /// Returns the written key with its text.
    pub(in crate::app) fn into_created(self, record: KeyRecord) -> CreatedApiKey {
        let text = format!("{KEY_PREFIX}{}", self.secret.expose()).into();
        CreatedApiKey { key: record, text }
    }
}

fn create_hint(secret: &Secret) -> String {
    KEY_PREFIX.chars().chain(secret.expose().chars().take(4)).collect()
}
