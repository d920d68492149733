//! SCIM clients: created, listed, changed, deleted.

use super::{
    App, Error, api_keys, audit,
    callers::Caller,
    listing::{self, ListPage, ListQuery},
    random,
    rejection::Rejection,
};
use crate::{
    domain::{
        Timestamp,
        api_key::Dialect,
        audit::{Actor, AuditAction, AuditChange, AuditField, Author},
        audited_field::AuditedField,
        etag::IfMatch,
        field_error::FieldError,
        id::{AccountId, ScimClientId},
        scim_client::{KeyClient, ScimClient},
        text::parse_line,
        unique_name::add_number,
    },
    store::{StoreError, Tx},
};

/// The values of a new SCIM client.
#[derive(Debug, Clone)]
pub struct NewScimClient {
    /// Its name.
    pub name: String,
    /// Its SCIM dialect.
    pub dialect: Dialect,
}

/// The changes of a SCIM client. `None` keeps the current value.
#[derive(Debug, Clone, Default)]
pub struct ScimClientChanges {
    /// Its name.
    pub name: Option<String>,
    /// Its SCIM dialect.
    pub dialect: Option<Dialect>,
}

/// The number of records that are deleted with a SCIM client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dependents {
    /// Its keys, expired ones among them.
    pub keys: usize,
    /// Its keys that are valid.
    pub valid_keys: usize,
    /// External IDs of users.
    pub user_external_ids: u64,
    /// External IDs of teams.
    pub team_external_ids: u64,
}

/// Creates a SCIM client without keys.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::UniqueConflict`] if another client has the name.
pub fn create(app: &App, caller: &Caller, new: &NewScimClient) -> Result<ScimClient, Error> {
    let author = &caller.author;
    let now = app.now();
    let name = parse_line(&new.name).map_err(|error| FieldError::new("name", &new.name, error))?;
    let client = build_client(author, name, new.dialect, now)?;
    app.write_as(author, |tx| {
        check_name_is_free(tx, &client)?;
        tx.insert_scim_client(&client)
            .map_err(|error| Error::from_name_index(error, "SCIM client", &client.name))?;
        audit_creation(tx, author, &client)
    })?;
    Ok(client)
}

fn build_client(
    author: &Author,
    name: &str,
    dialect: Dialect,
    now: Timestamp,
) -> Result<ScimClient, Error> {
    Ok(ScimClient {
        id: random::generate_id(ScimClientId::new, now)?,
        account: author.account,
        name: name.to_owned(),
        dialect,
        created_at: now,
        updated_at: now,
        version: 1,
    })
}

fn audit_creation(tx: &mut Tx<'_>, author: &Author, client: &ScimClient) -> Result<(), Error> {
    let (id, now) = (client.id, client.created_at);
    let changes = AuditChange::diff(&[], &audit_fields(client));
    audit::record(tx, author, now, AuditAction::ScimClientCreate, id, changes)
}

/// Returns the SCIM client of a new key, and locks or creates it. A new client
/// has the name of the key, with a number if another client has that name.
///
/// # Errors
/// [`Error::Invalid`] if the client does not exist.
pub(super) fn resolve_for_new_key(
    tx: &mut Tx<'_>,
    author: &Author,
    choice: KeyClient,
    key_name: &str,
    now: Timestamp,
) -> Result<Option<ScimClient>, Error> {
    match choice {
        KeyClient::None => Ok(None),
        KeyClient::Existing(id) => {
            let found = tx.scim_client_for_update(author.account, id)?;
            Ok(Some(found.ok_or_else(|| unknown_client_error(id))?))
        }
        KeyClient::New(dialect) => {
            let name = find_free_name(tx, author, key_name)?;
            let client = build_client(author, &name, dialect, now)?;
            // If another request takes the name meanwhile, the retry finds it.
            tx.insert_scim_client(&client)?;
            audit_creation(tx, author, &client)?;
            Ok(Some(client))
        }
    }
}

/// Returns the error of a new key whose SCIM client does not exist.
pub(super) fn find_unknown_client(
    app: &App,
    account: AccountId,
    client: Option<ScimClientId>,
) -> Result<Option<FieldError>, Error> {
    let Some(id) = client else { return Ok(None) };
    let found = app.db.read(|tx| tx.scim_client(account, id).map_err(Error::from))?;
    Ok(found.is_none().then(|| unknown_client_error(id)))
}

fn unknown_client_error(id: ScimClientId) -> FieldError {
    let reason = "must be the ID of a SCIM client of this account";
    let remedy = "List the SCIM clients to find the ID, or leave the field out.";
    FieldError::new("scimClientId", id.to_string(), reason).with_remedy(remedy)
}

fn find_free_name(tx: &mut Tx<'_>, author: &Author, name: &str) -> Result<String, StoreError> {
    let mut candidate = name.to_owned();
    for number in 2_usize.. {
        if tx.scim_client_by_name(author.account, &candidate)?.is_none() {
            break;
        }
        candidate = add_number(name, number);
    }
    Ok(candidate)
}

/// The SCIM clients of the author's account.
///
/// # Errors
/// [`Error::Invalid`] with every error of the query.
pub fn list(app: &App, caller: &Caller, query: &ListQuery) -> Result<ListPage<ScimClient>, Error> {
    let author = &caller.author;
    listing::list(query, |listing| {
        app.db.read(|tx| tx.list_scim_clients(author.account, listing).map_err(Error::from))
    })
}

/// A SCIM client of the caller's account.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get(app: &App, caller: &Caller, id: ScimClientId) -> Result<ScimClient, Error> {
    let account = caller.author.account;
    let found = app.db.read(|tx| tx.scim_client(account, id).map_err(Error::from))?;
    found.ok_or_else(|| Error::not_found("SCIM client", id))
}

/// The SCIM client with an ID or a name.
///
/// # Errors
/// [`Error::NotFound`].
pub fn find_by_id_or_name(app: &App, caller: &Caller, text: &str) -> Result<ScimClient, Error> {
    let author = &caller.author;
    let account = author.account;
    let found = app.db.read(|tx| {
        if let Ok(id) = text.trim().parse()
            && let Some(client) = tx.scim_client(account, id)?
        {
            return Ok(Some(client));
        }
        // The database may not be able to store a text that is not a valid name.
        match parse_line(text) {
            Ok(name) => Ok::<_, Error>(tx.scim_client_by_name(account, name)?),
            Err(_) => Ok(None),
        }
    })?;
    found.ok_or_else(|| Error::not_found("SCIM client", text))
}

/// Changes a SCIM client.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::PreconditionFailed`] if it is not as `if_match` says;
/// [`Error::Invalid`]; [`Error::UniqueConflict`] if another client has the name.
pub fn update(
    app: &App,
    caller: &Caller,
    id: ScimClientId,
    if_match: &IfMatch,
    changes: &ScimClientChanges,
) -> Result<ScimClient, Error> {
    let author = &caller.author;
    let now = app.now();
    let name = changes.name.as_deref().map(|name| {
        parse_line(name).map_err(|error| Error::from(FieldError::new("name", name, error)))
    });
    let name = name.transpose()?;
    app.write_as(author, |tx| {
        let before = load_for_update(tx, author, id, if_match)?;
        let after = ScimClient {
            name: name.unwrap_or(&before.name).to_owned(),
            dialect: changes.dialect.unwrap_or(before.dialect),
            ..before.clone()
        };
        let changes = AuditChange::diff(&audit_fields(&before), &audit_fields(&after));
        if changes.is_empty() {
            return Ok(before);
        }
        let after = ScimClient { updated_at: now, version: before.version + 1, ..after };
        check_name_is_free(tx, &after)?;
        tx.update_scim_client(&after)
            .map_err(|error| Error::from_name_index(error, "SCIM client", &after.name))?;
        audit::record(tx, author, now, AuditAction::ScimClientUpdate, id, changes)?;
        Ok(after)
    })
}

fn load_for_update(
    tx: &mut Tx<'_>,
    author: &Author,
    id: ScimClientId,
    if_match: &IfMatch,
) -> Result<ScimClient, Error> {
    let found = tx.scim_client_for_update(author.account, id)?;
    let found = found.ok_or_else(|| Error::not_found("SCIM client", id))?;
    Error::check_match(if_match, &found.etag(), "SCIM client", id)?;
    Ok(found)
}

fn audit_fields(client: &ScimClient) -> [AuditField; 2] {
    let ScimClient { name, dialect, .. } = client;
    [
        (AuditedField::NAME, Some(name.clone())),
        (AuditedField::DIALECT, Some(dialect.as_str().to_owned())),
    ]
}

/// Counts the records that are deleted with a SCIM client.
///
/// # Errors
/// If the database can't be read.
pub fn count_dependents(app: &App, client: &ScimClient) -> Result<Dependents, Error> {
    let now = app.now();
    app.db.read(|tx| {
        let keys = tx.api_keys_of_client(client.account, client.id)?;
        let (user_external_ids, team_external_ids) = tx.count_external_ids(client.id)?;
        let valid_keys = keys.iter().filter(|key| key.is_valid(now)).count();
        Ok(Dependents { keys: keys.len(), valid_keys, user_external_ids, team_external_ids })
    })
}

/// Deletes a SCIM client with its keys and its external IDs. The users and
/// teams stay.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::PreconditionFailed`] if it is not as `if_match` says;
/// [`Error::Rejected`] if a key of it is valid, and `force` is not set, or if it is the
/// caller's own.
pub fn delete(
    app: &App,
    caller: &Caller,
    id: ScimClientId,
    if_match: &IfMatch,
    force: bool,
) -> Result<Dependents, Error> {
    let author = &caller.author;
    let now = app.now();
    app.write_as(author, |tx| {
        // Locks the keys before their client, in the order of a rotation.
        tx.api_keys_for_update(author.account)?;
        let client = load_for_update(tx, author, id, if_match)?;
        let keys = tx.api_keys_of_client(author.account, id)?;
        let valid_keys = keys.iter().filter(|key| key.is_valid(now)).count();
        if keys.iter().any(|key| author.actor == Actor::ApiKey(key.id)) {
            return Err(Error::Rejected(Rejection::OwnKey));
        }
        if valid_keys > 0 && !force {
            return Err(Error::Rejected(Rejection::ScimClientInUse { keys: valid_keys }));
        }
        let (user_external_ids, team_external_ids) = tx.count_external_ids(id)?;
        let dependents =
            Dependents { keys: keys.len(), valid_keys, user_external_ids, team_external_ids };
        for key in &keys {
            api_keys::audit_deletion(tx, author, key, now)?;
        }
        tx.delete_scim_client(author.account, id)?;
        audit_deletion(tx, author, &client, dependents, now)?;
        Ok(dependents)
    })
}

fn audit_deletion(
    tx: &mut Tx<'_>,
    author: &Author,
    client: &ScimClient,
    dependents: Dependents,
    now: Timestamp,
) -> Result<(), Error> {
    let Dependents { keys, valid_keys: _, user_external_ids, team_external_ids } = dependents;
    let mut changes = AuditChange::diff(&audit_fields(client), &[]);
    changes.extend([
        AuditChange::removed(AuditedField::KEYS, &keys),
        AuditChange::removed(AuditedField::USER_EXTERNAL_IDS, &user_external_ids),
        AuditChange::removed(AuditedField::TEAM_EXTERNAL_IDS, &team_external_ids),
    ]);
    audit::record(tx, author, now, AuditAction::ScimClientDelete, client.id, changes)
}

fn check_name_is_free(tx: &mut Tx<'_>, client: &ScimClient) -> Result<(), Error> {
    let same = tx.scim_client_by_name(client.account, &client.name)?;
    match same.filter(|other| other.id != client.id) {
        Some(other) => Err(Error::unique_conflict(
            "SCIM client",
            "name",
            &client.name,
            Some(other.id.as_uuid()),
        )),
        None => Ok(()),
    }
}
