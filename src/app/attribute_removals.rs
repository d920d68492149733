//! Removing deleted custom attributes from users, some users at a time.

use super::{App, Error, audit, users::diff_users};
use crate::{
    domain::{
        Timestamp,
        audit::{AuditAction, Author},
        custom_attribute::AttributeRemoval,
        id::{AccountId, UserId},
    },
    store::Tx,
};

/// The number of users per transaction. Small, so that a login does not wait long.
const USERS_AT_ONCE: u32 = 250;

/// The maximum number of removals that one call of [`finish_all`] continues.
const REMOVALS_AT_ONCE: u32 = 1_000;

/// Continues the removals of all accounts. A failed removal does not stop the others.
///
/// # Errors
/// If the list of the removals can't be read; otherwise the last error of a removal.
pub fn finish_all(app: &App) -> Result<(), Error> {
    let mut result = Ok(());
    for removal in app.db.read(|tx| tx.attribute_removals(REMOVALS_AT_ONCE))? {
        if let Err(error) = run(app, &removal, None) {
            result = Err(error);
        }
    }
    result
}

/// Removes an attribute from the users of the account, in small transactions, and then ends the
/// removal. Stops after `until`; housekeeping continues it.
///
/// # Errors
/// If the database fails.
pub(super) fn run(
    app: &App,
    removal: &AttributeRemoval,
    until: Option<Timestamp>,
) -> Result<(), Error> {
    let AttributeRemoval { account, name, deletion: _ } = *removal;
    let mut after = UserId::from(uuid::Uuid::nil());
    loop {
        let page =
            app.db.read(|tx| tx.find_attribute_users(account, name, after, USERS_AT_ONCE))?;
        let Some((last, _)) = page.last() else {
            return Ok(app.db.write_for(account, |tx| tx.delete_attribute_removal(removal))?);
        };
        after = *last;
        let users: Vec<_> =
            page.iter().filter(|(_, is_named)| *is_named).map(|(user, _)| *user).collect();
        let now = app.now();
        if !users.is_empty()
            && !app.db.write_for(account, |tx| remove_from(tx, removal, &users, now))?
        {
            return Ok(());
        }
        if until.is_some_and(|until| now >= until) {
            return Ok(());
        }
    }
}

/// Removes an attribute from some users. Returns whether the removal has not ended: another
/// process may be faster, and the attribute may have been defined again since.
fn remove_from(
    tx: &mut Tx<'_>,
    removal: &AttributeRemoval,
    users: &[UserId],
    now: Timestamp,
) -> Result<bool, Error> {
    let AttributeRemoval { account, name, deletion: _ } = *removal;
    if !tx.lock_attribute_removal(removal)? {
        return Ok(false);
    }
    let author = load_author(tx, account, removal)?;
    let (mut changed, mut entries) = (Vec::new(), Vec::new());
    for before in tx.users_for_update(account, users)? {
        let mut after = before.clone();
        after.forget_custom_attribute(name);
        if after == before {
            continue;
        }
        (after.updated_at, after.version) = (now, before.version + 1);
        let changes = diff_users(Some(&before), Some(&after));
        if !changes.is_empty() {
            let action = AuditAction::UserUpdate;
            entries.push(audit::build_entry(&author, now, action, before.id, changes)?);
        }
        changed.push(after);
    }
    tx.remove_attribute(account, name, &changed)?;
    tx.insert_audits(&entries)?;
    Ok(true)
}

/// The author of the deletion.
fn load_author(
    tx: &mut Tx<'_>,
    account: AccountId,
    removal: &AttributeRemoval,
) -> Result<Author, Error> {
    let entry = tx.audit_entry(account, removal.deletion)?;
    let entry = entry.ok_or_else(|| Error::not_found("audit entry", removal.deletion))?;
    Ok(Author::new(account, entry.actor, entry.request))
}
