use proptest::{
    prelude::*,
    sample::{select, subsequence},
};
use serde_json::Value as Json;

use super::*;
use crate::{
    domain::{
        filter::TextOperator,
        multi_valued::{FieldValue, SubAttribute},
    },
    scim::{
        filter_eval,
        schema::{Attribute as ScimAttribute, AttributeType, USER},
    },
};

fn convert(filter: &str) -> Result<Condition<UserAttribute>, ScimError> {
    to_condition(&filter.parse().unwrap(), CustomDefinitions::default(), &mut |_| Ok(Vec::new()))
}

const TEXTS: [&str; 6] = ["", "work", "Work ", "ada@a.example", "A\u{212a}@a.example", "tel:+49-1"];

/// The multi-valued attributes that SCIM has.
fn fields() -> Vec<(MultiValuedField, &'static ScimAttribute<'static>)> {
    let attribute = |field: MultiValuedField| Some((field, USER.attribute(field.as_str())?));
    MultiValuedField::ALL.into_iter().filter_map(attribute).collect()
}

fn comparisons(attribute: &'static ScimAttribute<'static>) -> impl Strategy<Value = Filter> {
    let sub_attribute = select(attribute.sub_attributes.iter().collect::<Vec<_>>());
    (sub_attribute, select(Operator::ALL.to_vec()), select(TEXTS.to_vec()), 0..8_u8).prop_map(
        |(sub_attribute, operator, text, kind)| {
            let path = Path { schema: None, name: sub_attribute.name.to_owned(), sub: None };
            let equality = match kind % 2 {
                0 => Operator::Eq,
                _ => Operator::Ne,
            };
            match (kind, sub_attribute.kind == AttributeType::Boolean) {
                (0, _) => Filter::Present(path),
                (1 | 2, _) => Filter::Compare { path, operator: equality, value: Literal::Null },
                (_, true) => {
                    Filter::Compare { path, operator: equality, value: Literal::Bool(kind > 4) }
                }
                _ => Filter::Compare { path, operator, value: Literal::Text(text.to_owned()) },
            }
        },
    )
}

fn filters(attribute: &'static ScimAttribute<'static>) -> impl Strategy<Value = Filter> {
    comparisons(attribute).prop_recursive(3, 12, 3, |inner| {
        let several = proptest::collection::vec(inner.clone(), 1..3);
        prop_oneof![
            several.clone().prop_map(Filter::And),
            several.prop_map(Filter::Or),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
}

/// A value with the sub-attributes that SCIM has.
fn values(
    field: MultiValuedField,
    attribute: &'static ScimAttribute<'static>,
) -> impl Strategy<Value = FieldValue> {
    let known = field.sub_attributes().iter().copied();
    let known: Vec<_> = known
        .filter(|sub_attribute| attribute.sub_attribute(sub_attribute.as_str()).is_some())
        .collect();
    let count = known.len();
    let texts = proptest::collection::vec(select(TEXTS[1..].to_vec()), count);
    (subsequence(known, 0..=count), texts, any::<Option<bool>>()).prop_map(
        |(sub_attributes, texts, is_primary)| {
            let sub_attributes =
                sub_attributes.into_iter().zip(texts.into_iter().map(str::to_owned)).collect();
            FieldValue { sub_attributes, is_primary }
        },
    )
}

proptest! {
    /// A filter selects the same values in a search and in the path of a PATCH.
    #[test]
    fn search_and_path_select_the_same_values(
        (field, attribute, filter, value) in select(fields()).prop_flat_map(|(field, attribute)| {
            (Just(field), Just(attribute), filters(attribute), values(field, attribute))
        })
    ) {
        let path = Path { schema: None, name: attribute.name.to_owned(), sub: None };
        let condition = value_condition(&path, &filter, field).unwrap();
        let json = Json::Object(value.to_json());
        let in_path = filter_eval::matches(attribute, &filter, &json).unwrap();
        prop_assert_eq!(condition.matches(field, &value), in_path, "{}: {}", filter, json);
    }
}

#[test]
fn filter_in_brackets_concerns_one_value() {
    let is = |sub_attribute, key: &str| {
        ValueCondition::Text(sub_attribute, TextOperator::Eq, key.to_owned())
    };
    let emails = |condition| Condition::AnyValue(MultiValuedField::Emails, condition);
    let value = || is(SubAttribute::Value, "ada@a.example");
    let work = || is(SubAttribute::Type, "work");
    for (filter, expected) in [
        (r#"emails eq "Ada@a.example""#, emails(value())),
        (r#"emails.value eq "Ada@a.example""#, emails(value())),
        (r#"emails[type eq "work"]"#, emails(work())),
        (
            r#"emails[type eq "work" and value eq "ada@a.example"]"#,
            emails(ValueCondition::All(vec![work(), value()])),
        ),
        (
            r#"emails.type eq "work" and emails.value eq "ada@a.example""#,
            Condition::All(vec![emails(work()), emails(value())]),
        ),
        ("emails.primary eq true", emails(ValueCondition::Primary(true))),
        ("emails[not (primary eq true)]", {
            emails(ValueCondition::Not(Box::new(ValueCondition::Primary(true))))
        }),
    ] {
        assert_eq!(convert(filter), Ok(expected), "{filter}");
    }
    for filter in [
        r#"emails[shoeSize eq "7"]"#,
        r#"emails[value.type eq "work"]"#,
        r#"emails.value[type eq "work"]"#,
        "emails.primary gt true",
        "emails.value eq 7",
    ] {
        let error = convert(filter).unwrap_err();
        assert_eq!(error.kind, ScimErrorType::InvalidFilter, "{filter}");
    }
}
