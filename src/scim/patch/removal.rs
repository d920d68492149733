//! Removes sub-attributes of values, and checks whether attributes may be removed.

use crate::scim::{
    error::{ScimError, ScimErrorType},
    path::AttributePath,
    schema::{Attribute, Object},
};

/// Removes sub-attributes from a value. A value without writable ones is removed itself.
/// A required sub-attribute can only be removed together with the value.
pub(super) fn remove_sub_attributes(
    sub_attributes: &mut Object,
    removed: &[&Attribute<'_>],
    path: &AttributePath,
) -> Result<(), ScimError> {
    for sub_attribute in removed {
        sub_attributes.remove(sub_attribute.name);
    }
    let mut written =
        path.attribute.sub_attributes.iter().filter(|sub_attribute| !sub_attribute.is_read_only());
    if !written.any(|sub_attribute| sub_attributes.contains_key(sub_attribute.name)) {
        sub_attributes.clear();
        return if removed.is_empty() { Ok(()) } else { check_removable(path.attribute, path) };
    }
    let attribute_path = AttributePath { sub_attribute: None, ..*path };
    removed.iter().try_for_each(|sub_attribute| {
        check_removable(
            sub_attribute,
            &AttributePath { sub_attribute: Some(sub_attribute), ..attribute_path },
        )
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
