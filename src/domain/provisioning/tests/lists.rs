//! Multi-valued attributes and unique values of a new user.

use super::*;
use crate::domain::check::excerpt;
use crate::domain::multi_valued::MultiValuedField::{self, Addresses, Emails, PhoneNumbers, Roles};

/// A mapping of targets to attributes of the same name.
fn map(case: &mut Case, targets: &[&str]) {
    let target = |name: &&str| (MappingTarget::find(name).unwrap(), (*name).to_owned());
    case.policy.mapping = targets.iter().map(target).collect();
}

fn json(creation: &UserCreation, list: MultiValuedField) -> serde_json::Value {
    let values = creation.profile.values.get(&list).into_iter().flatten();
    values.map(crate::domain::multi_valued::FieldValue::to_json).collect()
}

fn created(attributes: AttributeList<'_>) -> (UserCreation, Vec<ValueFallback>) {
    let mut case = Case::with(attributes);
    map(&mut case, &attributes.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    case.created()
}

#[test]
fn several_values_fill_a_list_and_the_first_is_primary() {
    let work = serde_json::json!({"value": "0221 1", "type": "work", "primary": true});
    let second = serde_json::json!({"value": "0221 2", "type": "work"});
    let home = serde_json::json!({"value": "0221 3", "type": "home", "primary": true});
    let home_after = serde_json::json!({"value": "0221 3", "type": "home"});
    let login =
        serde_json::json!({"value": "ada.lovelace@example.com", "type": "work", "primary": true});
    let ada = serde_json::json!({"value": "ada@example.org", "type": "work"});
    let rows: [(AttributeList<'_>, _, _); 6] = [
        (
            &[("phoneNumbers.work", &["0221 1", " ", "0221 2", "0221 1"])],
            PhoneNumbers,
            serde_json::json!([work, second]),
        ),
        (&[("phoneNumbers.home", &["0221 3"])], PhoneNumbers, serde_json::json!([home])),
        (
            &[("phoneNumbers.work", &["0221 1"]), ("phoneNumbers.home", &["0221 3"])],
            PhoneNumbers,
            serde_json::json!([work, home_after]),
        ),
        (
            &[("emails.work", &["ADA.lovelace@example.com", "ada@example.org"])],
            Emails,
            serde_json::json!([login, ada]),
        ),
        (&[("roles", &["Poet"])], Roles, serde_json::json!([{"value": "Poet", "primary": true}])),
        (
            &[("addresses.work.country", &["UK", "DE"]), ("addresses.work.locality", &["London"])],
            Addresses,
            serde_json::json!([
                {"country": "UK", "locality": "London", "type": "work", "primary": true},
                {"country": "DE", "type": "work"},
            ]),
        ),
    ];
    for (attributes, list, expected) in rows {
        let (creation, fallbacks) = created(attributes);
        assert_eq!(json(&creation, list), expected, "{attributes:?}");
        assert_eq!(fallbacks, []);
    }
}

#[test]
fn lists_are_filled_only_where_the_connection_maps_an_attribute() {
    let attributes: AttributeList<'_> =
        &[("roles", &["Poet"]), ("externalId", &["4711"]), ("userName", &["ada"])];
    let (creation, fallbacks) = Case::with(attributes).created();
    assert!(creation.profile.values.is_empty() && fallbacks.is_empty());
    assert_eq!((creation.external_id, creation.user_name), (None, None));
}

#[test]
fn invalid_values_are_recorded_and_left_out() {
    let rows: [(&str, &str, &str); 9] = [
        ("emails.home", "nobody", "INVALID_EMAIL"),
        ("x509Certificates", "%", "INVALID_CERTIFICATE"),
        ("entitlements", "a\u{7}b", "CONTROL_CHARACTER"),
        ("ims.xmpp", "a\u{200b}b", "INVISIBLE_CHARACTER"),
        ("externalId", "a\u{7}b", "CONTROL_CHARACTER"),
        ("roles", "a\u{378}b", "DISALLOWED_CHARACTER"),
        ("addresses.home.formatted", "a\u{fdd0}b", "DISALLOWED_CHARACTER"),
        ("userName", "a\u{fffe}b", "DISALLOWED_CHARACTER"),
        ("userName", "\u{212a}elvin", "DISALLOWED_CHARACTER"),
    ];
    for (name, value, reason) in rows {
        let (creation, fallbacks) = created(&[(name, &[value])]);
        assert!(creation.profile.values.is_empty(), "{name}");
        assert_eq!(creation.external_id, None);
        assert_fallbacks(&fallbacks, &[(name, &excerpt(value), reason, None)]);
    }
    let long = "a".repeat(2_000);
    let (_, fallbacks) = created(&[("addresses.home.formatted", &[&long])]);
    assert_eq!(fallbacks[0].reason.code(), "TOO_LONG");
}

#[test]
fn number_and_size_of_values_are_bounded() {
    let texts: Vec<_> = (0..150).map(|number| number.to_string()).collect();
    let values: Vec<_> = texts.iter().map(String::as_str).collect();
    let (creation, fallbacks) = created(&[("roles", &values)]);
    assert_eq!(creation.profile.values[&Roles].len(), 100);
    assert_fallbacks(&fallbacks, &[("roles", "100", "TOO_MANY_VALUES", None)]);

    let certificate = "QUJD".repeat(4_000);
    let certificates: Vec<_> =
        (0..9).map(|place| format!("{}{certificate}", "QUJD".repeat(place))).collect();
    let values: Vec<_> = certificates.iter().map(String::as_str).collect();
    let (creation, fallbacks) = created(&[("x509Certificates", &values)]);
    assert_eq!(creation.profile.values[&MultiValuedField::X509Certificates].len(), 4);
    assert_eq!(fallbacks.len(), 1);
    assert_eq!(fallbacks[0].reason.code(), "TOO_MANY_VALUES");
}

#[test]
fn unique_values_of_others_are_recorded_and_left_out() {
    let attributes: AttributeList<'_> = &[("externalId", &["4711"]), ("userName", &["ada"])];
    let (creation, fallbacks) = created(attributes);
    assert_eq!(creation.external_id.as_deref(), Some("4711"));
    assert_eq!(creation.user_name.as_ref().map(ToString::to_string).as_deref(), Some("ada"));
    assert_eq!(fallbacks, []);
    let fields = creation.fields();
    let fields: Vec<_> = fields.iter().map(|field| field.name.as_str()).collect();
    assert!(fields.contains(&"externalId") && fields.contains(&"userName"), "{fields:?}");

    let mut case = Case::with(attributes);
    map(&mut case, &["externalId", "userName"]);
    case.known.taken =
        TakenValues { is_email_taken: false, is_external_id_taken: true, is_user_name_taken: true };
    let (creation, fallbacks) = case.created();
    assert_eq!((creation.external_id, creation.user_name), (None, None));
    assert_fallbacks(
        &fallbacks,
        &[("externalId", "4711", "ALREADY_USED", None), ("userName", "ada", "ALREADY_USED", None)],
    );

    let (creation, _) = created(&[("userName", &["ADA.lovelace@example.com"])]);
    assert_eq!(creation.user_name, None, "the address");
}
