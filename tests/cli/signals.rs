//! Signals, and what a reader of the log or of the answers can do to a server.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::Duration,
};

use crate::{program::Folder, running::Running};

/// A request that is never sent to its end.
const HALF: &[u8] = b"POST /api/v1/users HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{";

#[test]
fn sigterm_ends_a_server_whose_client_does_not_finish() {
    let folder = Folder::new();
    let mut server = Running::serve(&folder, &["--grace", "2"]);
    let mut client = TcpStream::connect(&server.socket).unwrap();
    client.write_all(HALF).unwrap();
    server.signal("TERM");
    assert!(server.ends().success());
}

/// Its grace is an hour: the test would not end.
#[test]
fn second_sigterm_ends_a_server_at_once() {
    let folder = Folder::new();
    let mut server = Running::serve(&folder, &["--grace", "3600"]);
    let mut client = TcpStream::connect(&server.socket).unwrap();
    client.write_all(HALF).unwrap();
    server.signal("TERM");
    server.next_line_with("stopping");
    server.signal("TERM");
    assert!(server.ends().success());
}

#[test]
fn sighup_applies_the_level_of_the_log() {
    let folder = Folder::new();
    folder.file("usher.toml", "log = \"info\"\n");
    let server = Running::serve(&folder, &["--config", "usher.toml"]);
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
fn log_that_nobody_reads_stops_nothing() {
    let folder = Folder::new();
    let mut server = Running::serve_unread(&folder, &["--log", "trace"]);
    for _ in 0..300 {
        assert_eq!(get(&server.socket, "/healthz"), 200);
    }
    server.close_log();
    for _ in 0..300 {
        assert_eq!(get(&server.socket, "/healthz"), 200);
    }
    server.signal("TERM");
    assert!(server.ends().success());
}

/// Ten of them. An answer without a body is the worst, for no buffer bounds it.
#[test]
fn answers_that_nobody_reads_are_bounded() {
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    let folder = Folder::new();
    let server = Running::serve(&folder, &[]);
    let before = server.resident_kib();
    let requests = REQUEST.repeat(1_000);
    let clients: Vec<TcpStream> = (0..10)
        .map(|_| {
            let mut client = TcpStream::connect(&server.socket).unwrap();
            client.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
            // Until the server reads no more, or half a million of them.
            let sent = (0..500).take_while(|_| client.write_all(&requests).is_ok()).count();
            assert!(sent < 500, "the server reads on");
            client
        })
        .collect();
    let grown = server.resident_kib().saturating_sub(before);
    // Requests that were read and not handled yet are kept as well.
    assert!(grown < 640 * 1024, "{grown} KiB for {} connections", clients.len());
    assert_eq!(get(&server.socket, "/healthz"), 200);
}

/// The answers of a client that reads late are all there.
#[test]
fn late_reader_gets_every_answer() {
    const REQUEST: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    const COUNT: usize = 2_000;
    let folder = Folder::new();
    let server = Running::serve(&folder, &[]);
    let mut client = TcpStream::connect(&server.socket).unwrap();
    let mut reader = BufReader::new(client.try_clone().unwrap());
    let sender = std::thread::spawn(move || {
        client.write_all(&REQUEST.repeat(COUNT)).unwrap();
        client
    });
    let mut answers = 0;
    let mut line = String::new();
    while answers < COUNT {
        line.clear();
        assert_ne!(reader.read_line(&mut line).unwrap(), 0, "{answers} answers");
        answers += usize::from(line.contains("HTTP/1.1 200"));
    }
    drop(sender.join().unwrap());
}

/// The status of a page.
fn get(socket: &str, path: &str) -> u16 {
    let mut client = TcpStream::connect(socket).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    client.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
}

impl Running {
    /// The memory of the program, in KiB.
    fn resident_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}
