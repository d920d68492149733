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
    let value = external_id.value.clone().filter(|_| !taken.external_id);
    let text = value.as_deref();
    read(ProfileField::ExternalId, value.clone(), rejected(&external_id, taken.external_id, text));

    let user_name = read_user_name(reader);
    let name = user_name.value.clone().filter(|_| !taken.user_name);
    let text = name.as_ref().map(UserName::as_str);
    let errors = rejected(&user_name, taken.user_name, text);
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
