//! The members of a team, one by one and many at once.

use std::{
    collections::BTreeMap,
    io::Write as _,
    net::TcpStream,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::{
    app::random,
    domain::{
        id::UserId,
        user::{Origin, Profile, User},
    },
    store::StoreError,
};

use crate::{client::ApiClient, support::db::TestDb, teams::make, world::World};

on_both_databases! {
    member_is_added_changed_and_removed,
    team_role_below_the_account_role_is_rejected_with_both_named,
    batch_is_atomic_and_reports_every_error_with_its_pointer,
    batch_adds_changes_and_removes_members_and_counts_them,
    ten_thousand_members_are_added_and_removed_in_one_request,
    none_of_64_simultaneous_changes_is_lost,
    simultaneous_changes_of_one_member_wait_for_each_other,
    raising_the_account_role_raises_team_roles,
    members_are_paged,
    a_change_is_finished_after_its_caller_disconnects,
}

/// Adds users to the account of the server, past the API.
pub(crate) fn stage_all(world: &World, emails: &[String], role: &str) -> Vec<UserId> {
    let (app, account) = (&world.server.app, world.server.account.id);
    let now = app.now();
    let users = emails.iter().map(|email| {
        let id = random::generate_id(UserId::new, now).unwrap();
        User {
            role: role.parse().unwrap(),
            profile: Profile { first_name: "Ada".into(), ..Profile::default() },
            ..User::new(id, account, email.parse().unwrap(), Origin::Admin, now)
        }
    });
    let users: Vec<_> = users.collect();
    let added = app.db.write(|tx| users.iter().try_for_each(|user| tx.insert_user(user)));
    added.map_err(|error: StoreError| error).unwrap();
    users.iter().map(|user| user.id).collect()
}

pub(crate) fn stage(world: &World, email: &str, role: &str) -> UserId {
    stage_all(world, &[email.to_owned()], role).remove(0)
}

fn emails(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("user{number}@example.com")).collect()
}

fn entries(world: &World, action: &str) -> usize {
    crate::teams::actions(world).iter().filter(|done| *done == action).count()
}

async fn member_is_added_changed_and_removed(db: TestDb) {
    let world = World::new(db);
    let (api, user) =
        (ApiClient::for_server(&world.server), stage(&world, "ada@example.com", "RESPONDER"));
    let team = make(&api, "Ops").await;
    let path = format!("/teams/{team}/members/{user}");
    assert_eq!(api.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(api.delete(&path).await.status, StatusCode::NOT_FOUND);

    let put = api.put(&path, &json!({"role": "USER"})).await;
    assert_eq!(put.header("location"), Some(format!("/api/v1{path}").as_str()));
    let tag = put.header("etag").unwrap().to_owned();
    let member = put.body(StatusCode::CREATED);
    assert_eq!((&member["role"], &member["user"]["role"]), (&json!("USER"), &json!("RESPONDER")));
    assert_eq!(member["user"]["email"], "ada@example.com");
    let view = api.get(&path).await;
    assert_eq!((view.header("etag"), &view.body), (Some(tag.as_str()), &member));
    let team_tag = api.get(&format!("/teams/{team}")).await;
    assert_eq!(team_tag.header("etag"), Some("\"v1\""), "the team itself is as it was");

    assert_eq!(api.put(&path, &json!({"role": "USER"})).await.body(StatusCode::OK), member);
    let changed = api.put(&path, &json!({"role": "ADMIN"})).await.body(StatusCode::OK);
    assert_eq!((&changed["role"], &changed["since"]), (&json!("ADMIN"), &member["since"]));
    for method in [Method::PUT, Method::DELETE] {
        let late = api.request(method, &path).header("if-match", &tag);
        let late = api.send(late.json(&json!({"role": "USER"}))).await;
        assert_eq!(late.problem(StatusCode::PRECONDITION_FAILED).0, "changed");
    }
    assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT);
    let absent = api.request(Method::PUT, &path).header("if-match", "*");
    let absent = api.send(absent.json(&json!({"role": "USER"}))).await;
    assert_eq!(absent.status, StatusCode::NOT_FOUND);
    let only_new = async |header: &str| {
        let put = api.request(Method::PUT, &path).header("if-none-match", header);
        api.send(put.json(&json!({"role": "USER"}))).await
    };
    assert_eq!(only_new(&tag).await.problem(StatusCode::BAD_REQUEST).0, "invalid_parameter");
    assert_eq!(only_new("*").await.status, StatusCode::CREATED);
    assert_eq!(only_new("*").await.problem(StatusCode::PRECONDITION_FAILED).0, "already_exists");
    assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT);
    let counted =
        ["add", "change", "remove"].map(|it| entries(&world, &format!("team.member.{it}")));
    assert_eq!(counted, [2, 1, 2]);
}

async fn team_role_below_the_account_role_is_rejected_with_both_named(db: TestDb) {
    let world = World::new(db);
    let (api, user) =
        (ApiClient::for_server(&world.server), stage(&world, "ada@example.com", "ADMIN"));
    let path = format!("/teams/{}/members/{user}", make(&api, "Ops").await);
    let rejected = api.put(&path, &json!({"role": "USER"})).await;
    assert_eq!(rejected.problem(StatusCode::UNPROCESSABLE_ENTITY).1, ["/role"]);
    let error = &rejected.body["errors"][0];
    assert_eq!(error["value"], "USER");
    assert!(error["detail"].as_str().unwrap().contains("account role ADMIN"), "{error}");
    for body in [json!({}), json!({"role": "GUEST"}), json!({"role": "user"}), json!({"role": 1})] {
        let response = api.put(&path, &body).await;
        assert_eq!(response.problem(StatusCode::UNPROCESSABLE_ENTITY).1, ["/role"], "{body}");
    }
    assert_eq!(api.get(&path).await.status, StatusCode::NOT_FOUND);
    let stranger = path.replace(&user.to_string(), "018f0000-0000-7000-8000-000000000000");
    assert_eq!(api.put(&stranger, &json!({"role": "USER"})).await.status, StatusCode::NOT_FOUND);
}

async fn batch_is_atomic_and_reports_every_error_with_its_pointer(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let (ada, bob) =
        (stage(&world, "ada@example.com", "ADMIN"), stage(&world, "bob@example.com", "USER"));
    let team = make(&api, "Ops").await;
    let path = format!("/teams/{team}/members/batch");
    let nobody = "018f0000-0000-7000-8000-000000000000";
    for (operations, places) in [
        (
            json!([
                {"op": "SET", "userId": bob.to_string()},
                {"op": "SET", "userId": ada.to_string(), "role": "RESPONDER"},
                {"op": "SET", "userId": nobody},
            ]),
            vec!["/operations/1/role", "/operations/2/userId"],
        ),
        (
            json!([
                {"op": "SET", "userId": bob.to_string()},
                {"op": "REMOVE", "userId": bob.to_string()},
            ]),
            vec!["/operations/1/userId"],
        ),
        (
            json!([
                {"op": "PUT", "userId": "ada", "rôle": "USER"},
                {"op": "SET", "userId": bob.to_string(), "role": "GUEST"},
                {"op": "SET"},
                7,
            ]),
            vec![
                "/operations/0/op",
                "/operations/0/rôle",
                "/operations/0/userId",
                "/operations/1/role",
                "/operations/2/userId",
                "/operations/3",
            ],
        ),
        (json!({"op": "SET"}), vec!["/operations"]),
    ] {
        let response = api.post(&path, &json!({ "operations": operations })).await;
        let (code, mut found) = response.problem(StatusCode::UNPROCESSABLE_ENTITY);
        found.sort();
        assert_eq!(
            (code.as_str(), found),
            ("invalid", places.iter().map(ToString::to_string).collect())
        );
    }
    assert!(world.server.db().rows_of("memberships").is_empty());
    assert_eq!(entries(&world, "team.member.add"), 0);
    let many = vec![json!({"op": "REMOVE", "userId": nobody}); 10_001];
    let (_, places) = api
        .post(&path, &json!({ "operations": many }))
        .await
        .problem(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(places, ["/operations"]);
    let none = api.post(&path, &json!({"operations": []})).await.body(StatusCode::OK);
    assert_eq!(none, json!({"added": 0, "changed": 0, "removed": 0, "unchanged": 0}));
    assert_eq!(api.get(&path).await.header("allow"), Some("POST"));
}

async fn batch_adds_changes_and_removes_members_and_counts_them(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let users = stage_all(&world, &emails(5), "USER");
    let team = make(&api, "Ops").await;
    for user in &users[1..4] {
        let path = format!("/teams/{team}/members/{user}");
        assert_eq!(api.put(&path, &json!({"role": "USER"})).await.status, StatusCode::CREATED);
    }
    let batch = json!({"operations": [
        {"op": "SET", "userId": users[0].to_string()},
        {"op": "SET", "userId": users[1].to_string(), "role": "ADMIN"},
        {"op": "SET", "userId": users[2].to_string()},
        {"op": "REMOVE", "userId": users[3].to_string(), "role": null},
        {"op": "REMOVE", "userId": users[4].to_string()},
    ]});
    let path = format!("/teams/{team}/members/batch");
    let done = api.post(&path, &batch).await.body(StatusCode::OK);
    assert_eq!(done, json!({"added": 1, "changed": 1, "removed": 1, "unchanged": 2}));
    let again = api.post(&path, &batch).await.body(StatusCode::OK);
    assert_eq!(again, json!({"added": 0, "changed": 0, "removed": 0, "unchanged": 5}));
    let roles = roles(&api, &team).await;
    let expected = [(users[0], "USER"), (users[1], "ADMIN"), (users[2], "USER")];
    let expected = expected.into_iter().map(|(user, role)| (user.to_string(), role.to_owned()));
    assert_eq!(roles, expected.collect());
    let counted =
        ["add", "change", "remove"].map(|it| entries(&world, &format!("team.member.{it}")));
    assert_eq!(counted, [4, 1, 1]);
}

async fn ten_thousand_members_are_added_and_removed_in_one_request(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let users = stage_all(&world, &emails(10_000), "USER");
    let team = make(&api, "Everybody").await;
    let path = format!("/teams/{team}/members/batch");
    for (op, added, removed) in [("SET", 10_000, 0), ("REMOVE", 0, 10_000)] {
        let operations: Vec<_> =
            users.iter().map(|user| json!({"op": op, "userId": user.to_string()})).collect();
        let done = api.post(&path, &json!({ "operations": operations })).await.body(StatusCode::OK);
        let expected = json!({"added": added, "changed": 0, "removed": removed, "unchanged": 0});
        assert_eq!(done, expected);
        let members = api.get(&format!("/teams/{team}/members?count=1&total=true")).await;
        assert_eq!(members.body["total"], added);
    }
}

async fn none_of_64_simultaneous_changes_is_lost(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let users = stage_all(&world, &emails(128), "USER");
    let team = make(&api, "Ops").await;
    let (first, second) = users.split_at(64);
    let paths: Vec<_> = first.iter().map(|user| format!("/teams/{team}/members/{user}")).collect();
    let role = json!({"role": "USER"});
    let batches: Vec<_> = second
        .chunks(8)
        .map(|users| {
            // In either direction, so that two of them want the same rows in
            // another order each.
            let both = users.iter().rev().chain(first.iter().rev().take(16));
            let set = both.map(|user| json!({"op": "SET", "userId": user.to_string()}));
            json!({"operations": set.collect::<Vec<_>>()})
        })
        .collect();
    let batch = format!("/teams/{team}/members/batch");
    let puts = join_all(paths.iter().map(|path| api.put(path, &role)));
    let posts = join_all(batches.iter().map(|body| api.post(&batch, body)));
    let (puts, posts) = tokio::join!(puts, posts);
    assert!(puts.iter().all(|answer| answer.status.is_success()), "{puts:?}");
    assert!(posts.iter().all(|answer| answer.status == StatusCode::OK), "{posts:?}");
    assert_eq!(roles(&api, &team).await.len(), 128);
    assert_eq!(entries(&world, "team.member.add"), 128, "each came once");
}

async fn simultaneous_changes_of_one_member_wait_for_each_other(db: TestDb) {
    let world = World::new(db);
    let (api, user) =
        (ApiClient::for_server(&world.server), stage(&world, "ada@example.com", "STAKEHOLDER"));
    let path = format!("/teams/{}/members/{user}", make(&api, "Ops").await);
    let bodies: Vec<_> = ["STAKEHOLDER", "RESPONDER", "USER", "ADMIN"]
        .into_iter()
        .cycle()
        .take(64)
        .map(|role| json!({ "role": role }))
        .collect();
    let answers = join_all(bodies.iter().map(|body| api.put(&path, body))).await;
    let came = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    let were = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
    assert_eq!((came, were, entries(&world, "team.member.add")), (1, 63, 1));
    let tag = api.get(&path).await.header("etag").unwrap().to_owned();
    let guarded = bodies.iter().filter(|body| body["role"] != answers[0].body["role"]).take(16);
    let guarded = join_all(guarded.map(|_| {
        let request = api.request(Method::DELETE, &path).header("if-match", &tag);
        api.send(request)
    }));
    let gone = guarded.await;
    let gone = gone.iter().filter(|answer| answer.status == StatusCode::NO_CONTENT).count();
    assert_eq!(gone, 1);
}

async fn raising_the_account_role_raises_team_roles(db: TestDb) {
    let pause = if db.address().starts_with("postgres") { "SELECT pg_sleep(0.5);" } else { "" };
    let world = World::new(db);
    let (api, user) =
        (ApiClient::for_server(&world.server), stage(&world, "ada@example.com", "USER"));
    let team = make(&api, "Ops").await;
    // As a change of the user does it, with time in between.
    let id = world.server.db().id(user);
    let raise = format!("BEGIN; UPDATE users SET role = 'ADMIN' WHERE id = {id}; {pause} COMMIT;");
    let path = format!("/teams/{team}/members/{user}");
    let world = Arc::new(world);
    let raising = thread::spawn({
        let world = Arc::clone(&world);
        move || world.server.db().run(&raise)
    });
    thread::sleep(Duration::from_millis(200));
    let response = api.put(&path, &json!({"role": "USER"})).await;
    raising.join().unwrap();
    assert_eq!(response.problem(StatusCode::UNPROCESSABLE_ENTITY).1, ["/role"]);
    assert!(world.server.db().rows_of("memberships").is_empty());
}

async fn members_are_paged(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let users = stage_all(&world, &emails(25), "USER");
    let team = make(&api, "Ops").await;
    let set = users.iter().map(|user| json!({"op": "SET", "userId": user.to_string()}));
    let batch = json!({"operations": set.collect::<Vec<_>>()});
    let path = format!("/teams/{team}/members/batch");
    assert_eq!(api.post(&path, &batch).await.body(StatusCode::OK)["added"], 25);
    assert_eq!(roles(&api, &team).await.len(), 25);
    let filter = "email%20eq%20%22USER7%40example.com%22";
    let found = api.get(&format!("/teams/{team}/members?filter={filter}")).await;
    assert_eq!(found.body["items"].as_array().unwrap().len(), 1);
    let unknown = api.get(&format!("/teams/{team}/members?filter=name%20pr")).await;
    assert_eq!(unknown.problem(StatusCode::BAD_REQUEST).1, ["filter"]);
}

/// Everybody in a team, page by page.
async fn roles(api: &ApiClient, team: &str) -> BTreeMap<String, String> {
    let (mut roles, mut cursor) = (BTreeMap::new(), String::new());
    loop {
        let page = api.get(&format!("/teams/{team}/members?count=10{cursor}")).await;
        for member in page.body["items"].as_array().unwrap() {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            roles.insert(text(&member["user"]["id"]), text(&member["role"]));
        }
        match page.body.get("nextCursor").and_then(Value::as_str) {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return roles,
        }
    }
}

/// Longer than anything takes here, on any machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A batch under an `Idempotency-Key`, as bytes on a connection. Something is
/// asked before it whose answer nobody reads: then the connection is reset when
/// it is dropped, and not closed in order.
fn posted(world: &World, api: &ApiClient, path: &str, body: &str) -> TcpStream {
    let host = world.server.address.strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(host).unwrap();
    let length = body.len();
    let key = api.key();
    write!(
        connection,
        "GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n\
         POST /api/v1{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\nIdempotency-Key: once\r\n\r\n{body}"
    )
    .unwrap();
    connection
}

async fn a_change_is_finished_after_its_caller_disconnects(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let emails: Vec<_> = (0..1_000).map(|n| format!("user{n}@example.com")).collect();
    let users = stage_all(&world, &emails, "USER");
    let set = |user: &UserId| json!({"op": "SET", "userId": user.to_string(), "role": "ADMIN"});
    let operations: Vec<_> = users.iter().map(set).collect();
    let team = make(&api, "Everybody").await;
    let path = format!("/teams/{team}/members/batch");
    let body = json!({"operations": operations}).to_string();

    let me = api.get("/me").await.body(StatusCode::OK);
    let caller = me["key"]["id"].as_str().unwrap().parse().unwrap();
    let (db, account) = (&world.server.app.db, world.server.account.id);
    let hash = openssl::sha::sha256(b"once");
    let begun = || db.read(|tx| tx.idempotent_response(account, caller, hash)).unwrap().is_some();

    let first = posted(&world, &api, &path, &body);
    let begin = Instant::now();
    while !begun() {
        assert!(begin.elapsed() < PATIENCE, "it does not begin");
        thread::yield_now();
    }
    drop(first);
    let response = loop {
        let again = api.request(Method::POST, &path).header("content-type", "application/json");
        let again = api.send(again.header("idempotency-key", "once").body(body.clone())).await;
        if again.status != StatusCode::CONFLICT {
            break again;
        }
        assert!(begin.elapsed() < PATIENCE, "{}", again.text);
    };
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    let members = api.get(&format!("/teams/{team}/members?count=1&total=true")).await;
    assert_eq!(members.body(StatusCode::OK)["total"], 1_000);
    assert_eq!(response.header("idempotency-replayed"), Some("true"));
}
