//! Accounts: made by whoever runs the deployment.

use super::{App, Error, audit, keys, random};
use crate::{
    domain::{
        account::{Account, MAX_SLUG_CHARS, is_slug},
        audit::{Author, Change},
        fault::Fault,
        id::AccountId,
        text::line,
    },
    store::{StoreError, Unique},
};

/// The account that a fresh install has.
pub const DEFAULT_SLUG: &str = "default";

/// What is needed for an account.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Its name in addresses.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// Whom a person may ask who was not let in.
    pub contact: Option<String>,
}

/// Makes an account with its key pairs.
///
/// # Errors
/// [`Error::Invalid`] with every fault, [`Error::Exists`] if the slug is taken.
pub fn create(app: &App, new: NewAccount) -> Result<Account, Error> {
    let now = app.now();
    let faults = faults(&new);
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let NewAccount { slug, name, contact } = new;
    let contact = contact.map(|contact| contact.trim().to_owned());
    let account = Account {
        id: random::id(AccountId::new, now)?,
        slug,
        name: name.trim().to_owned(),
        contact,
        recreate_deleted: false,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    // Keys take long to make: not while the one writer waits.
    let keys = keys::for_account(app, &account, now)?;
    let author = Author::command_line(account.id);
    let made = vec![Change { field: "slug".into(), from: None, to: Some(account.slug.clone()) }];
    let audit = audit::entry(&author, now, "account.create", account.id.as_uuid(), made)?;
    let written = app.db.write(|tx| {
        tx.insert_account(&account)?;
        for key in &keys {
            tx.insert_key(key)?;
        }
        tx.insert_audit(&audit)
    });
    match written {
        Ok(()) => Ok(account),
        Err(StoreError::Conflict(Unique::AccountSlug)) => {
            Err(Error::Exists { thing: "account", name: account.slug })
        }
        Err(error) => Err(error.into()),
    }
}

/// Changes an account: its name, its contact, or both. An empty contact takes
/// it away.
///
/// # Errors
/// [`Error::NotFound`] if there is none; [`Error::Invalid`] with every fault.
pub fn update(
    app: &App,
    slug: &str,
    name: Option<String>,
    contact: Option<String>,
) -> Result<Account, Error> {
    let now = app.now();
    app.db.write(|tx| {
        let before = tx.account_by_slug(slug)?.ok_or_else(|| Error::not_found("account", slug))?;
        let new = NewAccount {
            slug: before.slug.clone(),
            name: name.clone().unwrap_or_else(|| before.name.clone()),
            contact: match &contact {
                Some(contact) => Some(contact.clone()).filter(|contact| !contact.trim().is_empty()),
                None => before.contact.clone(),
            },
        };
        let faults = faults(&new);
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let NewAccount { slug: _, name, contact } = new;
        let after = Account {
            name: name.trim().to_owned(),
            contact: contact.map(|text| text.trim().to_owned()),
            updated_at: now,
            version: before.version + 1,
            ..before.clone()
        };
        let pairs = [
            ("name", Some(before.name), Some(after.name.clone())),
            ("contact", before.contact, after.contact.clone()),
        ];
        let changes = pairs.into_iter().filter(|(_, from, to)| from != to);
        let changes =
            changes.map(|(field, from, to)| Change { field: field.into(), from, to }).collect();
        let author = Author::command_line(after.id);
        let audit = audit::entry(&author, now, "account.update", after.id.as_uuid(), changes)?;
        tx.update_account(&after)?;
        tx.insert_audit(&audit)?;
        Ok(after)
    })
}

/// All accounts.
///
/// # Errors
/// If the database can't be read.
pub fn list(app: &App) -> Result<Vec<Account>, Error> {
    app.db.read(|tx| tx.accounts().map_err(Error::from))
}

/// The account of a slug. A text that can't be a slug is that of none: people
/// type it, and a database may choke on it.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn by_slug(app: &App, slug: &str) -> Result<Account, Error> {
    if !is_slug(slug) {
        return Err(Error::not_found("account", slug));
    }
    app.db
        .read(|tx| tx.account_by_slug(slug).map_err(Error::from))?
        .ok_or_else(|| Error::not_found("account", slug))
}

/// Makes the account `default` in a deployment that has none.
pub(super) fn ensure_default(app: &App) -> Result<(), Error> {
    if !list(app)?.is_empty() {
        return Ok(());
    }
    let new = NewAccount { slug: DEFAULT_SLUG.into(), name: "Default".into(), contact: None };
    match create(app, new) {
        // Another replica was first.
        Ok(_) | Err(Error::Exists { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

fn faults(new: &NewAccount) -> Vec<Fault> {
    let mut faults = Vec::new();
    if !is_slug(&new.slug) {
        let reason =
            format!("is not 1 to {MAX_SLUG_CHARS} lower-case letters, digits and inner hyphens");
        faults.push(Fault::new("slug", &new.slug, reason));
    }
    if let Err(fault) = line(&new.name) {
        faults.push(Fault::new("name", &new.name, fault));
    }
    if let Some(contact) = &new.contact
        && let Err(fault) = line(contact)
    {
        faults.push(Fault::new("contact", contact, fault));
    }
    faults
}
