//! Requests that are not HTTP. No handler sees them, and they are answered as any
//! other error is.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::Value;

use crate::{program::Folder, running::RunningServer};

const END: &str = " HTTP/1.1\r\nHost: x\r\n\r\n";

/// What is sent, and the status and the code of the answer.
fn cases() -> Vec<(Vec<u8>, u16, &'static str)> {
    let line = |target: &str| format!("GET {target}{END}").into_bytes();
    let head = |headers: &str| format!("GET /api/v1/users HTTP/1.1\r\n{headers}\r\n").into_bytes();
    let many: String = (0..100).map(|number| format!("x{number}: 1\r\n")).collect();
    let (malformed, large) = ("malformed_request", "head_too_large");
    vec![
        (line("/api/v1/users?filter=a b"), 400, malformed),
        (line("/api/v1/users?filter=\"a\""), 400, malformed),
        (line("/api/v1/users?filter=é"), 400, malformed),
        (line("/a\u{1}b"), 400, malformed),
        (line("http://[::1"), 400, malformed),
        (head(""), 400, malformed),
        (head("Host: x\r\nbad header: 1\r\n"), 400, malformed),
        (head("Host: x\r\nContent-Length: one\r\n"), 400, malformed),
        (head("Host: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 400, malformed),
        (format!("G@T{{}} /api/v1/users{END}").into_bytes(), 400, malformed),
        (b"GET /\r\n\r\n".to_vec(), 400, malformed),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), 400, malformed),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello".to_vec(), 400, malformed),
        (line(&format!("/api/v1/users?filter={}", "a".repeat(70_000))), 431, large),
        (line(&format!("/api/v1/users?filter={}", "a".repeat(400_000))), 431, large),
        (head(&format!("Host: x\r\nx: {}\r\n", "a".repeat(400_000))), 431, large),
        (head(&format!("Host: x\r\n{many}")), 431, large),
        (b"GET /api/v1/users HTT".to_vec(), 408, "too_slow"),
    ]
}

#[test]
fn request_that_is_not_http_is_answered_with_a_body_and_no_error_in_the_log() {
    let folder = Folder::new();
    let mut server = RunningServer::serve(&folder, &[]);
    for (sent, status, code) in cases() {
        let what = String::from_utf8_lossy(&sent[..sent.len().min(80)]).into_owned();
        let response = server.send(&sent);
        assert_eq!(response.status, status, "{what}");
        assert_eq!(response.header("content-type"), "application/problem+json", "{what}");
        assert_eq!(response.header("connection"), "close", "{what}");
        assert_eq!(response.header("x-content-type-options"), "nosniff", "{what}");
        assert_eq!(response.body["code"], code, "{what}");
        assert_eq!(response.body["status"], status, "{what}");
        assert_eq!(response.body["requestId"], response.header("x-request-id"), "{what}");
        assert_ne!(response.body["errors"][0]["remedy"], Value::Null, "{what}");
    }
    server.signal("TERM");
    assert!(server.wait().success());
    let log = server.rest_of_log();
    assert!(!log.iter().any(|line| line.contains("ERROR")), "{log:?}");
}

#[test]
fn scim_request_that_is_not_http_is_answered_by_an_error_of_scim() {
    let folder = Folder::new();
    let server = RunningServer::serve(&folder, &[]);
    for (target, status) in [
        ("/scim/v2/Users?filter=userName eq \"ada\"".to_owned(), 400),
        ("//scim//v2/Users?filter=é".to_owned(), 400),
        (format!("/scim/v2/Users?filter={}", "a".repeat(400_000)), 431),
    ] {
        let response = server.send(format!("GET {target}{END}").as_bytes());
        assert_eq!(response.status, status);
        assert_eq!(response.header("content-type"), "application/scim+json");
        assert_eq!(response.body["schemas"][0], "urn:ietf:params:scim:api:messages:2.0:Error");
        assert_eq!(response.body["status"], status.to_string());
        assert_ne!(response.body["detail"], Value::Null);
    }
}

/// The answers to the requests before it are complete.
#[test]
fn malformed_request_after_valid_ones_is_answered_last() {
    let folder = Folder::new();
    let server = RunningServer::serve(&folder, &[]);
    for good in ["/healthz", "/nothing", "/", "/openapi.json"] {
        let sent = format!("GET {good}{END}").repeat(20) + &format!("GET /a b{END}");
        let mut client = TcpStream::connect(&server.socket).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        client.write_all(sent.as_bytes()).unwrap();
        let mut answers = Vec::new();
        client.read_to_end(&mut answers).unwrap();
        let answers = String::from_utf8_lossy(&answers);
        assert_eq!(answers.matches("x-request-id: ").count(), 21, "{good}");
        let last = answers.rsplit_once("\r\n\r\n").unwrap().1;
        let body: Value = serde_json::from_str(last).unwrap();
        assert_eq!(body["code"], "malformed_request", "{good}");
    }
}

/// An answer, taken apart.
struct Answer {
    status: u16,
    head: String,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(own, _)| *own == name).map(|(_, value)| value).next().unwrap_or_default()
    }
}

impl RunningServer {
    /// The one answer to bytes on a new connection, which is closed after it.
    fn send(&self, bytes: &[u8]) -> Answer {
        let mut client = TcpStream::connect(&self.socket).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        client.write_all(bytes).unwrap();
        let mut response = String::new();
        client.read_to_string(&mut response).unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.into(), body: serde_json::from_str(body).unwrap() }
    }
}
