//! A database that is gone, or takes no writes: every interface says so in its own format,
//! with the time to retry.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::json;
use usher::{domain::api_key::Dialect, store::PoolOptions};

use crate::{
    client::{ApiClient, ApiResponse},
    scim::USER,
    support::{db::TestDb, server::TestServerOptions},
    world::World,
};

/// Details of the outage that no response may contain.
const INNER: [&str; 8] =
    ["sql", "SQL", "diesel", "postgres", "transaction", "/tmp", "relation", "r2d2"];

fn world(db: TestDb) -> World {
    let pool = PoolOptions { connections: 4, wait: Duration::from_millis(500) };
    World::with_deployment(db, TestServerOptions { pool, ..TestServerOptions::default() })
}

/// A user of the account, and requests to the admin API and to SCIM.
struct OutageRequests {
    api: ApiClient,
    scim: ApiClient,
    user: String,
}

impl OutageRequests {
    async fn create(world: &World) -> Self {
        let api = ApiClient::for_server(&world.server);
        let scim = ApiClient::scim(&world.server, Dialect::Entra);
        let user = api.post("/users", &json!({"email": "ada@example.com"})).await;
        let user = user.body(StatusCode::CREATED)["id"].as_str().unwrap().to_owned();
        Self { api, scim, user }
    }

    fn read_requests(&self) -> [(&ApiClient, RequestBuilder); 4] {
        let Self { api, scim, user } = self;
        [
            (api, api.request(Method::GET, "/users")),
            (api, api.request(Method::GET, &format!("/users/{user}"))),
            (scim, scim.request(Method::GET, "/Users")),
            (scim, scim.request(Method::GET, &format!("/Users/{user}"))),
        ]
    }

    fn write_requests(&self) -> [(&ApiClient, RequestBuilder); 8] {
        let Self { api, scim, user } = self;
        let place = format!("/users/{user}");
        let merge = ("content-type", "application/merge-patch+json");
        let import = api.request(Method::POST, "/users/import").header("content-type", "text/csv");
        let patch = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "title", "value": "Countess"}],
        });
        let new = json!({"schemas": [USER], "userName": "eve@example.com"});
        let change = json!({"position": "Countess"}).to_string();
        [
            (api, api.request(Method::POST, "/users").json(&json!({"email": "bob@example.com"}))),
            (api, api.request(Method::PATCH, &place).header(merge.0, merge.1).body(change)),
            (api, api.request(Method::DELETE, &place)),
            (api, api.request(Method::POST, "/teams").json(&json!({"name": "Ops"}))),
            (api, import.body("email\ncarol@example.com\n")),
            (scim, scim.request(Method::POST, "/Users").json(&new)),
            (scim, scim.request(Method::PATCH, &format!("/Users/{user}")).json(&patch)),
            (scim, scim.request(Method::DELETE, &format!("/Users/{user}"))),
        ]
    }

    async fn assert_rejected(
        &self,
        requests: impl IntoIterator<Item = (&ApiClient, RequestBuilder)>,
    ) {
        for (client, request) in requests {
            let what = format!("{request:?}");
            let response = client.send(request).await;
            assert_unavailable(&response, std::ptr::eq(client, &self.scim), &what);
        }
    }
}

fn assert_unavailable(answer: &ApiResponse, is_scim: bool, what: &str) {
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{what}: {}", answer.text);
    assert_eq!(answer.header("retry-after"), Some("5"), "{what}");
    let kind = if is_scim { "application/scim+json" } else { "application/problem+json" };
    assert_eq!(answer.header("content-type"), Some(kind), "{what}");
    if is_scim {
        let error = "urn:ietf:params:scim:api:messages:2.0:Error";
        assert_eq!(answer.body["schemas"], json!([error]), "{what}");
        assert_eq!(answer.body["status"], "503", "{what}");
    } else {
        assert_eq!(answer.body["code"], "unavailable", "{what}");
        assert!(answer.body["errors"][0]["remedy"].is_string(), "{what}");
    }
    for inner in INNER {
        assert!(!answer.text.contains(inner), "{what}: {inner} is in {}", answer.text);
    }
}

#[tokio::test]
async fn postgres_that_is_gone_is_503_at_every_door() {
    let world = world(TestDb::postgres());
    let doors = OutageRequests::create(&world).await;
    world.server.db().destroy();
    doors.assert_rejected(doors.read_requests()).await;
    doors.assert_rejected(doors.write_requests()).await;
}

#[tokio::test]
async fn postgres_that_is_read_only_serves_reads_and_rejects_writes() {
    let world = world(TestDb::postgres());
    let doors = OutageRequests::create(&world).await;
    world.server.db().run(
        "DO $$ BEGIN
            EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database());
            PERFORM pg_terminate_backend(pid, 10000) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid();
        END $$",
    );
    for (client, request) in doors.read_requests() {
        let what = format!("{request:?}");
        let response = client.send(request).await;
        assert_eq!(response.status, StatusCode::OK, "{what}: {}", response.text);
    }
    doors.assert_rejected(doors.write_requests()).await;
}

#[tokio::test]
async fn sqlite_file_that_is_gone_is_503_at_every_door() {
    let world = world(TestDb::sqlite());
    let doors = OutageRequests::create(&world).await;
    let path = world.server.db().address().strip_prefix("sqlite:").unwrap().to_owned();
    std::fs::remove_file(path).unwrap();
    doors.assert_rejected(doors.read_requests()).await;
    doors.assert_rejected(doors.write_requests()).await;
}
