//! Searches (RFC 7644, section 3.4.2; RFC 9865): parses them, and converts their filters to
//! conditions on lists of the domain.

mod condition;
mod normalize;
mod query;

use serde_json::Value as Json;

pub(super) use self::normalize::normalize_within;
pub use self::{
    condition::{CustomDefinitions, to_condition},
    query::SearchQuery,
};

use super::{
    compatibility::{CompatibilityFix, CompatibilityFixes},
    error::{ScimError, ScimErrorType},
    path::{self, AttributePath, PathTarget},
    schema::{GROUPS, ResourceType, USERS},
};
use crate::domain::{
    filter::{Condition, Filter, Path},
    lists::{ListAttribute, TeamAttribute, UserAttribute},
    multi_valued::{MultiValuedField, SubAttribute},
    quote::QuotedText,
    user::UserStatus,
};

/// A list that SCIM can search.
pub trait SearchableList: ListAttribute {
    /// The type of its resources.
    const TYPE: &'static ResourceType<'static>;
    /// The attribute of the id.
    const ID: Self;

    /// Resolves an attribute of SCIM.
    fn resolve(path: &AttributePath) -> Option<FilterTarget<Self>>;

    /// The attribute of the list by which an attribute of SCIM sorts.
    fn sort_attribute(path: &AttributePath) -> Option<Self> {
        match Self::resolve(path)? {
            FilterTarget::Attribute(attribute) if attribute.is_sortable() => Some(attribute),
            _ => None,
        }
    }

    /// The condition for `active eq true` or `false`.
    fn active_condition(_: bool) -> Option<Condition<Self>> {
        None
    }
}

/// The target of a comparison in a filter.
#[derive(Debug, Clone, Copy)]
pub enum FilterTarget<A> {
    /// An attribute of the list.
    Attribute(A),
    /// Whether a user may log in.
    Active,
    /// The client's ID of the resource.
    ExternalId,
    /// The values of a multi-valued attribute.
    Values(MultiValuedField, ValueTarget),
    /// The same text for each value of a multi-valued attribute.
    ConstantPerValue(A, &'static str),
    /// The same text for all resources, compared with case.
    ConstantExact(&'static str),
}

/// The target of a comparison within a value.
#[derive(Debug, Clone, Copy)]
pub enum ValueTarget {
    /// A sub-attribute.
    SubAttribute(SubAttribute),
    /// Whether it is the primary one.
    Primary,
    /// The whole value, which is present or absent.
    Whole,
}

impl ValueTarget {
    /// The target of a path. Without a sub-attribute, it is `value`, if the values have
    /// one.
    fn resolve(field: MultiValuedField, sub_attribute: Option<&str>) -> Option<Self> {
        match sub_attribute {
            None if field.sub_attributes().contains(&SubAttribute::Value) => {
                Some(Self::SubAttribute(SubAttribute::Value))
            }
            None => Some(Self::Whole),
            Some("primary") => Some(Self::Primary),
            Some(name) => name.parse().ok().map(Self::SubAttribute),
        }
    }
}

impl SearchableList for UserAttribute {
    const TYPE: &'static ResourceType<'static> = &USERS;
    const ID: Self = Self::Id;

    fn resolve(path: &AttributePath) -> Option<FilterTarget<Self>> {
        if let Some(field) = path.multi_valued() {
            let sub_attribute = path.sub_attribute.map(|sub_attribute| sub_attribute.name);
            return ValueTarget::resolve(field, sub_attribute)
                .map(|target| FilterTarget::Values(field, target));
        }
        if let Some(field) = path.field() {
            let rules = field.definition().list;
            return rules.map(|_| FilterTarget::Attribute(Self::Profile(field)));
        }
        let sub_attribute = path.sub_attribute.map(|sub_attribute| sub_attribute.name);
        Some(match (path.extension, path.attribute.name, sub_attribute) {
            (None, "id", _) => FilterTarget::Attribute(Self::Id),
            (None, "groups", None | Some("value")) => FilterTarget::Attribute(Self::Team),
            (None, "meta", Some("created")) => FilterTarget::Attribute(Self::CreatedAt),
            (None, "meta", Some("lastModified")) => FilterTarget::Attribute(Self::UpdatedAt),
            (None, "active", _) => FilterTarget::Active,
            (None, "externalId", _) => FilterTarget::ExternalId,
            (None, "groups", Some("type")) => FilterTarget::ConstantPerValue(Self::Team, "direct"),
            (None, "meta", Some("resourceType")) => FilterTarget::ConstantExact("User"),
            _ => return None,
        })
    }

    fn sort_attribute(path: &AttributePath) -> Option<Self> {
        // Of several values, the primary one (RFC 7644, section 3.4.2.3).
        let attribute = match (path.field(), Self::resolve(path)?) {
            (Some(field), _) => Self::Profile(field),
            (None, FilterTarget::Attribute(attribute)) => attribute,
            (None, _) => return None,
        };
        Some(attribute).filter(|attribute| attribute.is_sortable())
    }

    fn active_condition(desired: bool) -> Option<Condition<Self>> {
        let disabled = Condition::Name(Self::Status, UserStatus::Disabled.as_str());
        Some(if desired { Condition::Not(Box::new(disabled)) } else { disabled })
    }
}

impl SearchableList for TeamAttribute {
    const TYPE: &'static ResourceType<'static> = &GROUPS;
    const ID: Self = Self::Id;

    fn resolve(path: &AttributePath) -> Option<FilterTarget<Self>> {
        let sub_attribute = path.sub_attribute.map(|sub_attribute| sub_attribute.name);
        Some(FilterTarget::Attribute(match (path.extension, path.attribute.name, sub_attribute) {
            (None, "id", _) => Self::Id,
            (None, "displayName", _) => Self::Name,
            (None, "members", None | Some("value")) => Self::Member,
            (None, "meta", Some("created")) => Self::CreatedAt,
            (None, "meta", Some("lastModified")) => Self::UpdatedAt,
            (None, "externalId", _) => return Some(FilterTarget::ExternalId),
            (None, "members", Some("type")) => {
                return Some(FilterTarget::ConstantPerValue(Self::Member, "User"));
            }
            (None, "meta", Some("resourceType")) => {
                return Some(FilterTarget::ConstantExact("Group"));
            }
            _ => return None,
        }))
    }
}

/// Parses the attribute by which a list is sorted.
///
/// # Errors
/// Returns [`ScimErrorType::InvalidPath`] for an unknown attribute, and
/// [`ScimErrorType::InvalidValue`] for an attribute that does not support sorting.
pub fn parse_sort<A: SearchableList>(text: &str) -> Result<A, ScimError> {
    let unsortable_error = |kind: ScimErrorType, name: &str| {
        let names = list_sortable::<A>().join(", ");
        kind.with_detail(format!("lists can't be sorted by {name}: use one of {names}"))
    };
    let path = match path::parse_target(A::TYPE, text, ScimErrorType::InvalidPath) {
        Ok(PathTarget::NotStored) => {
            let name = QuotedText(text).to_string();
            return Err(unsortable_error(ScimErrorType::InvalidPath, &name));
        }
        Ok(_) => path::parse_attribute(A::TYPE, text, ScimErrorType::InvalidPath)?,
        Err(error) => {
            let path =
                Path::parse(text).and_then(|path| AttributePath::in_extension(A::TYPE, &path));
            return Err(path.map_or(error, |path| {
                unsortable_error(ScimErrorType::InvalidValue, &path.name())
            }));
        }
    };
    A::sort_attribute(&path)
        .ok_or_else(|| unsortable_error(ScimErrorType::InvalidValue, &path.name()))
}

/// Returns the attributes by which a list can be filtered, and whether each supports
/// sorting.
#[must_use]
pub fn list_searchable<A: SearchableList>() -> Vec<(String, bool)> {
    let paths = path::attribute_paths(A::TYPE).into_iter();
    let searchable = paths.filter_map(|path| {
        A::resolve(&path)?;
        Some((path.name(), A::sort_attribute(&path).is_some()))
    });
    searchable.collect()
}

/// Returns the attributes by which a list can be sorted.
#[must_use]
pub fn list_sortable<A: SearchableList>() -> Vec<String> {
    let searchable = list_searchable::<A>().into_iter().filter(|(_, sortable)| *sortable);
    searchable.map(|(name, _)| name).collect()
}

/// Parses the filter of a search. Returns `None` if there is none.
///
/// # Errors
/// [`ScimErrorType::InvalidFilter`].
pub fn parse_filter(
    kind: &ResourceType<'_>,
    search: &SearchQuery,
    fixes: &mut CompatibilityFixes,
) -> Result<Option<Filter>, ScimError> {
    let Some(text) = &search.filter else { return Ok(None) };
    let filter = match text.parse() {
        Ok(filter) => filter,
        Err(error) => match Filter::parse_leniently(text) {
            Ok(filter) if fixes.allow(CompatibilityFix::PartAfterFilter, "filter") => filter,
            _ => {
                return Err(ScimErrorType::InvalidFilter.with_detail(format!("the filter {error}")));
            }
        },
    };
    Ok(Some(normalize::normalize(kind, filter, fixes)))
}

/// Whether the resources of a list have all attributes of a filter.
#[must_use]
pub fn has_attributes_of(kind: &ResourceType<'_>, filter: &Filter) -> bool {
    let has_attribute =
        |path: &Path| AttributePath::resolve(kind, path, ScimErrorType::InvalidFilter).is_ok();
    match filter {
        Filter::And(all) | Filter::Or(all) => all.iter().all(|one| has_attributes_of(kind, one)),
        Filter::Not(filter) => has_attributes_of(kind, filter),
        // The filter in brackets concerns the attribute before them.
        Filter::Present(path) | Filter::Compare { path, .. } | Filter::Within { path, .. } => {
            has_attribute(path)
        }
    }
}

/// Renders a page as text. `push` appends an item. `start` is the index of the first
/// item, from 1, with index-based pagination.
pub fn render_page<T>(
    items: &[T],
    push: impl Fn(&mut String, &T),
    total: Option<u64>,
    start: Option<u64>,
    cursor: Option<&str>,
) -> String {
    let head = super::object::object_of([
        ("schemas", Some(serde_json::json!([super::schema::LIST_RESPONSE]))),
        ("totalResults", total.map(Json::from)),
        ("itemsPerPage", Some(items.len().into())),
        ("startIndex", start.map(Json::from)),
        ("nextCursor", cursor.map(Json::from)),
    ]);
    let mut text = Json::Object(head).to_string();
    text.truncate(text.len() - 1);
    text.push_str(",\"Resources\":[");
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        push(&mut text, item);
    }
    text.push_str("]}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::profile_field::ProfileField, scim::schema::ENTERPRISE};

    #[test]
    fn unsortable_attribute_is_rejected_with_the_sortable_ones() {
        let manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
        for (text, name) in [
            ("manager", manager),
            (manager, manager),
            ("title", "title"),
            ("password", "\"password\""),
        ] {
            let ScimError { detail, .. } = parse_sort::<UserAttribute>(text).unwrap_err();
            let expected = format!("lists can't be sorted by {name}: use one of id, ");
            assert!(detail.starts_with(&expected) && detail.contains(", userName, "), "{detail}");
        }
        assert_eq!(
            parse_sort::<UserAttribute>("userName").ok(),
            Some(UserAttribute::Profile(ProfileField::UserName))
        );
        let ScimError { detail, .. } = parse_sort::<UserAttribute>("shoeSize").unwrap_err();
        assert!(detail.contains("is not an attribute of a User"), "{detail}");
    }

    #[test]
    fn every_attribute_is_sorted_by_or_rejected_with_a_reason() {
        fn check<A: SearchableList>() -> usize {
            let sortable = list_sortable::<A>();
            let mut rejected = 0;
            for path in path::attribute_paths(A::TYPE) {
                let name = path.name();
                match parse_sort::<A>(&name) {
                    Ok(attribute) => assert!(attribute.is_sortable(), "{name}"),
                    Err(ScimError { kind, detail }) => {
                        let reason = format!("lists can't be sorted by {name}: use one of id, ");
                        assert_eq!(kind, ScimErrorType::InvalidValue, "{name}");
                        assert!(detail.starts_with(&reason), "{detail}");
                        assert!(!sortable.contains(&name), "{name}");
                        rejected += 1;
                    }
                }
            }
            rejected
        }
        assert!(check::<UserAttribute>() > 50);
        assert!(check::<TeamAttribute>() > 5);
    }

    #[test]
    fn extension_attribute_without_its_uri_is_rejected_with_the_uri() {
        let path = Path::parse("manager").unwrap();
        let error =
            AttributePath::resolve(&USERS, &path, ScimErrorType::InvalidFilter).unwrap_err();
        assert!(error.detail.contains(&format!("did you mean {}:manager?", ENTERPRISE.id)));
    }
}
