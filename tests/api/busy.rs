//! What others hold and do not let go of in time: whoever asks is told to ask
//! again, and may.

use std::{sync::mpsc, thread, time::Duration};

use reqwest::StatusCode;
use serde_json::json;
use usher::{
    domain::{id::UserId, user::User},
    store::{Db, PoolOptions, StoreError},
};

use crate::{
    client::Api,
    support::{browser::Browser, db::TestDb, server::Manner},
    world::{Person, World},
};

on_both_databases! {
    whoever_waits_for_too_long_is_told_to_ask_again,
    whoever_signs_in_meanwhile_gets_a_page_that_says_so,
}

const ADA: &str = "ada@example.com";

fn impatient(db: TestDb) -> World {
    let pool = PoolOptions { connections: 4, wait: Duration::from_millis(200) };
    World::in_manner(db, Manner { pool, ..Manner::default() })
}

/// Holds a user until it is dropped.
struct Hold {
    release: Option<mpsc::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Hold {
    fn of(db: &Db, user: &User) -> Self {
        let (db, account, id): (_, _, UserId) = (db.clone(), user.account, user.id);
        let (held, is_held) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            let hold = db.write(|tx| {
                tx.user_for_update(account, id)?;
                held.send(()).expect("somebody waits");
                let _ = released.recv();
                Ok::<_, StoreError>(())
            });
            hold.expect("nobody else holds it");
        });
        is_held.recv().expect("it is held");
        Self { release: Some(release), thread: Some(thread) }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        drop(self.release.take());
        self.thread.take().map(thread::JoinHandle::join);
    }
}

async fn whoever_waits_for_too_long_is_told_to_ask_again(db: TestDb) {
    let world = impatient(db);
    let api = Api::of(&world.server);
    let user = api.post("/users", &json!({"email": ADA})).await.body(StatusCode::CREATED);
    let path = format!("/users/{}", user["id"].as_str().unwrap());
    let change = json!({"position": "Countess"});
    let user = world.user(ADA);
    // By another program, and by another request of this one.
    let doors: [&Db; 2] = [world.server.db(), &world.server.app.db];
    for db in doors {
        let hold = Hold::of(db, &user);
        let answer = api.patch(&path, &change).await;
        assert_eq!(answer.problem(StatusCode::SERVICE_UNAVAILABLE).0, "busy");
        assert!(answer.header("retry-after").is_some());
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains("nothing was changed; send the same request again"), "{detail}");
        drop(hold);
        assert_eq!(world.user(ADA).version, 1);
    }
    assert_eq!(api.patch(&path, &change).await.body(StatusCode::OK)["position"], "Countess");
}

async fn whoever_signs_in_meanwhile_gets_a_page_that_says_so(db: TestDb) {
    let world = impatient(db);
    world.login(&Person::of(ADA)).await;
    let server = &world.server;
    let browser = Browser::new();
    let request = server.begin_login(&browser).await;
    let message = world.answer(&request, &Person::of(ADA));
    let hold = Hold::of(server.db(), &world.user(ADA));
    let answer = server.post_acs(&browser, Some(&message), Some(&request.relay_state)).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key("retry-after"));
    let page = answer.text().await.unwrap();
    assert!(page.contains("Too much is going on") && page.contains("Wait a few seconds"), "{page}");
    drop(hold);
    world.login(&Person::of(ADA)).await;
}
