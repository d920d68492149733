//! Callers of the admin API: authentication and permissions.

use super::{
    App, Error,
    random::Secret,
    sessions::{self, SignedInUser},
};
use crate::domain::{
    Timestamp,
    api_key::{ApiKey, Dialect, Scope, Scopes},
    audit::{Actor, Author, Via},
    id::{AccountId, ScimClientId},
    last_use,
    role::AccountRole,
    scim_client::ScimClient,
};

/// The prefix of every API key, by which secret scanners recognize a leaked one.
pub const KEY_PREFIX: &str = "usher_";

/// An authenticated caller.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The author of their changes in the audit log.
    pub author: Author,
    /// Their scopes.
    pub scopes: Scopes,
    /// The credential that authenticated them.
    pub credential: Credential,
}

/// A key with its SCIM client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// The key without its secret.
    pub key: ApiKey,
    /// The SCIM client that it is a key of, if it has the scope `scim`.
    pub scim_client: Option<ScimClient>,
}

/// The credential that authenticated a caller.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A key.
    Key(Box<KeyRecord>),
    /// The session of an administrator.
    Session(Box<SignedInUser>),
    /// An operator's access to the command line.
    CommandLine,
}

impl Caller {
    /// An operator on the command line, with all scopes of an account.
    #[must_use]
    pub fn command_line(account: AccountId) -> Self {
        let author = Author::command_line(account);
        Self { author, scopes: Scopes::full(), credential: Credential::CommandLine }
    }

    /// Checks that the caller has a scope.
    ///
    /// # Errors
    /// [`Error::MissingScope`] if they do not.
    pub fn require(&self, scope: Scope) -> Result<(), Error> {
        if self.scopes.contains(scope) { Ok(()) } else { Err(Error::MissingScope(scope)) }
    }

    /// Returns the same caller, acting as their SCIM client.
    #[must_use]
    pub fn into_scim_client(mut self) -> Self {
        if let Credential::Key(record) = &self.credential
            && let Some(client) = &record.scim_client
        {
            self.author.actor = Actor::ScimClient(client.id);
            self.author.via = Via::ScimKey(record.key.id);
        }
        self
    }

    /// The SCIM dialect of the caller.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.scim_client().map_or(Dialect::Strict, |client| client.dialect)
    }

    /// The SCIM client whose external IDs they see and set.
    #[must_use]
    pub fn scim_client_id(&self) -> Option<ScimClientId> {
        self.scim_client().map(|client| client.id)
    }

    fn scim_client(&self) -> Option<&ScimClient> {
        match &self.credential {
            Credential::Key(proven) => proven.scim_client.as_ref(),
            Credential::Session(_) | Credential::CommandLine => None,
        }
    }

    /// When the caller's credential expires, if it does.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        match &self.credential {
            Credential::Key(proven) => proven.key.expires_at,
            // A key that an administrator creates outlives their session.
            Credential::Session(_) | Credential::CommandLine => None,
        }
    }

    /// An ID that is unique among the callers of the account.
    #[must_use]
    pub fn id(&self) -> uuid::Uuid {
        match &self.credential {
            Credential::Key(proven) => proven.key.id.as_uuid(),
            Credential::Session(signed_in) => signed_in.user.id.as_uuid(),
            Credential::CommandLine => self.author.account.as_uuid(),
        }
    }
}

/// Authenticates a caller by the text of an API key, and records its use behind the
/// response. Returns `None` if no such key exists. `request` is the ID of the request.
///
/// # Errors
/// [`Error::KeyExpired`]; or if the database can't be read.
pub fn authenticate_key(
    app: &App,
    text: &str,
    request: Option<String>,
) -> Result<Option<Caller>, Error> {
    let Some(secret) = text.strip_prefix(KEY_PREFIX).and_then(Secret::from_text) else {
        return Ok(None);
    };
    let now = app.now();
    let key = app.db.query(|tx| tx.api_key_by_hash(secret.hash).map_err(Error::from))?;
    let Some((key, scim_client)) = key else { return Ok(None) };
    // Only the holder of the secret learns that the key existed.
    if let Some(at) = key.expires_at.filter(|until| *until <= now) {
        return Err(Error::KeyExpired { at });
    }
    if last_use::is_due(key.last_used_at, now) {
        app.usage.record_key(key.account, key.id, now);
    }
    let author = Author::new(key.account, Actor::ApiKey(key.id), request);
    let scopes = key.scopes.clone();
    let proof = Credential::Key(Box::new(KeyRecord { key, scim_client }));
    Ok(Some(Caller { author, scopes, credential: proof }))
}

/// Authenticates an administrator by a session cookie. They have every scope in
/// their account. Returns `None` if there is no session.
///
/// # Errors
/// [`Error::NotAdmin`] for other users; or if the database can't be read.
pub fn authenticate_session(
    app: &App,
    cookie: &str,
    request: Option<String>,
) -> Result<Option<Caller>, Error> {
    let Some(signed_in) = sessions::find_current(app, cookie)? else { return Ok(None) };
    if signed_in.user.role != AccountRole::Admin {
        return Err(Error::NotAdmin(signed_in.user.role));
    }
    let actor = Actor::User(signed_in.user.id);
    let author = Author::new(signed_in.account.id, actor, request);
    let proof = Credential::Session(Box::new(signed_in));
    Ok(Some(Caller { author, scopes: Scopes::full(), credential: proof }))
}
