//! Users: staged, looked at, listed.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::domain::api_key::{Scope, Scopes};

use crate::{
    client::{ApiClient, ApiResponse},
    support::db::TestDb,
    world::{Person, World},
};

pub(crate) const ADA: &str = "ada.lovelace@example.com";

on_both_databases! {
    address_is_sufficient_to_stage_a_user,
    user_is_staged_with_every_field,
    all_errors_of_a_body_are_reported_together,
    unreadable_values_do_not_hide_other_errors,
    an_unreadable_value_is_reported_once_and_breaks_no_other_rule,
    missing_teams_are_created_if_requested_and_allowed,
    existing_user_is_rejected_with_the_id,
    a_forbidden_pair_is_rejected_and_both_roles_are_named,
    users_are_listed_with_their_teams,
    users_of_another_account_are_not_found,
    malformed_and_hostile_bodies_are_rejected,
}

pub(crate) fn path(user: &Value) -> String {
    format!("/users/{}", user["id"].as_str().unwrap())
}

pub(crate) async fn stage(api: &ApiClient, body: Value) -> Value {
    api.post("/users", &body).await.body(StatusCode::CREATED)
}

pub(crate) fn roles(user: &Value) -> Vec<(&str, &str)> {
    let teams = user["teams"].as_array().unwrap().iter();
    teams.map(|team| (team["name"].as_str().unwrap(), team["role"].as_str().unwrap())).collect()
}

pub(crate) fn places(answer: &ApiResponse) -> Vec<String> {
    answer.problem(StatusCode::UNPROCESSABLE_ENTITY).1
}

async fn address_is_sufficient_to_stage_a_user(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let made = api.post("/users", &json!({"email": ADA})).await;
    let location = made.header("location").unwrap().to_owned();
    let tag = made.header("etag").unwrap().to_owned();
    let user = made.body(StatusCode::CREATED);
    assert_eq!(location, format!("/api/v1{}", path(&user)));
    for (field, value) in [
        ("email", json!(ADA)),
        ("firstName", json!("Ada")),
        ("lastName", json!("Lovelace")),
        ("role", json!("STAKEHOLDER")),
        ("status", json!("STAGED")),
        ("origin", json!("ADMIN")),
        ("mobile", Value::Null),
        ("externalId", Value::Null),
        ("teams", json!([])),
        ("identities", json!([])),
        ("firstLoginAt", Value::Null),
        ("version", json!(1)),
    ] {
        assert_eq!(user[field], value, "{field}");
    }
    let view = api.get(&path(&user)).await;
    assert_eq!(view.header("etag"), Some(&*tag));
    assert_eq!(view.body(StatusCode::OK), user);
    let again = api.request(Method::GET, &path(&user)).header("if-none-match", &tag);
    assert_eq!(api.send(again).await.status, StatusCode::NOT_MODIFIED);

    // The staged values stay, and the user is not STAGED any more.
    world
        .login(
            &Person::with_email(ADA)
                .with_attribute("firstName", "Else")
                .with_attribute("role", "ADMIN"),
        )
        .await;
    let user = api.get(&path(&user)).await.body(StatusCode::OK);
    assert_eq!((&user["status"], &user["firstName"]), (&json!("ACTIVE"), &json!("Ada")));
    assert_eq!(user["identities"][0]["subject"], ADA);
    assert_eq!(user["identities"][0]["connectionId"], world.server.connection.id.to_string());
}

async fn user_is_staged_with_every_field(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let team = api.post("/teams", &json!({"name": "Ops"})).await.body(StatusCode::CREATED);
    let user = stage(
        &api,
        json!({
            "email": ADA,
            "externalId": "4711",
            "firstName": " Augusta ",
            "lastName": "",
            "position": "Countess",
            "department": "Engines",
            "role": "USER",
            "mobile": {"regionCode": "de", "number": "0221 123123"},
            "userProfileImage": "https://example.com/ada.png",
            "status": "DISABLED",
            "teams": [{"id": team["id"]}, {"name": "night", "role": "ADMIN"}],
            "createMissingTeams": true,
        }),
    )
    .await;
    assert_eq!((&user["firstName"], &user["lastName"]), (&json!("Augusta"), &json!("")));
    let mobile = json!({"regionCode": "DE", "number": "0221 123123", "e164": "+49221123123"});
    assert_eq!(user["mobile"], mobile);
    assert_eq!(user["status"], "DISABLED");
    // What is left out is RESPONDER, raised to the account role.
    assert_eq!(roles(&user), [("night", "ADMIN"), ("Ops", "USER")]);
    assert_eq!(api.get(&path(&user)).await.body(StatusCode::OK), user);
}

async fn all_errors_of_a_body_are_reported_together(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let wrong = json!({
        "email": "nobody", "firstName": 7, "lastNam": "x", "role": "user", "version": 3,
        "mobile": {"regionCode": "DE", "e164": "+49"}, "teams": [{"role": "CHIEF"}],
    });
    let mut found = places(&api.post("/users", &wrong).await);
    found.sort_unstable();
    let expected = [
        "/email",
        "/firstName",
        "/lastNam",
        "/mobile/e164",
        "/mobile/number",
        "/role",
        "/teams/0",
        "/teams/0/role",
        "/version",
    ];
    assert_eq!(found, expected);
    let wrong = json!({
        "email": ADA, "mobile": {"regionCode": "ZZ", "number": "1"},
        "userProfileImage": "javascript:alert(1)", "status": "ACTIVE",
        "teams": [{}, {"name": "Ops"}, {"name": "OPS"}],
    });
    let found = places(&api.post("/users", &wrong).await);
    let values = ["/mobile/regionCode", "/userProfileImage", "/teams/0", "/teams/2"];
    assert_eq!(found, [&values[..], &["/status", "/teams/1/name"]].concat());
    let response = api.post("/users", &json!({"email": ADA, "status": "ACTIVE"})).await;
    assert_eq!(places(&response), ["/status"]);
    assert_eq!(world.count_rows("users"), 0);
}

/// The wrong bodies, each sent as a new user, as a user put in another's place,
/// and as a change of one.
async fn check(world: &World, table: &[(Value, &[&str])]) {
    let api = ApiClient::for_server(&world.server);
    let grace = stage(&api, json!({"email": "grace@example.com"})).await;
    api.post("/teams", &json!({"name": "Ops"})).await.body(StatusCode::CREATED);
    for (wrong, expected) in table {
        let put = api.put(&path(&grace), wrong).await;
        for answer in [api.post("/users", wrong).await, put, api.patch(&path(&grace), wrong).await]
        {
            assert_eq!(places(&answer), *expected, "{wrong}");
        }
    }
    assert_eq!(world.count_rows("users"), 1);
}

async fn unreadable_values_do_not_hide_other_errors(db: TestDb) {
    const TEAM: &str = "0198c5a0-7d2c-7000-8000-0000000000c0";
    let number = || json!({"regionCode": "DE", "number": "12"});
    let low = || json!([{"name": "Ops", "role": "RESPONDER"}]);
    check(
        &World::new(db),
        &[
            (
                json!({
                    "shoeSize": 43, "email": "nobody", "role": "ADMIN", "position": 7,
                    "mobile": number(), "userProfileImage": "javascript:alert(1)", "teams": low(),
                }),
                &[
                    "/shoeSize",
                    "/email",
                    "/position",
                    "/mobile/number",
                    "/userProfileImage",
                    "/teams/0/role",
                ],
            ),
            (
                json!({"email": ADA, "mobile": number(), "version": 99}),
                &["/version", "/mobile/number"],
            ),
            (
                json!({"email": ADA, "teams": [7, {"name": "Ops"}, {"id": 5}, {"name": "ops"}, {}]}),
                &["/teams/0", "/teams/2/id", "/teams/3", "/teams/4"],
            ),
            (
                json!({"email": ADA, "teams": [{"id": TEAM}, {"id": TEAM, "name": 5}]}),
                &["/teams/1/name", "/teams/1", "/teams/0/id"],
            ),
        ],
    )
    .await;
}

async fn an_unreadable_value_is_reported_once_and_breaks_no_other_rule(db: TestDb) {
    let number = "0221 123123";
    check(
        &World::new(db),
        &[
            (
                json!({"email": ADA, "role": 5, "teams": [{"name": "Ops", "role": "RESPONDER"}]}),
                &["/role"],
            ),
            (
                json!({"email": ADA, "mobile": {"regionCode": 5, "number": number}}),
                &["/mobile/regionCode"],
            ),
            (
                json!({"email": ADA, "mobile": {"regionCode": null, "number": number}}),
                &["/mobile/regionCode"],
            ),
            (json!({"email": ADA, "userProfileImage": {"a": 1}}), &["/userProfileImage"]),
            (json!({"email": ADA, "mobile": "0221"}), &["/mobile"]),
            (json!({"email": ADA, "teams": "Ops"}), &["/teams"]),
            (json!([ADA]), &[""]),
        ],
    )
    .await;
}

async fn missing_teams_are_created_if_requested_and_allowed(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let team = uuid::Uuid::nil();
    let unknown = json!({"email": ADA, "teams": [{"name": "Ops"}, {"id": team}]});
    assert_eq!(places(&api.post("/users", &unknown).await), ["/teams/0/name", "/teams/1/id"]);
    let body = json!({"email": ADA, "teams": [{"name": "Ops"}], "createMissingTeams": true});
    let scopes: Scopes = [Scope::UsersWrite].into_iter().collect();
    let limited = ApiClient::with_scopes(&world.server, &world.server.account, scopes);
    let (code, _) = limited.post("/users", &body).await.problem(StatusCode::FORBIDDEN);
    assert_eq!(code, "missing_scope");
    assert_eq!((world.count_rows("users"), world.count_rows("teams")), (0, 0));
    let user = stage(&api, body).await;
    assert_eq!(roles(&user), [("Ops", "RESPONDER")]);
    // A name that is there in another case is that team.
    let grace = json!({"email": "grace@example.com", "teams": [{"name": " oPS"}]});
    assert_eq!(roles(&stage(&api, grace).await), [("Ops", "RESPONDER")]);
    assert_eq!(world.count_rows("teams"), 1);
    let both = json!({"email": "joan@example.com", "teams": [
        {"id": user["teams"][0]["id"], "name": "Night"},
        {"id": user["teams"][0]["id"], "name": "ops"},
    ]});
    assert_eq!(places(&api.post("/users", &both).await), ["/teams/1", "/teams/0/name"]);
    let other = json!({"email": "joan@example.com", "teams": [
        {"id": user["teams"][0]["id"], "name": "Night"},
    ]});
    assert_eq!(places(&api.post("/users", &other).await), ["/teams/0/name"]);
}

async fn existing_user_is_rejected_with_the_id(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let ada = stage(&api, json!({"email": ADA, "externalId": "4711"})).await;
    let grace = stage(&api, json!({"email": "grace@example.com"})).await;
    for (answer, field) in [
        (api.post("/users", &json!({"email": "ADA.Lovelace@example.com"})).await, "email"),
        (api.post("/users", &json!({"email": "x@y", "externalId": "4711"})).await, "externalId"),
        (api.patch(&path(&grace), &json!({"email": ADA})).await, "email"),
        (api.patch(&path(&grace), &json!({"externalId": "4711"})).await, "externalId"),
    ] {
        let (code, _) = answer.problem(StatusCode::CONFLICT);
        let detail = answer.body["detail"].as_str().unwrap();
        assert_eq!(code, "exists");
        assert!(detail.contains(field) && detail.contains(ada["id"].as_str().unwrap()), "{detail}");
    }
    // Another spelling of one's own address is no other user's.
    let spelled = api.patch(&path(&ada), &json!({"email": "Ada.Lovelace@Example.com"})).await;
    assert_eq!(spelled.body(StatusCode::OK)["email"], "Ada.Lovelace@Example.com");
    assert_eq!(world.count_rows("users"), 2);
}

async fn a_forbidden_pair_is_rejected_and_both_roles_are_named(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let teams = json!([{"name": "Ops", "role": "USER"}]);
    let low = json!({"email": ADA, "role": "ADMIN", "teams": teams, "createMissingTeams": true});
    let response = api.post("/users", &low).await;
    assert_eq!(places(&response), ["/teams/0/role"]);
    let error = &response.body["errors"][0];
    assert!(error["detail"].as_str().unwrap().contains("ADMIN"), "{error}");
    assert_eq!((&error["value"], world.count_rows("teams")), (&json!("USER"), 0));
    let user = stage(&api, json!({"email": ADA, "teams": teams, "createMissingTeams": true})).await;
    let both = json!({"role": "ADMIN", "teams": teams});
    assert_eq!(places(&api.patch(&path(&user), &both).await), ["/teams/0/role"]);
    let unchanged = api.get(&path(&user)).await.body(StatusCode::OK);
    assert_eq!(unchanged, user);
}

async fn users_are_listed_with_their_teams(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    for name in ["ada", "grace", "joan"] {
        let teams = json!([{"name": "Ops"}, {"name": name}]);
        let email = format!("{name}@example.com");
        stage(&api, json!({"email": email, "teams": teams, "createMissingTeams": true})).await;
    }
    let first =
        api.get("/users?sortBy=email&count=2&total=true&include=teams").await.body(StatusCode::OK);
    assert_eq!((&first["total"], first["items"].as_array().unwrap().len()), (&json!(3), 2));
    assert_eq!(roles(&first["items"][0]), [("ada", "RESPONDER"), ("Ops", "RESPONDER")]);
    let cursor = first["nextCursor"].as_str().unwrap();
    let next = api.get(&format!("/users?sortBy=email&count=2&cursor={cursor}")).await;
    let next = next.body(StatusCode::OK);
    assert_eq!(next["items"][0]["email"], "joan@example.com");
    let (code, places) =
        api.get("/users?filter=emial%20eq%20%22x%22").await.problem(StatusCode::BAD_REQUEST);
    assert_eq!((code.as_str(), places), ("invalid_parameter", vec!["filter".into()]));
}

async fn users_of_another_account_are_not_found(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let account = world.server.add_account("acme", "Acme", None);
    let other = ApiClient::with_scopes(&world.server, &account, Scopes::full());
    let user =
        stage(&api, json!({"email": ADA, "teams": [{"name": "Ops"}], "createMissingTeams": true}))
            .await;
    assert_eq!(other.get(&path(&user)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(other.put(&path(&user), &json!({"email": ADA})).await.status, StatusCode::NOT_FOUND);
    assert_eq!(other.patch(&path(&user), &json!({})).await.status, StatusCode::NOT_FOUND);
    assert_eq!(other.delete(&path(&user)).await.status, StatusCode::NOT_FOUND);
    let theirs = json!({"email": ADA, "teams": [{"id": user["teams"][0]["id"]}]});
    assert_eq!(places(&other.post("/users", &theirs).await), ["/teams/0/id"]);
    // The same address is somebody else there.
    stage(&other, json!({"email": ADA})).await;
    assert_eq!(api.get("/users?total=true").await.body(StatusCode::OK)["total"], 1);
}

async fn malformed_and_hostile_bodies_are_rejected(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let user = stage(&api, json!({"email": ADA})).await;
    let long = "x".repeat(256);
    for (body, place) in [
        (json!({"email": "a\0@example.com"}), "/email"),
        (json!({"email": " a@example.com"}), "/email"),
        (json!({"email": format!("{long}@example.com")}), "/email"),
        (json!({"email": "a@b", "externalId": "a\0b"}), "/externalId"),
        (json!({"email": "a@b", "firstName": long}), "/firstName"),
        (json!({"email": "a@b", "position": ["a"]}), "/position"),
        (json!({"email": "a@b", "role": "OWNER"}), "/role"),
        (json!({"email": "a@b", "status": true}), "/status"),
        (json!({"email": "a@b", "teams": "Ops"}), "/teams"),
        (json!({"email": "a@b", "teams": [{"id": "1"}]}), "/teams/0/id"),
        (json!({"email": "a@b", "teams": vec![json!({"name": "A"}); 1001]}), "/teams"),
        (json!({"email": "a@b", "createMissingTeams": "yes"}), "/createMissingTeams"),
        (json!([]), ""),
        (json!(null), ""),
    ] {
        for method in [Method::POST, Method::PUT, Method::PATCH] {
            let address = if method == Method::POST { "/users".into() } else { path(&user) };
            let response = api.send(api.request(method.clone(), &address).json(&body)).await;
            assert_eq!(places(&response), [place], "{method} {body}");
        }
    }
    let path = "/users/no-id";
    assert_eq!(api.get(path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(api.delete("/users?force=true").await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(world.count_rows("users"), 1);
}
