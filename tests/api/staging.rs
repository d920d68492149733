//! Staging many users at once, as an import does.

use reqwest::StatusCode;
use serde_json::json;
use usher::{
    app::users::{ExistingUserPolicy, IdentifierConflict, StagingOptions, StagingOutcome, stage},
    domain::{
        audit::Author,
        profile_field::ProfileField,
        role::{AccountRole, TeamRole},
        user::{User, UserStatus},
        user_patch::{FieldPatch, RequestedMembership, StatusRequest, TeamRef, UserPatch},
    },
};

use crate::{client::ApiClient, support::db::TestDb, world::World};

on_both_databases! {
    staging_the_same_users_twice_changes_nothing,
    update_changes_only_the_fields_of_the_row,
    existing_user_is_skipped_or_reported,
    invalid_row_is_skipped_and_writes_nothing,
    last_administrator_is_not_demoted_by_an_update,
    many_users_are_staged_in_one_call,
}

fn patch(email: &str) -> UserPatch {
    UserPatch { email: Some(email.parse().unwrap()), ..UserPatch::default() }
}

fn team(name: &str, role: Option<TeamRole>) -> RequestedMembership {
    RequestedMembership { index: 0, team: TeamRef::Name(name.parse().unwrap()), role }
}

fn staged(
    world: &World,
    if_there: ExistingUserPolicy,
    patches: &[UserPatch],
) -> Vec<StagingOutcome> {
    let author = Author::command_line(world.server.account.id);
    let now = world.server.clock.now();
    let staging =
        StagingOptions { author: &author, now, on_existing: if_there, create_missing_teams: true };
    let staged = world.server.app.db.write(|tx| {
        stage(tx, &staging, &patches.iter().cloned().map(Into::into).collect::<Vec<_>>())
    });
    staged.map_err(|error: usher::app::Error| error).unwrap()
}

/// What became of each, in a letter.
fn letters(staged: &[StagingOutcome]) -> String {
    let letter = |one: &StagingOutcome| match one {
        StagingOutcome::Created(_) => 'c',
        StagingOutcome::Changed(_) => 'u',
        StagingOutcome::Unchanged(_) => '=',
        StagingOutcome::Skipped(_) => 's',
        StagingOutcome::Exists { .. } => 'x',
        StagingOutcome::Rejected(..) => 'r',
    };
    staged.iter().map(letter).collect()
}

fn user(world: &World, email: &str) -> User {
    world.user(email)
}

async fn staging_the_same_users_twice_changes_nothing(db: TestDb) {
    let world = World::new(db);
    let drafts = [
        UserPatch {
            teams: Some(vec![team("Ops", None), team("Night", Some(TeamRole::Admin))]),
            ..patch("a@x")
        },
        UserPatch {
            role: FieldPatch::Set(AccountRole::Admin),
            external_id: FieldPatch::Set("7".into()),
            ..patch("b@x")
        },
        patch("c.d@x"),
    ];
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Update, &drafts)), "ccc");
    let before = world.server.db().rows();
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Update, &drafts)), "===");
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Skip, &drafts)), "sss");
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Reject, &drafts)), "xxx");
    assert_eq!(world.server.db().rows(), before, "not even the audit log");
}

async fn update_changes_only_the_fields_of_the_row(db: TestDb) {
    let world = World::new(db);
    let first = UserPatch {
        texts: [(ProfileField::Position, FieldPatch::Set("Countess".into()))].into(),
        first_name: FieldPatch::Set("Augusta".into()),
        teams: Some(vec![team("Ops", None)]),
        ..patch("ada@x")
    };
    staged(&world, ExistingUserPolicy::Update, &[first]);
    let next = UserPatch {
        texts: [(ProfileField::Department, FieldPatch::Set("Engines".into()))].into(),
        ..patch("ADA@x")
    };
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Update, &[next])), "u");
    let ada = user(&world, "ada@x");
    assert_eq!(
        (ada.profile.text(ProfileField::Position), &*ada.profile.first_name),
        (Some("Countess"), "Augusta")
    );
    assert_eq!((ada.profile.text(ProfileField::Department), ada.version), (Some("Engines"), 2));
    // The role raises the team's, unless the draft gives a pair that can't be.
    let raise = UserPatch { role: FieldPatch::Set(AccountRole::User), ..patch("ada@x") };
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Update, &[raise])), "u");
    assert_eq!(world.teams(&user(&world, "ada@x")), [("Ops".to_owned(), "USER")]);
    let low =
        UserPatch { teams: Some(vec![team("Ops", Some(TeamRole::Responder))]), ..patch("ada@x") };
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Update, &[low])), "r");
}

async fn existing_user_is_skipped_or_reported(db: TestDb) {
    let world = World::new(db);
    let one = UserPatch { external_id: FieldPatch::Set("1".into()), ..patch("a@x") };
    staged(&world, ExistingUserPolicy::Reject, &[one]);
    let id = user(&world, "a@x").id;
    let same = UserPatch { external_id: FieldPatch::Set("1".into()), ..patch("b@x") };
    let found = staged(&world, ExistingUserPolicy::Update, &[patch("a@x"), same]);
    assert_eq!(found[0], StagingOutcome::Unchanged(id));
    let taken = StagingOutcome::Exists(vec![IdentifierConflict {
        field: "externalId",
        value: "1".into(),
        user: id,
    }]);
    assert_eq!(found[1], taken);
    assert_eq!(
        staged(&world, ExistingUserPolicy::Skip, &[patch("A@X")]),
        [StagingOutcome::Skipped(id)]
    );
    // Two of one file.
    let twice = UserPatch { external_id: FieldPatch::Set("2".into()), ..patch("c@x") };
    let other = UserPatch { external_id: FieldPatch::Set("2".into()), ..patch("d@x") };
    let found = staged(&world, ExistingUserPolicy::Skip, &[twice, other, patch("C@x")]);
    assert_eq!(letters(&found), "cxr");
}

async fn invalid_row_is_skipped_and_writes_nothing(db: TestDb) {
    let world = World::new(db);
    let active = UserPatch {
        status: Some(StatusRequest::Is(UserStatus::Active)),
        teams: Some(vec![team("Ghosts", None)]),
        ..patch("a@x")
    };
    let drafts = [active, UserPatch::default(), patch("b@x")];
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Skip, &drafts)), "rrc");
    assert_eq!((world.count_rows("users"), world.count_rows("teams")), (1, 0));
}

async fn last_administrator_is_not_demoted_by_an_update(db: TestDb) {
    let world = World::new(db);
    staged(
        &world,
        ExistingUserPolicy::Skip,
        &[UserPatch { role: FieldPatch::Set(AccountRole::Admin), ..patch("a@x") }],
    );
    let lower = |email| UserPatch { role: FieldPatch::Set(AccountRole::User), ..patch(email) };
    assert_eq!(
        letters(&staged(&world, ExistingUserPolicy::Update, &[lower("a@x"), patch("b@x")])),
        "rc"
    );
    let raise = UserPatch { role: FieldPatch::Set(AccountRole::Admin), ..patch("c@x") };
    let twice = [lower("a@x"), raise.clone()];
    assert_eq!(
        letters(&staged(&world, ExistingUserPolicy::Update, &twice)),
        "rc",
        "none is left yet"
    );
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Update, &[raise, lower("a@x")])), "=u");
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Update, &[lower("c@x")])), "r");
}

async fn many_users_are_staged_in_one_call(db: TestDb) {
    let world = World::new(db);
    let one = |number: usize| UserPatch {
        external_id: FieldPatch::Set(format!("n{number}")),
        teams: Some(vec![team(&format!("Team {}", number % 40), None), team("All", None)]),
        ..patch(&format!("user.{number}@example.com"))
    };
    let drafts: Vec<_> = (0..2_500).map(one).collect();
    let found = staged(&world, ExistingUserPolicy::Update, &drafts);
    assert_eq!(letters(&found), "c".repeat(2_500));
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Update, &drafts)), "=".repeat(2_500));
    assert_eq!((world.count_rows("memberships"), world.count_rows("teams")), (5_000, 41));
    let page = ApiClient::for_server(&world.server).get("/users?count=1000&total=true").await;
    assert_eq!(page.body(StatusCode::OK)["total"], json!(2_500));
}
