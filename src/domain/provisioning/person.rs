//! The person whom a login creates: each field from its attribute, or from
//! its fallback.

use url::Url;

use super::{
    names::names,
    reading::Reader,
    types::{Field, Repair, RepairReason, Source, Sourced},
};
use crate::domain::{
    email::Email,
    mobile::{Mobile, NumberFault, Region},
    role::AccountRole,
    text::line,
    user::Profile,
};

/// The most characters of the address of a picture.
pub const MAX_URL_CHARS: usize = 2048;

/// What was read of a person.
pub(super) struct Person {
    pub(super) role: Sourced<AccountRole>,
    pub(super) profile: Profile,
    pub(super) sources: Vec<(Field, Source)>,
}

/// Reads a person, field by field in the document's order.
pub(super) fn read(reader: &Reader<'_>, email: &Email, repairs: &mut Vec<Repair>) -> Person {
    let mut sources = Vec::new();
    let parsed = names(email);
    let first_name = name(reader, Field::FirstName, parsed.first, &mut sources, repairs);
    let last_name = name(reader, Field::LastName, parsed.last, &mut sources, repairs);
    let position = optional(reader, Field::Position, read_line, &mut sources, repairs);
    let department = optional(reader, Field::Department, read_line, &mut sources, repairs);
    let role = role(reader, repairs);
    let mobile = mobile(reader, &mut sources, repairs);
    let profile_image = optional(reader, Field::UserProfileImage, image, &mut sources, repairs);
    let profile = Profile { first_name, last_name, position, department, mobile, profile_image };
    Person { role, profile, sources }
}

fn name(
    reader: &Reader<'_>,
    field: Field,
    parsed: String,
    sources: &mut Vec<(Field, Source)>,
    repairs: &mut Vec<Repair>,
) -> String {
    let read = reader.first(field, read_line);
    let source = match read.value {
        Some(_) => Source::Attribute(read.name().to_owned()),
        None => Source::EmailAddress,
    };
    sources.push((field, source));
    let name = read.value.clone().unwrap_or(parsed);
    repairs.extend(read.repairs(Some(name.as_str()).filter(|name| !name.is_empty())));
    name
}

fn optional(
    reader: &Reader<'_>,
    field: Field,
    rule: fn(&str) -> Result<String, RepairReason>,
    sources: &mut Vec<(Field, Source)>,
    repairs: &mut Vec<Repair>,
) -> Option<String> {
    let read = reader.first(field, rule);
    repairs.extend(read.repairs(read.value.as_deref()));
    if read.value.is_some() {
        sources.push((field, Source::Attribute(read.name().to_owned())));
    }
    read.value
}

fn role(reader: &Reader<'_>, repairs: &mut Vec<Repair>) -> Sourced<AccountRole> {
    let read =
        reader.first(Field::Role, |text| text.parse().map_err(|_| RepairReason::UnknownRole));
    let role = match read.value {
        Some(value) => Sourced { value, source: Source::Attribute(read.name().to_owned()) },
        None => Sourced { value: AccountRole::Stakeholder, source: Source::Default },
    };
    repairs.extend(read.repairs(Some(role.value.as_str())));
    role
}

/// A number needs a region; a region without a number is ignored, whatever it
/// holds.
fn mobile(
    reader: &Reader<'_>,
    sources: &mut Vec<(Field, Source)>,
    repairs: &mut Vec<Repair>,
) -> Option<Mobile> {
    if reader.filled(reader.name(Field::MobileNumber)).is_empty() {
        return None;
    }
    let region = reader.first(Field::MobileRegionCode, |text| {
        text.parse::<Region>().map_err(|_| RepairReason::UnknownRegion)
    });
    let number = reader.first(Field::MobileNumber, |text| {
        let region = region.value.ok_or(RepairReason::NoRegion)?;
        Mobile::read(region, text).map_err(|fault| match fault {
            NumberFault::TooLong => RepairReason::TooLong,
            NumberFault::Invalid => RepairReason::InvalidNumber,
        })
    });
    let mobile = number.value.as_ref();
    repairs.extend(region.repairs(mobile.map(|mobile| mobile.region.as_str())));
    repairs.extend(number.repairs(mobile.map(|mobile| mobile.number.as_str())));
    if mobile.is_some() {
        sources.push((Field::MobileNumber, Source::Attribute(number.name().to_owned())));
    }
    number.value
}

fn read_line(text: &str) -> Result<String, RepairReason> {
    line(text).map(str::to_owned).map_err(RepairReason::from)
}

/// An absolute http or https URL with a host, kept as it was given.
///
/// The library reads what a browser's address line reads; what is kept here
/// is shown to other people, so it must be a URL as it stands: no whitespace,
/// no backslash, and no user name or password (RFC 9110 4.2.4).
///
/// # Errors
/// [`RepairReason::TooLong`], [`RepairReason::InvalidUrl`].
pub fn image(text: &str) -> Result<String, RepairReason> {
    if text.chars().nth(MAX_URL_CHARS).is_some() {
        return Err(RepairReason::TooLong);
    }
    let odd = |char: char| char.is_control() || char.is_whitespace() || char == '\\';
    let is_absolute = text
        .split_once("://")
        .is_some_and(|(_, rest)| !rest.starts_with('/') && !rest.contains(odd));
    let is_usable = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    };
    let url = Url::parse(text).ok().filter(is_usable);
    let kept = (is_absolute && url.is_some()).then(|| text.to_owned());
    kept.ok_or(RepairReason::InvalidUrl)
}
