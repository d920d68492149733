//! The person whom a login creates: each field from its attribute, or from
//! its fallback.

use super::{
    FallbackReason, ProfileField, ValueFallback, ValueSource, ValueWithSource,
    attribute_reader::AttributeReader, names::derive_names,
};
use crate::domain::{
    email::Email,
    mobile::{Mobile, NumberError, Region},
    multi_valued::ValueLists,
    profile_text::TextKind,
    role::AccountRole,
    user::Profile,
};

/// What was read of a person.
pub(super) struct Person {
    pub(super) role: ValueWithSource<AccountRole>,
    pub(super) profile: Profile,
    pub(super) sources: Vec<(ProfileField, ValueSource)>,
}

/// Reads a person, field by field in the document's order.
pub(super) fn read_person(
    reader: &AttributeReader<'_>,
    email: &Email,
    fallbacks: &mut Vec<ValueFallback>,
) -> Person {
    let mut sources = Vec::new();
    let parsed = derive_names(email);
    let first_name =
        read_name(reader, ProfileField::FirstName, parsed.first, &mut sources, fallbacks);
    let last_name = read_name(reader, ProfileField::LastName, parsed.last, &mut sources, fallbacks);
    let texts = ProfileField::texts()
        .filter_map(|field| Some((field, read_optional(reader, field, &mut sources, fallbacks)?)));
    let texts = texts.collect();
    let role = read_role(reader, fallbacks);
    let mobile = read_mobile(reader, &mut sources, fallbacks);
    let profile_image =
        read_optional(reader, ProfileField::UserProfileImage, &mut sources, fallbacks);
    let lists = ValueLists::new();
    let profile = Profile { first_name, last_name, texts, mobile, profile_image, lists };
    Person { role, profile, sources }
}

fn read_name(
    reader: &AttributeReader<'_>,
    field: ProfileField,
    parsed: String,
    sources: &mut Vec<(ProfileField, ValueSource)>,
    fallbacks: &mut Vec<ValueFallback>,
) -> String {
    let read = reader.read_first(field, read_line);
    let source = match read.value {
        Some(_) => ValueSource::Attribute(read.name().to_owned()),
        None => ValueSource::EmailAddress,
    };
    sources.push((field, source));
    let name = read.value.clone().unwrap_or(parsed);
    fallbacks.extend(read.fallbacks(Some(name.as_str()).filter(|name| !name.is_empty())));
    name
}

fn read_optional(
    reader: &AttributeReader<'_>,
    field: ProfileField,
    sources: &mut Vec<(ProfileField, ValueSource)>,
    fallbacks: &mut Vec<ValueFallback>,
) -> Option<String> {
    let read = reader.read_first(field, |text| Ok(field.definition().kind.parse(text)?));
    fallbacks.extend(read.fallbacks(read.value.as_deref()));
    if read.value.is_some() {
        sources.push((field, ValueSource::Attribute(read.name().to_owned())));
    }
    read.value
}

fn read_role(
    reader: &AttributeReader<'_>,
    fallbacks: &mut Vec<ValueFallback>,
) -> ValueWithSource<AccountRole> {
    let read = reader.read_first(ProfileField::Role, |text| {
        text.parse().map_err(|_| FallbackReason::UnknownRole)
    });
    let role = match read.value {
        Some(value) => {
            ValueWithSource { value, source: ValueSource::Attribute(read.name().to_owned()) }
        }
        None => ValueWithSource { value: AccountRole::Stakeholder, source: ValueSource::Default },
    };
    fallbacks.extend(read.fallbacks(Some(role.value.as_str())));
    role
}

/// Reads the mobile number. A number needs a region. A region without a number is
/// ignored, even if it is malformed.
fn read_mobile(
    reader: &AttributeReader<'_>,
    sources: &mut Vec<(ProfileField, ValueSource)>,
    fallbacks: &mut Vec<ValueFallback>,
) -> Option<Mobile> {
    if reader.filled_values(reader.name(ProfileField::MobileNumber)).is_empty() {
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
        sources
            .push((ProfileField::MobileNumber, ValueSource::Attribute(number.name().to_owned())));
    }
    number.value
}

fn read_line(text: &str) -> Result<String, FallbackReason> {
    Ok(TextKind::Line.parse(text)?)
}
