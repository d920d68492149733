//! Keys: made, shown once, used, taken away.

use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use reqwest::{Method, StatusCode};
use serde_json::json;
use usher::{
    app::{
        Error, Rejection,
        api_keys::{self, NewApiKey},
        callers::{self, Caller},
        teams, users,
    },
    domain::{
        api_key::{Scope, Scopes},
        audit::{Actor, Author},
        etag::IfMatch,
        team::TeamName,
        user_patch::UserPatch,
    },
    store::StoreError,
};

use crate::{
    client::{ApiClient, path_with_query},
    support::db::TestDb,
    world::World,
};

on_both_databases! {
    key_is_created_with_its_secret_used_and_deleted,
    key_cannot_create_a_key_with_more_scopes,
    expiring_key_cannot_create_a_key_that_outlives_it,
    unreadable_values_do_not_hide_other_errors,
    caller_without_permission_at_commit_writes_nothing,
    last_key_that_can_create_keys_is_deleted_only_by_force,
    replayed_post_creates_no_second_key,
    use_of_a_key_is_recorded_once_a_minute,
    use_of_a_key_is_recorded_after_it_could_not_be_written,
    dialect_is_accepted_in_the_old_spelling_and_returned_in_the_new,
}

async fn key_is_created_with_its_secret_used_and_deleted(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let made = api.post("/keys", &json!({"name": " Payroll ", "scopes": ["users:read"]})).await;
    let location = made.header("location").unwrap().to_owned();
    let body = made.body(StatusCode::CREATED);
    let (key, secret) = (&body["key"], body["secret"].as_str().unwrap());
    assert_eq!((&key["name"], &key["scopes"]), (&json!("Payroll"), &json!(["users:read"])));
    assert!(secret.starts_with(key["hint"].as_str().unwrap()));
    assert_eq!(location, format!("/api/v1/keys/{}", key["id"].as_str().unwrap()));

    for (filter, count) in [
        ("name eq \"PAYROLL\"", 1),
        ("name sw \"pay\"", 1),
        ("name co \"YRO\"", 1),
        ("name eq \"pay\"", 0),
    ] {
        let list = api.get(&path_with_query("/keys", &[("filter", filter)])).await;
        let list = list.body(StatusCode::OK);
        assert_eq!(list["items"].as_array().unwrap().len(), count, "{filter}");
    }

    let path = format!("/keys/{}", key["id"].as_str().unwrap());
    let view = api.get(&path).await;
    assert!(!view.text.contains(secret), "{}", view.text);
    let seen = view.header("etag").unwrap().to_owned();
    let again = api.request(Method::GET, &path).header("if-none-match", seen);
    assert_eq!(api.send(again).await.status, StatusCode::NOT_MODIFIED);

    let program = ApiClient::with_key(&world.server, secret);
    let (code, _) = program.get("/keys").await.problem(StatusCode::FORBIDDEN);
    assert_eq!(code, "missing_scope");
    assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT);
    let (code, _) = program.get("/keys").await.problem(StatusCode::UNAUTHORIZED);
    assert_eq!(code, "invalid_key");
    assert_eq!(api.get(&path).await.status, StatusCode::NOT_FOUND);
}

async fn dialect_is_accepted_in_the_old_spelling_and_returned_in_the_new(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    for (sent, dialect) in [("okta", "OKTA"), ("ENTRA", "ENTRA"), ("strict", "STRICT")] {
        let draft = json!({"name": sent, "scopes": ["scim"], "dialect": sent});
        let made = api.post("/keys", &draft).await.body(StatusCode::CREATED);
        let path = format!("/keys/{}", made["key"]["id"].as_str().unwrap());
        let stored = api.get(&path).await.body(StatusCode::OK);
        assert_eq!(
            (&made["key"]["dialect"], &stored["dialect"]),
            (&json!(dialect), &json!(dialect))
        );
    }
    let draft = json!({"name": "None", "scopes": ["scim"], "dialect": "Okta"});
    let rejected = api.post("/keys", &draft).await;
    assert_eq!(rejected.body["errors"][0]["detail"], "must be one of STRICT, ENTRA, OKTA");
}

async fn expiring_key_cannot_create_a_key_that_outlives_it(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let end = "2036-01-01T00:00:00Z";
    let ending = json!({"name": "Ends", "scopes": ["keys:write"], "expiresAt": end});
    let made = api.post("/keys", &ending).await.body(StatusCode::CREATED);
    let program = ApiClient::with_key(&world.server, made["secret"].as_str().unwrap());

    let later =
        json!({"name": "Later", "scopes": ["keys:write"], "expiresAt": "2036-01-02T00:00:00Z"});
    let (code, places) =
        program.post("/keys", &later).await.problem(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!((code.as_str(), places), ("invalid", vec!["/expiresAt".to_owned()]));
    let silent = json!({"name": "Silent", "scopes": ["keys:write"]});
    let made = program.post("/keys", &silent).await.body(StatusCode::CREATED);
    assert_eq!(made["key"]["expiresAt"], end);
}

/// The proof of who calls, and the write, are not one moment.
async fn caller_without_permission_at_commit_writes_nothing(db: TestDb) {
    let world = World::new(db);
    let server = &world.server;
    let api = ApiClient::for_server(server);
    let scopes = ["teams:write", "users:write", "keys:write"];
    let made = api.post("/keys", &json!({"name": "Leaving", "scopes": scopes})).await;
    let made = made.body(StatusCode::CREATED);
    let (id, secret) = (made["key"]["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    let by_key = callers::authenticate_key(&server.app, secret, None).unwrap().unwrap();
    let admin = json!({"email": "ada@example.com", "role": "ADMIN"});
    let admin = api.post("/users", &admin).await.body(StatusCode::CREATED);
    let admin = admin["id"].as_str().unwrap();
    let actor = Actor::User(admin.parse().unwrap());
    let by_session = Caller { author: Author { actor, ..by_key.author.clone() }, ..by_key.clone() };

    let wishes = |caller: &Caller| {
        let (app, name) = (&server.app, "Geometry".parse::<TeamName>().unwrap());
        let draft = UserPatch { email: "new@example.com".parse().ok(), ..UserPatch::default() };
        let new = NewApiKey {
            name: "New".into(),
            scopes: [Scope::KeysWrite].into_iter().collect(),
            scim_client: None,
            dialect: None,
            expires_at: None,
        };
        [
            teams::create(app, caller, &name).err(),
            users::create(app, caller, &draft, false).err(),
            api_keys::create(app, caller, &new).err(),
        ]
    };
    let disabled = json!({"status": "DISABLED"});
    let change = api.patch(&format!("/users/{admin}?force=true"), &disabled).await;
    assert_eq!(change.status, StatusCode::OK, "{}", change.text);
    assert_eq!(api.delete(&format!("/keys/{id}")).await.status, StatusCode::NO_CONTENT);
    for caller in [&by_key, &by_session] {
        for rejected in wishes(caller) {
            assert!(matches!(rejected, Some(Error::Revoked)), "{rejected:?}");
        }
    }
    let demoted = json!({"status": "ACTIVE", "role": "USER"});
    let change = api.patch(&format!("/users/{admin}?force=true"), &demoted).await;
    assert_eq!(change.status, StatusCode::OK, "{}", change.text);
    for rejected in wishes(&by_session) {
        assert!(matches!(rejected, Some(Error::NotAdmin(_))), "{rejected:?}");
    }
    let teams = api.get("/teams").await.body(StatusCode::OK);
    assert_eq!(teams["items"], json!([]));
}

async fn key_cannot_create_a_key_with_more_scopes(db: TestDb) {
    let world = World::new(db);
    let scopes: Scopes = [Scope::KeysWrite, Scope::UsersRead].into_iter().collect();
    let api = ApiClient::with_scopes(&world.server, &world.server.account, scopes);
    let more = json!({"name": "", "scopes": ["users:read", "users:write"]});
    let (code, places) = api.post("/keys", &more).await.problem(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!((code.as_str(), places), ("invalid", vec!["/name".into(), "/scopes".into()]));
    let same = json!({"name": "Same", "scopes": ["users:read", "keys:write"]});
    assert_eq!(api.post("/keys", &same).await.status, StatusCode::CREATED);
}

async fn unreadable_values_do_not_hide_other_errors(db: TestDb) {
    let world = World::new(db);
    let scopes: Scopes = [Scope::KeysWrite, Scope::UsersRead].into_iter().collect();
    let api = ApiClient::with_scopes(&world.server, &world.server.account, scopes);
    for (wrong, expected) in [
        (
            json!({"nam": "", "name": " ", "scopes": ["users:write"], "expiresAt": "2001-01-01T00:00:00Z"}),
            &["/nam", "/name", "/expiresAt", "/scopes"][..],
        ),
        (
            json!({"scopes": ["users:reed", "users:write"], "expiresAt": "tomorrow"}),
            &["/scopes/0", "/expiresAt", "/name", "/scopes"],
        ),
        // What can't be read breaks no other rule.
        (json!({"name": "Payroll", "scopes": ["users:reed"]}), &["/scopes/0"]),
        (json!({"name": 7, "scopes": null}), &["/name", "/scopes"]),
        (json!({"name": "Payroll"}), &["/scopes"]),
    ] {
        let response = api.post("/keys", &wrong).await;
        assert_eq!(response.problem(StatusCode::UNPROCESSABLE_ENTITY).1, expected, "{wrong}");
    }
}

async fn last_key_that_can_create_keys_is_deleted_only_by_force(db: TestDb) {
    let world = World::new(db);
    let makes: Scopes = [Scope::KeysWrite].into_iter().collect();
    let maker = ApiClient::with_scopes(&world.server, &world.server.account, makes);
    let keys = maker.get("/keys").await;
    assert_eq!(keys.status, StatusCode::FORBIDDEN, "to write is not to read");
    let reads: Scopes = [Scope::KeysRead].into_iter().collect();
    let reader = ApiClient::with_scopes(&world.server, &world.server.account, reads);
    let keys = reader.get("/keys").await.body(StatusCode::OK);
    let path = |scope: &str| {
        let items = keys["items"].as_array().unwrap();
        let found = items.iter().find(|key| key["scopes"] == json!([scope])).unwrap();
        format!("/keys/{}", found["id"].as_str().unwrap())
    };
    let (code, _) = maker.delete(&path("keys:write")).await.problem(StatusCode::CONFLICT);
    assert_eq!(code, "own_key");

    // The command line needs no key, but needs `force` as well.
    let account = &world.server.account;
    let caller = Caller::command_line(account.id);
    let last = path("keys:write").rsplit('/').next().unwrap().parse().unwrap();
    let rejected =
        api_keys::delete(&world.server.app, &caller, last, &IfMatch::Unconditional, false);
    assert!(matches!(rejected, Err(Error::Rejected(Rejection::LastKeyAdmin))), "{rejected:?}");
    api_keys::delete(&world.server.app, &caller, last, &IfMatch::Unconditional, true).unwrap();
    let (code, _) = maker.delete(&path("keys:read")).await.problem(StatusCode::UNAUTHORIZED);
    assert_eq!(code, "invalid_key");
}

async fn replayed_post_creates_no_second_key(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let send = async |name: &str| {
        let body = json!({"name": name, "scopes": ["users:read"]});
        let request = api.request(Method::POST, "/keys").header("idempotency-key", "once");
        api.send(request.json(&body)).await
    };
    let (first, again) = (send("One").await, send("One").await);
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!(first.body["key"], again.body["key"], "the same key");
    assert_eq!(again.body.get("secret"), None, "the secret is shown once");
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let (code, _) = send("Another").await.problem(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(code, "idempotency_key_reused");
    let keys = api.get("/keys?total=true").await.body(StatusCode::OK);
    assert_eq!(keys["total"], 2, "the test's own and one more");
}

async fn use_of_a_key_is_recorded_once_a_minute(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let start = world.server.clock.now();
    for (seconds, recorded) in [(0, 0), (59, 0), (1, 60), (30, 60)] {
        world.server.clock.advance(TimeDelta::seconds(seconds));
        let keys = api.get("/keys").await.body(StatusCode::OK);
        let last_used_at = keys["items"][0]["lastUsedAt"].as_str().unwrap();
        let last_used_at = DateTime::parse_from_rfc3339(last_used_at).unwrap();
        assert_eq!(last_used_at, start + TimeDelta::seconds(recorded), "after {seconds}");
    }
}

async fn use_of_a_key_is_recorded_after_it_could_not_be_written(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let keys = api.get("/keys").await.body(StatusCode::OK);
    let key = keys["items"][0]["id"].as_str().unwrap().parse().unwrap();
    let (app, account) = (world.server.app.clone(), world.server.account.id);
    let usage = app.usage.clone();
    let (ended, until) = std::sync::mpsc::channel::<()>();
    let (began, begun) = std::sync::mpsc::channel();
    let lock = std::thread::spawn(move || {
        app.db.write(|tx| {
            tx.api_key_for_update(account, key)?;
            let _ = began.send(());
            let _ = until.recv();
            Ok::<_, StoreError>(())
        })
    });
    begun.recv().unwrap();
    for _ in 0..3 {
        world.server.clock.advance(TimeDelta::minutes(1));
        api.get("/me").await.body(StatusCode::OK);
        assert!(!usage.flush_within(Duration::from_millis(100)), "the row is locked");
    }
    drop(ended);
    lock.join().unwrap().unwrap();
    assert!(usage.flush_within(Duration::from_secs(30)));
    let now = world.server.clock.now();
    let keys = api.get("/keys").await.body(StatusCode::OK);
    let last_used_at = keys["items"][0]["lastUsedAt"].as_str().unwrap();
    assert_eq!(DateTime::parse_from_rfc3339(last_used_at).unwrap(), now);
}
