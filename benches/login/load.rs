//! Logins of many browsers at once: how many a second, and how long each takes.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::{RequestBuilder, StatusCode};
use usher::app::clock::Clock;

use crate::{
    browser::{Browser, IdpResponse},
    database::Database,
    forge::Key,
    message::PERSON,
    meter,
    peer::PeerFiles,
    server::{Peer, Server, Usher},
};

/// How many browsers send requests at the same time, each one after the other.
const CLIENTS: [usize; 3] = [1, 8, 64];

/// How many requests are measured with each number of browsers: of Usher, and of a peer.
const REQUESTS: usize = 3_840;
const REQUESTS_OF_PEER: usize = 640;

/// What the browsers do.
#[derive(Debug, Clone, Copy)]
enum Load {
    KnownUser,
    FirstLogin,
    Begin,
}

impl Load {
    fn name(self) -> &'static str {
        match self {
            Self::KnownUser => "login of a known user",
            Self::FirstLogin => "first login of a user",
            Self::Begin => "beginning a login",
        }
    }
}

/// Measures Usher on both databases, and the peers. Prints a table.
pub(crate) fn measure() {
    let files = PeerFiles::install("login");
    println!(
        "| server | what | clients | requests/s | ratio of the CPU time | p50, ms | p99, ms |"
    );
    println!("|---|---|---|---|---|---|---|");
    for database in [Some(Database::sqlite()), Database::postgres()] {
        let Some(database) = database else {
            eprintln!("no PostgreSQL: run the benchmark with scripts/with-postgres --durable");
            continue;
        };
        let idp = identity_provider();
        let mut browser = Browser::new(Usher::start(database, &idp).server, idp);
        measure_server(&mut browser, &[Load::KnownUser, Load::FirstLogin, Load::Begin], REQUESTS);
    }
    for peer in Peer::ALL {
        let idp = identity_provider();
        let mut browser = Browser::new(Server::start_peer(peer, &files, &idp), idp);
        measure_server(&mut browser, &[Load::KnownUser, Load::Begin], REQUESTS_OF_PEER);
    }
}

/// Measures the memory of Usher on SQLite over many logins of a known user. Prints the peak
/// after each tenth.
pub(crate) fn measure_memory(logins: usize) {
    let idp = identity_provider();
    let mut browser = Browser::new(Usher::start(Database::sqlite(), &idp).server, idp);
    println!("| logins | peak memory, MiB |\n|---|---|");
    for tenth in 1..=10 {
        // Few at a time, because each request has its time limit.
        for _ in 0..logins.div_ceil(10 * REQUESTS) {
            measure_load(&mut browser, Load::KnownUser, 64, REQUESTS);
        }
        let logins = tenth * logins.div_ceil(10 * REQUESTS) * REQUESTS;
        println!("| {logins} | {} |", browser.server.peak_memory());
    }
}

fn identity_provider() -> Key {
    Key::identity_provider(Clock::system().now())
}

fn measure_server(browser: &mut Browser, loads: &[Load], requests: usize) {
    for &load in loads {
        for clients in CLIENTS {
            let figures = measure_load(browser, load, clients, requests);
            let (server, what) = (&browser.server.name, load.name());
            println!("| {server} | {what} | {clients} | {figures} |");
        }
    }
}

/// The figures of a row, as columns of the table.
fn measure_load(browser: &mut Browser, load: Load, clients: usize, requests: usize) -> String {
    let responses: Vec<Option<IdpResponse>> = (0..requests)
        .map(|number| match load {
            Load::KnownUser => Some(browser.begin_login(PERSON)),
            Load::FirstLogin => {
                Some(browser.begin_login(&format!("person{number}@of{clients}.example.com")))
            }
            Load::Begin => None,
        })
        .collect();
    let mut took = Vec::new();
    let measurement = browser.measure_together(|browser| {
        let clients = responses.chunks(requests / clients).map(|part| {
            send_all(part.iter().map(|response| match response {
                Some(response) => browser.response_request(response),
                None => browser.begin_request(),
            }))
        });
        took = browser.block_on(join_all(clients)).concat();
    });
    took.sort();
    let seconds = measurement.wall.map_or(0.0, |wall| wall.as_secs_f64());
    let each = measurement.cpu.as_secs_f64() / to_f64(requests);
    let ms = |part: usize| took[took.len() * part / 100].as_secs_f64() * 1e3;
    format!(
        "{:.0} | {:.1} | {:.2} | {:.2}",
        to_f64(requests) / seconds,
        each / meter::measure_bare_seconds(),
        ms(50),
        ms(99)
    )
}

/// Sends one request after the other. Returns how long each took.
async fn send_all(requests: impl Iterator<Item = RequestBuilder>) -> Vec<Duration> {
    let mut took = Vec::new();
    for request in requests {
        let begin = Instant::now();
        let response = request.send().await.expect("an answer");
        assert!(
            matches!(response.status(), StatusCode::SEE_OTHER | StatusCode::FOUND),
            "{response:?}"
        );
        took.push(begin.elapsed());
    }
    took
}

#[expect(clippy::cast_precision_loss, reason = "not that many")]
fn to_f64(number: usize) -> f64 {
    number as f64
}
