//! Resolves the paths of a PATCH, and accepts known variants.

use crate::{
    domain::quote::QuotedText,
    scim::{
        compatibility::{CompatibilityFix, CompatibilityFixes},
        error::{ScimError, ScimErrorType},
        path::{self, PathTarget},
        schema::{ENTERPRISE, ResourceType},
    },
};

/// Resolves a path of a PATCH. Returns `None` if the attribute is documented as not
/// stored and the dialect allows ignoring it. No other attribute is ignored.
///
/// # Errors
/// Returns an error of the type `error_type`.
pub(in crate::scim) fn resolve<'a>(
    kind: &ResourceType<'a>,
    path: &str,
    error_type: ScimErrorType,
    fixes: &mut CompatibilityFixes,
) -> Result<Option<PathTarget<'a>>, ScimError> {
    let target = match path::parse_target(kind, path, error_type) {
        Err(error) => resolve_respelled(kind, path.trim(), error_type, fixes).ok_or(error)?,
        Ok(target) => target,
    };
    match target {
        PathTarget::NotStored if fixes.allow(CompatibilityFix::UnknownAttribute, path) => Ok(None),
        PathTarget::NotStored => {
            let detail = format!("{} is not an attribute that is stored here", QuotedText(path));
            Err(error_type.with_detail(detail))
        }
        target => Ok(Some(target)),
    }
}

/// Resolves a path in a known variant: without the URI of the enterprise extension
/// (Entra ID: `manager`), or with a dot instead of a colon after a URI.
fn resolve_respelled<'a>(
    kind: &ResourceType<'a>,
    path: &str,
    error_type: ScimErrorType,
    fixes: &mut CompatibilityFixes,
) -> Option<PathTarget<'a>> {
    // An attribute of Usher's own is never guessed: it may be the role.
    if kind.extension(ENTERPRISE.id).is_some()
        && let Ok(target) =
            path::parse_target(kind, &format!("{}:{path}", ENTERPRISE.id), error_type)
    {
        let is_stored = !matches!(target, PathTarget::NotStored);
        return (!is_stored || fixes.allow(CompatibilityFix::MissingUri, path)).then_some(target);
    }
    let schemas = std::iter::once(kind.core).chain(kind.extensions.iter().copied());
    let mut targets = schemas.filter_map(|schema| {
        let (uri, rest) = path.split_at_checked(schema.id.len())?;
        let rest = rest.strip_prefix('.').filter(|_| uri.eq_ignore_ascii_case(schema.id))?;
        path::parse_target(kind, &format!("{}:{rest}", schema.id), error_type).ok()
    });
    let target = targets.next()?;
    fixes.allow(CompatibilityFix::UriForm, path).then_some(target)
}
