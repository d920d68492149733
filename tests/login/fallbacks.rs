//! Values that can't be used do not deny a login. A missing guard attribute does.

use usher::domain::{
    attempt::AttemptOutcome,
    connection::{ProvisioningPolicy, SamlPolicy},
    provisioning::{Decision, Denial, FallbackReason, ProfileField},
    role::AccountRole,
};

use crate::{
    support::db::TestDb,
    world::{Person, World},
};

const ADA: &str = "ada@example.com";

/// The fallbacks of the latest attempt: attribute, code, what was used.
fn fallbacks(world: &World) -> Vec<(String, &'static str, Option<String>)> {
    let attempt = world.latest_attempt();
    assert_eq!(attempt.outcome, AttemptOutcome::Created);
    let fallbacks = attempt.plan.unwrap().fallbacks.into_iter();
    fallbacks.map(|fallback| (fallback.attribute, fallback.reason.code(), fallback.used)).collect()
}

async fn malformed_values_do_not_prevent_a_login_and_are_recorded(db: TestDb) {
    let world = World::new(db);
    let long = "x".repeat(300);
    let person = Person::with_email("grace.hopper@example.com")
        .with_attribute("firstName", &long)
        .with_attribute("position", &long)
        .with_attribute("role", "CAPTAIN")
        .with_attribute("mobileRegionCode", "ZZ")
        .with_attribute("mobileNumber", "0221 123")
        .with_attribute("userProfileImage", "images/grace.png")
        .with_values("teamName", &["Compilers", "compilers", &long])
        .with_attribute("teamRole", "OWNER");
    let browser = world.login(&person).await;
    let user = world.user("grace.hopper@example.com");
    assert_eq!((user.profile.first_name.as_str(), user.role), ("Grace", AccountRole::Stakeholder));
    assert_eq!((&user.profile.mobile, &user.profile.profile_image), (&None, &None));
    assert_eq!(world.teams(&user), [("Compilers".into(), "RESPONDER")]);
    assert!(world.session(&browser).await.is_some());

    let mut fallbacks = fallbacks(&world);
    fallbacks.sort_unstable();
    let expected = [
        ("firstName", "TOO_LONG", Some("Grace")),
        ("mobileNumber", "NO_REGION", None),
        ("mobileRegionCode", "UNKNOWN_REGION", None),
        ("position", "TOO_LONG", None),
        ("role", "UNKNOWN_ROLE", Some("STAKEHOLDER")),
        ("teamName", "REPEATED_TEAM", Some("Compilers")),
        ("teamName", "TOO_LONG", None),
        ("teamRole", "UNKNOWN_ROLE", Some("RESPONDER")),
        ("userProfileImage", "INVALID_URL", None),
    ];
    let expected =
        expected.map(|(name, code, used)| (name.to_owned(), code, used.map(str::to_owned)));
    assert_eq!(fallbacks, expected);
}

async fn a_team_role_below_the_account_role_is_raised(db: TestDb) {
    let world = World::new(db);
    let person = Person::with_email(ADA)
        .with_attribute("role", "ADMIN")
        .with_attribute("teamName", "Red")
        .with_attribute("teamRole", "USER");
    world.login(&person).await;
    assert_eq!(world.teams(&world.user(ADA)), [("Red".into(), "ADMIN")]);
    let fallbacks = world.latest_attempt().plan.unwrap().fallbacks;
    let [fallback] = fallbacks.as_slice() else { panic!("{fallbacks:#?}") };
    assert_eq!((fallback.attribute.as_str(), fallback.value.as_str()), ("teamRole", "USER"));
    assert_eq!(fallback.reason, FallbackReason::LowerThanAccountRole(AccountRole::Admin));
    assert_eq!(fallback.used.as_deref(), Some("ADMIN"));
}

async fn fallback_stores_the_received_value(db: TestDb) {
    let world = World::new(db);
    let hostile = "<script>alert('x')</script>\"; DROP TABLE users; -- 'é";
    world.login(&Person::with_email(ADA).with_attribute("role", hostile)).await;
    assert_eq!(world.latest_attempt().plan.unwrap().fallbacks[0].value, hostile);
}

async fn an_attribute_may_have_another_name(db: TestDb) {
    let claim = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname";
    let mapping = [(ProfileField::FirstName.into(), claim.to_owned())].into();
    let policy = ProvisioningPolicy { mapping, ..ProvisioningPolicy::default() };
    let world = World::with_policies(db, SamlPolicy::default(), policy);
    world
        .login(
            &Person::with_email(ADA)
                .with_attribute(claim, "Augusta")
                .with_attribute("firstName", "Ada"),
        )
        .await;
    assert_eq!(world.user(ADA).profile.first_name, "Augusta");
}

/// A person whose identity provider labels attributes with our names.
fn labelled() -> Person {
    Person::with_email(ADA)
        .with_friendly_name("urn:x:role", "role", "ADMIN")
        .with_friendly_name("urn:x:team", "teamName", "Administrators")
        .with_friendly_name("urn:x:title", "position", "Root")
}

async fn friendly_name_assigns_no_role_or_team(db: TestDb) {
    let world = World::new(db);
    world.login(&labelled().with_attribute("role", "USER")).await;
    let ada = world.user(ADA);
    assert_eq!((ada.role, ada.profile.text(ProfileField::Position)), (AccountRole::User, None));
    assert_eq!(world.teams(&ada), []);
}

async fn a_friendly_name_does_not_satisfy_the_guard(db: TestDb) {
    let world = World::with_guard(db, "role");
    assert_eq!(world.expect_failed_login(&labelled()).await.outcome, AttemptOutcome::Denied);
    assert_eq!(world.server.user(ADA), None);
}

async fn friendly_name_is_used_if_the_connection_enables_it(db: TestDb) {
    let policy = ProvisioningPolicy { match_friendly_names: true, ..Default::default() };
    let world = World::with_policies(db, SamlPolicy::default(), policy);
    world.login(&labelled().with_attribute("role", "USER")).await;
    let ada = world.user(ADA);
    assert_eq!(
        (ada.role, ada.profile.text(ProfileField::Position)),
        (AccountRole::User, Some("Root"))
    );
    assert_eq!(world.teams(&ada), [("Administrators".into(), "USER")]);
}

async fn without_the_guard_attribute_no_user_is_created(db: TestDb) {
    let world = World::with_guard(db, "department");
    let attempt = world
        .expect_failed_login(&Person::with_email(ADA).with_attribute("Department", "Engines"))
        .await;
    assert_eq!((attempt.outcome, attempt.user), (AttemptOutcome::Denied, None));
    assert_eq!(attempt.email.as_deref(), Some(ADA));
    let denial = Denial::GuardAttributeMissing { attribute: "department".into() };
    assert_eq!(attempt.plan.unwrap().decision, Decision::Deny(denial));
    assert_eq!(world.server.user(ADA), None);
}

async fn empty_guard_attribute_satisfies_the_guard(db: TestDb) {
    let world = World::with_guard(db, "department");
    world.login(&Person::with_email(ADA).with_attribute("department", "")).await;
    assert_eq!(world.user(ADA).profile.text(ProfileField::Department), None);
    world.login(&Person::with_email("bob@example.com").with_values("department", &[])).await;
    world
        .login(&Person::with_email("eve@example.com").with_attribute("department", "Engines"))
        .await;
    assert_eq!(
        world.user("eve@example.com").profile.text(ProfileField::Department),
        Some("Engines")
    );
}

async fn an_existing_user_needs_no_guard_attribute(db: TestDb) {
    let world = World::with_guard(db, "department");
    world.login(&Person::with_email(ADA).with_attribute("department", "Engines")).await;
    world.login(&Person::with_email(ADA)).await;
    assert_eq!(world.latest_attempt().outcome, AttemptOutcome::SignedIn);
}

on_both_databases! {
    malformed_values_do_not_prevent_a_login_and_are_recorded,
    a_team_role_below_the_account_role_is_raised,
    fallback_stores_the_received_value,
    an_attribute_may_have_another_name,
    friendly_name_assigns_no_role_or_team,
    a_friendly_name_does_not_satisfy_the_guard,
    friendly_name_is_used_if_the_connection_enables_it,
    without_the_guard_attribute_no_user_is_created,
    empty_guard_attribute_satisfies_the_guard,
    an_existing_user_needs_no_guard_attribute,
}
