//! Projections: the attributes of a resource that a response returns (RFC 7644, section
//! 3.9).

use serde_json::Value;

use super::{
    error::{ScimError, ScimErrorType},
    path::{self, AttributePath, PathTarget},
    schema::{Object, ResourceType, Returned},
};

/// The attributes that a response returns.
#[derive(Debug, Clone, Default)]
pub struct Projection {
    included: Option<Vec<ProjectedItem>>,
    excluded: Vec<ProjectedItem>,
    is_requested: bool,
}

#[derive(Debug, Clone)]
enum ProjectedItem {
    AttributePath(AttributePath),
    Core,
    Extension(&'static str),
}

impl Projection {
    /// Parses `attributes` and `excludedAttributes`. Unknown names are ignored.
    ///
    /// # Errors
    /// Returns [`ScimErrorType::InvalidValue`] if both are present.
    pub fn parse(
        kind: &'static ResourceType,
        attributes: &[String],
        excluded: &[String],
    ) -> Result<Self, ScimError> {
        if !attributes.is_empty() && !excluded.is_empty() {
            let detail = "attributes and excludedAttributes can't be combined: send one of them";
            return Err(ScimErrorType::InvalidValue.with_detail(detail));
        }
        let parse_names = |names: &[String]| {
            let items = names.iter().filter_map(|name| {
                match path::parse_target(kind, name, ScimErrorType::InvalidValue).ok()? {
                    PathTarget::Attribute { path, filter: None } => {
                        Some(ProjectedItem::AttributePath(path))
                    }
                    PathTarget::Attribute { .. } | PathTarget::NotStored => None,
                    PathTarget::Core => Some(ProjectedItem::Core),
                    PathTarget::Extension(extension) => {
                        Some(ProjectedItem::Extension(extension.id))
                    }
                }
            });
            items.collect::<Vec<_>>()
        };
        let included = (!attributes.is_empty()).then(|| parse_names(attributes));
        let is_requested = !attributes.is_empty() || !excluded.is_empty();
        Ok(Self { included, excluded: parse_names(excluded), is_requested })
    }

    /// Whether the request says which attributes it wants.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.is_requested
    }

    /// Whether the request names an extension, or an attribute in one.
    #[must_use]
    pub fn names_extension(&self) -> bool {
        self.included.iter().flatten().any(|item| match item {
            ProjectedItem::Extension(_) => true,
            ProjectedItem::AttributePath(path) => path.extension.is_some(),
            ProjectedItem::Core => false,
        })
    }

    /// Whether a core attribute is returned completely.
    #[must_use]
    pub fn shows(&self, name: &str) -> bool {
        let is = |one: &ProjectedItem| matches!(one, ProjectedItem::AttributePath(AttributePath { extension: None, attribute, .. }) if attribute.name == name);
        let is = |one: &ProjectedItem| is(one) || matches!(one, ProjectedItem::Core);
        let whole = |one: &ProjectedItem| {
            matches!(one, ProjectedItem::Core)
                || is(one)
                    && matches!(one, ProjectedItem::AttributePath(AttributePath { part: None, .. }))
        };
        match &self.included {
            Some(only) => only.iter().any(is),
            None => !self.excluded.iter().any(whole),
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

fn copy_item(from: &Object, to: &mut Object, chosen: &ProjectedItem) {
    match chosen {
        ProjectedItem::Core => {
            let own = from.iter().filter(|(key, _)| is_own(key));
            to.extend(own.map(|(key, value)| (key.clone(), value.clone())));
        }
        ProjectedItem::Extension(uri) => {
            if let Some(value) = from.get(*uri) {
                to.insert((*uri).to_owned(), value.clone());
            }
        }
        ProjectedItem::AttributePath(AttributePath {
            extension: Some(extension),
            attribute,
            part,
        }) => {
            let Some(Value::Object(current)) = from.get(extension.id) else { return };
            let mut projected = match to.remove(extension.id) {
                Some(Value::Object(view)) => view,
                _ => Object::new(),
            };
            copy_item(
                current,
                &mut projected,
                &ProjectedItem::AttributePath(AttributePath {
                    extension: None,
                    attribute,
                    part: *part,
                }),
            );
            if !projected.is_empty() {
                to.insert(extension.id.to_owned(), Value::Object(projected));
            }
        }
        ProjectedItem::AttributePath(AttributePath { extension: None, attribute, part: None }) => {
            if let Some(value) = from.get(attribute.name) {
                to.insert(attribute.name.to_owned(), value.clone());
            }
        }
        ProjectedItem::AttributePath(AttributePath {
            extension: None,
            attribute,
            part: Some(part),
        }) => {
            let Some(value) = from.get(attribute.name) else { return };
            let projected = to.entry(attribute.name).or_insert(match value {
                Value::Array(values) => {
                    values.iter().map(|_| Value::Object(Object::new())).collect()
                }
                _ => Value::Object(Object::new()),
            });
            copy_part(value, projected, part.name);
        }
    }
}

fn copy_part(from: &Value, to: &mut Value, part: &str) {
    match (from, to) {
        (Value::Array(from), Value::Array(to)) => {
            from.iter().zip(to).for_each(|(from, to)| copy_part(from, to, part));
        }
        (Value::Object(from), Value::Object(to)) => {
            if let Some(value) = from.get(part) {
                to.insert(part.to_owned(), value.clone());
            }
        }
        _ => {}
    }
}

fn remove_item(object: &mut Object, chosen: &ProjectedItem) {
    match chosen {
        ProjectedItem::Core => {
            object.retain(|key, _| !is_own(key) || key == "schemas" || is_always_returned(key))
        }
        ProjectedItem::Extension(uri) => drop(object.shift_remove(*uri)),
        ProjectedItem::AttributePath(AttributePath { attribute, .. })
            if attribute.returned == Returned::Always => {}
        ProjectedItem::AttributePath(AttributePath {
            extension: Some(extension),
            attribute,
            part,
        }) => {
            if let Some(Value::Object(current)) = object.get_mut(extension.id) {
                remove_item(
                    current,
                    &ProjectedItem::AttributePath(AttributePath {
                        extension: None,
                        attribute,
                        part: *part,
                    }),
                );
                if current.is_empty() {
                    object.shift_remove(extension.id);
                }
            }
        }
        ProjectedItem::AttributePath(AttributePath { extension: None, attribute, part: None }) => {
            object.shift_remove(attribute.name);
        }
        ProjectedItem::AttributePath(AttributePath {
            extension: None,
            attribute,
            part: Some(part),
        }) => match object.get_mut(attribute.name) {
            Some(Value::Object(current)) => drop(current.shift_remove(part.name)),
            Some(Value::Array(values)) => {
                for current in values.iter_mut().filter_map(Value::as_object_mut) {
                    current.shift_remove(part.name);
                }
            }
            _ => {}
        },
    }
}
