//! The audit log: building its entries, and listing them.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use super::{
    App, Error,
    callers::Caller,
    listing::{self, ListPage, ListQuery},
    random,
};
use crate::{
    domain::{
        Timestamp,
        audit::{Actor, AuditAction, AuditChange, AuditEntry, AuditTarget, Author},
        id::{AccountId, AuditId},
        lists::Page,
    },
    store::Tx,
};

/// An audit entry with the name of its actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditView {
    /// The entry.
    pub entry: AuditEntry,
    /// The name of the key, the SCIM client or the user, if it is still there.
    pub actor_name: Option<String>,
}

/// The audit of the caller's account.
///
/// # Errors
/// [`Error::Invalid`] with every error of the query.
pub fn list(app: &App, caller: &Caller, query: &ListQuery) -> Result<ListPage<AuditView>, Error> {
    let account = caller.author.account;
    let listed = listing::list(query, |listing| {
        app.db.read(|tx| {
            let Page { items, next, total } = tx.list_audit(account, listing)?;
            Ok(Page { items: describe(tx, account, items)?, next, total })
        })
    })?;
    Ok(listed)
}

/// An entry of the audit of the caller's account.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn get(app: &App, caller: &Caller, id: AuditId) -> Result<AuditView, Error> {
    let account = caller.author.account;
    let views = app.db.read(|tx| {
        let found = tx.audit_entry(account, id)?;
        describe(tx, account, found.into_iter().collect())
    })?;
    views.into_iter().next().ok_or_else(|| Error::not_found("audit entry", id))
}

fn describe(
    tx: &mut Tx<'_>,
    account: AccountId,
    entries: Vec<AuditEntry>,
) -> Result<Vec<AuditView>, Error> {
    let (mut keys, mut clients, mut users) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for entry in &entries {
        match entry.actor {
            Actor::ApiKey(key) => drop(keys.insert(key)),
            Actor::ScimClient(client) => drop(clients.insert(client)),
            Actor::User(user) => drop(users.insert(user)),
            Actor::Login(_) | Actor::CommandLine => {}
        }
    }
    let keys = tx.names_of_keys(account, &Vec::from_iter(keys))?.into_iter();
    let clients = tx.scim_clients(account, &Vec::from_iter(clients))?.into_iter();
    let users = tx.names_of_users(account, &Vec::from_iter(users))?.into_iter();
    // By kind: a SCIM client may have the ID of the key from which it was created.
    let names: HashMap<(&str, Uuid), String> = keys
        .map(|(key, name)| (Actor::ApiKey(key), name))
        .chain(clients.map(|client| (Actor::ScimClient(client.id), client.name)))
        .chain(users.map(|(user, name)| (Actor::User(user), name)))
        .filter_map(|(actor, name)| Some(((actor.kind(), actor.id()?), name)))
        .collect();
    let views = entries.into_iter().map(|entry| {
        let id = entry.actor.id();
        let actor_name = id.and_then(|id| names.get(&(entry.actor.kind(), id)).cloned());
        AuditView { entry, actor_name }
    });
    Ok(views.collect())
}

/// Builds an audit entry. `action` is `resource.verb`, e.g. `user.create`;
/// `target` is the resource.
///
/// # Errors
/// If the operating system provides no random bytes.
pub(crate) fn build_entry(
    author: &Author,
    now: Timestamp,
    action: AuditAction,
    target: impl Into<AuditTarget>,
    changes: Vec<AuditChange>,
) -> Result<AuditEntry, Error> {
    let Author { account, actor, via: _, request } = author.clone();
    Ok(AuditEntry {
        id: random::generate_id(AuditId::new, now)?,
        account,
        at: now,
        actor,
        request,
        action: action.as_str().into(),
        target: target.into(),
        changes,
    })
}

/// Builds an audit entry, and writes it.
///
/// # Errors
/// Those of [`build_entry`]; if the database fails.
pub(crate) fn record(
    tx: &mut Tx<'_>,
    author: &Author,
    now: Timestamp,
    action: AuditAction,
    target: impl Into<AuditTarget>,
    changes: Vec<AuditChange>,
) -> Result<(), Error> {
    Ok(tx.insert_audit(&build_entry(author, now, action, target, changes)?)?)
}
