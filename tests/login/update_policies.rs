//! Later logins change what the policies of the connection say, and no more.

use chrono::TimeDelta;
use usher::domain::{
    attribute_name::AttributeName,
    connection::{ProvisioningPolicy, SamlPolicy},
    profile_field::ProfileField,
    provisioning::Decision,
    role::{AccountRole, TeamRole},
    update_policy::UpdatePolicy,
};

use crate::{
    support::db::{Rows, TestDb},
    world::{Person, World},
};

const ADA: &str = "ada@example.com";

fn world(db: TestDb, policies: &[(AttributeName, UpdatePolicy)]) -> World {
    let provisioning = ProvisioningPolicy {
        update_policies: policies.iter().copied().collect(),
        ..ProvisioningPolicy::default()
    };
    World::with_policies(db, SamlPolicy::default(), provisioning)
}

fn ada(department: &str, team: &str) -> Person {
    Person::with_email(ADA)
        .with_attribute("department", department)
        .with_attribute("position", &format!("head of {department}"))
        .with_attribute("teamName", team)
}

/// The plan of the latest login: each change as a text, and each team.
fn changes(world: &World) -> (Vec<String>, Vec<String>) {
    let plan = world.latest_attempt().plan.unwrap();
    let Decision::SignIn(entry) = plan.decision else { panic!("{plan:?}") };
    let text = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    let fields = entry.changes.into_iter().map(|change| {
        format!("{}: {} -> {}", change.field, text(change.before), text(change.after))
    });
    let teams = entry.teams.iter();
    let teams = teams.map(|change| format!("{}: {:?}", change.assignment.name, change.effect()));
    (fields.collect(), teams.collect())
}

fn audit_actions(rows: &Rows) -> Vec<String> {
    let actions = rows["audit_events"].iter();
    actions.map(|row| row["action"].as_str().unwrap().trim_matches('\'').to_owned()).collect()
}

async fn always_for_the_department_changes_the_department_alone(db: TestDb) {
    let world = world(db, &[(ProfileField::Department.into(), UpdatePolicy::Always)]);
    world.login(&ada("Engines", "Red")).await;
    let before = world.user(ADA);
    world.server.clock.advance(TimeDelta::hours(1));
    world.login(&ada("Looms", "Blue")).await;
    let after = world.user(ADA);
    assert_eq!(after.profile.text(ProfileField::Department), Some("Looms"));
    assert_eq!(after.profile.text(ProfileField::Position), Some("head of Engines"));
    assert_eq!(after.version, before.version + 1);
    assert_eq!(after.updated_at, after.last_login_at.unwrap());
    let expected = vec!["department: Engines -> Looms".to_owned()];
    assert_eq!(changes(&world), (expected, Vec::new()));
    let rows = world.server.db().rows();
    assert_eq!(rows["teams"].len(), 1, "no team is created");
    assert_eq!(audit_actions(&rows).last().unwrap(), "user.update");

    // The same values again change nothing.
    world.login(&ada("Looms", "Green")).await;
    assert_eq!(world.user(ADA).version, after.version);
    assert_eq!(changes(&world), Default::default());
}

async fn team_of_an_earlier_login_is_left_and_another_is_joined(db: TestDb) {
    let world = world(db, &[(AttributeName::TEAMS, UpdatePolicy::Always)]);
    world.login(&ada("Engines", "Red").with_attribute("teamRole", "USER")).await;
    world.login(&ada("Engines", "Blue").with_attribute("teamRole", "ADMIN")).await;
    let (fields, teams) = changes(&world);
    assert_eq!(fields, [""; 0]);
    assert_eq!(teams, ["Blue: Add(Admin)", "Red: Remove(User)"]);
    let user = world.user(ADA);
    let account = world.server.account.id;
    let teams = world.server.app.db.read(|tx| tx.teams_of(account, user.id)).unwrap();
    let teams: Vec<_> =
        teams.iter().map(|(team, role)| (team.name.as_str(), role.requested)).collect();
    assert_eq!(teams, [("Blue", TeamRole::Admin)]);
}

async fn last_administrator_stays_and_the_next_one_may_go(db: TestDb) {
    let world = world(db, &[(ProfileField::Role.into(), UpdatePolicy::Always)]);
    let person = |email: &str, role: &str| Person::with_email(email).with_attribute("role", role);
    world.login(&person(ADA, "ADMIN")).await;
    world.login(&person(ADA, "USER")).await;
    assert_eq!(world.user(ADA).role, AccountRole::Admin);
    let plan = world.latest_attempt().plan.unwrap();
    assert_eq!(plan.fallbacks[0].reason.code(), "LAST_ADMINISTRATOR");
    world.login(&person("grace@example.com", "ADMIN")).await;
    world.login(&person(ADA, "USER")).await;
    assert_eq!(world.user(ADA).role, AccountRole::User);
    assert_eq!(changes(&world).0, ["role: ADMIN -> USER"]);
}

on_both_databases! {
    always_for_the_department_changes_the_department_alone,
    team_of_an_earlier_login_is_left_and_another_is_joined,
    last_administrator_stays_and_the_next_one_may_go,
}
