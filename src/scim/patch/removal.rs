//! Removes parts of values, and checks whether attributes may be removed.

use crate::scim::{
    error::{ScimError, ScimErrorType},
    path::AttributePath,
    schema::{Attribute, Object},
};

/// Removes parts from a value. Without any writable part, the value itself is removed.
/// A required part can only be removed together with the value.
pub(super) fn remove_parts(
    parts: &mut Object,
    removed: &[&Attribute<'_>],
    path: &AttributePath,
) -> Result<(), ScimError> {
    for part in removed {
        parts.remove(part.name);
    }
    let mut written = path.attribute.parts.iter().filter(|part| !part.is_read_only());
    if !written.any(|part| parts.contains_key(part.name)) {
        parts.clear();
        return if removed.is_empty() { Ok(()) } else { check_removable(path.attribute, path) };
    }
    let attribute_path = AttributePath { part: None, ..*path };
    removed.iter().try_for_each(|part| {
        check_removable(part, &AttributePath { part: Some(part), ..attribute_path })
    })
}

/// Checks that an attribute may be removed (RFC 7644, section 3.5.2.2).
pub(super) fn check_removable(
    attribute: &Attribute,
    path: &AttributePath,
) -> Result<(), ScimError> {
    if attribute.required || attribute.is_permanent {
        let detail = format!("{} is required: it can't be removed", path.name());
        return Err(ScimErrorType::Mutability.with_detail(detail));
    }
    Ok(())
}
