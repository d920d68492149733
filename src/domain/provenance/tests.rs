use uuid::Uuid;

use super::*;
use crate::domain::{
    attribute_name::AttributeName,
    audit::{Actor, Author, Via},
    id::AccountId,
    mobile::Mobile,
    multi_valued::{FieldValue, MultiValuedField},
    profile_field::ProfileField,
    role::AccountRole,
    user::{Origin, User, UserStatus},
};

fn id<T: From<Uuid>>(number: u128) -> T {
    Uuid::from_u128(number).into()
}

fn user() -> User {
    let email = "ada.lovelace@example.com".parse().unwrap();
    User::new(id(1), id(2), email, Origin::Admin, Timestamp::default())
}

fn author(actor: Actor, via: Via) -> Author {
    Author { account: id::<AccountId>(2), actor, via, request: Some("r1".into()) }
}

fn provenance(actor: Actor) -> Provenance {
    author(actor, Via::Direct).provenance(Timestamp::default())
}

#[test]
fn author_determines_the_setter() {
    let login = Actor::Login(id(3));
    for (actor, via, setter, is_import) in [
        (
            login,
            Via::Connection(id(4)),
            Setter::Login { connection: Some(id(4)), attempt: id(3) },
            false,
        ),
        (login, Via::Direct, Setter::Login { connection: None, attempt: id(3) }, false),
        (Actor::ScimClient(id(5)), Via::ScimKey(id(6)), Setter::ScimClient(id(5)), false),
        (Actor::ApiKey(id(6)), Via::Direct, Setter::ApiKey(id(6)), false),
        (Actor::ApiKey(id(6)), Via::Import, Setter::ApiKey(id(6)), true),
        (Actor::User(id(7)), Via::Direct, Setter::User(id(7)), false),
        (Actor::CommandLine, Via::Import, Setter::CommandLine, true),
    ] {
        let record = author(actor, via).provenance(Timestamp::default());
        assert_eq!((record.setter, record.is_import), (setter, is_import), "{actor:?} {via:?}");
        assert_eq!(record.request.as_deref(), Some("r1"));
    }
}

#[test]
fn login_is_recognized_by_its_connection() {
    let login = |connection| Setter::Login { connection, attempt: id(3) };
    for (setter, expected) in [
        (login(Some(id(4))), true),
        (login(Some(id(5))), false),
        (login(None), false),
        (Setter::Default, false),
        (Setter::CommandLine, false),
    ] {
        assert_eq!(setter.is_login_through(id(4)), expected, "{setter:?}");
    }
}

#[test]
fn each_changed_attribute_gets_the_author_of_the_change() {
    let image: fn(&mut User) = |user| user.profile.profile_image = Some("https://e.x/a".into());
    for (change, attributes) in [
        ((|_| ()) as fn(&mut User), &[][..]),
        (|user| user.email = "ada@example.com".parse().unwrap(), &["email"]),
        (|user| user.user_name = Some("ada".parse().unwrap()), &["userName"]),
        (|user| user.display_name = Some("Ada".into()), &["displayName"]),
        (|user| user.manager = Some("Babbage".into()), &["manager"]),
        (|user| user.external_id = Some("4711".into()), &["externalId"]),
        (|user| user.profile.first_name = "Ada".into(), &["firstName"]),
        (|user| user.profile.last_name = "King".into(), &["lastName"]),
        (|user| user.role = AccountRole::Admin, &["role"]),
        (|user| user.status = UserStatus::Disabled, &["disabled"]),
        // A first login does not set anything.
        (|user| user.status = UserStatus::Active, &[]),
        (|user| user.version = 7, &[]),
        (image, &["userProfileImage"]),
        (|user| drop(user.profile.texts.insert(ProfileField::Locale, "en-GB".into())), &["locale"]),
        (
            |user| {
                let (region, number) = ("DE".into(), "0221 123123".into());
                let e164 = "+49221123123".into();
                user.profile.mobile = Some(Mobile { region, number, e164 });
            },
            &["mobile"],
        ),
        (
            |user| {
                let home = FieldValue::new("ada@home.example", "home", None);
                let mut values = user.values(MultiValuedField::Emails).into_owned();
                values.push(home);
                user.profile.values.insert(MultiValuedField::Emails, values);
            },
            &["emails.home"],
        ),
        (
            |user| {
                let values = [("ada@home.example", "school", None), ("1@e.x", "work", Some(true))];
                let values =
                    values.map(|(value, kind, primary)| FieldValue::new(value, kind, primary));
                user.profile.values.insert(MultiValuedField::Emails, values.into());
            },
            // The primary address of the type `work` follows from `email`.
            &["emails"],
        ),
        (
            |user| {
                let values = ["work", "mobile"].map(|kind| FieldValue::new("1", kind, Some(true)));
                user.profile.values.insert(MultiValuedField::PhoneNumbers, values.into());
            },
            &["phoneNumbers", "phoneNumbers.work"],
        ),
    ] {
        let before = user();
        let mut after = before.clone();
        change(&mut after);
        let record = provenance(Actor::ApiKey(id(6)));
        after.record_changes(&before, &record);
        let recorded: Vec<_> = after.provenance.groups().flat_map(|(_, names)| names).collect();
        assert_eq!(recorded.iter().map(|name| name.to_string()).collect::<Vec<_>>(), attributes);
        // A removal of the value is a change as well.
        let mut removed = User { provenance: after.provenance.clone(), ..before.clone() };
        let other = provenance(Actor::CommandLine);
        removed.record_changes(&after, &other);
        for name in recorded {
            assert_eq!(removed.provenance.get(*name), Some(&other), "{name}");
        }
    }
}

#[test]
fn new_user_has_defaults_and_attributes_that_the_author_set() {
    let mut user = user();
    user.profile.first_name = "Ada".into();
    user.external_id = Some("4711".into());
    let record = provenance(Actor::User(id(7)));
    let defaults = [ProfileField::LastName, ProfileField::Role, ProfileField::Disabled];
    user.record_creation(&defaults.map(Into::into), &record);
    for (name, setter) in [
        ("email", Some(Setter::User(id(7)))),
        ("externalId", Some(Setter::User(id(7)))),
        ("firstName", Some(Setter::User(id(7)))),
        ("lastName", Some(Setter::Default)),
        ("role", Some(Setter::Default)),
        ("disabled", Some(Setter::Default)),
        ("department", None),
        ("mobile", None),
    ] {
        let found = user.provenance.get(name.parse().unwrap());
        assert_eq!(found.map(|record| record.setter), setter, "{name}");
    }
    assert_eq!(user.provenance.groups().count(), 2);
}

#[test]
fn group_without_attributes_is_removed() {
    let mut user = user();
    let first = provenance(Actor::CommandLine);
    user.record_creation(&[], &first);
    let before = user.clone();
    user.provenance.set(&first, &BTreeSet::new());
    assert_eq!(user, before);
    let names: BTreeSet<_> = AttributeName::iter().map(ValueName::from).collect();
    let second = provenance(Actor::ApiKey(id(6)));
    user.provenance.set(&second, &names);
    assert_eq!(user.provenance.groups().collect::<Vec<_>>(), [(&second, &names)]);
}

#[test]
fn locked_attribute_is_found_where_it_changes() {
    let name = |text: &str| text.parse::<AttributeName>().unwrap();
    let change_email: fn(&mut User) = |user| user.email = "b@example.com".parse().unwrap();
    let change_case: fn(&mut User) =
        |user| user.email = "ADA.lovelace@example.com".parse().unwrap();
    let change_image: fn(&mut User) =
        |user| user.profile.profile_image = Some("https://example.com/a".into());
    for (lock, change, found) in [
        ("email", change_email, true),
        ("email", change_case, false),
        ("userName", change_case, false),
        ("emails", change_email, true),
        ("photos", change_image, true),
        ("userProfileImage", change_image, true),
        ("phoneNumbers", change_image, false),
        ("role", change_email, false),
    ] {
        let mut before = user();
        before.locks.insert(name(lock));
        let mut after = before.clone();
        change(&mut after);
        assert_eq!(before.locked_change(&after), found.then(|| name(lock)), "{lock}");
    }
    let mut after = user();
    change_email(&mut after);
    assert_eq!(user().locked_change(&after), None, "without locks");
}
