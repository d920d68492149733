//! Accounts, which the operator creates.

use super::{
    App, Error,
    api_keys::{self, CreatedApiKey, NewApiKey},
    audit,
    callers::Caller,
    key_pairs, random,
};
use crate::{
    domain::{
        Timestamp,
        account::{Account, MAX_SLUG_CHARS, is_slug},
        audit::{AuditAction, AuditChange, AuditEntry, AuditField, Author},
        audited_field::AuditedField,
        etag::{ETag, IfMatch},
        field_error::FieldError,
        id::AccountId,
        text::parse_line,
    },
    store::{StoreError, StoredKey, Tx, UniqueKey},
};

/// The account that a fresh install has.
pub const DEFAULT_SLUG: &str = "default";

/// The values of a new account.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Its name in URLs.
    pub slug: String,
    /// Its display name.
    pub name: String,
    /// Contact for people whose login failed.
    pub contact: Option<String>,
}

/// Creates an account with its key pairs.
///
/// # Errors
/// [`Error::Invalid`] with every error, [`Error::UniqueConflict`] if the slug is taken.
pub fn create(app: &App, new: NewAccount) -> Result<Account, Error> {
    let ready = PreparedAccount::prepare(app, new, validate, app.now())?;
    let (account, ()) = ready.write(app, |_| Ok(()))?;
    Ok(account)
}

/// Creates an account and the first key of its admin API in one transaction.
///
/// # Errors
/// Those of [`create`].
pub fn create_with_key(
    app: &App,
    new: NewAccount,
    key: &NewApiKey,
) -> Result<(Account, CreatedApiKey), Error> {
    let now = app.now();
    let ready =
        PreparedAccount::prepare(app, new, |new| [validate(new), key.errors(now)].concat(), now)?;
    let key = api_keys::PreparedApiKey::new(&Author::command_line(ready.account.id), key, now)?;
    let (account, record) = ready.write(app, |tx| key.write(tx))?;
    Ok((account, key.into_created(record)))
}

/// A validated account that is ready to be written.
struct PreparedAccount {
    account: Account,
    keys: Vec<StoredKey>,
    audit: AuditEntry,
}

impl PreparedAccount {
    fn prepare(
        app: &App,
        new: NewAccount,
        validate: impl FnOnce(&NewAccount) -> Vec<FieldError>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let errors = validate(&new);
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        let NewAccount { slug, name, contact } = new;
        let contact = contact.map(|contact| contact.trim().to_owned());
        let account = Account {
            id: random::generate_id(AccountId::new, now)?,
            slug,
            name: name.trim().to_owned(),
            contact,
            recreate_deleted: false,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        // Generating keys is slow, so it happens before the transaction.
        let keys = key_pairs::generate_for_account(app, &account, now)?;
        let author = Author::command_line(account.id);
        let changes = vec![AuditChange::added(AuditedField::SLUG, &account.slug)];
        let audit =
            audit::build_entry(&author, now, AuditAction::AccountCreate, account.id, changes)?;
        Ok(Self { account, keys, audit })
    }

    /// Writes the account, its keys and its audit entry, then runs `write_more`.
    fn write<T>(
        self,
        app: &App,
        write_more: impl Fn(&mut Tx<'_>) -> Result<T, Error>,
    ) -> Result<(Account, T), Error> {
        let Self { account, keys, audit } = self;
        let result = app.db.write(|tx| {
            tx.insert_account(&account)?;
            for key in &keys {
                tx.insert_key(key)?;
            }
            tx.insert_audit(&audit)?;
            write_more(tx)
        });
        match result {
            Ok(more) => Ok((account, more)),
            Err(Error::Store(StoreError::Conflict(UniqueKey::AccountSlug))) => {
                Err(Error::unique_conflict("account", "slug", account.slug, None))
            }
            Err(error) => Err(error),
        }
    }
}

/// The changes of an account. `None` keeps the current value.
#[derive(Debug, Clone, Default)]
pub struct AccountChanges {
    /// Its display name.
    pub name: Option<String>,
    /// Contact for people whose login failed; `Some(None)` removes it.
    pub contact: Option<Option<String>>,
    /// Whether a login may re-create a deleted user.
    pub recreate_deleted: Option<bool>,
}

/// Changes the author's account, if its ETag matches `if_match`.
///
/// # Errors
/// [`Error::NotFound`] if there is none, [`Error::PreconditionFailed`] if it has changed
/// since, [`Error::Invalid`] with every error.
pub fn update(
    app: &App,
    caller: &Caller,
    if_match: &IfMatch,
    changes: &AccountChanges,
) -> Result<Account, Error> {
    let author = &caller.author;
    let now = app.now();
    app.write_as(author, |tx| {
        let before = tx.account_for_update(author.account)?;
        let before = before.ok_or_else(|| Error::not_found("account", author.account))?;
        Error::check_match(if_match, &etag(&before), "account", &before.slug)?;
        let after = apply_changes(&before, changes)?;
        let changes = AuditChange::diff(&audit_fields(&before), &audit_fields(&after));
        if changes.is_empty() {
            return Ok(before);
        }
        let after = Account { updated_at: now, version: before.version + 1, ..after };
        tx.update_account(&after)?;
        audit::record(tx, author, now, AuditAction::AccountUpdate, after.id, changes)?;
        Ok(after)
    })
}

/// The tag of an account.
#[must_use]
pub fn etag(account: &Account) -> ETag {
    ETag::from_version(account.version)
}

fn apply_changes(before: &Account, changes: &AccountChanges) -> Result<Account, Error> {
    let AccountChanges { name, contact, recreate_deleted } = changes.clone();
    let new = NewAccount {
        slug: before.slug.clone(),
        name: name.unwrap_or_else(|| before.name.clone()),
        contact: contact.unwrap_or_else(|| before.contact.clone()),
    };
    let errors = validate(&new);
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let NewAccount { slug: _, name, contact } = new;
    Ok(Account {
        name: name.trim().to_owned(),
        contact: contact.map(|text| text.trim().to_owned()),
        recreate_deleted: recreate_deleted.unwrap_or(before.recreate_deleted),
        ..before.clone()
    })
}

fn audit_fields(account: &Account) -> [AuditField; 3] {
    [
        (AuditedField::NAME, Some(account.name.clone())),
        (AuditedField::CONTACT, account.contact.clone()),
        (AuditedField::RECREATE_DELETED, Some(account.recreate_deleted.to_string())),
    ]
}

/// The account of a caller.
///
/// # Errors
/// If the database can't be read.
pub fn get(app: &App, caller: &Caller) -> Result<Account, Error> {
    let id = caller.author.account;
    let found = app.db.read(|tx| tx.account(id).map_err(Error::from))?;
    found.ok_or_else(|| Error::not_found("account", id))
}

/// All accounts.
///
/// # Errors
/// If the database can't be read.
pub fn list(app: &App) -> Result<Vec<Account>, Error> {
    app.db.read(|tx| tx.accounts().map_err(Error::from))
}

/// Returns the account with this slug. A text that is not a valid slug never
/// reaches the database, which may reject its characters.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn find_by_slug(app: &App, slug: &str) -> Result<Account, Error> {
    if !is_slug(slug) {
        return Err(Error::not_found("account", slug));
    }
    app.db
        .read(|tx| tx.account_by_slug(slug).map_err(Error::from))?
        .ok_or_else(|| Error::not_found("account", slug))
}

/// Creates the account `default` in a deployment without accounts.
pub(super) fn ensure_default(app: &App) -> Result<(), Error> {
    if !list(app)?.is_empty() {
        return Ok(());
    }
    let new = NewAccount { slug: DEFAULT_SLUG.into(), name: "Default".into(), contact: None };
    match create(app, new) {
        // Another replica was first.
        Ok(_) | Err(Error::UniqueConflict { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

fn validate(new: &NewAccount) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if !is_slug(&new.slug) {
        let reason =
            format!("must have 1 to {MAX_SLUG_CHARS} lower-case letters, digits and inner hyphens");
        errors.push(FieldError::new("slug", &new.slug, reason));
    }
    if let Err(error) = parse_line(&new.name) {
        errors.push(FieldError::new("name", &new.name, error));
    }
    if let Some(contact) = &new.contact
        && let Err(error) = parse_line(contact)
    {
        errors.push(FieldError::new("contact", contact, error));
    }
    errors
}
