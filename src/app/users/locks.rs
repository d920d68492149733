//! The attributes that SCIM clients may not change, because an administrator has locked
//! them.

use crate::{
    app::Error,
    domain::{
        attribute_name::AttributeName, id::UserId, multi_valued::MultiValuedField,
        profile_field::ProfileField, user::User,
    },
    scim::{error::ScimErrorType, user::scim_name},
};

/// Checks that no locked attribute changes.
pub(super) fn check_locks(before: &User, after: &User) -> Result<(), Error> {
    // Most users have no locks.
    if before.locks.is_empty() {
        return Ok(());
    }
    let is_changed = |list: &MultiValuedField| before.values(*list) != after.values(*list);
    let lists = MultiValuedField::ALL.into_iter().filter(is_changed).map(AttributeName::from);
    let mut changed = after.changed_attributes(before);
    changed.extend(lists);
    // Addresses and user names are the same in any case.
    if before.email.key() == after.email.key() {
        changed.remove(&ProfileField::Email.into());
    }
    if before.user_name_key() == after.user_name_key() {
        changed.remove(&ProfileField::UserName.into());
    }
    let first = changed.intersection(&before.locks).next();
    first.map_or(Ok(()), |attribute| Err(locked_error(before.id, *attribute)))
}

/// The error of a SCIM request that changes a locked attribute.
pub(crate) fn locked_error(user: UserId, attribute: AttributeName) -> Error {
    if attribute == AttributeName::TEAMS {
        let detail = format!(
            "members: the groups of the user {user} are locked and were not changed: leave the user as \
             they are, or have an administrator unlock teams (lockedAttributes in the admin API)"
        );
        return ScimErrorType::Mutability.with_detail(detail).into();
    }
    let name = match scim_name(attribute.as_str()) {
        same if same == attribute.as_str() => same,
        other => format!("{other} ({attribute} in the admin API)"),
    };
    let detail = format!(
        "{name} of the user {user} is locked and was not changed: send its current value, or have \
         an administrator unlock it (lockedAttributes in the admin API)"
    );
    ScimErrorType::Mutability.with_detail(detail).into()
}
