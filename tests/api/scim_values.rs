//! Multi-valued attributes through SCIM and the admin API: both have the same record.

use reqwest::StatusCode;
use serde_json::{Value, json};
use usher::domain::api_key::Dialect;

use crate::{
    client::ApiClient,
    scim::{USER, expect_error_type, id, patched},
    support::db::TestDb,
    world::World,
};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const OURS: &str = "urn:ietf:params:scim:schemas:extension:usher:2.0:User";

on_both_databases! {
    every_list_is_stored_and_returned_by_both_doors,
    lists_are_written_by_the_admin_api,
    primary_address_is_the_login_address,
    mobile_number_is_one_of_the_phone_numbers,
    replacement_without_lists_keeps_the_mobile_number_alone,
    a_value_that_breaks_a_rule_is_rejected_by_both_doors,
    lists_of_a_user_are_limited_in_bytes,
    a_request_that_is_sent_again_changes_nothing,
    a_wrong_address_does_not_move_the_login_address,
    manager_who_is_a_user_is_named,
}

/// A value of each attribute, as both interfaces return it.
fn lists() -> Value {
    json!({
        "emails": [
            {"value": "ada@example.com", "type": "work", "primary": true},
            {"value": "ada@home.example", "display": "At home", "type": "home"},
        ],
        "phoneNumbers": [
            {"value": "+49 221 1", "type": "work"},
            {"value": "tel:+49221123123", "type": "mobile", "primary": true},
        ],
        "ims": [{"value": "ada@chat.example", "type": "xmpp"}],
        "photos": [
            {"value": "https://example.com/ada.png", "type": "photo", "primary": true},
            {"value": "https://example.com/ada-small.png", "type": "thumbnail"},
        ],
        "addresses": [{
            "formatted": "12 St James's Square\nLondon", "streetAddress": "12 St James's Square",
            "locality": "London", "region": "London", "postalCode": "SW1Y 4JH", "country": "GB",
            "type": "work", "primary": true,
        }],
        "entitlements": [{"value": "Library card"}],
        "roles": [{"value": "Mathematician", "display": "Mathematician", "primary": false}],
        "x509Certificates": [{"value": "MAMCAQE="}],
    })
}

fn with_lists(mut body: Value, lists: &Value) -> Value {
    body.as_object_mut().unwrap().extend(lists.as_object().unwrap().clone());
    body
}

#[track_caller]
fn assert_lists(view: &Value, lists: &Value) {
    for (name, list) in lists.as_object().unwrap() {
        assert_eq!(&view[name], list, "{name}");
    }
}

async fn every_list_is_stored_and_returned_by_both_doors(db: TestDb) {
    let world = World::new(db);
    let admin = ApiClient::for_server(&world.server);
    for dialect in Dialect::ALL {
        let scim = ApiClient::scim(&world.server, dialect);
        let body = with_lists(json!({"schemas": [USER], "userName": "ada"}), &lists());
        let made = scim.post("/Users", &body).await;
        assert_eq!(made.header("usher-compatibility-fixes"), None);
        let made = made.body(StatusCode::CREATED);
        assert_lists(&made, &lists());
        let path = format!("/Users/{}", id(&made));
        let view = admin.get(&format!("/users/{}", id(&made))).await.body(StatusCode::OK);
        assert_lists(&view, &lists());
        assert_eq!(view["email"], "ada@example.com");
        assert_eq!(view["mobile"]["e164"], "+49221123123");
        assert_eq!(view["userProfileImage"], "https://example.com/ada.png");
        // What was read is put back, and changes nothing.
        let back = scim.put(&path, &made).await.body(StatusCode::OK);
        assert_eq!(back["meta"]["version"], made["meta"]["version"]);
        let replaced =
            admin.put(&format!("/users/{}", id(&made)), &view).await.body(StatusCode::OK);
        assert_eq!(replaced["etag"], view["etag"]);
        assert_eq!(scim.delete(&path).await.status, StatusCode::NO_CONTENT);
    }
}

async fn lists_are_written_by_the_admin_api(db: TestDb) {
    let world = World::new(db);
    let admin = ApiClient::for_server(&world.server);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let body = with_lists(json!({"email": "ada@example.com"}), &lists());
    let made = admin.post("/users", &body).await.body(StatusCode::CREATED);
    assert_lists(&made, &lists());
    let path = format!("/users/{}", id(&made));
    let view = scim.get(&format!("/Users/{}", id(&made))).await.body(StatusCode::OK);
    assert_lists(&view, &lists());
    let changes = json!({"roles": [], "ims": [{"value": "ada@other.example", "type": "xmpp"}]});
    let changed = admin.patch(&path, &changes).await.body(StatusCode::OK);
    assert_lists(&changed, &with_lists(lists(), &changes));
    // A replacement resets what it leaves out.
    let replaced = admin.put(&path, &json!({"email": "ada@example.com"})).await;
    let replaced = replaced.body(StatusCode::OK);
    for name in ["phoneNumbers", "ims", "photos", "addresses", "x509Certificates"] {
        assert_eq!(replaced[name], json!([]), "{name}");
    }
    let address = json!([{"value": "ada@example.com", "type": "work", "primary": true}]);
    assert_eq!(replaced["emails"], address);
    let audit = admin.get("/audit?filter=action%20eq%20%22user.update%22").await;
    let fields: Vec<_> = audit.body(StatusCode::OK)["items"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|entry| entry["changes"].as_array().unwrap().clone())
        .map(|change| change["field"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        fields.contains(&"ims".to_owned()) && fields.contains(&"addresses".to_owned()),
        "{fields:?}"
    );
}

async fn primary_address_is_the_login_address(db: TestDb) {
    let world = World::new(db);
    let admin = ApiClient::for_server(&world.server);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let body = with_lists(json!({"schemas": [USER], "userName": "ada"}), &lists());
    let made = scim.post("/Users", &body).await.body(StatusCode::CREATED);
    let (path, in_admin) = (format!("/Users/{}", id(&made)), format!("/users/{}", id(&made)));
    let make_primary = json!([
        {"op": "replace", "path": "emails[type eq \"home\"].primary", "value": true},
    ]);
    let view = patched(&scim, &path, make_primary).await.body(StatusCode::OK);
    assert_eq!(view["emails"][0]["primary"], false);
    assert_eq!(admin.get(&in_admin).await.body["email"], "ada@home.example");
    // The administrator changes the address, and the list follows.
    let changed = admin.patch(&in_admin, &json!({"email": "ada@new.example"})).await;
    let changed = changed.body(StatusCode::OK);
    let emails = json!([
        {"value": "ada@example.com", "type": "work", "primary": false},
        {"value": "ada@new.example", "display": "At home", "type": "home", "primary": true},
    ]);
    assert_eq!(changed["emails"], emails);
    // Other addresses are not unique, but no two users have one login address.
    let second = json!({
        "schemas": [USER], "userName": "grace",
        "emails": [{"value": "grace@example.com", "primary": true}, {"value": "ada@new.example"}],
    });
    scim.post("/Users", &second).await.body(StatusCode::CREATED);
    let third =
        json!({"schemas": [USER], "userName": "x", "emails": [{"value": "ada@new.example"}]});
    let rejected = scim.post("/Users", &third).await;
    assert_eq!(expect_error_type(&rejected, StatusCode::CONFLICT), "uniqueness");
    let both = json!({"email": "b@new.example", "emails": [{"value": "c@new.example"}]});
    let rejected = admin.patch(&in_admin, &both).await;
    assert_eq!(rejected.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", rejected.text);
    assert_eq!(rejected.body["errors"][1]["pointer"], "/emails");
}

async fn mobile_number_is_one_of_the_phone_numbers(db: TestDb) {
    let world = World::new(db);
    let admin = ApiClient::for_server(&world.server);
    let scim = ApiClient::scim(&world.server, Dialect::Entra);
    let number = json!({"regionCode": "DE", "number": "0221 123123"});
    let made = admin.post("/users", &json!({"email": "ada@example.com", "mobile": number})).await;
    let made = made.body(StatusCode::CREATED);
    let (path, in_admin) = (format!("/Users/{}", id(&made)), format!("/users/{}", id(&made)));
    let mobile = "phoneNumbers[type eq \"mobile\"].value";
    let e164 = async || admin.get(&in_admin).await.body["mobile"]["e164"].clone();
    for (operation, expected) in [
        // National, in the region of the number before.
        (json!({"op": "replace", "path": mobile, "value": "0221 123124"}), json!("+49221123124")),
        (
            json!({"op": "replace", "path": mobile, "value": "tel:+442079460958"}),
            json!("+442079460958"),
        ),
        (
            json!({"op": "add", "path": "phoneNumbers", "value": [{"value": "1", "type": "fax"}]}),
            json!("+442079460958"),
        ),
        (json!({"op": "remove", "path": mobile}), Value::Null),
        (json!({"op": "add", "path": mobile, "value": "+49 221 123123"}), json!("+49221123123")),
        // No number: it is replaced as a text.
        (json!({"op": "replace", "path": mobile, "value": "ask reception"}), Value::Null),
        (
            json!({"op": "replace", "path": format!("{OURS}:mobile"), "value": number}),
            json!("+49221123123"),
        ),
        (json!({"op": "remove", "path": "phoneNumbers"}), Value::Null),
    ] {
        let view = patched(&scim, &path, json!([operation])).await.body(StatusCode::OK);
        let number = if e164().await == Value::Null {
            Value::Null
        } else {
            view[OURS]["mobile"]["e164"].clone()
        };
        assert_eq!((e164().await, number), (expected.clone(), expected), "{operation}: {view}");
    }
    let other = json!({
        "mobile": {"regionCode": "DE", "number": "0221 123123"},
        "phoneNumbers": [{"value": "tel:+49221123124", "type": "mobile"}],
    });
    let rejected = admin.patch(&in_admin, &other).await;
    assert_eq!(rejected.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", rejected.text);
}

async fn replacement_without_lists_keeps_the_mobile_number_alone(db: TestDb) {
    let world = World::new(db);
    let admin = ApiClient::for_server(&world.server);
    let scim = ApiClient::scim(&world.server, Dialect::Okta);
    let body = with_lists(json!({"schemas": [USER], "userName": "ada"}), &lists());
    let made = scim.post("/Users", &body).await.body(StatusCode::CREATED);
    let path = format!("/Users/{}", id(&made));
    let core = json!({
        "schemas": [USER], "userName": "ada", "emails": [{"value": "ada@example.com", "type": "work"}],
    });
    let view = scim.put(&path, &core).await.body(StatusCode::OK);
    assert_eq!(view["phoneNumbers"], json!([{"value": "tel:+49221123123", "type": "mobile"}]));
    assert_eq!((&view["ims"], &view["photos"]), (&Value::Null, &Value::Null));
    let emptied = with_lists(core, &json!({"phoneNumbers": []}));
    let view = scim.put(&path, &emptied).await.body(StatusCode::OK);
    assert_eq!(view["phoneNumbers"], Value::Null);
    assert_eq!(admin.get(&format!("/users/{}", id(&made))).await.body["mobile"], Value::Null);
}

async fn a_value_that_breaks_a_rule_is_rejected_by_both_doors(db: TestDb) {
    let world = World::new(db);
    let admin = ApiClient::for_server(&world.server);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let many: Vec<_> = (0..101).map(|number| json!({"value": number.to_string()})).collect();
    for (lists, pointer) in [
        (
            json!({"emails": [{"value": "ada@example.com"}, {"value": "no address"}]}),
            "/emails/1/value",
        ),
        (json!({"photos": [{"value": "javascript:alert(1)"}]}), "/photos/0/value"),
        (json!({"phoneNumbers": [{"type": "work"}]}), "/phoneNumbers/0/value"),
        (json!({"phoneNumbers": [{"value": "1\u{202e}2"}]}), "/phoneNumbers/0/value"),
        (json!({"x509Certificates": [{"value": "no certificate"}]}), "/x509Certificates/0/value"),
        (
            json!({"roles": [{"value": "a", "primary": true}, {"value": "b", "primary": true}]}),
            "/roles",
        ),
        (json!({"ims": many}), "/ims"),
    ] {
        let body = with_lists(json!({"email": "ada@example.com"}), &lists);
        let rejected = admin.post("/users", &body).await;
        assert_eq!(rejected.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", rejected.text);
        assert_eq!(rejected.body["errors"][0]["pointer"], pointer, "{}", rejected.text);
        let body = with_lists(json!({"schemas": [USER], "userName": "ada@example.com"}), &lists);
        let rejected = scim.post("/Users", &body).await;
        assert_eq!(
            expect_error_type(&rejected, StatusCode::BAD_REQUEST),
            "invalidValue",
            "{lists}"
        );
    }
    // An address without parts is none.
    let empty = json!({"schemas": [USER], "userName": "eve@example.com", "addresses": [
        {"type": "work", "country": ""}, {"type": "home"}, {"locality": "London"},
    ]});
    let made = scim.post("/Users", &empty).await.body(StatusCode::CREATED);
    assert_eq!(made["addresses"], json!([{"locality": "London"}]));
    for wrong in
        [json!({"emails": null}), json!({"roles": "a"}), json!({"roles": [{"worth": "a"}]})]
    {
        let body = with_lists(json!({"email": "ada@example.com"}), &wrong);
        let rejected = admin.post("/users", &body).await;
        assert_eq!(rejected.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong} {}", rejected.text);
    }
}

async fn lists_of_a_user_are_limited_in_bytes(db: TestDb) {
    let world = World::new(db);
    let admin = ApiClient::for_server(&world.server);
    let address = json!({"formatted": "a".repeat(1024)});
    let (fits, too_many) = (vec![address.clone(); 64], vec![address; 65]);
    let body = json!({"email": "ada@example.com", "addresses": too_many});
    let rejected = admin.post("/users", &body).await;
    assert_eq!(rejected.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", rejected.text);
    assert!(rejected.text.contains("65536 bytes"), "{}", rejected.text);
    let body = json!({"email": "ada@example.com", "addresses": fits});
    admin.post("/users", &body).await.body(StatusCode::CREATED);
}

async fn manager_who_is_a_user_is_named(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let charles =
        json!({"schemas": [USER], "userName": "charles@example.com", "displayName": "Charles"});
    let charles = scim.post("/Users", &charles).await.body(StatusCode::CREATED);
    let with_manager = |manager: &str| {
        json!({
            "schemas": [USER, ENTERPRISE], "userName": "ada@example.com",
            ENTERPRISE: {"manager": {"value": manager, "$ref": "ignored", "displayName": "ignored"}},
        })
    };
    let ada = scim.post("/Users", &with_manager(id(&charles))).await.body(StatusCode::CREATED);
    let manager = |name: &str| {
        json!({
            "value": id(&charles), "$ref": charles["meta"]["location"], "displayName": name,
        })
    };
    assert_eq!(ada[ENTERPRISE]["manager"], manager("Charles"));
    let path = format!("/Users/{}", id(&ada));
    // The name follows the manager, and with it the version.
    let rename = json!([{"op": "replace", "path": "displayName", "value": "Mr Babbage"}]);
    patched(&scim, &format!("/Users/{}", id(&charles)), rename).await.body(StatusCode::OK);
    let view = scim.get(&path).await.body(StatusCode::OK);
    assert_eq!(view[ENTERPRISE]["manager"], manager("Mr Babbage"));
    assert_ne!(view["meta"]["version"], ada["meta"]["version"]);
    let found = scim.get("/Users?attributes=manager.displayName,urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName").await;
    let found = found.body(StatusCode::OK);
    assert!(found.to_string().contains("Mr Babbage"), "{found}");
    // The client's own word is nobody's name.
    let view = scim.put(&path, &with_manager("4711")).await.body(StatusCode::OK);
    assert_eq!(view[ENTERPRISE]["manager"], json!({"value": "4711"}));
}

async fn a_request_that_is_sent_again_changes_nothing(db: TestDb) {
    let world = World::new(db);
    let admin = ApiClient::for_server(&world.server);
    let draft = json!({"email": "ada@example.com", "emails": [
        {"value": "ada@example.com", "type": "work"}, {"value": "ada@example.com", "type": "home"},
    ]});
    let made = admin.post("/users", &draft).await.body(StatusCode::CREATED);
    let path = format!("/users/{}", id(&made));
    // Which of the two is the edit can't be known.
    let both = json!({"email": "ada@example.com", "emails": [{"value": "new@example.com"}]});
    let rejected = admin.patch(&path, &both).await;
    assert_eq!(rejected.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", rejected.text);
    // Of a body that was read, it can: its state is named.
    let mut edited = made.clone();
    edited["phoneNumbers"] = json!([{"value": "tel:+49221123123", "type": "mobile"}]);
    edited["photos"] = json!([{"value": "https://example.com/ada.png"}]);
    let changed = admin.put(&path, &edited).await.body(StatusCode::OK);
    assert_eq!(changed["mobile"]["e164"], "+49221123123");
    assert_eq!(changed["userProfileImage"], "https://example.com/ada.png");
    assert_eq!(changed["emails"], made["emails"]);
    let again = admin.put(&path, &edited).await;
    assert_eq!(again.status, StatusCode::PRECONDITION_FAILED, "{}", again.text);
    let cleared = admin.patch(&path, &json!({"mobile": null, "userProfileImage": null})).await;
    let cleared = cleared.body(StatusCode::OK);
    assert_eq!((&cleared["phoneNumbers"], &cleared["photos"]), (&json!([]), &json!([])));
}

async fn a_wrong_address_does_not_move_the_login_address(db: TestDb) {
    let world = World::new(db);
    for dialect in Dialect::ALL {
        let scim = ApiClient::scim(&world.server, dialect);
        let name = format!("ada@{}.example", dialect.as_str());
        let body = json!({"schemas": [USER], "userName": name, "emails": [
            {"value": name, "type": "work", "primary": true},
            {"value": "home@example.com", "type": "home"},
        ]});
        let made = scim.post("/Users", &body).await.body(StatusCode::CREATED);
        let path = format!("/Users/{}", id(&made));
        let wrong = json!([
            {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "no address"},
        ]);
        let rejected = patched(&scim, &path, wrong).await;
        assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), "invalidValue");
        let many = json!([{"op": "add", "path": "ims", "value": vec![json!({"value": "a"}); 100]}]);
        let many = vec![many[0].clone(); 11];
        let rejected = patched(&scim, &path, many.into()).await;
        assert_eq!(expect_error_type(&rejected, StatusCode::BAD_REQUEST), "invalidValue");
    }
}
