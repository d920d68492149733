//! The main values: the login address is one of the `emails`, the mobile number one of the
//! `phoneNumbers`, and the profile image one of the `photos`.

use super::{FieldValue, MultiValuedField, SubAttribute};
use crate::domain::text::fold;

/// Selects the main value, and returns its index. `None`: the list has no main value.
///
/// - Of e-mail addresses: the primary one, else the first of the type `work`, else the
///   first.
/// - Of photos: the same with the type `photo`.
/// - Of phone numbers: the primary one of the type `mobile`, else the first of that type.
#[must_use]
pub fn select_main(field: MultiValuedField, values: &[FieldValue]) -> Option<usize> {
    let find = |is: &dyn Fn(&FieldValue) -> bool| values.iter().position(is);
    let is_primary = |value: &FieldValue| value.is_primary == Some(true);
    match field {
        MultiValuedField::Emails | MultiValuedField::Photos => find(&is_primary)
            .or_else(|| find(&|value| value.is_of_type(main_type(field))))
            .or_else(|| find(&|_| true)),
        MultiValuedField::PhoneNumbers => {
            let is_mobile = |value: &FieldValue| value.is_of_type(main_type(field));
            find(&|value| is_mobile(value) && is_primary(value)).or_else(|| find(&is_mobile))
        }
        _ => None,
    }
}

/// The type of a main value that was set without a list.
const fn main_type(field: MultiValuedField) -> &'static str {
    match field {
        MultiValuedField::PhoneNumbers => "mobile",
        MultiValuedField::Photos => "photo",
        _ => "work",
    }
}

/// The main value before and after a change of the user.
#[derive(Debug, Clone, Copy)]
pub(in crate::domain) struct MainValueChange<'a> {
    /// The text before the change.
    pub(in crate::domain) before: Option<&'a str>,
    /// The text after the change.
    pub(in crate::domain) after: Option<&'a str>,
    /// Whether the change set the whole list. The list then stays as it was sent. Only the
    /// main value gets the text `after`, if it means the same.
    pub(in crate::domain) is_list_set: bool,
}

/// Updates the main value of a list to that of the user. `is_main` says whether a value of
/// a list that was set means the same as that of the user. Returns whether the list differs
/// from its default, so that it must be stored.
pub(in crate::domain) fn sync_main_value(
    field: MultiValuedField,
    values: &mut Vec<FieldValue>,
    MainValueChange { before, after, is_list_set }: MainValueChange<'_>,
    is_main: impl Fn(&FieldValue) -> bool,
) -> bool {
    if is_list_set {
        let main = select_main(field, values).and_then(|index| values.get_mut(index));
        if let (Some(text), Some(value)) = (after, main.filter(|value| is_main(value))) {
            value.sub_attributes.insert(SubAttribute::Value, text.to_owned());
        }
    } else if before != after {
        match after {
            Some(text) => set_main(field, values, before, text),
            // Every value that could become the main one is removed.
            None => values.retain(|value| !can_be_main(field, value)),
        }
    }
    let is_default =
        values.is_empty() || after.is_some_and(|text| *values == [default_value(field, text)]);
    !is_default
}

fn is_same(value: &FieldValue, text: &str) -> bool {
    fold(value.value()) == fold(text)
}

/// Makes a text the main value. Uses the value that has the text. Otherwise changes the
/// former main value, or adds a value if there was none.
fn set_main(
    field: MultiValuedField,
    values: &mut Vec<FieldValue>,
    before: Option<&str>,
    text: &str,
) {
    let find = |text: &str| {
        let is_it = |value: &FieldValue| can_be_main(field, value) && is_same(value, text);
        values.iter().position(is_it)
    };
    let (same, former) = (find(text), before.and_then(find));
    let main = same.or(former).unwrap_or(0);
    match (same, former) {
        (Some(_), _) => {}
        (None, Some(_)) => {
            if let Some(value) = values.get_mut(main) {
                value.sub_attributes.insert(SubAttribute::Value, text.to_owned());
            }
        }
        (None, None) => values.insert(0, default_value(field, text)),
    }
    if select_main(field, values) == Some(main) {
        return;
    }
    for (index, value) in values.iter_mut().enumerate() {
        if index == main {
            value.is_primary = Some(true);
        } else if value.is_primary == Some(true) {
            value.is_primary = Some(false);
        }
    }
}

/// Whether a value would be the main one if it were primary.
fn can_be_main(field: MultiValuedField, value: &FieldValue) -> bool {
    field != MultiValuedField::PhoneNumbers || value.is_of_type(main_type(field))
}

/// The only value of a list that is not stored.
#[must_use]
pub fn default_value(field: MultiValuedField, text: &str) -> FieldValue {
    // A phone number is primary only if a request says so.
    let is_primary = (field != MultiValuedField::PhoneNumbers).then_some(true);
    FieldValue::new(text, main_type(field), is_primary)
}
