//! The four parts of an error: its value as it was sent, what is expected, and
//! what to do next.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::{
    client::{ApiClient, ApiResponse, path_with_query},
    contract::operations,
    fixture::Fixture,
    support::db::TestDb,
    world::World,
};

/// The only error of a problem with this status.
#[track_caller]
fn only_error(answer: &ApiResponse, status: StatusCode) -> Value {
    answer.problem(status);
    let errors = answer.body["errors"].as_array().expect("errors");
    assert_eq!(errors.len(), 1, "{}", answer.text);
    errors[0].clone()
}

fn body(request: RequestBuilder, text: impl Into<String>) -> RequestBuilder {
    request.header("content-type", "application/json").body(text.into())
}

#[tokio::test]
async fn value_of_an_error_is_the_sent_value() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    let ada = api.post("/users", &json!({"email": "ada@example.com"})).await;
    let ada = ada.body(StatusCode::CREATED);
    let path = format!("/users/{}", ada["id"].as_str().unwrap());
    let connection = format!("/connections/{}", world.server.connection.id);
    let key = json!({"name": "Short", "scopes": ["users:read"]});
    let key = api.post("/keys", &key).await.body(StatusCode::CREATED);
    let rotate = format!("/keys/{}/rotate", key["key"]["id"].as_str().unwrap());
    let post = |path: &str| api.request(Method::POST, path);
    let nobody = "0198C5A0-7D2C-7B6E-9D60-3F1F2A6F0C11";
    let user = json!({"email": "b@example.com"});
    let keyed = |email: &str| {
        post("/users").header("idempotency-key", "once").json(&json!({"email": email}))
    };
    api.send(keyed("c@example.com")).await.body(StatusCode::CREATED);
    let table = [
        (
            api.request(Method::DELETE, &path).header("if-match", "\"stale\""),
            412,
            "If-Match",
            json!("\"stale\""),
        ),
        (
            api.request(Method::DELETE, &path)
                .header("if-match", "\"v8\"")
                .header("if-match", "W/\"v9\""),
            412,
            "If-Match",
            json!("\"v8\", W/\"v9\""),
        ),
        (
            api.request(Method::PATCH, &path).header("if-none-match", "*").json(&json!({})),
            400,
            "If-None-Match",
            json!("*"),
        ),
        (post("/teams").json(&json!({"name": "Ops", "x": 1})), 422, "x", json!("1")),
        (post("/teams").json(&json!({"name": {"en": "Ops"}})), 422, "name", json!("{\"en\":\"Ops\"}")),
        (post(&rotate).json(&json!({"overlap": -1})), 422, "overlap", json!("-1")),
        (post("/users").json(&json!({"email": "ADA@Example.com"})), 409, "email", json!("ADA@Example.com")),
        (
            post("/keys").json(&json!({"name": "A", "scopes": ["users:read"], "expiresAt": "2001-01-01T01:00:00+01:00"})),
            422,
            "expiresAt",
            json!("2001-01-01T01:00:00+01:00"),
        ),
        (keyed("d@example.com"), 422, "Idempotency-Key", json!("once")),
        (
            post("/users").header("content-type", "text/plain").body("email=a"),
            415,
            "Content-Type",
            json!("text/plain"),
        ),
        (post("/users").header("content-encoding", "gzip").json(&user), 415, "Content-Encoding", json!("gzip")),
        (api.request(Method::DELETE, "/users"), 405, "method", json!("DELETE")),
        (api.request(Method::GET, &format!("/users/{nobody}")), 404, "path", json!(nobody)),
        (
            post(&format!("{connection}/preview")).json(&json!({"attemptId": nobody})),
            422,
            "attemptId",
            json!(nobody),
        ),
        (post("/teams").json(&Value::Null), 422, "body", json!("null")),
        (post("/users").json(&json!({"email": ""})), 422, "email", json!("")),
        (post("/users").json(&json!({})), 422, "email", Value::Null),
    ];
    for (request, status, field, value) in table {
        let response = api.send(request).await;
        let error = only_error(&response, StatusCode::from_u16(status).unwrap());
        assert_eq!((&error["field"], &error["value"]), (&json!(field), &value), "{error}");
    }
    let secret = api.request(Method::GET, "/users").header("authorization", "Bearer usher_no");
    let rejected = api.send(secret).await;
    assert!(!rejected.text.contains("usher_no"), "{}", rejected.text);
    let key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----";
    let metadata = api.patch(&connection, &json!({"metadata": key})).await;
    assert_eq!(only_error(&metadata, StatusCode::UNPROCESSABLE_ENTITY)["value"], Value::Null);
}

#[tokio::test]
async fn value_of_a_row_error_is_the_sent_value() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    let users = json!({"users": [{"email": "a@example.com", "mobile": {"number": "1", "x": 7}}]});
    let rejected = api.post("/users/batch", &users).await.body(StatusCode::UNPROCESSABLE_ENTITY);
    let errors = rejected["results"][0]["errors"].as_array().unwrap();
    let places: Vec<_> =
        errors.iter().map(|error| (&error["field"], &error["pointer"], &error["value"])).collect();
    let expected = [
        (json!("mobile.x"), json!("/mobile/x"), json!("7")),
        (json!("mobile.regionCode"), json!("/mobile/regionCode"), Value::Null),
    ];
    for (field, pointer, value) in &expected {
        assert!(places.contains(&(field, pointer, value)), "{places:?}");
    }
}

#[tokio::test]
async fn field_without_a_name_is_not_the_whole_body() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    let body = json!({"email": "ada@example.com", "": 1, "role": "OWNER"});
    let rejected = api.post("/users", &body).await.body(StatusCode::UNPROCESSABLE_ENTITY);
    let errors = rejected["errors"].as_array().unwrap();
    let pointers: Vec<_> = errors.iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/", "/role"]);
}

#[tokio::test]
async fn expected_states_the_rule_and_the_remedy_can_be_followed() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    let ada = api.post("/users", &json!({"email": "ada@example.com"})).await;
    let ada = ada.body(StatusCode::CREATED);
    let ada_id = ada["id"].as_str().unwrap();
    let user = format!("/users/{ada_id}");
    let team = api.post("/teams", &json!({"name": "Ops"})).await.body(StatusCode::CREATED);
    let members = format!("/teams/{}/members/batch", team["id"].as_str().unwrap());
    let connection = format!("/connections/{}", world.server.connection.id);
    let returned = api.get(&connection).await.body(StatusCode::OK);
    let last = returned["certificates"][0]["fingerprintSha256"].as_str().unwrap();
    let twice = json!({"op": "REMOVE", "userId": ada_id});
    let patch = |path: &str, changes: Value| api.request(Method::PATCH, path).json(&changes);
    let post = |path: &str, draft: Value| api.request(Method::POST, path).json(&draft);
    let one_of_three = "exactly one of samlResponse, assertion and attemptId";
    let clearable = "one of externalId, firstName, lastName, formattedName, middleName, \
                     honorificPrefix, honorificSuffix, nickName, profileUrl, position, department, \
                     userType, preferredLanguage, locale, timezone, employeeNumber, costCenter, \
                     organization, division, mobile, userProfileImage, phoneNumbers, ims, photos, \
                     addresses, entitlements, roles, x509Certificates";
    let clear_remedy = format!("Send {clearable} instead of null.");
    let table = [
        (
            patch(&user, json!({"id": "7"})),
            "no value, because the field is read-only",
            "Leave the field out.",
        ),
        (
            patch(&connection, json!({"etag": null})),
            "no value, because the field is read-only",
            "Leave the field out.",
        ),
        (
            patch(&connection, json!({"relayStates": ["nowhere"]})),
            "a path or a URL of a listed origin, of at most 80 bytes",
            "Use a path such as /start.",
        ),
        (
            patch(&connection, json!({"metadata": "https://idp.example/metadata"})),
            "SAML metadata of one identity provider, in XML",
            "Download the metadata from it, and provide the file or its content.",
        ),
        (
            api.request(Method::DELETE, &format!("{connection}/certificates/{last}")),
            "at least one usable signing certificate",
            "Add a valid signing certificate of the identity provider, or disable the connection \
             first (enabled=false).",
        ),
        (
            post(&members, json!({"operations": [twice, twice]})),
            "each user once",
            "Remove one of the two operations.",
        ),
        (
            post(&format!("{connection}/preview"), json!({})),
            one_of_three,
            "Add one of samlResponse, assertion and attemptId.",
        ),
        (
            post(&format!("{connection}/preview"), json!({"samlResponse": "", "assertion": {}})),
            one_of_three,
            "Leave one of the two out.",
        ),
        (post("/teams", json!({"name": null})), "a string", "Send a string instead of null."),
        (post("/teams", Value::Null), "an object", "Send an object instead of null."),
        (patch(&user, json!({"clear": [null]})), clearable, &clear_remedy),
        (
            patch(&user, json!({"position": "a", "clear": ["position"]})),
            "a field that the request does not set",
            "Set the field or clear it.",
        ),
        (post("/teams", json!({})), "a value", "Add the field."),
        (post("/teams", json!({"nam": "Ops", "name": "A"})), "one of name", "Did you mean name?"),
        (
            post(
                "/keys",
                json!({"name": "A", "scopes": ["users:read"], "expiresAt": "2001-01-01T00:00:00Z"}),
            ),
            "a time in the future",
            "Use a time in the future.",
        ),
    ];
    for (request, expected, remedy) in table {
        let response = api.send(request).await;
        let error = only_error(&response, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            (&error["expected"], &error["remedy"]),
            (&json!(expected), &json!(remedy)),
            "{error}"
        );
    }
    let taken = api.post("/users", &json!({"email": "ada@example.com"})).await;
    let taken = only_error(&taken, StatusCode::CONFLICT);
    assert_eq!(taken["expected"], "a value that no other user has");
    assert!(taken["remedy"].as_str().unwrap().contains(ada_id), "{taken}");
}

#[tokio::test]
async fn malformed_json_is_reported_with_a_message_of_usher() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    let deep = "[".repeat(500);
    for (text, field, value, expected) in [
        ("", "body", Value::Null, "one JSON value (RFC 8259)"),
        ("{\"name\":", "body", Value::Null, "one JSON value (RFC 8259)"),
        ("{\"name\": \"Ops\"} x", "body", json!("x"), "one JSON value (RFC 8259)"),
        ("{\"name\": \"\\u12\"}", "body", json!("}"), "one JSON value (RFC 8259)"),
        (deep.as_str(), "body", Value::Null, "at most 127 nested arrays and objects"),
        ("{\"name\": \"A\", \"name\": \"B\"}", "name", json!("B"), "each name once in an object"),
        (
            "{\"a/b\": [{\"c\": 1, \"c\": {}}]}",
            "a~1b.0.c",
            json!("{}"),
            "each name once in an object",
        ),
    ] {
        let response = api.send(body(api.request(Method::POST, "/teams"), text)).await;
        assert_eq!(response.body["code"], "malformed", "{}", response.text);
        let error = only_error(&response, StatusCode::BAD_REQUEST);
        let parts = (&error["field"], &error["value"], &error["expected"]);
        assert_eq!(parts, (&json!(field), &value, &json!(expected)), "{text}: {error}");
        for foreign in ["EOF", "parsing", "trailing", "recursion", "hex escape"] {
            assert!(!response.text.contains(foreign), "{foreign}: {}", response.text);
        }
    }
}

#[tokio::test]
async fn response_only_fields_are_read_only() {
    let fixture = Fixture::new().await;
    let contract = usher::http::openapi::contract();
    let resolve = |schema: &Value| match schema["$ref"].as_str() {
        Some(reference) => contract.pointer(&reference[1..]).expect("a schema").clone(),
        None => schema.clone(),
    };
    let writes = [Method::PATCH, Method::PUT];
    for operation in operations().iter().filter(|one| writes.contains(&one.method)) {
        let content = operation.is["requestBody"]["content"].as_object().expect("a body");
        let request = resolve(&content.values().next().expect("a type")["schema"]);
        let response =
            resolve(&operation.is["responses"]["200"]["content"]["application/json"]["schema"]);
        let fields = response["properties"].as_object().expect("fields").keys();
        for field in fields.filter(|field| request["properties"].get(field.as_str()).is_none()) {
            let request = fixture.api.request(operation.method.clone(), &fixture.path(operation));
            let response = fixture.api.send(request.json(&json!({field: "another value"}))).await;
            response.problem(StatusCode::UNPROCESSABLE_ENTITY);
            let errors = response.body["errors"].as_array().unwrap().iter();
            let error = errors.into_iter().find(|error| error["field"] == field.as_str()).unwrap();
            let detail = "is read-only. Leave the field out.";
            assert_eq!(error["detail"], detail, "{}: {field}", operation.id());
        }
    }
}

#[tokio::test]
async fn headers_that_an_operation_does_not_support_are_rejected() {
    let fixture = Fixture::new().await;
    for operation in operations().iter().filter(|one| one.method != Method::GET) {
        for header in ["Idempotency-Key", "If-Match"] {
            let request = fixture.requests(&fixture.api, operation).swap_remove(0);
            // Two keys are rejected where one is supported.
            let request = request.header(header, "\"k\"").header(header, "\"v0");
            let response = fixture.api.send(request).await;
            let (_, places) = response.problem(StatusCode::BAD_REQUEST);
            assert_eq!(places, [header], "{}", operation.id());
            let expected = &response.body["errors"][0]["expected"];
            assert_eq!(
                *expected == json!("no such header"),
                !operation.takes(header),
                "{}: {expected}",
                operation.id()
            );
        }
    }
}

#[tokio::test]
async fn json_is_in_utf8_and_an_empty_body_may_be_left_out() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    let send = async |kind: &str, name: &str| {
        let request = api.request(Method::POST, "/teams").header("content-type", kind);
        api.send(request.body(json!({"name": name}).to_string())).await
    };
    for charset in ["iso-8859-1", "nosuch", "utf-16"] {
        let response = send(&format!("application/json; charset={charset}"), "Ops").await;
        let error = only_error(&response, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(response.body["code"], "media_type");
        assert_eq!(error["expected"], "the charset utf-8");
    }
    for (charset, name) in [("utf-8", "A"), ("\"UTF-8\"", "B"), ("utf8", "C")] {
        let kind = format!("application/json; charset={charset}");
        send(&kind, name).await.body(StatusCode::CREATED);
    }
    let patch = api.request(Method::PATCH, "/account").header("content-type", "text/plain");
    let error = only_error(&api.send(patch.body("{}")).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(error["expected"], "application/merge-patch+json or application/json");
    for kind in [None, Some("application/json")] {
        let key = json!({"name": "A", "scopes": ["users:read"]});
        let key = api.post("/keys", &key).await.body(StatusCode::CREATED);
        let id = key["key"]["id"].as_str().unwrap();
        let request = api.request(Method::POST, &format!("/keys/{id}/rotate"));
        let request = match kind {
            Some(kind) => request.header("content-type", kind),
            None => request,
        };
        api.send(request).await.body(StatusCode::CREATED);
    }
}

#[tokio::test]
async fn moments_are_answered_as_they_are_stored() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    for (sent, stored) in [
        ("2036-06-30T23:59:60Z", "2036-07-01T00:00:00Z"),
        ("2036-06-30T23:59:59.123456789Z", "2036-06-30T23:59:59.123456Z"),
    ] {
        let key = json!({"name": "A", "scopes": ["users:read"], "expiresAt": sent});
        let made = api.post("/keys", &key).await.body(StatusCode::CREATED)["key"].clone();
        let read = api.get(&format!("/keys/{}", made["id"].as_str().unwrap())).await;
        assert_eq!((&made["expiresAt"], &read.body["expiresAt"]), (&json!(stored), &json!(stored)));
        let connection = format!("/connections/{}", world.server.connection.id);
        let changed = api.patch(&connection, &json!({"sha1Until": sent})).await;
        let read = api.get(&connection).await.body(StatusCode::OK);
        assert_eq!(changed.body(StatusCode::OK)["sha1Until"], stored);
        assert_eq!(read["sha1Until"], stored);
    }
}

#[tokio::test]
async fn contract_lists_the_attributes_of_each_filter() {
    let fixture = Fixture::new().await;
    for operation in operations() {
        let list = operation.is["parameters"].as_array().into_iter().flatten();
        if !list.clone().any(|one| one["name"] == "filter") {
            continue;
        }
        let path = format!("{}?filter=nonsense%20pr", fixture.path(&operation));
        let error = only_error(&fixture.api.get(&path).await, StatusCode::BAD_REQUEST);
        let known = error["expected"].as_str().unwrap().strip_prefix("one of ").unwrap();
        let filter = list.clone().find(|one| one["name"] == "filter").unwrap();
        let listed = filter["description"].as_str().unwrap().split(" Attributes: ").nth(1).unwrap();
        let listed: Vec<_> = listed.split('`').skip(1).step_by(2).collect();
        assert_eq!(listed, known.split(", ").collect::<Vec<_>>(), "{}", operation.id());
    }
}

#[tokio::test]
async fn users_are_filtered_by_disabled_and_by_teams_and_subjects() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    for (email, disabled) in [("a@example.com", true), ("b@example.com", false)] {
        let user = json!({"email": email, "disabled": disabled});
        api.post("/users", &user).await.body(StatusCode::CREATED);
    }
    let find = async |filter: &str| {
        let page =
            api.get(&path_with_query("/users", &[("filter", filter)])).await.body(StatusCode::OK);
        let items = page["items"].as_array().unwrap();
        let emails = items.iter().map(|user| user["email"].as_str().unwrap()[..1].to_owned());
        let mut emails: Vec<String> = emails.collect();
        emails.sort_unstable();
        emails.concat()
    };
    for (filter, found) in [
        ("disabled eq true", "a"),
        ("disabled eq false", "b"),
        ("disabled ne true", "b"),
        ("disabled ne false", "a"),
        ("not (disabled eq true)", "b"),
        ("DISABLED pr", "ab"),
        ("teams.name pr", ""),
        ("identities.subject ne \"x\"", "ab"),
    ] {
        assert_eq!(find(filter).await, found, "{filter}");
    }
    for (filter, expected) in [
        ("identities.subject pr", "identities.subject eq \"…\" or identities.subject ne \"…\""),
        ("teams.name sw \"a\"", "teams.name eq \"…\" or teams.name ne \"…\""),
        ("disabled eq \"true\"", "disabled eq true or disabled eq false"),
        ("disabled gt true", "disabled eq true or disabled eq false"),
    ] {
        let response = api.get(&path_with_query("/users", &[("filter", filter)])).await;
        assert_eq!(
            only_error(&response, StatusCode::BAD_REQUEST)["expected"],
            expected,
            "{filter}"
        );
    }
}
