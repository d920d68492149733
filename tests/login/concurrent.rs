//! Many at once: one person many times, many persons with one new team.

use std::{collections::BTreeSet, sync::mpsc, thread};

use futures_util::future::{join, join_all};
use reqwest::{Response, StatusCode};
use usher::{
    domain::{
        attempt::{Attempt, AttemptOutcome},
        provisioning::{Decision, Denial},
        user::{User, UserStatus},
    },
    store::{StoreError, Tx},
};

use crate::{
    support::{
        browser::{Browser, location},
        db::TestDb,
        server::AuthnRequest,
        statements::wait_for_lock,
    },
    world::{PERSISTENT, Person, World},
};

const CROWD: usize = 50;

/// Everybody begins a login. When all have begun, all return at once, each in a browser of
/// their own, spread over the replicas. All must be signed in.
async fn come_at_once(replicas: &[&World], person: impl Fn(usize) -> Person) {
    let of = |number: usize| replicas[number % replicas.len()];
    let browsers: Vec<_> = (0..CROWD).map(|_| Browser::new()).collect();
    let begun = browsers.iter().enumerate();
    let requests: Vec<AuthnRequest> =
        join_all(begun.map(|(number, browser)| of(number).server.begin_login(browser))).await;
    let answers: Vec<_> = requests
        .iter()
        .enumerate()
        .map(|(number, request)| of(number).response_to(request, &person(number)))
        .collect();
    let posts = browsers.iter().enumerate().map(|(number, browser)| {
        let relay_state = Some(requests[number].relay_state.as_str());
        of(number).server.post_acs(browser, Some(&answers[number]), relay_state)
    });
    let answers: Vec<Response> = join_all(posts).await;
    for answer in &answers {
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{answer:?}");
        assert_eq!(location(answer), "/", "{:#?}", replicas[0].latest_attempt());
    }
    for (number, browser) in browsers.iter().enumerate() {
        // A session is one on every replica.
        assert!(of(number + 1).session(browser).await.is_some());
    }
}

/// How often each of the outcomes is there.
fn outcomes(world: &World) -> [usize; 3] {
    let attempts = world.server.attempts();
    [AttemptOutcome::Created, AttemptOutcome::Claimed, AttemptOutcome::SignedIn]
        .map(|outcome| attempts.iter().filter(|attempt| attempt.outcome == outcome).count())
}

fn row_counts(world: &World) -> [usize; 5] {
    ["users", "identities", "teams", "memberships", "sessions"].map(|table| world.count_rows(table))
}

fn somebody(_: usize) -> Person {
    Person::with_email("ada@example.com")
        .with_attribute("role", "USER")
        .with_attribute("teamName", "Analytical Engine")
}

fn create_person(number: usize) -> Person {
    Person::with_email(&format!("p{number}@example.com"))
        .with_attribute("teamName", "Analytical Engine")
}

async fn fifty_first_logins_of_one_person_create_one_user(db: TestDb) {
    let world = World::new(db);
    come_at_once(&[&world], somebody).await;
    assert_eq!(row_counts(&world), [1, 1, 1, 1, CROWD]);
    assert_eq!(outcomes(&world), [1, 0, CROWD - 1]);
}

async fn fifty_first_logins_of_one_team_create_one_team(db: TestDb) {
    let world = World::new(db);
    come_at_once(&[&world], create_person).await;
    assert_eq!(row_counts(&world), [CROWD, CROWD, 1, CROWD, CROWD]);
    assert_eq!(outcomes(&world), [CROWD, 0, 0]);
}

/// Each names some of the same teams in another order, so that each could wait
/// for what another has, and lose one team after the other.
async fn fifty_first_logins_of_many_teams_create_each_team_once(db: TestDb) {
    const TEAMS: [&str; 9] =
        ["Red", "Orange", "Yellow", "Green", "Blue", "Indigo", "Violet", "Black", "White"];
    let world = World::new(db);
    let of = |number: usize| {
        let mut teams = TEAMS.to_vec();
        teams.rotate_left(number % TEAMS.len());
        teams.truncate(1 + number % TEAMS.len());
        if number.is_multiple_of(2) {
            teams.reverse();
        }
        teams
    };
    let person = |number: usize| {
        Person::with_email(&format!("p{number}@example.com")).with_values("teamName", &of(number))
    };
    come_at_once(&[&world], person).await;
    let memberships = (0..CROWD).map(|number| of(number).len()).sum();
    assert_eq!(row_counts(&world), [CROWD, CROWD, TEAMS.len(), memberships, CROWD]);
}

async fn fifty_first_logins_of_a_staged_user_claim_them_once(db: TestDb) {
    let world = World::new(db);
    world.login(&somebody(0)).await;
    let db = world.server.db();
    db.run("DELETE FROM sessions; DELETE FROM identities; DELETE FROM attempts");
    db.run("UPDATE users SET status = 'STAGED', first_login_at = NULL, last_login_at = NULL");
    come_at_once(&[&world], somebody).await;
    assert_eq!(row_counts(&world), [1, 1, 1, 1, CROWD]);
    assert_eq!(outcomes(&world), [0, 1, CROWD - 1]);
    assert_eq!(world.user("ada@example.com").version, 2);
}

/// By an address that several names claim at once, one is linked, and the
/// others are somebody else.
async fn one_of_many_subjects_with_one_address_is_linked(db: TestDb) {
    let world = World::new(db);
    let browsers: Vec<_> = (0..CROWD).map(|_| Browser::new()).collect();
    let logins = browsers.iter().enumerate().map(async |(number, browser)| {
        let request = world.server.begin_login(browser).await;
        let person = Person::with_name_id(&format!("u-{number}"), PERSISTENT);
        let response =
            world.response_to(&request, &person.with_attribute("email", "ada@example.com"));
        world.server.post_acs(browser, Some(&response), Some(&request.relay_state)).await
    });
    let answers = join_all(logins).await;
    let let_in = answers.iter().filter(|response| location(response) == "/").count();
    assert_eq!(let_in, 1);
    assert!(answers.iter().all(|response| response.status() == StatusCode::SEE_OTHER));
    assert_eq!(row_counts(&world), [1, 1, 0, 0, 1]);
    let references: BTreeSet<_> = answers.iter().map(location).collect();
    assert_eq!(references.len(), CROWD);
}

on_both_databases! {
    fifty_first_logins_of_one_person_create_one_user,
    fifty_first_logins_of_one_team_create_one_team,
    fifty_first_logins_of_many_teams_create_each_team_once,
    fifty_first_logins_of_a_staged_user_claim_them_once,
    one_of_many_subjects_with_one_address_is_linked,
}

#[tokio::test]
async fn fifty_first_logins_on_two_replicas_create_one_user() {
    let world = World::new(TestDb::postgres());
    come_at_once(&[&world, &world.replica()], somebody).await;
    assert_eq!(row_counts(&world), [1, 1, 1, 1, CROWD]);
    assert_eq!(outcomes(&world), [1, 0, CROWD - 1]);
}

#[tokio::test]
async fn fifty_first_logins_on_two_replicas_create_one_team() {
    let world = World::new(TestDb::postgres());
    come_at_once(&[&world, &world.replica()], create_person).await;
    assert_eq!(row_counts(&world), [CROWD, CROWD, 1, CROWD, CROWD]);
}

#[tokio::test]
async fn login_that_waits_for_the_disabling_of_the_user_is_denied() {
    let world = World::new(TestDb::postgres());
    let (user, attempt) = log_in_during(&world, |tx, user| {
        let disabled =
            User { status: UserStatus::Disabled, version: user.version + 1, ..user.clone() };
        tx.update_user(user, &disabled)
    })
    .await;
    let denied = Decision::Deny(Denial::UserDisabled(user.id));
    assert_eq!(attempt.plan.map(|plan| plan.decision), Some(denied));
    assert_eq!(world.count_rows("sessions"), 1, "that of the login before");
}

#[tokio::test]
async fn login_that_waits_for_the_removal_of_the_identity_links_another() {
    let world = World::new(TestDb::postgres());
    let (user, attempt) = log_in_during(&world, |tx, user| {
        for identity in tx.identities_of_users(user.account, &[user.id])? {
            tx.delete_identity(user.account, identity.id)?;
        }
        Ok(())
    })
    .await;
    assert_eq!((attempt.outcome, attempt.user), (AttemptOutcome::SignedIn, Some(user.id)));
    assert_eq!(world.count_rows("identities"), 1);
}

/// A login of a known user that begins before a change of the user is committed, and waits
/// for it. Returns the user as the change found them, and the attempt.
async fn log_in_during(
    world: &World,
    change: impl Fn(&mut Tx<'_>, &User) -> Result<(), StoreError> + Send + 'static,
) -> (User, Attempt) {
    let person = somebody(0);
    world.login(&person).await;
    let user = world.user("ada@example.com");
    let (app, changed) = (world.server.app.clone(), user.clone());
    let (commit, committed) = mpsc::channel::<()>();
    let (began, begun) = mpsc::channel();
    let writer = thread::spawn(move || {
        app.db.write(|tx| {
            tx.user_for_update(changed.account, changed.id)?;
            change(tx, &changed)?;
            let _ = began.send(());
            let _ = committed.recv();
            Ok::<_, StoreError>(())
        })
    });
    begun.recv().unwrap();
    let wait = async {
        wait_for_lock(world.server.db()).await;
        drop(commit);
    };
    let browser = Browser::new();
    join(world.try_login(&browser, &person), wait).await;
    writer.join().unwrap().unwrap();
    (user, world.latest_attempt())
}
