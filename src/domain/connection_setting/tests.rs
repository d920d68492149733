//! Each setting is parsed, set, read and stored by its definition.

use serde_json::json;

use super::*;
use crate::domain::custom_attribute::samples::definitions;

/// Values of each kind: one that is allowed, and one that is not with its place.
fn values(kind: SettingKind) -> (Json, Json, &'static str) {
    match kind {
        SettingKind::Switch => (json!(true), json!("yes"), ""),
        SettingKind::Count { max, .. } => (json!(max), json!(max + 1), ""),
        SettingKind::Attribute => (json!(" uid "), json!("a\0"), ""),
        SettingKind::Uri => (json!("urn:a"), json!("email"), ""),
        SettingKind::Timestamp => (json!("2036-01-01T00:00:00.5Z"), json!("tomorrow"), ""),
        SettingKind::RelayStates => (json!(["/a", "/b"]), json!(["/a", 1]), "/1"),
        SettingKind::Uris => (json!(["urn:a"]), json!(["urn:a", ""]), "/1"),
        SettingKind::Mapping => (json!({ "role": "r" }), json!({ "role": 1 }), "/role"),
        SettingKind::Transforms => {
            let entry = json!({ "received": "Domain Admins", "value": "ADMIN" });
            let good = json!({ "field": "role", "separator": " ", "table": [entry] });
            (
                json!([good]),
                json!([{ "field": "role", "table": [{ "received": "x", "value": "OWNER" }] }]),
                "/0/table/0/value",
            )
        }
        SettingKind::Policies => {
            (json!({ "teams": "always" }), json!({ "teams": "SOMETIMES" }), "/teams")
        }
        SettingKind::AccountRole => (json!("user"), json!("OWNER"), ""),
        SettingKind::TeamRole => (json!("USER"), json!("GUEST"), ""),
    }
}

#[test]
fn every_setting_is_read_as_it_was_set_and_stored() {
    for setting in ConnectionSetting::ALL {
        let name = setting.as_str();
        let (good, bad, place) = values(setting.definition().kind);
        let (mut provisioning, mut saml) = Default::default();
        setting.apply(setting.parse(&good).unwrap(), &mut provisioning, &mut saml);
        let value = setting.read(&provisioning, &saml);
        assert_ne!(value, setting.default_value(), "{name}");
        assert_eq!(setting.read_stored(&value.to_json()), Some(value), "{name}");

        let errors = setting.parse(&bad).unwrap_err();
        assert_eq!(errors.len(), 1, "{name}");
        assert_eq!(errors[0].field, format!("{name}{place}"));

        setting.apply(FieldPatch::Clear, &mut provisioning, &mut saml);
        assert_eq!((provisioning, saml), Default::default(), "{name}");
        let null = setting.parse(&Json::Null);
        assert_eq!(null.is_ok(), setting.definition().kind.is_clearable(), "{name}");
    }
}

#[test]
fn every_error_of_a_mapping_is_at_its_place() {
    let mapping = json!({ "nick/name": "x", "role": "\0", "firstName": null, "lastName": "" });
    let errors = ConnectionSetting::Mapping.parse(&mapping).unwrap_err();
    let places: Vec<_> = errors.iter().map(|error| &*error.field).collect();
    assert_eq!(places, ["mapping/nick~1name", "mapping/role"]);
}

#[test]
fn every_error_of_a_transform_is_at_its_place() {
    let entry = |received: &str, value: &str| json!({ "received": received, "value": value });
    for (transforms, places) in [
        (json!({}), &["transforms"][..]),
        (json!([1]), &["transforms/0"]),
        (json!([{}]), &["transforms/0/field"]),
        (
            json!([{ "field": "email", "separator": "", "lowerCase": 1, "a/b": null }]),
            &[
                "transforms/0/a~1b",
                "transforms/0/field",
                "transforms/0/separator",
                "transforms/0/lowerCase",
            ],
        ),
        (
            json!([{ "field": "role", "defaultValue": "BOSS", "table": [entry("a", "x"), {}] }]),
            &[
                "transforms/0/table/0/value",
                "transforms/0/table/1/received",
                "transforms/0/table/1/value",
                "transforms/0/defaultValue",
            ],
        ),
        (
            json!([{ "field": "role", "table": [entry("Ab", "USER"), entry("aB", "ADMIN")] }]),
            &["transforms/0/table/1/received"],
        ),
        (json!([{ "field": "role" }, { "field": "role" }]), &["transforms/1/field"]),
        (
            json!([
                { "field": "externalId", "defaultValue": "4711" },
                { "field": "userName", "defaultValue": "ada" },
                { "field": "userName", "defaultValue": "a\u{200b}" },
            ]),
            &[
                "transforms/0/defaultValue",
                "transforms/1/defaultValue",
                "transforms/2/defaultValue",
            ],
        ),
    ] {
        let errors = ConnectionSetting::Transforms.parse(&transforms).unwrap_err();
        let found: Vec<_> = errors.iter().map(|error| &*error.field).collect();
        assert_eq!(found, places, "{transforms}");
    }
}

#[test]
fn default_of_a_unique_value_may_be_null_or_empty() {
    let transforms = json!([
        { "field": "externalId", "defaultValue": null },
        { "field": "userName", "defaultValue": "", "lowerCase": true },
    ]);
    assert!(ConnectionSetting::Transforms.parse(&transforms).is_ok());
}

#[test]
fn unknown_attribute_has_no_policy() {
    let policies = json!({ "photos": "ALWAYS", "mobileNumber": "ALWAYS", "mobile": null });
    let errors = ConnectionSetting::UpdatePolicies.parse(&policies).unwrap_err();
    let places: Vec<_> = errors.iter().map(|error| &*error.field).collect();
    assert_eq!(places, ["updatePolicies/photos", "updatePolicies/mobileNumber"]);
}

#[test]
fn address_is_set_at_the_first_login_or_always() {
    for (policy, is_valid) in
        [("FIRST_LOGIN", true), ("always", true), ("FILL_EMPTY", false), ("NEVER", false)]
    {
        let parsed = ConnectionSetting::UpdatePolicies.parse(&json!({ "email": policy }));
        assert_eq!(parsed.is_ok(), is_valid, "{policy}");
    }
}

#[test]
fn mapping_shows_targets_without_a_default_name_only_where_they_are_mapped() {
    let setting = ConnectionSetting::Mapping;
    let (mut provisioning, mut saml) = Default::default();
    let mapping = json!({ "phoneNumbers.work": "phone", "externalId": null });
    setting.apply(setting.parse(&mapping).unwrap(), &mut provisioning, &mut saml);
    let response = setting.read(&provisioning, &saml).to_json();
    let names: Vec<_> =
        response.as_object().unwrap().keys().filter(|name| name.contains('.')).collect();
    assert_eq!(names, ["phoneNumbers.work"]);
    assert_eq!((response.get("externalId"), &response["role"]), (None, &json!(null)));
}

#[test]
fn policy_that_is_left_out_stays() {
    let setting = ConnectionSetting::UpdatePolicies;
    let (mut provisioning, mut saml) = Default::default();
    for policies in [json!({ "role": "NEVER", "teams": "ALWAYS" }), json!({ "role": null })] {
        setting.apply(setting.parse(&policies).unwrap(), &mut provisioning, &mut saml);
    }
    let policies: Vec<_> = provisioning.update_policies.into_iter().collect();
    assert_eq!(policies, [(AttributeName::TEAMS, UpdatePolicy::Always)]);
}

#[test]
fn migrated_moment_is_in_microseconds() {
    let stored = ConnectionSetting::Sha1Until.read_stored(&json!(1_500_000));
    let expected = Timestamp::from_timestamp_micros(1_500_000);
    assert_eq!(stored, Some(SettingValue::Timestamp(expected)));
    assert_eq!(ConnectionSetting::SkewSeconds.read_stored(&json!("x")), None);
}

/// The settings of a connection that names custom attributes, one setting after the other.
fn with_custom_attributes() -> ProvisioningPolicy {
    let (mut provisioning, mut saml) = Default::default();
    for (setting, value) in [
        (
            ConnectionSetting::Mapping,
            json!({ "attributes.shoeSize": "size", "attributes.office.city": "l", "role": "r" }),
        ),
        (
            ConnectionSetting::Transforms,
            json!([
                { "field": "attributes.shoeSize", "defaultValue": "38" },
                { "field": "attributes.office.city", "lowerCase": true },
                { "field": "role", "lowerCase": true },
            ]),
        ),
        (
            ConnectionSetting::UpdatePolicies,
            json!({ "attributes.shoeSize": "ALWAYS", "attributes.office": "NEVER", "role": "NEVER" }),
        ),
    ] {
        setting.apply(setting.parse(&value).unwrap(), &mut provisioning, &mut saml);
        let read = setting.read(&provisioning, &saml);
        assert_eq!(setting.read_stored(&read.to_json()), Some(read), "{setting:?}");
    }
    provisioning
}

#[test]
fn whole_value_removes_custom_attributes_that_it_leaves_out() {
    for (setting, value) in [
        (ConnectionSetting::Mapping, json!({ "attributes.shoeSize": "other" })),
        (ConnectionSetting::UpdatePolicies, json!({ "attributes.shoeSize": "NEVER" })),
    ] {
        let read = |is_whole: bool| {
            let (mut provisioning, mut saml) = (with_custom_attributes(), SamlPolicy::default());
            let mut patch = setting.parse(&value).unwrap();
            if is_whole {
                patch = patch.map(SettingValue::complete);
            }
            setting.apply(patch, &mut provisioning, &mut saml);
            (provisioning.mapping.len(), provisioning.update_policies.len())
        };
        assert_eq!(read(false), (3, 3), "{setting:?}");
        let expected = if setting == ConnectionSetting::Mapping { (1, 3) } else { (3, 1) };
        assert_eq!(read(true), expected, "{setting:?}");
    }
}

#[test]
fn custom_attribute_is_forgotten_in_each_setting() {
    let mut provisioning = with_custom_attributes();
    let name = "shoeSize".parse().unwrap();
    let office = "office".parse().unwrap();
    assert!(provisioning.names_attribute(name) && provisioning.names_attribute(office));
    provisioning.forget_attribute(name);
    assert!(!provisioning.names_attribute(name) && provisioning.names_attribute(office));
    provisioning.forget_attribute(office);
    let fields: Vec<_> = provisioning.mapping.keys().map(ToString::to_string).collect();
    assert_eq!(fields, ["role"]);
    assert_eq!((provisioning.transforms.len(), provisioning.update_policies.len()), (1, 1));
}

#[test]
fn custom_attributes_are_checked_by_their_definitions() {
    let definitions = definitions();
    let undefined = "is not an attribute of this account";
    let transform = |field: &str| {
        json!([{
            "field": field, "defaultValue": "x", "table": [{ "received": "a", "value": "1" }],
        }])
    };
    let mapping = |name: &str| (ConnectionSetting::Mapping, json!({ name: "x" }));
    let policy = |name: &str| (ConnectionSetting::UpdatePolicies, json!({ name: "ALWAYS" }));
    for ((setting, value), expected) in [
        (mapping("attributes.shoeSize"), vec![]),
        (mapping("attributes.office.city"), vec![]),
        (mapping("attributes.clearance"), vec![]),
        (
            mapping("attributes.shoesize"),
            vec![(
                "mapping/attributes.shoesize",
                format!("{undefined}. Did you mean attributes.shoeSize?"),
            )],
        ),
        (
            mapping("attributes.hat"),
            vec![(
                "mapping/attributes.hat",
                format!("{undefined}. Define the attribute first, or leave it out."),
            )],
        ),
        (
            mapping("attributes.office.town"),
            vec![(
                "mapping/attributes.office.town",
                format!("{undefined}. Define the attribute first, or leave it out."),
            )],
        ),
        (
            mapping("attributes.office"),
            vec![(
                "mapping/attributes.office",
                "is a complex attribute, of which only sub-attributes can be mapped. Use \
                 attributes.office.city, attributes.office.floor."
                    .to_owned(),
            )],
        ),
        (
            mapping("attributes.homes.city"),
            vec![(
                "mapping/attributes.homes.city",
                "is a complex attribute with several values, which a login can't set. Map another \
                 attribute."
                    .to_owned(),
            )],
        ),
        (policy("attributes.office"), vec![]),
        (
            policy("attributes.ofice"),
            vec![(
                "updatePolicies/attributes.ofice",
                format!("{undefined}. Did you mean attributes.office?"),
            )],
        ),
        // What is removed need not be defined any more.
        ((ConnectionSetting::Mapping, json!({ "attributes.hat": null })), vec![]),
        ((ConnectionSetting::UpdatePolicies, json!({ "attributes.hat": null })), vec![]),
        (
            (ConnectionSetting::Transforms, transform("attributes.hat")),
            vec![(
                "transforms/0/field",
                format!("{undefined}. Define the attribute first, or leave it out."),
            )],
        ),
        (
            (ConnectionSetting::Transforms, transform("attributes.shoeSize")),
            vec![("transforms/0/defaultValue", "must be a number without a fraction".to_owned())],
        ),
        (
            (ConnectionSetting::Transforms, transform("attributes.remote")),
            vec![("transforms/0/defaultValue", "must be true or false".to_owned())],
        ),
        (
            (ConnectionSetting::Transforms, transform("attributes.size")),
            vec![
                ("transforms/0/table/0/value", "must be one of Small, Large".to_owned()),
                ("transforms/0/defaultValue", "must be one of Small, Large".to_owned()),
            ],
        ),
    ] {
        let FieldPatch::Set(parsed) = setting.parse(&value).unwrap() else { panic!("{value}") };
        let errors = setting.find_custom_errors(&parsed, &definitions);
        let found: Vec<_> =
            errors.into_iter().map(|error| (error.field.into_owned(), error.reason)).collect();
        let expected: Vec<_> =
            expected.into_iter().map(|(field, reason)| (field.to_owned(), reason)).collect();
        assert_eq!(found, expected, "{value}");
    }
}

#[test]
fn number_of_transforms_is_bounded() {
    let transform = |index| json!({ "field": format!("attributes.a{index}") });
    let transforms = |count: usize| Json::from_iter((0..count).map(transform));
    let parse = |count| ConnectionSetting::Transforms.parse(&transforms(count));
    assert!(parse(max_transforms()).is_ok());
    let errors = parse(max_transforms() + 1).unwrap_err();
    assert_eq!(errors[0].field, "transforms");
}
