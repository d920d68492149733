//! A database that is gone: whoever asks is told so, and no more; nobody is
//! taken for signed in, or for somebody new.

use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use usher::store::PoolOptions;

use crate::{
    support::{browser::Browser, db::TestDb, server::Manner},
    world::{Person, World},
};

const ADA: &str = "ada@example.com";

/// What nobody outside may read of it.
const INNER: [&str; 12] = [
    "sql",
    "SQL",
    "diesel",
    "database",
    "postgres",
    "connection",
    "table",
    "/tmp",
    "usher_test",
    "relation",
    "panicked",
    "r2d2",
];

fn impatient() -> Manner {
    let pool = PoolOptions { connections: 2, wait: Duration::from_millis(500) };
    Manner { pool, ..Manner::default() }
}

async fn says_only_that_it_failed(answer: Response, status: StatusCode, kind: &str) {
    let what = answer.url().path().to_owned();
    assert_eq!(answer.status(), status, "{what}");
    assert_eq!(answer.headers()["content-type"], kind, "{what}");
    assert!(answer.headers().get("set-cookie").is_none(), "{what}");
    let body = answer.text().await.unwrap();
    for inner in INNER {
        assert!(!body.contains(inner), "{what}: {inner} is in {body}");
    }
}

async fn every_door_says_so(db: TestDb, of_programs: StatusCode) {
    let world = World::in_manner(db, impatient());
    let server = &world.server;
    let browser = world.login(&Person::of(ADA)).await;
    let coming = Browser::new();
    let request = server.begin_login(&coming).await;
    let message = world.answer(&request, &Person::of(ADA));
    server.db().destroy();

    let (page, problem) = ("text/html; charset=utf-8", "application/problem+json");
    let ours = StatusCode::INTERNAL_SERVER_ERROR;
    let acs = server.post_acs(&coming, Some(&message), Some(&request.relay_state)).await;
    says_only_that_it_failed(acs, ours, page).await;
    let login = server.saml("login");
    for url in [world.at("/"), world.at("/signin"), login, world.at("/signin/error/7KQ3M2XB90FD")] {
        says_only_that_it_failed(browser.get(&url).await, ours, page).await;
    }
    for path in ["/session", "/.well-known/jwks.json"] {
        let answer = browser.get(&world.at(path)).await;
        says_only_that_it_failed(answer, of_programs, problem).await;
    }
    let metadata = browser.get(&server.saml("metadata")).await;
    says_only_that_it_failed(metadata, of_programs, problem).await;
    for (method, path) in [(Method::DELETE, "/session"), (Method::POST, "/session/token")] {
        let answer = world.as_our_page(&browser, method, path).await;
        says_only_that_it_failed(answer, of_programs, problem).await;
    }
    assert_eq!(browser.get(&world.at("/healthz")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn of_postgres_that_is_gone() {
    every_door_says_so(TestDb::postgres(), StatusCode::SERVICE_UNAVAILABLE).await;
}

#[tokio::test]
async fn of_sqlite_that_has_lost_its_tables() {
    every_door_says_so(TestDb::sqlite(), StatusCode::INTERNAL_SERVER_ERROR).await;
}

#[tokio::test]
async fn it_is_not_ready_and_says_when_to_ask_again() {
    let world = World::in_manner(TestDb::postgres(), impatient());
    world.server.db().destroy();
    let answer = Browser::new().get(&world.at("/readyz")).await;
    assert!(answer.headers().contains_key("retry-after"));
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    says_only_that_it_failed(answer, unavailable, "application/problem+json").await;
}
