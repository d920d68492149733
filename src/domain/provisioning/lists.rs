//! The values of multi-valued attributes that an assertion has, type by type.

use super::{
    FallbackReason, MappingTarget, ValueFallback, ValueSource,
    attribute_reader::{FieldReader, fallback},
};
use crate::domain::{
    mapping_target::ListTarget,
    multi_valued::{
        FieldValue, MAX_BYTES, MAX_VALUES, MultiValuedField, SubAttribute, ValueKind,
        ValuesByField, default_value, select_main,
    },
    text::parse_line,
};

/// The values of one type that an assertion has.
pub(super) struct ReceivedList {
    /// The whole values.
    pub(super) target: ListTarget,
    pub(super) values: Vec<FieldValue>,
    /// The name of the first attribute that fills them.
    name: String,
    pub(super) source: ValueSource,
    pub(super) fallbacks: Vec<ValueFallback>,
    /// Whether the only values are the connection's default.
    pub(super) is_default: bool,
    /// Whether the assertion has none.
    pub(super) is_absent: bool,
}

/// Reads each type that the connection maps an attribute to.
pub(super) fn read_lists(reader: &FieldReader<'_>) -> Vec<ReceivedList> {
    let targets = ListTarget::iter().filter(|target| reader.is_mapped(*target));
    let targets: Vec<_> = targets.collect();
    let lists = targets.chunk_by(|one, next| one.whole() == next.whole());
    lists.filter_map(|sub_attributes| read_list(reader, sub_attributes)).collect()
}

fn read_list(reader: &FieldReader<'_>, targets: &[ListTarget]) -> Option<ReceivedList> {
    let first = targets.iter().find(|target| !reader.filled_values(**target).is_empty());
    let first = *first.or(targets.first())?;
    let whole = first.whole();
    let is_absent = targets.iter().all(|target| reader.is_absent(*target));
    let mut list = ReceivedList {
        target: whole,
        values: Vec::new(),
        name: reader.name(first).to_owned(),
        source: if is_absent { ValueSource::NotReceived } else { reader.source(first) },
        fallbacks: Vec::new(),
        is_default: targets
            .iter()
            .all(|target| reader.is_default(*target) || reader.filled_values(*target).is_empty())
            && reader.is_default(first),
        is_absent,
    };
    for target in targets {
        list.read_sub_attribute(reader, *target);
    }
    list.values.retain(|value| !value.sub_attributes.is_empty());
    for value in &mut list.values {
        let kind = whole.value_type.map(|kind| (SubAttribute::Type, kind.to_owned()));
        value.sub_attributes.extend(kind);
    }
    // Each sub-attribute is valid, so this merges values that are the same.
    list.values = whole.list.parse_values(list.values).unwrap_or_default();
    Some(list)
}

impl ReceivedList {
    /// Reads one sub-attribute of each value. The values of several attributes belong together by
    /// their places.
    fn read_sub_attribute(&mut self, reader: &FieldReader<'_>, target: ListTarget) {
        let sub_attribute = target.sub_attribute.unwrap_or(SubAttribute::Value);
        let name = reader.name(target);
        let rejected = reader.rejected(target).into_iter();
        let rejected = rejected.map(|(value, reason)| fallback(name, value, reason, None));
        self.fallbacks.extend(rejected);
        let values = reader.all_values(target);
        for (index, text) in values.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            if index >= MAX_VALUES {
                self.fallbacks.push(fallback(name, text, FallbackReason::TooManyValues, None));
                break;
            }
            match read_sub_attribute(target.list, sub_attribute, text) {
                Ok(text) => {
                    let length = self.values.len().max(index + 1);
                    self.values.resize(length, FieldValue::default());
                    if let Some(value) = self.values.get_mut(index) {
                        value.sub_attributes.insert(sub_attribute, text);
                    }
                }
                Err(reason) => self.fallbacks.push(fallback(name, text, reason, None)),
            }
        }
    }

    /// The fallbacks where a lock prevents the change of the `current` values. The value is
    /// empty if the login would have removed them.
    pub(super) fn locked(&self, current: &[FieldValue]) -> Vec<ValueFallback> {
        if self.is_absent {
            let used = self.target.text(current);
            return vec![fallback(&self.name, "", FallbackReason::Locked, used.as_deref())];
        }
        let values = self.values.iter();
        values.map(|value| self.fallback(value, FallbackReason::Locked)).collect()
    }

    fn fallback(&self, value: &FieldValue, reason: FallbackReason) -> ValueFallback {
        fallback(&self.name, &value_text(value), reason, None)
    }

    /// Replaces the values of a type in the list of a user by the received ones. Values of
    /// other types stay, and so does the main value of the list. Returns `None` if the list
    /// stays as it is. `other_bytes`: those of the other lists.
    pub(super) fn merge(
        &mut self,
        current: &[FieldValue],
        other_bytes: usize,
    ) -> Option<Vec<FieldValue>> {
        let main = select_main(self.target.list, current).and_then(|index| current.get(index));
        self.values.retain(|value| {
            main.is_none_or(|main| {
                self.target.list != MultiValuedField::Emails || !is_same(value, main)
            })
        });
        let is_replaced = |value: &&FieldValue| main != Some(*value) && self.target.matches(value);
        let replaced = current.iter().filter(is_replaced);
        if replaced
            .map(|value| &value.sub_attributes)
            .eq(self.values.iter().map(|value| &value.sub_attributes))
        {
            return None;
        }
        let mut list: Vec<_> =
            current.iter().filter(|value| !is_replaced(value)).cloned().collect();
        let mut bytes = other_bytes + list.iter().map(FieldValue::text_bytes).sum::<usize>();
        // The login address stays the main value.
        let is_login_address = self.target.list == MultiValuedField::Emails && main.is_some();
        let mut has_primary =
            is_login_address || list.iter().any(|value| value.is_primary == Some(true));
        for (index, value) in self.values.iter().enumerate() {
            bytes += value.text_bytes();
            if list.len() >= MAX_VALUES || bytes > MAX_BYTES {
                let left_out = self.fallback(value, FallbackReason::TooManyValues);
                self.fallbacks.push(left_out);
                self.values.truncate(index);
                break;
            }
            let is_primary = (!has_primary).then_some(true);
            has_primary = true;
            list.push(FieldValue { is_primary, ..value.clone() });
        }
        if is_login_address
            && select_main(self.target.list, &list).is_some_and(|index| list.get(index) != main)
            && let Some(value) = list.iter_mut().find(|value| Some(&**value) == main)
        {
            value.is_primary = Some(true);
        }
        Some(list).filter(|list| list != current)
    }
}

impl ListTarget {
    /// Whether a value has the type.
    fn matches(self, value: &FieldValue) -> bool {
        match self.value_type {
            Some(kind) => value.is_of_type(kind),
            None => value.sub_attribute(SubAttribute::Type).is_none(),
        }
    }

    /// The values of the type as one text. `None` if there are none.
    pub(super) fn text(self, values: &[FieldValue]) -> Option<String> {
        let main = select_main(self.list, values).and_then(|index| values.get(index));
        let texts = values.iter().filter(|value| main != Some(*value) && self.matches(value));
        let texts: Vec<_> = texts.map(value_text).collect();
        let separator = if self.list.kind() == ValueKind::PostalAddress { "; " } else { ", " };
        (!texts.is_empty()).then(|| texts.join(separator))
    }
}

fn is_same(one: &FieldValue, other: &FieldValue) -> bool {
    let key = |value: &FieldValue| ValueKind::Email.key(SubAttribute::Value, value.value());
    key(one) == key(other)
}

/// A value for people: all sub-attributes of a postal address.
fn value_text(value: &FieldValue) -> String {
    let sub_attributes = value
        .sub_attributes
        .iter()
        .filter(|(sub_attribute, _)| **sub_attribute != SubAttribute::Type);
    sub_attributes.map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(", ")
}

/// Adds the received lists to those of a new user, whose main values are `main`.
pub(super) fn fill_lists(
    reader: &FieldReader<'_>,
    main: impl Fn(MultiValuedField) -> Option<String>,
    sources: &mut Vec<(MappingTarget, ValueSource)>,
    fallbacks: &mut Vec<ValueFallback>,
) -> ValuesByField {
    let mut lists = ValuesByField::new();
    for mut received in read_lists(reader) {
        let list = received.target.list;
        let default = || main(list).map(|text| default_value(list, &text)).into_iter().collect();
        let current = lists.get(&list).cloned().unwrap_or_else(default);
        let merged = received.merge(&current, other_bytes(&lists, list));
        fallbacks.append(&mut received.fallbacks);
        if let Some(merged) = merged {
            lists.insert(list, merged);
            sources.push((received.target.into(), received.source));
        }
    }
    lists
}

/// The bytes of all lists but one.
pub(super) fn other_bytes(lists: &ValuesByField, except: MultiValuedField) -> usize {
    let lists = lists.iter().filter(|(list, _)| **list != except);
    lists.flat_map(|(_, values)| values).map(FieldValue::text_bytes).sum()
}

/// Parses a sub-attribute of a value.
fn read_sub_attribute(
    list: MultiValuedField,
    sub_attribute: SubAttribute,
    text: &str,
) -> Result<String, FallbackReason> {
    list.parse_sub_attribute(sub_attribute, text).map_err(|_| match (sub_attribute, list.kind()) {
        (SubAttribute::Value, ValueKind::Email) => FallbackReason::InvalidEmail,
        (SubAttribute::Value, ValueKind::Certificate) => FallbackReason::InvalidCertificate,
        _ => parse_line(text).err().map_or(FallbackReason::TooLong, Into::into),
    })
}
