//! Applies the lists of multi-valued attributes. Their main values stay equal to the login
//! address, the mobile number and the profile image.

use std::collections::BTreeMap;

use super::{FieldPatch, MobilePatch, UserPatch, mobile::patch_mobile};
use crate::domain::{
    email::Email,
    field_error::{CONTRADICTS, FieldError, Reason},
    mobile::{Mobile, Region},
    multi_valued::{
        FieldValue, MAX_BYTES, MainValueChange, MultiValuedField, ValuesByField, select_main,
        sync_main_value,
    },
    profile_field::ProfileField,
    user::User,
};

impl UserPatch {
    /// Sets the login address and the profile image to the main values of their lists.
    /// Returns the errors of lists that contradict another field of the request.
    pub(super) fn set_main_values(&mut self) -> Vec<FieldError> {
        self.keep_lists_without_values();
        let mut errors = Vec::new();
        if let Some(FieldPatch::Set(emails)) = self.values.get(&MultiValuedField::Emails) {
            match main_text(MultiValuedField::Emails, emails).map(Email::from_stored) {
                Some(Ok(main)) => match &self.email {
                    Some(email) if email.key() != main.key() => {
                        let field = ProfileField::Email.path();
                        errors.extend(contradictions(MultiValuedField::Emails, field));
                    }
                    _ => self.email = self.email.take().or(Some(main)),
                },
                _ => {
                    let reason = Reason::required("an e-mail address", "Add the address.");
                    errors.push(FieldError::new(MultiValuedField::Emails.as_str(), "", reason));
                }
            }
        }
        if let Some(FieldPatch::Set(photos)) = self.values.get(&MultiValuedField::Photos) {
            let main = main_text(MultiValuedField::Photos, photos);
            match (&self.profile_image, main) {
                (FieldPatch::Keep, Some(url)) => {
                    self.profile_image = FieldPatch::Set(url.to_owned());
                }
                (FieldPatch::Keep, None) => self.profile_image = FieldPatch::Clear,
                (FieldPatch::Set(image), Some(url)) if image == url => {}
                (FieldPatch::Clear, None) => {}
                (FieldPatch::Set(_) | FieldPatch::Clear, _) => {
                    let field = ProfileField::UserProfileImage.path();
                    errors.extend(contradictions(MultiValuedField::Photos, field));
                }
            }
        }
        errors.extend(self.phone_number_contradictions());
        errors
    }

    /// Keeps each empty list whose main value the request sets by its own field: some
    /// clients send an empty list for one that they do not set.
    fn keep_lists_without_values(&mut self) {
        for (field, is_main_set) in [
            (MultiValuedField::Emails, self.email.is_some()),
            (MultiValuedField::PhoneNumbers, matches!(self.mobile, FieldPatch::Set(_))),
            (MultiValuedField::Photos, matches!(self.profile_image, FieldPatch::Set(_))),
        ] {
            let is_empty = matches!(self.values.get(&field), Some(FieldPatch::Set(values)) if values.is_empty());
            if is_main_set && is_empty {
                self.values.remove(&field);
            }
        }
    }

    /// The errors of phone numbers whose main value contradicts the mobile number of the
    /// same request.
    fn phone_number_contradictions(&self) -> Vec<FieldError> {
        let Some(FieldPatch::Set(values)) = self.values.get(&MultiValuedField::PhoneNumbers) else {
            return Vec::new();
        };
        let mobile = match &self.mobile {
            FieldPatch::Set(MobilePatch::Whole(mobile)) => Some(mobile),
            FieldPatch::Clear => None,
            _ => return Vec::new(),
        };
        let main = main_text(MultiValuedField::PhoneNumbers, values);
        let main = main.and_then(|text| parse_phone_number(text, mobile));
        match main {
            Some(main) if mobile.is_none_or(|mobile| mobile.e164 != main.e164) => {
                contradictions(MultiValuedField::PhoneNumbers, "mobile").into()
            }
            _ => Vec::new(),
        }
    }
}

pub(super) fn main_text(field: MultiValuedField, values: &[FieldValue]) -> Option<&str> {
    values.get(select_main(field, values)?).map(FieldValue::value)
}

/// The errors of a list and of a field that contradict each other: one error at each.
fn contradictions(list: MultiValuedField, field: &'static str) -> [FieldError; 2] {
    [contradiction(list.as_str(), field), contradiction(field, list.as_str())]
}

fn contradiction(field: &'static str, other: &str) -> FieldError {
    let expected = format!("the same value as the main one of {other}");
    let remedy = format!("Send only one of {field} and {other}.");
    FieldError::new(field, "", Reason::new(format!("{CONTRADICTS}{other}"), expected, remedy))
}

/// The mobile number after a patch of it, or of the phone numbers. A phone number that is
/// not a valid mobile number stays in the list only.
pub(super) fn patch_mobile_or_list(
    patch: FieldPatch<MobilePatch>,
    phone_numbers: Option<&FieldPatch<Vec<FieldValue>>>,
    current: Option<&Mobile>,
) -> Result<Option<Mobile>, FieldError> {
    let Some(FieldPatch::Set(values)) = phone_numbers else {
        return patch_mobile(patch, current.cloned());
    };
    let main = main_text(MultiValuedField::PhoneNumbers, values);
    if patch == FieldPatch::Keep {
        return Ok(main.and_then(|text| parse_phone_number(text, current)));
    }
    let mobile = patch_mobile(patch, current.cloned())?;
    let main = main.and_then(|text| parse_phone_number(text, mobile.as_ref()));
    // A number that is not valid, or has another type, does not affect the mobile number.
    if main.is_none_or(|main| mobile.as_ref().is_some_and(|mobile| mobile.e164 == main.e164)) {
        return Ok(mobile);
    }
    Err(contradiction(MultiValuedField::PhoneNumbers.as_str(), "mobile"))
}

/// Parses a mobile number, if possible in the region of the current one.
fn parse_phone_number(text: &str, current: Option<&Mobile>) -> Option<Mobile> {
    let region = current.and_then(|mobile| mobile.region.parse::<Region>().ok());
    let mobile = Mobile::from_phone_number(text, region)?;
    // The same number keeps its spelling.
    Some(current.filter(|current| current.e164 == mobile.e164).cloned().unwrap_or(mobile))
}

/// Applies the lists of a patch to a user whose other attributes are patched already.
/// `before` has the main value of each attribute before the patch.
///
/// # Errors
/// Returns an error if the lists of the user have too many bytes.
pub(super) fn patch_values(
    user: &mut User,
    patch: BTreeMap<MultiValuedField, FieldPatch<Vec<FieldValue>>>,
    before: [Option<String>; MultiValuedField::ALL.len()],
) -> Result<(), Vec<FieldError>> {
    let mut stored = std::mem::take(&mut user.profile.values);
    let mut largest = None;
    for (field, before) in MultiValuedField::ALL.into_iter().zip(before) {
        let patch = patch.get(&field).cloned().unwrap_or_default();
        let is_list_set = matches!(patch, FieldPatch::Set(_));
        largest = largest.or(is_list_set.then_some(field));
        let Some(mut values) = patch.resolve_option(stored.remove(&field)) else { continue };
        let after = user.main_value(field);
        let main =
            MainValueChange { before: before.as_deref(), after: after.as_deref(), is_list_set };
        let mobile = user.profile.mobile.as_ref();
        let is_main = |value: &FieldValue| {
            field != MultiValuedField::PhoneNumbers
                || parse_phone_number(value.value(), mobile).as_ref() == mobile
        };
        if sync_main_value(field, &mut values, main, is_main) {
            user.profile.values.insert(field, values);
        }
    }
    match largest {
        Some(field) if value_bytes(&user.profile.values) > MAX_BYTES => {
            let reason =
                format!("must have at most {MAX_BYTES} bytes, with the other lists of the user");
            Err(vec![FieldError::new(field.as_str(), "", reason)])
        }
        _ => Ok(()),
    }
}

fn value_bytes(values: &ValuesByField) -> usize {
    values.values().flatten().map(FieldValue::text_bytes).sum()
}
