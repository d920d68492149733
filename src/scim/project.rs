//! Projections: the attributes of a resource that a response returns (RFC 7644, section
//! 3.9).

use serde_json::Value;

use super::{
    error::{ScimError, ScimErrorType},
    path::{self, AttributePath, Target},
    schema::{Object, ResourceType, Returned},
};

/// The attributes that a response returns.
#[derive(Debug, Clone, Default)]
pub struct Projection {
    only: Option<Vec<Chosen>>,
    without: Vec<Chosen>,
}

#[derive(Debug, Clone)]
enum Chosen {
    AttributePath(AttributePath),
    Core,
    Extension(&'static str),
}

impl Projection {
    /// Parses `attributes` and `excludedAttributes`. Unknown names are ignored.
    ///
    /// # Errors
    /// Returns [`ScimErrorType::InvalidValue`] if both are present.
    pub fn read(
        kind: &'static ResourceType,
        attributes: &[String],
        excluded: &[String],
    ) -> Result<Self, ScimError> {
        if !attributes.is_empty() && !excluded.is_empty() {
            let detail = "attributes and excludedAttributes can't be combined: send one of them";
            return Err(ScimErrorType::InvalidValue.because(detail));
        }
        let chosen = |names: &[String]| {
            let read = names.iter().filter_map(|name| {
                match path::target(kind, name, ScimErrorType::InvalidValue).ok()? {
                    Target::Attribute { place, filter: None } => Some(Chosen::AttributePath(place)),
                    Target::Attribute { .. } | Target::NotStored => None,
                    Target::Core => Some(Chosen::Core),
                    Target::Extension(extension) => Some(Chosen::Extension(extension.id)),
                }
            });
            read.collect::<Vec<_>>()
        };
        let only = (!attributes.is_empty()).then(|| chosen(attributes));
        Ok(Self { only, without: chosen(excluded) })
    }

    /// Whether a core attribute is returned completely.
    #[must_use]
    pub fn shows(&self, name: &str) -> bool {
        let is = |one: &Chosen| matches!(one, Chosen::AttributePath(AttributePath { extension: None, attribute, .. }) if attribute.name == name);
        let is = |one: &Chosen| is(one) || matches!(one, Chosen::Core);
        let whole = |one: &Chosen| {
            matches!(one, Chosen::Core)
                || is(one) && matches!(one, Chosen::AttributePath(AttributePath { part: None, .. }))
        };
        match &self.only {
            Some(only) => only.iter().any(is),
            None => !self.without.iter().any(whole),
        }
    }

    /// Applies the projection to a resource.
    #[must_use]
    pub fn of(&self, mut object: Object) -> Object {
        if let Some(only) = &self.only {
            let mut view = Object::new();
            for (key, value) in &object {
                let always = key == "schemas" || is_always(key);
                if always {
                    view.insert(key.clone(), value.clone());
                }
            }
            only.iter().for_each(|one| copy(&object, &mut view, one));
            return view;
        }
        self.without.iter().for_each(|one| drop_of(&mut object, one));
        object
    }
}

fn is_always(key: &str) -> bool {
    let known = super::schema::COMMON.iter().find(|known| known.name == key);
    known.is_some_and(|known| known.returned == Returned::Always)
}

/// Whether a member of a resource is a core attribute.
fn is_own(key: &str) -> bool {
    !key.contains(':')
}

fn copy(from: &Object, to: &mut Object, chosen: &Chosen) {
    match chosen {
        Chosen::Core => {
            let own = from.iter().filter(|(key, _)| is_own(key));
            to.extend(own.map(|(key, value)| (key.clone(), value.clone())));
        }
        Chosen::Extension(uri) => {
            if let Some(value) = from.get(*uri) {
                to.insert((*uri).to_owned(), value.clone());
            }
        }
        Chosen::AttributePath(AttributePath { extension: Some(extension), attribute, part }) => {
            let Some(Value::Object(current)) = from.get(extension.id) else { return };
            let mut view = match to.remove(extension.id) {
                Some(Value::Object(view)) => view,
                _ => Object::new(),
            };
            copy(
                current,
                &mut view,
                &Chosen::AttributePath(AttributePath { extension: None, attribute, part: *part }),
            );
            if !view.is_empty() {
                to.insert(extension.id.to_owned(), Value::Object(view));
            }
        }
        Chosen::AttributePath(AttributePath { extension: None, attribute, part: None }) => {
            if let Some(value) = from.get(attribute.name) {
                to.insert(attribute.name.to_owned(), value.clone());
            }
        }
        Chosen::AttributePath(AttributePath { extension: None, attribute, part: Some(part) }) => {
            let Some(value) = from.get(attribute.name) else { return };
            let view = to.entry(attribute.name).or_insert(match value {
                Value::Array(values) => {
                    values.iter().map(|_| Value::Object(Object::new())).collect()
                }
                _ => Value::Object(Object::new()),
            });
            put_part(value, view, part.name);
        }
    }
}

fn put_part(from: &Value, to: &mut Value, part: &str) {
    match (from, to) {
        (Value::Array(from), Value::Array(to)) => {
            from.iter().zip(to).for_each(|(from, to)| put_part(from, to, part));
        }
        (Value::Object(from), Value::Object(to)) => {
            if let Some(value) = from.get(part) {
                to.insert(part.to_owned(), value.clone());
            }
        }
        _ => {}
    }
}

fn drop_of(object: &mut Object, chosen: &Chosen) {
    match chosen {
        Chosen::Core => object.retain(|key, _| !is_own(key) || key == "schemas" || is_always(key)),
        Chosen::Extension(uri) => drop(object.shift_remove(*uri)),
        Chosen::AttributePath(AttributePath { attribute, .. })
            if attribute.returned == Returned::Always => {}
        Chosen::AttributePath(AttributePath { extension: Some(extension), attribute, part }) => {
            if let Some(Value::Object(current)) = object.get_mut(extension.id) {
                drop_of(
                    current,
                    &Chosen::AttributePath(AttributePath {
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
        Chosen::AttributePath(AttributePath { extension: None, attribute, part: None }) => {
            object.shift_remove(attribute.name);
        }
        Chosen::AttributePath(AttributePath { extension: None, attribute, part: Some(part) }) => {
            match object.get_mut(attribute.name) {
                Some(Value::Object(current)) => drop(current.shift_remove(part.name)),
                Some(Value::Array(values)) => {
                    for current in values.iter_mut().filter_map(Value::as_object_mut) {
                        current.shift_remove(part.name);
                    }
                }
                _ => {}
            }
        }
    }
}
