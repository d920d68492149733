//! The stated identity of an attempt: everything that a signature covers, even
//! if the login failed.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use usher::domain::{
    attempt::Attempt,
    connection::{ProvisioningPolicy, SamlPolicy},
    provisioning::{Decision, Denial},
};

use crate::{
    support::{browser::Browser, db::TestDb},
    world::{PERSISTENT, Person, World, failed_check_ids},
};

const ADA: &str = "ada@example.com";

fn stated(attempt: &Attempt) -> (Option<&str>, Option<&str>) {
    (attempt.subject.as_deref(), attempt.email.as_deref())
}

/// Each attribute with its number of values, and its values if they are recorded.
fn received(attempt: &Attempt) -> Vec<(&str, usize, Option<Vec<&str>>)> {
    let all = attempt.received.iter().flatten();
    all.map(|one| {
        let values = one.values.as_ref();
        let values = values.map(|values| values.iter().map(String::as_str).collect());
        (one.name.as_str(), one.value_count, values)
    })
    .collect()
}

async fn rejected_login_states_the_subject_if_its_signature_is_valid(db: TestDb) {
    let world = World::new(db);
    let person = Person::with_name_id("u-1", PERSISTENT)
        .with_attribute("mail", ADA)
        .with_attribute("role", "USER");
    let attempt =
        world.expect_failed_login(&person.clone().with_audience("https://another.example")).await;
    assert_eq!(failed_check_ids(&attempt), ["conditions.audience"]);
    assert_eq!(stated(&attempt), (Some("u-1"), Some(ADA)));
    assert_eq!(received(&attempt), [("mail", 1, None), ("role", 1, None)]);

    // Before any signature is looked at: the browser did not ask.
    let browser = Browser::new();
    let response = world.unsolicited_response(&person);
    let response = world.server.post_acs(&browser, Some(&response), None).await;
    let attempt = world.expect_rejection(&browser, &response).await;
    assert_eq!(failed_check_ids(&attempt), ["response.in_response_to"]);
    assert_eq!(stated(&attempt), (Some("u-1"), Some(ADA)));

    // Changed after it was signed.
    let xml = BASE64_STANDARD.decode(world.unsolicited_response(&person)).unwrap();
    let xml = String::from_utf8(xml).unwrap().replace(ADA, "eve@example.com");
    let response = BASE64_STANDARD.encode(xml);
    let response = world.server.post_acs(&browser, Some(&response), None).await;
    let attempt = world.expect_rejection(&browser, &response).await;
    assert_eq!(stated(&attempt), (None, None));
    assert_eq!(attempt.received, None);
}

async fn denied_login_states_the_subject(db: TestDb) {
    let subject_attribute = Some("employee".to_owned());
    let policy = ProvisioningPolicy {
        subject_attribute,
        check_provision_attribute: Some("licence".into()),
        ..ProvisioningPolicy::default()
    };
    let world = World::with_policies(db, SamlPolicy::default(), policy);
    let attempt = world.expect_failed_login(&Person::with_email(ADA)).await;
    assert_eq!(attempt.plan.as_ref().unwrap().decision, Decision::Deny(Denial::SubjectUnusable));
    assert_eq!(stated(&attempt), (Some(ADA), Some(ADA)));

    // An address that can't be used is one by which the person is looked for.
    let look_alike = "\u{212a}ay@example.com";
    let person = Person::with_name_id("u-2", PERSISTENT).with_attribute("employee", "u-2");
    let attempt = world.expect_failed_login(&person.with_attribute("mail", look_alike)).await;
    assert_eq!(attempt.plan.as_ref().unwrap().decision, Decision::Deny(Denial::EmailUnusable));
    assert_eq!(stated(&attempt), (Some("u-2"), Some(look_alike)));

    let person = Person::with_email(ADA)
        .with_attribute("employee", " 4711 ")
        .with_values("groups", &["a", "b"]);
    let attempt = world.expect_failed_login(&person.clone().with_attribute("role", "USER")).await;
    assert_eq!(stated(&attempt), (Some("4711"), Some(ADA)));
    let (employee, role) = (Some(vec![" 4711 "]), Some(vec!["USER"]));
    let expected = [("employee", 1, employee), ("groups", 2, None), ("role", 1, role)];
    assert_eq!(received(&attempt), expected);
}

async fn a_login_records_the_values_that_its_plan_read(db: TestDb) {
    let world = World::new(db);
    let person = Person::with_email(ADA)
        .with_attribute("role", "USER")
        .with_values("teamName", &["Red", "Blue"]);
    let person = person.with_attribute("secret", "x").with_attribute("mail", ADA);
    world.login(&person).await;
    let teams = Some(vec!["Red", "Blue"]);
    let (role, mail) = (Some(vec!["USER"]), Some(vec![ADA]));
    let expected =
        [("role", 1, role), ("teamName", 2, teams), ("secret", 1, None), ("mail", 1, mail.clone())];
    assert_eq!(received(&world.latest_attempt()), expected);
    // A login of an existing user reads nothing but the identity.
    world.login(&person).await;
    let expected =
        [("role", 1, None), ("teamName", 2, None), ("secret", 1, None), ("mail", 1, mail)];
    assert_eq!(received(&world.latest_attempt()), expected);
}

on_both_databases! {
    rejected_login_states_the_subject_if_its_signature_is_valid,
    denied_login_states_the_subject,
    a_login_records_the_values_that_its_plan_read,
}
