//! Users who are there: replaced, changed, disabled, deleted.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    client::{ApiClient, path_with_query},
    support::db::TestDb,
    users::{ADA, path, places, roles, stage},
    world::{Person, World},
};

on_both_databases! {
    user_is_disabled_and_enabled_by_active,
    fields_are_cleared_by_an_empty_text_or_by_their_names,
    replacement_resets_omitted_fields_except_status_and_teams,
    put_of_an_unchanged_representation_changes_nothing,
    patch_changes_only_its_fields,
    the_teams_of_a_user_are_replaced_as_a_set,
    account_role_raises_team_roles_until_it_is_lowered,
    unchanged_teams_request_no_role_of_the_account_role,
    import_that_lowers_the_account_role_lowers_raised_team_roles,
    login_state_of_a_user_cannot_be_set,
    disabling_ends_the_sessions_at_once,
    last_administrator_is_demoted_only_by_force,
    a_change_with_an_old_etag_is_rejected,
    every_change_is_audited,
}

async fn replacement_resets_omitted_fields_except_status_and_teams(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let user = stage(
        &api,
        json!({
            "email": ADA, "externalId": "4711", "position": "Countess", "role": "USER",
            "mobile": {"regionCode": "DE", "number": "0221 123123"}, "status": "DISABLED",
            "teams": [{"name": "Ops"}], "createMissingTeams": true,
        }),
    )
    .await;
    let bare = api.put(&path(&user), &json!({"email": "grace.hopper@example.com"})).await;
    let bare = bare.body(StatusCode::OK);
    assert_eq!((&bare["firstName"], &bare["lastName"]), (&json!("Grace"), &json!("Hopper")));
    for field in ["externalId", "position", "mobile"] {
        assert_eq!(bare[field], Value::Null, "{field}");
    }
    assert_eq!((&bare["role"], &bare["status"]), (&json!("STAKEHOLDER"), &json!("DISABLED")));
    assert_eq!(roles(&bare), [("Ops", "RESPONDER")], "nobody is put out of a team by mistake");
    assert_eq!((&bare["version"], &bare["raisedTeamRoles"]), (&json!(2), &json!([])));
    assert_eq!(places(&api.put(&path(&user), &json!({"role": "USER"})).await), ["/email"]);
}

async fn put_of_an_unchanged_representation_changes_nothing(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let user = stage(
        &api,
        json!({
            "email": ADA, "lastName": "", "mobile": {"regionCode": "DE", "number": "0221 123123"},
            "teams": [{"name": "Ops"}], "createMissingTeams": true,
        }),
    )
    .await;
    let before = world.server.db().rows();
    let body = user.clone();
    for answer in [
        api.put(&path(&user), &body).await,
        api.patch(&path(&user), &body).await,
        api.patch(&path(&user), &json!({})).await,
    ] {
        assert_eq!(answer.body(StatusCode::OK)["version"], 1);
    }
    let mut after = world.server.db().rows();
    after.insert("api_keys".into(), before["api_keys"].clone());
    assert_eq!(after, before, "not even the audit log");
}

async fn patch_changes_only_its_fields(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let mut user = stage(
        &api,
        json!({
            "email": ADA, "position": "Countess", "department": "Engines",
            "mobile": {"regionCode": "DE", "number": "0221 123123"},
        }),
    )
    .await;
    let edit =
        json!({"position": null, "firstName": "Augusta", "mobile": {"number": "030 123123"}});
    let changed = api.patch(&path(&user), &edit).await.body(StatusCode::OK);
    user["position"] = Value::Null;
    user["firstName"] = json!("Augusta");
    user["displayName"] = json!("Augusta Lovelace");
    user["mobile"] = json!({"regionCode": "DE", "number": "030 123123", "e164": "+4930123123"});
    user["phoneNumbers"] = json!([{"value": "tel:+4930123123", "type": "mobile"}]);
    for field in ["updatedAt", "etag", "version", "raisedTeamRoles"] {
        user[field] = changed[field].clone();
    }
    assert_eq!((&changed["version"], &changed), (&json!(2), &user));
    // Taken away: as if it had been left out.
    let edit = json!({"firstName": null, "mobile": null});
    let changed = api.patch(&path(&user), &edit).await.body(StatusCode::OK);
    assert_eq!((&changed["firstName"], &changed["mobile"]), (&json!("Ada"), &Value::Null));
    let half = json!({"mobile": {"number": "030 123123"}});
    assert_eq!(places(&api.patch(&path(&user), &half).await), ["/mobile/regionCode"]);
    for fixed in ["email", "role", "disabled", "status", "teams", "createMissingTeams", "clear"] {
        let response = api.patch(&path(&user), &json!({fixed: null})).await;
        assert_eq!(places(&response), [format!("/{fixed}")], "can't be taken away");
    }
}

async fn the_teams_of_a_user_are_replaced_as_a_set(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let user = stage(
        &api,
        json!({
            "email": ADA, "teams": [{"name": "A"}, {"name": "B"}, {"name": "C", "role": "ADMIN"}],
            "createMissingTeams": true,
        }),
    )
    .await;
    let stored = world.server.db().rows()["memberships"].clone();
    let teams = json!({"teams": [{"name": "b"}, {"name": "C", "role": "USER"}, {"name": "D"}],
        "createMissingTeams": true});
    let changed = api.patch(&path(&user), &teams).await.body(StatusCode::OK);
    assert_eq!(roles(&changed), [("B", "RESPONDER"), ("C", "USER"), ("D", "RESPONDER")]);
    assert_eq!((&changed["version"], &changed["updatedAt"]), (&json!(1), &user["updatedAt"]));
    let b = |rows: &[serde_json::Map<String, Value>]| {
        let team = changed["teams"][0]["id"].as_str().unwrap();
        rows.iter().find(|row| row["team_id"] == team).cloned()
    };
    assert_eq!(b(&world.server.db().rows()["memberships"]), b(&stored), "not touched");
    let none = api.patch(&path(&user), &json!({"teams": []})).await.body(StatusCode::OK);
    assert_eq!(roles(&none), []);
    assert_eq!(world.count_rows("memberships"), 0);
}

async fn account_role_raises_team_roles_until_it_is_lowered(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let user = stage(
        &api,
        json!({
            "email": ADA, "createMissingTeams": true,
            "teams": [{"name": "A", "role": "STAKEHOLDER"}, {"name": "B", "role": "ADMIN"}],
        }),
    )
    .await;
    let stored = world.server.db().rows()["memberships"].clone();
    let (a, b) = (&user["teams"][0]["id"], &user["teams"][1]["id"]);
    for (role, in_a, raised) in [
        ("USER", "USER", json!([{"teamId": a, "from": "STAKEHOLDER", "to": "USER"}])),
        ("ADMIN", "ADMIN", json!([{"teamId": a, "from": "USER", "to": "ADMIN"}])),
        ("RESPONDER", "RESPONDER", json!([])),
        ("GUEST", "STAKEHOLDER", json!([])),
        ("STAKEHOLDER", "STAKEHOLDER", json!([])),
    ] {
        let forced = format!("{}?force=true", path(&user));
        let changed = api.patch(&forced, &json!({"role": role})).await.body(StatusCode::OK);
        assert_eq!(roles(&changed), [("A", in_a), ("B", "ADMIN")], "{role}");
        assert_eq!(changed["raisedTeamRoles"], raised, "{role}");
        let mut view = api.get(&path(&user)).await.body(StatusCode::OK);
        assert_eq!((roles(&view), view.get("raisedTeamRoles")), (roles(&changed), None));
        let id = view["id"].take();
        for (team, effective) in [(a, in_a), (b, "ADMIN")] {
            let members = format!("/teams/{}/members", team.as_str().unwrap());
            let member = api.get(&format!("{members}/{}", id.as_str().unwrap())).await;
            assert_eq!(member.body(StatusCode::OK)["role"], effective);
            for filtered in ["STAKEHOLDER", "RESPONDER", "USER", "ADMIN"] {
                let list = format!("{members}?filter=role%20eq%20%22{filtered}%22");
                let found = api.get(&list).await.body(StatusCode::OK)["items"].clone();
                let expected = usize::from(filtered == effective);
                assert_eq!(found.as_array().unwrap().len(), expected, "{role}: {filtered}");
            }
        }
    }
    assert_eq!(world.server.db().rows()["memberships"], stored, "no membership was written");
    // Also beside a change of teams.
    let body = json!({
        "role": "ADMIN", "createMissingTeams": true,
        "teams": [{"id": a, "role": "ADMIN"}, {"id": b, "role": "ADMIN"}, {"name": "C", "role": "ADMIN"}],
    });
    let changed = api.patch(&path(&user), &body).await.body(StatusCode::OK);
    let raised = json!([{"teamId": a, "from": "STAKEHOLDER", "to": "ADMIN"}]);
    assert_eq!(changed["raisedTeamRoles"], raised);
    // A pair that is stated and can't be is rejected, and both roles are named.
    let body = json!({"role": "ADMIN", "teams": [{"name": "A", "role": "USER"}]});
    let rejected = api.patch(&path(&user), &body).await;
    let reason = &rejected.text;
    assert_eq!(places(&rejected), ["/teams/0/role"]);
    assert!(reason.contains("USER") && reason.contains("ADMIN"), "{reason}");
}

async fn unchanged_teams_request_no_role_of_the_account_role(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let teams = json!([{"name": "A", "role": "RESPONDER"}, {"name": "B", "role": "USER"}]);
    let body = json!({"email": ADA, "role": "USER", "createMissingTeams": true});
    let user = stage(&api, body).await;
    let stakeholder = json!({"role": "STAKEHOLDER", "teams": teams, "createMissingTeams": true});
    api.patch(&path(&user), &stakeholder).await.body(StatusCode::OK);
    let admin = api.patch(&path(&user), &json!({"role": "ADMIN"})).await.body(StatusCode::OK);
    assert_eq!(roles(&admin), [("A", "ADMIN"), ("B", "ADMIN")]);
    // Read, and sent back with one team more.
    let mut teams = admin["teams"].clone();
    teams.as_array_mut().unwrap().push(json!({"name": "C", "role": "ADMIN"}));
    let body = json!({"teams": teams, "createMissingTeams": true});
    api.patch(&path(&user), &body).await.body(StatusCode::OK);
    let lowered = json!({"role": "RESPONDER"});
    let lowered =
        api.patch(&format!("{}?force=true", path(&user)), &lowered).await.body(StatusCode::OK);
    let requested_roles = [("A", "RESPONDER"), ("B", "USER"), ("C", "ADMIN")];
    assert_eq!(roles(&lowered), requested_roles);
    // Read while the role implies the team roles, and sent back with another role.
    let raised = api.patch(&path(&user), &json!({"role": "ADMIN"})).await.body(StatusCode::OK);
    let body = json!({"role": "RESPONDER", "teams": raised["teams"]});
    let forced = format!("{}?force=true", path(&user));
    assert_eq!(roles(&api.patch(&forced, &body).await.body(StatusCode::OK)), requested_roles);
    let body = json!({"role": "ADMIN", "teams": lowered["teams"]});
    let raised = api.patch(&path(&user), &body).await.body(StatusCode::OK);
    assert_eq!(roles(&raised), [("A", "ADMIN"), ("B", "ADMIN"), ("C", "ADMIN")]);
    let lowered = api.patch(&forced, &json!({"role": "RESPONDER"})).await.body(StatusCode::OK);
    assert_eq!(roles(&lowered), requested_roles);
    // A member's own address states what is requested, also for later.
    api.patch(&path(&user), &json!({"role": "ADMIN"})).await.body(StatusCode::OK);
    let team = admin["teams"][0]["id"].as_str().unwrap();
    let member = format!("/teams/{team}/members/{}", user["id"].as_str().unwrap());
    api.put(&member, &json!({"role": "ADMIN"})).await.body(StatusCode::OK);
    let lowered = json!({"role": "RESPONDER"});
    let lowered =
        api.patch(&format!("{}?force=true", path(&user)), &lowered).await.body(StatusCode::OK);
    assert_eq!(roles(&lowered), [("A", "ADMIN"), ("B", "USER"), ("C", "ADMIN")]);
}

async fn import_that_lowers_the_account_role_lowers_raised_team_roles(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let import = async |role: &str, team_role: &str| {
        let row = format!("{ADA},{role},Ops,{team_role}");
        let csv = format!("email,role,teamName,teamRole\n{row}\n");
        let path = "/users/import?mode=ROW_BY_ROW&onExisting=UPDATE&createMissingTeams=true";
        let request = api.request(Method::POST, path).header("content-type", "text/csv").body(csv);
        let report = api.send(request).await.body(StatusCode::OK);
        let filter = format!("email eq \"{ADA}\"");
        let query = path_with_query("/users", &[("filter", &filter), ("include", "teams")]);
        let list = api.get(&query).await.body(StatusCode::OK);
        let view = roles(&list["items"][0]).first().map(|(_, role)| (*role).to_owned());
        (report["failed"].clone(), view)
    };
    stage(&api, json!({"email": "grace@example.com", "role": "ADMIN"})).await;
    assert_eq!(import("RESPONDER", "RESPONDER").await, (json!(0), Some("RESPONDER".into())));
    assert_eq!(import("ADMIN", "").await, (json!(0), Some("ADMIN".into())));
    assert_eq!(import("RESPONDER", "").await, (json!(0), Some("RESPONDER".into())));
    assert_eq!(import("ADMIN", "RESPONDER").await.0, json!(1), "a forbidden pair");
}

async fn login_state_of_a_user_cannot_be_set(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let user = stage(&api, json!({"email": ADA})).await;
    let set = async |status: &str| api.patch(&path(&user), &json!({"status": status})).await;
    assert_eq!(places(&set("ACTIVE").await), ["/status"]);
    assert_eq!(set("DISABLED").await.body(StatusCode::OK)["status"], "DISABLED");
    assert_eq!(set("ACTIVE").await.body(StatusCode::OK)["status"], "STAGED", "enabled");
    world.login(&Person::with_email(ADA)).await;
    assert_eq!(places(&set("STAGED").await), ["/status"]);
    assert_eq!(set("DISABLED").await.body(StatusCode::OK)["status"], "DISABLED");
    assert_eq!(set("STAGED").await.body(StatusCode::OK)["status"], "ACTIVE", "enabled");
    assert_eq!(set("ACTIVE").await.body(StatusCode::OK)["status"], "ACTIVE");
}

async fn disabling_ends_the_sessions_at_once(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let (one, other) =
        (world.login(&Person::with_email(ADA)).await, world.login(&Person::with_email(ADA)).await);
    let grace = world.login(&Person::with_email("grace@example.com")).await;
    let path = format!("/users/{}", world.user(ADA).id);
    api.patch(&path, &json!({"status": "DISABLED"})).await.body(StatusCode::OK);
    assert_eq!((world.session(&one).await, world.session(&other).await), (None, None));
    assert!(world.session(&grace).await.is_some());
    assert_eq!(world.count_rows("sessions"), 1);
    world.expect_failed_login(&Person::with_email(ADA)).await;
    api.patch(&path, &json!({"status": "ACTIVE"})).await.body(StatusCode::OK);
    assert_eq!(world.session(&one).await, None, "it does not come back");
    world.login(&Person::with_email(ADA)).await;
}

async fn last_administrator_is_demoted_only_by_force(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let ada = stage(&api, json!({"email": ADA, "role": "ADMIN"})).await;
    let off = stage(&api, json!({"email": "x@y", "role": "ADMIN", "status": "DISABLED"})).await;
    assert_eq!(api.delete(&path(&off)).await.status, StatusCode::NO_CONTENT, "is none");
    for (answer, field) in [
        (api.delete(&path(&ada)).await, "force"),
        (api.patch(&path(&ada), &json!({"role": "USER"})).await, "role"),
        (api.patch(&path(&ada), &json!({"disabled": true})).await, "disabled"),
        (api.put(&path(&ada), &json!({"email": ADA})).await, "role"),
    ] {
        assert_eq!(answer.problem(StatusCode::CONFLICT).0, "last_admin");
        assert_eq!(answer.body["errors"][0]["field"], field);
    }
    assert_eq!(api.get(&path(&ada)).await.body(StatusCode::OK), ada);
    let forced = format!("{}?force=true", path(&ada));
    api.patch(&forced, &json!({"role": "USER"})).await.body(StatusCode::OK);

    // Of two who go at once, one stays.
    let mut paths = vec![];
    for email in ["a@example.com", "b@example.com"] {
        paths.push(path(&stage(&api, json!({"email": email, "role": "ADMIN"})).await));
    }
    let (one, other) = tokio::join!(api.delete(&paths[0]), api.delete(&paths[1]));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [StatusCode::NO_CONTENT, StatusCode::CONFLICT]);
}

async fn a_change_with_an_old_etag_is_rejected(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let user = stage(&api, json!({"email": ADA})).await;
    let seen = api.get(&path(&user)).await.header("etag").unwrap().to_owned();
    let send = async |method: Method, tag: &str, body: Value| {
        let request = api.request(method, &path(&user)).header("if-match", tag);
        api.send(request.json(&body)).await
    };
    let first = send(Method::PATCH, &seen, json!({"position": "One"})).await;
    let now = first.header("etag").unwrap().to_owned();
    assert_ne!(now, seen);
    for method in [Method::PATCH, Method::PUT, Method::DELETE] {
        let late = send(method.clone(), &seen, json!({"email": ADA})).await;
        assert_eq!(late.status, StatusCode::PRECONDITION_FAILED, "{method}");
    }
    // Another's change of the teams is one as well, and so is a login.
    let teams = json!({"teams": [{"name": "Ops"}], "createMissingTeams": true});
    api.patch(&path(&user), &teams).await.body(StatusCode::OK);
    let late = send(Method::DELETE, &now, json!({})).await;
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(send(Method::PATCH, "*", json!({"position": "Two"})).await.status, StatusCode::OK);
    let invalid = send(Method::PATCH, &seen, json!({"positio": "Two"})).await;
    assert_eq!(places(&invalid), ["/positio"], "what is malformed is told first");

    // Of many who change at once, nothing is lost.
    let changes = (0..16).map(|_| async {
        loop {
            let view = api.get(&path(&user)).await;
            let tag = view.header("etag").unwrap().to_owned();
            let count = view.body["department"].as_str().map_or(0, |text| text.parse().unwrap());
            let next: i32 = count + 1;
            let response = send(Method::PATCH, &tag, json!({"department": next.to_string()})).await;
            if response.status == StatusCode::OK {
                break;
            }
            assert_eq!(response.status, StatusCode::PRECONDITION_FAILED, "{}", response.text);
        }
    });
    futures_util::future::join_all(changes).await;
    assert_eq!(api.get(&path(&user)).await.body(StatusCode::OK)["department"], "16");
}

async fn every_change_is_audited(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    world.login(&Person::with_email(ADA).with_attribute("teamName", "Ops")).await;
    let id = world.user(ADA).id.to_string();
    let path = format!("/users/{id}");
    let edit = json!({"role": "USER", "position": "Analyst", "status": "DISABLED",
        "mobile": {"regionCode": "DE", "number": "0221 123123"}});
    api.patch(&path, &edit).await.body(StatusCode::OK);
    assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT);
    let audit = api.get("/audit").await.body(StatusCode::OK);
    let entries = audit["items"].as_array().unwrap();
    let of = |action: &str, field: &str| {
        let entry = entries.iter().find(|entry| entry["action"] == action);
        let entry = entry.unwrap_or_else(|| panic!("there is no {action}: {audit}"));
        let changes = entry["changes"].as_array().unwrap();
        let change = changes.iter().find(|change| change["field"] == field);
        let change = change.unwrap_or_else(|| panic!("no {field}: {entry}"));
        (change["from"].clone(), change["to"].clone())
    };
    for (action, field, from, to) in [
        ("user.update", "role", json!("STAKEHOLDER"), json!("USER")),
        ("user.update", "position", Value::Null, json!("Analyst")),
        ("user.update", "status", json!("ACTIVE"), json!("DISABLED")),
        ("user.update", "mobile.number", Value::Null, json!("0221 123123")),
        ("user.update", "sessions", json!("1"), Value::Null),
        // The requested role: the account role wrote none.
        ("team.member.remove", "role", json!("RESPONDER"), Value::Null),
        ("user.delete", "email", json!(ADA), Value::Null),
        ("user.delete", "position", json!("Analyst"), Value::Null),
    ] {
        assert_eq!(of(action, field), (from, to), "{action} {field}");
    }
}

async fn user_is_disabled_and_enabled_by_active(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let user = stage(&api, json!({"email": ADA, "disabled": true})).await;
    assert_eq!((&user["disabled"], &user["status"]), (&json!(true), &json!("DISABLED")));
    let set = async |body: Value| api.patch(&path(&user), &body).await;
    for disabled in [false, false, true, true, false] {
        let response = set(json!({"disabled": disabled})).await;
        assert_eq!(response.header("deprecation"), None);
        let now = response.body(StatusCode::OK);
        let status = if disabled { "DISABLED" } else { "STAGED" };
        assert_eq!((&now["disabled"], &now["status"]), (&json!(disabled), &json!(status)));
    }
    // The old form is accepted, and marked.
    let old = set(json!({"status": "DISABLED"})).await;
    assert!(old.header("deprecation").is_some() && old.header("sunset").is_some());
    assert_eq!(old.body(StatusCode::OK)["disabled"], true);
    let both = set(json!({"status": "STAGED", "disabled": true})).await;
    assert_eq!(places(&both), ["/status", "/disabled"]);
    assert_eq!(places(&set(json!({"disabled": "no"})).await), ["/disabled"]);
}

async fn fields_are_cleared_by_an_empty_text_or_by_their_names(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let full = json!({
        "email": ADA, "externalId": "1", "position": "Countess", "department": "Engines",
        "firstName": "Augusta", "lastName": "King", "userProfileImage": "https://x.example/a",
        "mobile": {"regionCode": "DE", "number": "0221 123123"}, "role": "USER",
    });
    let user = stage(&api, full).await;
    let empty = json!({"position": "", "externalId": "", "userProfileImage": "", "firstName": ""});
    let now = api.patch(&path(&user), &empty).await.body(StatusCode::OK);
    for field in ["position", "externalId", "userProfileImage"] {
        assert_eq!(now[field], Value::Null, "{field}");
    }
    assert_eq!(now["firstName"], "Ada");
    let clear =
        json!({"clear": ["mobile", "department", "lastName", "mobile"], "position": "Analyst"});
    let now = api.patch(&path(&user), &clear).await.body(StatusCode::OK);
    assert_eq!((&now["mobile"], &now["department"]), (&Value::Null, &Value::Null));
    assert_eq!((&now["lastName"], &now["position"]), (&json!("Lovelace"), &json!("Analyst")));
    assert_eq!(now["role"], "USER");
    for (body, expected) in [
        (json!({"clear": ["role"]}), "/clear/0"),
        (json!({"clear": ["mobile", "shoeSize"]}), "/clear/1"),
        (json!({"clear": ["position"], "position": "Countess"}), "/clear/0"),
        (json!({"clear": "mobile"}), "/clear"),
    ] {
        assert_eq!(places(&api.patch(&path(&user), &body).await), [expected], "{body}");
    }
    let account = api.patch("/account", &json!({"contact": "it@x"})).await.body(StatusCode::OK);
    assert_eq!(account["contact"], "it@x");
    let account = api.patch("/account", &json!({"clear": ["contact"]})).await.body(StatusCode::OK);
    assert_eq!(account["contact"], Value::Null);
}
