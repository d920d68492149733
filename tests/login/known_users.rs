//! Those who are there already: nothing of them changes.

use chrono::TimeDelta;
use usher::{
    domain::{
        Timestamp,
        attempt::AttemptOutcome,
        connection::{ProvisioningPolicy, SamlPolicy},
        id::{IdentityId, TeamId, UserId},
        profile_field::ProfileField,
        provisioning::{Decision, Denial, ExistingUserLogin, FoundBy},
        role::{AccountRole, TeamRole},
        subject::SubjectKey,
        team::{Membership, Team},
        user::{Identity, Origin, Profile, User, UserStatus},
    },
    store::StoreError,
};

use crate::{
    support::db::TestDb,
    support::forge::message::EMAIL_ADDRESS,
    world::{PERSISTENT, Person, TRANSIENT, UNSPECIFIED, World, failed_check_ids},
};

const ADA: &str = "ada@example.com";

/// A user whom an administrator prepared, and who is not stored yet.
fn staged_user(world: &World) -> User {
    let now = world.server.clock.now() - TimeDelta::days(1);
    let (id, account) = (UserId::new(now, [1; 10]), world.server.account.id);
    User {
        role: AccountRole::Admin,
        profile: Profile {
            first_name: "Augusta".into(),
            last_name: "King".into(),
            texts: [(ProfileField::Position, "Countess".into())].into(),
            ..Profile::default()
        },
        version: 4,
        ..User::new(id, account, ADA.parse().unwrap(), Origin::Admin, now)
    }
}

/// A user whom an administrator prepared, in a team.
fn prepared(world: &World, status: UserStatus) -> User {
    let user = User { status, ..staged_user(world) };
    let (now, account) = (user.created_at, user.account);
    let team = Team {
        id: TeamId::new(now, [2; 10]),
        account,
        name: "House of Lords".parse().unwrap(),
        origin: Origin::Admin,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let (requested_role, created_at) = (TeamRole::Admin, now);
    let (team_id, user_id) = (team.id, user.id);
    let membership = Membership {
        account,
        team: team_id,
        user: user_id,
        requested_role,
        created_at,
        provenance: None,
    };
    let added = world.server.app.db.write(|tx| {
        tx.insert_user(&user)?;
        tx.insert_team(&team)?;
        tx.insert_membership(&membership)
    });
    added.map_err(|error: StoreError| error).unwrap();
    user
}

/// A person whose attributes all differ from the staged values.
fn otherwise(person: Person) -> Person {
    person
        .with_attribute("firstName", "Ada")
        .with_attribute("lastName", "Lovelace")
        .with_attribute("position", "Analyst")
        .with_attribute("role", "GUEST")
        .with_attribute("teamName", "Analytical Engine")
        .with_attribute("teamRole", "USER")
}

fn entry(world: &World) -> (AttemptOutcome, ExistingUserLogin) {
    let attempt = world.latest_attempt();
    let plan = attempt.plan.unwrap();
    assert_eq!(plan.fallbacks, []);
    match plan.decision {
        Decision::Claim(entry) | Decision::SignIn(entry) => (attempt.outcome, entry),
        other => panic!("{other:?}"),
    }
}

/// Everything that a login could have changed, but for when the user was last
/// there.
fn unchanged_but_for_the_time(world: &World, before: &crate::support::db::Rows) {
    let mut before = before.clone();
    let mut after = world.server.db().rows();
    for rows in [&mut before, &mut after] {
        for user in rows.get_mut("users").unwrap() {
            user.remove("last_login_at").unwrap();
        }
    }
    for table in ["users", "identities", "teams", "memberships", "audit_events"] {
        assert_eq!(after[table], before[table], "{table}");
    }
}

async fn a_second_login_with_other_attributes_changes_nothing(db: TestDb) {
    let world = World::new(db);
    world
        .login(
            &Person::with_email(ADA)
                .with_attribute("role", "USER")
                .with_attribute("teamName", "Red"),
        )
        .await;
    let first_login = world.server.clock.now();
    let before = world.server.db().rows();
    world.server.clock.advance(TimeDelta::hours(1));
    world.login(&otherwise(Person::with_email("ADA@example.com"))).await;
    unchanged_but_for_the_time(&world, &before);
    let user = world.user(ADA);
    assert_eq!(user.first_login_at, Some(first_login));
    assert_eq!(user.last_login_at, Some(world.server.clock.now()));
    let (outcome, ExistingUserLogin { user: who, found_by, link, .. }) = entry(&world);
    assert_eq!(outcome, AttemptOutcome::SignedIn);
    assert_eq!((who, found_by, link), (user.id, FoundBy::Identity, None));
}

async fn staged_user_is_claimed_with_unchanged_fields(db: TestDb) {
    let world = World::with_guard(db, "nobody sends this");
    let staged = prepared(&world, UserStatus::Staged);
    let before = world.server.db().rows();
    world.login(&otherwise(Person::with_email("Ada@Example.com"))).await;
    let now = world.server.clock.now();
    let expected = User {
        status: UserStatus::Active,
        first_login_at: Some(now),
        last_login_at: Some(now),
        updated_at: now,
        version: 5,
        ..staged.clone()
    };
    assert_eq!(world.user(ADA), expected);
    let after = world.server.db().rows();
    for table in ["teams", "memberships"] {
        assert_eq!(after[table], before[table], "{table}");
    }
    assert_eq!(after["identities"].len(), 1);
    let (outcome, entry) = entry(&world);
    assert_eq!(outcome, AttemptOutcome::Claimed);
    let link = SubjectKey::candidates(ADA).pop();
    assert_eq!(entry, ExistingUserLogin::new(staged.id, FoundBy::Email, link));

    world.login(&Person::with_email(ADA)).await;
    assert_eq!(world.latest_attempt().outcome, AttemptOutcome::SignedIn);
    assert_eq!(world.user(ADA).version, 5);
}

async fn user_is_found_by_the_user_name_of_scim(db: TestDb) {
    let world = World::with_guard(db, "nobody sends this");
    let staged = prepared(&world, UserStatus::Staged);
    world
        .server
        .db()
        .run("UPDATE users SET user_name = 'ada@upn.example', user_name_key = 'ada@upn.example'");
    world.login(&Person::with_email("Ada@UPN.example")).await;
    let (outcome, entry) = entry(&world);
    assert_eq!((outcome, entry.user), (AttemptOutcome::Claimed, staged.id));
    assert_eq!(world.server.db().rows()["users"].len(), 1);
}

async fn existing_user_is_linked_by_address_once(db: TestDb) {
    let world = World::with_guard(db, "nobody sends this");
    let user = prepared(&world, UserStatus::Active);
    let person = otherwise(
        Person::with_name_id("u-1", PERSISTENT).with_attribute("email", "ADA@example.com"),
    );
    world.login(&person).await;
    let (outcome, linked) = entry(&world);
    assert_eq!(outcome, AttemptOutcome::SignedIn);
    let link = Some(SubjectKey::exact("u-1"));
    assert_eq!(linked, ExistingUserLogin::new(user.id, FoundBy::Email, link));
    let before = world.server.db().rows();
    assert_eq!(before["identities"].len(), 1);

    world.login(&person).await;
    let (_, found) = entry(&world);
    assert_eq!(found, ExistingUserLogin::new(user.id, FoundBy::Identity, None));
    unchanged_but_for_the_time(&world, &before);
}

async fn changed_address_signs_in_the_same_user(db: TestDb) {
    let world = World::new(db);
    world.login(&Person::with_name_id("u-1", PERSISTENT).with_attribute("email", ADA)).await;
    let before = world.server.db().rows();
    for person in [
        Person::with_name_id("u-1", PERSISTENT).with_attribute("email", "ada.king@example.com"),
        Person::with_name_id("u-1", PERSISTENT).with_attribute("email", "no address"),
        Person::with_name_id("u-1", PERSISTENT),
    ] {
        let browser = world.login(&person).await;
        let session = world.session(&browser).await.unwrap();
        assert_eq!(session["user"]["email"], ADA);
    }
    unchanged_but_for_the_time(&world, &before);
}

async fn reassigned_address_does_not_sign_in_the_previous_user(db: TestDb) {
    let world = World::new(db);
    world.login(&Person::with_name_id("u-1", PERSISTENT).with_attribute("email", ADA)).await;
    let user = world.user(ADA).id;
    let before = world.server.db().rows();
    let attempt = world
        .expect_failed_login(&Person::with_name_id("u-2", PERSISTENT).with_attribute("email", ADA))
        .await;
    assert_eq!(attempt.outcome, AttemptOutcome::Denied);
    let decision = attempt.plan.unwrap().decision;
    assert_eq!(decision, Decision::Deny(Denial::IdentityConflict(user)));
    unchanged_but_for_the_time(&world, &before);
}

/// Disabled, with an identity and without one.
async fn login_of_a_disabled_user_is_denied(db: TestDb) {
    let world = World::new(db);
    let user = prepared(&world, UserStatus::Disabled);
    let denied = Decision::Deny(Denial::UserDisabled(user.id));
    let attempt = world.expect_failed_login(&Person::with_email(ADA)).await;
    assert_eq!(attempt.user, Some(user.id));
    assert_eq!(attempt.plan.unwrap().decision, denied);

    let now: Timestamp = world.server.clock.now();
    let identity = Identity {
        id: IdentityId::new(now, [3; 10]),
        account: user.account,
        connection: world.server.connection.id,
        subject: SubjectKey::candidates(ADA).pop().unwrap(),
        user: user.id,
        created_at: now,
    };
    let added = world.server.app.db.write(|tx| tx.insert_identity(&identity));
    added.map_err(|error: StoreError| error).unwrap();
    let attempt = world.expect_failed_login(&Person::with_email(ADA)).await;
    assert_eq!(attempt.plan.unwrap().decision, denied);
    assert_eq!(world.user(ADA), user);
}

/// A `NameID` in every state in which it can't be used, and one that is another
/// each time.
async fn a_subject_attribute_needs_no_name_id(db: TestDb) {
    let policy = ProvisioningPolicy { subject_attribute: Some("uid".into()), ..Default::default() };
    let world = World::with_policies(db, SamlPolicy::default(), policy);
    let ada = || Person::with_email(ADA).with_attribute("uid", "u-1").with_attribute("email", ADA);
    world.login(&ada().with_identifier("")).await;
    let user = world.user(ADA);
    let long = format!("<saml:NameID>{}</saml:NameID>", "x".repeat(300));
    for name_id in [
        "<saml:NameID></saml:NameID>",
        "<saml:NameID>\u{a0}</saml:NameID>",
        "<saml:NameID>other@example.com\neve</saml:NameID>",
        &long,
        "<saml:EncryptedID></saml:EncryptedID>",
    ] {
        world.login(&ada().with_identifier(name_id)).await;
        assert_eq!(world.latest_attempt().user, Some(user.id), "{name_id}");
    }
    world.login(&Person::with_name_id("_another", TRANSIENT).with_attribute("uid", "u-1")).await;
    assert_eq!(world.latest_attempt().user, Some(user.id));
    assert_eq!((world.count_rows("users"), world.count_rows("identities")), (1, 1));
    let attempt = world
        .expect_failed_login(
            &Person::with_email(ADA).with_attribute("email", ADA).with_identifier(""),
        )
        .await;
    assert_eq!(attempt.plan.unwrap().decision, Decision::Deny(Denial::SubjectUnusable));
}

async fn without_a_subject_attribute_an_encrypted_name_id_is_rejected(db: TestDb) {
    let world = World::new(db);
    let person = Person::with_email(ADA).with_identifier("<saml:EncryptedID></saml:EncryptedID>");
    let attempt = world.expect_failed_login(&person).await;
    assert_eq!(failed_check_ids(&attempt), ["subject.name_id"]);
}

async fn white_space_around_a_name_id_signs_in_the_same_user(db: TestDb) {
    let world = World::new(db);
    world.login(&Person::with_email(ADA)).await;
    for name_id in
        ["\u{a0}ada@example.com\u{a0}", "\n  ada@example.com\n", "\u{2003}ada@example.com"]
    {
        world.login(&Person::with_email(name_id)).await;
    }
    assert_eq!((world.count_rows("users"), world.count_rows("identities")), (1, 1));
}

/// Two identity providers of one account, one person.
async fn a_person_has_an_identity_on_each_connection(db: TestDb) {
    let world = World::new(db);
    world.login(&Person::with_name_id("u-1", PERSISTENT).with_attribute("email", ADA)).await;
    let account = &world.server.account;
    let other = world.server.connect(account, "Another", world.setup());
    let browser = crate::support::browser::Browser::new();
    let address = world.server.saml_of(&other, "login");
    let request = world.server.begin_login_at(&browser, &address).await;
    let person = Person::with_name_id("u-2", PERSISTENT).with_attribute("email", ADA);
    let response = world.response_to(&request, &person);
    let fields = [("SAMLResponse", response.as_str()), ("RelayState", &request.relay_state)];
    browser.post_form(&world.server.saml_of(&other, "acs"), &fields).await;
    assert!(world.session(&browser).await.is_some());
    assert_eq!((world.count_rows("users"), world.count_rows("identities")), (1, 2));
}

/// Stronger than a test of the rules: the whole way through the server and the
/// database.
async fn a_look_alike_address_does_not_sign_in_as_another_person(db: TestDb) {
    let world = World::new(db);
    prepared_as(&world, "mike@example.com");
    prepared_as(&world, "weiss@example.com");
    for look_alike in ["mi\u{212a}e@example.com", "ｍike@example.com", "mike\u{200b}@example.com"]
    {
        for format in [EMAIL_ADDRESS, UNSPECIFIED, PERSISTENT] {
            let attempt =
                world.expect_failed_login(&Person::with_name_id(look_alike, format)).await;
            let decision = attempt.plan.unwrap().decision;
            assert_eq!(decision, Decision::Deny(Denial::EmailUnusable), "{look_alike} {format}");
        }
        let attempt = world
            .expect_failed_login(
                &Person::with_name_id("u-1", PERSISTENT).with_attribute("email", look_alike),
            )
            .await;
        assert_eq!(attempt.plan.unwrap().decision, Decision::Deny(Denial::EmailUnusable));
    }
    world.login(&Person::with_email("weiß@example.com")).await;
    assert_ne!(world.user("weiß@example.com").id, world.user("weiss@example.com").id);
}

fn prepared_as(world: &World, email: &str) {
    let user = User {
        id: UserId::new(world.server.clock.now(), [email.len() as u8; 10]),
        email: email.parse().unwrap(),
        ..staged_user(world)
    };
    world
        .server
        .app
        .db
        .write(|tx| tx.insert_user(&user))
        .map_err(|error: StoreError| error)
        .unwrap();
}

async fn an_address_in_decomposed_form_is_the_same_person(db: TestDb) {
    let world = World::new(db);
    world.login(&Person::with_email("zoe\u{308}@example.com")).await;
    let user = world.user("zoë@example.com");
    assert_eq!(user.email.as_str(), "zoë@example.com");
    world.login(&Person::with_email("ZOË@example.com")).await;
    assert_eq!(world.count_rows("users"), 1);
}

async fn opaque_subjects_that_differ_in_case_are_two_people(db: TestDb) {
    let world = World::new(db);
    for (subject, email) in [("Ada@idp", "ada@example.com"), ("ada@idp", "alan@example.com")] {
        world
            .login(&Person::with_name_id(subject, PERSISTENT).with_attribute("email", email))
            .await;
    }
    assert_eq!((world.count_rows("users"), world.count_rows("identities")), (2, 2));
    let ada = world.user("ada@example.com").id;
    world.login(&Person::with_name_id("Ada@idp", PERSISTENT)).await;
    assert_eq!(world.latest_attempt().user, Some(ada));
}

/// As stored by a version that lowered the case of every subject with the
/// shape of an address.
async fn an_identity_of_an_older_version_is_found_once_in_any_case(db: TestDb) {
    let world = World::new(db);
    world.login(&Person::with_name_id("ada@idp", PERSISTENT).with_attribute("email", ADA)).await;
    world.server.db().run("UPDATE identities SET comparison = 'FOLDED'");
    world.login(&Person::with_name_id("Ada@IDP", PERSISTENT).with_attribute("email", ADA)).await;
    assert_eq!(world.latest_attempt().outcome, AttemptOutcome::SignedIn);
    assert_eq!(world.count_rows("identities"), 1);
    let attempt = world
        .expect_failed_login(
            &Person::with_name_id("ada@idp", PERSISTENT).with_attribute("email", ADA),
        )
        .await;
    let user = world.user(ADA).id;
    assert_eq!(attempt.plan.unwrap().decision, Decision::Deny(Denial::IdentityConflict(user)));
}

/// Another account's user of the same address is somebody else.
async fn users_are_separate_for_each_account(db: TestDb) {
    let world = World::new(db);
    world.login(&Person::with_email(ADA).with_attribute("teamName", "Red")).await;
    let account = world.server.add_account("acme", "Acme", None);
    let other = world.server.connect(&account, "Acme's", world.setup());
    let browser = crate::support::browser::Browser::new();
    let address = world.server.saml_of(&other, "login");
    let request = world.server.begin_login_at(&browser, &address).await;
    let response =
        world.response_to(&request, &Person::with_email(ADA).with_attribute("teamName", "Red"));
    let fields = [("SAMLResponse", response.as_str()), ("RelayState", &request.relay_state)];
    browser.post_form(&world.server.saml_of(&other, "acs"), &fields).await;
    let session = world.session(&browser).await.unwrap();
    assert_eq!(session["account"], "acme");
    assert_ne!(session["user"]["id"], world.user(ADA).id.to_string());
    for table in ["users", "identities", "teams", "memberships"] {
        assert_eq!(world.count_rows(table), 2, "{table}");
    }
}

/// Logins within the minute are logins as well: each has its attempt.
async fn latest_login_is_recorded_once_a_minute(db: TestDb) {
    let world = World::new(db);
    world.login(&Person::with_email(ADA)).await;
    for (seconds, is_recorded) in [(59, false), (1, true), (59, false)] {
        let before = world.user(ADA);
        world.server.clock.advance(TimeDelta::seconds(seconds));
        world.login(&Person::with_email(ADA)).await;
        let now = world.server.clock.now();
        let last_login_at = if is_recorded { Some(now) } else { before.last_login_at };
        assert_eq!(world.user(ADA), User { last_login_at, ..before });
        assert_eq!(world.latest_attempt().at, now);
    }
}

on_both_databases! {
    a_second_login_with_other_attributes_changes_nothing,
    staged_user_is_claimed_with_unchanged_fields,
    user_is_found_by_the_user_name_of_scim,
    existing_user_is_linked_by_address_once,
    changed_address_signs_in_the_same_user,
    reassigned_address_does_not_sign_in_the_previous_user,
    login_of_a_disabled_user_is_denied,
    a_subject_attribute_needs_no_name_id,
    without_a_subject_attribute_an_encrypted_name_id_is_rejected,
    white_space_around_a_name_id_signs_in_the_same_user,
    a_person_has_an_identity_on_each_connection,
    a_look_alike_address_does_not_sign_in_as_another_person,
    an_address_in_decomposed_form_is_the_same_person,
    opaque_subjects_that_differ_in_case_are_two_people,
    an_identity_of_an_older_version_is_found_once_in_any_case,
    users_are_separate_for_each_account,
    latest_login_is_recorded_once_a_minute,
}
