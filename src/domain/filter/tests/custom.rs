//! What each filter means over custom attributes.

use serde_json::{Value as Json, json};

use super::*;
use crate::domain::{
    custom_attribute::{
        AttributeDefinition, ValueType as Type, Visibility,
        samples::{definition, sub_attribute},
    },
    lists::UserAttribute,
};

fn definitions() -> Vec<AttributeDefinition> {
    let sub_attributes = vec![
        sub_attribute("city", Type::String, false),
        sub_attribute("floor", Type::Integer, false),
    ];
    vec![
        definition("badge", Type::String),
        AttributeDefinition { is_case_exact: true, ..definition("code", Type::String) },
        definition("page", Type::Reference),
        definition("remote", Type::Boolean),
        definition("shoeSize", Type::Integer),
        definition("rate", Type::Decimal),
        definition("hired", Type::DateTime),
        AttributeDefinition {
            is_multi_valued: true,
            sub_attributes,
            ..definition("office", Type::Complex)
        },
        AttributeDefinition {
            visibility: Visibility::Product,
            ..definition("secret", Type::String)
        },
    ]
}

fn resolve_custom(filter: &str) -> Result<Condition<UserAttribute>, Vec<FilterError>> {
    resolve_with_custom(&parse(filter), &definitions())
}

fn any_custom_value(name: &str, condition: CustomValueCondition) -> Condition<UserAttribute> {
    Condition::AnyCustomValue(name.parse().unwrap(), condition)
}

fn test(sub_attribute: Option<&str>, operator: TextOperator, key: &str) -> CustomValueCondition {
    let sub_attribute = sub_attribute.map(|name| name.parse().unwrap());
    ValueCondition::Text(sub_attribute, operator, key.to_owned())
}

fn not_value(condition: CustomValueCondition) -> CustomValueCondition {
    ValueCondition::Not(Box::new(condition))
}

fn has_value(name: &str) -> Condition<UserAttribute> {
    any_custom_value(name, ValueCondition::All(Vec::new()))
}

#[test]
fn operand_is_compared_as_the_definition_says() {
    use TextOperator::{Co, Eq, Ge, Gt};
    let number = |number: Json| definition("a", Type::Integer).key_type().key(&number).unwrap();
    let hired = "2025-12-31T23:00:00.500000000Z";
    for (filter, name, condition) in [
        (r#"attributes.badge eq " B-1 ""#, "badge", test(None, Eq, "b-1")),
        (r#"ATTRIBUTES.BADGE co "B ""#, "badge", test(None, Co, "b ")),
        (r#"attributes.code eq "Ab""#, "code", test(None, Eq, "Ab")),
        (r#"attributes.page co "Ada""#, "page", test(None, Co, "Ada")),
        ("attributes.remote eq true", "remote", test(None, Eq, "true")),
        ("attributes.shoeSize gt 42", "shoeSize", test(None, Gt, &number(json!(42)))),
        ("attributes.shoesize gt 42.5", "shoeSize", test(None, Gt, &number(json!(42.5)))),
        ("attributes.rate ge -1e3", "rate", test(None, Ge, &number(json!(-1000)))),
        (r#"attributes.hired ge "2026-01-01T00:00:00.5+01:00""#, "hired", test(None, Ge, hired)),
        (r#"attributes.office.city co "Ber""#, "office", test(Some("city"), Co, "ber")),
        ("attributes.office.FLOOR gt 3", "office", test(Some("floor"), Gt, &number(json!(3)))),
    ] {
        assert_eq!(resolve_custom(filter), Ok(any_custom_value(name, condition)), "{filter}");
    }
}

#[test]
fn absent_values_are_as_those_of_other_attributes() {
    let city = || "city".parse().unwrap();
    let not_berlin = || not_value(test(Some("city"), TextOperator::Eq, "berlin"));
    for (filter, expected) in [
        ("attributes.badge pr", has_value("badge")),
        ("attributes.badge ne null", has_value("badge")),
        ("attributes.badge eq null", not(has_value("badge"))),
        ("attributes.office pr", has_value("office")),
        ("attributes.office eq null", not(has_value("office"))),
        (
            "attributes.office.city pr",
            any_custom_value("office", ValueCondition::Present(Some(city()))),
        ),
        (r#"attributes.badge co """#, any_custom_value("badge", ValueCondition::Present(None))),
        (
            r#"attributes.office.city ne "Berlin""#,
            Condition::Any(vec![
                any_custom_value("office", not_berlin()),
                not(has_value("office")),
            ]),
        ),
        (
            "attributes.shoeSize ne 0",
            Condition::Any(vec![
                any_custom_value("shoeSize", not_value(test(None, TextOperator::Eq, "0"))),
                not(has_value("shoeSize")),
            ]),
        ),
    ] {
        assert_eq!(resolve_custom(filter), Ok(expected), "{filter}");
    }
}

#[test]
fn filter_in_brackets_concerns_one_value() {
    let one = definition("a", Type::Integer).key_type().key(&json!(1)).unwrap();
    let both = ValueCondition::All(vec![
        test(Some("city"), TextOperator::Eq, "berlin"),
        not_value(ValueCondition::Any(vec![
            test(Some("floor"), TextOperator::Lt, &one),
            not_value(ValueCondition::Present(Some("floor".parse().unwrap()))),
        ])),
    ]);
    let filter = r#"attributes.office[city eq "Berlin" and not (floor lt 1 or floor eq null)]"#;
    assert_eq!(resolve_custom(filter), Ok(any_custom_value("office", both.clone())));
    let whole = any_custom_value("badge", test(None, TextOperator::Eq, "b"));
    assert_eq!(resolve_custom(r#"attributes.badge[value eq "B"]"#), Ok(whole));
    let office = &definitions()[7];
    for (value, is_met) in [
        (json!({"city": "BERLIN", "floor": 1}), true),
        (json!({"city": "Berlin", "floor": 0}), false),
        (json!({"city": "Berlin"}), false),
        (json!({"city": "Bern", "floor": 2}), false),
    ] {
        assert_eq!(both.matches_json(office, &value), is_met, "{value}");
    }
}

#[test]
fn error_names_what_is_expected() {
    for (filter, message) in [
        ("attributes.shoesise gt 1", "(did you mean \"attributes.shoeSize\"?): use one of"),
        ("attributes.office.ciy pr", "(did you mean \"attributes.office.city\"?)"),
        (
            "attributes.secret pr",
            "asks for \"attributes.secret\", which is not an attribute of users",
        ),
        (
            "attributes.badge gt 1",
            "compares \"attributes.badge\" with 1: use a text in double quotes",
        ),
        ("attributes.shoeSize co 1", "by co: use eq, ne, gt, ge, lt, le or pr"),
        ("attributes.shoeSize eq \"1\"", "use a number, without quotes"),
        ("attributes.remote gt true", "by gt: use eq, ne or pr"),
        ("attributes.remote eq \"true\"", "use true or false, without quotes"),
        ("attributes.hired ge \"2026-01-01\"", "use a time such as"),
        (
            "attributes.office eq \"x\"",
            "use one of attributes.office.city, attributes.office.floor",
        ),
        (
            "attributes.office[room pr]",
            "not an attribute of attributes.office: use one of city, floor",
        ),
        ("attributes.badge[city pr]", "use one of value"),
        ("attributes.office.city[value pr]", "has brackets after \"attributes.office.city\""),
        ("badge pr", "asks for \"badge\""),
        ("attributes pr", "asks for \"attributes\""),
        ("emails[type pr]", "has brackets after \"emails\""),
    ] {
        let [error] = resolve_custom(filter).expect_err(filter).try_into().unwrap();
        let error = error.to_string();
        assert!(error.contains(message), "{filter}: {error}");
        assert!(!error.contains("attributes.secret,"), "{error}");
    }
    let several =
        resolve_custom("attributes.hat pr and attributes.office[room pr or floor eq \"x\"]");
    assert_eq!(several.unwrap_err().len(), 3);
    let without = resolve::<UserAttribute>(&parse("attributes.badge pr")).unwrap_err();
    let without = without[0].to_string();
    assert!(without.contains("use one of id, "), "{without}");
}

#[test]
fn only_a_custom_attribute_has_nested_sub_attributes() {
    for path in ["attributes.a.b", "Attributes.a"] {
        assert!(Path::parse(path).is_some(), "{path}");
    }
    for path in ["name.a.b", "attributes.a.b.c", "attributes.", "attributes.a.", "attributes..b"] {
        assert_eq!(Path::parse(path), None, "{path}");
    }
    assert!(names_custom_attribute(&parse("email pr and not (attributes.a pr)")));
    assert!(!names_custom_attribute(&parse("email pr or attributes pr")));
}
