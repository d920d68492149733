//! Attribute paths in PATCH requests, projections and filters (RFC 7644, sections 3.5.2
//! and 3.10).

use super::{
    error::{ScimError, ScimErrorType},
    schema::{Attribute, COMMON, Kind, ResourceType, Schema, is_any, is_foreign},
};
use crate::domain::{
    filter::{Filter, Path},
    quote::QuotedText,
    suggest::nearest,
};

/// The most characters of a path.
const MAX_CHARS: usize = 4096;

/// The path of an attribute of a resource.
#[derive(Debug, Clone, Copy)]
pub struct AttributePath {
    /// The extension of the attribute. `None` for a core attribute.
    pub extension: Option<&'static Schema>,
    /// The attribute.
    pub attribute: &'static Attribute,
    /// The part of the attribute, if the path names one.
    pub part: Option<&'static Attribute>,
}

/// The target of a PATCH operation.
#[derive(Debug, Clone)]
pub enum Target {
    /// An attribute or a part of it, with an optional filter for its values.
    Attribute {
        /// The path of the attribute.
        place: AttributePath,
        /// The filter for its values.
        filter: Option<Filter>,
    },
    /// All core attributes, named by the URI of their schema.
    Core,
    /// A whole extension.
    Extension(&'static Schema),
    /// An attribute of the standard that is not stored, or one of a foreign schema.
    NotStored,
}

impl AttributePath {
    /// Resolves a path.
    ///
    /// # Errors
    /// Returns an error of the type `fault` if there is no such attribute.
    pub fn of(kind: &ResourceType, path: &Path, fault: ScimErrorType) -> Result<Self, ScimError> {
        let unknown = |name: &str, known: &'static [Attribute]| {
            let nearest = nearest(name, known.iter().map(|known| known.name));
            let remedy = match (Self::in_extension(kind, path), nearest) {
                (Some(place), _) => format!("did you mean {}?", place.name()),
                (None, Some(nearest)) => format!("did you mean {nearest}?"),
                (None, None) => "/Schemas lists them".to_owned(),
            };
            fault.because(format!("{path} is not an attribute of a {}: {remedy}", kind.name))
        };
        let (extension, attribute) = match &path.schema {
            None => (None, kind.attribute(&path.name)),
            Some(uri) if kind.core.id.eq_ignore_ascii_case(uri) => {
                (None, kind.attribute(&path.name))
            }
            Some(uri) => {
                let extension = kind.extension(uri).ok_or_else(|| unknown(uri, &[]))?;
                (Some(extension), extension.attribute(&path.name))
            }
        };
        let known = extension.unwrap_or(kind.core).attributes;
        let attribute = attribute.ok_or_else(|| unknown(&path.name, known))?;
        let part = match &path.sub {
            None => None,
            Some(sub) => Some(attribute.part(sub).ok_or_else(|| unknown(sub, attribute.parts))?),
        };
        Ok(Self { extension, attribute, part })
    }

    /// Finds the attribute of an extension that a path names without the URI.
    pub(super) fn in_extension(kind: &ResourceType, path: &Path) -> Option<Self> {
        if path.schema.is_some() || kind.attribute(&path.name).is_some() {
            return None;
        }
        let mut all = kind.extensions.iter();
        let (extension, attribute) =
            all.find_map(|one| one.attribute(&path.name).map(|attribute| (*one, attribute)))?;
        let part = match &path.sub {
            None => None,
            Some(sub) => Some(attribute.part(sub)?),
        };
        Some(Self { extension: Some(extension), attribute, part })
    }

    /// The full name, for errors and responses.
    #[must_use]
    pub fn name(&self) -> String {
        let uri = self.extension.map(|one| format!("{}:", one.id)).unwrap_or_default();
        let part = self.part.map(|part| format!(".{}", part.name)).unwrap_or_default();
        format!("{uri}{}{part}", self.attribute.name)
    }
}

/// Returns the paths of all attributes of a resource and of their parts.
#[must_use]
pub fn places(kind: &ResourceType) -> Vec<AttributePath> {
    let own = COMMON.iter().chain(kind.core.attributes).map(|one| (None, one));
    let extensions = kind
        .extensions
        .iter()
        .flat_map(|extension| extension.attributes.iter().map(|one| (Some(*extension), one)));
    let all = own.chain(extensions).flat_map(|(extension, attribute)| {
        let parts = attribute.parts.iter().map(Some);
        let whole = std::iter::once(None).chain(parts);
        whole.map(move |part| AttributePath { extension, attribute, part })
    });
    all.collect()
}

/// Parses the name of an attribute, without a filter: `name.familyName`.
///
/// # Errors
/// Returns an error of the type `fault` if it is not an attribute.
pub fn attribute(
    kind: &ResourceType,
    text: &str,
    fault: ScimErrorType,
) -> Result<AttributePath, ScimError> {
    match target(kind, text, fault)? {
        Target::Attribute { place, filter: None } => Ok(place),
        Target::Attribute { .. } | Target::Core | Target::Extension(_) | Target::NotStored => {
            Err(fault.because(format!("{} is not the name of an attribute", QuotedText(text))))
        }
    }
}

/// Parses the path of a PATCH: `members[value eq "7"]`,
/// `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`.
///
/// # Errors
/// Returns `fault`, or [`ScimErrorType::InvalidFilter`] for the filter in the brackets.
pub fn target(kind: &ResourceType, text: &str, fault: ScimErrorType) -> Result<Target, ScimError> {
    let text = text.trim();
    if text.chars().nth(MAX_CHARS).is_some() {
        return Err(fault.because(format!("the path is longer than {MAX_CHARS} characters")));
    }
    if text.eq_ignore_ascii_case(kind.core.id) {
        return Ok(Target::Core);
    }
    if let Some(extension) = kind.extension(text) {
        return Ok(Target::Extension(extension));
    }
    let malformed = || {
        fault.because(format!(
            "{} is not a path. Write the name of an attribute, as in name.familyName or \
             emails[type eq \"work\"].value",
            QuotedText(text)
        ))
    };
    let (name, filter, part) = split(text).ok_or_else(malformed)?;
    let name = match part {
        Some(part) => format!("{name}.{part}"),
        None => name.to_owned(),
    };
    let place = match Path::read(&name) {
        _ if is_foreign(&name) => None,
        Some(path) if is_not_stored(kind, &path) => None,
        Some(path) => Some(AttributePath::of(kind, &path, fault)?),
        None => return Err(malformed()),
    };
    if let Some(place) = place.filter(|place| filter.is_some() && !is_choosable(place)) {
        let detail = format!("{} has no parts by which a filter can choose", place.name());
        return Err(fault.because(detail));
    }
    let filter = filter.map(str::parse::<Filter>).transpose();
    let filter = filter.map_err(|why| {
        ScimErrorType::InvalidFilter.because(format!("the filter of the path {why}"))
    })?;
    Ok(place.map_or(Target::NotStored, |place| Target::Attribute { place, filter }))
}

fn is_choosable(place: &AttributePath) -> bool {
    place.attribute.kind == Kind::Complex
}

/// Whether a path names an attribute of the standard that is not stored, or a
/// part of one.
fn is_not_stored(kind: &ResourceType, path: &Path) -> bool {
    let schema = path.schema.as_deref().map_or(Some(kind.core), |uri| kind.schema(uri));
    let Some(schema) = schema else { return false };
    let of_attribute = schema.attribute(&path.name).map(|attribute| attribute.not_stored);
    let sub = path.sub.as_deref();
    (of_attribute.is_none() && is_any(&path.name, schema.not_stored))
        || sub.zip(of_attribute).is_some_and(|(sub, names)| is_any(sub, names))
}

/// Splits a path into the name, the filter and the part.
fn split(text: &str) -> Option<(&str, Option<&str>, Option<&str>)> {
    let Some((name, rest)) = text.split_once('[') else { return Some((text, None, None)) };
    let (filter, behind) = rest.rsplit_once(']')?;
    match behind.strip_prefix('.') {
        Some(part) => Some((name, Some(filter), Some(part))),
        None if behind.is_empty() => Some((name, Some(filter), None)),
        None => None,
    }
}
