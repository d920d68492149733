//! Custom attributes of an existing user.

use serde_json::{Value as Json, json};

use super::super::custom_attributes::{map, to_json};
use super::*;

/// The record of Ada with custom attributes that a setter has set.
fn with_values(setter: Setter, values: &Json) -> ExistingRecord {
    let values = values.as_object().unwrap().iter();
    let values: Vec<_> = values.map(|(name, value)| (name.as_str(), value.clone())).collect();
    let names: Vec<_> = values.iter().map(|(name, _)| format!("attributes.{name}")).collect();
    let mut record = set_by(setter, &names.iter().map(String::as_str).collect::<Vec<_>>());
    let values = values.into_iter().map(|(name, value)| (name.parse().unwrap(), value));
    record.user.profile.custom = values.collect();
    record
}

/// A login with one policy for each attribute that it maps.
fn mapped(record: ExistingRecord, policy: UpdatePolicy, attributes: AttributeList<'_>) -> Case {
    let mut case = map(login(record, &[], attributes));
    let targets = case.policy.mapping.keys();
    case.policy.update_policies = targets.map(|target| ((*target).into(), policy)).collect();
    case
}

#[test]
fn policies_hold_for_custom_attributes() {
    use UpdatePolicy::{Always, FillEmpty, FirstLogin, Never};
    let (own, other) = (login_through(connection(1)), login_through(connection(2)));
    let (scim, nobody) = (Setter::CommandLine, Setter::Default);
    let received: AttributeList<'_> = &[("shoeSize", &["39"])];
    let absent: AttributeList<'_> = &[("shoeSize", &[" "])];
    let changed = ["attributes.shoeSize: 38 -> 39"];
    let filled = ["attributes.shoeSize: - -> 39"];
    let removed = ["attributes.shoeSize: 38 -> -"];
    let (value, none) = (json!({"shoeSize": 38}), json!({}));
    let rows: [(UpdatePolicy, Setter, &Json, AttributeList<'_>, &[&str]); 17] = [
        (FirstLogin, own, &value, received, &[]),
        (FirstLogin, own, &none, received, &[]),
        (Never, own, &value, received, &[]),
        (Never, own, &none, received, &[]),
        (FillEmpty, own, &value, received, &[]),
        (FillEmpty, nobody, &value, received, &changed),
        (FillEmpty, own, &none, received, &filled),
        (FillEmpty, own, &none, absent, &[]),
        (Always, own, &value, received, &changed),
        (Always, other, &value, received, &changed),
        (Always, scim, &value, received, &changed),
        (Always, own, &none, received, &filled),
        (Always, own, &value, &[("shoeSize", &["38"])], &[]),
        (Always, own, &value, absent, &removed),
        (Always, other, &value, absent, &[]),
        (Always, scim, &value, absent, &[]),
        (Always, own, &value, &[("shoeSize", &["x"])], &[]),
    ];
    for (policy, setter, values, attributes, expected) in rows {
        let case = mapped(with_values(setter, values), policy, attributes);
        assert_eq!(case.changes(), expected, "{policy:?} {setter:?} {values} {attributes:?}");
    }
}

#[test]
fn change_has_its_source_and_changes_the_attribute_alone() {
    let record =
        with_values(login_through(connection(1)), &json!({"shoeSize": 38, "note": "Poet"}));
    let case = mapped(record, UpdatePolicy::Always, &[("shoeSize", &["39"])]);
    let (entry, update, _) = case.updated();
    assert_eq!(entry.changes[0].source, from_attribute("shoeSize"));
    let PlannedUserUpdate { before, after } = update.unwrap();
    assert_eq!(to_json(&after.profile.custom), json!({"shoeSize": 39, "note": "Poet"}));
    let custom = before.profile.custom.clone();
    let profile = Profile { custom, ..after.profile };
    assert_eq!(User { profile, ..after }, before);

    let record = with_values(login_through(connection(1)), &json!({"shoeSize": 38}));
    let case = mapped(record, UpdatePolicy::Always, &[("shoeSize", &[])]);
    assert_eq!(case.updated().0.changes[0].source, ValueSource::NotReceived);
}

#[test]
fn refused_value_leaves_what_is_there() {
    let own = login_through(connection(1));
    let rows: [(&str, Json, &str, &str); 5] = [
        ("shoeSize", json!(38), "x", "INVALID_VALUE"),
        ("size", json!("Small"), "Medium", "INVALID_VALUE"),
        ("badge", json!("B-17"), "B-18", "IMMUTABLE"),
        ("badge", json!("B-17"), "", "IMMUTABLE"),
        ("clearance", json!("LOW"), "TOP", "READ_ONLY"),
    ];
    for (name, value, received, reason) in rows {
        let record = with_values(own, &json!({ name: value }));
        let case = mapped(record, UpdatePolicy::Always, &[(name, &[received])]);
        assert_eq!(case.changes(), [""; 0], "{name} {received}");
        let used = crate::domain::custom_attribute::value_text(&value);
        assert_fallbacks(&case.updated().2, &[(name, received, reason, Some(&used))]);
    }
    // The same value, and the first one of an immutable attribute.
    for (values, attributes, expected) in [
        (json!({"badge": "B-17"}), ("badge", "B-17"), &[][..]),
        (json!({"clearance": "LOW"}), ("clearance", "LOW"), &[]),
        (json!({}), ("badge", "B-17"), &["attributes.badge: - -> B-17"]),
    ] {
        let (name, value) = attributes;
        let case = mapped(with_values(own, &values), UpdatePolicy::Always, &[(name, &[value])]);
        assert_eq!(case.changes(), expected, "{name}");
        assert_eq!(case.updated().2, [], "{name}");
    }
}

#[test]
fn locked_attribute_stays_and_is_recorded() {
    for (received, expected) in [("39", "39"), (" ", "")] {
        let mut record = with_values(login_through(connection(1)), &json!({"shoeSize": 38}));
        record.user.locks = names(&["attributes.shoeSize"]);
        let case = mapped(record, UpdatePolicy::Always, &[("shoeSize", &[received])]);
        assert_eq!(case.changes(), [""; 0]);
        let locked = ("shoeSize", expected, "LOCKED", Some("38"));
        assert_fallbacks(&case.updated().2, &[locked]);
    }
}

#[test]
fn list_is_replaced_as_a_whole() {
    let record = with_values(login_through(connection(1)), &json!({"tags": ["a", "b"]}));
    let case = mapped(record.clone(), UpdatePolicy::Always, &[("tags", &["b", "c"])]);
    assert_eq!(case.changes(), [r#"attributes.tags: ["a","b"] -> ["b","c"]"#]);
    let same = mapped(record, UpdatePolicy::Always, &[("tags", &["a", "b", "a"])]);
    assert_eq!((same.changes(), same.updated().1), (Vec::new(), None));
}

#[test]
fn part_that_is_not_received_is_removed_only_if_this_connection_set_the_attribute() {
    let office = json!({"office": {"city": "London", "floor": 3}});
    let city: AttributeList<'_> = &[("office.city", &["Paris"]), ("office.floor", &[])];
    let floor: AttributeList<'_> = &[("office.city", &[]), ("office.floor", &["4"])];
    let none: AttributeList<'_> = &[("office.city", &[]), ("office.floor", &[])];
    let unmapped: AttributeList<'_> = &[("office.city", &["Paris"])];
    let (own, scim) = (login_through(connection(1)), Setter::CommandLine);
    let rows: [(Setter, AttributeList<'_>, Json, &[&str]); 7] = [
        (own, city, json!({"office": {"city": "Paris"}}), &[]),
        (scim, city, json!({"office": {"city": "Paris", "floor": 3}}), &[]),
        (own, unmapped, json!({"office": {"city": "Paris", "floor": 3}}), &[]),
        // A required part is missing.
        (own, floor, office.clone(), &["must have the sub-attribute city"]),
        (scim, floor, json!({"office": {"city": "London", "floor": 4}}), &[]),
        (own, none, json!({}), &[]),
        (scim, none, office.clone(), &[]),
    ];
    for (setter, attributes, expected, reasons) in rows {
        let case = mapped(with_values(setter, &office), UpdatePolicy::Always, attributes);
        let (_, update, fallbacks) = case.updated();
        let custom = update.map_or_else(|| office.clone(), |it| to_json(&it.after.profile.custom));
        assert_eq!(custom, expected, "{setter:?} {attributes:?}");
        let found: Vec<_> = fallbacks.iter().map(|it| it.reason.to_string()).collect();
        assert_eq!(found, reasons, "{setter:?} {attributes:?}");
    }
}

#[test]
fn default_and_removal_wait_for_a_whole_assertion() {
    let target: MappingTarget = "attributes.shoeSize".parse().unwrap();
    let default =
        ValueTransform { default_value: Some("40".into()), ..ValueTransform::new(target) };
    let changed = ["attributes.shoeSize: 38 -> 40"];
    for (setter, encrypted, expected) in [
        (login_through(connection(1)), 0, &changed[..]),
        (Setter::Default, 0, &changed),
        (login_through(connection(1)), 1, &[]),
        (Setter::CommandLine, 0, &[]),
    ] {
        let record = with_values(setter, &json!({"shoeSize": 38}));
        let mut case = mapped(record, UpdatePolicy::Always, &[("shoeSize", &[])]);
        case.policy.transforms = vec![default.clone()];
        case.encrypted = encrypted;
        assert_eq!(case.changes(), expected, "{setter:?}, {encrypted} encrypted");
    }
    let record = with_values(login_through(connection(1)), &json!({"shoeSize": 38}));
    let case = Case { encrypted: 1, ..mapped(record, UpdatePolicy::Always, &[("shoeSize", &[])]) };
    assert_eq!(case.changes(), [""; 0]);
}

#[test]
fn default_of_a_part_replaces_no_part_that_others_have_set() {
    let target: MappingTarget = "attributes.office.floor".parse().unwrap();
    let default = ValueTransform { default_value: Some("4".into()), ..ValueTransform::new(target) };
    let attributes: AttributeList<'_> = &[("office.city", &["Paris"]), ("office.floor", &[])];
    let (own, other) = (login_through(connection(1)), login_through(connection(2)));
    let (london, third) = (json!({"city": "London"}), json!({"city": "London", "floor": 3}));
    for (setter, office, encrypted, expected) in [
        (own, &third, 0, json!({"city": "Paris", "floor": 4})),
        (Setter::Default, &third, 0, json!({"city": "Paris", "floor": 4})),
        (other, &third, 0, json!({"city": "Paris", "floor": 3})),
        (Setter::CommandLine, &third, 0, json!({"city": "Paris", "floor": 3})),
        (Setter::CommandLine, &london, 0, json!({"city": "Paris", "floor": 4})),
        (own, &third, 1, json!({"city": "Paris", "floor": 3})),
        (own, &london, 1, json!({"city": "Paris"})),
    ] {
        let record = with_values(setter, &json!({ "office": office }));
        let mut case = mapped(record, UpdatePolicy::Always, attributes);
        case.policy.transforms = vec![default.clone()];
        case.encrypted = encrypted;
        let after = case.updated().1.unwrap().after;
        let custom = to_json(&after.profile.custom);
        assert_eq!(custom["office"], expected, "{setter:?} {office} {encrypted}");
    }
}

#[test]
fn attributes_with_too_many_bytes_do_not_grow() {
    let tags: Vec<_> = (0..42).map(|number| format!("{number:0>200}")).collect();
    let values: Vec<_> = tags.iter().map(String::as_str).collect();
    let record = with_values(login_through(connection(1)), &json!({"tags": ["a"]}));
    let case = mapped(record, UpdatePolicy::Always, &[("tags", &values), ("note", &["x"])]);
    assert_eq!(case.changes(), ["attributes.note: - -> x"]);
    assert_eq!(case.updated().2[0].reason.code(), "TOO_MANY_BYTES");
    let long = with_values(login_through(connection(1)), &json!({"tags": tags, "note": "abc"}));
    let shorter = mapped(long, UpdatePolicy::Always, &[("note", &["ab"])]);
    assert_eq!(shorter.changes(), ["attributes.note: abc -> ab"]);
}
