//! Projections: the attributes of a resource that a response returns (RFC 7644, section
//! 3.9).

use serde_json::Value;

use super::{
    error::{ScimError, ScimErrorType},
    path::{self, PathTarget},
    schema::{Object, ResourceType, Returned, is_custom_schema},
};
use crate::domain::filter::Path;

/// The attributes that a response returns.
#[derive(Debug, Clone, Default)]
pub struct Projection {
    included: Option<Vec<ProjectedItem>>,
    excluded: Vec<ProjectedItem>,
    is_requested: bool,
}

#[derive(Debug, Clone)]
enum ProjectedItem {
    Attribute(ProjectedAttribute),
    Core,
    /// An extension, by its URI.
    Extension(String),
}

/// An attribute by its name, which is compared without case.
#[derive(Debug, Clone)]
struct ProjectedAttribute {
    /// The URI of the extension. `None`: a core attribute.
    extension: Option<String>,
    name: String,
    sub_attribute: Option<String>,
}

impl ProjectedItem {
    /// Parses a name. `None`: it names nothing that a resource has.
    fn parse(kind: &ResourceType<'_>, text: &str) -> Option<Self> {
        if is_custom_schema(text) {
            return Some(Self::Extension(text.to_owned()));
        }
        if let Some(Path { schema: Some(uri), name, sub: sub_attribute }) = Path::parse(text)
            && is_custom_schema(&uri)
        {
            return Some(Self::Attribute(ProjectedAttribute {
                extension: Some(uri),
                name,
                sub_attribute,
            }));
        }
        match path::parse_target(kind, text, ScimErrorType::InvalidValue).ok()? {
            PathTarget::Attribute { path, filter: None } => {
                Some(Self::Attribute(ProjectedAttribute {
                    extension: path.extension.map(|extension| extension.id.to_owned()),
                    name: path.attribute.name.to_owned(),
                    sub_attribute: path
                        .sub_attribute
                        .map(|sub_attribute| sub_attribute.name.to_owned()),
                }))
            }
            PathTarget::Attribute { .. } | PathTarget::NotStored => None,
            PathTarget::Core => Some(Self::Core),
            PathTarget::Extension(extension) => Some(Self::Extension(extension.id.to_owned())),
        }
    }

    /// The core attribute that it names.
    fn core_attribute(&self) -> Option<&ProjectedAttribute> {
        match self {
            Self::Attribute(named) => Some(named).filter(|named| named.extension.is_none()),
            Self::Core | Self::Extension(_) => None,
        }
    }
}

impl Projection {
    /// Parses `attributes` and `excludedAttributes`. Unknown names are ignored.
    ///
    /// # Errors
    /// Returns [`ScimErrorType::InvalidValue`] if both are present.
    pub fn parse(
        kind: &ResourceType<'_>,
        attributes: &[String],
        excluded: &[String],
    ) -> Result<Self, ScimError> {
        if !attributes.is_empty() && !excluded.is_empty() {
            let detail = "attributes and excludedAttributes can't be combined: send one of them";
            return Err(ScimErrorType::InvalidValue.with_detail(detail));
        }
        let parse_names = |names: &[String]| {
            names.iter().filter_map(|name| ProjectedItem::parse(kind, name)).collect::<Vec<_>>()
        };
        let included = (!attributes.is_empty()).then(|| parse_names(attributes));
        let is_requested = !attributes.is_empty() || !excluded.is_empty();
        Ok(Self { included, excluded: parse_names(excluded), is_requested })
    }

    /// Whether the request selects attributes.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.is_requested
    }

    /// Whether the request names an extension, or an attribute in one.
    #[must_use]
    pub fn names_extension(&self) -> bool {
        self.included.iter().flatten().any(|item| match item {
            ProjectedItem::Extension(_) => true,
            ProjectedItem::Attribute(named) => named.extension.is_some(),
            ProjectedItem::Core => false,
        })
    }

    /// Whether a core attribute is returned completely.
    #[must_use]
    pub fn shows(&self, name: &str) -> bool {
        let named = |item: &ProjectedItem| {
            item.core_attribute().filter(|named| named.name == name).cloned()
        };
        let is_core = |item: &ProjectedItem| matches!(item, ProjectedItem::Core);
        match &self.included {
            Some(only) => only.iter().any(|item| is_core(item) || named(item).is_some()),
            None => !self.excluded.iter().any(|item| {
                is_core(item) || named(item).is_some_and(|named| named.sub_attribute.is_none())
            }),
        }
    }

    /// Applies the projection to a resource.
    #[must_use]
    pub fn apply(&self, mut object: Object) -> Object {
        if let Some(only) = &self.included {
            let mut projected = Object::new();
            for (key, value) in &object {
                let is_always_returned = key == "schemas" || is_always_returned(key);
                if is_always_returned {
                    projected.insert(key.clone(), value.clone());
                }
            }
            only.iter().for_each(|one| copy_item(&object, &mut projected, one));
            object = projected;
        } else {
            self.excluded.iter().for_each(|one| remove_item(&mut object, one));
        }
        object.retain(|_, value| !remove_empty(value));
        object
    }
}

/// Removes the objects and lists in a value that have no members. Returns whether it has
/// none itself: such a value is unassigned (RFC 7643, section 2.5).
fn remove_empty(value: &mut Value) -> bool {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !remove_empty(value));
            fields.is_empty()
        }
        Value::Array(values) => {
            values.retain_mut(|value| !remove_empty(value));
            values.is_empty()
        }
        _ => false,
    }
}

fn is_always_returned(key: &str) -> bool {
    let known = super::schema::COMMON.iter().find(|known| known.name == key);
    known.is_some_and(|known| known.returned == Returned::Always)
}

/// Whether a member of a resource is a core attribute.
fn is_own(key: &str) -> bool {
    !key.contains(':')
}

/// The member of this name, as the object spells it.
fn find_key(object: &Object, name: &str) -> Option<String> {
    object.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned()
}

fn copy_item(from: &Object, to: &mut Object, item: &ProjectedItem) {
    match item {
        ProjectedItem::Core => {
            let own = from.iter().filter(|(key, _)| is_own(key));
            to.extend(own.map(|(key, value)| (key.clone(), value.clone())));
        }
        ProjectedItem::Extension(uri) => {
            if let Some((key, value)) = find_key(from, uri).and_then(|key| from.get_key_value(&key))
            {
                to.insert(key.clone(), value.clone());
            }
        }
        ProjectedItem::Attribute(named) => match &named.extension {
            None => copy_attribute(from, to, named),
            Some(uri) => {
                let Some(key) = find_key(from, uri) else { return };
                let Some(Value::Object(current)) = from.get(&key) else { return };
                let mut projected = match to.remove(&key) {
                    Some(Value::Object(view)) => view,
                    _ => Object::new(),
                };
                copy_attribute(current, &mut projected, named);
                if !projected.is_empty() {
                    to.insert(key, Value::Object(projected));
                }
            }
        },
    }
}

fn copy_attribute(from: &Object, to: &mut Object, named: &ProjectedAttribute) {
    let Some(key) = find_key(from, &named.name) else { return };
    let Some(value) = from.get(&key) else { return };
    let Some(sub_attribute) = &named.sub_attribute else {
        to.insert(key, value.clone());
        return;
    };
    let projected = to.entry(key).or_insert(match value {
        Value::Array(values) => values.iter().map(|_| Value::Object(Object::new())).collect(),
        _ => Value::Object(Object::new()),
    });
    copy_sub_attribute(value, projected, sub_attribute);
}

fn copy_sub_attribute(from: &Value, to: &mut Value, sub_attribute: &str) {
    match (from, to) {
        (Value::Array(from), Value::Array(to)) => {
            from.iter().zip(to).for_each(|(from, to)| copy_sub_attribute(from, to, sub_attribute));
        }
        (Value::Object(from), Value::Object(to)) => {
            if let Some((key, value)) =
                find_key(from, sub_attribute).and_then(|key| from.get_key_value(&key))
            {
                to.insert(key.clone(), value.clone());
            }
        }
        _ => {}
    }
}

fn remove_item(object: &mut Object, item: &ProjectedItem) {
    match item {
        ProjectedItem::Core => {
            object.retain(|key, _| !is_own(key) || key == "schemas" || is_always_returned(key));
        }
        ProjectedItem::Extension(uri) => remove_key(object, uri),
        ProjectedItem::Attribute(named) => match &named.extension {
            None if is_always_returned(&named.name) => {}
            None => remove_attribute(object, named),
            Some(uri) => {
                let Some(key) = find_key(object, uri) else { return };
                let Some(Value::Object(current)) = object.get_mut(&key) else { return };
                remove_attribute(current, named);
                if current.is_empty() {
                    object.shift_remove(&key);
                }
            }
        },
    }
}

fn remove_attribute(object: &mut Object, named: &ProjectedAttribute) {
    let Some(sub_attribute) = &named.sub_attribute else { return remove_key(object, &named.name) };
    let current = find_key(object, &named.name).and_then(|key| object.get_mut(&key));
    match current {
        Some(Value::Object(current)) => remove_key(current, sub_attribute),
        Some(Value::Array(values)) => {
            values
                .iter_mut()
                .filter_map(Value::as_object_mut)
                .for_each(|value| remove_key(value, sub_attribute));
        }
        _ => {}
    }
}

fn remove_key(object: &mut Object, name: &str) {
    if let Some(key) = find_key(object, name) {
        object.shift_remove(&key);
    }
}
