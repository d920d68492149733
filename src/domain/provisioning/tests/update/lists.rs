//! Multi-valued attributes of an existing user.

use super::*;
use crate::domain::multi_valued::{FieldValue, select_main};

const LISTS: [&str; 2] = ["phoneNumbers", "addresses"];

/// The record of Ada with phone numbers that a setter has set.
fn with_numbers(setter: Setter, numbers: &[(&str, &str)]) -> ExistingRecord {
    let mut record = set_by(setter, &["phoneNumbers", "phoneNumbers.work", "phoneNumbers.home"]);
    let values = numbers.iter().map(|(value, kind)| FieldValue::new(*value, kind, None));
    record.user.profile.values.insert(MultiValuedField::PhoneNumbers, values.collect());
    record
}

fn mapped(record: ExistingRecord, policy: UpdatePolicy, attributes: AttributeList<'_>) -> Case {
    let mut case = login(record, &LISTS.map(|list| (list, policy)), attributes);
    let targets = ["phoneNumbers.work", "phoneNumbers.home", "addresses.work.country"];
    let target = |name: &str| (MappingTarget::find(name).unwrap(), name.to_owned());
    case.policy.mapping = targets.map(target).into();
    case
}

#[test]
fn policies_hold_for_the_values_of_a_type() {
    use UpdatePolicy::{Always, FillEmpty, FirstLogin, Never};
    let (own, scim) = (login_through(connection(1)), Setter::CommandLine);
    let work: &[(&str, &str)] = &[("1", "work")];
    let both: &[(&str, &str)] = &[("1", "work"), ("9", "home")];
    let received: AttributeList<'_> = &[("phoneNumbers.work", &["2", "3"])];
    let changed: &[&str] = &["phoneNumbers.work: 1 -> 2, 3"];
    let same: AttributeList<'_> = &[("phoneNumbers.work", &["1"])];
    let country: AttributeList<'_> = &[("addresses.work.country", &["UK"])];
    let none: &[&str] = &[];
    for (policy, setter, numbers, attributes, expected) in [
        (FirstLogin, own, work, received, none),
        (Never, own, work, received, none),
        (FillEmpty, own, work, received, none),
        (FillEmpty, scim, &[("9", "home")][..], received, &["phoneNumbers.work: - -> 2, 3"][..]),
        (Always, own, work, received, changed),
        (Always, scim, work, received, changed),
        (Always, own, work, same, none),
        (Always, own, work, &[], &["phoneNumbers.work: 1 -> -"]),
        (Always, own, both, &[("phoneNumbers.home", &["9"])], &["phoneNumbers.work: 1 -> -"]),
        (FillEmpty, own, work, &[], none),
        (FirstLogin, own, work, &[], none),
        (Always, login_through(connection(2)), work, &[], none),
        (Always, scim, both, &[], none),
        (Always, own, &[("7", "pager")][..], &[], none),
        (Always, own, &[][..], country, &["addresses.work: - -> UK"][..]),
    ] {
        let case = mapped(with_numbers(setter, numbers), policy, attributes);
        assert_eq!(case.changes(), expected, "{policy:?} {setter:?} {numbers:?} {attributes:?}");
    }
}

#[test]
fn values_of_a_type_that_another_has_set_stay() {
    let mut record =
        with_numbers(login_through(connection(1)), &[("1", "work"), ("9", "home"), ("7", "fax")]);
    let setter = Setter::CommandLine;
    let provenance = Provenance { setter, is_import: false, at: now(), request: None };
    let home = "phoneNumbers.home".parse().unwrap();
    record.user.provenance.set(&provenance, &BTreeSet::from([home]));
    let case = mapped(record, UpdatePolicy::Always, &[]);
    assert_eq!(case.changes(), ["phoneNumbers.work: 1 -> -"]);
    let after = case.updated().1.unwrap().after;
    let values = after.values(MultiValuedField::PhoneNumbers);
    let values: Vec<_> = values.iter().map(FieldValue::value).collect();
    assert_eq!(values, ["9", "7"]);
}

#[test]
fn list_whose_values_are_all_removed_is_not_stored() {
    let mut record = with_numbers(login_through(connection(1)), &[("1", "work")]);
    record.user.profile.mobile = Mobile::from_phone_number("+49 221 123123", None);
    let default = record.user.clone();
    let mut values = record.user.values(MultiValuedField::PhoneNumbers).into_owned();
    let uri = record.user.main_value(MultiValuedField::PhoneNumbers).unwrap();
    values.push(FieldValue::new(uri, "mobile", None));
    record.user.profile.values.insert(MultiValuedField::PhoneNumbers, values);
    let after = mapped(record, UpdatePolicy::Always, &[]).updated().1.unwrap().after;
    assert_eq!(after.profile.mobile, default.profile.mobile);
    assert_eq!(after.profile.values.get(&MultiValuedField::PhoneNumbers), None);
}

#[test]
fn values_of_other_types_stay() {
    let record = with_numbers(login_through(connection(1)), &[("1", "work"), ("9", "fax")]);
    let case = mapped(record, UpdatePolicy::Always, &[("phoneNumbers.work", &["2"])]);
    let after = case.updated().1.unwrap().after;
    let values: Vec<_> = after
        .values(MultiValuedField::PhoneNumbers)
        .iter()
        .map(|value| value.value().to_owned())
        .collect();
    assert_eq!(values, ["9", "2"]);
}

#[test]
fn mobile_number_that_is_not_in_the_list_stays() {
    let mut record = with_numbers(login_through(connection(1)), &[("1", "work")]);
    let mobile = Mobile::from_phone_number("+49 221 123123", None);
    assert!(mobile.is_some());
    record.user.profile.mobile = mobile.clone();
    record.user.locks = names(&["mobile"]);
    let case = mapped(record, UpdatePolicy::Always, &[("phoneNumbers.work", &["2"])]);
    assert_eq!(case.changes(), ["phoneNumbers.work: 1 -> 2"]);
    assert_eq!(case.updated().1.unwrap().after.profile.mobile, mobile);
}

#[test]
fn login_address_stays_the_main_value_of_the_addresses() {
    for login_value in [
        FieldValue::new("ada.lovelace@example.com", "work", None),
        FieldValue::new("ada.lovelace@example.com", "home", None),
        FieldValue::new("ada.lovelace@example.com", "other", Some(true)),
    ] {
        let mut record = set_by(Setter::CommandLine, &["emails"]);
        record.user.profile.values.insert(MultiValuedField::Emails, vec![login_value.clone()]);
        let attributes: AttributeList<'_> = &[("other", &["ada@example.org"])];
        let mut case = login(record, &[("emails", UpdatePolicy::Always)], attributes);
        let targets = ["emails.work", "emails.home"];
        let target = |name: &str| (MappingTarget::find(name).unwrap(), "other".to_owned());
        case.policy.mapping = targets.map(target).into();
        let after = case.updated().1.unwrap().after;
        let values = after.values(MultiValuedField::Emails);
        let main = select_main(MultiValuedField::Emails, &values).unwrap();
        assert_eq!(values[main].value(), "ada.lovelace@example.com", "{login_value:?}");
        assert!(values.iter().any(|value| value.value() == "ada@example.org"), "{values:?}");
    }
}

#[test]
fn mobile_number_and_list_change_together() {
    let record = with_numbers(login_through(connection(1)), &[("1", "work")]);
    let attributes: AttributeList<'_> = &[
        ("phoneNumbers.work", &["2"]),
        ("mobileRegionCode", &["DE"]),
        ("mobileNumber", &["0221 123 123"]),
    ];
    let mut case = mapped(record, UpdatePolicy::Always, attributes);
    case.policy.update_policies.insert(name("mobile"), UpdatePolicy::Always);
    let after = case.updated().1.unwrap().after;
    let values = after.values(MultiValuedField::PhoneNumbers);
    let values: Vec<_> = values.iter().map(FieldValue::value).collect();
    assert_eq!(values, ["tel:+49221123123", "2"]);
}

#[test]
fn locked_list_stays_and_is_recorded() {
    let mut record = with_numbers(login_through(connection(1)), &[("1", "work")]);
    record.user.locks = names(&["phoneNumbers"]);
    let case = mapped(record, UpdatePolicy::Always, &[("phoneNumbers.work", &["2"])]);
    assert_eq!(case.changes(), [""; 0]);
    assert_fallbacks(&case.updated().2, &[("phoneNumbers.work", "2", "LOCKED", None)]);
    let mut record = with_numbers(login_through(connection(1)), &[("1", "work")]);
    record.user.locks = names(&["phoneNumbers"]);
    let same = mapped(record.clone(), UpdatePolicy::Always, &[("phoneNumbers.work", &["1"])]);
    assert_fallbacks(&same.updated().2, &[]);
    let absent = mapped(record, UpdatePolicy::Always, &[]);
    assert_eq!(absent.changes(), [""; 0]);
    assert_fallbacks(&absent.updated().2, &[("phoneNumbers.work", "", "LOCKED", Some("1"))]);
}

#[test]
fn encrypted_or_invalid_values_remove_nothing() {
    let record = || with_numbers(login_through(connection(1)), &[("1", "work")]);
    let encrypted = Case { encrypted: 1, ..mapped(record(), UpdatePolicy::Always, &[]) };
    assert_eq!(encrypted.changes(), [""; 0]);
    let invalid = mapped(record(), UpdatePolicy::Always, &[("phoneNumbers.work", &["a\u{7}"])]);
    assert_eq!(invalid.changes(), [""; 0]);
    assert_eq!(invalid.updated().2.len(), 1);
}
