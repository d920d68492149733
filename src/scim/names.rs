//! The names of an object's members: compared without case, each given once,
//! and known.

use serde_json::Value;

use super::{
    compatibility::{CompatibilityFix, CompatibilityFixes},
    error::{ScimError, ScimErrorType},
    schema::{Object, Schema, is_one_of},
};
use crate::domain::{
    quote::QuotedText,
    suggest::{did_you_mean, find_nearest},
};

/// Rejects names that are repeated, ignoring case.
pub(super) fn reject_repeated_names(object: &Object) -> Result<(), ScimError> {
    let mut names: Vec<String> = object.keys().map(|key| key.to_ascii_lowercase()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair.first() == pair.last()) {
        Some(pair) => {
            let name = pair.concat();
            let name = name.get(..name.len() / 2).unwrap_or_default();
            Err(ScimErrorType::InvalidSyntax
                .with_detail(format!("{} is given more than once", QuotedText(name))))
        }
        None => Ok(()),
    }
}

/// Finds a member of an object, ignoring the case of its name (RFC 7643, section 2.1).
pub(super) fn find_member<'a>(object: &'a Object, name: &str) -> Option<&'a Value> {
    object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Rejects an unknown name, unless it is documented as not stored and the dialect
/// allows ignoring it.
pub(super) fn reject_unknown<'a>(
    name: &str,
    names: impl IntoIterator<Item = &'a str>,
    not_stored: &[&str],
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    if is_one_of(name, not_stored) && fixes.allow(CompatibilityFix::UnknownAttribute, name) {
        return Ok(());
    }
    let suggestion = did_you_mean(find_nearest(name, names));
    let detail =
        format!("{} is not an attribute that is stored here{suggestion}", QuotedText(name));
    Err(ScimErrorType::InvalidValue.with_detail(detail))
}

/// Whether a member is `schemas` inside an extension and names that extension. Some
/// clients repeat it there; it is ignored.
pub(super) fn names_itself(extension: &Schema, key: &str, value: &Value) -> bool {
    let named = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let is_own =
        |uri: &Value| uri.as_str().is_some_and(|uri| uri.eq_ignore_ascii_case(extension.id));
    key.eq_ignore_ascii_case("schemas") && !named.is_empty() && named.iter().all(is_own)
}

/// Whether a member of a PATCH value is the list of schemas, which is ignored.
pub(super) fn is_schemas(key: &str, value: &Value) -> bool {
    let uris = value.as_array().map(Vec::as_slice);
    key.eq_ignore_ascii_case("schemas")
        && uris.is_some_and(|uris| uris.iter().all(Value::is_string))
}
