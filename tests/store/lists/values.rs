//! Users with several values of an attribute, and conditions on them.

use usher::domain::{
    filter::{Literal, Operator, ValueCondition},
    mobile::Mobile,
    multi_valued::{FieldValue, MultiValuedField, SubAttribute, ValuesByField},
    profile_field::{ProfileField, ProfileTexts},
};

use super::dice::Dice;

const TEXTS: [&str; 6] = ["Ada", "ADA", "straße", "a%b", "😀 smile", "4711"];

/// Values, of which several users and several attributes have the same.
const VALUES: [&str; 8] = [
    "ada0@acme.example",
    "Ada_1@ACME.example",
    "shared@acme.example",
    "tel:+49-221-1",
    "+492211",
    "-",
    "https://example.com/Ada.png",
    "Library card",
];

const TYPES: [&str; 5] = ["work", "WORK", "home", "mobile", "photo"];

/// Texts that have no columns of their own.
pub(crate) fn some_texts(dice: &mut Dice) -> ProfileTexts {
    let without_column = [
        ProfileField::NickName,
        ProfileField::EmployeeNumber,
        ProfileField::PreferredLanguage,
        ProfileField::FormattedName,
        ProfileField::ProfileUrl,
    ];
    let texts = without_column.into_iter().filter(|_| dice.roll(3) == 0).collect::<Vec<_>>();
    texts.into_iter().map(|field| (field, (*dice.pick(&TEXTS)).to_owned())).collect()
}

pub(crate) fn some_mobile(dice: &mut Dice) -> Mobile {
    let number = format!("221{}", dice.roll(3));
    Mobile { region: "DE".into(), e164: format!("+49{number}"), number }
}

/// Lists of several attributes; many users have none.
pub(crate) fn some_values(dice: &mut Dice) -> ValuesByField {
    if dice.roll(2) == 0 {
        return ValuesByField::new();
    }
    let stored: Vec<_> = MultiValuedField::ALL.into_iter().filter(|_| dice.roll(3) == 0).collect();
    let values = |field, dice: &mut Dice| {
        let count = dice.roll(3) + 1;
        (0..count).map(|_| some_value(field, dice)).collect()
    };
    stored.into_iter().map(|field| (field, values(field, dice))).collect()
}

fn some_value(field: MultiValuedField, dice: &mut Dice) -> FieldValue {
    let is_primary = [None, Some(true), Some(false)][dice.roll(3)];
    let mut value = FieldValue { is_primary, ..FieldValue::default() };
    for sub_attribute in field.sub_attributes() {
        if *sub_attribute == SubAttribute::Value || dice.roll(2) == 0 {
            value.sub_attributes.insert(*sub_attribute, some_part(*sub_attribute, dice).to_owned());
        }
    }
    value
}

fn some_part(sub_attribute: SubAttribute, dice: &mut Dice) -> &'static str {
    match sub_attribute {
        SubAttribute::Value => VALUES[dice.roll(VALUES.len())],
        SubAttribute::Type => TYPES[dice.roll(TYPES.len())],
        _ => TEXTS[dice.roll(TEXTS.len())],
    }
}

/// A condition that values such as these may meet.
pub(crate) fn some_condition(
    field: MultiValuedField,
    values: &[FieldValue],
    dice: &mut Dice,
    depth: usize,
) -> ValueCondition {
    let several = |dice: &mut Dice| {
        let count = dice.roll(3) + 1;
        (0..count).map(|_| some_condition(field, values, dice, depth - 1)).collect()
    };
    match dice.roll(if depth == 0 { 6 } else { 10 }) {
        0 => ValueCondition::Primary(dice.roll(2) == 0),
        1 => ValueCondition::Present(*dice.pick(field.sub_attributes())),
        2..6 => some_comparison(field, values, dice),
        6 | 7 => ValueCondition::All(several(dice)),
        8 => ValueCondition::Any(several(dice)),
        _ => ValueCondition::Not(Box::new(some_condition(field, values, dice, depth - 1))),
    }
}

fn some_comparison(
    field: MultiValuedField,
    values: &[FieldValue],
    dice: &mut Dice,
) -> ValueCondition {
    let sub_attribute = match dice.roll(2) {
        0 => field.sub_attributes()[0],
        _ => *dice.pick(field.sub_attributes()),
    };
    let known =
        values.iter().filter_map(|value| value.sub_attribute(sub_attribute)).collect::<Vec<_>>();
    let text = match known.is_empty() || dice.roll(4) == 0 {
        true => some_part(sub_attribute, dice),
        false => known[dice.roll(known.len())],
    };
    let operator = match dice.roll(2) {
        0 => Operator::Eq,
        _ => *dice.pick(&Operator::ALL),
    };
    let chars: Vec<char> = text.chars().collect();
    let text = match operator {
        Operator::Co | Operator::Sw | Operator::Ew => {
            let from = dice.roll(chars.len() + 1);
            chars[from..from + dice.roll(chars.len() - from + 1)].iter().collect()
        }
        _ if dice.roll(3) == 0 => text.to_uppercase(),
        _ => text.to_owned(),
    };
    let condition =
        ValueCondition::compare_sub_attribute(field, sub_attribute, operator, &Literal::Text(text));
    condition.expect("every sub-attribute is compared with a text")
}
