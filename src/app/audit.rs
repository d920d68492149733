//! The audit log: building its entries, and listing them.

use super::{
    App, Error,
    callers::Caller,
    listing::{self, ListPage, ListQuery},
    random,
    resource_names::{NamedResource, load_names},
};
use crate::{
    domain::{
        Timestamp,
        audit::{AuditAction, AuditChange, AuditEntry, AuditTarget, Author},
        id::{AccountId, AuditId},
        lists::Page,
    },
    store::Tx,
};

/// An audit entry with the names of its actor, its target and its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditView {
    /// The entry.
    pub entry: AuditEntry,
    /// The name of the key, the SCIM client or the user, if it still exists.
    pub actor_name: Option<String>,
    /// The name of the target, if it has one and still exists.
    pub target_name: Option<String>,
    /// The name of the user whom the change concerns, if the user still exists.
    pub user_name: Option<String>,
}

/// The audit log of the caller's account.
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

/// An entry of the audit log of the caller's account.
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
    let resources = entries.iter().flat_map(|entry| {
        let actor = NamedResource::from_actor(entry.actor);
        let user = entry.target.user.map(NamedResource::User);
        [actor, named_target(entry), user].into_iter().flatten()
    });
    let names = load_names(tx, account, resources)?;
    let views = entries.into_iter().map(|entry| {
        let name =
            |resource: Option<NamedResource>| resource.and_then(|it| names.get(&it).cloned());
        AuditView {
            actor_name: name(NamedResource::from_actor(entry.actor)),
            target_name: name(named_target(&entry)),
            user_name: name(entry.target.user.map(NamedResource::User)),
            entry,
        }
    });
    Ok(views.collect())
}

/// The target of an entry, if its kind has a name.
fn named_target(entry: &AuditEntry) -> Option<NamedResource> {
    let id = entry.target.id;
    match entry.action.split('.').next() {
        Some("user") => Some(NamedResource::User(id.into())),
        Some("team") => Some(NamedResource::Team(id.into())),
        Some("connection") => Some(NamedResource::Connection(id.into())),
        Some("key") => Some(NamedResource::Key(id.into())),
        Some("scim_client") => Some(NamedResource::ScimClient(id.into())),
        _ => None,
    }
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
