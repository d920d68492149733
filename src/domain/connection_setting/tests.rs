//! Each setting is parsed, set, read and stored by its definition.

use serde_json::json;

use super::*;

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
    let shown = setting.read(&provisioning, &saml).to_json();
    let names: Vec<_> =
        shown.as_object().unwrap().keys().filter(|name| name.contains('.')).collect();
    assert_eq!(names, ["phoneNumbers.work"]);
    assert_eq!((shown.get("externalId"), &shown["role"]), (None, &json!(null)));
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
