//! What a first login makes.

use usher::{
    domain::{
        attempt::AttemptOutcome,
        audit::Actor,
        lists::Listing,
        profile_field::ProfileField,
        provisioning::Decision,
        role::AccountRole,
        subject::SubjectKey,
        team::Team,
        user::{Origin, Profile, UserStatus},
    },
    store::StoreError,
};

use crate::{
    support::{browser::Browser, db::TestDb},
    world::{PERSISTENT, Person, TRANSIENT, World},
};

const ADA: &str = "Ada.Lovelace@Example.com";

/// Somebody with every attribute of the document.
fn ada() -> Person {
    Person::with_email(ADA)
        .with_attribute("firstName", "Ada")
        .with_attribute("lastName", "Lovelace")
        .with_attribute("position", "Analyst")
        .with_attribute("department", "Engines")
        .with_attribute("role", "user")
        .with_attribute("mobileRegionCode", "DE")
        .with_attribute("mobileNumber", "0151 23456789")
        .with_attribute("userProfileImage", "https://images.example.com/ada.png")
        .with_attribute("teamName", "Analytical Engine")
        .with_attribute("teamRole", "ADMIN")
}

async fn login_creates_the_user_with_every_attribute(db: TestDb) {
    let world = World::new(db);
    world.login(&ada()).await;
    let user = world.user(ADA);
    let now = world.server.clock.now();
    assert_eq!(user.email.as_str(), ADA);
    assert_eq!((user.role, user.status), (AccountRole::User, UserStatus::Active));
    assert_eq!((user.origin, user.version), (Origin::Login, 1));
    assert_eq!((user.created_at, user.updated_at), (now, now));
    assert_eq!((user.first_login_at, user.last_login_at), (Some(now), Some(now)));
    let Profile { first_name, last_name, texts, mobile, profile_image, values, custom } =
        user.profile.clone();
    assert!(values.is_empty() && custom.is_empty(), "a login sets no lists");
    assert_eq!((first_name.as_str(), last_name.as_str()), ("Ada", "Lovelace"));
    let expected = [(ProfileField::Position, "Analyst"), (ProfileField::Department, "Engines")];
    assert_eq!(texts, expected.map(|(field, text)| (field, text.to_owned())).into());
    assert_eq!(mobile.unwrap().e164, "+4915123456789");
    assert_eq!(profile_image.as_deref(), Some("https://images.example.com/ada.png"));
    assert_eq!(world.teams(&user), [("Analytical Engine".into(), "ADMIN")]);
}

async fn first_login_creates_one_record_of_each_kind(db: TestDb) {
    let world = World::new(db);
    let before = world.server.db().rows();
    world.login(&ada()).await;
    let after = world.server.db().rows();
    let made = |table: &str| after[table].len() - before[table].len();
    for table in ["users", "identities", "teams", "memberships", "sessions", "attempts"] {
        assert_eq!(made(table), 1, "{table}");
    }
    assert_eq!(made("audit_events"), 4);
    // Its request and its assertion, so that neither is used twice.
    assert_eq!(made("seen_assertions"), 2);
    let attempt = world.latest_attempt();
    let user = world.user(ADA);
    assert_eq!((attempt.outcome, attempt.user), (AttemptOutcome::Created, Some(user.id)));
    assert_eq!(attempt.email.as_deref(), Some(ADA));
    assert!(matches!(attempt.plan.unwrap().decision, Decision::Create(_)));
    let known = world.server.user(ADA).unwrap();
    assert_eq!(known.subject, SubjectKey::candidates("ada.lovelace@example.com").pop());
}

async fn audit_lists_the_records_that_the_login_created(db: TestDb) {
    let world = World::new(db);
    world.login(&ada()).await;
    let account = world.server.account.id;
    let audit = world.server.app.db.read(|tx| tx.list_audit(account, &Listing::first(100)));
    let audit = audit.map_err(|error: StoreError| error).unwrap().items;
    let by_login = Actor::Login(world.latest_attempt().id);
    let mut actions: Vec<_> = audit
        .iter()
        .filter(|entry| entry.actor == by_login)
        .map(|entry| (&*entry.action, entry.at))
        .collect();
    actions.sort_unstable();
    let now = world.server.clock.now();
    let expected = ["identity.create", "team.create", "team.member.add", "user.create"];
    assert_eq!(actions, expected.map(|action| (action, now)));
}

/// If any row of a login can't be written, none is.
async fn first_login_is_atomic(db: TestDb) {
    let world = World::new(db);
    let db = world.server.db();
    db.reject_rows_of("sessions");
    let browser = Browser::new();
    let request = world.server.begin_login(&browser).await;
    let before = db.rows();
    let response = world.response_to(&request, &ada());
    let response = world.server.post_acs(&browser, Some(&response), None).await;
    assert_eq!(response.status(), 500);
    assert_eq!(db.rows(), before);
    assert_eq!(world.session(&browser).await, None);
}

async fn first_login_joins_a_team_in_another_spelling(db: TestDb) {
    let world = World::new(db);
    let now = world.server.clock.now();
    let team = Team {
        id: usher::domain::id::TeamId::new(now, [7; 10]),
        account: world.server.account.id,
        name: "Ärzte Team".parse().unwrap(),
        origin: Origin::Admin,
        created_at: now,
        updated_at: now,
        version: 3,
    };
    let added = world.server.app.db.write(|tx| tx.insert_team(&team));
    added.map_err(|error: StoreError| error).unwrap();
    let before = world.server.db().rows_of("teams");
    // Decomposed, in other case, with blanks around it.
    let spelled = " a\u{308}RZTE team ";
    world.login(&Person::with_email(ADA).with_attribute("teamName", spelled)).await;
    assert_eq!(world.server.db().rows_of("teams"), before);
    assert_eq!(world.teams(&world.user(ADA)), [("Ärzte Team".into(), "RESPONDER")]);
}

async fn first_login_creates_several_teams(db: TestDb) {
    let world = World::new(db);
    let person = Person::with_email(ADA)
        .with_values("teamName", &["Red", "Green", "red", "Blue"])
        .with_attribute("teamRole", "USER");
    world.login(&person).await;
    let teams = world.teams(&world.user(ADA));
    let expected = [("Blue", "USER"), ("Green", "USER"), ("Red", "USER")];
    assert_eq!(teams, expected.map(|(name, role)| (name.to_owned(), role)));
}

async fn an_address_alone_is_enough(db: TestDb) {
    let world = World::new(db);
    world.login(&Person::with_email("grace.brewster.hopper+test@example.com")).await;
    let user = world.user("grace.brewster.hopper+test@example.com");
    assert_eq!(user.role, AccountRole::Stakeholder);
    assert_eq!(user.profile.first_name, "Grace");
    assert_eq!(user.profile.last_name, "Brewster Hopper");
    assert_eq!(world.teams(&user), []);
}

async fn a_transient_name_never_becomes_an_identity(db: TestDb) {
    let world = World::new(db);
    for name in ["_4f2a", "_93bc"] {
        world.login(&Person::with_name_id(name, TRANSIENT).with_attribute("mail", ADA)).await;
    }
    assert_eq!((world.count_rows("users"), world.count_rows("identities")), (1, 0));
    assert_eq!(world.count_rows("sessions"), 2);
}

async fn opaque_subject_requires_an_address(db: TestDb) {
    let world = World::new(db);
    world.login(&Person::with_name_id("u-4711", PERSISTENT).with_attribute("email", ADA)).await;
    let known = world.server.user(ADA).unwrap();
    assert_eq!(known.subject, Some(SubjectKey::exact("u-4711")));
}

on_both_databases! {
    login_creates_the_user_with_every_attribute,
    first_login_creates_one_record_of_each_kind,
    audit_lists_the_records_that_the_login_created,
    first_login_is_atomic,
    first_login_joins_a_team_in_another_spelling,
    first_login_creates_several_teams,
    an_address_alone_is_enough,
    a_transient_name_never_becomes_an_identity,
    opaque_subject_requires_an_address,
}
