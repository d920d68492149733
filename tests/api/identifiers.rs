//! Names and addresses that could be mistaken for those of another person are rejected by
//! every interface.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::domain::api_key::Dialect;

use crate::{
    client::{ApiClient, path_with_query},
    scim::{USER, expect_error_type},
    support::db::TestDb,
    world::World,
};

on_both_databases! {
    look_alike_address_is_rejected_by_rest_import_and_scim,
    look_alike_user_name_is_rejected_and_matches_no_user,
    decomposed_address_is_stored_composed,
    invisible_and_unassigned_characters_are_rejected_in_every_name,
    team_names_are_compared_without_compatibility,
}

const LOOK_ALIKES: [&str; 9] = [
    "mi\u{212a}e@example.com",
    "ｍike@example.com",
    "ﬁona@example.com",
    "mike\u{200b}@example.com",
    "mi\u{fffd}e@example.com",
    "mi\u{e000}e@example.com",
    "mi\u{378}e@example.com",
    "mi\u{fffe}e@example.com",
    "mike@\u{fdd0}.example.com",
];

async fn look_alike_address_is_rejected_by_rest_import_and_scim(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let scim = ApiClient::scim(&world.server, Dialect::Okta);
    let mike = api.post("/users", &json!({"email": "mike@example.com", "role": "ADMIN"})).await;
    let mike = mike.body(StatusCode::CREATED)["id"].as_str().unwrap().to_owned();
    for email in LOOK_ALIKES {
        let (code, places) = api
            .post("/users", &json!({ "email": email }))
            .await
            .problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!((code.as_str(), places), ("invalid", vec!["/email".to_owned()]), "{email}");
        let changed = api.patch(&format!("/users/{mike}"), &json!({ "email": email })).await;
        changed.problem(StatusCode::UNPROCESSABLE_ENTITY);

        let import = api.request(Method::POST, "/users/import?dryRun=true&mode=ROW_BY_ROW");
        let import = import.header("content-type", "text/csv").body(format!("email\n{email}\n"));
        let report = api.send(import).await.body;
        assert_eq!(report["results"][0]["errors"][0]["field"], "email", "{email}: {report}");

        let body = json!({
            "schemas": [USER],
            "userName": format!("{}-scim", email.len()),
            "emails": [{ "value": email }],
        });
        assert_eq!(
            expect_error_type(&scim.post("/Users", &body).await, StatusCode::BAD_REQUEST),
            "invalidValue"
        );
    }
}

async fn look_alike_user_name_is_rejected_and_matches_no_user(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let scim = ApiClient::scim(&world.server, Dialect::Entra);
    api.post("/users", &json!({"email": "mike@example.com"})).await.body(StatusCode::CREATED);
    for user_name in LOOK_ALIKES {
        let body = json!({"schemas": [USER], "userName": user_name});
        assert_eq!(
            expect_error_type(&scim.post("/Users", &body).await, StatusCode::BAD_REQUEST),
            "invalidValue"
        );
        for operator in ["eq", "sw", "co", "ew"] {
            for name in ["userName", "emails.value"] {
                let filter = format!("{name} {operator} \"{user_name}\"");
                let path = path_with_query("/Users", &[("filter", &filter)]);
                let found = scim.get(&path).await.body(StatusCode::OK);
                assert_eq!(found["totalResults"], 0, "{filter}: {found}");
            }
            let filter = format!("email {operator} \"{user_name}\"");
            let path = path_with_query("/users", &[("filter", &filter)]);
            let found = api.get(&path).await.body(StatusCode::OK);
            assert_eq!(found["items"], json!([]), "{filter}: {found}");
        }
    }
}

async fn decomposed_address_is_stored_composed(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let made = api.post("/users", &json!({"email": "zoe\u{308}@example.com"})).await;
    assert_eq!(made.body(StatusCode::CREATED)["email"], "zoë@example.com");
    let again = api.post("/users", &json!({"email": "ZOË@example.com"})).await;
    again.problem(StatusCode::CONFLICT);
    let filter = "email eq \"Zoe\u{308}@example.com\"";
    let found =
        api.get(&path_with_query("/users", &[("filter", filter)])).await.body(StatusCode::OK);
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
}

async fn invisible_and_unassigned_characters_are_rejected_in_every_name(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let invisible = ['\u{200b}', '\u{202e}', '\u{feff}', '\u{ad}', '\u{7f}', '\u{2028}'];
    let unassigned = ['\u{378}', '\u{fffe}', '\u{fdd0}', '\u{e000}', '\u{10ffff}', '\u{e1000}'];
    for char in invisible.into_iter().chain(unassigned) {
        let text = format!("A{char}da");
        for field in ["firstName", "lastName", "position", "department", "nickName"] {
            let body = json!({"email": "ada@example.com", field: text});
            let rejected = api.post("/users", &body).await;
            let (_, places) = rejected.problem(StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(places, [format!("/{field}")], "{char:?}");
        }
        let rejected = api.post("/teams", &json!({ "name": text })).await;
        rejected.problem(StatusCode::UNPROCESSABLE_ENTITY);
        for column in ["firstName", "teamName"] {
            let table = format!("email,{column}\nada@example.com,\"{text}\"\n");
            let import = api.request(Method::POST, "/users/import?createMissingTeams=true");
            let import = api.send(import.header("content-type", "text/csv").body(table)).await;
            let report = import.body(StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(report["results"][0]["errors"][0]["field"], column, "{char:?}");
        }
        for (name, value) in [
            ("userName", json!(text)),
            ("displayName", json!(text)),
            ("name", json!({ "givenName": text })),
            ("title", json!(text)),
        ] {
            let mut body = json!({
                "schemas": [USER], "userName": "ada", "emails": [{"value": "ada@example.com"}],
            });
            body[name] = value;
            let rejected = scim.post("/Users", &body).await;
            assert_eq!(
                expect_error_type(&rejected, StatusCode::BAD_REQUEST),
                "invalidValue",
                "{name} {char:?}"
            );
        }
    }
}

async fn team_names_are_compared_without_compatibility(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    for name in ["Weiß", "Weiss", "Ops", "Ｏｐｓ"] {
        api.post("/teams", &json!({ "name": name })).await.body(StatusCode::CREATED);
    }
    for name in ["WEISS", "ops", "ｏｐｓ"] {
        api.post("/teams", &json!({ "name": name })).await.problem(StatusCode::CONFLICT);
    }
    let _: Value = api.get("/teams").await.body(StatusCode::OK);
}
