//! Connections: what an account agrees with an identity provider.

mod accept;
mod described;
mod facts;
mod shown;

use self::{accept::accept, described::changes, facts::Facts, shown::Own};
pub use self::{
    accept::{faults_of_change, faults_of_new},
    facts::{GivenFacts, IDP_FIELDS, IdpSource, read},
    shown::{Certificate, Shown},
};
use super::{
    App, Error, Refusal, audit,
    callers::Caller,
    listing::{self, Listed, Query},
    random,
};
use crate::{
    domain::{
        Timestamp,
        account::Account,
        audit::{Author, Change},
        connection::{Connection, ProvisioningPolicy, SamlPolicy},
        fault::Fault,
        id::ConnectionId,
        listing::Page,
        tag::IfMatch,
    },
    store::Tx,
};

/// What is needed for a connection.
#[derive(Debug, Clone)]
pub struct NewConnection {
    /// Its name for people.
    pub name: String,
    /// Whom it is made with.
    pub idp: IdpSource,
    /// How its responses are judged.
    pub saml: SamlPolicy,
    /// Who is created.
    pub provisioning: ProvisioningPolicy,
    /// Whether it may be used at once.
    pub enabled: bool,
}

/// Makes a connection.
///
/// # Errors
/// [`Error::Invalid`] with every fault.
pub fn create(app: &App, author: &Author, new: NewConnection) -> Result<Connection, Error> {
    let now = app.now();
    let connection = accepted(app, author, new, now)?;
    let made = described::made(&connection);
    let id = connection.id.as_uuid();
    let audit = audit::entry(author, now, "connection.create", id, made)?;
    app.write_as(author, |tx| {
        tx.insert_connection(&connection)?;
        tx.insert_audit(&audit).map_err(Error::from)
    })?;
    Ok(connection)
}

fn accepted(
    app: &App,
    author: &Author,
    new: NewConnection,
    now: Timestamp,
) -> Result<Connection, Error> {
    let NewConnection { name, idp, saml, provisioning, enabled } = new;
    let (idp, unread) = facts::or_faults(read(idp, now))?;
    let connection = Connection {
        id: random::id(ConnectionId::new, now)?,
        account: author.account,
        name: name.trim().to_owned(),
        enabled,
        idp,
        saml,
        provisioning,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    accept(app, &connection, unread, now)?;
    Ok(connection)
}

/// Puts the facts into a connection, or says why they could not be read.
fn apply(facts: &Result<Facts, Vec<Fault>>, connection: &mut Connection) -> Vec<Fault> {
    match facts {
        Ok(facts) => {
            facts.apply(&mut connection.idp);
            Vec::new()
        }
        Err(faults) => faults.clone(),
    }
}

/// The connections of an account.
///
/// # Errors
/// If the database can't be read.
pub fn list(app: &App, account: &Account) -> Result<Vec<Connection>, Error> {
    app.db.read(|tx| tx.connections(account.id).map_err(Error::from))
}

/// Finds a connection of an account by its id or its name.
///
/// # Errors
/// [`Error::NotFound`] if there is none; [`Error::Invalid`] if the name is
/// that of several.
pub fn by_name(app: &App, account: &Account, name: &str) -> Result<Connection, Error> {
    let mut found = list(app, account)?;
    found.retain(|connection| connection.id.to_string() == name || connection.name == name);
    match (found.pop(), found.is_empty()) {
        (Some(connection), true) => Ok(connection),
        (None, _) => Err(Error::not_found("connection", name)),
        (Some(_), false) => {
            Err(Fault::new("connection", name, "is the name of several connections: give the id")
                .into())
        }
    }
}

/// The connections of the caller's account, page by page.
///
/// # Errors
/// [`Error::Invalid`] with every fault of the query.
pub fn page(app: &App, caller: &Caller, query: &Query) -> Result<Listed<Shown>, Error> {
    let account = caller.author.account;
    let listed = listing::list(query, |listing| {
        app.db.read(|tx| tx.list_connections(account, listing).map_err(Error::from))
    })?;
    let (own, now) = (Own::of(app, account)?, app.now());
    let Listed { page: Page { items, next, total }, cursor } = listed;
    let items = items.into_iter().map(|connection| own.beside(connection, now)).collect();
    Ok(Listed { page: Page { items, next, total }, cursor })
}

/// A connection of the caller's account.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn get(app: &App, caller: &Caller, id: ConnectionId) -> Result<Shown, Error> {
    let account = caller.author.account;
    let found = app.db.read(|tx| tx.connection_of(account, id).map_err(Error::from))?;
    shown(app, found.ok_or_else(|| Error::not_found("connection", id))?)
}

/// A connection with what can be told of it.
///
/// # Errors
/// If the database can't be read.
pub fn shown(app: &App, connection: Connection) -> Result<Shown, Error> {
    Ok(Own::of(app, connection.account)?.beside(connection, app.now()))
}

/// Changes a connection by what `change` does to it.
///
/// # Errors
/// [`Error::NotFound`] if there is none; [`Error::Invalid`] with every fault.
pub fn update(
    app: &App,
    author: &Author,
    id: ConnectionId,
    change: impl Fn(&mut Connection),
) -> Result<Connection, Error> {
    let facts = Ok(Facts::default());
    put(app, author, id, &facts, |_| true, change)
}

/// Changes a connection that its caller has seen as `if_match` says: the facts
/// that are given, and by what `change` does to it.
///
/// # Errors
/// [`Error::NotFound`] if there is none, [`Error::Changed`] if it has changed
/// since, [`Error::Invalid`] with every fault.
pub fn change(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    if_match: &IfMatch,
    facts: &GivenFacts,
    change: impl Fn(&mut Connection),
) -> Result<Shown, Error> {
    change_seen(app, caller, id, if_match, &facts.read(app.now()), change)
}

/// Puts another connection in the place of one that its caller has seen as
/// `if_match` says. Its addresses stay.
///
/// # Errors
/// As of [`change`].
pub fn replace(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    if_match: &IfMatch,
    new: &NewConnection,
) -> Result<Shown, Error> {
    let NewConnection { name, idp, saml, provisioning, enabled } = new;
    let facts = match read(idp.clone(), app.now()) {
        Ok(idp) => Ok(Facts::from(idp)),
        Err(Error::Invalid(faults)) => Err(faults),
        Err(other) => return Err(other),
    };
    change_seen(app, caller, id, if_match, &facts, |connection| {
        name.trim().clone_into(&mut connection.name);
        connection.saml.clone_from(saml);
        connection.provisioning.clone_from(provisioning);
        connection.enabled = *enabled;
    })
}

fn change_seen(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    if_match: &IfMatch,
    facts: &Result<Facts, Vec<Fault>>,
    change: impl Fn(&mut Connection),
) -> Result<Shown, Error> {
    let (now, author) = (app.now(), &caller.author);
    let own = Own::of(app, author.account)?;
    let seen = |before: &Connection| if_match.allows(&own.beside(before.clone(), now).tag());
    let after = put(app, author, id, facts, seen, change)?;
    Ok(own.beside(after, now))
}

/// Changes a connection in one transaction, if it was `seen` so.
fn put(
    app: &App,
    author: &Author,
    id: ConnectionId,
    facts: &Result<Facts, Vec<Fault>>,
    seen: impl Fn(&Connection) -> bool,
    change: impl Fn(&mut Connection),
) -> Result<Connection, Error> {
    let now = app.now();
    app.write_as(author, |tx| {
        let before = find_for_update(tx, author, id)?;
        if !seen(&before) {
            return Err(Error::Changed { thing: "connection", name: id.to_string() });
        }
        let mut after = before.clone();
        change(&mut after);
        let faults = apply(facts, &mut after);
        let changes = changes(&before, &after);
        if changes.is_empty() && faults.is_empty() {
            return Ok(before);
        }
        accept(app, &after, faults, now)?;
        after.updated_at = now;
        after.version += 1;
        tx.update_connection(&after)?;
        let id = after.id.as_uuid();
        tx.insert_audit(&audit::entry(author, now, "connection.update", id, changes)?)?;
        Ok(after)
    })
}

fn find_for_update(
    tx: &mut Tx<'_>,
    author: &Author,
    id: ConnectionId,
) -> Result<Connection, Error> {
    let found = tx.connection_for_update(author.account, id)?;
    found.ok_or_else(|| Error::not_found("connection", id))
}

/// Deletes a connection, and with it what it calls its users, the sessions
/// that were opened through it, and its attempts. The users stay.
///
/// # Errors
/// [`Error::NotFound`] if there is none, [`Error::Changed`] if it has changed
/// since, [`Error::Refused`] if it knows users, unless the caller insists.
pub fn delete(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    if_match: &IfMatch,
    force: bool,
) -> Result<(), Error> {
    let (now, author) = (app.now(), &caller.author);
    let own = Own::of(app, author.account)?;
    app.write_as(author, |tx| {
        let gone = find_for_update(tx, author, id)?;
        if !if_match.allows(&own.beside(gone.clone(), now).tag()) {
            return Err(Error::Changed { thing: "connection", name: id.to_string() });
        }
        let users = tx.count_identities(author.account, id)?;
        if users > 0 && !force {
            return Err(Error::Refused(Refusal::ConnectionInUse { users }));
        }
        tx.delete_connection(author.account, id)?;
        let changes = vec![
            Change { field: "name".into(), from: Some(gone.name), to: None },
            Change { field: "idpEntityId".into(), from: Some(gone.idp.entity_id), to: None },
            Change { field: "identities".into(), from: Some(users.to_string()), to: None },
        ];
        let entry = audit::entry(author, now, "connection.delete", id.as_uuid(), changes)?;
        Ok(tx.insert_audit(&entry)?)
    })
}
