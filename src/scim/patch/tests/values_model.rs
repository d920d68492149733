//! PATCH of a multi-valued complex attribute against a model.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::apply_operations;
use crate::domain::api_key::Dialect;

const TYPES: [&str; 3] = ["work", "mobile", "fax"];

#[derive(Debug, Clone, PartialEq)]
struct Phone {
    value: String,
    kind: &'static str,
    is_primary: Option<bool>,
}

#[derive(Debug, Clone)]
enum Change {
    Add(Phone),
    Replace(Vec<Phone>),
    SetValue(&'static str, String),
    MakePrimary(&'static str),
    Remove(&'static str),
    RemoveValue(&'static str),
}

impl Phone {
    fn to_json(&self) -> Value {
        let mut json = json!({"value": self.value, "type": self.kind});
        if let Some(is_primary) = self.is_primary {
            json["primary"] = is_primary.into();
        }
        json
    }
}

impl Change {
    fn to_operation(&self) -> Value {
        let path = |kind: &str| format!("phoneNumbers[type eq \"{kind}\"]");
        match self {
            Self::Add(phone) => {
                json!({"op": "add", "path": "phoneNumbers", "value": [phone.to_json()]})
            }
            Self::Replace(phones) => {
                let phones: Vec<_> = phones.iter().map(Phone::to_json).collect();
                json!({"op": "replace", "path": "phoneNumbers", "value": phones})
            }
            Self::SetValue(kind, value) => {
                json!({"op": "replace", "path": format!("{}.value", path(kind)), "value": value})
            }
            Self::MakePrimary(kind) => {
                json!({"op": "replace", "path": format!("{}.primary", path(kind)), "value": true})
            }
            Self::Remove(kind) => json!({"op": "remove", "path": path(kind)}),
            Self::RemoveValue(kind) => {
                json!({"op": "remove", "path": format!("{}.value", path(kind))})
            }
        }
    }

    /// Changes the model. Returns whether the operation has a target.
    fn model(&self, phones: &mut Vec<Phone>) -> bool {
        match self {
            Self::Add(new) => {
                if new.is_primary == Some(true) {
                    unset_primary(phones);
                }
                let is_new = |old: &&mut Phone| old.value == new.value && old.kind == new.kind;
                match phones.iter_mut().find(is_new) {
                    Some(old) => old.is_primary = new.is_primary.or(old.is_primary),
                    None => phones.push(new.clone()),
                }
                true
            }
            Self::Replace(all) => {
                phones.clone_from(all);
                true
            }
            Self::SetValue(kind, value) => {
                let mut of_type = phones.iter_mut().filter(|phone| phone.kind == *kind).peekable();
                let is_found = of_type.peek().is_some();
                of_type.for_each(|phone| phone.value.clone_from(value));
                is_found
            }
            Self::MakePrimary(kind) => {
                let Some(place) = phones.iter().position(|phone| phone.kind == *kind) else {
                    return false;
                };
                unset_primary(phones);
                phones[place].is_primary = Some(true);
                true
            }
            Self::Remove(kind) | Self::RemoveValue(kind) => {
                let before = phones.len();
                phones.retain(|phone| phone.kind != *kind);
                phones.len() < before
            }
        }
    }
}

fn unset_primary(phones: &mut [Phone]) {
    for phone in phones.iter_mut().filter(|phone| phone.is_primary == Some(true)) {
        phone.is_primary = Some(false);
    }
}

fn phone() -> impl Strategy<Value = Phone> {
    ("[0-9]{2}", prop::sample::select(TYPES.to_vec()), prop::option::of(any::<bool>()))
        .prop_map(|(value, kind, is_primary)| Phone { value, kind, is_primary })
}

/// A change. A list has each type once, so that a path names one value.
fn change() -> impl Strategy<Value = Change> {
    let kind = || prop::sample::select(TYPES.to_vec());
    let list = prop::collection::btree_map(kind(), "[0-9]{2}", 0..3).prop_map(|phones| {
        let phones = phones.into_iter();
        phones.map(|(kind, value)| Phone { value, kind, is_primary: None }).collect()
    });
    prop_oneof![
        phone().prop_map(Change::Add),
        list.prop_map(Change::Replace),
        (kind(), "[0-9]{2}").prop_map(|(kind, value)| Change::SetValue(kind, value)),
        kind().prop_map(Change::MakePrimary),
        kind().prop_map(Change::Remove),
        kind().prop_map(Change::RemoveValue),
    ]
}

proptest! {
    #[test]
    fn patched_list_equals_the_model(changes in prop::collection::vec(change(), 1..20)) {
        let mut phones: Vec<Phone> = Vec::new();
        let mut operations = Vec::new();
        for change in changes {
            let mut next = phones.clone();
            let of_type = |kind: &str| phones.iter().filter(|phone| phone.kind == kind).count();
            // Two values of a type can't both become the primary one.
            if matches!(&change, Change::MakePrimary(kind) if of_type(kind) > 1) {
                continue;
            }
            if change.model(&mut next) {
                phones = next;
                operations.push(change.to_operation());
            } else {
                let mut failing = operations.clone();
                failing.push(change.to_operation());
                prop_assert!(apply_operations(Dialect::Strict, Value::Array(failing)).is_err());
            }
        }
        if operations.is_empty() {
            return Ok(());
        }
        let patched = apply_operations(Dialect::Strict, Value::Array(operations)).unwrap();
        let expected: Vec<_> = phones.iter().map(Phone::to_json).collect();
        let actual = patched.get("phoneNumbers").and_then(Value::as_array).cloned();
        prop_assert_eq!(actual.unwrap_or_default(), expected);
    }
}
