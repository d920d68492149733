//! The unique values of a user besides the address: `externalId` and `userName`.

use super::{
    FallbackReason, ProfileField, TakenValues, ValueFallback, ValueSource,
    attribute_reader::{FieldReader, FirstValidValue},
};
use crate::domain::{email::Email, user_name::UserName};

/// The unique values of a new user.
pub(super) struct Identifiers {
    pub(super) external_id: Option<String>,
    pub(super) user_name: Option<UserName>,
    pub(super) sources: Vec<(ProfileField, ValueSource)>,
}

/// Whether a login can't give an address to a user: another user has it as address or user
/// name, or a deleted user had it whom no login may create again. A user who takes the
/// address removes the record of the deletion.
#[must_use]
pub const fn is_address_taken(
    has_other_user: bool,
    has_deleted_user: bool,
    may_recreate_deleted: bool,
) -> bool {
    has_other_user || (has_deleted_user && !may_recreate_deleted)
}

/// Reads the account's own ID of a person.
pub(super) fn read_external_id<'a>(reader: &FieldReader<'a>) -> FirstValidValue<'a, String> {
    let field = ProfileField::ExternalId;
    reader.read_first(field, |text| Ok(field.definition().kind.parse(text)?))
}

/// Reads the `userName`.
pub(super) fn read_user_name<'a>(reader: &FieldReader<'a>) -> FirstValidValue<'a, UserName> {
    reader.read_first(ProfileField::UserName, |text| Ok(text.parse::<UserName>()?))
}

/// Reads the unique values of a new user. Those that other users have are left out.
pub(super) fn read_identifiers(
    reader: &FieldReader<'_>,
    email: &Email,
    taken: TakenValues,
    fallbacks: &mut Vec<ValueFallback>,
) -> Identifiers {
    let mut sources = Vec::new();
    let mut read = |field: ProfileField, used: Option<String>, rejected: Vec<ValueFallback>| {
        fallbacks.extend(rejected);
        if used.is_some() {
            sources.push((field, reader.source(field)));
        }
    };
    let external_id = read_external_id(reader);
    let value = external_id.value.clone().filter(|_| !taken.is_external_id_taken);
    let text = value.as_deref();
    read(
        ProfileField::ExternalId,
        value.clone(),
        rejected(&external_id, taken.is_external_id_taken, text),
    );

    let user_name = read_user_name(reader);
    let name = user_name.value.clone().filter(|_| !taken.is_user_name_taken);
    let text = name.as_ref().map(UserName::as_str);
    let errors = rejected(&user_name, taken.is_user_name_taken, text);
    // The address is the user name of a user who has no other.
    let name = name.filter(|name| *name.key() != email.key().into());
    read(ProfileField::UserName, name.as_ref().map(ToString::to_string), errors);
    Identifiers { external_id: value, user_name: name, sources }
}

/// The fallbacks of a unique value. `used`: the value of the user after the login.
pub(super) fn rejected<T: ToString>(
    read: &FirstValidValue<'_, T>,
    is_taken: bool,
    used: Option<&str>,
) -> Vec<ValueFallback> {
    let mut fallbacks = read.fallbacks(used);
    let taken = read.value.as_ref().filter(|_| is_taken);
    fallbacks.extend(
        taken.map(|value| read.fallback(&value.to_string(), FallbackReason::AlreadyUsed, used)),
    );
    fallbacks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_of_a_deleted_user_is_taken_unless_logins_may_create_the_user_again() {
        for (has_other_user, has_deleted_user, may_recreate_deleted, expected) in [
            (false, false, false, false),
            (false, false, true, false),
            (false, true, false, true),
            (false, true, true, false),
            (true, false, false, true),
            (true, false, true, true),
            (true, true, false, true),
            (true, true, true, true),
        ] {
            let is_taken = is_address_taken(has_other_user, has_deleted_user, may_recreate_deleted);
            assert_eq!(
                is_taken, expected,
                "{has_other_user} {has_deleted_user} {may_recreate_deleted}"
            );
        }
    }
}
