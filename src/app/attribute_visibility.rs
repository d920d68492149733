//! Who gets the values of custom attributes.

use crate::{
    domain::{
        custom_attribute::{CustomAttributeName, Visibility},
        id::AccountId,
        user::User,
    },
    store::{StoreError, Tx},
};

/// Keeps only the custom attributes that a reader gets, and the locks of those that are
/// defined. Reads the definitions only if a user has custom attributes or locks of them.
pub(crate) fn retain_visible<'a>(
    tx: &mut Tx<'_>,
    account: AccountId,
    users: impl Iterator<Item = &'a mut User>,
    includes_reader: fn(Visibility) -> bool,
) -> Result<(), StoreError> {
    let has_custom = |user: &&mut User| {
        !user.profile.custom.is_empty() || user.locks.iter().any(|lock| lock.custom().is_some())
    };
    let mut users = users.filter(has_custom).peekable();
    if users.peek().is_none() {
        return Ok(());
    }
    let definitions = tx.attribute_definitions(account)?;
    let find = |name: CustomAttributeName| definitions.iter().find(|one| one.name == name);
    users.for_each(|user| {
        let is_visible = |name| find(name).is_some_and(|one| includes_reader(one.visibility));
        user.profile.custom.retain(|name, _| is_visible(*name));
        user.locks.retain(|lock| lock.custom().is_none_or(|name| find(name).is_some()));
    });
    Ok(())
}
