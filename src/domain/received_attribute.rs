//! The attributes of a verified assertion, as an attempt records them.

use super::{
    attributes::{Attribute, Attributes},
    check::excerpt,
};

/// The maximum number of attributes that an attempt records.
pub const MAX_RECEIVED: usize = 200;

/// The maximum number of values of one attribute that an attempt records.
pub const MAX_RECEIVED_VALUES: usize = 100;

/// The maximum number of characters of all values together that an attempt records.
pub const MAX_RECEIVED_CHARS: usize = 16 * 1024;

/// One attribute that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedAttribute {
    /// Its `Name`. Empty if the attribute is encrypted.
    pub name: String,
    /// Its `FriendlyName`, if there was one.
    pub friendly_name: Option<String>,
    /// The number of its values.
    pub value_count: usize,
    /// Its values, if they are recorded. Some are left out if a bound was reached.
    pub values: Option<Vec<String>>,
    /// Whether it was encrypted individually, so that its name and values are not known.
    pub is_encrypted: bool,
}

/// Records the names of all attributes with their number of values, and the
/// values of those that were read. Within bounds, because an identity provider
/// may send anything.
#[must_use]
pub fn record(
    attributes: &Attributes,
    is_read: impl Fn(&Attribute) -> bool,
) -> Vec<ReceivedAttribute> {
    let mut chars_left = MAX_RECEIVED_CHARS;
    let mut record = |attribute: &Attribute| ReceivedAttribute {
        values: is_read(attribute).then(|| truncate_values(&attribute.values, &mut chars_left)),
        ..names_only(attribute)
    };
    let clear = attributes.iter().map(&mut record);
    clear.chain(encrypted(attributes)).take(MAX_RECEIVED).collect()
}

/// Records all attributes with all values, whole.
#[must_use]
pub fn record_all(attributes: &Attributes) -> Vec<ReceivedAttribute> {
    let to_received = |attribute: &Attribute| ReceivedAttribute {
        name: attribute.name.clone(),
        friendly_name: attribute.friendly_name.clone(),
        value_count: attribute.values.len(),
        values: Some(attribute.values.clone()),
        is_encrypted: false,
    };
    attributes.iter().map(to_received).chain(encrypted(attributes)).collect()
}

/// Records that there are encrypted attributes.
fn encrypted(attributes: &Attributes) -> impl Iterator<Item = ReceivedAttribute> {
    let encrypted = ReceivedAttribute {
        name: String::new(),
        friendly_name: None,
        value_count: 0,
        values: None,
        is_encrypted: true,
    };
    std::iter::repeat_n(encrypted, attributes.encrypted_count())
}

fn names_only(attribute: &Attribute) -> ReceivedAttribute {
    ReceivedAttribute {
        name: excerpt(&attribute.name),
        friendly_name: attribute.friendly_name.as_deref().map(excerpt),
        value_count: attribute.values.len(),
        values: None,
        is_encrypted: false,
    }
}

fn truncate_values(values: &[String], chars_left: &mut usize) -> Vec<String> {
    let values = values.iter().take(MAX_RECEIVED_VALUES).map(|value| excerpt(value));
    let within = values.map_while(|value| {
        *chars_left = chars_left.checked_sub(value.chars().count())?;
        Some(value)
    });
    within.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check::MAX_ACTUAL_CHARS;

    fn attribute(name: &str, values: &[&str]) -> Attribute {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Attribute { name: name.into(), friendly_name: None, values }
    }

    #[test]
    fn attribute_values_are_recorded_only_if_the_plan_read_them() {
        let attributes = Attributes::new(vec![
            attribute("role", &["USER"]),
            attribute("groups", &["a", "", "b"]),
            attribute("empty", &[]),
        ]);
        let recorded = record(&attributes, |attribute| attribute.name == "role");
        let recorded: Vec<_> = recorded
            .iter()
            .map(|one| (one.name.as_str(), one.value_count, one.values.clone()))
            .collect();
        let role = Some(vec!["USER".to_owned()]);
        assert_eq!(recorded, [("role", 1, role), ("groups", 3, None), ("empty", 0, None)]);
        let all = record_all(&attributes);
        assert_eq!(all[1].values.as_deref().unwrap(), ["a", "", "b"]);
    }

    #[test]
    fn encrypted_attributes_are_recorded_after_the_others() {
        let attributes = Attributes::new(vec![attribute("role", &["USER"])]).with_encrypted(2);
        for recorded in [record(&attributes, |_| true), record_all(&attributes)] {
            let encrypted: Vec<_> = recorded.iter().map(|one| one.is_encrypted).collect();
            assert_eq!(encrypted, [false, true, true]);
            assert_eq!((recorded[1].name.as_str(), &recorded[1].values), ("", &None));
        }
        let many = record(&Attributes::default().with_encrypted(300), |_| true);
        assert_eq!(many.len(), MAX_RECEIVED);
    }

    #[test]
    fn recorded_attributes_are_bounded_and_printable() {
        let long = "x".repeat(1_000);
        let many = vec![long.as_str(); 150];
        let all = vec![attribute(&long, &many); 300];
        let recorded = record(&Attributes::new(all), |_| true);
        assert_eq!(recorded.len(), MAX_RECEIVED);
        let chars: usize =
            recorded.iter().flat_map(|one| one.values.iter().flatten()).map(String::len).sum();
        assert!(chars <= MAX_RECEIVED_CHARS + 3 * MAX_RECEIVED_VALUES, "{chars}");
        assert!(recorded.iter().all(|one| one.name.chars().count() == MAX_ACTUAL_CHARS));
        assert!(recorded.iter().all(|one| one.value_count == 150));
        let hostile = record(&Attributes::new(vec![attribute("a", &["\u{1b}[2J"])]), |_| true);
        assert_eq!(hostile[0].values.as_deref().unwrap(), ["<U+001B>[2J"]);
    }
}
