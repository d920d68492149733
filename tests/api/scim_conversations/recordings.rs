//! Recorded values of a conversation: they fill later requests, and are compared
//! with later answers.

use std::{cell::RefCell, collections::BTreeSet};

use serde_json::{Map, Value};

/// A path and a query as they go over the wire.
pub(super) fn encoded(written: &str) -> String {
    let Some((path, query)) = written.split_once('?') else { return written.to_owned() };
    let encode = |text: &str| {
        let bytes = url::form_urlencoded::byte_serialize(text.as_bytes());
        bytes.collect::<String>().replace('+', "%20")
    };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) => format!("{name}={}", encode(value)),
        None => pair.to_owned(),
    });
    format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
}

/// Whether all that is wanted is there. Else: where it is not.
pub(super) fn part_of(expected: &Value, found: &Value, place: &str) -> Result<(), String> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            expected.iter().try_for_each(|(key, value)| {
                let place = format!("{place}/{key}");
                part_of(value, found.get(key).unwrap_or(&Value::Null), &place)
            })
        }
        // In any order, and no more than those.
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            expected.iter().enumerate().try_for_each(|(number, value)| {
                let is_there = found.iter().any(|one| part_of(value, one, "").is_ok());
                is_there.then_some(()).ok_or_else(|| format!("{place}/{number}"))
            })
        }
        _ if expected == found => Ok(()),
        _ => Err(place.to_owned()),
    }
}

/// A value with others in place of its own. `null`: without it.
pub(super) fn merged(old: Value, new: Value) -> Value {
    match (old, new) {
        (Value::Object(mut old), Value::Object(new)) => {
            for (key, value) in new {
                let before = old.remove(&key).unwrap_or_default();
                if !value.is_null() {
                    old.insert(key, merged(before, value));
                }
            }
            Value::Object(old)
        }
        (_, new) => new,
    }
}

/// Values that exist without having been recorded. A conversation need not use them.
const RECORDED: [&str; 2] = ["base", "number"];

/// The values of earlier answers, with the names of those that were used.
pub(super) struct Recording {
    values: Map<String, Value>,
    used: RefCell<BTreeSet<String>>,
}

impl Recording {
    pub(super) fn with(name: &str, value: Value) -> Self {
        let values = Map::from_iter([(name.to_owned(), value)]);
        Self { values, used: Default::default() }
    }

    /// Keeps a value. One that was kept before has to have been used.
    pub(super) fn set(&mut self, name: &str, value: Value, whose: &str) {
        let was_used = self.used.get_mut().remove(name);
        let before = self.values.insert(name.to_owned(), value);
        assert!(
            before.is_none() || was_used || RECORDED.contains(&name),
            "{whose}: {name} was not used"
        );
    }

    pub(super) fn get(&self, name: &str, whose: &str) -> Value {
        self.used.borrow_mut().insert(name.to_owned());
        let value = self.values.get(name);
        value.unwrap_or_else(|| panic!("{whose}: nothing was kept as {name}")).clone()
    }

    pub(super) fn unused(&self) -> impl Iterator<Item = String> {
        let used = self.used.borrow().clone();
        let names = self.values.keys().filter(|name| !RECORDED.contains(&name.as_str()));
        let names: Vec<_> = names.filter(|name| !used.contains(*name)).cloned().collect();
        names.into_iter()
    }

    /// A text with values in place of names.
    pub(super) fn fill(&self, text: &str, whose: &str) -> String {
        let mut parts = text.split('{');
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let is_name =
                |name: &str| name.chars().all(|char| char.is_alphanumeric() || char == '_');
            let Some((name, rest)) = part.split_once('}').filter(|(name, _)| is_name(name)) else {
                filled.extend(["{", part]);
                continue;
            };
            match self.get(name, whose) {
                Value::String(value) => filled.push_str(&value),
                value => filled.push_str(&value.to_string()),
            }
            filled.push_str(rest);
        }
        filled
    }

    /// A value with all its texts filled, and its names.
    pub(super) fn filled(&self, value: &Value, whose: &str) -> Value {
        match value {
            Value::String(text) => self.fill(text, whose).into(),
            Value::Array(values) => values.iter().map(|one| self.filled(one, whose)).collect(),
            Value::Object(members) => {
                let filled = members.iter();
                let filled = filled.map(|(key, value)| (key.clone(), self.filled(value, whose)));
                Value::Object(filled.collect())
            }
            other => other.clone(),
        }
    }
}

#[test]
fn recording_that_differs_is_detected() {
    let found = serde_json::json!({"a": {"b": [1, {"c": 2}], "d": null}, "e": "x"});
    for (expected, place) in [
        (serde_json::json!({"a": {"b": [{"c": 2}, 1]}, "f": null}), None),
        (serde_json::json!({"a": {"b": [1]}}), Some("/a/b")),
        (serde_json::json!({"a": {"b": [1, {"c": 3}]}}), Some("/a/b/1")),
        (serde_json::json!({"e": null}), Some("/e")),
        (serde_json::json!({"g": false}), Some("/g")),
    ] {
        assert_eq!(part_of(&expected, &found, "").err().as_deref(), place, "{expected}");
    }
    let recording = Recording::with("ada", "7".into());
    assert_eq!(recording.unused().collect::<Vec<_>>(), ["ada"]);
    assert_eq!(recording.fill("/Users/{ada}", "a test"), "/Users/7");
    assert_eq!(recording.unused().count(), 0);
    assert_eq!(
        encoded("/Users?filter=userName eq \"a+b@c\"&count=2"),
        "/Users?filter=userName%20eq%20%22a%2Bb%40c%22&count=2"
    );
}
