//! Lists of users by custom attributes.

use reqwest::StatusCode;
use serde_json::{Value, json};
use url::form_urlencoded::byte_serialize;

use crate::{client::ApiClient, support::db::TestDb, world::World};

on_both_databases! {
    users_are_found_by_values_of_each_type,
    filter_that_can_not_be_used_is_rejected_with_what_is_expected,
    values_that_only_the_product_gets_match_no_user,
    list_by_a_value_has_pages_and_a_total,
    changed_value_is_found_and_a_deleted_attribute_is_unknown,
}

async fn define(api: &ApiClient, definition: Value) -> Value {
    api.post("/attribute-definitions", &definition).await.body(StatusCode::CREATED)
}

/// Defines an attribute of each type.
async fn define_all(api: &ApiClient) {
    for definition in [
        json!({"name": "badge", "type": "STRING"}),
        json!({"name": "code", "type": "STRING", "caseExact": true}),
        json!({"name": "remote", "type": "BOOLEAN"}),
        json!({"name": "shoeSize", "type": "INTEGER"}),
        json!({"name": "rate", "type": "DECIMAL"}),
        json!({"name": "hired", "type": "DATE_TIME"}),
        json!({"name": "page", "type": "REFERENCE"}),
        json!({"name": "skills", "type": "STRING", "multiValued": true}),
        json!({"name": "office", "type": "COMPLEX", "multiValued": true, "subAttributes": [
            {"name": "city", "type": "STRING"}, {"name": "floor", "type": "INTEGER"},
        ]}),
    ] {
        define(api, definition).await;
    }
}

async fn create(api: &ApiClient, name: &str, attributes: Value) -> Value {
    let user = json!({"email": format!("{name}@example.com"), "attributes": attributes});
    api.post("/users", &user).await.body(StatusCode::CREATED)
}

fn path(filter: &str) -> String {
    format!("/users?filter={}", byte_serialize(filter.as_bytes()).collect::<String>())
}

/// The names of the users of a filter, joined by spaces.
async fn find(api: &ApiClient, filter: &str) -> String {
    let page = api.get(&format!("{}&total=true", path(filter))).await.body(StatusCode::OK);
    let users = page["items"].as_array().unwrap().iter();
    let emails = users.map(|user| user["email"].as_str().unwrap().to_owned());
    let mut names: Vec<_> =
        emails.map(|email| email.split('@').next().unwrap().to_owned()).collect();
    assert_eq!(page["total"], names.len(), "{filter}");
    names.sort_unstable();
    names.join(" ")
}

async fn users_are_found_by_values_of_each_type(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    define_all(&api).await;
    let ada = json!({
        "badge": "B-17", "code": "Ab", "remote": true, "shoeSize": 38, "rate": 10.5,
        "hired": "2026-03-01T10:00:00+01:00", "page": "https://example.com/Ada",
        "skills": ["Analysis", "Poetry"],
        "office": [{"city": "Berlin", "floor": 3}, {"city": "Bern", "floor": 10}],
    });
    let bob = json!({
        "badge": "b-18", "code": "ab", "remote": false, "shoeSize": -9_223_372_036_854_775_807_i64,
        "rate": -5, "hired": "2026-03-01T09:00:00.5Z", "skills": ["Chess"],
        "office": [{"city": "Berlin", "floor": 10}],
    });
    create(&api, "ada", ada).await;
    create(&api, "bob", bob).await;
    create(&api, "cy", json!({})).await;
    for (filter, expected) in [
        (r#"attributes.badge eq "b-17""#, "ada"),
        (r#"attributes.badge sw "B""#, "ada bob"),
        (r#"attributes.badge ne "B-17""#, "bob cy"),
        ("attributes.badge pr", "ada bob"),
        ("not (attributes.badge pr)", "cy"),
        ("attributes.badge eq null", "cy"),
        (r#"attributes.code eq "Ab""#, "ada"),
        (r#"attributes.code co "b""#, "ada bob"),
        ("attributes.remote eq true", "ada"),
        ("attributes.remote ne true", "bob cy"),
        ("attributes.shoeSize gt 37", "ada"),
        ("attributes.shoeSize gt 38", ""),
        ("attributes.shoeSize ge 38.0", "ada"),
        ("attributes.shoeSize lt 9", "bob"),
        ("attributes.shoeSize eq -9223372036854775807", "bob"),
        ("attributes.shoeSize gt -9223372036854775808", "ada bob"),
        ("attributes.rate gt 9", "ada"),
        ("attributes.rate lt 3", "bob"),
        ("attributes.rate le 10.5 and attributes.rate gt -1e20", "ada bob"),
        (r#"attributes.hired ge "2026-01-01T00:00:00Z""#, "ada bob"),
        (r#"attributes.hired gt "2026-03-01T09:00:00Z""#, "bob"),
        (r#"attributes.hired eq "2026-03-01T09:00:00Z""#, "ada"),
        (r#"attributes.page ew "/Ada""#, "ada"),
        (r#"attributes.page ew "/ada""#, ""),
        (r#"attributes.skills eq "poetry""#, "ada"),
        (r#"attributes.skills ne "Poetry""#, "ada bob cy"),
        (r#"not (attributes.skills eq "Poetry")"#, "bob cy"),
        (r#"attributes.office.city co "ber""#, "ada bob"),
        (r#"attributes.office.city eq "bern" and attributes.office.floor eq 3"#, "ada"),
        (r#"attributes.office[city eq "Bern" and floor eq 3]"#, ""),
        (r#"attributes.office[city eq "Berlin" and floor gt 3]"#, "bob"),
        ("attributes.office pr and attributes.remote eq false", "bob"),
        (r#"attributes.badge eq "B-18" or attributes.shoeSize eq 38"#, "ada bob"),
        (r#"attributes.BADGE eq "B-17" and email sw "a""#, "ada"),
    ] {
        assert_eq!(find(&api, filter).await, expected, "{filter}");
    }
}

async fn filter_that_can_not_be_used_is_rejected_with_what_is_expected(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    define_all(&api).await;
    for (filter, remedy) in [
        ("attributes.shoesise gt 1", "Did you mean attributes.shoeSize?"),
        ("attributes.office.flor gt 1", "Did you mean attributes.office.floor?"),
        ("attributes.shoeSize gt \"1\"", "Use a number, without quotes."),
        ("attributes.remote co true", "Use eq, ne or pr."),
        ("attributes.hired eq \"today\"", "Use a time such as \"2026-11-23T08:00:00Z\"."),
        ("attributes.office eq 1", "Use one of attributes.office.city, attributes.office.floor."),
    ] {
        let problem = api.get(&path(filter)).await.body(StatusCode::BAD_REQUEST);
        assert_eq!(problem["errors"][0]["field"], "filter", "{filter}");
        assert_eq!(problem["errors"][0]["remedy"], remedy, "{filter}");
    }
}

async fn values_that_only_the_product_gets_match_no_user(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    define(&api, json!({"name": "pin", "type": "STRING", "visibility": "PRODUCT"})).await;
    define(&api, json!({"name": "pen", "type": "STRING", "visibility": "ADMIN"})).await;
    create(&api, "ada", json!({"pin": "1234", "pen": "1234"})).await;
    assert_eq!(find(&api, r#"attributes.pen sw "1""#).await, "ada");
    let problem = api.get(&path(r#"attributes.pin sw "1""#)).await.body(StatusCode::BAD_REQUEST);
    assert_eq!(problem["errors"][0]["remedy"], "Did you mean attributes.pen?");
    assert!(!problem.to_string().contains("attributes.pin,"), "{problem}");
    let account = world.server.add_account("other", "Other", None);
    let scopes = usher::domain::api_key::Scopes::full();
    let other = ApiClient::with_scopes(&world.server, &account, scopes);
    assert_eq!(other.get(&path("attributes.pen pr")).await.status, StatusCode::BAD_REQUEST);
}

async fn list_by_a_value_has_pages_and_a_total(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    define_all(&api).await;
    for number in 0..5 {
        create(&api, &format!("u{number}"), json!({"badge": "B", "shoeSize": number})).await;
    }
    for filter in [r#"attributes.badge eq "b""#, "attributes.shoeSize ge 0"] {
        let first = format!("{}&count=2&total=true", path(filter));
        let mut page = api.get(&first).await.body(StatusCode::OK);
        assert_eq!(page["total"], 5);
        let mut emails = Vec::new();
        loop {
            let users = page["items"].as_array().unwrap().iter();
            emails.extend(users.map(|user| user["email"].to_string()));
            let Some(cursor) = page["nextCursor"].as_str() else { break };
            page = api.get(&format!("{first}&cursor={cursor}")).await.body(StatusCode::OK);
        }
        emails.sort_unstable();
        let expected = (0..5).map(|number| format!("\"u{number}@example.com\""));
        assert_eq!(emails, expected.collect::<Vec<_>>(), "{filter}");
    }
}

async fn changed_value_is_found_and_a_deleted_attribute_is_unknown(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let badge = define(&api, json!({"name": "badge", "type": "STRING"})).await;
    let ada = create(&api, "ada", json!({"badge": "A"})).await;
    let user = format!("/users/{}", ada["id"].as_str().unwrap());
    api.patch(&user, &json!({"attributes": {"badge": "B"}})).await.body(StatusCode::OK);
    assert_eq!(find(&api, r#"attributes.badge eq "A""#).await, "");
    assert_eq!(find(&api, r#"attributes.badge eq "B""#).await, "ada");
    let definition = format!("/attribute-definitions/{}", badge["id"].as_str().unwrap());
    api.delete(&format!("{definition}?force=true")).await.body(StatusCode::NO_CONTENT);
    let problem = api.get(&path("attributes.badge pr")).await.body(StatusCode::BAD_REQUEST);
    assert_eq!(problem["errors"][0]["field"], "filter");
    // Another attribute of the name may have another type.
    define(&api, json!({"name": "badge", "type": "INTEGER"})).await;
    assert_eq!(find(&api, "attributes.badge pr").await, "");
    api.patch(&user, &json!({"attributes": {"badge": 7}})).await.body(StatusCode::OK);
    assert_eq!(find(&api, "attributes.badge gt 6.5").await, "ada");
}
