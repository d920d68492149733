//! Connections: made from metadata or from facts, changed, deleted; never
//! enabled without a certificate, and never telling a secret.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::{
    domain::{
        api_key::{Scope, Scopes},
        profile_field::ProfileField,
    },
    testidp::TestIdp,
};

use crate::{
    client::{ApiClient, path_with_query},
    support::{browser::Browser, db::TestDb, forge::Key},
    world::{Person, World},
};

on_both_databases! {
    fields_are_cleared_by_null_by_an_empty_text_or_by_their_names,
    a_connection_is_created_from_metadata,
    a_connection_is_created_from_fields_with_every_setting,
    a_preset_maps_the_attributes_of_eduperson,
    idp_settings_come_from_metadata_or_from_fields,
    connection_without_a_usable_certificate_cannot_be_enabled,
    only_fields_in_the_request_change,
    replacing_a_connection_resets_omitted_settings,
    metadata_is_refreshed,
    outdated_version_is_not_changed,
    all_errors_are_reported_together,
    unreadable_values_do_not_hide_other_errors,
    disabled_connection_denies_logins_and_preserves_sessions,
    connection_with_identities_is_deleted_only_by_force,
    data_is_invisible_to_other_accounts,
    private_keys_are_never_returned,
    a_list_is_filtered,
}

const ENTITY_ID: &str = "https://okta.example/entity";

fn key(world: &World) -> Key {
    Key::identity_provider(world.server.clock.now())
}

fn pem(key: &Key) -> String {
    String::from_utf8(key.certificate.to_pem().unwrap()).unwrap()
}

fn metadata(key: &Key, entity_id: &str) -> String {
    let private = key.private.private_key_to_pkcs8().unwrap();
    let sso_url = "https://okta.example/sso";
    TestIdp::from_der(entity_id, sso_url, &private, &key.der()).unwrap().metadata_xml().unwrap()
}

fn facts(key: &Key) -> Value {
    json!({
        "name": "Okta",
        "idpEntityId": ENTITY_ID,
        "ssoUrl": "https://okta.example/sso",
        "certificates": [pem(key)],
    })
}

/// A connection that was created from fields, and its URL.
async fn create_connection(api: &ApiClient, world: &World) -> (Value, String) {
    let body = api.post("/connections", &facts(&key(world))).await.body(StatusCode::CREATED);
    let path = format!("/connections/{}", body["id"].as_str().unwrap());
    (body, path)
}

async fn a_connection_is_created_from_metadata(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let key = key(&world);
    let draft = json!({"name": " Okta ", "metadata": metadata(&key, ENTITY_ID)});
    let response = api.post("/connections", &draft).await;
    let location = response.header("location").unwrap().to_owned();
    let tag = response.header("etag").unwrap().to_owned();
    let body = response.body(StatusCode::CREATED);
    let id = body["id"].as_str().unwrap();
    assert_eq!(location, format!("/api/v1/connections/{id}"));
    assert_eq!((&body["name"], &body["idpEntityId"]), (&json!("Okta"), &json!(ENTITY_ID)));
    assert_eq!((&body["enabled"], &body["version"]), (&json!(true), &json!(1)));
    let certificate = &body["certificates"][0];
    assert_eq!(certificate["fingerprintSha256"], usher::saml::keys::fingerprint(&key.der()));
    assert_eq!((&certificate["usable"], &certificate["problem"]), (&json!(true), &json!(null)));
    assert_eq!(certificate["pem"], pem(&key));
    assert_eq!(certificate["subject"], "CN=An identity provider of a test");

    // What the identity provider has to be told is true.
    let ours = &body["serviceProvider"];
    let base = format!("{}saml/{id}", world.server.app.settings.base_url);
    assert_eq!(ours["entityId"], format!("{base}/metadata"));
    assert_eq!(ours["acsUrl"], format!("{base}/acs"));
    let metadata = Browser::new().get(ours["metadataUrl"].as_str().unwrap()).await;
    let metadata = metadata.text().await.unwrap();
    let bare = |pem: &Value| {
        let lines = pem.as_str().unwrap().lines().filter(|line| !line.starts_with('-'));
        lines.collect::<String>()
    };
    let spaceless: String = metadata.split_whitespace().collect();
    assert!(spaceless.contains(&bare(&ours["signingCertificates"][0]["pem"])));
    assert!(spaceless.contains(&bare(&ours["encryptionCertificates"][0]["pem"])));
    let begun = Browser::new().get(ours["loginUrl"].as_str().unwrap()).await;
    assert_eq!(begun.status(), StatusCode::SEE_OTHER);

    let path = format!("/connections/{id}");
    let view = api.get(&path).await;
    assert_eq!(view.header("etag"), Some(tag.as_str()));
    assert_eq!(view.body(StatusCode::OK), body);
    let again = api.request(Method::GET, &path).header("if-none-match", tag);
    assert_eq!(api.send(again).await.status, StatusCode::NOT_MODIFIED);
}

async fn a_connection_is_created_from_fields_with_every_setting(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let mut draft = facts(&key(&world));
    let settings = json!({
        "enabled": false,
        "checkProvisionAttribute": "role",
        "mapping": {"firstName": "urn:oid:2.5.4.42", "teamName": "groups"},
        "emailAttribute": "mail",
        "subjectAttribute": "uid",
        "matchFriendlyNames": true,
        "skewSeconds": 60,
        "idpInitiated": true,
        "relayStates": ["/welcome"],
        "sha1Until": "2027-01-31T00:00:00Z",
        "allowCbc": true,
        "allowRsaPss": true,
        "nameIdFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        "forceAuthn": true,
        "authnContexts": ["urn:oasis:names:tc:SAML:2.0:ac:classes:Password"],
        "keepMessagesHours": 24,
    });
    draft.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let body = api.post("/connections", &draft).await.body(StatusCode::CREATED);
    for (field, expected) in settings.as_object().unwrap() {
        if field != "mapping" {
            assert_eq!(&body[field], expected, "{field}");
        }
    }
    assert_eq!(body["mapping"]["firstName"], "urn:oid:2.5.4.42");
    assert_eq!(body["mapping"]["lastName"], json!(null));
    let fields = body["mapping"].as_object().unwrap().keys();
    assert!(fields.eq(ProfileField::mappable().map(ProfileField::as_str)));
}

async fn a_preset_maps_the_attributes_of_eduperson(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let mut draft = facts(&key(&world));
    draft["mappingPreset"] = "EDUPERSON".into();
    draft["mapping"] = json!({"department": "urn:oid:2.5.4.10"});
    let body = api.post("/connections", &draft).await.body(StatusCode::CREATED);
    assert_eq!(body["emailAttribute"], "urn:oid:0.9.2342.19200300.100.1.3");
    assert_eq!(body["matchFriendlyNames"], false);
    assert_eq!(body["mapping"]["firstName"], "urn:oid:2.5.4.42");
    assert_eq!(body["mapping"]["lastName"], "urn:oid:2.5.4.4");
    assert_eq!(body["mapping"]["position"], "urn:oid:2.5.4.12");
    assert_eq!(body["mapping"]["department"], "urn:oid:2.5.4.10", "what is given comes after it");
    assert_eq!(body["mapping"]["role"], json!(null));

    let path = format!("/connections/{}", body["id"].as_str().unwrap());
    let change = json!({"mappingPreset": "eduperson", "emailAttribute": "mail"});
    let body = api.patch(&path, &change).await.body(StatusCode::OK);
    assert_eq!(body["emailAttribute"], "mail");
    assert_eq!(body["mapping"]["department"], "urn:oid:2.5.4.11", "a preset replaces all");
    let change = json!({"mappingPreset": "x500"});
    let (_, places) = api.patch(&path, &change).await.problem(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(places, ["/mappingPreset"]);
}

async fn idp_settings_come_from_metadata_or_from_fields(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let key = key(&world);
    let rejected = StatusCode::UNPROCESSABLE_ENTITY;
    let mut both = facts(&key);
    both["metadata"] = metadata(&key, ENTITY_ID).into();
    let (_, places) = api.post("/connections", &both).await.problem(rejected);
    assert_eq!(places, ["/idpEntityId", "/ssoUrl", "/certificates"]);
    let (_, places) = api.post("/connections", &json!({"name": "Okta"})).await.problem(rejected);
    assert_eq!(places, ["/idpEntityId", "/ssoUrl", "/certificates"]);
    let mut stray = facts(&key);
    stray["metadataEntityId"] = ENTITY_ID.into();
    let (_, places) = api.post("/connections", &stray).await.problem(rejected);
    assert_eq!(places, ["/metadataEntityId"]);

    // One of several.
    let one = |entity_id: &str| {
        let xml = metadata(&key, entity_id);
        xml[xml.find("<md:EntityDescriptor").or(xml.find("<EntityDescriptor")).unwrap()..]
            .to_owned()
    };
    let several = format!(
        "<x:EntitiesDescriptor xmlns:x=\"urn:oasis:names:tc:SAML:2.0:metadata\">{}{}</x:EntitiesDescriptor>",
        one(ENTITY_ID),
        one("https://other.example/")
    );
    let mut draft = json!({"name": "Okta", "metadata": several});
    let (_, places) = api.post("/connections", &draft).await.problem(rejected);
    assert_eq!(places, ["/metadata"]);
    draft["metadataEntityId"] = ENTITY_ID.into();
    let body = api.post("/connections", &draft).await.body(StatusCode::CREATED);
    assert_eq!(body["idpEntityId"], ENTITY_ID);
}

async fn connection_without_a_usable_certificate_cannot_be_enabled(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let rejected = StatusCode::UNPROCESSABLE_ENTITY;
    let weak = Key::rsa(1024, world.server.clock.now());
    let mut draft = facts(&weak);
    for certificates in [json!([]), json!([pem(&weak)])] {
        draft["certificates"] = certificates;
        let (_, places) = api.post("/connections", &draft).await.problem(rejected);
        assert_eq!(places, ["/certificates"]);
    }
    draft["enabled"] = false.into();
    let body = api.post("/connections", &draft).await.body(StatusCode::CREATED);
    assert_eq!(body["certificates"][0]["usable"], false);
    assert!(body["certificates"][0]["problem"].as_str().unwrap().contains("RSA-1024"));
    let path = format!("/connections/{}", body["id"].as_str().unwrap());
    let (_, places) = api.patch(&path, &json!({"enabled": true})).await.problem(rejected);
    assert_eq!(places, ["/certificates"]);
    let mend = json!({"enabled": true, "certificates": [pem(&key(&world))]});
    assert_eq!(api.patch(&path, &mend).await.body(StatusCode::OK)["enabled"], true);
    let none = json!({"certificates": []});
    api.patch(&path, &none).await.problem(rejected);

    // Time passes, and what is shown changes with it.
    let view = api.get(&path).await;
    let seen = view.header("etag").unwrap().to_owned();
    world.server.clock.advance(chrono::TimeDelta::days(400));
    let again = api.request(Method::GET, &path).header("if-none-match", seen);
    let expired = api.send(again).await.body(StatusCode::OK);
    assert!(expired["certificates"][0]["problem"].as_str().unwrap().contains("expired"));
}

async fn only_fields_in_the_request_change(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let (before, path) = create_connection(&api, &world).await;
    let set = json!({
        "mapping": {"firstName": "given", "role": "groups"},
        "emailAttribute": "mail",
        "sha1Until": "2027-01-31T00:00:00Z",
        "skewSeconds": 0.0,
    });
    let set = api.patch(&path, &set).await.body(StatusCode::OK);
    assert_eq!((&set["name"], &set["version"]), (&before["name"], &json!(2)));
    assert_eq!(set["skewSeconds"], 0, "0.0 is a whole number, too");
    let gone = json!({"mapping": {"role": null}, "emailAttribute": "", "sha1Until": null});
    let gone = api.patch(&path, &gone).await.body(StatusCode::OK);
    assert_eq!(gone["mapping"]["firstName"], "given", "a merge patch merges objects, too");
    assert_eq!(gone["mapping"]["role"], json!(null));
    assert_eq!((&gone["emailAttribute"], &gone["sha1Until"]), (&json!(null), &json!(null)));
    let none = api.patch(&path, &json!({"mapping": null})).await.body(StatusCode::OK);
    assert_eq!(none["mapping"]["firstName"], json!(null));
    // Nothing new is no change.
    assert_eq!(api.patch(&path, &json!({})).await.body(StatusCode::OK), none);
    // A client that knows no other type.
    let plain = api.request(Method::PATCH, &path).json(&json!({"name": "Other"}));
    assert_eq!(api.send(plain).await.body(StatusCode::OK)["name"], "Other");

    let filter = format!("target eq \"{}\"", before["id"].as_str().unwrap());
    let audit =
        api.get(&path_with_query("/audit", &[("filter", &filter)])).await.body(StatusCode::OK);
    let actions = audit["items"].as_array().unwrap().iter().map(|entry| &entry["action"]);
    assert_eq!(actions.filter(|action| *action == "connection.update").count(), 4);
}

async fn replacing_a_connection_resets_omitted_settings(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let (before, path) = create_connection(&api, &world).await;
    let set = json!({"emailAttribute": "mail", "mapping": {"role": "x"}, "skewSeconds": 1});
    api.patch(&path, &set).await.body(StatusCode::OK);
    let mut draft = facts(&key(&world));
    draft["name"] = "Entra".into();
    draft["certificates"] = json!([before["certificates"][0]["pem"]]);
    let after = api.put(&path, &draft).await.body(StatusCode::OK);
    let mut expected = before;
    expected["name"] = "Entra".into();
    for field in ["version", "updatedAt", "etag"] {
        expected[field] = after[field].clone();
    }
    assert_eq!(after, expected);
    assert_eq!(after["version"], 3);
}

async fn metadata_is_refreshed(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let (before, path) = create_connection(&api, &world).await;
    let new = Key::attacker(world.server.clock.now());
    let refresh = json!({"metadata": metadata(&new, ENTITY_ID)});
    let after = api.patch(&path, &refresh).await.body(StatusCode::OK);
    let print = |body: &Value| body["certificates"][0]["fingerprintSha256"].clone();
    assert_ne!(print(&after), print(&before));
    assert_eq!(print(&after), usher::saml::keys::fingerprint(&new.der()));
    let broken = json!({"metadata": "<html/>", "name": "x"});
    let (_, places) = api.patch(&path, &broken).await.problem(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(places, ["/metadata"]);
    assert_eq!(api.get(&path).await.body(StatusCode::OK), after);
}

async fn fields_are_cleared_by_null_by_an_empty_text_or_by_their_names(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let (_, path) = create_connection(&api, &world).await;
    let full = json!({
        "checkProvisionAttribute": "guard", "emailAttribute": "mail", "subjectAttribute": "uid",
        "nameIdFormat": "urn:a", "sha1Until": "2036-01-01T00:00:00Z",
        "mapping": {"firstName": "givenName"},
    });
    let names = [
        "checkProvisionAttribute",
        "emailAttribute",
        "subjectAttribute",
        "nameIdFormat",
        "sha1Until",
        "mapping",
    ];
    let set = api.patch(&path, &full).await.body(StatusCode::OK);
    let is_set = |body: &Value, name: &str| match name {
        "mapping" => body["mapping"]["firstName"] != Value::Null,
        name => body[name] != Value::Null,
    };
    for name in names {
        assert!(is_set(&set, name), "{name}");
        for clear in [json!({name: null}), json!({"clear": [name]})] {
            api.patch(&path, &full).await.body(StatusCode::OK);
            let now = api.patch(&path, &clear).await.body(StatusCode::OK);
            for other in names {
                assert_eq!(is_set(&now, other), other != name, "{clear}: {other}");
            }
        }
        api.patch(&path, &full).await.body(StatusCode::OK);
        if !["sha1Until", "mapping"].contains(&name) {
            let now = api.patch(&path, &json!({name: ""})).await.body(StatusCode::OK);
            assert!(!is_set(&now, name), "{name}");
        }
        let both = json!({"clear": [name], name: full[name]});
        let (_, places) = api.patch(&path, &both).await.problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(places, ["/clear/0"], "{name}");
    }
    for (body, place) in [
        (json!({"clear": ["name"]}), "/clear/0"),
        (json!({"clear": null}), "/clear"),
        (json!({"enabled": null}), "/enabled"),
        (json!({"ssoUrl": ""}), "/ssoUrl"),
    ] {
        let (_, places) = api.patch(&path, &body).await.problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(places, [place], "{body}");
    }
}

async fn outdated_version_is_not_changed(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let (_, path) = create_connection(&api, &world).await;
    let seen = api.get(&path).await.header("etag").unwrap().to_owned();
    api.patch(&path, &json!({"name": "Other"})).await.body(StatusCode::OK);
    for method in [Method::PATCH, Method::PUT, Method::DELETE] {
        let mut request = api.request(method.clone(), &path).header("if-match", &seen);
        if method != Method::DELETE {
            request = request.json(&facts(&key(&world)));
        }
        let (code, _) = api.send(request).await.problem(StatusCode::PRECONDITION_FAILED);
        assert_eq!(code, "changed", "{method}");
    }
    for method in [Method::PATCH, Method::PUT, Method::DELETE] {
        let mut request = api.request(method.clone(), &path).header("if-none-match", "*");
        if method != Method::DELETE {
            request = request.json(&facts(&key(&world)));
        }
        let rejected = api.send(request).await;
        let (code, places) = rejected.problem(StatusCode::BAD_REQUEST);
        assert_eq!((code.as_str(), places), ("invalid_parameter", vec!["If-None-Match".into()]));
        let remedy = rejected.body["errors"][0]["remedy"].as_str().unwrap();
        assert!(remedy.starts_with("Use If-Match"), "{method}: {remedy}");
    }
    // Errors come first: a new version does not remove them.
    let request = api.request(Method::PATCH, &path).header("if-match", &seen);
    let wrong = api.send(request.json(&json!({"name": 1}))).await;
    wrong.problem(StatusCode::UNPROCESSABLE_ENTITY);
}

async fn all_errors_are_reported_together(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let rejected = StatusCode::UNPROCESSABLE_ENTITY;
    let mut draft = facts(&key(&world));
    for (field, wrong) in [
        ("name", json!(" ")),
        ("enabled", json!(null)),
        ("ssoUrl", json!("http://okta.example/")),
        ("certificates", json!("x")),
        ("skewSeconds", json!(301)),
        ("relayStates", json!([1])),
        ("sha1Until", json!("tomorrow")),
        ("emailAttribute", json!("\u{0}")),
        ("checkProvisionAttribute", json!("ro\u{200b}le")),
        ("subjectAttribute", json!("\u{202e}uid")),
        ("nameIdFormat", json!("urn:\u{2060}a")),
        ("authnContexts", json!(["urn:\u{ad}a"])),
        ("idpEntityId", json!("urn:\u{feff}a")),
        ("mapping", json!({"nickname": "x", "role": 1})),
        ("id", json!("x")),
        ("nameIdFromat", json!("x")),
    ] {
        draft[field] = wrong;
    }
    let response = api.post("/connections", &draft).await;
    let (_, mut places) = response.problem(rejected);
    places.sort();
    assert_eq!(
        places,
        [
            "/authnContexts/0",
            "/certificates",
            "/checkProvisionAttribute",
            "/emailAttribute",
            "/enabled",
            "/id",
            "/idpEntityId",
            "/mapping/nickname",
            "/mapping/role",
            "/name",
            "/nameIdFormat",
            "/nameIdFromat",
            "/relayStates/0",
            "/sha1Until",
            "/skewSeconds",
            "/ssoUrl",
            "/subjectAttribute",
        ]
    );
    assert!(response.text.contains("Did you mean nameIdFormat?"), "{}", response.text);

    // Those that take more than the field itself.
    let mut draft = facts(&key(&world));
    draft["relayStates"] = json!(["/fine", "https://evil.example/"]);
    draft["authnContexts"] = json!(["urn:x", ""]);
    draft["certificates"] = json!([pem(&key(&world)), "rubbish", "-----BEGIN PRIVATE KEY-----"]);
    let response = api.post("/connections", &draft).await;
    let (_, mut places) = response.problem(rejected);
    places.sort();
    assert_eq!(
        places,
        ["/authnContexts/1", "/certificates/1", "/certificates/2", "/relayStates/1"]
    );
    assert_eq!(world.count_rows("connections"), 1);
    let many = json!({"relayStates": vec!["/"; 101]});
    let path = format!("/connections/{}", world.server.connection.id);
    let (_, places) = api.patch(&path, &many).await.problem(rejected);
    assert_eq!(places, ["/relayStates"]);
}

async fn unreadable_values_do_not_hide_other_errors(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let (_, path) = create_connection(&api, &world).await;
    let rejected = StatusCode::UNPROCESSABLE_ENTITY;
    let evil = json!(["/fine", "https://evil.example/"]);
    for (wrong, expected) in [
        (
            json!({"skewSeconds": 301, "relayStates": evil, "certificates": ["rubbish"]}),
            &["/skewSeconds", "/relayStates/1", "/certificates/0"][..],
        ),
        // What can't be read breaks no other rule.
        (json!({"enabled": "yes", "certificates": []}), &["/enabled"]),
        (
            json!({"ssoUrl": 7, "relayStates": evil, "certificates": ["rubbish"]}),
            &["/ssoUrl", "/relayStates/1", "/certificates/0"],
        ),
        (
            json!({"certificates": ["rubbish", 5, {"pem": "rubbish"}, {}], "relayStates": evil}),
            &[
                "/certificates/1",
                "/certificates/3/pem",
                "/relayStates/1",
                "/certificates/0",
                "/certificates/2",
            ],
        ),
        (json!({"certificates": [], "skewSeconds": 301}), &["/skewSeconds", "/certificates"]),
        (json!({"nam": "x", "metadataEntityId": "x"}), &["/nam", "/metadataEntityId"]),
    ] {
        let mut whole = facts(&key(&world));
        whole.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        let mut new = whole.clone();
        new["name"] = json!("Another");
        for answer in [
            api.post("/connections", &new).await,
            api.put(&path, &whole).await,
            api.patch(&path, &wrong).await,
        ] {
            assert_eq!(answer.problem(rejected).1, expected, "{wrong}");
        }
    }
    // Nor does what is missing hide what is wrong.
    let part = json!({"name": "Another", "relayStates": evil});
    let (_, places) = api.post("/connections", &part).await.problem(rejected);
    assert_eq!(places, ["/relayStates/1", "/idpEntityId", "/ssoUrl", "/certificates"]);
    for (wrong, expected) in [
        (
            json!({"metadata": "<x/>", "ssoUrl": "foo", "skewSeconds": 301}),
            &["/ssoUrl", "/skewSeconds", "/metadata"][..],
        ),
        (
            json!({"metadata": "<x/>", "idpEntityId": "urn:x", "relayStates": evil}),
            &["/relayStates/1", "/idpEntityId", "/metadata"],
        ),
        (
            json!({"metadata": 5, "metadataEntityId": "urn:x", "relayStates": evil}),
            &["/metadata", "/relayStates/1"],
        ),
    ] {
        let (_, places) = api.patch(&path, &wrong).await.problem(rejected);
        assert_eq!(places, expected, "{wrong}");
        let unknown = api.patch("/connections/x", &wrong).await;
        assert_eq!(unknown.problem(rejected).1, expected, "{wrong}");
        assert_eq!(unknown.body["errors"][0]["field"], "path", "{wrong}");
    }
}

async fn disabled_connection_denies_logins_and_preserves_sessions(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let path = format!("/connections/{}", world.server.connection.id);
    let ada = Person::with_email("ada@example.com");
    let browser = world.login(&ada).await;
    api.patch(&path, &json!({"enabled": false})).await.body(StatusCode::OK);
    assert!(world.session(&browser).await.is_some());
    let begun = Browser::new().get(&world.server.saml("login")).await;
    assert_ne!(begun.status(), StatusCode::SEE_OTHER, "{begun:?}");
    api.patch(&path, &json!({"enabled": true})).await.body(StatusCode::OK);
    world.login(&ada).await;
}

async fn connection_with_identities_is_deleted_only_by_force(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let (_, unused) = create_connection(&api, &world).await;
    assert_eq!(api.delete(&unused).await.status, StatusCode::NO_CONTENT);
    api.get(&unused).await.problem(StatusCode::NOT_FOUND);
    api.delete(&unused).await.problem(StatusCode::NOT_FOUND);
    api.patch(&unused, &json!({})).await.problem(StatusCode::NOT_FOUND);

    let browser = world.login(&Person::with_email("ada@example.com")).await;
    let path = format!("/connections/{}", world.server.connection.id);
    let (code, _) = api.delete(&path).await.problem(StatusCode::CONFLICT);
    assert_eq!(code, "in_use");
    assert!(world.session(&browser).await.is_some());
    let forced = api.delete(&format!("{path}?force=true")).await;
    assert_eq!(forced.status, StatusCode::NO_CONTENT);
    assert_eq!(world.session(&browser).await, None, "its sessions end");
    for table in ["connections", "identities", "sessions", "attempts"] {
        assert_eq!(world.count_rows(table), 0, "{table}");
    }
    assert_eq!(world.count_rows("users"), 1, "the user stays");
    let audit = api.get("/audit?filter=action%20eq%20%22connection.delete%22").await;
    let audit = audit.body(StatusCode::OK);
    let counts = audit["items"].as_array().unwrap().iter().map(|entry| &entry["changes"][2]);
    let mut counts: Vec<_> = counts.map(|change| change["from"].clone()).collect();
    counts.sort_by_key(ToString::to_string);
    assert_eq!(counts, ["0", "1"]);
}

async fn data_is_invisible_to_other_accounts(db: TestDb) {
    let world = World::new(db);
    let other = world.server.add_account("other", "Other", None);
    let stranger = ApiClient::with_scopes(&world.server, &other, Scopes::full());
    let path = format!("/connections/{}", world.server.connection.id);
    let missing = StatusCode::NOT_FOUND;
    stranger.get(&path).await.problem(missing);
    stranger.patch(&path, &json!({"enabled": false})).await.problem(missing);
    stranger.put(&path, &facts(&key(&world))).await.problem(missing);
    stranger.delete(&format!("{path}?force=true")).await.problem(missing);
    let guarded = stranger.request(Method::DELETE, &path).header("if-match", "*");
    stranger.send(guarded).await.problem(missing);
    let list = stranger.get("/connections?total=true").await.body(StatusCode::OK);
    assert_eq!((&list["items"], &list["total"]), (&json!([]), &json!(0)));
    let scopes: Scopes = [Scope::ConnectionsRead].into_iter().collect();
    let reader = ApiClient::with_scopes(&world.server, &world.server.account, scopes);
    assert_eq!(reader.get(&path).await.body(StatusCode::OK)["enabled"], true);
    reader.delete(&path).await.problem(StatusCode::FORBIDDEN);
}

async fn private_keys_are_never_returned(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let (_, path) = create_connection(&api, &world).await;
    let private = Key::service_provider(world.server.clock.now()).private;
    let mut draft = facts(&key(&world));
    // Somebody pastes too much.
    let pasted = String::from_utf8(private.private_key_to_pem_pkcs8().unwrap()).unwrap();
    draft["certificates"] = json!([pasted]);
    let answers = [
        api.get(&path).await,
        api.get("/connections").await,
        api.patch(&path, &json!({"name": "Other"})).await,
        api.put(&path, &facts(&key(&world))).await,
        api.post("/connections", &facts(&key(&world))).await,
        api.post("/connections", &draft).await,
        api.get("/audit").await,
    ];
    for answer in answers {
        assert!(!answer.text.contains("PRIVATE"), "{}", answer.text);
        assert!(!answer.text.contains("sealed"), "{}", answer.text);
    }
}

async fn a_list_is_filtered(db: TestDb) {
    let world = World::new(db);
    // Those that are made in one moment are in no order.
    world.server.clock.advance(chrono::TimeDelta::seconds(1));
    let api = ApiClient::for_server(&world.server);
    let (made, path) = create_connection(&api, &world).await;
    api.patch(&path, &json!({"enabled": false})).await.body(StatusCode::OK);
    for (filter, count) in [
        ("enabled eq true", 1),
        ("enabled eq false and name eq \"Okta\"", 1),
        ("idpEntityId eq \"https://okta.example/entity\"", 1),
        ("name eq \"okta\"", 1),
        ("name sw \"OK\"", 1),
        ("name eq \"Entra\"", 0),
    ] {
        let list = api.get(&path_with_query("/connections", &[("filter", filter)])).await;
        let list = list.body(StatusCode::OK);
        assert_eq!(list["items"].as_array().unwrap().len(), count, "{filter}");
    }
    let all = api.get("/connections?total=true&count=1&sortBy=id").await.body(StatusCode::OK);
    assert_eq!(all["total"], 2);
    let next =
        format!("/connections?count=1&sortBy=id&cursor={}", all["nextCursor"].as_str().unwrap());
    let next = api.get(&next).await.body(StatusCode::OK);
    assert_eq!(next["items"][0]["id"], made["id"]);
    let (code, places) =
        api.get("/connections?filter=nam%20eq%20%22x%22").await.problem(StatusCode::BAD_REQUEST);
    assert_eq!((code.as_str(), places), ("invalid_parameter", vec!["filter".to_owned()]));
}
