//! Signals, and what a reader of the log can do to a server.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use crate::{program::Folder, running::RunningServer};

/// A request that is never sent to its end.
const HALF: &[u8] = b"POST /api/v1/users HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{";

#[test]
fn sigterm_ends_a_server_whose_client_does_not_finish() {
    let folder = Folder::new();
    let mut server = RunningServer::serve(&folder, &["--grace", "2"]);
    let mut client = TcpStream::connect(&server.socket).unwrap();
    client.write_all(HALF).unwrap();
    server.signal("TERM");
    assert!(server.wait().success());
}

/// Its grace is an hour: the test would not end.
#[test]
fn second_sigterm_ends_a_server_at_once() {
    let folder = Folder::new();
    let mut server = RunningServer::serve(&folder, &["--grace", "3600"]);
    let mut client = TcpStream::connect(&server.socket).unwrap();
    client.write_all(HALF).unwrap();
    server.signal("TERM");
    server.next_line_with("stopping");
    server.signal("TERM");
    assert!(server.wait().success());
}

#[test]
fn sighup_applies_the_level_of_the_log() {
    let folder = Folder::new();
    folder.file("usher.toml", "log = \"info\"\n");
    let server = RunningServer::serve(&folder, &["--config", "usher.toml"]);
    folder.file("usher.toml", "log = \"nonsense\"\n");
    server.signal("HUP");
    server.next_line_with("can't be used");
    folder.file("usher.toml", "log = \"debug\"\n");
    server.signal("HUP");
    server.next_line_with("read the configuration again");
    assert_eq!(get(&server.socket, "/healthz"), 200);
}

/// With every line of every request, far more than a pipe and the queue hold.
#[test]
fn server_runs_although_the_log_is_not_read() {
    let folder = Folder::new();
    let mut server = RunningServer::serve_unread(&folder, &["--log", "trace"]);
    for _ in 0..300 {
        assert_eq!(get(&server.socket, "/healthz"), 200);
    }
    server.close_log();
    for _ in 0..300 {
        assert_eq!(get(&server.socket, "/healthz"), 200);
    }
    server.signal("TERM");
    assert!(server.wait().success());
}

/// The status of a page.
fn get(socket: &str, path: &str) -> u16 {
    let mut client = TcpStream::connect(socket).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    client.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    client.read_to_string(&mut response).unwrap();
    response.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
}
