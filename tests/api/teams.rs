//! Teams: made, renamed, listed, deleted.

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::domain::api_key::{Scope, Scopes};

use crate::{client::ApiClient, members::stage, support::db::TestDb, world::World};

on_both_databases! {
    a_team_is_created_read_renamed_and_deleted,
    a_name_is_unique_without_case,
    simultaneous_creations_of_one_name_create_one_team,
    unchanged_update_preserves_the_version,
    invalid_values_of_a_team_are_reported_with_their_places,
    team_of_another_account_is_not_found,
    teams_are_listed_by_name,
    deleting_a_team_preserves_its_members,
}

pub(crate) async fn make(api: &ApiClient, name: &str) -> String {
    let team = api.post("/teams", &json!({ "name": name })).await.body(StatusCode::CREATED);
    team["id"].as_str().unwrap().to_owned()
}

async fn a_team_is_created_read_renamed_and_deleted(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let made = api.post("/teams", &json!({"name": " Night Watch "})).await;
    let (location, tag) = (made.header("location").unwrap().to_owned(), made.header("etag"));
    let tag = tag.unwrap().to_owned();
    let made = made.body(StatusCode::CREATED);
    assert_eq!((&made["name"], &made["origin"]), (&json!("Night Watch"), &json!("ADMIN")));
    assert_eq!(location, format!("/api/v1/teams/{}", made["id"].as_str().unwrap()));
    let path = location.strip_prefix("/api/v1").unwrap();

    let view = api.get(path).await;
    assert_eq!((view.header("etag"), &view.body), (Some(tag.as_str()), &made));
    let again = api.request(Method::GET, path).header("if-none-match", &tag);
    assert_eq!(api.send(again).await.status, StatusCode::NOT_MODIFIED);

    let renamed = api.patch(path, &json!({"name": "Day Watch"})).await.body(StatusCode::OK);
    assert_eq!((&renamed["name"], &renamed["version"]), (&json!("Day Watch"), &json!(2)));
    let late = api.request(Method::PUT, path).header("if-match", &tag);
    let late = api.send(late.json(&json!({"name": "Late"}))).await;
    assert_eq!(late.problem(StatusCode::PRECONDITION_FAILED).0, "changed");
    let replaced = api.put(path, &json!({"name": "DAY WATCH"})).await;
    let tag = replaced.header("etag").unwrap().to_owned();
    assert_eq!(replaced.body(StatusCode::OK)["name"], "DAY WATCH", "its own name, respelt");

    let stale = api.request(Method::DELETE, path).header("if-match", "\"v1\"");
    assert_eq!(api.send(stale).await.status, StatusCode::PRECONDITION_FAILED);
    let fresh = api.request(Method::DELETE, path).header("if-match", tag);
    assert_eq!(api.send(fresh).await.status, StatusCode::NO_CONTENT);
    for answer in [
        api.get(path).await,
        api.delete(path).await,
        api.put(path, &json!({"name": "Gone"})).await,
        api.patch(path, &json!({})).await,
    ] {
        assert_eq!(answer.problem(StatusCode::NOT_FOUND).0, "not_found");
    }
    let mut actions = actions(&world);
    actions.retain(|action| action.starts_with("team."));
    actions.sort();
    assert_eq!(actions, ["team.create", "team.delete", "team.update", "team.update"]);
}

async fn a_name_is_unique_without_case(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    make(&api, "Ångström").await;
    let other = make(&api, "Other").await;
    let taken = json!({"name": "ÅNGSTRÖM "});
    for answer in [
        api.post("/teams", &taken).await,
        api.put(&format!("/teams/{other}"), &taken).await,
        api.patch(&format!("/teams/{other}"), &taken).await,
    ] {
        assert_eq!(answer.problem(StatusCode::CONFLICT).0, "exists");
    }
}

async fn simultaneous_creations_of_one_name_create_one_team(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let body = json!({"name": "Once"});
    let answers = join_all((0..32).map(|_| api.post("/teams", &body))).await;
    let made = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    let rejected = answers.iter().filter(|answer| answer.status == StatusCode::CONFLICT).count();
    assert_eq!((made, rejected), (1, 31));
}

async fn unchanged_update_preserves_the_version(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let path = format!("/teams/{}", make(&api, "Ops").await);
    world.server.clock.advance(chrono::TimeDelta::hours(1));
    let before = api.get(&path).await.body(StatusCode::OK);
    for answer in [
        api.patch(&path, &json!({})).await,
        api.patch(&path, &json!({"name": "Ops"})).await,
        api.put(&path, &json!({"name": " Ops"})).await,
    ] {
        assert_eq!(answer.body(StatusCode::OK), before);
    }
    assert!(!actions(&world).contains(&"team.update".to_owned()));
}

async fn invalid_values_of_a_team_are_reported_with_their_places(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let long = "x".repeat(256);
    for (body, places) in [
        (json!({}), vec!["/name"]),
        (json!({"name": ""}), vec!["/name"]),
        (json!({"name": " \t"}), vec!["/name"]),
        (json!({"name": "a\u{0}b"}), vec!["/name"]),
        (json!({"name": "\u{200b}"}), vec!["/name"]),
        (json!({"name": " \u{feff}"}), vec!["/name"]),
        (json!({ "name": long }), vec!["/name"]),
        (json!({"name": null}), vec!["/name"]),
        (json!({"name": 7, "nmae": "Ops"}), vec!["/name", "/nmae"]),
        (json!({"name": "Ops", "version": 3}), vec!["/version"]),
        (json!([]), vec![""]),
        (json!(null), vec![""]),
    ] {
        let (code, mut found) =
            api.post("/teams", &body).await.problem(StatusCode::UNPROCESSABLE_ENTITY);
        found.sort();
        assert_eq!(
            (code.as_str(), found),
            ("invalid", places.iter().map(ToString::to_string).collect()),
            "{body}"
        );
    }
    let hint = api.post("/teams", &json!({"name": "Ops", "version": 3})).await;
    assert_eq!(hint.body["errors"][0]["detail"], "is read-only. Leave the field out.");
    let path = format!("/teams/{}", make(&api, "Ops").await);
    let (_, places) =
        api.patch(&path, &json!({"name": null})).await.problem(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(places, ["/name"], "a name can't be taken away");
    let query = api.get("/teams?filter=nmae%20eq%20%22a%22&sortBy=origin").await;
    assert_eq!(query.problem(StatusCode::BAD_REQUEST).1, ["filter", "sortBy"]);
}

async fn team_of_another_account_is_not_found(db: TestDb) {
    let world = World::new(db);
    let (api, user) =
        (ApiClient::for_server(&world.server), stage(&world, "ada@example.com", "USER"));
    let path = format!("/teams/{}", make(&api, "Ops").await);
    let other = world.server.add_account("other", "Other", None);
    let stranger = ApiClient::with_scopes(&world.server, &other, Scopes::full());
    let member = format!("{path}/members/{user}");
    let batch = json!({"operations": []});
    for answer in [
        stranger.get(&path).await,
        stranger.put(&path, &json!({"name": "Mine"})).await,
        stranger.patch(&path, &json!({"name": "Mine"})).await,
        stranger.delete(&path).await,
        stranger.get(&format!("{path}/members")).await,
        stranger.get(&member).await,
        stranger.put(&member, &json!({"role": "USER"})).await,
        stranger.delete(&member).await,
        stranger.post(&format!("{path}/members/batch"), &batch).await,
        api.get("/teams/nobody").await,
    ] {
        assert_eq!(answer.problem(StatusCode::NOT_FOUND).0, "not_found");
    }
    assert_eq!(stranger.get("/teams").await.body(StatusCode::OK)["items"], json!([]));
    let reader: Scopes = [Scope::TeamsRead].into_iter().collect();
    let reader = ApiClient::with_scopes(&world.server, &world.server.account, reader);
    assert_eq!(reader.delete(&path).await.problem(StatusCode::FORBIDDEN).0, "missing_scope");
    assert_eq!(api.get(&path).await.body(StatusCode::OK)["name"], "Ops");
}

async fn teams_are_listed_by_name(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    for name in ["Cook", "alpha", "Bravo"] {
        make(&api, name).await;
    }
    let (mut path, mut names) = ("/teams?sortBy=name&count=2&total=true".to_owned(), Vec::new());
    loop {
        let page = api.get(&path).await.body(StatusCode::OK);
        assert_eq!(page["total"], 3);
        names.extend(page["items"].as_array().unwrap().iter().map(|team| team["name"].clone()));
        let Some(cursor) = page.get("nextCursor").and_then(Value::as_str) else { break };
        path = format!("/teams?sortBy=name&count=2&total=true&cursor={cursor}");
    }
    assert_eq!(names, ["alpha", "Bravo", "Cook"]);
    let found = api.get("/teams?filter=name%20sw%20%22BR%22").await.body(StatusCode::OK);
    assert_eq!(found["items"][0]["name"], "Bravo");
}

async fn deleting_a_team_preserves_its_members(db: TestDb) {
    let world = World::new(db);
    let (api, user) =
        (ApiClient::for_server(&world.server), stage(&world, "ada@example.com", "USER"));
    let path = format!("/teams/{}", make(&api, "Ops").await);
    let put = api.put(&format!("{path}/members/{user}"), &json!({"role": "USER"})).await;
    assert_eq!(put.status, StatusCode::CREATED);
    assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert!(world.server.db().rows_of("memberships").is_empty());
    assert_eq!(world.server.db().rows_of("users").len(), 1);
    let events = world.server.db().rows_of("audit_events");
    let gone = events.iter().find(|event| event["action"].to_string().contains("team.delete"));
    let changes = gone.unwrap()["changes"].to_string();
    assert!(changes.contains("Ops") && changes.contains("members"), "{changes}");
    let filter = format!(
        "/audit?filter=user.id%20eq%20%22{user}%22%20and%20changes.field%20eq%20%22role%22"
    );
    let history = api.get(&filter).await.body(StatusCode::OK);
    let removal = history["items"].as_array().unwrap().iter();
    let removal = removal.filter(|entry| entry["action"] == "team.member.remove");
    let changes: Vec<_> = removal.map(|entry| entry["changes"].clone()).collect();
    let expected = json!([
        {"field": "user", "from": user.to_string(), "to": null},
        {"field": "role", "from": "USER", "to": null},
        {"field": "team", "from": "Ops", "to": null},
    ]);
    assert_eq!(changes, [expected]);
}

/// What the audit log says was done, in no order.
pub(crate) fn actions(world: &World) -> Vec<String> {
    let events = world.server.db().rows_of("audit_events");
    // SQLite's texts come in quotes.
    let text = |event: &Value| event.as_str().unwrap().trim_matches('\'').to_owned();
    events.iter().map(|event| text(&event["action"])).collect()
}
