//! Attribute paths in PATCH requests, projections and filters (RFC 7644, sections 3.5.2
//! and 3.10).

use super::{
    error::{ScimError, ScimErrorType},
    schema::{
        Attribute, AttributeType, COMMON, ResourceType, Returned, Schema, USER, is_foreign,
        is_one_of, schema_of,
    },
};
use crate::domain::{
    filter::{Filter, Path},
    multi_valued::MultiValuedField,
    profile_field::ProfileField,
    quote::QuotedText,
    suggest::find_nearest,
};

/// The maximum number of characters of a path.
const MAX_CHARS: usize = 4096;

/// The path of an attribute of a resource.
#[derive(Debug, Clone, Copy)]
pub struct AttributePath<'a> {
    /// The extension of the attribute. `None` for a core attribute.
    pub extension: Option<&'a Schema<'a>>,
    /// The attribute.
    pub attribute: &'a Attribute<'a>,
    /// The sub-attribute of the attribute, if the path names one.
    pub sub_attribute: Option<&'a Attribute<'a>>,
}

/// The target of a PATCH operation.
#[derive(Debug, Clone)]
pub enum PathTarget<'a> {
    /// An attribute or a sub-attribute of it, with an optional filter for its values.
    Attribute {
        /// The path of the attribute.
        path: AttributePath<'a>,
        /// The filter for its values.
        filter: Option<Filter>,
    },
    /// All core attributes, named by the URI of their schema.
    Core,
    /// A whole extension.
    Extension(&'a Schema<'a>),
    /// An attribute of the standard that is not stored, or one of a foreign schema.
    NotStored,
}

impl<'a> AttributePath<'a> {
    /// Resolves a path.
    ///
    /// # Errors
    /// Returns an error of the type `error` if there is no such attribute.
    pub fn resolve(
        kind: &ResourceType<'a>,
        path: &Path,
        error_type: ScimErrorType,
    ) -> Result<Self, ScimError> {
        let unknown_attribute_error = |name: &str, candidates: &[Attribute<'_>]| {
            let nearest = find_nearest(name, candidates.iter().map(|candidates| candidates.name));
            let remedy = match (Self::in_extension(kind, path), nearest) {
                (Some(path), _) => format!("did you mean {}?", path.name()),
                (None, Some(nearest)) => format!("did you mean {nearest}?"),
                (None, None) => "/Schemas lists them".to_owned(),
            };
            error_type
                .with_detail(format!("{path} is not an attribute of a {}: {remedy}", kind.name))
        };
        let (extension, attribute) = match &path.schema {
            None => (None, kind.attribute(&path.name)),
            Some(uri) if kind.core.id.eq_ignore_ascii_case(uri) => {
                (None, kind.attribute(&path.name))
            }
            Some(uri) => {
                let extension =
                    kind.extension(uri).ok_or_else(|| unknown_attribute_error(uri, &[]))?;
                (Some(extension), extension.attribute(&path.name))
            }
        };
        let candidates = extension.unwrap_or(kind.core).attributes;
        let attribute = attribute.ok_or_else(|| unknown_attribute_error(&path.name, candidates))?;
        let sub_attribute = match &path.sub {
            None => None,
            Some(sub) => Some(
                attribute
                    .sub_attribute(sub)
                    .ok_or_else(|| unknown_attribute_error(sub, attribute.sub_attributes))?,
            ),
        };
        Ok(Self { extension, attribute, sub_attribute })
    }

    /// Finds the attribute of an extension that a path names without the URI.
    pub(super) fn in_extension(kind: &ResourceType<'a>, path: &Path) -> Option<Self> {
        if path.schema.is_some() || kind.attribute(&path.name).is_some() {
            return None;
        }
        let mut extensions = kind.extensions.iter();
        let (extension, attribute) = extensions
            .find_map(|one| one.attribute(&path.name).map(|attribute| (*one, attribute)))?;
        let sub_attribute = match &path.sub {
            None => None,
            Some(sub) => Some(attribute.sub_attribute(sub)?),
        };
        Some(Self { extension: Some(extension), attribute, sub_attribute })
    }

    /// The attribute of a user that the path names: of a complex attribute, the sub-attribute
    /// that has its text, or the attribute itself if that sub-attribute is its `value`.
    #[must_use]
    pub fn field(&self) -> Option<ProfileField> {
        let (schema, sub_attribute) = (
            self.extension.unwrap_or(&USER),
            self.sub_attribute.map(|sub_attribute| sub_attribute.name),
        );
        let mut fields = ProfileField::in_scim();
        let found = fields.find(|(_, path)| {
            schema_of(path.schema).id == schema.id
                && path.attribute == self.attribute.name
                && (path.sub_attribute == sub_attribute
                    || sub_attribute.is_none() && path.sub_attribute == Some("value"))
        });
        found.map(|(field, _)| field)
    }

    /// The multi-valued attribute of a user that the path names.
    #[must_use]
    pub fn multi_valued(&self) -> Option<MultiValuedField> {
        let is_core = self.extension.is_none();
        self.attribute.name.parse().ok().filter(|_| is_core)
    }

    /// The full name, for errors and responses.
    #[must_use]
    pub fn name(&self) -> String {
        let uri = self.extension.map(|one| format!("{}:", one.id)).unwrap_or_default();
        let sub_attribute = self
            .sub_attribute
            .map(|sub_attribute| format!(".{}", sub_attribute.name))
            .unwrap_or_default();
        format!("{uri}{}{sub_attribute}", self.attribute.name)
    }
}

/// Returns the paths of all attributes of a resource and of their sub-attributes.
#[must_use]
pub fn attribute_paths<'a>(kind: &ResourceType<'a>) -> Vec<AttributePath<'a>> {
    let own = COMMON.iter().chain(kind.core.attributes).map(|one| (None, one));
    let extensions = kind
        .extensions
        .iter()
        .flat_map(|extension| extension.attributes.iter().map(|one| (Some(*extension), one)));
    let paths = own.chain(extensions).flat_map(|(extension, attribute)| {
        let sub_attributes = attribute.sub_attributes.iter().map(Some);
        let whole = std::iter::once(None).chain(sub_attributes);
        whole.map(move |sub_attribute| AttributePath { extension, attribute, sub_attribute })
    });
    paths.collect()
}

/// Parses the name of an attribute, without a filter: `name.familyName`.
///
/// # Errors
/// Returns an error of the type `error` if it is not an attribute.
pub fn parse_attribute<'a>(
    kind: &ResourceType<'a>,
    text: &str,
    error_type: ScimErrorType,
) -> Result<AttributePath<'a>, ScimError> {
    match parse_target(kind, text, error_type)? {
        PathTarget::Attribute { path, filter: None } => Ok(path),
        PathTarget::Attribute { .. }
        | PathTarget::Core
        | PathTarget::Extension(_)
        | PathTarget::NotStored => {
            Err(error_type
                .with_detail(format!("{} is not the name of an attribute", QuotedText(text))))
        }
    }
}

/// Parses the path of a PATCH: `members[value eq "7"]`,
/// `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`.
///
/// # Errors
/// Returns an error of the type `error_type`, for the filter in the brackets as well.
pub fn parse_target<'a>(
    kind: &ResourceType<'a>,
    text: &str,
    error_type: ScimErrorType,
) -> Result<PathTarget<'a>, ScimError> {
    let text = text.trim();
    if text.chars().nth(MAX_CHARS).is_some() {
        return Err(
            error_type.with_detail(format!("the path is longer than {MAX_CHARS} characters"))
        );
    }
    if text.eq_ignore_ascii_case(kind.core.id) {
        return Ok(PathTarget::Core);
    }
    if let Some(extension) = kind.extension(text) {
        return Ok(PathTarget::Extension(extension));
    }
    let malformed_error = || {
        error_type.with_detail(format!(
            "{} is not a path. Write the name of an attribute, as in name.familyName or \
             emails[type eq \"work\"].value",
            QuotedText(text)
        ))
    };
    let (name, filter, sub_attribute) = split_path(text).ok_or_else(malformed_error)?;
    let name = match sub_attribute {
        Some(sub_attribute) => format!("{name}.{sub_attribute}"),
        None => name.to_owned(),
    };
    let path = match Path::parse(&name) {
        _ if is_foreign(&name) => None,
        Some(path) if is_not_stored(kind, &path) => None,
        Some(path) => Some(AttributePath::resolve(kind, &path, error_type)?),
        None => return Err(malformed_error()),
    };
    if let Some(path) = path.filter(|path| filter.is_some() && !can_be_filtered(path)) {
        let detail = format!("{} has no sub-attributes that a filter can compare", path.name());
        return Err(error_type.with_detail(detail));
    }
    let filter = filter.map(str::parse::<Filter>).transpose();
    let filter = filter.map_err(|error| {
        error_type.with_detail(format!("{}: the filter of the path {error}", QuotedText(text)))
    })?;
    Ok(path.map_or(PathTarget::NotStored, |path| PathTarget::Attribute { path, filter }))
}

/// Values of several are chosen by themselves, if they have no sub-attributes. A value that no
/// response shows is not compared.
fn can_be_filtered(path: &AttributePath) -> bool {
    let AttributePath { attribute, .. } = path;
    attribute.returned != Returned::Never
        && (attribute.kind == AttributeType::Complex || attribute.multi_valued)
}

/// Whether a path names an attribute of the standard that is not stored.
fn is_not_stored(kind: &ResourceType<'_>, path: &Path) -> bool {
    let schema = path.schema.as_deref().map_or(Some(kind.core), |uri| kind.schema(uri));
    schema.is_some_and(|schema| is_one_of(&path.name, schema.not_stored))
}

/// Splits a path into the name, the filter and the sub-attribute.
fn split_path(text: &str) -> Option<(&str, Option<&str>, Option<&str>)> {
    let Some((name, rest)) = text.split_once('[') else { return Some((text, None, None)) };
    let (filter, after) = rest.rsplit_once(']')?;
    match after.strip_prefix('.') {
        Some(sub_attribute) => Some((name, Some(filter), Some(sub_attribute))),
        None if after.is_empty() => Some((name, Some(filter), None)),
        None => None,
    }
}
