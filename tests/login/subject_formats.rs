//! Subjects of one text in several formats: they are different people.

use usher::domain::{
    attempt::AttemptOutcome,
    provisioning::{Decision, Denial},
};

use crate::{
    support::{db::TestDb, forge::message::EMAIL_ADDRESS},
    world::{PERSISTENT, Person, World},
};

async fn opaque_subject_with_the_text_of_an_address_is_another_person(db: TestDb) {
    let world = World::new(db);
    world.login(&Person::with_name_id("Vic@x.com", EMAIL_ADDRESS)).await;
    let opaque =
        || Person::with_name_id("vic@x.com", PERSISTENT).with_attribute("email", "other@x.com");
    world.login(&opaque()).await;
    assert_eq!((world.count_rows("users"), world.count_rows("identities")), (2, 2));
    let [vic, other] = ["vic@x.com", "other@x.com"].map(|email| world.user(email).id);
    assert_eq!(world.latest_attempt().user, Some(other));
    for (person, user) in
        [(opaque(), other), (Person::with_name_id("VIC@x.com", EMAIL_ADDRESS), vic)]
    {
        world.login(&person).await;
        assert_eq!(world.latest_attempt().user, Some(user));
    }
}

async fn address_with_the_text_of_an_opaque_subject_is_a_conflict(db: TestDb) {
    let world = World::new(db);
    world.login(&Person::with_name_id("per@x.com", PERSISTENT)).await;
    let user = world.user("per@x.com").id;
    let attempt =
        world.expect_failed_login(&Person::with_name_id("PER@x.com", EMAIL_ADDRESS)).await;
    assert_eq!(attempt.plan.unwrap().decision, Decision::Deny(Denial::IdentityConflict(user)));
}

/// An identity of a release that did not record the comparison.
async fn next_login_records_the_comparison_of_an_earlier_identity(db: TestDb) {
    let world = World::new(db);
    let people =
        [("per@x.com", PERSISTENT, EMAIL_ADDRESS), ("vic@x.com", EMAIL_ADDRESS, PERSISTENT)];
    for (subject, format, _) in people {
        world.login(&Person::with_name_id(subject, format)).await;
    }
    world.server.db().run("UPDATE identities SET comparison = 'UNKNOWN'");
    for (subject, format, other) in people {
        let user = world.user(subject).id;
        for _ in 0..2 {
            world.login(&Person::with_name_id(subject, format)).await;
            let attempt = world.latest_attempt();
            assert_eq!((attempt.outcome, attempt.user), (AttemptOutcome::SignedIn, Some(user)));
        }
        let attempt = world.expect_failed_login(&Person::with_name_id(subject, other)).await;
        assert_eq!(attempt.plan.unwrap().decision, Decision::Deny(Denial::IdentityConflict(user)));
    }
    assert_eq!((world.count_rows("users"), world.count_rows("identities")), (2, 2));
}

on_both_databases! {
    opaque_subject_with_the_text_of_an_address_is_another_person,
    address_with_the_text_of_an_opaque_subject_is_a_conflict,
    next_login_records_the_comparison_of_an_earlier_identity,
}
