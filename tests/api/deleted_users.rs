//! Deleted users: they are remembered, can't log in, and can be allowed back.

use reqwest::StatusCode;
use serde_json::{Value, json};
use usher::domain::provisioning::{Decision, Denial};

use crate::{
    client::ApiClient,
    support::db::TestDb,
    world::{PERSISTENT, Person, World},
};

const ADA: &str = "ada@example.com";

on_both_databases! {
    deleted_user_cannot_sign_in_by_address,
    deleted_user_cannot_sign_in_by_identity,
    login_recreates_a_user_whose_deletion_record_was_removed,
    staging_a_deleted_user_removes_the_deletion_record,
    account_may_allow_logins_to_recreate_deleted_users,
    user_deleted_twice_has_one_deletion_record,
    deleted_users_of_another_account_are_not_found,
}

async fn delete(api: &ApiClient, world: &World) -> String {
    let id = world.user(ADA).id.to_string();
    assert_eq!(api.delete(&format!("/users/{id}")).await.status, StatusCode::NO_CONTENT);
    id
}

async fn remembered(api: &ApiClient) -> Vec<Value> {
    let page = api.get("/deleted-users").await.body(StatusCode::OK);
    page["items"].as_array().unwrap().clone()
}

async fn deleted_user_cannot_sign_in_by_address(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let browser = world.login(&Person::with_email(ADA).with_attribute("teamName", "Ops")).await;
    let user = world.user(ADA);
    let id = delete(&api, &world).await;
    assert_eq!(world.session(&browser).await, None, "signed out at once");
    assert_eq!(api.get(&format!("/users/{id}")).await.status, StatusCode::NOT_FOUND);
    for table in ["users", "identities", "memberships", "sessions"] {
        assert_eq!(world.count_rows(table), 0, "{table}");
    }
    assert_eq!(world.count_rows("teams"), 1, "the team stays");

    let view = remembered(&api).await;
    assert_eq!((view[0]["id"].as_str(), view[0]["email"].as_str()), (Some(&*id), Some(ADA)));
    let found = api.get("/deleted-users?filter=email%20eq%20%22ADA@example.com%22").await;
    assert_eq!(found.body(StatusCode::OK)["items"].as_array().unwrap().len(), 1);
    let attempt = world.expect_failed_login(&Person::with_email(ADA)).await;
    assert_eq!(attempt.user, Some(user.id));
    assert_eq!(attempt.plan.unwrap().decision, Decision::Deny(Denial::UserDeleted(user.id)));
    assert_eq!(world.count_rows("users"), 0);
}

async fn deleted_user_cannot_sign_in_by_identity(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    world.login(&Person::with_name_id("u-1", PERSISTENT).with_attribute("email", ADA)).await;
    let id = world.user(ADA).id;
    delete(&api, &world).await;
    for person in [
        Person::with_name_id("u-1", PERSISTENT).with_attribute("email", "ada.king@example.com"),
        Person::with_name_id("u-1", PERSISTENT),
        Person::with_name_id("u-2", PERSISTENT).with_attribute("email", ADA),
    ] {
        let attempt = world.expect_failed_login(&person).await;
        assert_eq!(attempt.plan.unwrap().decision, Decision::Deny(Denial::UserDeleted(id)));
    }
    world
        .login(
            &Person::with_name_id("u-3", PERSISTENT).with_attribute("email", "grace@example.com"),
        )
        .await;
}

async fn login_recreates_a_user_whose_deletion_record_was_removed(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let person = Person::with_name_id("u-1", PERSISTENT).with_attribute("email", ADA);
    world.login(&person).await;
    let before = world.user(ADA).id;
    let path = format!("/deleted-users/{}", delete(&api, &world).await);
    let view = api.get(&path).await;
    assert!(view.header("etag").is_some());
    assert_eq!(view.body(StatusCode::OK)["email"], ADA);
    assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.delete(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(api.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.count_rows("deleted_identities"), 0);
    world.login(&person).await;
    assert_ne!(world.user(ADA).id, before, "somebody new");
}

async fn staging_a_deleted_user_removes_the_deletion_record(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    world.login(&Person::with_email(ADA)).await;
    delete(&api, &world).await;
    let staged = api.post("/users", &json!({"email": "Ada@Example.com"})).await;
    let staged = staged.body(StatusCode::CREATED);
    assert_eq!((&staged["status"], &staged["identities"]), (&json!("STAGED"), &json!([])));
    assert!(remembered(&api).await.is_empty());
    world.login(&Person::with_email(ADA)).await;
    assert_eq!(world.user(ADA).id.to_string(), staged["id"].as_str().unwrap());
}

async fn account_may_allow_logins_to_recreate_deleted_users(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let person = Person::with_name_id("u-1", PERSISTENT).with_attribute("email", ADA);
    world.login(&person).await;
    delete(&api, &world).await;
    let allowed = api.patch("/account", &json!({"recreateDeleted": true})).await;
    assert_eq!(allowed.body(StatusCode::OK)["recreateDeleted"], true);
    // With another address: it is found by what the connection calls it.
    let renamed =
        Person::with_name_id("u-1", PERSISTENT).with_attribute("email", "ada.king@example.com");
    world.login(&renamed).await;
    assert!(remembered(&api).await.is_empty(), "who is here was not deleted");
    assert_eq!(world.count_rows("deleted_identities"), 0);
    let audit = api.get("/audit?filter=action%20eq%20%22deleted_user.delete%22").await;
    let audit = audit.body(StatusCode::OK);
    assert_eq!(audit["items"].as_array().unwrap().len(), 1, "{audit}");
}

async fn user_deleted_twice_has_one_deletion_record(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    world.login(&Person::with_email(ADA)).await;
    delete(&api, &world).await;
    // The address comes back by a change of another user's, and goes again.
    let other = api.post("/users", &json!({"email": "grace@example.com"})).await;
    let other = other.body(StatusCode::CREATED);
    let path = format!("/users/{}", other["id"].as_str().unwrap());
    api.patch(&path, &json!({"email": ADA})).await.body(StatusCode::OK);
    assert!(remembered(&api).await.is_empty(), "the address is that of a user");
    assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT);
    let view = remembered(&api).await;
    assert_eq!((view.len(), &view[0]["id"]), (1, &other["id"]));
}

async fn deleted_users_of_another_account_are_not_found(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    world.login(&Person::with_email(ADA)).await;
    let path = format!("/deleted-users/{}", delete(&api, &world).await);
    let account = world.server.add_account("acme", "Acme", None);
    let other =
        ApiClient::with_scopes(&world.server, &account, usher::domain::api_key::Scopes::full());
    assert!(remembered(&other).await.is_empty());
    assert_eq!(other.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(other.delete(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(remembered(&api).await.len(), 1);
}
