//! Who gets the values of custom attributes.

use crate::{
    domain::{
        custom_attribute::{CustomAttributeName, Visibility},
        id::AccountId,
        user::User,
    },
    store::{StoreError, Tx},
};

/// Keeps only the custom attributes that a reader gets. Reads the definitions only if a
/// user has custom attributes.
pub(crate) fn retain_visible<'a>(
    tx: &mut Tx<'_>,
    account: AccountId,
    users: impl Iterator<Item = &'a mut User>,
    includes_reader: fn(Visibility) -> bool,
) -> Result<(), StoreError> {
    let mut users = users.filter(|user| !user.profile.custom.is_empty()).peekable();
    if users.peek().is_none() {
        return Ok(());
    }
    let definitions = tx.attribute_definitions(account)?;
    let is_visible = |name: &CustomAttributeName| {
        definitions.iter().any(|one| one.name == *name && includes_reader(one.visibility))
    };
    users.for_each(|user| user.profile.custom.retain(|name, _| is_visible(name)));
    Ok(())
}
