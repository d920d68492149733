use serde_json::{Value, json};

use super::{
    MultiValuedField::{
        Addresses, Emails, Entitlements, PhoneNumbers, Photos, Roles, X509Certificates,
    },
    *,
};

fn values(json: Value) -> Vec<FieldValue> {
    let read = |value: &Value| FieldValue::from_json(value.as_object().unwrap()).unwrap();
    json.as_array().unwrap().iter().map(read).collect()
}

fn to_json(values: &[FieldValue]) -> Value {
    values.iter().map(FieldValue::to_json).collect::<Vec<_>>().into()
}

#[test]
fn each_kind_of_value_is_trimmed_and_stored() {
    for (field, sent, stored) in [
        (
            Emails,
            json!([{"value": " ada@example.com ", "type": "work", "display": " "}]),
            json!([{"value": "ada@example.com", "type": "work"}]),
        ),
        (
            PhoneNumbers,
            json!([{"value": "ext. 12", "type": "pager", "primary": false}]),
            json!([{"value": "ext. 12", "type": "pager", "primary": false}]),
        ),
        (
            Addresses,
            json!([{"formatted": "St. James's Square 12\r\nLondon", "country": "GB"}]),
            json!([{"formatted": "St. James's Square 12\nLondon", "country": "GB"}]),
        ),
        (
            Roles,
            json!([{"value": "Analyst"}, {"value": "analyst", "primary": true}]),
            json!([{"value": "Analyst", "primary": true}]),
        ),
        (X509Certificates, json!([{"value": "MAMC\nAQE="}]), json!([{"value": "MAMCAQE="}])),
    ] {
        let parsed = field.parse_values(values(sent)).unwrap();
        assert_eq!(to_json(&parsed), stored);
    }
}

#[test]
fn values_that_break_a_rule_are_named() {
    let many = Value::from(vec![json!({"value": "a"}); MAX_VALUES + 1]);
    for (field, sent, place) in [
        (Emails, json!([{"value": "ada@example.com"}, {"value": "ada"}]), "emails/1/value"),
        (Emails, json!([{"type": "work"}]), "emails/0/value"),
        (Emails, json!([{"display": "Ada", "value": " "}]), "emails/0/value"),
        (Photos, json!([{"value": "ada.png"}]), "photos/0/value"),
        (Addresses, json!([{"type": "work"}]), "addresses/0/formatted"),
        (Addresses, json!([{"locality": "a\u{200b}b"}]), "addresses/0/locality"),
        (Addresses, json!([{"formatted": "a\u{0}b"}]), "addresses/0/formatted"),
        (PhoneNumbers, json!([{"value": "1\n2"}]), "phoneNumbers/0/value"),
        (X509Certificates, json!([{"value": "no_base64"}]), "x509Certificates/0/value"),
        (X509Certificates, json!([{"value": "AAA"}]), "x509Certificates/0/value"),
        (Roles, json!([{"value": "a", "primary": true}, {"value": "b", "primary": true}]), "roles"),
        (Entitlements, many, "entitlements"),
    ] {
        let errors = field.parse_values(values(sent.clone())).unwrap_err();
        let places: Vec<_> = errors.iter().map(|error| error.field.as_ref()).collect();
        assert_eq!(places, [place], "{sent}");
    }
}

#[test]
fn main_value_is_selected() {
    for (field, list, main) in [
        (Emails, json!([{"value": "a"}, {"value": "b", "type": "work"}]), Some(1)),
        (Emails, json!([{"value": "a", "primary": true}, {"value": "b", "type": "work"}]), Some(0)),
        (Emails, json!([{"value": "a"}, {"value": "b"}]), Some(0)),
        (
            Photos,
            json!([{"value": "a", "type": "thumbnail"}, {"value": "b", "type": "photo"}]),
            Some(1),
        ),
        (PhoneNumbers, json!([{"value": "1", "type": "work", "primary": true}]), None),
        (
            PhoneNumbers,
            json!([{"value": "1", "type": "mobile"}, {"value": "2", "type": "Mobile", "primary": true}]),
            Some(1),
        ),
        (Roles, json!([{"value": "a", "primary": true}]), None),
        (Emails, json!([]), None),
    ] {
        assert_eq!(select_main(field, &values(list.clone())), main, "{field} {list}");
    }
}

#[test]
fn main_value_of_a_list_follows_the_attribute_of_the_user() {
    let work_home = json!([
        {"value": "a@x.com", "type": "work", "primary": true}, {"value": "b@x.com", "type": "home"},
    ]);
    let phones = json!([{"value": "1", "type": "work"}, {"value": "tel:+492", "type": "mobile"}]);
    let rivals = json!([{"value": "bad", "type": "mobile", "primary": true}]);
    for (field, list, before, after, is_list_set, expected) in [
        // Another address, and one of the list.
        (
            Emails,
            &work_home,
            Some("a@x.com"),
            Some("c@x.com"),
            false,
            Some(json!([
                {"value": "c@x.com", "type": "work", "primary": true},
                {"value": "b@x.com", "type": "home"},
            ])),
        ),
        (
            Emails,
            &work_home,
            Some("a@x.com"),
            Some("b@x.com"),
            false,
            Some(json!([
                {"value": "a@x.com", "type": "work", "primary": false},
                {"value": "b@x.com", "type": "home", "primary": true},
            ])),
        ),
        // A list without a primary address.
        (
            Emails,
            &json!([{"value": "a@x.com"}]),
            Some("z@x.com"),
            Some("a@x.com"),
            true,
            Some(json!([{"value": "a@x.com"}])),
        ),
        (
            Emails,
            &json!([{"value": "a@x.com", "type": "work", "primary": true}]),
            None,
            Some("a@x.com"),
            true,
            None,
        ),
        // A mobile number that is set, changed, and cleared.
        (
            PhoneNumbers,
            &json!([{"value": "1", "type": "work"}]),
            None,
            Some("tel:+492"),
            false,
            Some(json!([{"value": "tel:+492", "type": "mobile"}, {"value": "1", "type": "work"}])),
        ),
        (
            PhoneNumbers,
            &phones,
            Some("tel:+492"),
            Some("tel:+493"),
            false,
            Some(json!([{"value": "1", "type": "work"}, {"value": "tel:+493", "type": "mobile"}])),
        ),
        (
            PhoneNumbers,
            &phones,
            Some("tel:+492"),
            None,
            false,
            Some(json!([{"value": "1", "type": "work"}])),
        ),
        // A number that is not valid stays beside the mobile number.
        (PhoneNumbers, &rivals, None, None, true, Some(rivals.clone())),
        (
            PhoneNumbers,
            &rivals,
            None,
            Some("tel:+492"),
            false,
            Some(json!([
                {"value": "tel:+492", "type": "mobile", "primary": true},
                {"value": "bad", "type": "mobile", "primary": false},
            ])),
        ),
        (Photos, &json!([]), Some("https://x.com/a"), None, true, None),
    ] {
        let mut list = values(list.clone());
        let main = MainValueChange { before, after, is_list_set };
        let is_more = sync_main_value(field, &mut list, main, |value| after == Some(value.value()));
        assert_eq!(is_more.then(|| to_json(&list)), expected, "{field} {before:?} {after:?}");
    }
}

#[test]
fn filters_compare_what_is_dialed() {
    let key = |text| ValueKind::PhoneNumber.key(SubAttribute::Value, text);
    for text in ["tel:+49-221-123123", "+49 221 123123", "TEL:+49(221)123123"] {
        assert_eq!(key(text), "+49221123123");
    }
    assert_eq!(ValueKind::Line.key(SubAttribute::Type, " Work "), "work");
    assert_eq!(
        ValueKind::WebAddress.key(SubAttribute::Value, "https://x.com/A"),
        "https://x.com/A"
    );
}

#[test]
fn names_are_those_of_the_standard() {
    assert_eq!(
        MultiValuedField::NAMES,
        [
            "emails",
            "phoneNumbers",
            "ims",
            "photos",
            "addresses",
            "entitlements",
            "roles",
            "x509Certificates",
        ],
        "stored names never change"
    );
}
