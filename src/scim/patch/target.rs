//! Resolves the paths of a PATCH, and accepts known variants.

use crate::{
    domain::quote::QuotedText,
    scim::{
        compatibility::{CompatibilityFix, CompatibilityFixes},
        error::{ScimError, ScimErrorType},
        path::{self, Target},
        schema::{ENTERPRISE, ResourceType},
    },
};

/// Resolves a path of a PATCH. Returns `None` if the attribute is documented as not
/// stored and the dialect allows ignoring it. No other attribute is ignored.
///
/// # Errors
/// Returns `fault`, or [`ScimErrorType::InvalidFilter`] for an invalid filter in brackets.
pub(in crate::scim) fn resolve(
    kind: &'static ResourceType,
    path: &str,
    fault: ScimErrorType,
    fixes: &mut CompatibilityFixes,
) -> Result<Option<Target>, ScimError> {
    let target = match path::target(kind, path, fault) {
        Err(why) if why.kind == fault => respelled(kind, path.trim(), fault, fixes).ok_or(why)?,
        target => target?,
    };
    match target {
        Target::NotStored if fixes.allow(CompatibilityFix::UnknownAttribute, path) => Ok(None),
        Target::NotStored => {
            let detail = format!("{} is not an attribute that is stored here", QuotedText(path));
            Err(fault.because(detail))
        }
        target => Ok(Some(target)),
    }
}

/// Resolves a path in a known variant: without the URI of the enterprise extension
/// (Entra ID: `manager`), or with a dot instead of a colon after a URI.
fn respelled(
    kind: &'static ResourceType,
    path: &str,
    fault: ScimErrorType,
    fixes: &mut CompatibilityFixes,
) -> Option<Target> {
    // An attribute of Usher's own is never guessed: it may be the role.
    if kind.extension(ENTERPRISE.id).is_some()
        && let Ok(target) = path::target(kind, &format!("{}:{path}", ENTERPRISE.id), fault)
    {
        let is_stored = !matches!(target, Target::NotStored);
        return (!is_stored || fixes.allow(CompatibilityFix::MissingUri, path)).then_some(target);
    }
    let schemas = std::iter::once(kind.core).chain(kind.extensions.iter().copied());
    let mut spelled = schemas.filter_map(|schema| {
        let (uri, rest) = path.split_at_checked(schema.id.len())?;
        let rest = rest.strip_prefix('.').filter(|_| uri.eq_ignore_ascii_case(schema.id))?;
        path::target(kind, &format!("{}:{rest}", schema.id), fault).ok()
    });
    let target = spelled.next()?;
    fixes.allow(CompatibilityFix::UriForm, path).then_some(target)
}
