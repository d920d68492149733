//! Unlinking an identity: what it resolves, ends, and rejects.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::domain::{
    api_key::{Scope, Scopes},
    provisioning::{Decision, Denial},
};

use crate::{
    client::{ApiClient, path_with_query},
    support::db::TestDb,
    world::{PERSISTENT, Person, World},
};

const ADA: &str = "ada@example.com";

on_both_databases! {
    unlinking_resolves_an_identity_conflict_and_ends_the_sessions_of_the_identity,
    unlinking_an_identity_of_another_user_is_404,
    unlinking_needs_users_write_and_heeds_if_match,
}

/// Somebody whom the connection calls otherwise than before.
fn ada(subject: &str) -> Person {
    Person::with_name_id(subject, PERSISTENT).with_attribute("email", ADA)
}

/// The address of the only identity of a user.
async fn address(api: &ApiClient, world: &World, email: &str) -> String {
    let user = world.user(email).id;
    let view = api.get(&format!("/users/{user}")).await.body(StatusCode::OK);
    let identities = view["identities"].as_array().unwrap();
    assert_eq!(identities.len(), 1, "{view}");
    format!("/users/{user}/identities/{}", identities[0]["id"].as_str().unwrap())
}

async fn unlinking_resolves_an_identity_conflict_and_ends_the_sessions_of_the_identity(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let browser = world.login(&ada("u-1")).await;
    let grace = world.login(&Person::with_email("grace@example.com")).await;
    let user = world.user(ADA);
    let denied = Decision::Deny(Denial::IdentityConflict(user.id));
    assert_eq!(world.expect_failed_login(&ada("u-2")).await.plan.unwrap().decision, denied);

    let path = address(&api, &world, ADA).await;
    assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.session(&browser).await, None, "signed out at once");
    assert!(world.session(&grace).await.is_some());
    let filter = [("filter", "action eq \"identity.delete\"")];
    let audit = api.get(&path_with_query("/audit", &filter)).await.body(StatusCode::OK);
    let entry = &audit["items"][0];
    assert_eq!(entry["target"]["id"], json!(path.rsplit_once('/').unwrap().1));
    assert_eq!(
        entry["changes"],
        json!([
            {"field": "user", "from": user.id.to_string(), "to": null},
            {"field": "connection", "from": world.server.connection.id.to_string(), "to": null},
            {"field": "subject", "from": "u-1", "to": null},
            {"field": "sessions", "from": "1", "to": null},
        ])
    );

    // The same person with another subject: no user is created.
    world.login(&ada("u-2")).await;
    assert_eq!((world.user(ADA).id, world.count_rows("users")), (user.id, 2));
    assert_eq!(world.expect_failed_login(&ada("u-1")).await.plan.unwrap().decision, denied);
    assert_ne!(address(&api, &world, ADA).await, path);
}

async fn unlinking_an_identity_of_another_user_is_404(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    world.login(&ada("u-1")).await;
    world.login(&Person::with_email("grace@example.com")).await;
    let path = address(&api, &world, ADA).await;
    let (_, identity) = path.rsplit_once('/').unwrap();
    let grace = world.user("grace@example.com").id;
    let account = world.server.add_account("acme", "Acme", None);
    let other = ApiClient::with_scopes(&world.server, &account, Scopes::full());
    for (api, path) in [
        (&api, format!("/users/{grace}/identities/{identity}")),
        (&api, format!("/users/{}/identities/{grace}", world.user(ADA).id)),
        (&api, format!("/users/{}/identities/x", world.user(ADA).id)),
        (&api, format!("/users/x/identities/{identity}")),
        (&other, path.clone()),
    ] {
        assert_eq!(api.delete(&path).await.problem(StatusCode::NOT_FOUND).0, "not_found", "{path}");
    }
    assert_eq!(world.count_rows("identities"), 2);
    assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.delete(&path).await.status, StatusCode::NOT_FOUND, "it is gone");
}

async fn unlinking_needs_users_write_and_heeds_if_match(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    world.login(&ada("u-1")).await;
    let path = address(&api, &world, ADA).await;
    let reader: Scopes = [Scope::UsersRead].into_iter().collect();
    let reader = ApiClient::with_scopes(&world.server, &world.server.account, reader);
    assert_eq!(reader.delete(&path).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        ApiClient::without_key(&world.server).delete(&path).await.status,
        StatusCode::UNAUTHORIZED
    );

    let user = format!("/users/{}", world.user(ADA).id);
    let tag = api.get(&user).await.header("etag").unwrap().to_owned();
    api.patch(&user, &json!({"position": "Countess"})).await.body(StatusCode::OK);
    let guarded = |tag: &str| api.send(api.request(Method::DELETE, &path).header("if-match", tag));
    assert_eq!(guarded(&tag).await.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(world.count_rows("identities"), 1);
    let tag = api.get(&user).await.header("etag").unwrap().to_owned();
    assert_eq!(guarded(&tag).await.status, StatusCode::NO_CONTENT);
    let view: Value = api.get(&user).await.body(StatusCode::OK);
    assert_eq!(view["identities"], json!([]));
}
