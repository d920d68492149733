use super::{
    AttemptAttribute, AuditAttribute, ConnectionAttribute, DeletedUserAttribute, ImportAttribute,
    IndexScan, KeyAttribute, ListAttribute, Listing, MemberAttribute, ScimClientAttribute,
    TeamAttribute, UserAttribute, imports::STATES,
};
use crate::domain::{
    filter::{Attribute, Condition, Filter, TextOperator, ValueCondition, ValueType, resolve},
    import::JobState,
    multi_valued::{MultiValuedField, SubAttribute},
    profile_field::ProfileField,
};

#[test]
fn import_that_is_being_received_is_on_no_list() {
    let listed = JobState::ALL.into_iter().filter(|state| *state != JobState::Receiving);
    assert_eq!(STATES, listed.map(JobState::as_str).collect::<Vec<_>>());
}

fn assert_attributes<A: ListAttribute>() {
    let all = A::attributes();
    for (index, attribute) in all.iter().enumerate() {
        let name = attribute.name();
        let again = all[..index].iter().any(|other| other.name().eq_ignore_ascii_case(name));
        assert!(!again, "{} has {name} twice", A::RESOURCE);
        assert_eq!(
            A::find(&crate::domain::filter::Path {
                schema: None,
                name: name.split('.').next().unwrap().into(),
                sub: name.split_once('.').map(|(_, sub)| sub.into()),
            }),
            Ok(*attribute)
        );
        if attribute.is_sortable() {
            assert!(attribute.is_indexed() || attribute.is_unique(), "{name} can't be scanned");
            assert_ne!(attribute.value_type(), ValueType::Bool, "{name} has no order");
        }
    }
}

#[test]
fn every_attribute_is_found_by_name_and_sortable_ones_have_an_index() {
    assert_attributes::<UserAttribute>();
    assert_attributes::<DeletedUserAttribute>();
    assert_attributes::<TeamAttribute>();
    assert_attributes::<MemberAttribute>();
    assert_attributes::<AttemptAttribute>();
    assert_attributes::<AuditAttribute>();
    assert_attributes::<ConnectionAttribute>();
    assert_attributes::<KeyAttribute>();
    assert_attributes::<ScimClientAttribute>();
    assert_attributes::<ImportAttribute>();
}

#[test]
fn filter_of_a_part_concerns_any_value() {
    let text = |sub_attribute, operator, key: &str| {
        ValueCondition::Text(sub_attribute, operator, key.to_owned())
    };
    let not = |condition| ValueCondition::Not(Box::new(condition));
    let emails = |condition| Condition::AnyValue(MultiValuedField::Emails, condition);
    let is_work = || text(SubAttribute::Type, TextOperator::Eq, "work");
    let has_type = || emails(ValueCondition::Present(SubAttribute::Type));
    for (filter, expected) in [
        (r#"emails.type eq " Work ""#, emails(is_work())),
        (
            r#"emails.type ne "WORK""#,
            Condition::Any(vec![
                emails(not(is_work())),
                Condition::Not(Box::new(emails(ValueCondition::All(Vec::new())))),
            ]),
        ),
        (r#"not (emails.type eq "work")"#, Condition::Not(Box::new(emails(is_work())))),
        ("emails.type pr", has_type()),
        ("emails.type eq null", Condition::Not(Box::new(has_type()))),
        ("emails.type ne null", has_type()),
        (r#"emails.type co """#, has_type()),
        (r#"emails.value co "A ""#, emails(text(SubAttribute::Value, TextOperator::Co, "a "))),
        // The Kelvin sign is no k in an address.
        ("emails.value eq \"\u{212a}@a.example\"", emails(ValueCondition::Any(Vec::new()))),
        (
            r#"phoneNumbers.value eq "tel:+49-221 1""#,
            Condition::AnyValue(
                MultiValuedField::PhoneNumbers,
                text(SubAttribute::Value, TextOperator::Eq, "+492211"),
            ),
        ),
        (
            r#"photos.value sw "https://a.example/A""#,
            Condition::AnyValue(
                MultiValuedField::Photos,
                text(SubAttribute::Value, TextOperator::Sw, "https://a.example/A"),
            ),
        ),
    ] {
        let parsed: Filter = filter.parse().unwrap();
        assert_eq!(resolve::<UserAttribute>(&parsed), Ok(expected), "{filter}");
    }
    let number: Filter = "emails.value eq 7".parse().unwrap();
    assert!(resolve::<UserAttribute>(&number).is_err());
}

#[test]
fn equal_value_drives_a_list_that_is_not_sorted() {
    let driver = |filter: &str, sort: Option<UserAttribute>| {
        let condition = resolve(&filter.parse::<Filter>().unwrap()).unwrap();
        let listing = Listing { condition: Some(condition), sort, ..Listing::first(10) };
        let scan = IndexScan::from_listing(&listing).unwrap();
        (scan.fixed.first().map(|(by, _)| by.name()), scan.residual.is_some())
    };
    for (filter, expected) in [
        (r#"emails.value eq "ada@a.example""#, (Some("emails.value"), false)),
        (r#"emails.value eq "ada@a.example" and role eq "USER""#, (Some("emails.value"), true)),
        (r#"nickName eq "Addie""#, (Some("nickName"), false)),
        (r#"nickName sw "Addie""#, (None, true)),
        (r#"not (nickName eq "Addie")"#, (None, true)),
        (r#"photos.value eq "https://a.example""#, (None, true)),
        (r#"addresses.country eq "DE""#, (None, true)),
        (r#"emails.type eq "work""#, (None, true)),
    ] {
        assert_eq!(driver(filter, None), expected, "{filter}");
        let by_name = UserAttribute::Profile(ProfileField::LastName);
        assert_eq!(driver(filter, Some(by_name)), (None, true), "{filter}");
    }
}
