//! The last administrator of an account.

use crate::{
    app::{Error, Rejection},
    domain::id::AccountId,
    store::Tx,
};

/// Checks that an account still has an administrator who may log in, after a change
/// that took one away. `field` is the field of the request that did so.
///
/// # Errors
/// [`Error::Rejected`] if none is left.
pub(super) fn check_admin_left(
    tx: &mut Tx<'_>,
    account: AccountId,
    field: &'static str,
) -> Result<(), Error> {
    match tx.enabled_admins_for_update(account)?.is_empty() {
        true => Err(Error::Rejected(Rejection::LastAdmin { field })),
        false => Ok(()),
    }
}
