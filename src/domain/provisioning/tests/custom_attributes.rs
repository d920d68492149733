//! Custom attributes of a new user. Those of an existing user: `update/custom_attributes.rs`.

use serde_json::{Value as Json, json};

use super::*;
use crate::domain::{
    custom_attribute::{CustomAttributes, samples::definitions},
    update_policy::UpdatePolicy,
    value_transform::{TableEntry, ValueTransform},
};

/// Maps each attribute of the assertion to the custom attribute with its name.
pub(super) fn map(mut case: Case) -> Case {
    let names = case.attributes.iter().map(|attribute| attribute.name.clone());
    let target = |name: String| Some((format!("attributes.{name}").parse().ok()?, name));
    case.policy.mapping = names.filter_map(target).collect();
    Case { definitions: definitions(), ..case }
}

pub(super) fn to_json(attributes: &CustomAttributes) -> Json {
    attributes.iter().map(|(name, value)| (name.to_string(), value.clone())).collect()
}

/// The fallbacks of a text that is not of the type: its reason in words.
fn detail(fallbacks: &[ValueFallback]) -> Vec<String> {
    fallbacks.iter().map(|fallback| fallback.reason.to_string()).collect()
}

#[test]
fn values_are_read_as_the_type_demands() {
    let rows: [(&str, &[&str], Json); 13] = [
        ("note", &[" Poet "], json!("Poet")),
        ("remote", &["TRUE"], json!(true)),
        ("remote", &["0"], json!(false)),
        ("shoeSize", &["38"], json!(38)),
        ("rate", &["12.5"], json!(12.5)),
        ("hired", &["2026-03-01T10:00:00+01:00"], json!("2026-03-01T09:00:00Z")),
        ("page", &["urn:example:ada"], json!("urn:example:ada")),
        ("size", &["LARGE"], json!("Large")),
        ("badge", &["B-17"], json!("B-17")),
        ("tags", &["a", " ", "b", "a"], json!(["a", "b"])),
        ("scores", &["1", "02"], json!([1, 2])),
        ("office.city", &["London"], json!({"city": "London"})),
        ("note", &["a|b"], json!("a|b")),
    ];
    for (name, values, expected) in rows {
        let (creation, fallbacks) = map(Case::with(&[(name, values)])).created();
        let attribute = name.split('.').next().unwrap();
        assert_eq!(to_json(&creation.profile.custom), json!({ attribute: expected }), "{name}");
        assert_eq!(fallbacks, [], "{name}");
        let target = format!("attributes.{attribute}");
        let fields = creation.fields();
        let field = fields.iter().find(|field| field.name == target).unwrap();
        assert_eq!(*field.source, from_attribute(name), "{name}");
    }
}

#[test]
fn value_that_the_definition_refuses_is_recorded_and_left_out() {
    let long = "x".repeat(256);
    let rows: [(&str, &str, &str); 9] = [
        ("note", &long, "must have at most 255 characters"),
        ("remote", "yes", "must be true or false"),
        ("shoeSize", "38.5", "must be a number without a fraction"),
        ("rate", "12,5", "must be a number"),
        (
            "hired",
            "yesterday",
            "must be a date with a time and an offset, such as 2026-03-01T09:00:00Z",
        ),
        ("page", "ada", "must be a URI, such as https://example.com/people/ada"),
        ("size", "Medium", "must be one of Small, Large"),
        ("office.floor", "x", "must be a number without a fraction"),
        ("office.floor", "3", "must have the sub-attribute city"),
    ];
    for (name, value, expected) in rows {
        let (creation, fallbacks) = map(Case::with(&[(name, &[value])])).created();
        assert_eq!(to_json(&creation.profile.custom), json!({}), "{name}");
        assert_eq!(detail(&fallbacks), [expected], "{name}");
        let reason = fallbacks[0].reason.code();
        assert_eq!((fallbacks[0].attribute.as_str(), reason), (name, "INVALID_VALUE"));
        assert!(creation.fields().iter().all(|field| !field.name.starts_with("attributes.")));
    }
    let (creation, fallbacks) = map(Case::with(&[("clearance", &["TOP"])])).created();
    assert_eq!(to_json(&creation.profile.custom), json!({}));
    assert_fallbacks(&fallbacks, &[("clearance", "TOP", "READ_ONLY", None)]);
}

#[test]
fn valid_values_are_used_beside_refused_ones() {
    let (creation, fallbacks) =
        map(Case::with(&[("scores", &["1", "x", "2"]), ("shoeSize", &["x", "38", "39"])]))
            .created();
    assert_eq!(to_json(&creation.profile.custom), json!({"scores": [1, 2], "shoeSize": 38}));
    assert_fallbacks(
        &fallbacks,
        &[
            ("scores", "x", "INVALID_VALUE", None),
            ("shoeSize", "x", "INVALID_VALUE", Some("38")),
            ("shoeSize", "x, 38, 39", "SEVERAL_VALUES", Some("38")),
        ],
    );
    let texts: Vec<_> = (0..102).map(|number| number.to_string()).collect();
    let values: Vec<_> = texts.iter().map(String::as_str).collect();
    let (creation, fallbacks) = map(Case::with(&[("tags", &values)])).created();
    assert_eq!(to_json(&creation.profile.custom)["tags"].as_array().unwrap().len(), 100);
    assert_fallbacks(&fallbacks, &[("tags", "100", "TOO_MANY_VALUES", None)]);
}

#[test]
fn attributes_that_have_too_many_bytes_are_left_out() {
    let texts: Vec<_> = (0..60).map(|number| format!("{number}{}", "x".repeat(200))).collect();
    let values: Vec<_> = texts.iter().map(String::as_str).collect();
    let (creation, fallbacks) =
        map(Case::with(&[("tags", &values), ("shoeSize", &["38"])])).created();
    assert_eq!(to_json(&creation.profile.custom), json!({"shoeSize": 38}));
    assert_eq!(fallbacks.len(), 1);
    assert_eq!(fallbacks[0].reason.code(), "TOO_MANY_BYTES");
}

#[test]
fn parts_of_a_complex_value_are_put_together() {
    let attributes: AttributeList<'_> = &[("office.city", &["London"]), ("office.floor", &["3"])];
    let (creation, fallbacks) = map(Case::with(attributes)).created();
    let office = json!({"office": {"city": "London", "floor": 3}});
    assert_eq!((to_json(&creation.profile.custom), fallbacks), (office, Vec::new()));
    let attributes: AttributeList<'_> = &[("office.city", &["London"]), ("office.floor", &["x"])];
    let (creation, fallbacks) = map(Case::with(attributes)).created();
    assert_eq!(to_json(&creation.profile.custom), json!({"office": {"city": "London"}}));
    assert_fallbacks(&fallbacks, &[("office.floor", "x", "INVALID_VALUE", None)]);
}

#[test]
fn transforms_run_before_the_type() {
    let entry =
        |received: &str, value: &str| TableEntry { received: received.into(), value: value.into() };
    let transform = |name: &str| ValueTransform::new(name.parse::<MappingTarget>().unwrap());
    let rows: [(ValueTransform, &[&str], Json, &[ExpectedFallback<'_>]); 7] = [
        (
            ValueTransform { separator: Some(";".into()), ..transform("attributes.tags") },
            &["a; b;", "c"],
            json!({"tags": ["a", "b", "c"]}),
            &[],
        ),
        (
            ValueTransform { table: vec![entry("UK 5", "38")], ..transform("attributes.shoeSize") },
            &["us 7", "uk 5"],
            json!({"shoeSize": 38}),
            &[],
        ),
        (
            ValueTransform {
                table: vec![entry("x", "1"), entry("y", "2")],
                ..transform("attributes.scores")
            },
            &["y", "z", "x"],
            json!({"scores": [2, 1]}),
            &[],
        ),
        (
            ValueTransform { table: vec![entry("UK 5", "38")], ..transform("attributes.shoeSize") },
            &["39"],
            json!({}),
            &[("source", "39", "NOT_IN_TABLE", None)],
        ),
        (
            ValueTransform { default_value: Some("true".into()), ..transform("attributes.remote") },
            &[],
            json!({"remote": true}),
            &[],
        ),
        (
            ValueTransform { default_value: Some("Tiny".into()), ..transform("attributes.size") },
            &[],
            json!({}),
            &[("source", "Tiny", "INVALID_VALUE", None)],
        ),
        (
            ValueTransform { first_only: true, ..transform("attributes.tags") },
            &["a", "b"],
            json!({"tags": ["a"]}),
            &[],
        ),
    ];
    for (transform, values, expected, fallbacks) in rows {
        let mut case = Case::with(&[("source", values)]);
        case.policy.mapping = [(transform.target, "source".to_owned())].into();
        case.policy.transforms = vec![transform.clone()];
        case.definitions = definitions();
        let (creation, found) = case.created();
        assert_eq!(to_json(&creation.profile.custom), expected, "{transform:?}");
        assert_fallbacks(&found, fallbacks);
    }
}

#[test]
fn default_of_the_connection_counts_as_a_default() {
    let target: MappingTarget = "attributes.remote".parse().unwrap();
    let mut case = Case { definitions: definitions(), ..Case::with(&[]) };
    case.policy.mapping = [(target, "source".to_owned())].into();
    let default = ValueTransform { default_value: Some("1".into()), ..ValueTransform::new(target) };
    case.policy.transforms = vec![default];
    let defaults = case.created().0.default_fields();
    assert!(defaults.contains(&target.into()), "{defaults:?}");
}

#[test]
fn attribute_that_is_not_defined_or_never_set_is_left_out() {
    let attributes: AttributeList<'_> = &[("note", &["Poet"]), ("tags", &[" "])];
    let case = Case { definitions: Vec::new(), ..map(Case::with(attributes)) };
    let (creation, fallbacks) = case.created();
    assert_eq!(to_json(&creation.profile.custom), json!({}));
    assert_fallbacks(&fallbacks, &[("note", "Poet", "NOT_DEFINED", None)]);
    // A complex attribute is not read as a whole.
    let (creation, fallbacks) = map(Case::with(&[("office", &["London"])])).created();
    assert_eq!(to_json(&creation.profile.custom), json!({}));
    assert_fallbacks(&fallbacks, &[("office", "London", "NOT_DEFINED", None)]);

    let mut case = map(Case::with(&[("note", &["Poet"])]));
    case.policy.update_policies.insert("attributes.note".parse().unwrap(), UpdatePolicy::Never);
    let (creation, fallbacks) = case.created();
    assert_eq!((to_json(&creation.profile.custom), fallbacks), (json!({}), Vec::new()));

    let unmapped = Case { definitions: definitions(), ..Case::with(&[("note", &["Poet"])]) };
    assert_eq!(to_json(&unmapped.created().0.profile.custom), json!({}));
}
