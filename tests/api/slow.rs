//! Slow bodies: a caller who has lost their rights by the last byte is rejected.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::sleep,
};

use crate::{
    client::ApiClient,
    support::{db::TestDb, server::Server},
    world::{Person, SESSION, World},
};

on_both_databases! {
    key_deleted_during_a_request_changes_nothing,
    administrator_disabled_during_a_request_changes_nothing,
}

/// A request of which the last byte has not been sent.
struct UnfinishedRequest {
    socket: TcpStream,
    last: u8,
}

impl UnfinishedRequest {
    async fn new(server: &Server, request: &str, proof: &str, kind: &str, body: &str) -> Self {
        let host = server.address.strip_prefix("http://").unwrap();
        let (last, first) = body.as_bytes().split_last().unwrap();
        let head = format!(
            "{request} HTTP/1.1\r\nhost: {host}\r\n{proof}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        let mut socket = TcpStream::connect(host).await.unwrap();
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.write_all(first).await.unwrap();
        Self { socket, last: *last }
    }

    /// The status and the problem's code, after the last byte.
    async fn send_last_byte(mut self) -> (u16, String) {
        self.socket.write_all(&[self.last]).await.unwrap();
        let mut response = String::new();
        self.socket.read_to_string(&mut response).await.unwrap();
        let status = response.split(' ').nth(1).unwrap().parse().unwrap();
        let body = response.split_once("\r\n\r\n").unwrap().1;
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        (status, body["code"].as_str().unwrap_or_default().to_owned())
    }
}

/// Requests with every kind of body, and a header that authenticates the caller.
async fn begin_requests(server: &Server, user: &str, proof: &str) -> Vec<UnfinishedRequest> {
    let key = json!({"name": "Late", "scopes": ["users:read"]}).to_string();
    let all = [
        ("POST /api/v1/keys".to_owned(), "application/json", key.as_str()),
        (
            format!("PATCH /api/v1/users/{user}"),
            "application/merge-patch+json",
            r#"{"position":"Late"}"#,
        ),
        ("POST /api/v1/users/import".to_owned(), "text/csv", "email\nlate@example.com\n"),
    ];
    let mut begun = Vec::new();
    for (request, kind, body) in &all {
        begun.push(UnfinishedRequest::new(server, request, proof, kind, body).await);
    }
    // Their heads are read, and the callers proved.
    sleep(Duration::from_millis(500)).await;
    begun
}

async fn key_deleted_during_a_request_changes_nothing(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let user = api.post("/users", &json!({"email": "ada@example.com"})).await;
    let user = user.body(StatusCode::CREATED)["id"].as_str().unwrap().to_owned();
    let scopes = ["keys:write", "users:read", "users:write"];
    let made = api.post("/keys", &json!({"name": "Lost", "scopes": scopes})).await;
    let made = made.body(StatusCode::CREATED);
    let proof = format!("authorization: Bearer {}", made["secret"].as_str().unwrap());
    let begun = begin_requests(&world.server, &user, &proof).await;
    let path = format!("/keys/{}", made["key"]["id"].as_str().unwrap());
    api.delete(&path).await.body(StatusCode::NO_CONTENT);
    for request in begun {
        assert_eq!(request.send_last_byte().await, (401, "invalid_key".into()));
    }
    nothing_was_done(&api, 2).await;
}

async fn administrator_disabled_during_a_request_changes_nothing(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let browser =
        world.login(&Person::with_email("root@example.com").with_attribute("role", "ADMIN")).await;
    let cookie = browser.cookie(SESSION).unwrap();
    let proof = format!("cookie: {SESSION}={cookie}\r\nsec-fetch-site: same-origin");
    let user = world.user("root@example.com").id.to_string();
    let begun = begin_requests(&world.server, &user, &proof).await;
    let gone = json!({"status": "DISABLED"});
    api.patch(&format!("/users/{user}?force=true"), &gone).await.body(StatusCode::OK);
    for request in begun {
        assert_eq!(request.send_last_byte().await, (401, "unauthenticated".into()));
    }
    nothing_was_done(&api, 1).await;
}

async fn nothing_was_done(api: &ApiClient, keys: u64) {
    let made = api.get("/users?filter=position+eq+%22Late%22&total=true").await;
    assert_eq!(made.body(StatusCode::OK)["total"], 0);
    let made = api.get("/users?filter=email+eq+%22late@example.com%22&total=true").await;
    assert_eq!(made.body(StatusCode::OK)["total"], 0);
    let left = api.get("/keys?filter=name+eq+%22Late%22&total=true").await;
    assert_eq!(left.body(StatusCode::OK)["total"], 0, "of {keys} keys");
}
