//! Careless SCIM clients: what they send is understood or rejected. Nothing is
//! answered yes that was not done.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::domain::api_key::Dialect;

use crate::{
    client::{ApiClient, path_with_query},
    scim::{GROUP, ROLES, USER, expect_error_type, id, patched},
    support::db::TestDb,
    world::World,
};

on_both_databases! {
    members_that_are_no_list_are_not_passed_over,
    user_name_of_a_scim_client_stays_when_the_address_changes,
    put_without_a_name_parses_it_from_the_address,
    invalid_patch_of_a_user_is_rejected_and_changes_nothing,
    invalid_patch_of_a_group_is_rejected_and_changes_nothing,
    unusual_forms_of_a_path_are_supported,
    put_preserves_omitted_extensions,
    body_with_an_attribute_that_is_unknown_is_rejected_in_every_dialect,
    null_unassigns_in_a_patch_and_in_a_put,
    display_name_that_was_not_set_follows_a_patch_of_the_names,
    empty_entries_are_ignored,
    patch_without_operations_changes_nothing_and_succeeds_in_lenient_dialects,
    search_without_schemas_is_read_in_lenient_dialects,
    repeated_search_parameter_is_merged_or_rejected,
    fixes_are_reported_with_every_character,
    discovery_needs_no_key,
    repeated_slashes_are_accepted,
}

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const OURS: &str = "urn:ietf:params:scim:schemas:extension:usher:2.0:User";
const LENIENT: [Dialect; 2] = [Dialect::Entra, Dialect::Okta];

/// A user with all attributes that Usher stores.
fn ada() -> Value {
    json!({
        "schemas": [USER, ENTERPRISE, OURS], "userName": "ada@example.com", "active": true,
        "externalId": "00u1", "title": "Analyst", "displayName": "Countess",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"value": "ada@example.com", "type": "work", "primary": true}],
        "photos": [{"value": "https://example.com/ada.png"}],
        ENTERPRISE: {"department": "Engines", "manager": {"value": "7"}},
        OURS: {"role": "ADMIN", "mobile": {"regionCode": "DE", "number": "0151 23456789"}},
    })
}

async fn created(scim: &ApiClient, body: &Value) -> (String, Value) {
    let at = if body["displayName"] == "Ops" { "/Groups" } else { "/Users" };
    let created = scim.post(at, body).await.body(StatusCode::CREATED);
    (format!("{at}/{}", id(&created)), created)
}

/// An administrator who stays, so that another one can lose the role.
async fn root(scim: &ApiClient) {
    let root = json!({
        "schemas": [USER, OURS], "userName": "root@example.com", OURS: {"role": "ADMIN"},
    });
    scim.post("/Users", &root).await.body(StatusCode::CREATED);
}

async fn invalid_patch_of_a_user_is_rejected_and_changes_nothing(db: TestDb) {
    let world = World::new(db);
    for dialect in LENIENT {
        let scim = ApiClient::scim(&world.server, dialect);
        let mut ada = ada();
        ada["userName"] = json!(format!("{}@example.com", dialect.as_str()));
        ada["emails"] = json!([{"value": ada["userName"]}]);
        let (path, before) = created(&scim, &ada).await;
        for wrong in [
            "/active",
            "active.",
            "active.value",
            "active[value eq true]",
            "\"active\"",
            "Active ?",
            "enabled",
            "role",
            "urn:ietf:params:scim:schemas:core:2.0:active",
            "urn:ietf:params:scim:schemas:core:2.0:User:",
            "emails[type eq \"work\".value",
            "/name/familyName",
        ] {
            for operation in [
                json!({"op": "replace", "path": wrong, "value": false}),
                json!({"op": "add", "path": wrong, "value": false}),
                json!({"op": "remove", "path": wrong}),
            ] {
                let rejected = patched(&scim, &path, json!([operation])).await;
                assert_eq!(
                    expect_error_type(&rejected, StatusCode::BAD_REQUEST),
                    "invalidPath",
                    "{operation}"
                );
            }
            let pathless = json!([{"op": "replace", "value": {wrong: false}}]);
            let rejected = patched(&scim, &path, pathless).await;
            assert_eq!(
                expect_error_type(&rejected, StatusCode::BAD_REQUEST),
                "invalidValue",
                "{wrong}"
            );
        }
        let after = scim.get(&path).await.body(StatusCode::OK);
        assert_eq!(after, before, "nothing was changed");
    }
}

async fn invalid_patch_of_a_group_is_rejected_and_changes_nothing(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Entra);
    let (_, ada) = created(&scim, &ada()).await;
    let member = json!([{"value": id(&ada)}]);
    let group = json!({"schemas": [GROUP], "displayName": "Ops", "members": member});
    let (path, before) = created(&scim, &group).await;
    let ada = id(&ada);
    for (wrong, kind) in [
        (format!("members[value eq \"{ada}\""), "invalidPath"),
        (format!("members[value eq \"{ada}\"]."), "invalidPath"),
        (format!("members value eq \"{ada}\"]"), "invalidPath"),
        (format!("members[value eq {ada}]"), "invalidPath"),
        (format!("members[value eq '{ada}']"), "invalidPath"),
        (format!("members[{ada}]"), "invalidPath"),
        ("members[]".to_owned(), "invalidPath"),
        (format!("members[value eq \"{ada}\"]]"), "invalidPath"),
        (format!("/members/{ada}"), "invalidPath"),
        (format!("members.{ada}"), "invalidPath"),
        ("member".to_owned(), "invalidPath"),
        ("displayName.value".to_owned(), "invalidPath"),
        ("displayName[value eq \"Ops\"]".to_owned(), "invalidPath"),
        ("memberRoles".to_owned(), "invalidPath"),
        (format!("{USER}:displayName"), "invalidPath"),
    ] {
        for op in ["add", "replace", "remove"] {
            let mut operation = json!({"op": op, "path": wrong});
            if op != "remove" {
                operation["value"] = json!([]);
            }
            let rejected = patched(&scim, &path, json!([operation])).await;
            assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), kind, "{op} {wrong}");
        }
        let pathless = json!([{"op": "replace", "value": {wrong.as_str(): []}}]);
        let rejected = patched(&scim, &path, pathless).await;
        assert!(
            expect_error_type(&rejected, StatusCode::BAD_REQUEST).starts_with("invalid"),
            "{wrong}"
        );
    }
    for unsupported in [
        "members[type eq \"User\"]".to_owned(),
        format!("members[not (value eq \"{ada}\")]"),
        format!("members[value eq \"{ada}\" and type eq \"User\"]"),
    ] {
        let remove = json!([{"op": "remove", "path": unsupported}]);
        let rejected = patched(&scim, &path, remove).await;
        let kind = expect_error_type(&rejected, StatusCode::BAD_REQUEST);
        assert_eq!(kind, "invalidPath", "{unsupported}");
    }
    for operation in [
        json!({"op": "add", "path": "members", "value": null}),
        json!({"op": "replace", "value": {"displayName": null}}),
        json!({"op": "remove", "path": GROUP}),
        // Parts that are ignored identify no user.
        json!({"op": "replace", "path": "members", "value": [{"display": "Ada"}]}),
        json!({"op": "remove", "path": "members", "value": [{"display": "Ada"}]}),
    ] {
        let rejected = patched(&scim, &path, json!([operation])).await;
        assert_eq!(rejected.status, StatusCode::BAD_REQUEST, "{operation}");
    }
    let after = scim.get(&path).await.body(StatusCode::OK);
    assert_eq!(after, before, "nothing was changed");
}

async fn unusual_forms_of_a_path_are_supported(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Okta);
    root(&scim).await;
    let (path, made) = created(&scim, &ada()).await;
    for (path_written, off) in [
        (json!(""), json!({"active": false})),
        (json!(null), json!({USER: {"active": false}})),
        (json!(USER), json!({"active": false})),
        (json!(format!("{USER}:active")), json!(false)),
        (json!(format!("{USER}.active")), json!("False")),
        (json!(format!("{}:ACTIVE", USER.to_uppercase())), json!(false)),
    ] {
        for (value, expected) in [(off.clone(), false), (json!({"active": true}), true)] {
            let at = if expected { &Value::Null } else { &path_written };
            let change = json!([{"op": "replace", "path": at, "value": value}]);
            let changed = patched(&scim, &path, change.clone()).await.body(StatusCode::OK);
            assert_eq!(changed["active"], expected, "{change}");
        }
    }
    let group =
        json!({"schemas": [GROUP], "displayName": "Ops", "members": [{"value": id(&made)}]});
    let (path, _) = created(&scim, &group).await;
    let ids = json!({GROUP: {"displayName": "Night Watch", "members": []}});
    let change = json!([{"op": "replace", "value": ids}]);
    assert_eq!(patched(&scim, &path, change).await.status, StatusCode::NO_CONTENT);
    let view = scim.get(&path).await.body(StatusCode::OK);
    assert_eq!((&view["displayName"], view.get("members")), (&json!("Night Watch"), None));
}

async fn put_preserves_omitted_extensions(db: TestDb) {
    let world = World::new(db);
    for dialect in Dialect::ALL {
        let scim = ApiClient::scim(&world.server, dialect);
        let mut whole = ada();
        whole["userName"] = json!(format!("{}@example.com", dialect.as_str()));
        whole["emails"] = json!([{"value": whole["userName"]}]);
        whole[OURS]["role"] = json!("USER");
        let (path, made) = created(&scim, &whole).await;
        let core = json!({
            "schemas": [USER], "userName": whole["userName"], "emails": whole["emails"],
            "name": {"givenName": "Augusta"},
        });
        let put = scim.put(&path, &core).await.body(StatusCode::OK);
        assert_eq!(put["name"]["givenName"], "Augusta", "{dialect:?}");
        assert_eq!(put.get("title"), None, "the core schema is asserted");
        assert_eq!(put[OURS], made[OURS], "{dialect:?}");
        assert_eq!(put[ENTERPRISE], made[ENTERPRISE], "{dialect:?}");
        // One is named in the body, the other in schemas.
        let mut named = core.clone();
        named["schemas"] = json!([USER, ENTERPRISE, OURS]);
        if dialect != Dialect::Strict {
            let mut bare = core.clone();
            bare["department"] = json!("Numbers");
            bare["manager"] = Value::Null;
            let put = scim.put(&path, &bare).await.body(StatusCode::OK);
            assert_eq!(put[ENTERPRISE], json!({"department": "Numbers"}), "{dialect:?}");
        }
        for unassigned in [Value::Null, json!({"role": null}), json!({"role": " "})] {
            named[OURS] = unassigned;
            let rejected = scim.put(&path, &named).await;
            assert_eq!(
                expect_error_type(&rejected, StatusCode::BAD_REQUEST),
                "invalidValue",
                "{named}"
            );
        }
        named[OURS] = json!({"role": "RESPONDER"});
        let put = scim.put(&path, &named).await.body(StatusCode::OK);
        assert_eq!(put[OURS], json!({"role": "RESPONDER"}), "{dialect:?}");
        assert_eq!(put.get(ENTERPRISE), None, "{dialect:?}");
    }
}

async fn body_with_an_attribute_that_is_unknown_is_rejected_in_every_dialect(db: TestDb) {
    let world = World::new(db);
    for dialect in Dialect::ALL {
        let scim = ApiClient::scim(&world.server, dialect);
        for wrong in [
            json!({"actve": false}),
            json!({"name.familyName": "King"}),
            json!({"role": "ADMIN"}),
            json!({format!("{ENTERPRISE}:department"): "Engines"}),
            json!({format!("{USER}:active"): false}),
            json!({"urn:ietf:params:scim:schemas:core:1.0:User": {"active": false}}),
            json!({"urn:ietf:params:scim:schemas:extension:usher:2.0:Usr": {"role": "ADMIN"}}),
            json!({"name": {"lastName": "King"}}),
            json!({"emails": [{"value": "ada@example.com", "verified": true}]}),
            json!({OURS: {"rolle": "ADMIN"}}),
            json!({OURS: {"role": null}}),
            json!({"active": null}),
        ] {
            let mut body = json!({"schemas": [USER], "userName": "ada@example.com"});
            body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
            let rejected = scim.post("/Users", &body).await;
            assert_eq!(
                expect_error_type(&rejected, StatusCode::BAD_REQUEST),
                "invalidValue",
                "{wrong}"
            );
        }
        let group = json!({"schemas": [GROUP], "displayName": "Ops", "description": "x"});
        let rejected = scim.post("/Groups", &group).await;
        assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), "invalidValue");
    }
    let scim = ApiClient::scim(&world.server, Dialect::Entra);
    let foreign = "urn:ietf:params:scim:schemas:extension:acme:2.0:User";
    let body = json!({
        "schemas": [USER, foreign], "userName": "ada@example.com", "password": "A",
        USER: {"active": false}, foreign: {"badge": "7"}, ENTERPRISE: {"costCenter": "7"},
    });
    let made = scim.post("/Users", &body).await;
    let reported = made.header("usher-compatibility-fixes").unwrap().to_owned();
    assert_eq!(
        reported,
        format!("unknown-attribute {foreign}, unknown-attribute password, uri-form {USER}")
    );
    let made = made.body(StatusCode::CREATED);
    assert_eq!((&made["active"], &made[ENTERPRISE]["costCenter"]), (&json!(false), &json!("7")));
}

async fn null_unassigns_in_a_patch_and_in_a_put(db: TestDb) {
    let world = World::new(db);
    let (scim, admin) =
        (ApiClient::scim(&world.server, Dialect::Strict), ApiClient::for_server(&world.server));
    let (path, made) = created(&scim, &ada()).await;
    let nothing = json!({
        "name": {"familyName": null}, "photos": null, "externalId": null,
        ENTERPRISE: {"manager": {"value": null}, "department": null}, OURS: {"mobile": null},
    });
    let change = json!([{"op": "replace", "value": nothing}]);
    let changed = patched(&scim, &path, change).await.body(StatusCode::OK);
    assert_eq!((changed.get(ENTERPRISE), changed.get("photos")), (None, None));
    assert_eq!((changed.get("externalId"), &changed[OURS]), (None, &json!({"role": "ADMIN"})));
    assert_eq!(changed["name"]["givenName"], "Ada");
    let user = admin.get(&format!("/users/{}", id(&made))).await.body(StatusCode::OK);
    for field in ["manager", "department", "mobile", "userProfileImage"] {
        assert_eq!(user.get(field).unwrap_or(&Value::Null), &Value::Null, "{field}");
    }
    let mut put = ada();
    put["photos"] = json!([null, {}]);
    put["title"] = Value::Null;
    put[ENTERPRISE]["manager"] = json!({"value": null});
    put[OURS]["mobile"] = json!({"regionCode": null, "number": null});
    let put = scim.put(&path, &put).await.body(StatusCode::OK);
    assert_eq!(put[ENTERPRISE], json!({"department": "Engines"}));
    assert_eq!((put.get("photos"), put.get("title")), (None, None));
    assert_eq!(put[OURS], json!({"role": "ADMIN"}));
}

async fn display_name_that_was_not_set_follows_a_patch_of_the_names(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Okta);
    let mut body = ada();
    body.as_object_mut().unwrap().remove("displayName");
    let (path, _) = created(&scim, &body).await;
    for (name, expected) in
        [(json!({"familyName": "King"}), "Ada King"), (json!({"familyName": null}), "Ada")]
    {
        let change = json!([{"op": "replace", "value": {"name": name}}]);
        let changed = patched(&scim, &path, change).await.body(StatusCode::OK);
        assert_eq!(changed["displayName"], expected);
    }
    let set = json!([{"op": "replace", "path": "displayName", "value": "Countess"}]);
    patched(&scim, &path, set).await.body(StatusCode::OK);
    let change = json!([{"op": "replace", "path": "name.givenName", "value": "Augusta"}]);
    let changed = patched(&scim, &path, change).await.body(StatusCode::OK);
    assert_eq!(changed["displayName"], "Countess");
}

async fn empty_entries_are_ignored(db: TestDb) {
    let world = World::new(db);
    for dialect in Dialect::ALL {
        let scim = ApiClient::scim(&world.server, dialect);
        let good = format!("{}@example.com", dialect.as_str());
        let body = json!({
            "schemas": [USER], "userName": dialect.as_str(), "photos": [{}, {"value": null}],
            "emails": [{"value": "", "primary": true}, {"value": null}, {}, null, {"value": good}],
        });
        let made = scim.post("/Users", &body).await;
        assert_eq!(made.header("usher-compatibility-fixes"), None, "{dialect:?}");
        let made = made.body(StatusCode::CREATED);
        assert_eq!(made["emails"][0]["value"], good, "{dialect:?}");
        assert_eq!(made.get("photos"), None);
        let nobody = json!({"schemas": [USER], "userName": "none", "emails": [{"value": " "}]});
        let rejected = scim.post("/Users", &nobody).await;
        assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), "invalidValue");
        let group = json!({
            "schemas": [GROUP, ROLES], "displayName": format!("Ops {}", dialect.as_str()),
            "members": [{"value": ""}, {}, null, {"value": id(&made)}],
        });
        let group = scim.post("/Groups", &group).await.body(StatusCode::CREATED);
        assert_eq!(group["members"].as_array().unwrap().len(), 1, "{dialect:?}");
    }
    let scim = ApiClient::scim(&world.server, Dialect::Okta);
    let body = json!({
        "schemas": [USER], "userName": "several",
        "emails": [{"value": ""}, {"value": "first@example.com"}, {"value": "second@example.com"}],
    });
    let made = scim.post("/Users", &body).await.body(StatusCode::CREATED);
    assert_eq!(made["emails"][0]["value"], "first@example.com");
}

async fn patch_without_operations_changes_nothing_and_succeeds_in_lenient_dialects(db: TestDb) {
    let world = World::new(db);
    for dialect in LENIENT {
        let scim = ApiClient::scim(&world.server, dialect);
        let user =
            json!({"schemas": [USER], "userName": format!("{}@x.example", dialect.as_str())});
        let (path, before) = created(&scim, &user).await;
        let response = patched(&scim, &path, json!([])).await;
        assert_eq!(response.header("usher-compatibility-fixes"), Some("no-operations Operations"));
        assert_eq!(response.body(StatusCode::OK), before);
        let nothing = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]});
        let rejected = scim.send(scim.request(Method::PATCH, &path).json(&nothing)).await;
        assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), "invalidSyntax");
    }
}

async fn search_without_schemas_is_read_in_lenient_dialects(db: TestDb) {
    let world = World::new(db);
    let strict = ApiClient::scim(&world.server, Dialect::Strict);
    created(&strict, &ada()).await;
    for at in ["/Users/.search", "/Groups/.search", "/.search"] {
        let body = json!({"filter": "displayName sw \"Count\""});
        assert_eq!(
            expect_error_type(&strict.post(at, &body).await, StatusCode::BAD_REQUEST),
            "invalidSyntax",
            "{at}"
        );
        for dialect in LENIENT {
            let scim = ApiClient::scim(&world.server, dialect);
            let response = scim.post(at, &body).await;
            assert_eq!(
                response.header("usher-compatibility-fixes"),
                Some("missing-schemas schemas")
            );
            let found = response.body(StatusCode::OK);
            assert_eq!(found["totalResults"], u64::from(at != "/Groups/.search"), "{at}");
            let twice = json!({"count": 1, "Count": 2});
            let rejected = scim.post(at, &twice).await;
            assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), "invalidSyntax");
        }
    }
}

async fn repeated_search_parameter_is_merged_or_rejected(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Okta);
    let (path, _) = created(&scim, &ada()).await;
    let view = scim.get(&format!("{path}?attributes=userName&attributes=title")).await;
    let view = view.body(StatusCode::OK);
    assert_eq!((&view["userName"], &view["title"]), (&json!("ada@example.com"), &json!("Analyst")));
    assert_eq!(view.get("emails"), None);
    let view = scim.get("/Users?excludedAttributes=title&EXCLUDEDATTRIBUTES=userName").await;
    let view = &view.body(StatusCode::OK)["Resources"][0];
    assert_eq!((view.get("title"), view.get("userName")), (None, None));
    for (twice, kind) in [
        ("filter=title%20pr&filter=title%20eq%20%22x%22", "invalidFilter"),
        ("filter=title%20pr&Filter=", "invalidFilter"),
        ("sortBy=userName&sortBy=displayName", "invalidValue"),
        ("sortOrder=ascending&sortOrder=descending", "invalidValue"),
        ("startIndex=1&startindex=2", "invalidValue"),
        ("count=1&count=1", "invalidCount"),
        ("cursor=&cursor=", "invalidCursor"),
    ] {
        for at in ["/Users", "/Groups", &path] {
            let rejected = scim.get(&format!("{at}?{twice}")).await;
            assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), kind, "{at} {twice}");
        }
    }
}

async fn fixes_are_reported_with_every_character(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Entra);
    let (path, _) = created(&scim, &ada()).await;
    let number = "urn:example:hr:2.0:User:phones[type eq \"work\" and primary eq true].value";
    let change = json!([{"op": "replace", "path": number, "value": "1"}]);
    let response = patched(&scim, &path, change).await;
    let reported = response.header("usher-compatibility-fixes").unwrap().to_owned();
    assert_eq!(reported, format!("unknown-attribute {number}"));
    let number = "urn:example:hr:2.0:User:phones[value eq \"1, 2 % größer\"].value";
    let response = patched(&scim, &path, json!([{"op": "remove", "path": number}])).await;
    let reported = response.header("usher-compatibility-fixes").unwrap().to_owned();
    let encoded = "urn:example:hr:2.0:User:phones[value eq \"1%2C 2 %25 gr%C3%B6%C3%9Fer\"].value";
    assert_eq!(reported, format!("unknown-attribute {encoded}"));
}

async fn discovery_needs_no_key(db: TestDb) {
    let world = World::new(db);
    let strangers = [
        ApiClient::without_key(&world.server),
        ApiClient::with_key(&world.server, "usher_nothing"),
    ];
    for stranger in strangers.map(ApiClient::into_scim) {
        for path in [
            "/ServiceProviderConfig",
            "/ResourceTypes",
            "/ResourceTypes/Group",
            "/Schemas",
            &format!("/Schemas/{USER}"),
        ] {
            let response = stranger.get(path).await;
            assert_eq!(response.header("content-type"), Some("application/scim+json"), "{path}");
            assert!(response.body(StatusCode::OK)["schemas"].is_array(), "{path}");
        }
        assert_eq!(
            expect_error_type(&stranger.get("/Schemas/nothing").await, StatusCode::NOT_FOUND),
            ""
        );
        let filtered = stranger.get("/Schemas?filter=id%20pr").await;
        assert_eq!(expect_error_type(&filtered, StatusCode::FORBIDDEN), "");
        assert_eq!(expect_error_type(&stranger.get("/Users").await, StatusCode::UNAUTHORIZED), "");
    }
}

async fn repeated_slashes_are_accepted(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Okta);
    let user = json!({"schemas": [USER], "userName": "ada@example.com"});
    let made = scim.post("//Users/", &user).await.body(StatusCode::CREATED);
    let path = format!("/Users/{}", id(&made));
    for at in [format!("{path}/"), format!("/{path}//"), format!("//Users//{}", id(&made))] {
        assert_eq!(scim.get(&at).await.body(StatusCode::OK), made, "{at}");
    }
    let off = json!([{"op": "replace", "value": {"active": false}}]);
    let off = patched(&scim, &format!("{path}/?attributes=active"), off).await;
    assert_eq!(off.body(StatusCode::OK)["active"], false);
    let found = scim
        .get(&path_with_query("/Users/", &[("filter", "userName eq \"ada@example.com\"")]))
        .await;
    assert_eq!(found.body(StatusCode::OK)["totalResults"], 1);
    assert_eq!(scim.get("/Schemas/").await.status, StatusCode::OK);
    for at in ["/", "/nothing/", "//nothing", "/Users/7/8/"] {
        assert_eq!(expect_error_type(&scim.get(at).await, StatusCode::NOT_FOUND), "", "{at}");
    }
    let rejected = scim.delete("/Users/").await;
    assert_eq!(expect_error_type(&rejected, StatusCode::METHOD_NOT_ALLOWED), "");
    assert_eq!(rejected.header("allow"), Some("GET, HEAD, POST"));
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{"method": "DELETE", "path": format!("//Users//{}/", id(&made))}],
    });
    let done = scim.post("/Bulk/", &bulk).await.body(StatusCode::OK);
    assert_eq!(done["Operations"][0]["status"], "204", "{done}");
    assert_eq!(scim.delete(&format!("{path}/")).await.status, StatusCode::NOT_FOUND);
}

async fn user_name_of_a_scim_client_stays_when_the_address_changes(db: TestDb) {
    let world = World::new(db);
    let (scim, admin) =
        (ApiClient::scim(&world.server, Dialect::Strict), ApiClient::for_server(&world.server));
    for (number, is_put) in [true, false].into_iter().enumerate() {
        let (old, new) = (format!("ada{number}@example.com"), format!("eve{number}@example.com"));
        let made = admin.post("/users", &json!({"email": old})).await.body(StatusCode::CREATED);
        let path = format!("/Users/{}", id(&made));
        let emails = json!([{"value": new, "type": "work", "primary": true}]);
        let response = if is_put {
            let mut body = scim.get(&path).await.body(StatusCode::OK);
            body["emails"] = emails;
            scim.put(&path, &body).await
        } else {
            let change = json!([{"op": "replace", "path": "emails", "value": emails}]);
            patched(&scim, &path, change).await
        };
        assert_eq!(response.body(StatusCode::OK)["userName"], json!(old), "put: {is_put}");
        // The administrator changes the address once more: the client finds its user.
        let user = format!("/users/{}", id(&made));
        let change = json!({"email": format!("zoe{number}@example.com")});
        admin.patch(&user, &change).await.body(StatusCode::OK);
        let found = scim.get(&format!("/Users?filter=userName eq \"{old}\"")).await;
        assert_eq!(found.body(StatusCode::OK)["totalResults"], 1, "put: {is_put}");
    }
}

async fn put_without_a_name_parses_it_from_the_address(db: TestDb) {
    let world = World::new(db);
    let (scim, admin) =
        (ApiClient::scim(&world.server, Dialect::Strict), ApiClient::for_server(&world.server));
    let email = "ada.lovelace@example.com";
    let nameless = json!({"email": email, "firstName": "Augusta", "lastName": ""});
    let made = admin.post("/users", &nameless).await.body(StatusCode::CREATED);
    let path = format!("/Users/{}", id(&made));
    let body = json!({"schemas": [USER], "userName": email});
    let put = scim.put(&path, &body).await.body(StatusCode::OK);
    assert_eq!(put["name"]["formatted"], "Ada Lovelace");
}

async fn members_that_are_no_list_are_not_passed_over(db: TestDb) {
    let world = World::new(db);
    for dialect in [Dialect::Entra, Dialect::Okta] {
        let scim = ApiClient::scim(&world.server, dialect);
        let body =
            json!({"schemas": [USER], "userName": format!("ada@{}.example", dialect.as_str())});
        let ada = scim.post("/Users", &body).await.body(StatusCode::CREATED);
        let ada = id(&ada);
        let body = json!({
            "schemas": [GROUP], "displayName": dialect.as_str(), "members": [{"value": ada}],
        });
        let (path, before) = {
            let group = scim.post("/Groups", &body).await.body(StatusCode::CREATED);
            (format!("/Groups/{}", id(&group)), group["members"].clone())
        };
        for value in [
            json!(format!("[{{\"value\":\"{ada}\"}}]")),
            json!(format!("{ada},{ada}")),
            json!([{"value": format!("{ada} ")}]),
        ] {
            let operation = json!([{"op": "remove", "path": "members", "value": value}]);
            let rejected = patched(&scim, &path, operation).await;
            let kind = expect_error_type(&rejected, StatusCode::BAD_REQUEST);
            assert_eq!(kind, "invalidValue", "{value}");
        }
        assert_eq!(scim.get(&path).await.body(StatusCode::OK)["members"], before);
    }
}
