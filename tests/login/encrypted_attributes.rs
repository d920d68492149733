//! Single attributes that are encrypted: they are ignored if the login does not need them.

use usher::domain::check::CheckId;

use crate::{
    support::db::TestDb,
    world::{PERSISTENT, Person, World, failed_check_ids},
};

const ADA: &str = "ada@example.com";

on_both_databases! {
    encrypted_attribute_that_is_not_needed_is_listed_and_ignored,
    login_that_may_need_an_encrypted_attribute_is_rejected_with_the_remedy,
}

async fn encrypted_attribute_that_is_not_needed_is_listed_and_ignored(db: TestDb) {
    let world = World::new(db);
    world.login(&Person::with_email(ADA).with_attribute("role", "USER").encrypts_attribute()).await;
    let received = world.latest_attempt().received.unwrap();
    let received: Vec<_> = received.iter().map(|one| (&*one.name, one.is_encrypted)).collect();
    assert_eq!(received, [("role", false), ("", true)]);
    world.login(&Person::with_email(ADA).encrypts_attribute()).await;
    assert_eq!(world.count_rows("users"), 1);
}

async fn login_that_may_need_an_encrypted_attribute_is_rejected_with_the_remedy(db: TestDb) {
    let world = World::with_guard(db, "staff");
    for (person, need) in [
        (Person::with_name_id("u-1", PERSISTENT), "an e-mail address"),
        (Person::with_email(ADA), "the attribute staff"),
    ] {
        let attempt = world.expect_failed_login(&person.encrypts_attribute()).await;
        assert_eq!(failed_check_ids(&attempt), ["assertion.decryption"]);
        assert_eq!(attempt.plan, None);
        let check = attempt.checks.iter().find(|one| one.id == CheckId::AssertionDecryption);
        let check = check.unwrap();
        assert!(check.expected.contains(need), "{check:?}");
        assert!(check.actual.contains("turn off the encryption of single attributes"), "{check:?}");
        assert!(attempt.received.unwrap().iter().any(|one| one.is_encrypted));
    }
    assert_eq!((world.count_rows("users"), world.count_rows("identities")), (0, 0));
    // Without encryption, both are signed in.
    world.login(&Person::with_email(ADA).with_attribute("staff", "").encrypts_attribute()).await;
}
