//! Custom attributes of each type, values of users, and conditions on them.

use serde_json::{Value as Json, json};
use usher::{
    domain::{
        account::Account,
        custom_attribute::{
            AttributeDefinition, CustomAttributes, KeyType, Mutability, SubAttributeDefinition,
            ValueType, Visibility,
        },
        filter::{Condition, CustomFilterTarget, Filter, Literal, Operator, Path},
        id::AccountId,
    },
    store::StoreError,
};
use uuid::Uuid;

use super::dice::Dice;
use crate::{support::db::TestDb, world::now};

const TEXTS: [&str; 7] = ["Ada", "ADA", "straße", "a%b", "😀 smile", "4711", "https://a.example/A"];

const MOMENTS: [&str; 5] = [
    "0001-01-01T00:00:00Z",
    "2026-03-01T09:00:00Z",
    "2026-03-01T09:00:00.500Z",
    "2026-03-01T09:00:00.500001Z",
    "2026-03-01T09:00:01Z",
];

const INTEGERS: [i64; 8] = [i64::MIN, -10, -5, 0, 3, 42, 100, i64::MAX];

const DECIMALS: [f64; 8] = [-1e20, -5.0, -0.5, 0.0, 3.0, 10.5, 42.0, 1e20];

fn sub_attribute(name: &str, value_type: ValueType) -> SubAttributeDefinition {
    SubAttributeDefinition {
        name: name.parse().unwrap(),
        value_type,
        is_case_exact: name == "code",
        description: String::new(),
        is_required: false,
        canonical_values: Vec::new(),
    }
}

/// An attribute of each type, with one value and with several.
pub(crate) fn definitions(account: AccountId) -> Vec<AttributeDefinition> {
    use ValueType as Type;
    let all = [
        ("badge", Type::String, false),
        ("code", Type::String, false),
        ("remote", Type::Boolean, false),
        ("shoeSize", Type::Integer, false),
        ("rate", Type::Decimal, false),
        ("hired", Type::DateTime, false),
        ("page", Type::Reference, false),
        ("skills", Type::String, true),
        ("scores", Type::Decimal, true),
        ("years", Type::Integer, true),
        ("desk", Type::Complex, false),
        ("office", Type::Complex, true),
    ];
    let definition = |((name, value_type, is_multi_valued), number): ((&str, _, _), u128)| {
        let sub_attributes = match value_type {
            Type::Complex => vec![
                sub_attribute("city", Type::String),
                sub_attribute("code", Type::String),
                sub_attribute("floor", Type::Integer),
                sub_attribute("since", Type::DateTime),
                sub_attribute("shared", Type::Boolean),
            ],
            _ => Vec::new(),
        };
        AttributeDefinition {
            id: Uuid::from_u128(account.as_uuid().as_u128() ^ number).into(),
            account,
            name: name.parse().unwrap(),
            value_type,
            is_multi_valued,
            is_case_exact: name == "code",
            sub_attributes,
            description: String::new(),
            is_required: false,
            canonical_values: Vec::new(),
            mutability: Mutability::ReadWrite,
            visibility: Visibility::Both,
            created_at: now(),
            updated_at: now(),
            version: 1,
        }
    };
    all.into_iter().zip(1..).map(definition).collect()
}

/// Defines the attributes in an account.
pub(crate) fn define(db: &TestDb, account: &Account) {
    let all = definitions(account.id);
    let define = |tx: &mut usher::store::Tx<'_>| {
        all.iter().try_for_each(|definition| tx.insert_attribute_definition(definition))
    };
    db.write::<_, StoreError>(define).unwrap();
}

/// Values of some of the attributes; many users have none.
pub(crate) fn some_custom(account: AccountId, dice: &mut Dice) -> CustomAttributes {
    if dice.roll(3) == 0 {
        return CustomAttributes::new();
    }
    let all = definitions(account);
    let some: Vec<_> = all.into_iter().filter(|_| dice.roll(2) == 0).collect();
    let value = |definition: AttributeDefinition, dice: &mut Dice| {
        let mut one = || some_value(&definition, dice);
        let several = [one(), one(), one()];
        let value = match definition.is_multi_valued {
            true => several[..=dice.roll(3)].iter().cloned().collect(),
            false => several[0].clone(),
        };
        (definition.name, value)
    };
    some.into_iter().map(|definition| value(definition, dice)).collect()
}

fn some_value(definition: &AttributeDefinition, dice: &mut Dice) -> Json {
    if definition.sub_attributes.is_empty() {
        return some_simple(definition.key_type(), dice);
    }
    let some = definition.sub_attributes.iter().filter(|_| dice.roll(3) > 0).collect::<Vec<_>>();
    some.into_iter()
        .map(|sub_attribute| {
            (sub_attribute.name.to_string(), some_simple(sub_attribute.key_type(), dice))
        })
        .collect()
}

fn some_simple(key_type: KeyType, dice: &mut Dice) -> Json {
    match key_type {
        KeyType::Folded | KeyType::Exact => json!(dice.pick(&TEXTS)),
        KeyType::Boolean => json!(dice.roll(2) == 0),
        KeyType::Integer => json!(dice.pick(&INTEGERS)),
        KeyType::Decimal => json!(dice.pick(&DECIMALS)),
        KeyType::Moment => json!(dice.pick(&MOMENTS)),
        KeyType::Complex => Json::Null,
    }
}

/// A condition that such values may meet.
pub(crate) fn some_custom_condition<A>(
    definitions: &[AttributeDefinition],
    dice: &mut Dice,
) -> Condition<A> {
    let definition = dice.pick(definitions);
    let whole = CustomFilterTarget::new(definition);
    if definition.sub_attributes.is_empty() {
        return some_comparison(&whole, definition.key_type(), dice);
    }
    match dice.roll(5) {
        0 => whole.present(),
        1 | 2 => {
            let sub_attribute = dice.pick(&definition.sub_attributes);
            let target = whole.sub_attribute(sub_attribute.name.as_str()).unwrap();
            some_comparison(&target, sub_attribute.key_type(), dice)
        }
        _ => loop {
            let filter = some_filter(definition, dice, 2);
            if let Ok(condition) = whole.within(&filter) {
                return condition;
            }
        },
    }
}

fn some_comparison<A>(
    target: &CustomFilterTarget<'_>,
    key_type: KeyType,
    dice: &mut Dice,
) -> Condition<A> {
    if dice.roll(6) == 0 {
        return target.present();
    }
    loop {
        let (operator, literal) = some_test(key_type, dice);
        if let Ok(condition) = target.compare(operator, &literal) {
            return condition;
        }
    }
}

/// A filter of the sub-attributes of a value.
fn some_filter(definition: &AttributeDefinition, dice: &mut Dice, depth: usize) -> Filter {
    let several = |dice: &mut Dice| {
        let count = dice.roll(2) + 2;
        (0..count).map(|_| some_filter(definition, dice, depth - 1)).collect()
    };
    match dice.roll(if depth == 0 { 4 } else { 8 }) {
        0..4 => {
            let sub_attribute = dice.pick(&definition.sub_attributes);
            let path = Path { schema: None, name: sub_attribute.name.to_string(), sub: None };
            match dice.roll(6) {
                0 => Filter::Present(path),
                _ => {
                    let (operator, value) = some_test(sub_attribute.key_type(), dice);
                    Filter::Compare { path, operator, value }
                }
            }
        }
        4 | 5 => Filter::And(several(dice)),
        6 => Filter::Or(several(dice)),
        _ => Filter::Not(Box::new(some_filter(definition, dice, depth - 1))),
    }
}

/// A comparison, whose operator the type may not support.
fn some_test(key_type: KeyType, dice: &mut Dice) -> (Operator, Literal) {
    let operator = match dice.roll(2) {
        0 => Operator::Eq,
        _ => *dice.pick(&Operator::ALL),
    };
    let literal = match some_simple(key_type, dice) {
        Json::String(text) => Literal::Text(some_part(&text, operator, dice)),
        Json::Bool(value) => Literal::Bool(value),
        Json::Number(number) => Literal::Number(number),
        _ => Literal::Null,
    };
    (operator, literal)
}

fn some_part(text: &str, operator: Operator, dice: &mut Dice) -> String {
    let chars: Vec<char> = text.chars().collect();
    match operator {
        Operator::Co | Operator::Sw | Operator::Ew => {
            let from = dice.roll(chars.len() + 1);
            chars[from..from + dice.roll(chars.len() - from + 1)].iter().collect()
        }
        _ if dice.roll(4) == 0 => text.to_uppercase(),
        _ => text.to_owned(),
    }
}
