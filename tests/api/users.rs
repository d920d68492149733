//! Users: staged, looked at, replaced, changed, deleted.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::domain::api_key::{Scope, Scopes};

use crate::{
    client::{Answer, Api},
    support::db::TestDb,
    world::{Person, World},
};

const ADA: &str = "ada.lovelace@example.com";

on_both_databases! {
    an_address_is_all_that_is_needed_to_stage_a_user,
    a_user_is_staged_with_all_that_can_be_said,
    all_faults_of_a_body_are_told_at_once,
    missing_teams_are_made_if_that_is_asked_for_and_allowed,
    who_is_there_is_not_staged_again_and_the_answer_says_who,
    a_replacement_says_everything_but_for_status_and_teams,
    what_was_read_can_be_put_back_and_changes_nothing,
    a_patch_changes_what_it_says_and_nothing_else,
    the_teams_of_a_user_are_replaced_as_a_set,
    a_forbidden_pair_is_refused_and_both_roles_are_named,
    raising_the_account_role_raises_lower_team_roles,
    whether_somebody_has_logged_in_can_not_be_chosen,
    disabling_ends_the_sessions_at_once,
    the_last_administrator_stays_unless_somebody_insists,
    a_change_is_made_only_to_what_its_caller_has_seen,
    everything_that_changes_stands_in_the_audit,
    users_are_listed_with_their_teams,
    another_accounts_users_are_not_there,
    careless_and_hostile_bodies_are_refused,
}

fn path(user: &Value) -> String {
    format!("/users/{}", user["id"].as_str().unwrap())
}

async fn stage(api: &Api, body: Value) -> Value {
    api.post("/users", &body).await.body(StatusCode::CREATED)
}

fn roles(user: &Value) -> Vec<(&str, &str)> {
    let teams = user["teams"].as_array().unwrap().iter();
    teams.map(|team| (team["name"].as_str().unwrap(), team["role"].as_str().unwrap())).collect()
}

#[track_caller]
fn places(answer: &Answer) -> Vec<String> {
    answer.problem(StatusCode::UNPROCESSABLE_ENTITY).1
}

async fn an_address_is_all_that_is_needed_to_stage_a_user(db: TestDb) {
    let world = World::new(db);
    let api = Api::of(&world.server);
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
    let shown = api.get(&path(&user)).await;
    assert_eq!(shown.header("etag"), Some(&*tag));
    assert_eq!(shown.body(StatusCode::OK), user);
    let again = api.request(Method::GET, &path(&user)).header("if-none-match", &tag);
    assert_eq!(api.send(again).await.status, StatusCode::NOT_MODIFIED);

    // What was staged stands, and nobody is staged any more.
    world.login(&Person::of(ADA).says("firstName", "Else").says("role", "ADMIN")).await;
    let user = api.get(&path(&user)).await.body(StatusCode::OK);
    assert_eq!((&user["status"], &user["firstName"]), (&json!("ACTIVE"), &json!("Ada")));
    assert_eq!(user["identities"][0]["subject"], ADA);
    assert_eq!(user["identities"][0]["connectionId"], world.server.connection.id.to_string());
}

async fn a_user_is_staged_with_all_that_can_be_said(db: TestDb) {
    let world = World::new(db);
    let api = Api::of(&world.server);
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

async fn all_faults_of_a_body_are_told_at_once(db: TestDb) {
    let world = World::new(db);
    let api = Api::of(&world.server);
    let wrong = json!({
        "email": "nobody", "firstName": 7, "lastNam": "x", "role": "user", "version": 3,
        "mobile": {"regionCode": "DE", "e164": "+49"}, "teams": [{"role": "CHIEF"}],
    });
    let mut found = places(&api.post("/users", &wrong).await);
    found.sort_unstable();
    let wanted = [
        "/email",
        "/firstName",
        "/lastNam",
        "/mobile/e164",
        "/mobile/number",
        "/role",
        "/teams/0/role",
        "/version",
    ];
    assert_eq!(found, wanted);
    let wrong = json!({
        "email": ADA, "mobile": {"regionCode": "ZZ", "number": "1"},
        "userProfileImage": "javascript:alert(1)", "status": "ACTIVE",
        "teams": [{}, {"name": "Ops"}, {"name": "OPS"}],
    });
    let found = places(&api.post("/users", &wrong).await);
    assert_eq!(found, ["/mobile/regionCode", "/userProfileImage", "/teams/0", "/teams/2"]);
    let answer = api.post("/users", &json!({"email": ADA, "status": "ACTIVE"})).await;
    assert_eq!(places(&answer), ["/status"]);
    assert_eq!(world.count("users"), 0);
}

async fn missing_teams_are_made_if_that_is_asked_for_and_allowed(db: TestDb) {
    let world = World::new(db);
    let api = Api::of(&world.server);
    let team = uuid::Uuid::nil();
    let unknown = json!({"email": ADA, "teams": [{"name": "Ops"}, {"id": team}]});
    assert_eq!(places(&api.post("/users", &unknown).await), ["/teams/0/name", "/teams/1/id"]);
    let body = json!({"email": ADA, "teams": [{"name": "Ops"}], "createMissingTeams": true});
    let scopes: Scopes = [Scope::UsersWrite].into_iter().collect();
    let limited = Api::with(&world.server, &world.server.account, scopes);
    let (code, _) = limited.post("/users", &body).await.problem(StatusCode::FORBIDDEN);
    assert_eq!(code, "missing_scope");
    assert_eq!((world.count("users"), world.count("teams")), (0, 0));
    let user = stage(&api, body).await;
    assert_eq!(roles(&user), [("Ops", "RESPONDER")]);
    // A name that is there in another case is that team.
    let grace = json!({"email": "grace@example.com", "teams": [{"name": " oPS"}]});
    assert_eq!(roles(&stage(&api, grace).await), [("Ops", "RESPONDER")]);
    assert_eq!(world.count("teams"), 1);
    let both = json!({"email": "joan@example.com", "teams": [
        {"id": user["teams"][0]["id"], "name": "Night"},
        {"id": user["teams"][0]["id"], "name": "ops"},
    ]});
    assert_eq!(places(&api.post("/users", &both).await), ["/teams/1"]);
    let other = json!({"email": "joan@example.com", "teams": [
        {"id": user["teams"][0]["id"], "name": "Night"},
    ]});
    assert_eq!(places(&api.post("/users", &other).await), ["/teams/0/name"]);
}

async fn who_is_there_is_not_staged_again_and_the_answer_says_who(db: TestDb) {
    let world = World::new(db);
    let api = Api::of(&world.server);
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
    assert_eq!(world.count("users"), 2);
}

async fn a_replacement_says_everything_but_for_status_and_teams(db: TestDb) {
    let world = World::new(db);
    let api = Api::of(&world.server);
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
    assert_eq!(roles(&bare), [("Ops", "USER")], "nobody is put out of a team by mistake");
    assert_eq!((&bare["version"], &bare["raisedTeamRoles"]), (&json!(2), &json!([])));
    assert_eq!(places(&api.put(&path(&user), &json!({"role": "USER"})).await), ["/email"]);
}

async fn what_was_read_can_be_put_back_and_changes_nothing(db: TestDb) {
    let world = World::new(db);
    let api = Api::of(&world.server);
    let user = stage(
        &api,
        json!({
            "email": ADA, "lastName": "", "mobile": {"regionCode": "DE", "number": "0221 123123"},
            "teams": [{"name": "Ops"}], "createMissingTeams": true,
        }),
    )
    .await;
    let before = world.server.db().rows();
    let mut body = user.clone();
    // What can only be read is refused by name.
    let read_only = [
        "createdAt",
        "firstLoginAt",
        "id",
        "identities",
        "lastLoginAt",
        "origin",
        "updatedAt",
        "version",
    ];
    let mut found = places(&api.put(&path(&user), &body).await);
    found.sort_unstable();
    let mut wanted: Vec<_> = read_only.iter().map(|field| format!("/{field}")).collect();
    wanted.insert(5, "/mobile/e164".into());
    assert_eq!(found, wanted);
    for field in read_only {
        body.as_object_mut().unwrap().remove(field);
    }
    body["mobile"].as_object_mut().unwrap().remove("e164");
    for answer in [
        api.put(&path(&user), &body).await,
        api.patch(&path(&user), &body).await,
        api.patch(&path(&user), &json!({})).await,
    ] {
        assert_eq!(answer.body(StatusCode::OK)["version"], 1);
    }
    let mut after = world.server.db().rows();
    after.insert("api_keys".into(), before["api_keys"].clone());
    assert_eq!(after, before, "not even the audit");
}

async fn a_patch_changes_what_it_says_and_nothing_else(db: TestDb) {
    let world = World::new(db);
    let api = Api::of(&world.server);
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
    user["mobile"] = json!({"regionCode": "DE", "number": "030 123123", "e164": "+4930123123"});
    for field in ["updatedAt", "version", "raisedTeamRoles"] {
        user[field] = changed[field].clone();
    }
    assert_eq!((&changed["version"], &changed), (&json!(2), &user));
    // Taken away: as if it had been left out.
    let edit = json!({"firstName": null, "mobile": null, "role": null});
    let changed = api.patch(&path(&user), &edit).await.body(StatusCode::OK);
    assert_eq!((&changed["firstName"], &changed["mobile"]), (&json!("Ada"), &Value::Null));
    let half = json!({"mobile": {"number": "030 123123"}});
    assert_eq!(places(&api.patch(&path(&user), &half).await), ["/mobile/regionCode"]);
    for fixed in ["email", "status", "teams"] {
        let answer = api.patch(&path(&user), &json!({fixed: null})).await;
        assert_eq!(places(&answer), [format!("/{fixed}")], "can't be taken away");
    }
}

async fn the_teams_of_a_user_are_replaced_as_a_set(db: TestDb) {
    let world = World::new(db);
    let api = Api::of(&world.server);
    let user = stage(
        &api,
        json!({
            "email": ADA, "teams": [{"name": "A"}, {"name": "B"}, {"name": "C", "role": "ADMIN"}],
            "createMissingTeams": true,
        }),
    )
    .await;
    let kept = world.server.db().rows()["memberships"].clone();
    let teams = json!({"teams": [{"name": "b"}, {"name": "C", "role": "USER"}, {"name": "D"}],
        "createMissingTeams": true});
    let changed = api.patch(&path(&user), &teams).await.body(StatusCode::OK);
    assert_eq!(roles(&changed), [("B", "RESPONDER"), ("C", "USER"), ("D", "RESPONDER")]);
    assert_eq!((&changed["version"], &changed["updatedAt"]), (&json!(1), &user["updatedAt"]));
    let b = |rows: &[serde_json::Map<String, Value>]| {
        let team = changed["teams"][0]["id"].as_str().unwrap();
        rows.iter().find(|row| row["team_id"] == team).cloned()
    };
    assert_eq!(b(&world.server.db().rows()["memberships"]), b(&kept), "not touched");
    let none = api.patch(&path(&user), &json!({"teams": []})).await.body(StatusCode::OK);
    assert_eq!(roles(&none), []);
    assert_eq!(world.count("memberships"), 0);
}

async fn a_forbidden_pair_is_refused_and_both_roles_are_named(db: TestDb) {
    let world = World::new(db);
    let api = Api::of(&world.server);
    let teams = json!([{"name": "Ops", "role": "USER"}]);
    let low = json!({"email": ADA, "role": "ADMIN", "teams": teams, "createMissingTeams": true});
    let answer = api.post("/users", &low).await;
    assert_eq!(places(&answer), ["/teams/0/role"]);
    let fault = &answer.body["errors"][0];
    assert!(fault["detail"].as_str().unwrap().contains("ADMIN"), "{fault}");
    assert_eq!((&fault["value"], world.count("teams")), (&json!("USER"), 0));
    let user = stage(&api, json!({"email": ADA, "teams": teams, "createMissingTeams": true})).await;
    let both = json!({"role": "ADMIN", "teams": teams});
    assert_eq!(places(&api.patch(&path(&user), &both).await), ["/teams/0/role"]);
    let unchanged = api.get(&path(&user)).await.body(StatusCode::OK);
    assert_eq!(unchanged, user);
}

async fn raising_the_account_role_raises_lower_team_roles(db: TestDb) {
    let world = World::new(db);
    let api = Api::of(&world.server);
    let user = stage(
        &api,
        json!({
            "email": ADA, "createMissingTeams": true,
            "teams": [{"name": "A", "role": "STAKEHOLDER"}, {"name": "B", "role": "ADMIN"}],
        }),
    )
    .await;
    let raised = api.patch(&path(&user), &json!({"role": "USER"})).await.body(StatusCode::OK);
    assert_eq!(roles(&raised), [("A", "USER"), ("B", "ADMIN")]);
    let team = &user["teams"][0]["id"];
    let said = json!([{"teamId": team, "from": "STAKEHOLDER", "to": "USER"}]);
    assert_eq!(raised["raisedTeamRoles"], said);
    // Lowering it lowers nothing, and a look at the user says nothing of it.
    let lowered = api.patch(&path(&user), &json!({"role": "GUEST"})).await.body(StatusCode::OK);
    assert_eq!((roles(&lowered), &lowered["raisedTeamRoles"]), (roles(&raised), &json!([])));
    let shown = api.get(&path(&user)).await.body(StatusCode::OK);
    assert_eq!(shown.get("raisedTeamRoles"), None);
}

async fn whether_somebody_has_logged_in_can_not_be_chosen(db: TestDb) {
    let world = World::new(db);
    let api = Api::of(&world.server);
    let user = stage(&api, json!({"email": ADA})).await;
    let set = async |status: &str| api.patch(&path(&user), &json!({"status": status})).await;
    assert_eq!(places(&set("ACTIVE").await), ["/status"]);
    assert_eq!(set("DISABLED").await.body(StatusCode::OK)["status"], "DISABLED");
    assert_eq!(set("ACTIVE").await.body(StatusCode::OK)["status"], "STAGED", "enabled");
    world.login(&Person::of(ADA)).await;
    assert_eq!(places(&set("STAGED").await), ["/status"]);
    assert_eq!(set("DISABLED").await.body(StatusCode::OK)["status"], "DISABLED");
    assert_eq!(places(&set("STAGED").await), ["/status"]);
    assert_eq!(set("ACTIVE").await.body(StatusCode::OK)["status"], "ACTIVE");
}

async fn disabling_ends_the_sessions_at_once(db: TestDb) {
    let world = World::new(db);
    let api = Api::of(&world.server);
    let (one, other) = (world.login(&Person::of(ADA)).await, world.login(&Person::of(ADA)).await);
    let grace = world.login(&Person::of("grace@example.com")).await;
    let path = format!("/users/{}", world.user(ADA).id);
    api.patch(&path, &json!({"status": "DISABLED"})).await.body(StatusCode::OK);
    assert_eq!((world.session(&one).await, world.session(&other).await), (None, None));
    assert!(world.session(&grace).await.is_some());
    assert_eq!(world.count("sessions"), 1);
    world.refused(&Person::of(ADA)).await;
    api.patch(&path, &json!({"status": "ACTIVE"})).await.body(StatusCode::OK);
    assert_eq!(world.session(&one).await, None, "it does not come back");
    world.login(&Person::of(ADA)).await;
}

async fn the_last_administrator_stays_unless_somebody_insists(db: TestDb) {
    let world = World::new(db);
    let api = Api::of(&world.server);
    let ada = stage(&api, json!({"email": ADA, "role": "ADMIN"})).await;
    let off = stage(&api, json!({"email": "x@y", "role": "ADMIN", "status": "DISABLED"})).await;
    assert_eq!(api.delete(&path(&off)).await.status, StatusCode::NO_CONTENT, "is none");
    for answer in [
        api.delete(&path(&ada)).await,
        api.patch(&path(&ada), &json!({"role": "USER"})).await,
        api.patch(&path(&ada), &json!({"status": "DISABLED"})).await,
        api.put(&path(&ada), &json!({"email": ADA})).await,
    ] {
        assert_eq!(answer.problem(StatusCode::CONFLICT).0, "last_admin");
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

async fn a_change_is_made_only_to_what_its_caller_has_seen(db: TestDb) {
    let world = World::new(db);
    let api = Api::of(&world.server);
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
    let faulty = send(Method::PATCH, &seen, json!({"positio": "Two"})).await;
    assert_eq!(places(&faulty), ["/positio"], "what is malformed is told first");

    // Of many who change at once, nothing is lost.
    let changes = (0..16).map(|_| async {
        loop {
            let shown = api.get(&path(&user)).await;
            let tag = shown.header("etag").unwrap().to_owned();
            let count = shown.body["department"].as_str().map_or(0, |text| text.parse().unwrap());
            let next: i32 = count + 1;
            let answer = send(Method::PATCH, &tag, json!({"department": next.to_string()})).await;
            if answer.status == StatusCode::OK {
                break;
            }
            assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED, "{}", answer.text);
        }
    });
    futures_util::future::join_all(changes).await;
    assert_eq!(api.get(&path(&user)).await.body(StatusCode::OK)["department"], "16");
}

async fn everything_that_changes_stands_in_the_audit(db: TestDb) {
    let world = World::new(db);
    let api = Api::of(&world.server);
    world.login(&Person::of(ADA).says("teamName", "Ops")).await;
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
        ("user.update", "mobile/number", Value::Null, json!("0221 123123")),
        ("user.update", "sessions", json!("1"), Value::Null),
        ("team.member.change", "role", json!("RESPONDER"), json!("USER")),
        ("team.member.remove", "role", json!("USER"), Value::Null),
        ("user.delete", "email", json!(ADA), Value::Null),
        ("user.delete", "position", json!("Analyst"), Value::Null),
    ] {
        assert_eq!(of(action, field), (from, to), "{action} {field}");
    }
}

async fn users_are_listed_with_their_teams(db: TestDb) {
    let world = World::new(db);
    let api = Api::of(&world.server);
    for name in ["ada", "grace", "joan"] {
        let teams = json!([{"name": "Ops"}, {"name": name}]);
        let email = format!("{name}@example.com");
        stage(&api, json!({"email": email, "teams": teams, "createMissingTeams": true})).await;
    }
    let first = api.get("/users?sortBy=email&count=2&total=true").await.body(StatusCode::OK);
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

async fn another_accounts_users_are_not_there(db: TestDb) {
    let world = World::new(db);
    let api = Api::of(&world.server);
    let account = world.server.add_account("acme", "Acme", None);
    let other = Api::with(&world.server, &account, Scopes::all());
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

async fn careless_and_hostile_bodies_are_refused(db: TestDb) {
    let world = World::new(db);
    let api = Api::of(&world.server);
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
            let answer = api.send(api.request(method.clone(), &address).json(&body)).await;
            assert_eq!(places(&answer), [place], "{method} {body}");
        }
    }
    let path = "/users/no-id";
    assert_eq!(api.get(path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(api.delete("/users?force=true").await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(world.count("users"), 1);
}
