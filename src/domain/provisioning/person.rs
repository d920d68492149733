//! The person whom a login creates: each field from its attribute, or from
//! its fallback.

use super::{
    FallbackReason, MappingTarget, ProfileField, ValueFallback, ValueSource, ValueWithSource,
    attribute_reader::{FieldReader, FirstValidValue},
    lists::fill_lists,
    names::derive_names,
};
use crate::domain::{
    connection::ProvisioningPolicy,
    email::Email,
    mobile::{Mobile, NumberError, Region},
    multi_valued::MultiValuedField,
    profile_text::TextKind,
    role::AccountRole,
    user::Profile,
};

/// The attributes of a person in an assertion.
pub(super) struct Person {
    pub(super) role: ValueWithSource<AccountRole>,
    pub(super) display_name: Option<String>,
    pub(super) manager: Option<String>,
    pub(super) profile: Profile,
    pub(super) sources: Vec<(MappingTarget, ValueSource)>,
}

/// Reads the attributes of a person.
pub(super) fn read_person(
    reader: &FieldReader<'_>,
    email: &Email,
    fallbacks: &mut Vec<ValueFallback>,
) -> Person {
    let mut sources = Vec::new();
    let parsed = derive_names(email);
    let first_name =
        read_name(reader, ProfileField::FirstName, parsed.first, &mut sources, fallbacks);
    let last_name = read_name(reader, ProfileField::LastName, parsed.last, &mut sources, fallbacks);
    let texts = ProfileField::text_fields()
        .filter_map(|field| Some((field, read_optional(reader, field, &mut sources, fallbacks)?)));
    let texts = texts.collect();
    let role = read_role(reader, fallbacks);
    let mobile = read_mobile(reader, &mut sources, fallbacks);
    let profile_image =
        read_optional(reader, ProfileField::UserProfileImage, &mut sources, fallbacks);
    let display_name = read_optional(reader, ProfileField::DisplayName, &mut sources, fallbacks);
    let manager = read_optional(reader, ProfileField::Manager, &mut sources, fallbacks);
    let main = |list| match list {
        MultiValuedField::Emails => Some(email.to_string()),
        MultiValuedField::PhoneNumbers => mobile.as_ref().map(Mobile::to_uri),
        _ => None,
    };
    let values = fill_lists(reader, main, &mut sources, fallbacks);
    let profile = Profile {
        first_name,
        last_name,
        texts,
        mobile,
        profile_image,
        values,
        ..Profile::default()
    };
    let display_name = display_name.filter(|name| *name != profile.full_name());
    Person { role, display_name, manager, profile, sources }
}

fn read_name(
    reader: &FieldReader<'_>,
    field: ProfileField,
    parsed: String,
    sources: &mut Vec<(MappingTarget, ValueSource)>,
    fallbacks: &mut Vec<ValueFallback>,
) -> String {
    let read = reader.read_first(field, read_line);
    let source = match read.value {
        Some(_) => reader.source(field),
        None => ValueSource::EmailAddress,
    };
    sources.push((field.into(), source));
    let name = read.value.clone().unwrap_or(parsed);
    fallbacks.extend(read.fallbacks(Some(name.as_str()).filter(|name| !name.is_empty())));
    name
}

fn read_optional(
    reader: &FieldReader<'_>,
    field: ProfileField,
    sources: &mut Vec<(MappingTarget, ValueSource)>,
    fallbacks: &mut Vec<ValueFallback>,
) -> Option<String> {
    let read = reader.read_first(field, |text| Ok(field.definition().kind.parse(text)?));
    fallbacks.extend(read.fallbacks(read.value.as_deref()));
    if read.value.is_some() {
        sources.push((field.into(), reader.source(field)));
    }
    read.value
}

fn read_role(
    reader: &FieldReader<'_>,
    fallbacks: &mut Vec<ValueFallback>,
) -> ValueWithSource<AccountRole> {
    let read = read_first_role(reader);
    let role = match read.value {
        Some(role) => ValueWithSource {
            value: allowed_role(reader.policy, role),
            source: reader.source(ProfileField::Role),
        },
        None => ValueWithSource { value: AccountRole::Stakeholder, source: ValueSource::Default },
    };
    fallbacks.extend(read.fallbacks(Some(role.value.as_str())));
    fallbacks.extend(too_high_role(&read, role.value));
    role
}

/// Reads the account role as it was received.
pub(super) fn read_first_role<'a>(reader: &FieldReader<'a>) -> FirstValidValue<'a, AccountRole> {
    reader.read_first(ProfileField::Role, |text| {
        text.parse().map_err(|_| FallbackReason::UnknownRole)
    })
}

/// A role, or the highest one that the connection allows.
pub(super) fn allowed_role(policy: &ProvisioningPolicy, role: AccountRole) -> AccountRole {
    policy.highest_role.filter(|highest| role.exceeds(*highest)).unwrap_or(role)
}

/// The fallback of a received role that the connection does not allow.
pub(super) fn too_high_role(
    read: &FirstValidValue<'_, AccountRole>,
    used: AccountRole,
) -> Option<ValueFallback> {
    let received = read.value.filter(|received| *received != used)?;
    Some(read.fallback(received.as_str(), FallbackReason::AboveHighestRole, Some(used.as_str())))
}

/// Reads the mobile number. A number needs a region. A region without a number is
/// ignored, even if it is malformed.
pub(super) fn read_mobile(
    reader: &FieldReader<'_>,
    sources: &mut Vec<(MappingTarget, ValueSource)>,
    fallbacks: &mut Vec<ValueFallback>,
) -> Option<Mobile> {
    if reader.filled_values(ProfileField::MobileNumber).is_empty() {
        return None;
    }
    let region = reader.read_first(ProfileField::MobileRegionCode, |text| {
        text.parse::<Region>().map_err(|_| FallbackReason::UnknownRegion)
    });
    let number = reader.read_first(ProfileField::MobileNumber, |text| {
        let region = region.value.ok_or(FallbackReason::NoRegion)?;
        Mobile::parse(region, text).map_err(|error| match error {
            NumberError::TooLong => FallbackReason::TooLong,
            NumberError::Invalid => FallbackReason::InvalidNumber,
        })
    });
    let mobile = number.value.as_ref();
    fallbacks.extend(region.fallbacks(mobile.map(|mobile| mobile.region.as_str())));
    fallbacks.extend(number.fallbacks(mobile.map(|mobile| mobile.number.as_str())));
    if mobile.is_some() {
        let field = ProfileField::MobileNumber;
        sources.push((field.into(), reader.source(field)));
    }
    number.value
}

pub(super) fn read_line(text: &str) -> Result<String, FallbackReason> {
    Ok(TextKind::Line.parse(text)?)
}
