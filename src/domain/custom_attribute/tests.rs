use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{
    samples::{definition, sub_attribute},
    *,
};
use crate::domain::field_error::FieldError;

const ADMIN: AttributeWriter = AttributeWriter { is_administrator: true, creates_user: false };

fn attributes(values: &Json) -> CustomAttributes {
    let values = values.as_object().unwrap().iter();
    values.map(|(name, value)| (name.parse().unwrap(), value.clone())).collect()
}

fn patch(values: &Json) -> CustomAttributePatch {
    let values = values.as_object().unwrap().clone();
    let values = values.into_iter().map(|(name, value)| (name, CustomAttributeValue::Json(value)));
    CustomAttributePatch { values: values.collect(), is_replacement: false }
}

fn places(errors: Vec<FieldError>) -> Vec<String> {
    errors.into_iter().map(|error| error.field.into_owned()).collect()
}

#[test]
fn name_is_a_letter_and_then_letters_digits_hyphens_and_underscores() {
    let longest = "x".repeat(MAX_NAME_CHARS);
    for name in ["a", "shoeSize", "shoe-size_2", &longest] {
        assert_eq!(name.parse::<CustomAttributeName>().unwrap().as_str(), name);
    }
    let longer = format!("{longest}x");
    for text in ["", "2nd", "_a", "-a", "a.b", "a b", "größe", "a$", " a", &longer] {
        assert_eq!(text.parse::<CustomAttributeName>(), Err(MalformedAttributeName), "{text:?}");
    }
}

#[test]
fn value_follows_its_type() {
    use ValueType::{Boolean, DateTime, Decimal, Integer, Reference, String};
    let cases: [(ValueType, Json, Result<Json, ()>); 34] = [
        (String, json!(" Ada "), Ok(json!("Ada"))),
        (String, json!("x".repeat(255)), Ok(json!("x".repeat(255)))),
        (String, json!("x".repeat(256)), Err(())),
        (String, json!("a\u{200b}b"), Err(())),
        (String, json!("a\nb"), Err(())),
        (String, json!(1), Err(())),
        (String, json!(["a"]), Err(())),
        (String, json!({}), Err(())),
        (Boolean, json!(true), Ok(json!(true))),
        (Boolean, json!(false), Ok(json!(false))),
        (Boolean, json!("true"), Err(())),
        (Boolean, json!(1), Err(())),
        (Integer, json!(0), Ok(json!(0))),
        (Integer, json!(i64::MIN), Ok(json!(i64::MIN))),
        (Integer, json!(i64::MAX), Ok(json!(i64::MAX))),
        (Integer, json!(u64::MAX), Err(())),
        (Integer, json!(42.0), Ok(json!(42))),
        (Integer, json!(42.5), Err(())),
        (Integer, json!(1e300), Err(())),
        (Integer, json!("42"), Err(())),
        (Decimal, json!(42), Ok(json!(42.0))),
        (Decimal, json!(-0.5), Ok(json!(-0.5))),
        (Decimal, json!("0.5"), Err(())),
        (DateTime, json!("2026-03-01T10:00:00+01:00"), Ok(json!("2026-03-01T09:00:00Z"))),
        (DateTime, json!("2026-03-01T09:00:00.250Z"), Ok(json!("2026-03-01T09:00:00.250Z"))),
        (DateTime, json!("2026-03-01"), Err(())),
        (DateTime, json!("2026-02-30T09:00:00Z"), Err(())),
        (DateTime, json!(0), Err(())),
        (Reference, json!("https://example.com/ada"), Ok(json!("https://example.com/ada"))),
        (Reference, json!("urn:example:ada"), Ok(json!("urn:example:ada"))),
        (Reference, json!("/people/ada"), Err(())),
        (Reference, json!("https://example.com/a b"), Err(())),
        (Reference, json!("https://example.com/a\u{202e}b"), Err(())),
        (Reference, json!(format!("urn:{}", "x".repeat(2048))), Err(())),
    ];
    for (value_type, value, expected) in cases {
        let parsed = definition("a", value_type).parse(&value, "attributes/a");
        let parsed = parsed.map_err(|errors| assert_eq!(places(errors), ["attributes/a"]));
        assert_eq!(parsed, expected.map(Some), "{value_type} {value}");
    }
}

#[test]
fn empty_value_clears_the_attribute() {
    let list = AttributeDefinition { is_multi_valued: true, ..definition("a", ValueType::String) };
    let complex = AttributeDefinition {
        sub_attributes: vec![sub_attribute("street", ValueType::String, true)],
        ..definition("a", ValueType::Complex)
    };
    for (definition, values) in [
        (definition("a", ValueType::String), vec![json!(null), json!(""), json!("  ")]),
        (definition("a", ValueType::Integer), vec![json!(null)]),
        (list, vec![json!([]), json!([null, " "])]),
        (complex, vec![json!(null), json!({}), json!({"street": null})]),
    ] {
        for value in values {
            let before = attributes(&json!({"a": "before", "b": "stays"}));
            let definitions = [definition.clone()];
            let after = patch(&json!({"a": value})).apply(&before, &definitions, ADMIN);
            assert_eq!(after, Ok(attributes(&json!({"b": "stays"}))), "{value}");
        }
    }
}

#[test]
fn multi_valued_attribute_is_a_list_without_repetitions() {
    let list = AttributeDefinition { is_multi_valued: true, ..definition("a", ValueType::Integer) };
    let parse = |value: Json| list.parse(&value, "attributes/a").map_err(places);
    assert_eq!(parse(json!([2, 1, 2.0])), Ok(Some(json!([2, 1]))));
    assert_eq!(parse(json!(2)), Err(vec!["attributes/a".to_owned()]));
    let both = vec!["attributes/a/0".to_owned(), "attributes/a/2".to_owned()];
    assert_eq!(parse(json!(["x", 1, {}])), Err(both));
    assert!(parse(json!(vec![0; MAX_VALUES])).is_ok());
    assert_eq!(parse(json!(vec![0; MAX_VALUES + 1])), Err(vec!["attributes/a".to_owned()]));
}

#[test]
fn canonical_value_is_stored_as_it_is_defined() {
    let sizes = AttributeDefinition {
        canonical_values: vec!["Small".into(), "Large".into()],
        ..definition("a", ValueType::String)
    };
    let exact = AttributeDefinition { is_case_exact: true, ..sizes.clone() };
    for (definition, text, expected) in [
        (&sizes, "Small", Some("Small")),
        (&sizes, "LARGE", Some("Large")),
        (&sizes, "Medium", None),
        (&exact, "Small", Some("Small")),
        (&exact, "LARGE", None),
    ] {
        let parsed = definition.parse(&json!(text), "attributes/a").ok().flatten();
        assert_eq!(parsed, expected.map(Json::from), "{text}");
    }
}

#[test]
fn complex_value_has_its_parts() {
    let address = AttributeDefinition {
        sub_attributes: vec![
            sub_attribute("street", ValueType::String, true),
            sub_attribute("floor", ValueType::Integer, false),
        ],
        ..definition("a", ValueType::Complex)
    };
    let parse = |value: Json| address.parse(&value, "attributes/a").map_err(places);
    assert_eq!(
        parse(json!({"street": " Main ", "floor": null})),
        Ok(Some(json!({"street": "Main"})))
    );
    for (value, expected) in [
        (json!("Main"), vec!["attributes/a"]),
        (json!({"floor": 2}), vec!["attributes/a/street"]),
        (json!({"street": 1, "floor": "x"}), vec!["attributes/a/street", "attributes/a/floor"]),
        (json!({"street": "Main", "city": "X"}), vec!["attributes/a/city"]),
    ] {
        let expected = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(parse(value.clone()), Err(expected), "{value}");
    }
}

#[test]
fn who_may_change_a_value_follows_from_the_mutability() {
    let scim = AttributeWriter { is_administrator: false, creates_user: false };
    let (old, new) = (json!({"a": "old"}), json!({"a": "new"}));
    let (none, clear) = (json!({}), json!({"a": null}));
    for (mutability, writer, before, values, is_allowed) in [
        (Mutability::ReadWrite, ADMIN, &old, &new, true),
        (Mutability::ReadWrite, scim, &old, &clear, true),
        (Mutability::Immutable, ADMIN, &none, &new, true),
        (Mutability::Immutable, ADMIN, &old, &old, true),
        (Mutability::Immutable, ADMIN, &old, &new, false),
        (Mutability::Immutable, scim, &old, &clear, false),
        (Mutability::ReadOnly, ADMIN, &old, &new, true),
        (Mutability::ReadOnly, scim, &old, &old, true),
        (Mutability::ReadOnly, scim, &old, &new, false),
        (Mutability::ReadOnly, scim, &none, &new, false),
        (Mutability::ReadOnly, scim, &old, &clear, false),
    ] {
        let definitions =
            [AttributeDefinition { mutability, ..definition("a", ValueType::String) }];
        let after = patch(values).apply(&attributes(before), &definitions, writer);
        assert_eq!(after.is_ok(), is_allowed, "{mutability} {writer:?} {before} {values}");
    }
}

#[test]
fn administrator_creates_a_user_only_with_required_values() {
    let required = AttributeDefinition { is_required: true, ..definition("a", ValueType::Integer) };
    let creates = |is_administrator| AttributeWriter { is_administrator, creates_user: true };
    for (writer, values, expected) in [
        (creates(true), json!({}), vec!["attributes/a"]),
        (creates(true), json!({"a": null}), vec!["attributes/a"]),
        // One error is enough.
        (creates(true), json!({"a": "x"}), vec!["attributes/a"]),
        (creates(true), json!({"a": 1}), vec![]),
        (creates(false), json!({}), vec![]),
        (ADMIN, json!({}), vec![]),
    ] {
        let definitions = [required.clone()];
        let after = patch(&values).apply(&CustomAttributes::new(), &definitions, writer);
        assert_eq!(
            after.map_err(places).err().unwrap_or_default(),
            expected,
            "{writer:?} {values}"
        );
    }
}

#[test]
fn replacement_clears_what_is_left_out_and_can_be_seen() {
    let hidden = AttributeDefinition {
        visibility: Visibility::Product,
        ..definition("c", ValueType::String)
    };
    let definitions =
        [definition("a", ValueType::String), definition("b", ValueType::String), hidden];
    let before = attributes(&json!({"a": "1", "b": "2", "c": "3"}));
    let replacement = CustomAttributePatch { is_replacement: true, ..patch(&json!({"a": "4"})) };
    let after = replacement.apply(&before, &definitions, ADMIN);
    assert_eq!(after, Ok(attributes(&json!({"a": "4", "c": "3"}))));
}

#[test]
fn undefined_attribute_is_an_error_with_the_nearest_name() {
    let definitions = [definition("shoeSize", ValueType::Integer)];
    for (name, hint) in [
        ("shoesize", "Did you mean shoeSize?"),
        ("hat", "Define the attribute first, or leave it out."),
    ] {
        let errors =
            patch(&json!({ name: 1 })).apply(&CustomAttributes::new(), &definitions, ADMIN);
        let [error] = errors.unwrap_err().try_into().unwrap();
        assert_eq!((&*error.field, &*error.remedy), (&*format!("attributes/{name}"), hint));
    }
}

#[test]
fn values_of_a_user_have_at_most_8_kib() {
    let names: Vec<_> = (0..40).map(|index| format!("a{index}")).collect();
    let definitions: Vec<_> =
        names.iter().map(|name| definition(name, ValueType::String)).collect();
    let values = |count: usize| -> Json {
        names
            .iter()
            .take(count)
            .map(|name| (name.clone(), json!("x".repeat(255))))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let none = CustomAttributes::new();
    let most = patch(&values(31)).apply(&none, &definitions, ADMIN).unwrap();
    assert_eq!(count_bytes(&most), serde_json::to_string(&values(31)).unwrap().len() + 1);
    let errors = patch(&values(32)).apply(&none, &definitions, ADMIN).unwrap_err();
    assert_eq!(places(errors), ["attributes"]);
}

#[test]
fn definition_is_checked_as_a_whole() {
    let new = |value_type, sub_attributes, canonical_values: &[&str]| NewAttributeDefinition {
        name: "a".parse().unwrap(),
        value_type,
        is_multi_valued: false,
        is_case_exact: false,
        sub_attributes,
        changes: AttributeDefinitionChanges {
            canonical_values: Some(canonical_values.iter().map(ToString::to_string).collect()),
            ..AttributeDefinitionChanges::default()
        },
    };
    let street = || sub_attribute("street", ValueType::String, false);
    for (new, expected) in [
        (new(ValueType::String, vec![], &["S", "L"]), vec![]),
        (new(ValueType::Complex, vec![street()], &[]), vec![]),
        (new(ValueType::Complex, vec![], &[]), vec!["subAttributes"]),
        (new(ValueType::String, vec![street()], &[]), vec!["subAttributes"]),
        (
            new(
                ValueType::Complex,
                vec![street(), sub_attribute("STREET", ValueType::String, false)],
                &[],
            ),
            vec!["subAttributes/1/name"],
        ),
        (
            new(ValueType::Complex, vec![sub_attribute("street", ValueType::Complex, false)], &[]),
            vec!["subAttributes/0/type"],
        ),
        (new(ValueType::Integer, vec![], &["1"]), vec!["canonicalValues"]),
        (
            new(ValueType::String, vec![], &["S", " ", "S"]),
            vec!["canonicalValues/1", "canonicalValues/2"],
        ),
    ] {
        let built =
            new.clone().build(Uuid::nil().into(), Uuid::nil().into(), Timestamp::UNIX_EPOCH);
        let errors = built.map_err(places).err().unwrap_or_default();
        assert_eq!(errors, expected, "{new:?}");
    }
}

#[test]
fn cell_is_read_as_the_type_demands() {
    use ValueType::{Boolean, DateTime, Decimal, Integer, String};
    let cases: [(ValueType, bool, &str, Option<Json>); 15] = [
        (String, false, " Ada ", Some(json!("Ada"))),
        (String, false, "42", Some(json!("42"))),
        (String, false, "a|b", Some(json!("a|b"))),
        (String, true, "a| b |a", Some(json!(["a", "b"]))),
        (Boolean, false, "TRUE", Some(json!(true))),
        (Boolean, false, "0", Some(json!(false))),
        (Boolean, false, "yes", None),
        (Integer, false, " 42 ", Some(json!(42))),
        (Integer, false, "4.2", None),
        (Integer, true, "1|2", Some(json!([1, 2]))),
        (Integer, true, "1|x", None),
        (Decimal, false, "4.25", Some(json!(4.25))),
        (Decimal, false, "NaN", None),
        (Decimal, false, "4,25", None),
        (DateTime, false, "2026-03-01T09:00:00Z", Some(json!("2026-03-01T09:00:00Z"))),
    ];
    for (value_type, is_multi_valued, cell, expected) in cases {
        let definitions = [AttributeDefinition { is_multi_valued, ..definition("a", value_type) }];
        let values = [("a".to_owned(), CustomAttributeValue::Cell(cell.to_owned()))];
        let patch = CustomAttributePatch { values: values.into(), is_replacement: false };
        let after = patch.apply(&CustomAttributes::new(), &definitions, ADMIN);
        let value = after.ok().and_then(|after| after.into_values().next());
        assert_eq!(value, expected, "{value_type} {cell:?}");
    }
}

#[test]
fn target_is_an_attribute_or_a_part() {
    for (text, is_target) in [
        ("attributes.shoeSize", true),
        ("attributes.office.city", true),
        ("shoeSize", false),
        ("attributes.", false),
        ("attributes.office.", false),
        ("attributes..city", false),
        ("attributes.office.city.name", false),
        ("Attributes.shoeSize", false),
        ("attributes.shoe size", false),
    ] {
        let target = text.parse::<CustomTarget>().ok().map(|target| target.to_string());
        assert_eq!(target.as_deref(), is_target.then_some(text), "{text}");
    }
}
