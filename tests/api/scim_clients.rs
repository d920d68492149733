//! SCIM clients as a resource.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::domain::api_key::{Scope, Scopes};

use crate::{
    client::{ApiClient, path_with_query},
    support::db::TestDb,
    world::World,
};

on_both_databases! {
    scim_client_is_created_changed_and_deleted,
    name_of_a_scim_client_is_unique,
    scim_client_with_valid_keys_is_deleted_only_by_force,
    key_of_scim_has_one_client,
    keys_of_one_client_share_its_external_ids_and_dialect,
    audit_names_the_client_and_not_the_key,
    scim_clients_are_listed,
    all_errors_of_a_scim_client_are_reported_together,
}

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

async fn create(api: &ApiClient, name: &str, dialect: &str) -> Value {
    let body = json!({"name": name, "dialect": dialect});
    api.post("/scim-clients", &body).await.body(StatusCode::CREATED)
}

/// A key of a client: its body, and SCIM with it.
async fn key_of(world: &World, api: &ApiClient, client: &Value, name: &str) -> (Value, ApiClient) {
    let body = json!({"name": name, "scopes": ["scim"], "scimClientId": client["id"]});
    let made = api.post("/keys", &body).await.body(StatusCode::CREATED);
    let scim = ApiClient::scim_with_key(&world.server, made["secret"].as_str().unwrap());
    (made["key"].clone(), scim)
}

fn path(client: &Value) -> String {
    format!("/scim-clients/{}", client["id"].as_str().unwrap())
}

fn is_dialect(value: &Value, dialect: &str) -> bool {
    value.as_str().is_some_and(|value| value.eq_ignore_ascii_case(dialect))
}

async fn scim_client_is_created_changed_and_deleted(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let made = api.post("/scim-clients", &json!({"name": "  Okta "})).await;
    let location = made.header("location").unwrap().to_owned();
    let tag = made.header("etag").unwrap().to_owned();
    let client = made.body(StatusCode::CREATED);
    assert_eq!(client["name"], "Okta");
    assert!(is_dialect(&client["dialect"], "strict"), "{client}");
    assert_eq!(location, format!("/api/v1{}", path(&client)));
    assert_eq!(client["etag"], tag.as_str());

    let path = path(&client);
    let unchanged = api.patch(&path, &json!({"name": "Okta"})).await;
    assert_eq!(unchanged.header("etag"), Some(tag.as_str()));
    let changed = api.patch(&path, &json!({"dialect": "okta"})).await.body(StatusCode::OK);
    assert!(is_dialect(&changed["dialect"], "okta") && changed["name"] == "Okta", "{changed}");
    let stale = |request: reqwest::RequestBuilder| request.header("if-match", &tag);
    for request in [
        api.request(Method::PATCH, &path).json(&json!({"name": "Lost"})),
        api.request(Method::DELETE, &path),
    ] {
        let (code, _) = api.send(stale(request)).await.problem(StatusCode::PRECONDITION_FAILED);
        assert_eq!(code, "changed");
    }
    let view = api.get(&path).await.body(StatusCode::OK);
    assert_eq!(view, changed);
    let seen = view["etag"].as_str().unwrap();
    let again = api.request(Method::GET, &path).header("if-none-match", seen);
    assert_eq!(api.send(again).await.status, StatusCode::NOT_MODIFIED);
    let delete = api.request(Method::DELETE, &path).header("if-match", seen);
    api.send(delete).await.body(StatusCode::NO_CONTENT);
    assert_eq!(api.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(api.delete(&path).await.status, StatusCode::NOT_FOUND);

    let audit = api.get("/audit").await.body(StatusCode::OK);
    let mut actions: Vec<_> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["target"]["id"] == client["id"])
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    // All in one moment, in no order.
    actions.sort_unstable();
    assert_eq!(actions, ["scim_client.create", "scim_client.delete", "scim_client.update"]);
}

async fn name_of_a_scim_client_is_unique(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let (okta, entra) = (create(&api, "Okta", "okta").await, create(&api, "Entra", "entra").await);
    for answer in [
        api.post("/scim-clients", &json!({"name": "OKTA"})).await,
        api.patch(&path(&entra), &json!({"name": "okta"})).await,
    ] {
        let (code, places) = answer.problem(StatusCode::CONFLICT);
        assert_eq!((code.as_str(), places), ("exists", vec!["/name".to_owned()]));
        assert_eq!(answer.body["errors"][0]["conflictsWith"], okta["id"]);
    }
    api.patch(&path(&okta), &json!({"name": "OKTA"})).await.body(StatusCode::OK);
    let other = world.server.add_account("other", "Other", None);
    create(&ApiClient::with_scopes(&world.server, &other, Scopes::full()), "Okta", "okta").await;
}

async fn scim_client_with_valid_keys_is_deleted_only_by_force(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let okta = create(&api, "Okta", "okta").await;
    let (_, scim) = key_of(&world, &api, &okta, "One").await;
    let ada = json!({"schemas": [USER], "userName": "ada@example.com", "externalId": "00u1"});
    let ada = scim.post("/Users", &ada).await.body(StatusCode::CREATED);
    let rejected = api.delete(&path(&okta)).await;
    assert_eq!(rejected.problem(StatusCode::CONFLICT).0, "in_use");
    assert!(rejected.text.contains("force=true"), "{}", rejected.text);
    scim.get("/Users").await.body(StatusCode::OK);

    // A key can't delete its own client, even with force.
    let scopes = json!(["scim", "keys:write"]);
    let own = json!({"name": "Own", "scopes": scopes, "scimClientId": okta["id"]});
    let own = api.post("/keys", &own).await.body(StatusCode::CREATED);
    let own = ApiClient::with_key(&world.server, own["secret"].as_str().unwrap());
    let response = own.delete(&format!("{}?force=true", path(&okta))).await;
    assert_eq!(response.problem(StatusCode::CONFLICT).0, "own_key");

    api.delete(&format!("{}?force=true", path(&okta))).await.body(StatusCode::NO_CONTENT);
    assert_eq!(scim.get("/Users").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(own.get("/me").await.status, StatusCode::UNAUTHORIZED);
    let user = format!("/users/{}", ada["id"].as_str().unwrap());
    assert_eq!(api.get(&user).await.status, StatusCode::OK, "users stay");
    assert_eq!(world.server.db().rows_of("user_external_ids").len(), 0);
    let audit = api.get("/audit").await.body(StatusCode::OK);
    let count = |action: &str| {
        audit["items"].as_array().unwrap().iter().filter(|one| one["action"] == action).count()
    };
    assert_eq!((count("key.delete"), count("scim_client.delete")), (2, 1));
}

async fn key_of_scim_has_one_client(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    // As before there were clients: a client of the same name and dialect.
    let old = json!({"name": "Ping", "scopes": ["scim"], "dialect": "okta"});
    let names = ["Ping", "Ping (2)", "Ping (3)"];
    for name in names {
        let key = api.post("/keys", &old).await.body(StatusCode::CREATED)["key"].clone();
        assert_eq!((&key["name"], &key["scimClient"]["name"]), (&json!("Ping"), &json!(name)));
        assert!(is_dialect(&key["dialect"], "okta"), "{key}");
        let client = api.get(&path(&key["scimClient"])).await.body(StatusCode::OK);
        assert!(is_dialect(&client["dialect"], "okta"), "{client}");
    }
    let everything = json!({"name": "All", "scopes": ["users:read", "scim"]});
    let key = api.post("/keys", &everything).await.body(StatusCode::CREATED)["key"].clone();
    assert!(is_dialect(&key["dialect"], "strict"), "{key}");
    let program = json!({"name": "Program", "scopes": ["users:read"]});
    let key = api.post("/keys", &program).await.body(StatusCode::CREATED)["key"].clone();
    assert_eq!((&key["scimClient"], &key["dialect"]), (&Value::Null, &Value::Null));

    let okta = create(&api, "Okta", "okta").await;
    let other = world.server.add_account("other", "Other", None);
    let theirs = ApiClient::with_scopes(&world.server, &other, Scopes::full());
    let theirs = create(&theirs, "Okta", "okta").await;
    let (ours, theirs) = (&okta["id"], &theirs["id"]);
    for (body, expected) in [
        (json!({"scopes": ["users:read"], "scimClientId": ours}), &["/scimClientId"][..]),
        (json!({"scopes": ["users:read"], "dialect": "okta"}), &["/dialect"]),
        (json!({"scopes": ["scim"], "scimClientId": ours, "dialect": "okta"}), &["/dialect"]),
        (json!({"scopes": ["scim"], "scimClientId": theirs}), &["/scimClientId"]),
        (json!({"scopes": ["scim"], "scimClientId": "Okta"}), &["/scimClientId"]),
        (json!({"scopes": ["scimm"], "scimClientId": ours}), &["/scopes/0"]),
        (json!({"scopes": [], "scimClientId": ours}), &["/scopes"]),
    ] {
        let mut body = body;
        body["name"] = json!("Rejected");
        let response = api.post("/keys", &body).await;
        let (code, places) = response.problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            (code.as_str(), places),
            ("invalid", expected.iter().map(|&at| at.to_owned()).collect()),
            "{body}"
        );
    }
    // A caller without the scope can't give it to a key.
    let some: Scopes = [Scope::KeysWrite].into_iter().collect();
    let poor = ApiClient::with_scopes(&world.server, &world.server.account, some);
    let body = json!({"name": "More", "scopes": ["scim"], "scimClientId": ours});
    let (_, places) = poor.post("/keys", &body).await.problem(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(places, ["/scopes"]);
}

async fn keys_of_one_client_share_its_external_ids_and_dialect(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let (okta, entra) =
        (create(&api, "Okta", "strict").await, create(&api, "Entra", "entra").await);
    let (_, one) = key_of(&world, &api, &okta, "One").await;
    let (_, two) = key_of(&world, &api, &okta, "Two").await;
    let (_, other) = key_of(&world, &api, &entra, "Other").await;
    let ada = json!({"schemas": [USER], "userName": "ada@example.com", "externalId": "00u1"});
    let ada = one.post("/Users", &ada).await.body(StatusCode::CREATED);
    let user = format!("/Users/{}", ada["id"].as_str().unwrap());
    let both = two.get(&user).await;
    assert_eq!(both.header("etag"), one.get(&user).await.header("etag"), "one state");
    assert_eq!(both.body(StatusCode::OK)["externalId"], "00u1");
    assert_eq!(other.get(&user).await.body(StatusCode::OK).get("externalId"), None);
    for (scim, count) in [(&one, 1), (&two, 1), (&other, 0)] {
        let found =
            scim.get(&path_with_query("/Users", &[("filter", "externalId eq \"00u1\"")])).await;
        assert_eq!(found.body(StatusCode::OK)["totalResults"], count);
    }
    let put = json!({"schemas": [USER], "userName": "ada@example.com", "externalId": "00u2"});
    two.put(&user, &put).await.body(StatusCode::OK);
    assert_eq!(one.get(&user).await.body(StatusCode::OK)["externalId"], "00u2");
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{"method": "PUT", "path": user, "data": {
            "schemas": [USER], "userName": "ada@example.com", "externalId": "00u3",
        }}],
    });
    one.post("/Bulk", &bulk).await.body(StatusCode::OK);
    assert_eq!(two.get(&user).await.body(StatusCode::OK)["externalId"], "00u3");

    // The dialect is the client's, for all keys and at once.
    let careless = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "Replace", "path": "active", "value": "True"}],
    });
    let patch = async |scim: &ApiClient| {
        scim.send(scim.request(Method::PATCH, &user).json(&careless)).await.status
    };
    assert_eq!(patch(&one).await, StatusCode::BAD_REQUEST);
    api.patch(&path(&okta), &json!({"dialect": "entra"})).await.body(StatusCode::OK);
    for scim in [&one, &two] {
        assert_eq!(patch(scim).await, StatusCode::OK);
    }
    let fixes = api.get(&format!("{}/compatibility-fixes", path(&okta))).await.body(StatusCode::OK);
    let times: Vec<_> =
        fixes["items"].as_array().unwrap().iter().map(|one| one["times"].clone()).collect();
    assert_eq!(times, [json!(2), json!(2)], "{fixes}");
    let keys = path_with_query("/keys", &[("filter", &format!("scimClient.id eq {}", okta["id"]))]);
    let keys = api.get(&keys).await.body(StatusCode::OK);
    for key in keys["items"].as_array().unwrap() {
        assert!(is_dialect(&key["dialect"], "entra"), "{key}");
        let path = format!("/keys/{}/compatibility-fixes", key["id"].as_str().unwrap());
        assert_eq!(api.get(&path).await.body(StatusCode::OK), fixes);
    }
}

async fn audit_names_the_client_and_not_the_key(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let okta = create(&api, "Okta", "okta").await;
    let (_, scim) = key_of(&world, &api, &okta, "One").await;
    let ada = json!({"schemas": [USER], "userName": "ada@example.com"});
    let ada = scim.post("/Users", &ada).await.body(StatusCode::CREATED);
    let filter = format!("target.id eq {}", ada["id"]);
    let entries = path_with_query("/audit", &[("filter", &filter)]);
    let actor = json!({"type": "SCIM_CLIENT", "id": okta["id"], "name": "Okta"});
    let audit = api.get(&entries).await.body(StatusCode::OK);
    assert_eq!(audit["items"][0]["actor"], actor);
    let of_actor = path_with_query("/audit", &[("filter", &format!("actor.id eq {}", okta["id"]))]);
    assert_eq!(api.get(&of_actor).await.body(StatusCode::OK)["items"], audit["items"]);

    // A request that has begun ends with its own key, not with the client's others.
    let (_, other) = key_of(&world, &api, &okta, "Other").await;
    other.get("/Users").await.body(StatusCode::OK);
    api.patch(&path(&okta), &json!({"name": "Okta of Example"})).await.body(StatusCode::OK);
    let audit = api.get(&entries).await.body(StatusCode::OK);
    assert_eq!(audit["items"][0]["actor"]["name"], "Okta of Example");
    api.delete(&format!("{}?force=1", path(&okta))).await.body(StatusCode::NO_CONTENT);
    let audit = api.get(&entries).await.body(StatusCode::OK);
    assert_eq!(audit["items"][0]["actor"]["name"], Value::Null);
    assert_eq!(audit["items"][0]["actor"]["id"], okta["id"]);
}

async fn scim_clients_are_listed(db: TestDb) {
    let world = World::new(db);
    let reads: Scopes = [Scope::KeysRead].into_iter().collect();
    let writes: Scopes = [Scope::KeysWrite].into_iter().collect();
    let [reader, writer] = [reads, writes]
        .map(|scopes| ApiClient::with_scopes(&world.server, &world.server.account, scopes));
    for (name, dialect) in [("Okta", "okta"), ("entra", "entra"), ("Ping", "okta")] {
        create(&writer, name, dialect).await;
    }
    assert_eq!(writer.get("/scim-clients").await.status, StatusCode::FORBIDDEN);
    let rejected = reader.post("/scim-clients", &json!({"name": "x"})).await;
    assert_eq!(rejected.status, StatusCode::FORBIDDEN);
    for (parameters, expected) in [
        (&[("sortBy", "name")][..], &["entra", "Okta", "Ping"][..]),
        (&[("sortBy", "createdAt"), ("sortOrder", "ascending")], &["Okta", "entra", "Ping"]),
        (&[("filter", "name eq \"OKTA\"")], &["Okta"]),
        (&[("filter", "dialect eq \"OKTA\""), ("sortBy", "name")], &["Okta", "Ping"]),
        (&[("filter", "dialect eq \"okta\""), ("sortBy", "name")], &["Okta", "Ping"]),
        (&[("filter", "name sw \"e\"")], &["entra"]),
    ] {
        let mut page =
            reader.get(&path_with_query("/scim-clients", parameters)).await.body(StatusCode::OK);
        let items = page["items"].as_array_mut().unwrap();
        let mut names: Vec<_> = items.iter().map(|one| one["name"].as_str().unwrap()).collect();
        if !parameters.iter().any(|(name, value)| *name == "sortBy" && *value == "name") {
            names.sort_unstable();
            let mut expected = expected.to_vec();
            expected.sort_unstable();
            assert_eq!(names, expected, "{parameters:?}");
            continue;
        }
        assert_eq!(names, expected, "{parameters:?}");
    }
    let first =
        path_with_query("/scim-clients", &[("count", "2"), ("sortBy", "name"), ("total", "true")]);
    let page = reader.get(&first).await.body(StatusCode::OK);
    assert_eq!((page["items"].as_array().unwrap().len(), &page["total"]), (2, &json!(3)));
    let cursor = page["nextCursor"].as_str().unwrap();
    let rest = [("count", "2"), ("sortBy", "name"), ("cursor", cursor)];
    let page = reader.get(&path_with_query("/scim-clients", &rest)).await.body(StatusCode::OK);
    assert_eq!(page["items"][0]["name"], "Ping");
    assert_eq!(page.get("nextCursor"), None);
    let wrong = path_with_query("/scim-clients", &[("filter", "dialect eq \"ping\"")]);
    assert_eq!(reader.get(&wrong).await.status, StatusCode::BAD_REQUEST);
}

async fn all_errors_of_a_scim_client_are_reported_together(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let okta = create(&api, "Okta", "okta").await;
    let long = "é".repeat(256);
    for (body, expected) in [
        (json!({}), &["/name"][..]),
        (json!({"name": " ", "dialect": "ping"}), &["/name", "/dialect"]),
        (json!({"name": null, "dialect": null}), &["/name", "/dialect"]),
        (json!({"name": long}), &["/name"]),
        (json!({"name": "a\u{200b}b"}), &["/name"]),
        (json!({"name": "x", "keys": []}), &["/keys"]),
        (json!({"name": "x", "id": okta["id"]}), &["/id"]),
    ] {
        let response = api.post("/scim-clients", &body).await;
        assert_eq!(response.problem(StatusCode::UNPROCESSABLE_ENTITY).1, expected, "{body}");
    }
    for (body, expected) in [
        (json!({"name": "", "dialect": "ping"}), &["/name", "/dialect"][..]),
        (json!({"name": null, "dialect": null}), &["/name", "/dialect"]),
        (json!({"etag": "x"}), &["/etag"]),
    ] {
        let response = api.patch(&path(&okta), &body).await;
        assert_eq!(response.problem(StatusCode::UNPROCESSABLE_ENTITY).1, expected, "{body}");
    }
    assert_eq!(api.get(&path(&okta)).await.body(StatusCode::OK), okta);
}
