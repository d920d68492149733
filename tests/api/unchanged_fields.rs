//! Resources that a client sends back as it has read them, with or without an edit.

use reqwest::StatusCode;
use serde_json::{Value, json};
use usher::domain::api_key::Dialect;

use crate::{
    client::ApiClient,
    scim::{GROUP, USER, id},
    support::{db::TestDb, forge::Key},
    users::{ADA, path, places, stage},
    world::World,
};

on_both_databases! {
    every_resource_can_be_read_edited_and_sent_back,
    read_only_field_is_rejected_unless_it_has_its_current_value,
    certificates_are_accepted_as_they_were_read,
    stored_values_that_are_no_longer_valid_are_accepted_back,
    stored_values_that_are_no_longer_valid_are_accepted_back_by_scim,
}

async fn body_of(api: &ApiClient, path: &str) -> Value {
    api.get(path).await.body(StatusCode::OK)
}

fn draft() -> Value {
    json!({
        "email": ADA, "externalId": "4711", "role": "USER", "position": "Countess",
        "mobile": {"regionCode": "DE", "number": "0221 123123"},
        "teams": [{"name": "Ops", "role": "ADMIN"}], "createMissingTeams": true,
    })
}

async fn every_resource_can_be_read_edited_and_sent_back(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let user = stage(&api, draft()).await;
    let team = format!("/teams/{}", user["teams"][0]["id"].as_str().unwrap());
    let member = format!("{team}/members/{}", id(&user));
    let client = json!({"name": "Okta", "dialect": "OKTA"});
    let client = api.post("/scim-clients", &client).await.body(StatusCode::CREATED);
    let client = format!("/scim-clients/{}", id(&client));
    let connection = format!("/connections/{}", world.server.connection.id);
    for (path, field, value) in [
        (path(&user), "lastName", json!("King")),
        (path(&user), "disabled", json!(true)),
        (team, "name", json!("Engine")),
        (member, "role", json!("USER")),
        (client, "name", json!("Entra")),
        (connection, "skewSeconds", json!(7)),
        ("/account".to_owned(), "name", json!("Acme")),
    ] {
        let mut body = body_of(&api, &path).await;
        let has_put =
            ["/users", "/teams", "/connections"].iter().any(|start| path.starts_with(start));
        let unchanged = match has_put {
            true => api.put(&path, &body).await,
            false => api.patch(&path, &body).await,
        };
        assert_eq!(unchanged.body(StatusCode::OK)["updatedAt"], body["updatedAt"], "{path}");
        body[field] = value.clone();
        let edited = match has_put {
            true => api.put(&path, &body).await,
            false => api.patch(&path, &body).await,
        };
        assert_eq!(edited.body(StatusCode::OK)[field], value, "{path}");
        assert_eq!(body_of(&api, &path).await[field], value, "{path}");
        if !path.contains("/members/") {
            let body = body_of(&api, &path).await;
            assert_eq!(api.patch(&path, &body).await.status, StatusCode::OK, "{path}");
        }
    }
    let user = body_of(&api, &path(&user)).await;
    assert_eq!(user["mobile"]["e164"], "+49221123123", "a replacement keeps the number");
}

async fn read_only_field_is_rejected_unless_it_has_its_current_value(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let user = stage(&api, draft()).await;
    let path = path(&user);
    let body = body_of(&api, &path).await;
    for field in [
        "createdAt",
        "displayName",
        "etag",
        "firstLoginAt",
        "id",
        "identities",
        "lastLoginAt",
        "manager",
        "origin",
        "raisedTeamRoles",
        "teamsUrl",
        "updatedAt",
        "userName",
        "version",
    ] {
        let mut body = body.clone();
        body[field] = json!("2020-01-01T00:00:00Z");
        body["position"] = json!("Queen");
        let pointer = format!("/{field}");
        assert_eq!(places(&api.put(&path, &body).await), [pointer.as_str()]);
        assert_eq!(places(&api.patch(&path, &body).await), [pointer.as_str()]);
    }
    let mut other = body.clone();
    other["mobile"]["e164"] = json!("+49221123124");
    assert_eq!(places(&api.put(&path, &other).await), ["/mobile/e164"]);
    // A field that does not exist, or is not in the answer, is not ignored.
    let unknown = json!({"email": ADA, "nickname": null});
    assert_eq!(places(&api.put(&path, &unknown).await), ["/nickname"]);
    let mut new = body.clone();
    (new["email"], new["externalId"]) = (json!("new@example.com"), Value::Null);
    new.as_object_mut().unwrap().remove("emails");
    assert_eq!(
        places(&api.post("/users", &new).await).len(),
        13,
        "a new user has no read-only fields"
    );
    assert_eq!(body_of(&api, &path).await, body);

    // A moment may be written otherwise, and a number may change beside its E.164 form.
    let mut edited = body.clone();
    let created = body["createdAt"].as_str().unwrap().replace('Z', "+00:00");
    edited["createdAt"] = json!(created);
    edited["mobile"]["number"] = json!("030 123123");
    let edited = api.put(&path, &edited).await.body(StatusCode::OK);
    assert_eq!(edited["mobile"]["e164"], "+4930123123");

    // Who sends back an earlier state, with its tag, is told that it is an earlier one.
    let stale = api.send(
        api.request(reqwest::Method::PUT, &path)
            .json(&body)
            .header("if-match", body["etag"].as_str().unwrap()),
    );
    assert_eq!(stale.await.status, StatusCode::PRECONDITION_FAILED);
    // So is who sends the tag in the body alone: without it, the change would be lost.
    for field in ["etag", "version"] {
        let mut stale = json!({"email": ADA, "position": "Queen"});
        stale[field] = body[field].clone();
        for answer in [api.put(&path, &stale).await, api.patch(&path, &stale).await] {
            let (code, places) = answer.problem(StatusCode::PRECONDITION_FAILED);
            assert_eq!((code.as_str(), places), ("changed", vec![format!("/{field}")]));
            let remedy = &answer.body["errors"][0]["remedy"];
            assert_eq!(*remedy, "Read the user again, and repeat the change.");
        }
    }
    assert_eq!(body_of(&api, &path).await["position"], edited["position"]);

    // A body for a user who does not exist has all its errors, and this one.
    let unknown = "/users/0198c5a0-7d2c-7b6e-9d60-3f1f2a6f0c11";
    let rejected = api.patch(unknown, &json!({"role": "OWNER"})).await;
    assert_eq!(places(&rejected), ["/role"]);
    let fields = rejected.body["errors"].as_array().unwrap().iter().map(|error| &error["field"]);
    assert_eq!(fields.collect::<Vec<_>>(), ["role", "path"]);
}

async fn certificates_are_accepted_as_they_were_read(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let path = format!("/connections/{}", world.server.connection.id);
    let now = world.server.clock.now();
    let new = String::from_utf8(Key::attacker(now).certificate.to_pem().unwrap()).unwrap();
    let before = body_of(&api, &path).await;
    let old = before["certificates"][0].clone();
    // Beside a text, in another order, and without the fields that it determines.
    for certificates in [json!([new, old]), json!([old]), json!([{"pem": old["pem"]}])] {
        let mut body = body_of(&api, &path).await;
        body["certificates"] = certificates.clone();
        let after = api.put(&path, &body).await.body(StatusCode::OK);
        let last = after["certificates"].as_array().unwrap().last().unwrap();
        assert_eq!(*last, old, "{certificates}");
        let patch = json!({"certificates": certificates});
        assert_eq!(api.patch(&path, &patch).await.body(StatusCode::OK), after);
    }
    let body = body_of(&api, &path).await;
    for (field, value) in [
        ("subject", json!("CN=other")),
        ("fingerprintSha256", json!("00")),
        ("notAfter", json!("2099-01-01T00:00:00Z")),
        ("usable", json!(false)),
        ("problem", json!("none")),
        ("unknown", json!(null)),
    ] {
        let mut body = body.clone();
        body["certificates"][0][field] = value;
        let pointer = format!("/certificates/0/{field}");
        assert_eq!(places(&api.put(&path, &body).await), [pointer.as_str()]);
        assert_eq!(places(&api.patch(&path, &body).await), [pointer.as_str()]);
    }
    for field in ["id", "serviceProvider", "ignoredCertificates", "createdAt", "updatedAt"] {
        let mut body = body.clone();
        body[field] = json!("2020-01-01T00:00:00Z");
        assert_eq!(places(&api.put(&path, &body).await), [format!("/{field}").as_str()]);
    }
    assert_eq!(body_of(&api, &path).await, body);

    // What an earlier release accepted may be sent back.
    world.server.db().run("UPDATE connections SET name = 'a\u{200b}b', idp_sso_url = 'ftp://x'");
    let body = body_of(&api, &path).await;
    assert_eq!(api.put(&path, &body).await.body(StatusCode::OK), body);
    let mut edited = body.clone();
    edited["skewSeconds"] = json!(9);
    let edited = api.put(&path, &edited).await.body(StatusCode::OK);
    assert_eq!((&edited["name"], &edited["ssoUrl"]), (&body["name"], &body["ssoUrl"]));
}

/// Changes stored values to ones that only an earlier release accepted.
fn store_invalid_values(db: &TestDb) {
    let hidden = "a\u{200b}b";
    db.run(&format!(
        "UPDATE users SET first_name = '{hidden}', external_id = '{hidden}', position = '{hidden}',
             email = 'mi\u{212a}e@example.com', email_key = 'mi\u{212a}e@example.com',
             mobile_region = 'DE', mobile_number = '1', mobile_e164 = '+491', profile_image = 'ftp://example.com';
         UPDATE teams SET name = '{hidden}'"
    ));
}

async fn stored_values_that_are_no_longer_valid_are_accepted_back(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let user = stage(&api, draft()).await;
    store_invalid_values(world.server.db());
    let path = path(&user);
    let before = body_of(&api, &path).await;
    assert_eq!(before["mobile"]["number"], "1");
    for answer in [api.put(&path, &before).await, api.patch(&path, &before).await] {
        answer.body(StatusCode::OK);
    }
    assert_eq!(body_of(&api, &path).await, before);

    let mut edited = before.clone();
    edited["position"] = json!("Countess");
    edited["teams"][0]["role"] = json!("USER");
    let after = api.put(&path, &edited).await.body(StatusCode::OK);
    for field in ["email", "externalId", "firstName", "mobile", "userProfileImage"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(
        (&after["position"], &after["teams"][0]["role"]),
        (&json!("Countess"), &json!("USER"))
    );
    // Another invalid value is rejected as ever.
    let mut edited = body_of(&api, &path).await;
    edited["firstName"] = json!("c\u{200b}d");
    assert_eq!(places(&api.put(&path, &edited).await), ["/firstName"]);

    let path = format!("/teams/{}", before["teams"][0]["id"].as_str().unwrap());
    let team = body_of(&api, &path).await;
    assert_eq!(api.put(&path, &team).await.body(StatusCode::OK), team);
    assert_eq!(places(&api.put(&path, &json!({"name": "c\u{200b}d"})).await), ["/name"]);
}

async fn stored_values_that_are_no_longer_valid_are_accepted_back_by_scim(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let user = json!({
        "schemas": [USER], "userName": ADA, "externalId": "00u1", "title": "Countess",
        "name": {"givenName": "Ada", "familyName": "King"},
    });
    let user = scim.post("/Users", &user).await.body(StatusCode::CREATED);
    let members = json!([{"value": id(&user)}]);
    let group =
        json!({"schemas": [GROUP], "displayName": "Ops", "externalId": "g1", "members": members});
    let group = scim.post("/Groups", &group).await.body(StatusCode::CREATED);
    store_invalid_values(world.server.db());
    world.server.db().run(
        "UPDATE user_external_ids SET external_id = 'a\u{200b}b';
         UPDATE team_external_ids SET external_id = 'a\u{200b}b'",
    );
    for (path, field) in [
        (format!("/Users/{}", id(&user)), "title"),
        (format!("/Groups/{}", id(&group)), "displayName"),
    ] {
        let before = body_of(&scim, &path).await;
        assert_eq!(before["externalId"], "a\u{200b}b");
        assert_eq!(scim.put(&path, &before).await.body(StatusCode::OK), before);
        let mut edited = before.clone();
        edited[field] = json!("Other");
        let edited = scim.put(&path, &edited).await.body(StatusCode::OK);
        assert_eq!(
            (&edited[field], &edited["externalId"]),
            (&json!("Other"), &before["externalId"])
        );
        let mut other = before.clone();
        other["externalId"] = json!("c\u{200b}d");
        assert_eq!(scim.put(&path, &other).await.status, StatusCode::BAD_REQUEST);
    }
}
