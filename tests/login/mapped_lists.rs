//! Logins fill lists and unique values, where the connection maps attributes to them.

use usher::{
    app::{
        callers::Caller,
        users::{self, UpdateOptions},
    },
    domain::{
        connection::{ProvisioningPolicy, SamlPolicy},
        etag::IfMatch,
        mapping_target::MappingTarget,
        multi_valued::{FieldValue, MultiValuedField},
        profile_field::ProfileField,
        provisioning::{Decision, PlannedField, ValueSource},
        update_policy::UpdatePolicy,
        user_patch::{FieldPatch, UserPatchParser},
    },
};

use crate::{
    support::db::TestDb,
    world::{Person, World},
};

const ADA: &str = "ada@example.com";

fn world(db: TestDb) -> World {
    let mapping = [
        ("phoneNumbers.work", "phone"),
        ("externalId", "number"),
        ("addresses.work.country", "country"),
        ("emails.home", "otherMail"),
    ];
    let target = |(name, attribute): (&str, &str)| {
        (MappingTarget::find(name).unwrap(), attribute.to_owned())
    };
    let always = [
        MultiValuedField::PhoneNumbers.into(),
        ProfileField::ExternalId.into(),
        ProfileField::Email.into(),
    ];
    let provisioning = ProvisioningPolicy {
        mapping: mapping.map(target).into(),
        update_policies: always.map(|name| (name, UpdatePolicy::Always)).into(),
        subject_attribute: Some("uid".into()),
        email_attribute: Some("mail".into()),
        ..ProvisioningPolicy::default()
    };
    World::with_policies(db, SamlPolicy::default(), provisioning)
}

fn person(uid: &str, mail: &str, number: &str, phones: &[&str]) -> Person {
    Person::with_email(mail)
        .with_attribute("uid", uid)
        .with_attribute("mail", mail)
        .with_attribute("number", number)
        .with_values("phone", phones)
        .with_attribute("country", "UK")
        .with_attribute("otherMail", "ada@home.example")
}

fn values(world: &World, email: &str, list: MultiValuedField) -> Vec<String> {
    let user = world.user(email);
    user.values(list).iter().map(|value| value.value().to_owned()).collect()
}

fn reasons(world: &World) -> Vec<&'static str> {
    let plan = world.latest_attempt().plan.unwrap();
    plan.fallbacks.iter().map(|fallback| fallback.reason.code()).collect()
}

async fn first_login_fills_lists_and_a_later_one_replaces_them(db: TestDb) {
    let world = world(db);
    world.login(&person("1", ADA, "4711", &["0221 1", "0221 2"])).await;
    assert_eq!(values(&world, ADA, MultiValuedField::PhoneNumbers), ["0221 1", "0221 2"]);
    assert_eq!(values(&world, ADA, MultiValuedField::Emails), [ADA, "ada@home.example"]);
    let addresses = world.user(ADA).values(MultiValuedField::Addresses).into_owned();
    let addresses: Vec<_> = addresses.iter().map(FieldValue::to_json).collect();
    assert_eq!(addresses.len(), 1);
    assert_eq!(addresses[0]["country"], "UK");
    assert_eq!(world.user(ADA).external_id.as_deref(), Some("4711"));
    let plan = world.latest_attempt().plan.unwrap();
    let Decision::Create(creation) = plan.decision else { panic!("{plan:?}") };
    let fields = creation.fields();
    let phones = |field: &&PlannedField<'_>| field.name == "phoneNumbers.work";
    assert_eq!(fields.iter().find(phones).unwrap().value, "0221 1, 0221 2");

    world.login(&person("1", ADA, "4711", &["0221 3"])).await;
    assert_eq!(values(&world, ADA, MultiValuedField::PhoneNumbers), ["0221 3"]);
    let plan = world.latest_attempt().plan.unwrap();
    let Decision::SignIn(entry) = plan.decision else { panic!("{plan:?}") };
    let changed: Vec<_> = entry.changes.iter().map(|change| change.field.to_string()).collect();
    assert_eq!(changed, ["phoneNumbers.work"]);
    let version = world.user(ADA).version;
    world.login(&person("1", ADA, "4711", &["0221 3"])).await;
    assert_eq!(world.user(ADA).version, version, "the same values change nothing");
}

async fn values_that_are_no_longer_sent_are_removed_if_a_login_set_them(db: TestDb) {
    let world = world(db);
    world.login(&person("1", ADA, "1", &["0221 1"])).await;
    let mut user = world.user(ADA);
    let home = FieldValue::new("0221 9", "home", None);
    let mut numbers = user.values(MultiValuedField::PhoneNumbers).into_owned();
    numbers.push(home);
    let operator = Caller::command_line(world.server.account.id);
    let mut parser = UserPatchParser::default();
    parser.set_values(MultiValuedField::PhoneNumbers, FieldPatch::Set(numbers));
    let (patch, options) = (parser.finish().unwrap(), UpdateOptions::default());
    let app = &world.server.app;
    users::update(app, &operator, user.id, &IfMatch::Any, &patch, options).unwrap();

    world.login(&person("1", ADA, "1", &[])).await;
    assert_eq!(values(&world, ADA, MultiValuedField::PhoneNumbers), ["0221 9"]);
    let plan = world.latest_attempt().plan.unwrap();
    let Decision::SignIn(entry) = plan.decision else { panic!("{plan:?}") };
    let change = &entry.changes[0];
    assert_eq!((&*change.field.to_string(), &change.after), ("phoneNumbers.work", &None));
    assert_eq!(change.source, ValueSource::NotReceived);
    user = world.user(ADA);
    world.login(&person("1", ADA, "1", &[])).await;
    assert_eq!(world.user(ADA).version, user.version);
}

async fn address_follows_the_assertion_unless_another_user_has_it(db: TestDb) {
    let world = world(db);
    world.login(&person("1", ADA, "1", &[])).await;
    world.login(&person("2", "grace@example.com", "2", &[])).await;
    world.login(&person("1", "countess@example.com", "1", &[])).await;
    assert_eq!(world.user("countess@example.com").external_id.as_deref(), Some("1"));
    let expected = ["countess@example.com", "ada@home.example"];
    assert_eq!(values(&world, "countess@example.com", MultiValuedField::Emails), expected);

    world.login(&person("1", "grace@example.com", "1", &[])).await;
    assert_eq!(reasons(&world), ["ALREADY_USED"]);
    assert_eq!(world.user("countess@example.com").external_id.as_deref(), Some("1"));
}

async fn address_of_a_deleted_user_is_not_taken(db: TestDb) {
    let world = world(db);
    world.login(&person("1", ADA, "1", &[])).await;
    world.login(&person("2", "grace@example.com", "2", &[])).await;
    let grace = world.user("grace@example.com").id;
    let operator = Caller::command_line(world.server.account.id);
    users::delete(&world.server.app, &operator, grace, &IfMatch::Any, false).unwrap();
    world.login(&person("1", "grace@example.com", "1", &[])).await;
    assert_eq!(reasons(&world), ["ALREADY_USED"]);
    assert_eq!(world.user(ADA).external_id.as_deref(), Some("1"));
    let denied = world.expect_failed_login(&person("2", "grace@example.com", "2", &[])).await;
    let Decision::Deny(denial) = denied.plan.unwrap().decision else { panic!("not denied") };
    assert_eq!(denial.code(), "USER_DELETED");
}

async fn external_id_of_another_user_is_recorded_and_not_set(db: TestDb) {
    let world = world(db);
    world.login(&person("1", ADA, "1", &[])).await;
    world.login(&person("2", "grace@example.com", "1", &[])).await;
    assert_eq!(reasons(&world), ["ALREADY_USED"]);
    assert_eq!(world.user("grace@example.com").external_id, None);
    world.login(&person("2", "grace@example.com", "2", &[])).await;
    assert_eq!(world.user("grace@example.com").external_id.as_deref(), Some("2"));
    world.login(&person("2", "grace@example.com", "1", &[])).await;
    assert_eq!(reasons(&world), ["ALREADY_USED"]);
    assert_eq!(world.user("grace@example.com").external_id.as_deref(), Some("2"));
}

on_both_databases! {
    values_that_are_no_longer_sent_are_removed_if_a_login_set_them,
    first_login_fills_lists_and_a_later_one_replaces_them,
    address_follows_the_assertion_unless_another_user_has_it,
    address_of_a_deleted_user_is_not_taken,
    external_id_of_another_user_is_recorded_and_not_set,
}
