//! The audit log: who changed what, and when. No caller can change it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::domain::api_key::{Scope, Scopes};

use crate::{
    client::{ApiClient, path_with_query},
    support::db::TestDb,
    world::{Person, World},
};

on_both_databases! {
    audit_entry_has_the_actor_the_change_and_the_request_id,
    audit_is_separate_for_each_account,
    audit_of_a_user_has_identities_teams_and_the_deletion,
    audit_is_read_only,
    changed_field_finds_its_changes,
    latest_entry_is_first_by_default,
    pages_cover_the_whole_audit,
}

/// The entries that match a filter, the latest first.
async fn entries(api: &ApiClient, filter: &str) -> Vec<Value> {
    let query = [("filter", filter), ("sortBy", "at"), ("sortOrder", "DESCENDING")];
    let response = api.get(&path_with_query("/audit", &query)).await;
    response.body(StatusCode::OK)["items"].as_array().unwrap().clone()
}

async fn audit_entry_has_the_actor_the_change_and_the_request_id(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let me = api.get("/me").await.body(StatusCode::OK);
    let changed = api.patch("/account", &json!({"name": "Acme"})).await;
    let request = changed.header("x-request-id").unwrap().to_owned();
    let entry = entries(&api, "action eq \"account.update\"").await.remove(0);
    assert_eq!(
        entry,
        json!({
            "id": entry["id"],
            "at": entry["at"],
            "actor": {"type": "API_KEY", "id": me["key"]["id"], "name": "A test"},
            "action": "account.update",
            "target": {"type": "account", "id": me["account"]["id"], "name": null},
            "user": null,
            "changes": [{"field": "name", "from": "A test's account", "to": "Acme"}],
            "etag": entry["etag"],
            "requestId": request,
        })
    );
    let path = format!("/audit/{}", entry["id"].as_str().unwrap());
    assert_eq!(api.get(&path).await.body(StatusCode::OK), entry);
    assert_eq!(entries(&api, "action eq \"ACCOUNT.UPDATE\"").await.len(), 1);
    assert_eq!(entries(&api, "action sw \"account.\"").await.len(), 1);
    for operator in ["eq", "ne"] {
        let filter = format!("action {operator} \"account.rename\"");
        let rejected = api.get(&path_with_query("/audit", &[("filter", &filter)])).await;
        rejected.problem(StatusCode::BAD_REQUEST);
        let expected = rejected.body["errors"][0]["expected"].as_str().unwrap();
        assert!(expected.contains("\"account.update\""), "{expected}");
    }
    assert_eq!(entries(&api, &format!("requestId eq \"{request}\"")).await.len(), 1);

    // A login, and the command line.
    world.login(&Person::with_email("ada@example.com")).await;
    let made = entries(&api, "actor.type eq \"LOGIN\" and action eq \"user.create\"").await;
    let user = world.user("ada@example.com");
    let target =
        json!({"type": "user", "id": user.id.to_string(), "name": user.profile.full_name()});
    assert_eq!(made[0]["target"], target);
    assert_eq!(
        made[0]["user"],
        json!({"id": user.id.to_string(), "name": user.profile.full_name()})
    );
    assert_eq!(made[0]["actor"]["name"], json!(null));
    let by_hand = entries(&api, "actor.type eq \"command_line\"").await;
    assert!(by_hand.iter().all(|entry| entry["actor"]["id"] == json!(null)));
    assert!(by_hand.iter().any(|entry| entry["action"] == "connection.create"));

    // A name is what it is now, and none when the key is gone.
    let other = ApiClient::for_server(&world.server);
    let key = format!("/keys/{}", me["key"]["id"].as_str().unwrap());
    assert_eq!(other.delete(&key).await.status, StatusCode::NO_CONTENT);
    let entry = other.get(&path).await.body(StatusCode::OK);
    assert_eq!(entry["actor"], json!({"type": "API_KEY", "id": me["key"]["id"], "name": null}));
}

async fn audit_is_separate_for_each_account(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let other = world.server.add_account("other", "Other", None);
    let stranger = ApiClient::with_scopes(&world.server, &other, Scopes::full());
    let own = entries(&stranger, "action pr").await;
    assert_eq!(own.len(), 2, "its key was made, with a SCIM client: {own:#?}");
    let entry = entries(&api, "action pr").await.remove(0);
    let path = format!("/audit/{}", entry["id"].as_str().unwrap());
    api.get(&path).await.body(StatusCode::OK);
    stranger.get(&path).await.problem(StatusCode::NOT_FOUND);
    stranger.get("/audit/none").await.problem(StatusCode::NOT_FOUND);
    let unread: Scopes = [Scope::UsersRead].into_iter().collect();
    let program = ApiClient::with_scopes(&world.server, &world.server.account, unread);
    program.get(&path).await.problem(StatusCode::FORBIDDEN);
}

async fn audit_of_a_user_has_identities_teams_and_the_deletion(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    world.login(&Person::with_email("ada@example.com").with_attribute("teamName", "Ops")).await;
    world.login(&Person::with_email("grace@example.com").with_attribute("teamName", "Ops")).await;
    let ada = format!("/users/{}", world.user("ada@example.com").id);
    let user = api.get(&ada).await.body(StatusCode::OK);
    let member = format!("/teams/{}/members/{}", id(&user["teams"][0]), id(&user));
    let changed = api.put(&member, &json!({"role": "ADMIN"})).await;
    assert!(changed.status.is_success(), "{changed:?}");
    let identity = format!("{ada}/identities/{}", id(&user["identities"][0]));
    for path in [member, identity, ada] {
        assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT, "{path}");
    }

    let filter = format!("user.id eq \"{}\"", id(&user));
    let history = entries(&api, &filter).await;
    let deleted = json!({"id": user["id"], "name": null});
    assert!(history.iter().all(|entry| entry["user"] == deleted), "{history:#?}");
    let mut actions: Vec<_> =
        history.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    // Those of a login have one moment.
    actions.sort_unstable();
    assert_eq!(
        actions,
        [
            "identity.create",
            "identity.delete",
            "team.member.add",
            "team.member.change",
            "team.member.remove",
            "user.create",
            "user.delete"
        ]
    );
    let targets = entries(&api, &format!("target.id eq \"{}\"", id(&user))).await;
    assert_eq!(targets.len(), 2, "{targets:#?}");
    let team = entries(&api, "action eq \"team.create\"").await;
    assert_eq!(team[0]["user"], json!(null));
}

fn id(resource: &Value) -> &str {
    resource["id"].as_str().unwrap()
}

async fn audit_is_read_only(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let entry = entries(&api, "action pr").await.remove(0);
    let before = world.count_rows("audit_events");
    for path in ["/audit".to_owned(), format!("/audit/{}", entry["id"].as_str().unwrap())] {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let request = api.request(method, &path).json(&json!({}));
            let response = api.send(request).await;
            response.problem(StatusCode::METHOD_NOT_ALLOWED);
            assert_eq!(response.header("allow"), Some("GET, HEAD"));
        }
    }
    assert_eq!(world.count_rows("audit_events"), before);
}

async fn latest_entry_is_first_by_default(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    for minutes in 0..3 {
        world.server.clock.advance(chrono::TimeDelta::minutes(minutes));
        api.patch("/account", &json!({"name": minutes.to_string()})).await.body(StatusCode::OK);
    }
    for (query, names) in [
        (&[][..], ["2", "1", "0"]),
        (&[("sortBy", "at")], ["2", "1", "0"]),
        (&[("sortOrder", "DESCENDING")], ["2", "1", "0"]),
        (&[("sortOrder", "ASCENDING")], ["0", "1", "2"]),
        (&[("sortOrder", "ascending")], ["0", "1", "2"]),
    ] {
        let query = [query, &[("filter", "action eq \"account.update\"")]].concat();
        let page = api.get(&path_with_query("/audit", &query)).await.body(StatusCode::OK);
        let items = page["items"].as_array().unwrap().iter();
        let found: Vec<_> = items.map(|entry| entry["changes"][0]["to"].clone()).collect();
        assert_eq!(found, names, "{query:?}");
    }
}

async fn pages_cover_the_whole_audit(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    for index in 0..7 {
        api.patch("/account", &json!({"name": index.to_string()})).await.body(StatusCode::OK);
    }
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut query = vec![("count", "2"), ("filter", "target pr")];
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = api.get(&path_with_query("/audit", &query)).await;
        let page = page.body(StatusCode::OK);
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(seen.len(), world.count_rows("audit_events"));
    let ids = |entries: Vec<Value>| entries.into_iter().map(|entry| entry["id"].clone());
    assert_eq!(seen, ids(entries(&api, "target pr").await).collect::<Vec<_>>(), "latest first");
    seen.sort_by_key(ToString::to_string);
    seen.dedup();
    assert_eq!(seen.len(), world.count_rows("audit_events"), "each once");
}

async fn changed_field_finds_its_changes(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let ada = json!({
        "email": "ada@example.com", "role": "USER",
        "mobile": {"regionCode": "DE", "number": "0221 123123"},
        "position": "\"field\":\"locale\"",
        "teams": [{"name": "Ops", "role": "ADMIN"}], "createMissingTeams": true,
    });
    let ada = api.post("/users", &ada).await.body(StatusCode::CREATED);
    let user = ada["id"].as_str().unwrap();
    let path = format!("/users/{user}");
    api.patch(&path, &json!({"role": "ADMIN"})).await.body(StatusCode::OK);
    api.patch(&path, &json!({"department": "Engines"})).await.body(StatusCode::OK);
    for (filter, actions) in [
        ("changes.field eq \"role\"", &["user.update", "team.member.add", "user.create"][..]),
        ("changes.field eq \"department\"", &["user.update"]),
        ("changes.field eq \"mobile.number\"", &["user.create"]),
        ("changes.field eq \"mobile\"", &["user.create"]),
        ("changes.field eq \"teams\"", &["team.member.add"]),
        // A value that looks like a field is not one.
        ("changes.field eq \"locale\"", &[]),
        ("not (changes.field eq \"role\") and action sw \"user.\"", &["user.update"]),
        ("changes.field ne \"role\" and action sw \"user.\"", &["user.update"]),
    ] {
        let filter = format!("user.id eq \"{user}\" and ({filter})");
        let found = entries(&api, &filter).await;
        let mut found: Vec<_> =
            found.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
        let mut actions = actions.to_vec();
        found.sort_unstable();
        actions.sort_unstable();
        assert_eq!(found, actions, "{filter}");
    }
    let team = entries(&api, &format!("user.id eq \"{user}\" and action sw \"team.\"")).await;
    assert_eq!(team[0]["target"]["name"], "Ops");
    assert_eq!(team[0]["user"], json!({"id": user, "name": "Ada"}));
    for wrong in ["co \"ro\"", "eq \"Role\"", "eq \"rol\"", "eq \"\"", "ne \"shoeSize\""] {
        let query = [("filter", format!("changes.field {wrong}"))];
        let query = query.iter().map(|(name, filter)| (*name, filter.as_str())).collect::<Vec<_>>();
        let rejected = api.get(&path_with_query("/audit", &query)).await;
        rejected.problem(StatusCode::BAD_REQUEST);
        if !wrong.starts_with("co") {
            let expected = rejected.body["errors"][0]["expected"].as_str().unwrap();
            assert!(expected.contains("\"teams\""), "{expected}");
        }
    }
    // Each name that an entry has is known.
    for entry in entries(&api, "id pr").await {
        for change in entry["changes"].as_array().unwrap() {
            let field = change["field"].as_str().unwrap();
            assert!(!entries(&api, &format!("changes.field eq \"{field}\"")).await.is_empty());
        }
    }
}
