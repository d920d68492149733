//! What can be taken away from a resource, and what goes with it.

use crate::scim::{
    error::{ScimError, ScimErrorType},
    path::AttributePath,
    schema::{Attribute, Object},
};

/// Removes parts from a value. Without any writable part, the value itself is removed.
/// A required part can only be removed together with the value.
pub(super) fn unassign(
    parts: &mut Object,
    gone: &[&'static Attribute],
    place: &AttributePath,
) -> Result<(), ScimError> {
    for part in gone {
        parts.remove(part.name);
    }
    let mut written = place.attribute.parts.iter().filter(|part| !part.is_read_only());
    if !written.any(|part| parts.contains_key(part.name)) {
        parts.clear();
        return if gone.is_empty() { Ok(()) } else { removable(place.attribute, place) };
    }
    let whole = AttributePath { part: None, ..*place };
    gone.iter().try_for_each(|part| removable(part, &AttributePath { part: Some(part), ..whole }))
}

/// Checks that an attribute may be removed (RFC 7644, section 3.5.2.2).
pub(super) fn removable(attribute: &Attribute, place: &AttributePath) -> Result<(), ScimError> {
    if attribute.required || attribute.is_permanent {
        let detail = format!("{} is required: it can't be removed", place.name());
        return Err(ScimErrorType::Mutability.because(detail));
    }
    Ok(())
}
