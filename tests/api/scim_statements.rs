//! How many statements the requests of SCIM clients take.

use std::{pin::pin, sync::mpsc, thread};

use futures_util::future::{Either, join, select};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::{
    domain::{
        api_key::Dialect,
        user::{DeletedUser, User},
    },
    store::{Db, StoreError},
};

use crate::{
    client::{ApiClient, ApiResponse},
    scim::{ENTERPRISE, GROUP, ROLES, USER, expect_error_type, id, patched},
    support::{
        db::TestDb,
        statements::{Statements, wait_for_lock},
    },
    world::World,
};

on_both_databases! {
    gets_take_two_statements,
    changes_of_a_user_take_three_round_trips,
    changes_of_members_take_three_round_trips,
    creation_of_a_user_takes_three_round_trips,
    change_that_waits_for_another_is_made_upon_it,
    simultaneous_creations_of_one_user_name_make_one_user,
    creation_beside_a_deletion_leaves_no_tombstone_of_the_user,
    large_group_and_user_in_many_groups_are_complete,
    manager_is_named_only_by_their_id_in_its_usual_form,
}

/// A client of a server whose statements are followed.
struct Scene {
    world: World,
    scim: ApiClient,
    statements: Statements,
    is_sqlite: bool,
}

impl Scene {
    fn new(db: TestDb) -> Self {
        let statements = Statements::follow(db.address());
        let is_sqlite = db.address().starts_with("sqlite:");
        let world = World::new(db);
        let scim = ApiClient::scim(&world.server, Dialect::Strict);
        Self { world, scim, statements, is_sqlite }
    }

    async fn user(&self, name: &str) -> Value {
        let body = json!({
            "schemas": [USER], "userName": name, "externalId": format!("x-{name}"),
            "name": {"givenName": "Ada", "familyName": "Lovelace"},
        });
        self.scim.post("/Users", &body).await.body(StatusCode::CREATED)
    }

    async fn group(&self, name: &str, members: &[&str]) -> Value {
        let members: Vec<_> = members.iter().map(|user| json!({"value": user})).collect();
        let body = json!({"schemas": [GROUP], "displayName": name, "members": members});
        self.scim.post("/Groups", &body).await.body(StatusCode::CREATED)
    }

    /// Asserts that a request takes at most so many statements on each database, each of which
    /// its connection has prepared once. On PostgreSQL, those of transactions count as well.
    async fn assert_takes(
        &self,
        (on_sqlite, on_postgres): (usize, usize),
        request: impl AsyncFnOnce() -> ApiResponse,
        status: StatusCode,
    ) -> ApiResponse {
        self.statements.take();
        let answer = request().await;
        let sent = self.statements.take();
        assert_eq!(answer.status, status, "{}", answer.text);
        let count = match self.is_sqlite {
            true => sent.iter().filter(|one| !is_control(one)).count(),
            false => sent.len(),
        };
        let limit = if self.is_sqlite { on_sqlite } else { on_postgres };
        assert!((1..=limit).contains(&count), "{sent:#?}");
        let prepared = self.statements.prepared();
        for statement in sent.iter().filter(|one| !is_control(one)) {
            assert!(prepared.contains(statement.trim_end()), "prepared each time: {statement}");
        }
        answer
    }
}

/// Begins and ends transactions.
fn is_control(statement: &str) -> bool {
    ["PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE", "COMMIT"]
        .iter()
        .any(|word| statement.starts_with(word))
}

async fn gets_take_two_statements(db: TestDb) {
    let scene = Scene::new(db);
    let grace = scene.user("grace@example.com").await;
    let ada = json!({
        "schemas": [USER], "userName": "ada@example.com", "externalId": "4711",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":
            {"manager": {"value": id(&grace)}},
    });
    let ada = scene.scim.post("/Users", &ada).await.body(StatusCode::CREATED);
    let teams = ["Zeta", "Alpha"].map(async |name| scene.group(name, &[id(&ada)]).await);
    let [_, alpha] = futures_util::future::join_all(teams).await.try_into().unwrap();
    let path = format!("/Users/{}", id(&ada));
    let get = async || scene.scim.get(&path).await;
    let found = scene.assert_takes((2, 2), get, StatusCode::OK).await;
    let (etag, found) = (found.header("etag").map(str::to_owned), found.body);
    let list = scene.scim.get("/Users?filter=userName%20eq%20%22ada@example.com%22").await;
    assert_eq!(list.body["Resources"], json!([found]), "the list and the user agree");
    assert_eq!(etag.as_deref(), found["meta"]["version"].as_str());
    let names: Vec<_> =
        found["groups"].as_array().unwrap().iter().map(|it| &it["display"]).collect();
    assert_eq!(names, ["Alpha", "Zeta"]);
    let enterprise = &found["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"];
    assert_eq!(enterprise["manager"]["displayName"], "Ada Lovelace");
    assert_eq!(found["externalId"], "4711");

    let path = format!("/Groups/{}", id(&alpha));
    let get = async || scene.scim.get(&path).await;
    let found = scene.assert_takes((2, 2), get, StatusCode::OK).await.body;
    assert_eq!(found, alpha);
    let list = scene.scim.get("/Groups?filter=displayName%20eq%20%22Alpha%22").await;
    assert_eq!(list.body["Resources"], json!([found]));
    let get = async || scene.scim.get(&format!("{path}?excludedAttributes=members")).await;
    let found = scene.assert_takes((2, 2), get, StatusCode::OK).await.body;
    assert_eq!(found.get("members"), None);
}

async fn large_group_and_user_in_many_groups_are_complete(db: TestDb) {
    let scene = Scene::new(db);
    let ada = scene.user("ada@example.com").await;
    for number in 0..55 {
        scene.group(&format!("Group {number:02}"), &[id(&ada)]).await;
    }
    let found = scene.scim.get(&format!("/Users/{}", id(&ada))).await.body(StatusCode::OK);
    assert_eq!(found["groups"].as_array().unwrap().len(), 55);
    let users: Vec<_> = (0..510).map(|number| format!("user{number}@example.com")).collect();
    let rows: String = users.iter().map(|email| format!("{email}\n")).collect();
    let api = ApiClient::for_server(&scene.world.server);
    let import = api.request(Method::POST, "/users/import").header("content-type", "text/csv");
    let import = api.send(import.body(format!("email\n{rows}"))).await;
    assert!(import.status.is_success(), "{}", import.text);
    let ids: Vec<_> = users.iter().map(|email| scene.world.user(email).id.to_string()).collect();
    let group = scene.group("All", &ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let path = format!("/Groups/{}", id(&group));
    let found = scene.scim.get(&path).await.body(StatusCode::OK);
    assert_eq!(found["members"].as_array().unwrap().len(), 510);
    assert_eq!(found, group);
}

/// The actions of the audit entries of a target, by name.
async fn audited_actions(scene: &Scene, target: &str) -> Vec<String> {
    let api = ApiClient::for_server(&scene.world.server);
    let page = api.get(&format!("/audit?filter=target%20eq%20%22{target}%22")).await;
    let page = page.body(StatusCode::OK);
    let items = page["items"].as_array().unwrap().iter();
    let mut actions: Vec<_> =
        items.map(|entry| entry["action"].as_str().unwrap().to_owned()).collect();
    actions.sort_unstable();
    actions
}

async fn changes_of_a_user_take_three_round_trips(db: TestDb) {
    let scene = Scene::new(db);
    let ada = scene.user("ada@example.com").await;
    scene.group("Ops", &[id(&ada)]).await;
    let path = format!("/Users/{}", id(&ada));
    let changes = [
        ("replace", "title", "Engineer", 5),
        ("replace", "nickName", "Countess", 6),
        ("replace", "nickName", "Ada", 6),
        ("replace", "name.givenName", "Augusta", 5),
        ("replace", "name.givenName", "Augusta", 3),
        ("remove", "nickName", "", 6),
    ];
    for (op, attribute, value, on_sqlite) in changes {
        let mut operation = json!({"op": op, "path": attribute});
        if op == "replace" {
            operation["value"] = json!(value);
        }
        let patch = async || patched(&scene.scim, &path, json!([operation])).await;
        let changed = scene.assert_takes((on_sqlite, 3), patch, StatusCode::OK).await;
        let pointer = format!("/{}", attribute.replace('.', "/"));
        assert_eq!(changed.body.pointer(&pointer).and_then(Value::as_str).unwrap_or(""), value);
        let read = scene.scim.get(&path).await;
        assert_eq!((read.header("etag"), &read.body), (changed.header("etag"), &changed.body));
    }
    let mut replacement = scene.scim.get(&path).await.body;
    replacement["title"] = json!("Analyst");
    let put = async || scene.scim.put(&path, &replacement).await;
    let replaced = scene.assert_takes((5, 3), put, StatusCode::OK).await;
    assert_eq!(replaced.body, scene.scim.get(&path).await.body);
    scene.world.server.db().assert_values_agree();
    let actions = audited_actions(&scene, id(&ada)).await;
    assert_eq!(actions, [["user.create"].as_slice(), &["user.update"; 6]].concat());
    // With a condition that holds, and one that does not.
    let etags = [
        (replaced.header("etag").unwrap(), StatusCode::OK),
        ("\"x\"", StatusCode::PRECONDITION_FAILED),
    ];
    for (etag, status) in etags {
        let body = json!({"title": "Countess"});
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "value": body}],
        });
        let request = scene.scim.request(Method::PATCH, &path).header("if-match", etag);
        assert_eq!(scene.scim.send(request.json(&body)).await.status, status);
    }
}

async fn changes_of_members_take_three_round_trips(db: TestDb) {
    let scene = Scene::new(db);
    let ada = scene.user("ada@example.com").await;
    let grace = scene.user("grace@example.com").await;
    let group = scene.group("Ops", &[id(&grace)]).await;
    let path = format!("/Groups/{}", id(&group));
    let member = json!([{"value": id(&ada)}]);
    let changes = [
        (json!({"op": "add", "path": "members", "value": member}), 7),
        (json!({"op": "add", "path": "members", "value": member}), 5),
        (
            json!({
                "op": "replace", "path": format!("{ROLES}:memberRoles[value eq \"{}\"].role", id(&ada)),
                "value": "ADMIN",
            }),
            7,
        ),
        (json!({"op": "remove", "path": format!("members[value eq \"{}\"]", id(&ada))}), 7),
    ];
    let mut members = Vec::new();
    for (operation, on_sqlite) in changes {
        let patch = async || patched(&scene.scim, &path, json!([operation])).await;
        scene.assert_takes((on_sqlite, 3), patch, StatusCode::NO_CONTENT).await;
        let read = scene.scim.get(&path).await.body(StatusCode::OK);
        members.push(read["members"].as_array().unwrap().len());
    }
    assert_eq!(members, [2, 2, 2, 1]);
    let actions = audited_actions(&scene, id(&group)).await;
    let expected = [
        "team.create",
        "team.member.add",
        "team.member.add",
        "team.member.change",
        "team.member.remove",
    ];
    assert_eq!(actions, expected);
    // The last member is removed in a transaction, whose response is the group.
    let operation =
        json!({"op": "remove", "path": format!("members[value eq \"{}\"]", id(&grace))});
    let emptied = patched(&scene.scim, &path, json!([operation])).await.body(StatusCode::OK);
    assert_eq!(emptied.get("members"), None);
}

async fn creation_of_a_user_takes_three_round_trips(db: TestDb) {
    let scene = Scene::new(db);
    scene.user("grace@example.com").await;
    let body = json!({
        "schemas": [USER], "userName": "ada@example.com", "externalId": "4711", "title": "Countess",
        "nickName": "Ada", "name": {"givenName": "Ada", "familyName": "Lovelace"},
    });
    let create = async || scene.scim.post("/Users", &body).await;
    // The triggers of SQLite count the users.
    let created = scene.assert_takes((8, 3), create, StatusCode::CREATED).await;
    let path = format!("/Users/{}", id(&created.body));
    assert_eq!(scene.scim.get(&path).await.body(StatusCode::OK), created.body);
    scene.world.server.db().assert_values_agree();
    assert_eq!(audited_actions(&scene, id(&created.body)).await, ["user.create"]);
    let again = scene.scim.post("/Users", &body).await;
    assert_eq!(expect_error_type(&again, StatusCode::CONFLICT), "uniqueness");
    // A user who was deleted is created anew, and their tombstone goes.
    assert_eq!(scene.scim.delete(&path).await.status, StatusCode::NO_CONTENT);
    let tombstones = async || {
        let api = ApiClient::for_server(&scene.world.server);
        api.get("/deleted-users").await.body(StatusCode::OK)["items"].as_array().unwrap().len()
    };
    assert_eq!(tombstones().await, 1);
    scene.scim.post("/Users", &body).await.body(StatusCode::CREATED);
    assert_eq!(tombstones().await, 0);
}

async fn change_that_waits_for_another_is_made_upon_it(db: TestDb) {
    let scene = Scene::new(db);
    let ada = scene.user("ada@example.com").await;
    let path = format!("/Users/{}", id(&ada));
    for (condition, status) in [(false, StatusCode::OK), (true, StatusCode::PRECONDITION_FAILED)] {
        let etag = scene.scim.get(&path).await.header("etag").unwrap().to_owned();
        let user = scene.world.user("ada@example.com");
        let other: Db = (**scene.world.server.db()).clone();
        let (locked, is_locked) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let writer = thread::spawn(move || {
            let change = other.write(|tx| {
                let before = tx.user_for_update(user.account, user.id)?.unwrap();
                let version = before.version + 1;
                let after = User {
                    version,
                    display_name: Some(format!("Ada {version}")),
                    ..before.clone()
                };
                tx.update_user(&before, &after)?;
                locked.send(()).unwrap();
                let _ = released.recv();
                Ok::<_, StoreError>(())
            });
            change.unwrap();
        });
        is_locked.recv().unwrap();
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "title", "value": format!("Countess {condition}")}],
        });
        let request = scene.scim.request(Method::PATCH, &path).json(&body);
        let request = if condition { request.header("if-match", etag) } else { request };
        let release = async {
            wait_for_lock(scene.world.server.db()).await;
            drop(release);
        };
        let (answer, ()) = join(scene.scim.send(request), release).await;
        writer.join().unwrap();
        assert_eq!(answer.status, status, "{}", answer.text);
        let read = scene.scim.get(&path).await.body(StatusCode::OK);
        let version = scene.world.user("ada@example.com").version;
        let (title, display_name) = match condition {
            false => ("Countess false", format!("Ada {}", version - 1)),
            true => ("Countess false", format!("Ada {version}")),
        };
        assert_eq!((&read["title"], &read["displayName"]), (&json!(title), &json!(display_name)));
    }
}

async fn creation_beside_a_deletion_leaves_no_tombstone_of_the_user(db: TestDb) {
    let scene = Scene::new(db);
    scene.user("grace@example.com").await;
    scene.user("ada@example.com").await;
    let user = scene.world.user("ada@example.com");
    let deleted = DeletedUser {
        id: user.id,
        account: user.account,
        email: user.email.clone(),
        deleted_at: user.created_at,
    };
    let other: Db = (**scene.world.server.db()).clone();
    let (locked, is_locked) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let writer = thread::spawn(move || {
        let deletion = other.write(|tx| {
            tx.delete_user(user.account, user.id)?;
            tx.insert_deleted_user(&deleted, &[])?;
            locked.send(()).unwrap();
            let _ = released.recv();
            Ok::<_, StoreError>(())
        });
        deletion.unwrap();
    });
    is_locked.recv().unwrap();
    let body = json!({"schemas": [USER], "userName": "ada@example.com"});
    let (create, wait) = (scene.scim.post("/Users", &body), wait_for_lock(scene.world.server.db()));
    let created = match select(pin!(create), pin!(wait)).await {
        Either::Left((created, _)) => {
            drop(release);
            created
        }
        Either::Right(((), create)) => {
            drop(release);
            create.await
        }
    };
    writer.join().unwrap();
    let tombstones = match created.status {
        StatusCode::CREATED => 0,
        // The deletion was not committed yet.
        status => {
            assert_eq!(status, StatusCode::CONFLICT, "{}", created.text);
            1
        }
    };
    assert_eq!(scene.world.count_rows("deleted_users"), tombstones);
    assert_eq!(scene.world.count_rows("users"), 2 - tombstones);
}

async fn simultaneous_creations_of_one_user_name_make_one_user(db: TestDb) {
    let scene = Scene::new(db);
    for round in 0..10 {
        let body = json!({"schemas": [USER], "userName": format!("ada{round}@example.com")});
        let create = || scene.scim.post("/Users", &body);
        let (one, other) = join(create(), create()).await;
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [StatusCode::CREATED, StatusCode::CONFLICT]);
        let rejected = if one.status == StatusCode::CONFLICT { one } else { other };
        assert_eq!(expect_error_type(&rejected, StatusCode::CONFLICT), "uniqueness");
    }
}

async fn manager_is_named_only_by_their_id_in_its_usual_form(db: TestDb) {
    let scene = Scene::new(db);
    let grace = scene.user("grace@example.com").await;
    let usual = id(&grace).to_owned();
    let digits = usual.replace('-', "");
    let shifted = format!(
        "{}-{}-{}-{}-{}",
        &digits[..4],
        &digits[4..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..]
    );
    for (index, (manager, is_named)) in
        [(usual, true), (shifted, false), ("Grace".to_owned(), false)].into_iter().enumerate()
    {
        let body = json!({
            "schemas": [USER, ENTERPRISE], "userName": format!("ada{index}@example.com"),
            ENTERPRISE: {"manager": {"value": manager}},
        });
        let created = scene.scim.post("/Users", &body).await.body(StatusCode::CREATED);
        let read = scene.scim.get(&format!("/Users/{}", id(&created))).await.body(StatusCode::OK);
        let filter = format!("/Users?filter=userName%20eq%20%22ada{index}@example.com%22");
        let listed = scene.scim.get(&filter).await.body(StatusCode::OK);
        assert_eq!(listed["Resources"], json!([read]), "{manager}");
        assert_eq!(read[ENTERPRISE]["manager"].get("displayName").is_some(), is_named, "{read}");
    }
}
