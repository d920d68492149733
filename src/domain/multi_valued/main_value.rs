//! The main values: the login address, the mobile number and the profile image are each
//! one of the values of an attribute.

use super::{FieldValue, MultiValuedField, ValuePart};
use crate::domain::text::fold;

/// Selects the main value: the primary one, else the first of type `work`, else the
/// first. Of phone numbers, it is one of type `mobile`. `None`: the attribute has none.
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

/// The type of a main value that was not set as one of several.
const fn main_type(field: MultiValuedField) -> &'static str {
    match field {
        MultiValuedField::PhoneNumbers => "mobile",
        MultiValuedField::Photos => "photo",
        _ => "work",
    }
}

/// The main value as the attribute of the user has it, before and after a change.
#[derive(Debug, Clone, Copy)]
pub(in crate::domain) struct MainValue<'a> {
    /// The text before.
    pub(in crate::domain) before: Option<&'a str>,
    /// The text after.
    pub(in crate::domain) after: Option<&'a str>,
    /// Whether the change set the values. Then the main one of them is `after`.
    pub(in crate::domain) is_list_set: bool,
}

/// Makes the main value of a list that of the user's attribute. Returns whether the list
/// is more than the default.
pub(in crate::domain) fn mirror(
    field: MultiValuedField,
    values: &mut Vec<FieldValue>,
    MainValue { before, after, is_list_set }: MainValue<'_>,
) -> bool {
    let is_former = |value: &FieldValue| before.is_some_and(|text| is_same(value, text));
    match after {
        None if !is_list_set => values.retain(|value| !is_former(value)),
        None => {}
        Some(text) => {
            let main = select_main(field, values)
                .filter(|place| is_list_set || values.get(*place).is_some_and(is_former));
            let main = main.unwrap_or_else(|| {
                values.insert(0, default_value(field, text));
                0
            });
            set_main(field, values, main, text, is_list_set);
        }
    }
    let is_default = match after {
        Some(text) => *values == [default_value(field, text)],
        None => values.is_empty(),
    };
    !is_default
}

fn is_same(value: &FieldValue, text: &str) -> bool {
    fold(value.value()) == fold(text)
}

fn set_main(
    field: MultiValuedField,
    values: &mut Vec<FieldValue>,
    main: usize,
    text: &str,
    is_list_set: bool,
) {
    if let Some(value) = values.get_mut(main) {
        value.parts.insert(ValuePart::Value, text.to_owned());
    }
    if !is_list_set {
        // The new main value must be selected by `select_main`.
        for (_, rival) in values.iter_mut().enumerate().filter(|(place, _)| *place != main) {
            if rival.is_primary == Some(true) && is_selected_if_primary(field, rival) {
                rival.is_primary = Some(false);
            }
        }
        // The new main value may have been another one of the list.
        let mut place = 0;
        values.retain(|value| {
            place += 1;
            place - 1 == main || !is_same(value, text)
        });
    }
}

/// Whether a primary value would be selected as the main one.
fn is_selected_if_primary(field: MultiValuedField, value: &FieldValue) -> bool {
    field != MultiValuedField::PhoneNumbers || value.is_of_type(main_type(field))
}

/// The only value of an attribute that nobody has set as a list.
#[must_use]
pub fn default_value(field: MultiValuedField, text: &str) -> FieldValue {
    // A phone number is primary only if somebody says so.
    let is_primary = (field != MultiValuedField::PhoneNumbers).then_some(true);
    FieldValue::new(text, main_type(field), is_primary)
}
