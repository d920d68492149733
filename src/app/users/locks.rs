//! The attributes that SCIM clients may not change, because an administrator has locked
//! them.

use crate::{
    app::Error,
    domain::{attribute_name::AttributeName, id::UserId, user::User},
    scim::{error::ScimErrorType, user::scim_name},
};

/// Checks that no locked attribute changes.
pub(super) fn check_locks(before: &User, after: &User) -> Result<(), Error> {
    let locked = before.locked_change(after);
    locked.map_or(Ok(()), |attribute| Err(locked_error(before.id, attribute)))
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
    let name = attribute.to_string();
    let name = match scim_name(&name) {
        same if same == name => name,
        other => format!("{other} ({attribute} in the admin API)"),
    };
    let detail = format!(
        "{name} of the user {user} is locked and was not changed: send its current value, or have \
         an administrator unlock it (lockedAttributes in the admin API)"
    );
    ScimErrorType::Mutability.with_detail(detail).into()
}
