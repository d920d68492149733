//! Clients that send many requests at once, and read the answers late or never.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use crate::{program::Folder, running::RunningServer};

/// A request, and the status of its answer: one without a body, which no write
/// buffer bounds, one with a small body, one with headers that cost much more
/// memory than bytes, and one with a body of its own.
fn requests() -> [(Vec<u8>, u16); 4] {
    let headers: String = (0..90).map(|number| format!("a{number}:\r\n")).collect();
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), 303),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), 200),
        (format!("GET /nothing HTTP/1.1\r\nHost: x\r\n{headers}\r\n").into_bytes(), 404),
        (b"POST /api/v1/users HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1".to_vec(), 401),
    ]
}

#[test]
fn ten_clients_that_read_nothing_cost_less_than_100_mib_in_all() {
    let folder = Folder::new();
    let server = RunningServer::serve(&folder, &[]);
    for (request, status) in requests() {
        assert_eq!(server.answer_statuses(&request, 1), [status]);
        let before = server.resident_kib();
        let many = request.repeat(1_000);
        let sending = (0..10).map(|_| {
            let mut client = TcpStream::connect(&server.socket).unwrap();
            client.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
            let many = many.clone();
            thread::spawn(move || {
                // Until the server reads no more.
                let sent = (0..500).take_while(|_| client.write_all(&many).is_ok()).count();
                assert!(sent < 500, "the server reads on");
                client
            })
        });
        let sending: Vec<_> = sending.collect();
        // Others are served meanwhile.
        let started = Instant::now();
        assert_eq!(server.answer_statuses(&requests()[1].0, 1), [200]);
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
        let clients: Vec<_> = sending.into_iter().map(|client| client.join().unwrap()).collect();
        let grown = server.resident_kib().saturating_sub(before);
        assert!(grown < 100 * 1024, "{status}: {grown} KiB for {} clients", clients.len());
        assert_eq!(server.answer_statuses(&requests()[1].0, 1), [200]);
    }
}

/// It sends far more than all buffers hold, and begins to read when it can send
/// no more.
#[test]
fn client_that_reads_late_gets_every_answer_in_order() {
    const ROUNDS: usize = 10_000;
    let folder = Folder::new();
    let server = RunningServer::serve(&folder, &[]);
    let [found, small, missing, _] = requests();
    let round = [found.0, small.0, missing.0].concat();
    let mut client = TcpStream::connect(&server.socket).unwrap();
    client.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let rounds = round.repeat(ROUNDS);
    let mut sent = 0;
    while let Ok(count) = client.write(&rounds[sent..]) {
        sent += count;
        assert!(sent < rounds.len(), "the server reads on");
    }
    client.set_write_timeout(None).unwrap();
    let answers = client.try_clone().unwrap();
    let sender = thread::spawn(move || {
        client.write_all(&rounds[sent..]).unwrap();
        client
    });
    let statuses = read_statuses(answers, ROUNDS * 3);
    assert!(statuses.chunks(3).all(|round| round == [303, 200, 404]));
    drop(sender.join().unwrap());
}

/// Bodies are read in small pieces, each when the handler takes it.
#[test]
fn large_bodies_of_pipelined_requests_arrive_whole() {
    let folder = Folder::migrated();
    let key = folder.run(&["key", "create", "--name", "large", "--scope", "users:write"]);
    let key = key.split_whitespace().find(|word| word.starts_with("usher_")).unwrap();
    let server = RunningServer::serve(&folder, &[]);
    // Far longer than all buffers.
    let body = format!("{{\"firstName\": \"{}\"}}", "a".repeat(1_000_000));
    let head = "POST /api/v1/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    let sized = format!(
        "{head}Authorization: Bearer {key}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let chunked = format!(
        "{head}Authorization: Bearer {key}\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    let both = format!("{sized}{chunked}");
    assert_eq!(server.answer_statuses(both.as_bytes(), 2), [422, 422]);
}

/// Reads this number of answers; their statuses.
fn read_statuses(answers: impl Read, count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    let mut reader = BufReader::new(answers);
    while statuses.len() < count {
        let mut line = Vec::new();
        let length = reader.read_until(b'\n', &mut line).unwrap();
        assert_ne!(length, 0, "{} answers of {count}", statuses.len());
        let line = String::from_utf8_lossy(&line);
        // A body without a line break ends in the line of the next answer.
        if let Some((_, status)) = line.split_once("HTTP/1.1 ")
            && let Ok(status) = status.split(' ').next().unwrap_or_default().parse()
        {
            statuses.push(status);
        }
    }
    statuses
}

impl RunningServer {
    /// The statuses of the answers to bytes of a new connection.
    fn answer_statuses(&self, bytes: &[u8], count: usize) -> Vec<u16> {
        let mut client = TcpStream::connect(&self.socket).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        client.write_all(bytes).unwrap();
        read_statuses(client, count)
    }

    /// The memory of the program, in KiB.
    fn resident_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}
