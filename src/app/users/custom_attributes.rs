//! The custom attributes of users: which definitions apply to a change, and who makes it.

use crate::{
    domain::{
        audit::Author,
        custom_attribute::{AttributeDefinition, AttributeWriter},
        id::AccountId,
        user::Origin,
        user_patch::UserPatch,
    },
    store::{StoreError, Tx},
};

/// Loads the definitions that a change of an existing user needs, and locks them until the
/// transaction ends: none if it changes no custom attribute.
///
/// Definitions are locked before users, to prevent deadlocks.
pub(super) fn lock_definitions_for(
    tx: &mut Tx<'_>,
    account: AccountId,
    patch: &UserPatch,
) -> Result<Vec<AttributeDefinition>, StoreError> {
    let has_custom_lock = || patch.locks.iter().flatten().any(|name| name.custom().is_some());
    match patch.custom.is_empty() && !has_custom_lock() {
        true => Ok(Vec::new()),
        false => tx.attribute_definitions_for_share(account),
    }
}

/// Locks the definitions by which a write was planned until the transaction ends, so that no
/// user gets a value of a definition that is deleted meanwhile.
///
/// Definitions are locked before users, to prevent deadlocks.
///
/// # Errors
/// [`StoreError::Stale`] if they have changed since: plan again.
pub(crate) fn lock_planned_definitions(
    tx: &mut Tx<'_>,
    account: AccountId,
    planned: &[AttributeDefinition],
) -> Result<(), StoreError> {
    match tx.attribute_definitions_for_share(account)? == planned {
        true => Ok(()),
        false => Err(StoreError::Stale { table: "attribute_definitions" }),
    }
}

/// Who writes the custom attributes of a user.
pub(super) fn writer(author: &Author, creates_user: bool) -> AttributeWriter {
    AttributeWriter { is_administrator: author.origin() == Origin::Admin, creates_user }
}
