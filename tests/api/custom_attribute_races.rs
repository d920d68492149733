//! Custom attributes whose definitions change while values are written.

use futures_util::future::{join, join_all};
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};
use usher::domain::api_key::Dialect;

use crate::{
    client::{ApiClient, ApiResponse},
    support::{browser::Browser, db::TestDb},
    world::{Person, World},
};

on_both_databases! {
    deletion_during_writes_leaves_no_value,
    simultaneous_creations_stay_within_the_limit,
}

const OWN: &str = "urn:ietf:params:scim:schemas:extension:usher:default:2.0:User";
const ROUNDS: usize = 6;

/// Programs that write values of `shoeSize`, each its own way.
struct Writers<'a> {
    world: &'a World,
    admin: ApiClient,
    scim: ApiClient,
    users: Vec<String>,
}

impl Writers<'_> {
    /// Everybody writes once. Each write succeeds, or says that there is no such attribute.
    async fn write(&self, round: usize) {
        let patches = self.users.iter().map(|id| self.patch(id));
        let replacements = self.users.iter().map(|id| self.patch_by_scim(id));
        let answers = join(join_all(patches), join_all(replacements));
        let (answers, created) = join(answers, join(self.create(round), self.import(round))).await;
        let answers = answers.0.into_iter().chain(answers.1).chain([created.0, created.1]);
        for answer in answers {
            let is_expected = answer.status.is_success()
                || matches!(
                    answer.status,
                    StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST
                );
            assert!(is_expected, "{}: {}", answer.status, answer.text);
        }
    }

    async fn patch(&self, id: &str) -> ApiResponse {
        self.admin.patch(&format!("/users/{id}"), &json!({"attributes": {"shoeSize": 38}})).await
    }

    async fn patch_by_scim(&self, id: &str) -> ApiResponse {
        let operation = json!({"op": "replace", "path": format!("{OWN}:shoeSize"), "value": 39});
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation],
        });
        let request = self.scim.request(Method::PATCH, &format!("/Users/{id}"));
        self.scim.send(request.json(&body)).await
    }

    async fn create(&self, round: usize) -> ApiResponse {
        let email = format!("new{round}@example.com");
        let user = json!({"email": email, "attributes": {"shoeSize": 40}});
        self.admin.post("/users", &user).await
    }

    /// Imports users who exist and one who does not, all or nothing.
    async fn import(&self, round: usize) -> ApiResponse {
        let existing = (0..self.users.len()).map(|n| format!("u{n}@example.com,41\n"));
        let table: String = existing.collect();
        let table = format!("email,attributes.shoeSize\n{table}imported{round}@example.com,42\n");
        let path = "/users/import?mode=ATOMIC&onExisting=UPDATE";
        let request = self.admin.request(Method::POST, path).header("content-type", "text/csv");
        self.admin.send(request.body(table)).await
    }

    /// Logs the users in: the connection maps the attribute until it is deleted.
    async fn login(&self) {
        let people = (0..self.users.len())
            .map(|n| Person::with_email(&format!("u{n}@example.com")).with_attribute("shoe", "43"));
        let people: Vec<_> = people.collect();
        let browsers: Vec<_> = people.iter().map(|_| Browser::new()).collect();
        let logins = people.iter().zip(&browsers);
        let answers =
            join_all(logins.map(|(person, browser)| self.world.try_login(browser, person))).await;
        assert!(answers.iter().all(|answer| answer.status() == StatusCode::SEE_OTHER));
    }
}

async fn define(admin: &ApiClient, name: &str) -> ApiResponse {
    admin.post("/attribute-definitions", &json!({"name": name, "type": "INTEGER"})).await
}

/// How many users have a value, and how many rows the index has.
fn count_values(db: &TestDb) -> usize {
    let has_value = |row: &Map<String, Value>| {
        // Quoted on SQLite.
        row["profile"].to_string().replace('\\', "").contains("\"shoeSize\":")
    };
    let is_indexed =
        |row: &Map<String, Value>| row["field"].to_string().contains("attributes.shoesize");
    let users = db.rows_of("users").iter().filter(|row| has_value(row)).count();
    users + db.rows_of("user_values").iter().filter(|row| is_indexed(row)).count()
}

async fn deletion_during_writes_leaves_no_value(db: TestDb) {
    let world = World::new(db);
    let admin = ApiClient::for_server(&world.server);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let mut users = Vec::new();
    for n in 0..4 {
        let user = admin.post("/users", &json!({"email": format!("u{n}@example.com")})).await;
        users.push(user.body(StatusCode::CREATED)["id"].as_str().unwrap().to_owned());
    }
    let connection = format!("/connections/{}", world.server.connection.id);
    let writers = Writers { world: &world, admin, scim, users };
    for round in 0..ROUNDS {
        let definition = define(&writers.admin, "shoeSize").await.body(StatusCode::CREATED);
        let settings = json!({
            "mapping": {"attributes.shoeSize": "shoe"},
            "updatePolicies": {"attributes.shoeSize": "ALWAYS"},
        });
        writers.admin.patch(&connection, &settings).await.body(StatusCode::OK);
        let path = format!("/attribute-definitions/{}", definition["id"].as_str().unwrap());
        // One before the race, so that the deletion has something to remove.
        writers.patch(&writers.users[0]).await.body(StatusCode::OK);
        assert_eq!(count_values(world.server.db()), 2);
        let deletion = async { writers.admin.delete(&format!("{path}?force=true")).await };
        let (deleted, ..) = join(deletion, join(writers.write(round), writers.login())).await;
        deleted.body(StatusCode::NO_CONTENT);
        assert_eq!(count_values(world.server.db()), 0, "round {round}");
        world.server.db().assert_values_agree();
    }
}

async fn simultaneous_creations_stay_within_the_limit(db: TestDb) {
    let world = World::new(db);
    let admin = ApiClient::for_server(&world.server);
    for n in 0..98 {
        define(&admin, &format!("a{n}")).await.body(StatusCode::CREATED);
    }
    let names: Vec<_> = (0..8).map(|n| format!("b{n}")).collect();
    let answers = join_all(names.iter().map(|name| define(&admin, name))).await;
    let created = answers.iter().filter(|answer| answer.status == StatusCode::CREATED);
    assert_eq!(created.count(), 2);
    for answer in answers.into_iter().filter(|answer| answer.status != StatusCode::CREATED) {
        assert_eq!(answer.problem(StatusCode::CONFLICT).0, "too_many_attributes");
    }
    let all = admin.get("/attribute-definitions").await.body(StatusCode::OK);
    assert_eq!(all["items"].as_array().unwrap().len(), 100);
}
