//! Problems: one shape for all of them.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    client::{ApiClient, ApiResponse},
    import_jobs::wait_until_ended,
    support::db::TestDb,
    world::{Person, World},
};

on_both_databases! {
    every_problem_names_field_value_expected_and_remedy,
    duplicate_is_reported_with_every_conflict_and_resource,
    a_name_that_is_repeated_in_json_is_rejected_at_any_depth,
    old_and_new_names_of_filter_attributes_are_equivalent,
    removing_a_deleted_user_from_a_team_changes_nothing,
    replayed_key_creation_has_no_secret,
    a_list_expands_only_requested_fields,
    page_has_a_bounded_size,
    the_etag_in_a_body_is_that_of_the_header_also_in_lists,
    errors_of_all_parts_of_a_request_are_reported_together,
    errors_of_a_file_and_its_query_are_reported_together,
}

fn errors(answer: &ApiResponse) -> Vec<Value> {
    answer.body["errors"].as_array().expect("errors").clone()
}

#[test]
fn the_codes_of_the_contract_are_those_of_the_documents() {
    let contract = usher::http::openapi::contract();
    let codes = &contract["components"]["schemas"]["ProblemCode"]["x-extensible-enum"];
    let codes: Vec<_> = codes.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let guide = std::fs::read_to_string("docs/api.md").unwrap();
    let rows = guide.lines().skip_while(|line| *line != "| code | status | meaning |").skip(2);
    let rows = rows.map_while(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(rows.collect::<Vec<_>>(), codes);
}

/// An address with a query.
fn query(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    format!("{path}?{}", query.extend_pairs(pairs).finish())
}

/// Each error of a problem: the parameter, the header, the pointer or the path.
fn error_places(answer: &ApiResponse) -> Vec<String> {
    let place = |error: Value| {
        let place = error.get("pointer").or(error.get("parameter")).or(error.get("header"));
        place.unwrap_or(&error["field"]).as_str().unwrap().to_owned()
    };
    errors(answer).into_iter().map(place).collect()
}

async fn errors_of_all_parts_of_a_request_are_reported_together(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let ada = api.post("/users", &json!({"email": "ada@x"})).await.body(StatusCode::CREATED);
    let ada = format!("/users/{}", ada["id"].as_str().unwrap());
    let team = api.post("/teams", &json!({"name": "Ops"})).await.body(StatusCode::CREATED);
    let team = format!("/teams/{}", team["id"].as_str().unwrap());
    let connections = api.get("/connections").await.body(StatusCode::OK);
    let connection = format!("/connections/{}", connections["items"][0]["id"].as_str().unwrap());
    let (post, put, patch) = (Method::POST, Method::PUT, Method::PATCH);
    let role = json!({"role": "OWNER", "disabled": 7});
    let name = json!({"name": 7});
    let table = [
        (post.clone(), "/users".to_owned(), role.clone(), vec!["/email", "/role", "/disabled"]),
        (put.clone(), ada.clone(), role.clone(), vec!["/email", "/role", "/disabled"]),
        (patch.clone(), ada.clone(), role.clone(), vec!["/role", "/disabled"]),
        (put.clone(), "/users/abc".into(), role.clone(), vec!["path", "/email", "/role"]),
        (patch.clone(), "/users/abc".into(), role, vec!["path", "/role", "/disabled"]),
        (post.clone(), "/users/batch".into(), json!({"users": 7}), vec!["/users"]),
        (post.clone(), "/teams".into(), name.clone(), vec!["/name"]),
        (put.clone(), team.clone(), name.clone(), vec!["/name"]),
        (patch.clone(), "/teams/abc".into(), name.clone(), vec!["path", "/name"]),
        (
            post.clone(),
            "/teams/abc/members/batch".into(),
            json!({"operations": [{"op": "ADD", "userId": "abc"}]}),
            vec!["path", "/operations/0/op", "/operations/0/userId"],
        ),
        (
            put.clone(),
            "/teams/abc/members/def".into(),
            json!({"role": null}),
            vec!["path", "path", "/role"],
        ),
        (post.clone(), "/connections".into(), name.clone(), vec!["/name"]),
        (put, connection.clone(), name.clone(), vec!["/name"]),
        (patch.clone(), connection.clone(), name.clone(), vec!["/name"]),
        (patch.clone(), "/connections/abc".into(), name.clone(), vec!["path", "/name"]),
        (post.clone(), format!("{connection}/certificates"), json!({}), vec!["/certificate"]),
        (patch.clone(), "/account".into(), name.clone(), vec!["/name"]),
        (
            post.clone(),
            "/keys".into(),
            json!({"name": 7, "scopes": ["users:delete"]}),
            vec!["/name", "/scopes/0"],
        ),
        // Only a rule that concerns the whole key is broken.
        (
            post.clone(),
            "/keys".into(),
            json!({"name": "A", "scopes": ["users:read"], "dialect": "OKTA"}),
            vec!["/dialect"],
        ),
        (post.clone(), "/scim-clients".into(), name.clone(), vec!["/name"]),
        (patch, "/scim-clients/abc".into(), name, vec!["path", "/name"]),
        (Method::DELETE, "/scim-clients/abc".into(), json!({}), vec!["path"]),
        (Method::DELETE, "/keys/abc".into(), json!({}), vec!["path"]),
        (
            post,
            "/keys/abc/rotate".into(),
            json!({"overlap": -1}),
            vec!["path", "/overlap", "Idempotency-Key"],
        ),
    ];
    for (method, path, body, expected) in table {
        let request = api
            .request(method.clone(), &format!("{path}?colour=red"))
            .header("if-match", "v1")
            .header("idempotency-key", "two words")
            .header("content-type", "application/json");
        let response = api.send(request.body(body.to_string())).await;
        response.problem(StatusCode::BAD_REQUEST);
        assert_eq!(response.body["code"], "invalid_parameter");
        let found = error_places(&response);
        for place in expected.into_iter().chain(["colour", "If-Match"]) {
            let count = found.iter().filter(|found| *found == place).count();
            assert!(count > 0, "{method} {path}: no {place} in {found:?}");
        }
    }
    // What can't be read, and what leads nowhere, is one error of several.
    let path = "/users/abc?colour=red";
    for (kind, body) in [("application/json", "{"), ("text/html", "{}")] {
        let request = api.request(Method::PUT, path).header("content-type", kind);
        let response = api.send(request.body(body)).await;
        response.problem(StatusCode::BAD_REQUEST);
        assert_eq!(
            (errors(&response).len(), &response.body["code"]),
            (3, &json!("invalid_parameter"))
        );
    }
    let members = api.get("/teams/abc/members?count=0&filter=x").await;
    assert_eq!(error_places(&members), ["filter", "count", "path"]);
    let one = api.get("/users/abc?colour=red").await;
    assert_eq!(error_places(&one), ["colour", "path"]);
    let alone = api.get("/users/abc").await;
    assert_eq!(alone.problem(StatusCode::NOT_FOUND).0, "not_found");
}

async fn errors_of_a_file_and_its_query_are_reported_together(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let send = async |query: &str, kind: &str, file: Vec<u8>| {
        let request = api.request(Method::POST, &format!("/users/import{query}"));
        api.send(request.header("content-type", kind).body(file)).await
    };
    let wrong = "?mode=SOME&dryRun=perhaps&colour=red";
    let query = ["mode", "dryRun", "colour"];
    let long = format!("emial\n{}", "ada@example.com\n".repeat(300_000));
    for (kind, file, places) in [
        ("text/csv", b"emial,eMail,colour\n".to_vec(), vec!["/header/0", "/header/2"]),
        ("text/csv", b"email,\xFF\nada@example.com,\n".to_vec(), vec!["/header"]),
        ("text/csv", b"email\n\"ada@example.com\n".to_vec(), vec!["/rows"]),
        ("text/csv", long.into_bytes(), vec!["/header/0"]),
        ("text/csv; charset=klingon", b"emial\n".to_vec(), vec!["Content-Type"]),
        ("text/html", b"emial\n".to_vec(), vec!["Content-Type"]),
        ("text/csv", b"email\nada@example.com\n".to_vec(), vec![]),
    ] {
        let response = send(wrong, kind, file).await;
        assert_eq!(response.problem(StatusCode::BAD_REQUEST).0, "invalid_parameter");
        let found = error_places(&response);
        for place in query.iter().chain(&places) {
            assert!(found.iter().any(|found| found == place), "no {place} in {found:?}");
        }
    }
    assert_eq!(world.server.db().rows_of("users").len(), 0);
}

#[tokio::test]
async fn value_of_another_type_is_rejected_with_the_expectation_of_its_field() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    let ada = api.post("/users", &json!({"email": "ada@x"})).await.body(StatusCode::CREATED);
    let ada = format!("/users/{}", ada["id"].as_str().unwrap());
    let connections = api.get("/connections").await.body(StatusCode::OK);
    let connection = format!("/connections/{}", connections["items"][0]["id"].as_str().unwrap());
    api.post("/teams", &json!({"name": "Ops"})).await.body(StatusCode::CREATED);
    let roles = "one of STAKEHOLDER, GUEST, RESPONDER, USER, ADMIN";
    let id = "an ID, such as 0198c5a0-7d2c-7000-8000-1f58b9145b24";
    let moment = "a date and time of RFC 3339, such as 2036-01-01T00:00:00Z";
    let address = "an absolute https URL (http only on localhost)";
    let clearable = "one of externalId, firstName, lastName, formattedName, middleName, \
                     honorificPrefix, honorificSuffix, nickName, profileUrl, position, department, \
                     userType, preferredLanguage, locale, timezone, employeeNumber, costCenter, \
                     organization, division, mobile, userProfileImage, phoneNumbers, ims, photos, \
                     addresses, entitlements, roles, x509Certificates";
    for (path, body, value, expected) in [
        (&ada, json!({"role": null}), "null", roles),
        (&ada, json!({"role": 7}), "7", roles),
        (&ada, json!({"role": ["USER"]}), "[\"USER\"]", roles),
        (&ada, json!({"disabled": null}), "null", "true or false"),
        (&ada, json!({"disabled": "yes"}), "yes", "true or false"),
        (&ada, json!({"teams": null}), "null", "an array"),
        (&ada, json!({"teams": [{"id": "7"}]}), "7", id),
        (&ada, json!({"teams": [{"id": 7}]}), "7", id),
        (
            &ada,
            json!({"teams": [{"name": "Ops", "role": null}]}),
            "null",
            "one of STAKEHOLDER, RESPONDER, USER, ADMIN",
        ),
        (&ada, json!({"position": 7}), "7", "a string"),
        (&ada, json!({"clear": ["role"]}), "role", clearable),
        (&connection, json!({"sha1Until": 7}), "7", moment),
        (&connection, json!({"ssoUrl": null}), "null", address),
        (&connection, json!({"skewSeconds": "x"}), "x", "a whole number from 0 to 300"),
        (&connection, json!({"skewSeconds": null}), "null", "a whole number from 0 to 300"),
        (
            &connection,
            json!({"mappingPreset": 7}),
            "7",
            "one of OKTA, ENTRA_ID, GOOGLE, AD_FS, EDUPERSON",
        ),
    ] {
        let response = api.patch(path, &body).await;
        response.problem(StatusCode::UNPROCESSABLE_ENTITY);
        let entry = entry(&response);
        assert_eq!(
            (&entry["value"], &entry["expected"]),
            (&json!(value), &json!(expected)),
            "{body}"
        );
        if value == "null" {
            let remedy = format!("Send {expected} instead of null.");
            assert_eq!(entry["remedy"], remedy, "{body}");
        }
    }
    let email = entry(&api.patch(&ada, &json!({"email": 7})).await);
    assert!(email["expected"].as_str().unwrap().contains("address"), "{email}");
}

#[tokio::test]
async fn pages_of_every_list_have_a_bounded_size() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    let connections = api.get("/connections").await.body(StatusCode::OK);
    let connection = format!("/connections/{}", connections["items"][0]["id"].as_str().unwrap());
    // Each change is an entry of the audit log with 100 long texts, before and after.
    for letter in ["a", "b"].into_iter().cycle().take(160) {
        let state = |number| format!("/{number:02}{}", letter.repeat(76));
        let states: Vec<_> = (0..100).map(state).collect();
        api.patch(&connection, &json!({"relayStates": states})).await.body(StatusCode::OK);
    }
    let filter = "/audit?count=1000&filter=action%20eq%20%22connection.update%22";
    let (mut found, mut pages, mut cursor) = (0, 0, String::new());
    loop {
        let page = api.get(&format!("{filter}{cursor}")).await;
        assert!(page.text.len() < 3 * 1024 * 1024 / 2, "{}", page.text.len());
        found += page.body["items"].as_array().unwrap().len();
        pages += 1;
        match page.body["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found, 160);
    assert!(pages > 1, "{pages}");
}

/// The one entry of a problem.
fn entry(answer: &ApiResponse) -> Value {
    let all = errors(answer);
    assert_eq!(all.len(), 1, "{}", answer.text);
    all[0].clone()
}

async fn every_problem_names_field_value_expected_and_remedy(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let nobody = "0198c5a0-7d2c-7b6e-9d60-3f1f2a6f0c11";
    let raw = |method: Method, path: &str| {
        api.request(method, path).header("content-type", "application/json")
    };
    let user = api.post("/users", &json!({"email": "ada@x"})).await.body(StatusCode::CREATED);
    let user = format!("/users/{}", user["id"].as_str().unwrap());
    let stale = api.request(Method::DELETE, &user).header("if-match", "\"v9\"");
    let table = [
        (
            ApiClient::without_key(&world.server).get("/users").await,
            401,
            "Authorization",
            Value::Null,
        ),
        (
            ApiClient::with_key(&world.server, "usher_no").get("/users").await,
            401,
            "Authorization",
            Value::Null,
        ),
        (api.get(&format!("/users/{nobody}")).await, 404, "path", json!(nobody)),
        (api.get("/nothing").await, 404, "path", Value::Null),
        (api.delete("/users").await, 405, "method", json!("DELETE")),
        (api.send(stale).await, 412, "If-Match", json!("\"v9\"")),
        (
            api.send(api.request(Method::POST, "/users").body("email=a")).await,
            415,
            "Content-Type",
            Value::Null,
        ),
        (
            api.send(raw(Method::POST, "/users").body(vec![b' '; 2 << 20])).await,
            413,
            "body",
            Value::Null,
        ),
        (api.send(raw(Method::POST, "/users").body("{\"email\":")).await, 400, "body", Value::Null),
        (api.get("/users?total=maybe").await, 400, "total", json!("maybe")),
        (api.post("/users", &json!({"email": "x"})).await, 422, "email", json!("x")),
        (api.post("/users", &json!([])).await, 422, "body", json!("an array")),
        (
            api.post("/users", &json!({"email": "b@x", "role": "OWNER"})).await,
            422,
            "role",
            json!("OWNER"),
        ),
    ];
    for (answer, status, field, value) in table {
        let (code, _) = answer.problem(StatusCode::from_u16(status).unwrap());
        let entry = entry(&answer);
        assert_eq!((&entry["field"], &entry["value"]), (&json!(field), &value), "{code}: {entry}");
    }
    let role = api.post("/users", &json!({"email": "b@x", "role": "OWNER"})).await;
    let roles = "one of STAKEHOLDER, GUEST, RESPONDER, USER, ADMIN";
    assert_eq!(entry(&role)["expected"], roles);
}

#[tokio::test]
async fn all_errors_of_a_query_are_named_at_once() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    let query = "/users?cursor=abc&filter=nonsense&count=0&total=maybe&page=2&sortBy=x&count=1";
    let response = api.get(query).await;
    let (code, mut places) = response.problem(StatusCode::BAD_REQUEST);
    places.sort();
    assert_eq!(code, "invalid_parameter");
    assert_eq!(places, ["count", "count", "cursor", "filter", "page", "sortBy", "total"]);
    let alone = entry(&api.get("/users?cursor=abc").await);
    assert_eq!(alone["detail"], "is not a cursor of this server. Start again without it.");
    for (flag, expected) in [("1", true), ("true", true), ("0", false), ("false", false)] {
        let page = api.get(&format!("/users?total={flag}")).await.body(StatusCode::OK);
        assert_eq!(page.get("total").is_some(), expected, "{flag}");
    }
}

#[tokio::test]
async fn all_errors_of_the_headers_are_named_at_once() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    let create = api
        .request(Method::POST, "/users")
        .header("if-match", "*")
        .header("if-none-match", "*")
        .header("idempotency-key", "a b");
    let response = api.send(create.json(&json!({"email": "ada@x"}))).await;
    let (_, places) = response.problem(StatusCode::BAD_REQUEST);
    assert_eq!(places, ["If-Match", "If-None-Match", "Idempotency-Key"]);
    let account = api.request(Method::PATCH, "/account").header("if-match", "v1");
    let response = api.send(account.header("if-none-match", "v1").json(&json!({}))).await;
    let (_, places) = response.problem(StatusCode::BAD_REQUEST);
    assert_eq!(places, ["If-Match", "If-None-Match"]);
}

#[tokio::test]
async fn malformed_authorization_header_is_explained() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    let nobody = ApiClient::without_key(&world.server);
    for (header, detail) in [
        (format!("Bearer Bearer {}", api.key()), "says Bearer twice"),
        ("Bearer Bearer".into(), "says Bearer twice, without a key"),
        ("Bearer".into(), "has no key after Bearer"),
        (api.key().to_owned(), "has no scheme in front of the key"),
        (format!("Basic {}", api.key()), "must have the scheme Bearer"),
        (format!("Bearer {} x", api.key()), "has a space in the key"),
    ] {
        let request = nobody.request(Method::GET, "/users").header("authorization", &header);
        let response = nobody.send(request).await;
        assert_eq!(response.problem(StatusCode::UNAUTHORIZED).0, "invalid_key");
        let detail =
            format!("the header Authorization {detail}: send Authorization: Bearer usher_…, once");
        assert_eq!(response.body["detail"], detail);
        assert!(!response.text.contains(api.key()), "{}", response.text);
    }
    let good = nobody.request(Method::GET, "/users");
    let good = good.header("authorization", format!("bearer  {}", api.key()));
    assert_eq!(nobody.send(good).await.status, StatusCode::OK);
}

async fn duplicate_is_reported_with_every_conflict_and_resource(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let made = async |body: Value| {
        let made = api.post("/users", &body).await.body(StatusCode::CREATED);
        made["id"].as_str().unwrap().to_owned()
    };
    let ada = made(json!({"email": "ada@x", "externalId": "1"})).await;
    let eve = made(json!({"email": "eve@x", "externalId": "2"})).await;
    let dan = made(json!({"email": "dan@x"})).await;
    let conflicts = |answer: &ApiResponse| {
        let (code, _) = answer.problem(StatusCode::CONFLICT);
        assert_eq!(code, "exists");
        let conflict = |error: Value| {
            let remedy = error["remedy"].as_str().unwrap();
            assert!(remedy.contains("use another"), "{remedy}");
            let text = |part: &str| error[part].as_str().unwrap().to_owned();
            (text("pointer"), text("value"), text("conflictsWith"))
        };
        errors(answer).into_iter().map(conflict).collect::<Vec<_>>()
    };
    let both = json!({"email": "ADA@x", "externalId": "2"});
    let email = |value: &str| ("/email".to_owned(), value.to_owned(), ada.clone());
    let external = ("/externalId".to_owned(), "2".to_owned(), eve.clone());
    assert_eq!(conflicts(&api.post("/users", &both).await), [email("ADA@x"), external.clone()]);
    let path = format!("/users/{dan}");
    assert_eq!(conflicts(&api.patch(&path, &both).await), [email("ADA@x"), external.clone()]);
    assert_eq!(conflicts(&api.put(&path, &both).await), [email("ADA@x"), external]);

    let team = api.post("/teams", &json!({"name": "Ops"})).await.body(StatusCode::CREATED);
    let other = api.post("/teams", &json!({"name": "Dev"})).await.body(StatusCode::CREATED);
    let expected =
        [("/name".to_owned(), "OPS".to_owned(), team["id"].as_str().unwrap().to_owned())];
    assert_eq!(conflicts(&api.post("/teams", &json!({"name": "OPS"})).await), expected);
    let path = format!("/teams/{}", other["id"].as_str().unwrap());
    assert_eq!(conflicts(&api.patch(&path, &json!({"name": "OPS"})).await), expected);
}

async fn a_name_that_is_repeated_in_json_is_rejected_at_any_depth(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let team = api.post("/teams", &json!({"name": "Ops"})).await.body(StatusCode::CREATED);
    let team = format!("/teams/{}", team["id"].as_str().unwrap());
    for (method, path, body) in [
        (Method::POST, "/users", r#"{"email": "a@x", "email": "b@x"}"#),
        (Method::POST, "/users", r#"{"email": "a@x", "\u0065mail": "b@x"}"#),
        (Method::POST, "/users", r#"{"email": "a@x", "teams": [{"name": "Ops", "name": "Dev"}]}"#),
        (Method::PATCH, "/account", r#"{"contact": "a", "contact": null}"#),
        (Method::PATCH, team.as_str(), r#"{"name": "A", "name": "B"}"#),
        (Method::POST, "/keys", r#"{"name": "A", "scopes": ["users:read"], "name": "B"}"#),
    ] {
        let request = api.request(method, path).header("content-type", "application/json");
        let response = api.send(request.body(body)).await;
        assert_eq!(response.problem(StatusCode::BAD_REQUEST).0, "malformed", "{body}");
        assert!(response.text.contains("is given more than once"), "{}", response.text);
    }
}

async fn old_and_new_names_of_filter_attributes_are_equivalent(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let mobile = json!({"regionCode": "DE", "number": "0221 123123"});
    let ada = json!({"email": "ada@x", "mobile": mobile, "teams": [{"name": "Ops"}], "createMissingTeams": true});
    let ada = api.post("/users", &ada).await.body(StatusCode::CREATED);
    api.post("/users", &json!({"email": "eve@x"})).await.body(StatusCode::CREATED);
    let (id, team) = (ada["id"].as_str().unwrap(), ada["teams"][0]["id"].as_str().unwrap());
    let members = format!("/teams/{team}/members");
    for (list, filter, found) in [
        ("/audit", format!("target.id eq \"{id}\""), 1),
        ("/audit", format!("target eq \"{id}\""), 1),
        (members.as_str(), "user.email eq \"ADA@x\"".into(), 1),
        (members.as_str(), "email eq \"ada@x\"".into(), 1),
        ("/users", "mobile.e164 eq \"+49221123123\"".into(), 1),
        ("/users", "mobile.e164 sw \"+4930\"".into(), 0),
        ("/users", "not (mobile.e164 pr)".into(), 1),
        ("/users", "teams.name eq \"OPS\"".into(), 1),
        ("/users", "teams.name ne \"ops\"".into(), 1),
        ("/users", "teams.name eq \"Nobody\" or email eq \"eve@x\"".into(), 1),
        ("/users", "identities.subject eq \"nobody\"".into(), 0),
        ("/users", "identities.subject ne \"nobody\"".into(), 2),
    ] {
        let page = api.get(&query(list, &[("filter", &filter)])).await.body(StatusCode::OK);
        assert_eq!(page["items"].as_array().unwrap().len(), found, "{list} {filter}");
    }
    world.login(&Person::with_email("dan@x.example")).await;
    let logged_in = [("filter", "identities.subject eq \"dan@x.example\"")];
    let page = api.get(&query("/users", &logged_in)).await.body(StatusCode::OK);
    assert_eq!(page["items"][0]["email"], "dan@x.example");
    let part = [("filter", "teams.name co \"O\" and identities.subject sw \"d\"")];
    let response = api.get(&query("/users", &part)).await;
    assert_eq!(response.problem(StatusCode::BAD_REQUEST).1, ["filter", "filter"]);
    each_error_of_a_filter_is_listed(&api).await;
    let none = [("filter", "email eq \"nobody@x\""), ("total", "1")];
    let page = api.get(&query("/users", &none)).await.body(StatusCode::OK);
    assert_eq!((&page["total"], page.get("nextCursor")), (&json!(0), None));
}

async fn each_error_of_a_filter_is_listed(api: &ApiClient) {
    let text = "nosuch eq 1 and (teams.name co \"O\" or not (nosuch eq 1)) and email eq true \
                and status gt \"x\" and disabled gt true and urn:x:email pr";
    let problem = api.get(&query("/users", &[("filter", text)])).await;
    let problem: Value = serde_json::from_str(&problem.text).unwrap();
    let errors = problem["errors"].as_array().unwrap();
    assert!(errors.iter().all(|error| error["field"] == "filter" && error["value"] == text));
    let details = errors.iter().map(|error| error["detail"].as_str().unwrap());
    let about = ["teams.name", "disabled", "nosuch", "email", "status", "urn:x:email"];
    assert!(details.zip(about).all(|(detail, name)| detail.contains(name)), "{problem}");
    assert_eq!(errors.len(), about.len());
    let text = "nosuch pr and action eq \"x\" and at eq 1";
    let problem = api.get(&query("/audit", &[("filter", text), ("count", "0")])).await;
    let places = problem.problem(StatusCode::BAD_REQUEST).1;
    assert_eq!(places, ["filter", "filter", "filter", "count"]);
}

async fn removing_a_deleted_user_from_a_team_changes_nothing(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let ada = api.post("/users", &json!({"email": "ada@x"})).await.body(StatusCode::CREATED);
    let team = api.post("/teams", &json!({"name": "Ops"})).await.body(StatusCode::CREATED);
    let id = ada["id"].as_str().unwrap();
    api.delete(&format!("/users/{id}")).await.body(StatusCode::NO_CONTENT);
    let batch = format!("/teams/{}/members/batch", team["id"].as_str().unwrap());
    let remove = json!({"operations": [{"op": "REMOVE", "userId": id}]});
    let done = api.post(&batch, &remove).await.body(StatusCode::OK);
    assert_eq!((&done["unchanged"], &done["removed"]), (&json!(1), &json!(0)));
    let set = json!({"operations": [{"op": "SET", "userId": id}]});
    assert_eq!(api.post(&batch, &set).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

async fn replayed_key_creation_has_no_secret(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let create = async || {
        let request = api.request(Method::POST, "/keys").header("idempotency-key", "once");
        api.send(request.json(&json!({"name": "Payroll", "scopes": ["users:read"]}))).await
    };
    let (first, second) = (create().await, create().await);
    assert!(first.body["secret"].as_str().unwrap().starts_with("usher_"));
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!((second.status, second.body.get("secret")), (StatusCode::CREATED, None));
    assert_eq!(first.body["key"]["id"], second.body["key"]["id"]);
}

async fn the_etag_in_a_body_is_that_of_the_header_also_in_lists(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let ada = json!({"email": "ada@x", "teams": [{"name": "Ops"}], "createMissingTeams": true});
    api.post("/users", &ada).await.body(StatusCode::CREATED);
    let key = json!({"name": "Payroll", "scopes": ["users:read"]});
    api.post("/keys", &key).await.body(StatusCode::CREATED);
    let gone = api.post("/users", &json!({"email": "gone@x"})).await.body(StatusCode::CREATED);
    api.delete(&format!("/users/{}", gone["id"].as_str().unwrap())).await;
    world.login(&Person::with_email("grace@x.example")).await;
    let import = api.request(Method::POST, "/users/import").header("prefer", "respond-async");
    let import = import.header("content-type", "text/csv").body("email\nmary@x\n");
    let import = api.send(import).await.body(StatusCode::ACCEPTED);
    wait_until_ended(&api, &format!("/imports/{}", import["id"].as_str().unwrap())).await;
    for list in ["/users", "/teams", "/keys", "/deleted-users", "/attempts", "/audit", "/imports"] {
        let page = api.get(list).await.body(StatusCode::OK);
        let item = page["items"].as_array().unwrap().last().unwrap().clone();
        let one = api.get(&format!("{list}/{}", item["id"].as_str().unwrap())).await;
        assert_eq!(one.header("etag"), one.body["etag"].as_str(), "{list}");
        assert_eq!(item["etag"], one.body["etag"], "{list}");
        let tag = one.body["etag"].as_str().unwrap().to_owned();
        let again = api.request(Method::GET, &format!("{list}/{}", item["id"].as_str().unwrap()));
        let again = api.send(again.header("if-none-match", tag)).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{list}");
    }
    let account = api.get("/account").await;
    assert_eq!(account.header("etag"), account.body["etag"].as_str());
}

async fn a_list_expands_only_requested_fields(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let teams: Vec<_> =
        (0..25).map(|number| json!({"name": format!("Team {number:02}")})).collect();
    let ada = json!({"email": "ada@x", "teams": teams, "createMissingTeams": true});
    let ada = api.post("/users", &ada).await.body(StatusCode::CREATED);
    assert_eq!((ada["teams"].as_array().unwrap().len(), ada.get("teamsUrl")), (25, None));
    let first = async |query: &str| {
        let page = api.get(&format!("/users?{query}")).await.body(StatusCode::OK);
        page["items"][0].clone()
    };
    let bare = first("").await;
    assert_eq!(
        (bare.get("teams"), bare.get("identities"), bare.get("teamsUrl")),
        (None, None, None)
    );
    let both = first("include=teams,identities").await;
    assert_eq!(both["teams"].as_array().unwrap().len(), 20);
    assert_eq!((&both["identities"], &both["etag"]), (&json!([]), &ada["etag"]));
    let rest = both["teamsUrl"].as_str().unwrap().strip_prefix("/api/v1").unwrap();
    let rest = api.get(rest).await.body(StatusCode::OK);
    assert_eq!(rest["items"].as_array().unwrap().len(), 25);
    let (_, places) =
        api.get("/users?include=teams,shoes&total=x").await.problem(StatusCode::BAD_REQUEST);
    assert_eq!(places, ["include", "total"]);
}

async fn page_has_a_bounded_size(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let image = format!("https://x.example/{}", "a".repeat(2_000));
    let text = "\u{1f600}".repeat(255);
    let lines = (0..400).map(|number| {
        let user = json!({
            "email": format!("u{number}@x"), "userProfileImage": image,
            "firstName": text, "lastName": text, "position": text, "department": text,
        });
        format!("{user}\n")
    });
    let import =
        api.request(Method::POST, "/users/import").header("content-type", "application/x-ndjson");
    api.send(import.body(lines.collect::<String>())).await.body(StatusCode::OK);
    let (mut cursor, mut found, mut pages) = (String::new(), 0, 0);
    loop {
        let response = api.get(&format!("/users?count=1000{cursor}")).await;
        assert!(response.text.len() < 2 << 20, "{}", response.text.len());
        let page = response.body(StatusCode::OK);
        found += page["items"].as_array().unwrap().len();
        pages += 1;
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found, 400);
    assert!(pages > 1);
}
