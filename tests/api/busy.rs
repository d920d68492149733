//! Requests that wait too long for another transaction: the answer says to try
//! again, and a second request succeeds.

use std::{sync::mpsc, thread, time::Duration};

use futures_util::future::{join, join_all};
use reqwest::StatusCode;
use serde_json::json;
use usher::{
    domain::{api_key::Scopes, id::UserId, user::User},
    store::{Db, PoolOptions, StoreError},
};

use crate::{
    client::ApiClient,
    support::{browser::Browser, db::TestDb, server::TestServerOptions},
    world::{Person, World},
};

on_both_databases! {
    a_request_that_waits_too_long_is_answered_503,
    a_login_that_waits_too_long_gets_an_error_page,
    logins_that_wait_for_a_lock_leave_the_database_to_other_accounts,
}

const ADA: &str = "ada@example.com";

fn create_impatient_world(db: TestDb) -> World {
    let pool = PoolOptions { connections: 4, wait: Duration::from_millis(200) };
    World::with_deployment(db, TestServerOptions { pool, ..TestServerOptions::default() })
}

/// Holds a user until it is dropped.
struct UserLock {
    release: Option<mpsc::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl UserLock {
    fn lock_user(db: &Db, user: &User) -> Self {
        let (db, account, id): (_, _, UserId) = (db.clone(), user.account, user.id);
        let (stored, is_stored) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            let hold = db.write(|tx| {
                tx.user_for_update(account, id)?;
                stored.send(()).expect("somebody waits");
                let _ = released.recv();
                Ok::<_, StoreError>(())
            });
            hold.expect("nobody else holds it");
        });
        is_stored.recv().expect("it is held");
        Self { release: Some(release), thread: Some(thread) }
    }
}

impl Drop for UserLock {
    fn drop(&mut self) {
        drop(self.release.take());
        self.thread.take().map(thread::JoinHandle::join);
    }
}

async fn a_request_that_waits_too_long_is_answered_503(db: TestDb) {
    let world = create_impatient_world(db);
    let api = ApiClient::for_server(&world.server);
    let user = api.post("/users", &json!({"email": ADA})).await.body(StatusCode::CREATED);
    let path = format!("/users/{}", user["id"].as_str().unwrap());
    let change = json!({"position": "Countess"});
    let user = world.user(ADA);
    // By another program, and by another request of this one.
    let doors: [&Db; 2] = [world.server.db(), &world.server.app.db];
    for db in doors {
        let hold = UserLock::lock_user(db, &user);
        let response = api.patch(&path, &change).await;
        assert_eq!(response.problem(StatusCode::SERVICE_UNAVAILABLE).0, "busy");
        assert!(response.header("retry-after").is_some());
        let detail = response.body["detail"].as_str().unwrap();
        assert!(detail.contains("Nothing was changed; send the same request again"), "{detail}");
        drop(hold);
        assert_eq!(world.user(ADA).version, 1);
    }
    assert_eq!(api.patch(&path, &change).await.body(StatusCode::OK)["position"], "Countess");
}

async fn a_login_that_waits_too_long_gets_an_error_page(db: TestDb) {
    let world = create_impatient_world(db);
    world.login(&Person::with_email(ADA)).await;
    let server = &world.server;
    let browser = Browser::new();
    let request = server.begin_login(&browser).await;
    let message = world.response_to(&request, &Person::with_email(ADA));
    let hold = UserLock::lock_user(server.db(), &world.user(ADA));
    let response = server.post_acs(&browser, Some(&message), Some(&request.relay_state)).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key("retry-after"));
    let page = response.text().await.unwrap();
    assert!(page.contains("Too much is going on") && page.contains("Wait a few seconds"), "{page}");
    drop(hold);
    world.login(&Person::with_email(ADA)).await;
}

async fn logins_that_wait_for_a_lock_leave_the_database_to_other_accounts(db: TestDb) {
    const LOGINS: usize = 60;
    let pool = PoolOptions { connections: 4, wait: Duration::from_secs(2) };
    let world =
        World::with_deployment(db, TestServerOptions { pool, ..TestServerOptions::default() });
    world.login(&Person::with_email(ADA)).await;
    let server = &world.server;
    let other = server.add_account("other", "Another account", None);
    let api = ApiClient::with_scopes(server, &other, Scopes::full());
    // Notes that the key was used, which is a write.
    api.get("/users").await.body(StatusCode::OK);
    let browsers: Vec<_> = (0..LOGINS).map(|_| Browser::new()).collect();
    let requests = join_all(browsers.iter().map(|browser| server.begin_login(browser))).await;
    let messages: Vec<_> = requests
        .iter()
        .map(|request| world.response_to(request, &Person::with_email(ADA)))
        .collect();

    let hold = UserLock::lock_user(server.db(), &world.user(ADA));
    let logins = join_all((0..LOGINS).map(|number| {
        let (message, relay_state) = (&messages[number], &requests[number].relay_state);
        server.post_acs(&browsers[number], Some(message), Some(relay_state))
    }));
    let others = async {
        for number in 0..20 {
            assert_eq!(api.get("/users").await.status, StatusCode::OK, "request {number}");
            let ready = Browser::new().get(&format!("{}/readyz", server.address)).await;
            assert_eq!(ready.status(), StatusCode::OK, "request {number}");
            // On SQLite, a lock of one row is a lock of all rows.
            if !server.db().is_embedded() {
                let team = json!({"name": format!("Team {number}")});
                assert_eq!(api.post("/teams", &team).await.status, StatusCode::CREATED);
            }
        }
    };
    let (logins, ()) = join(logins, others).await;
    for login in logins {
        assert_eq!(login.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    drop(hold);
    world.login(&Person::with_email(ADA)).await;
}
