//! Applies a patch of the mobile number.

use super::{FieldPatch, MobilePatch};
use crate::domain::{
    field_error::{FieldError, Reason},
    mobile::{Mobile, Region},
    profile_field::ProfileField,
};

/// The mobile number after a patch.
///
/// # Errors
/// The error of a part that is missing or invalid.
pub(super) fn patch_mobile(
    patch: FieldPatch<MobilePatch>,
    current: Option<Mobile>,
) -> Result<Option<Mobile>, FieldError> {
    let (region, number) = match (patch, current) {
        (FieldPatch::Keep, current) => return Ok(current),
        (FieldPatch::Clear, _) => return Ok(None),
        (FieldPatch::Set(MobilePatch::Whole(mobile)), _) => return Ok(Some(mobile)),
        (FieldPatch::Set(MobilePatch::Region(region)), Some(current)) => (region, current.number),
        (FieldPatch::Set(MobilePatch::Number(number)), Some(current)) => {
            let region = current.region.parse::<Region>();
            let error = |error| {
                FieldError::new(ProfileField::MobileRegionCode.path(), current.region, error)
            };
            (region.map_err(error)?, number)
        }
        (FieldPatch::Set(MobilePatch::Region(_)), None) => {
            return Err(missing_part(ProfileField::MobileNumber));
        }
        (FieldPatch::Set(MobilePatch::Number(_)), None) => {
            return Err(missing_part(ProfileField::MobileRegionCode));
        }
    };
    let read = Mobile::parse(region, &number);
    read.map(Some)
        .map_err(|error| FieldError::new(ProfileField::MobileNumber.path(), number, error))
}

/// The error of a mobile number without one of its parts.
pub(super) fn missing_part(field: ProfileField) -> FieldError {
    let reason = match field {
        ProfileField::MobileRegionCode => {
            Reason::required("the code of the number's region", "Add the region code, such as DE.")
        }
        _ => Reason::required("a phone number", "Add the number."),
    };
    FieldError::new(field.path(), "", reason)
}
