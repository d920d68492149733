//! Staging many users at once: what an import is made of.

use reqwest::StatusCode;
use serde_json::json;
use usher::{
    app::users::{ExistingUserPolicy, IdentifierConflict, Staged, Staging, stage},
    domain::{
        audit::Author,
        staging::{Draft, TeamDraft},
        user::User,
    },
};

use crate::{client::Api, support::db::TestDb, world::World};

on_both_databases! {
    the_same_drafts_staged_twice_change_nothing,
    an_update_changes_what_a_draft_says_and_leaves_the_rest,
    who_is_there_is_skipped_or_named,
    a_draft_that_can_not_be_used_is_left_out_and_leaves_nothing_behind,
    the_last_administrator_is_not_updated_away,
    many_are_staged_at_once,
}

fn draft(email: &str) -> Draft {
    Draft { email: email.into(), ..Draft::default() }
}

fn team(name: &str, role: Option<&str>) -> TeamDraft {
    TeamDraft { name: Some(name.into()), role: role.map(Into::into), ..TeamDraft::default() }
}

fn staged(world: &World, if_there: ExistingUserPolicy, drafts: &[Draft]) -> Vec<Staged> {
    let author = Author::command_line(world.server.account.id);
    let now = world.server.clock.now();
    let staging = Staging { author: &author, now, if_there, create_missing_teams: true };
    let staged = world.server.app.db.write(|tx| stage(tx, &staging, drafts));
    staged.map_err(|error: usher::app::Error| error).unwrap()
}

/// What became of each, in a letter.
fn letters(staged: &[Staged]) -> String {
    let letter = |one: &Staged| match one {
        Staged::Created(_) => 'c',
        Staged::Changed(_) => 'u',
        Staged::Unchanged(_) => '=',
        Staged::Skipped(_) => 's',
        Staged::Exists { .. } => 'x',
        Staged::Refused(_) => 'r',
    };
    staged.iter().map(letter).collect()
}

fn user(world: &World, email: &str) -> User {
    world.user(email)
}

async fn the_same_drafts_staged_twice_change_nothing(db: TestDb) {
    let world = World::new(db);
    let drafts = [
        Draft {
            teams: Some(vec![team("Ops", None), team("Night", Some("ADMIN"))]),
            ..draft("a@x")
        },
        Draft { role: Some("admin".into()), external_id: Some("7".into()), ..draft("b@x") },
        draft("c.d@x"),
    ];
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Update, &drafts)), "ccc");
    let before = world.server.db().rows();
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Update, &drafts)), "===");
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Skip, &drafts)), "sss");
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Refuse, &drafts)), "xxx");
    assert_eq!(world.server.db().rows(), before, "not even the audit");
}

async fn an_update_changes_what_a_draft_says_and_leaves_the_rest(db: TestDb) {
    let world = World::new(db);
    let first = Draft {
        position: Some("Countess".into()),
        first_name: Some("Augusta".into()),
        teams: Some(vec![team("Ops", None)]),
        ..draft("ada@x")
    };
    staged(&world, ExistingUserPolicy::Update, &[first]);
    let next = Draft { department: Some("Engines".into()), ..draft("ADA@x") };
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Update, &[next])), "u");
    let ada = user(&world, "ada@x");
    assert_eq!(
        (ada.profile.position.as_deref(), &*ada.profile.first_name),
        (Some("Countess"), "Augusta")
    );
    assert_eq!((ada.profile.department.as_deref(), ada.version), (Some("Engines"), 2));
    // The role raises the team's, unless the draft gives a pair that can't be.
    let raise = Draft { role: Some("USER".into()), ..draft("ada@x") };
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Update, &[raise])), "u");
    assert_eq!(world.teams(&user(&world, "ada@x")), [("Ops".to_owned(), "USER")]);
    let low = Draft { teams: Some(vec![team("Ops", Some("RESPONDER"))]), ..draft("ada@x") };
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Update, &[low])), "r");
}

async fn who_is_there_is_skipped_or_named(db: TestDb) {
    let world = World::new(db);
    let one = Draft { external_id: Some("1".into()), ..draft("a@x") };
    staged(&world, ExistingUserPolicy::Refuse, &[one]);
    let id = user(&world, "a@x").id;
    let same = Draft { external_id: Some("1".into()), ..draft("b@x") };
    let found = staged(&world, ExistingUserPolicy::Update, &[draft("a@x"), same]);
    assert_eq!(found[0], Staged::Unchanged(id));
    let taken = Staged::Exists(vec![IdentifierConflict {
        field: "externalId",
        value: "1".into(),
        user: id,
    }]);
    assert_eq!(found[1], taken);
    assert_eq!(staged(&world, ExistingUserPolicy::Skip, &[draft("A@X")]), [Staged::Skipped(id)]);
    // Two of one file.
    let twice = Draft { external_id: Some("2".into()), ..draft("c@x") };
    let other = Draft { external_id: Some("2".into()), ..draft("d@x") };
    let found = staged(&world, ExistingUserPolicy::Skip, &[twice, other, draft("C@x")]);
    assert_eq!(letters(&found), "cxr");
}

async fn a_draft_that_can_not_be_used_is_left_out_and_leaves_nothing_behind(db: TestDb) {
    let world = World::new(db);
    let active = Draft {
        status: Some("ACTIVE".into()),
        teams: Some(vec![team("Ghosts", None)]),
        ..draft("a@x")
    };
    let drafts = [active, draft("nobody"), draft("b@x"), draft("a\0@x")];
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Skip, &drafts)), "rrcr");
    assert_eq!((world.count("users"), world.count("teams")), (1, 0));
}

async fn the_last_administrator_is_not_updated_away(db: TestDb) {
    let world = World::new(db);
    staged(
        &world,
        ExistingUserPolicy::Skip,
        &[Draft { role: Some("ADMIN".into()), ..draft("a@x") }],
    );
    let lower = |email| Draft { role: Some("USER".into()), ..draft(email) };
    assert_eq!(
        letters(&staged(&world, ExistingUserPolicy::Update, &[lower("a@x"), draft("b@x")])),
        "rc"
    );
    let raise = Draft { role: Some("ADMIN".into()), ..draft("c@x") };
    let twice = [lower("a@x"), raise.clone()];
    assert_eq!(
        letters(&staged(&world, ExistingUserPolicy::Update, &twice)),
        "rc",
        "none is left yet"
    );
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Update, &[raise, lower("a@x")])), "=u");
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Update, &[lower("c@x")])), "r");
}

async fn many_are_staged_at_once(db: TestDb) {
    let world = World::new(db);
    let one = |number: usize| Draft {
        external_id: Some(format!("n{number}")),
        teams: Some(vec![team(&format!("Team {}", number % 40), None), team("All", None)]),
        ..draft(&format!("user.{number}@example.com"))
    };
    let drafts: Vec<_> = (0..2_500).map(one).collect();
    let found = staged(&world, ExistingUserPolicy::Update, &drafts);
    assert_eq!(letters(&found), "c".repeat(2_500));
    assert_eq!(letters(&staged(&world, ExistingUserPolicy::Update, &drafts)), "=".repeat(2_500));
    assert_eq!((world.count("memberships"), world.count("teams")), (5_000, 41));
    let page = Api::of(&world.server).get("/users?count=1000&total=true").await;
    assert_eq!(page.body(StatusCode::OK)["total"], json!(2_500));
}
