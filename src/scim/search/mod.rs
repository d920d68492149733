//! Queries (RFC 7644, section 3.4.2; RFC 9865): what a list is asked for, and
//! what that means over the attributes of our lists.

mod query;
mod uris;

use serde_json::Value as Json;

pub use self::query::Search;

use super::{
    error::{Fault, ScimError},
    path::{self, Place},
    repair::{Repair, Repairs},
    schema::{ENTERPRISE, GROUPS, Object, ResourceType, USER_EXTENSION, USERS},
};
use crate::domain::{
    filter::{Attribute, Condition, Filter, Operator, Path, Value, resolve},
    lists::{TeamAttribute, UserAttribute},
    user::UserStatus,
};

/// A list of ours in terms of SCIM.
pub trait Searched: Attribute {
    /// What is on it.
    const TYPE: &'static ResourceType;
    /// The attribute of the id.
    const ID: Self;

    /// What an attribute of SCIM is here.
    fn of(place: &Place) -> Option<Meaning<Self>>;

    /// Those of whom it is so, or not, that they may log in.
    fn active(_: bool) -> Option<Condition<Self>> {
        None
    }
}

/// What an attribute of SCIM is in a list of ours.
#[derive(Debug, Clone, Copy)]
pub enum Meaning<A> {
    /// An attribute of it.
    Attribute(A),
    /// Whether a user may log in.
    Active,
    /// What the client calls it.
    ExternalId,
    /// The same text for all, compared without case.
    Always(&'static str),
    /// The same text for each value of an attribute that has several.
    OfEach(A, &'static str),
    /// The same text for all, compared to the letter.
    Exactly(&'static str),
    /// True for all.
    True,
}

impl Searched for UserAttribute {
    const TYPE: &'static ResourceType = &USERS;
    const ID: Self = Self::Id;

    fn of(place: &Place) -> Option<Meaning<Self>> {
        let uri = place.extension.map(|extension| extension.id);
        let part = place.part.map(|part| part.name);
        Some(Meaning::Attribute(match (uri, place.attribute.name, part) {
            (None, "id", _) => Self::Id,
            (None, "userName", _) => Self::UserName,
            (None, "name", Some("familyName")) => Self::LastName,
            (None, "name", Some("givenName")) => Self::FirstName,
            (None, "displayName", _) => Self::DisplayName,
            (None, "title", _) => Self::Position,
            (None, "emails", None | Some("value")) => Self::Email,
            (None, "groups", None | Some("value")) => Self::Team,
            (None, "meta", Some("created")) => Self::CreatedAt,
            (None, "meta", Some("lastModified")) => Self::UpdatedAt,
            (Some(uri), "department", _) if uri == ENTERPRISE.id => Self::Department,
            (Some(uri), "manager", None | Some("value")) if uri == ENTERPRISE.id => Self::Manager,
            (Some(uri), "role", _) if uri == USER_EXTENSION.id => Self::Role,
            (None, "active", _) => return Some(Meaning::Active),
            (None, "externalId", _) => return Some(Meaning::ExternalId),
            (None, "emails", Some("type")) => return Some(Meaning::Always("work")),
            (None, "emails", Some("primary")) => return Some(Meaning::True),
            (None, "meta", Some("resourceType")) => return Some(Meaning::Exactly("User")),
            _ => return None,
        }))
    }

    fn active(wanted: bool) -> Option<Condition<Self>> {
        let disabled = Condition::Name(Self::Status, UserStatus::Disabled.as_str());
        Some(if wanted { Condition::Not(Box::new(disabled)) } else { disabled })
    }
}

impl Searched for TeamAttribute {
    const TYPE: &'static ResourceType = &GROUPS;
    const ID: Self = Self::Id;

    fn of(place: &Place) -> Option<Meaning<Self>> {
        let part = place.part.map(|part| part.name);
        Some(Meaning::Attribute(match (place.extension, place.attribute.name, part) {
            (None, "id", _) => Self::Id,
            (None, "displayName", _) => Self::Name,
            (None, "members", None | Some("value")) => Self::Member,
            (None, "meta", Some("created")) => Self::CreatedAt,
            (None, "meta", Some("lastModified")) => Self::UpdatedAt,
            (None, "externalId", _) => return Some(Meaning::ExternalId),
            (None, "members", Some("type")) => return Some(Meaning::OfEach(Self::Member, "User")),
            (None, "meta", Some("resourceType")) => return Some(Meaning::Exactly("Group")),
            _ => return None,
        }))
    }
}

/// By what a list is sorted, if that can be.
///
/// # Errors
/// [`Fault::InvalidPath`] for no attribute, [`Fault::InvalidValue`] for one by
/// which lists can't be sorted.
pub fn sorted<A: Searched>(text: &str) -> Result<A, ScimError> {
    let place = path::attribute(A::TYPE, text, Fault::InvalidPath)?;
    match A::of(&place) {
        Some(Meaning::Attribute(attribute)) if attribute.sortable() => Ok(attribute),
        _ => Err(Fault::InvalidValue.because(format!("lists can't be sorted by {}", place.name()))),
    }
}

/// The names of the attributes by which a list can be filtered, each with
/// whether it can be sorted by it as well.
#[must_use]
pub fn searchable<A: Searched>() -> Vec<(String, bool)> {
    let places = path::places(A::TYPE).into_iter();
    let searched = places.filter_map(|place| {
        let sortable = match A::of(&place)? {
            Meaning::Attribute(attribute) => attribute.sortable(),
            _ => false,
        };
        Some((place.name(), sortable))
    });
    searched.collect()
}

/// The names of those by which it can be sorted.
#[must_use]
pub fn sortable<A: Searched>() -> Vec<String> {
    let named = searchable::<A>().into_iter().filter(|(_, sortable)| *sortable);
    named.map(|(name, _)| name).collect()
}

/// Reads the filter of a query over a list. `None`: it has none.
///
/// # Errors
/// [`Fault::InvalidFilter`].
pub fn filter<A: Searched>(
    search: &Search,
    repairs: &mut Repairs,
) -> Result<Option<Filter>, ScimError> {
    let Some(text) = &search.filter else { return Ok(None) };
    let filter = match text.parse() {
        Ok(filter) => filter,
        Err(why) => match Filter::read_leniently(text) {
            Ok(filter) if repairs.allow(Repair::PartBehindFilter, "filter") => filter,
            _ => return Err(Fault::InvalidFilter.because(format!("the filter {why}"))),
        },
    };
    Ok(Some(uris::completed(A::TYPE, filter, repairs)))
}

/// Whether the resources of a list have all attributes that a filter asks for.
#[must_use]
pub fn knows<A: Searched>(filter: &Filter) -> bool {
    let is = |path: &Path| Place::of(A::TYPE, path, Fault::InvalidFilter).is_ok();
    match filter {
        Filter::And(all) | Filter::Or(all) => all.iter().all(knows::<A>),
        Filter::Not(filter) => knows::<A>(filter),
        // What stands in its brackets is of the attribute before them.
        Filter::Present(path) | Filter::Compare { path, .. } | Filter::Within { path, .. } => {
            is(path)
        }
    }
}

/// What a filter means over a list of ours. `called` looks up what the client
/// calls so.
///
/// # Errors
/// [`Fault::InvalidFilter`], and those of `called`.
pub fn condition<A: Searched, E: From<ScimError>>(
    filter: &Filter,
    called: &mut impl FnMut(&str) -> Result<Vec<uuid::Uuid>, E>,
) -> Result<Condition<A>, E> {
    match filter {
        Filter::And(all) => {
            let all = all.iter().map(|one| condition(one, called));
            Ok(Condition::All(all.collect::<Result<_, E>>()?))
        }
        Filter::Or(any) => {
            let any = any.iter().map(|one| condition(one, called));
            Ok(Condition::Any(any.collect::<Result<_, E>>()?))
        }
        Filter::Not(filter) => Ok(Condition::Not(Box::new(condition(filter, called)?))),
        Filter::Present(path) => present(path, filter).map_err(E::from),
        Filter::Compare { path, operator, value } => match meaning::<A>(path)? {
            Meaning::ExternalId => external(path, *operator, value, called),
            meaning => compare(path, meaning, *operator, value).map_err(E::from),
        },
        Filter::Within { path, filter } => {
            let inner = inside(path, filter)?;
            condition(&inner, called)
        }
    }
}

fn meaning<A: Searched>(path: &Path) -> Result<Meaning<A>, ScimError> {
    let place = Place::of(A::TYPE, path, Fault::InvalidFilter)?;
    A::of(&place).ok_or_else(|| {
        Fault::InvalidFilter.because(format!("lists can't be filtered by {}", place.name()))
    })
}

fn ours<A: Attribute>(attribute: A) -> Path {
    let name = attribute.name();
    let (name, sub) = match name.split_once('.') {
        Some((name, sub)) => (name, Some(sub.to_owned())),
        None => (name, None),
    };
    Path { schema: None, name: name.to_owned(), sub }
}

fn resolved<A: Attribute>(filter: &Filter, path: &Path) -> Result<Condition<A>, ScimError> {
    resolve(filter)
        .map_err(|why| Fault::InvalidFilter.because(format!("the filter, by {path}, {why}")))
}

fn present<A: Searched>(path: &Path, filter: &Filter) -> Result<Condition<A>, ScimError> {
    match meaning::<A>(path)? {
        Meaning::Attribute(attribute) | Meaning::OfEach(attribute, _) => {
            resolved(&Filter::Present(ours(attribute)), path)
        }
        Meaning::Active | Meaning::Always(_) | Meaning::Exactly(_) | Meaning::True => {
            Ok(Condition::All(Vec::new()))
        }
        Meaning::ExternalId => Err(Fault::InvalidFilter
            .because(format!("externalId is found by eq and ne, and not by {filter}"))),
    }
}

fn compare<A: Searched>(
    path: &Path,
    meaning: Meaning<A>,
    operator: Operator,
    value: &Value,
) -> Result<Condition<A>, ScimError> {
    let constant = |holds: bool| {
        Ok(if holds { Condition::All(Vec::new()) } else { Condition::Any(Vec::new()) })
    };
    let wrong = || {
        let how = operator.as_str();
        Fault::InvalidFilter.because(format!("{path} can't be compared so: {how} {value}"))
    };
    match (meaning, operator, value) {
        (Meaning::Attribute(attribute), ..) => {
            let path_of_ours = ours(attribute);
            let filter = Filter::Compare { path: path_of_ours, operator, value: value.clone() };
            resolved(&filter, path)
        }
        (Meaning::OfEach(attribute, text), Operator::Eq | Operator::Ne, value) => {
            let there = resolved(&Filter::Present(ours(attribute)), path)?;
            let same = match value {
                Value::Text(given) => text.eq_ignore_ascii_case(given),
                Value::Null => false,
                _ => return Err(wrong()),
            };
            Ok(match (same, *value == Value::Null, operator == Operator::Eq) {
                (true, _, true) | (_, true, false) => there,
                (true, _, false) | (_, true, true) => Condition::Not(Box::new(there)),
                (false, false, equal) => return constant(!equal),
            })
        }
        (_, Operator::Eq, Value::Null) => constant(false),
        (_, Operator::Ne, Value::Null) => constant(true),
        (Meaning::Exactly(text), Operator::Eq, Value::Text(given)) => constant(text == given),
        (Meaning::Exactly(text), Operator::Ne, Value::Text(given)) => constant(text != given),
        (Meaning::Always(text), Operator::Eq, Value::Text(given)) => {
            constant(text.eq_ignore_ascii_case(given))
        }
        (Meaning::Always(text), Operator::Ne, Value::Text(given)) => {
            constant(!text.eq_ignore_ascii_case(given))
        }
        (Meaning::True, Operator::Eq, Value::Bool(given)) => constant(*given),
        (Meaning::True, Operator::Ne, Value::Bool(given)) => constant(!*given),
        (Meaning::Active, Operator::Eq | Operator::Ne, Value::Bool(given)) => {
            A::active(*given == (operator == Operator::Eq)).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

fn external<A: Searched, E: From<ScimError>>(
    path: &Path,
    operator: Operator,
    value: &Value,
    called: &mut impl FnMut(&str) -> Result<Vec<uuid::Uuid>, E>,
) -> Result<Condition<A>, E> {
    let (Operator::Eq | Operator::Ne, Value::Text(text)) = (operator, value) else {
        let detail = format!("{path} is compared by eq and ne, with a text");
        return Err(Fault::InvalidFilter.because(detail).into());
    };
    let mut ids: Vec<_> = called(text)?.into_iter().map(|id| Condition::Id(A::ID, id)).collect();
    // One alone is looked up as such.
    let found = match (ids.pop(), ids.is_empty()) {
        (Some(one), true) => one,
        (Some(one), false) => {
            ids.push(one);
            Condition::Any(ids)
        }
        (None, _) => Condition::Nothing,
    };
    Ok(if operator == Operator::Eq { found } else { Condition::Not(Box::new(found)) })
}

/// A value path as a filter: with us, what has several values in SCIM has one,
/// or is asked for one by one.
fn inside(path: &Path, filter: &Filter) -> Result<Filter, ScimError> {
    let several = ["groups", "members"].iter().any(|name| path.name.eq_ignore_ascii_case(name));
    let lift = |part: &Path| match (&part.schema, &part.sub, &path.sub) {
        (None, None, None) => Ok(Path { sub: Some(part.name.clone()), ..path.clone() }),
        _ => Err(Fault::InvalidFilter.because(format!("{part} is no part of {path}"))),
    };
    Ok(match filter {
        // One and the same member would have to meet both; and that one of them is
        // another, the list can't be asked.
        Filter::And(_)
        | Filter::Not(_)
        | Filter::Compare { operator: Operator::Ne, .. }
        | Filter::Compare { value: Value::Null, .. }
            if several =>
        {
            let detail = format!("{path} is asked for one value: {path}[value eq \"…\"]");
            return Err(Fault::InvalidFilter.because(detail));
        }
        Filter::Compare { path: part, operator, value } => {
            Filter::Compare { path: lift(part)?, operator: *operator, value: value.clone() }
        }
        Filter::Present(part) => Filter::Present(lift(part)?),
        Filter::And(all) => {
            Filter::And(all.iter().map(|one| inside(path, one)).collect::<Result<_, _>>()?)
        }
        Filter::Or(any) => {
            Filter::Or(any.iter().map(|one| inside(path, one)).collect::<Result<_, _>>()?)
        }
        Filter::Not(filter) => Filter::Not(Box::new(inside(path, filter)?)),
        Filter::Within { path, .. } => {
            return Err(Fault::InvalidFilter.because(format!("{path} has no values of its own")));
        }
    })
}

/// A list as a client sees it. `start` is the place of the first, from 1, if
/// pages are counted.
#[must_use]
pub fn page(
    resources: Vec<Object>,
    total: Option<u64>,
    start: Option<u64>,
    cursor: Option<&str>,
) -> Object {
    super::user::filled([
        ("schemas", Some(serde_json::json!([super::schema::LIST_RESPONSE]))),
        ("totalResults", total.map(Json::from)),
        ("itemsPerPage", Some(resources.len().into())),
        ("startIndex", start.map(Json::from)),
        ("nextCursor", cursor.map(Json::from)),
        ("Resources", Some(resources.into_iter().map(Json::Object).collect())),
    ])
}
