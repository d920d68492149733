//! Clients that offer another protocol with a request.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{support::db::TestDb, world::World};

/// Sends requests on one connection, and returns all answers until the server closes it.
async fn answers(world: &World, requests: &str) -> String {
    let mut socket = TcpStream::connect(world.server.address.strip_prefix("http://").unwrap())
        .await
        .expect("the server listens");
    socket.write_all(requests.as_bytes()).await.unwrap();
    let mut answers = String::new();
    let closed = timeout(Duration::from_secs(30), socket.read_to_string(&mut answers)).await;
    closed.expect("the server closes the connection").unwrap();
    answers.to_ascii_lowercase()
}

/// As Java's HTTP client does over plain http.
#[tokio::test]
async fn a_client_that_offers_http_2_gets_connection_close() {
    let world = World::new(TestDb::sqlite());
    for address in ["/healthz", "/api/v1/users", "/nothing-here"] {
        let answers = answers(
            &world,
            &format!(
                "GET {address} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\n\
                 Upgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n\r\n"
            ),
        )
        .await;
        assert!(answers.contains("\r\nconnection: close\r\n"), "{answers}");
        assert!(!answers.contains("upgrade"), "{answers}");
    }
}

#[tokio::test]
async fn client_without_an_upgrade_keeps_the_connection() {
    let world = World::new(TestDb::sqlite());
    let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n";
    let answers =
        answers(&world, &format!("{request}\r\n{request}Connection: close\r\n\r\n")).await;
    assert_eq!(answers.matches("http/1.1 200 ok").count(), 2, "{answers}");
    assert_eq!(answers.matches("connection: close").count(), 1, "{answers}");
}
