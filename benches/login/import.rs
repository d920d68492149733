//! How long logins wait beside the largest import that SQLite takes in one
//! transaction.

use std::{
    fmt::Write as _,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use usher::app::{clock::Clock, import::MAX_ATOMIC_USERS_ON_SQLITE};

use crate::{
    browser::{Browser, IdpResponse},
    database::Database,
    forge::Key,
    message::PERSON,
    server::Usher,
};

/// How many imports there are, each of other users.
const IMPORTS: u64 = 5;

/// How many logins are measured alone.
const ALONE: usize = 200;

/// More logins than an import takes the time of.
const BESIDE: usize = 4_000;

/// Measures how long each login takes, alone and beside imports, and prints both.
pub(crate) fn measure() {
    let idp = Key::identity_provider(Clock::system().now());
    let Usher { server, address, key } = Usher::start(Database::sqlite(), &idp);
    let mut browser = Browser::new(server, idp);
    let address = format!("{address}api/v1/users/import");
    let answers = begin(&mut browser, ALONE);
    let alone = measure_logins(&browser, &answers, || false);
    println!("| what | ms | ratio |\n|---|---|---|");
    let median = alone[alone.len() / 2];
    print("a login alone, median", median, median);
    let mut longest = Vec::new();
    let mut imports = Vec::new();
    for import in 0..IMPORTS {
        let answers = begin(&mut browser, BESIDE);
        let (address, key) = (address.clone(), key.clone());
        let import = thread::spawn(move || send(&address, &key, import));
        let beside = measure_logins(&browser, &answers, || import.is_finished());
        imports.push(import.join().expect("the import is sent"));
        longest.extend(beside.last());
    }
    longest.sort();
    imports.sort();
    print("an import, median", imports[imports.len() / 2], median);
    print("the longest login beside an import, median", longest[longest.len() / 2], median);
    print("the longest login of all", longest[longest.len() - 1], median);
}

fn begin(browser: &mut Browser, count: usize) -> Vec<IdpResponse> {
    (0..count).map(|_| browser.begin_login(PERSON)).collect()
}

/// How long each login takes, one after the other until it is over; the longest
/// comes last.
fn measure_logins(
    browser: &Browser,
    answers: &[IdpResponse],
    is_over: impl Fn() -> bool,
) -> Vec<Duration> {
    let mut took = Vec::new();
    for answer in answers {
        let begun = Instant::now();
        browser.post_response(answer);
        took.push(begun.elapsed());
        if is_over() {
            break;
        }
    }
    took.sort();
    took
}

/// Imports new users, all or nothing; how long that takes.
fn send(address: &str, key: &str, import: u64) -> Duration {
    let mut table = String::from("email,firstName,lastName,teamName\n");
    for number in 0..MAX_ATOMIC_USERS_ON_SQLITE {
        writeln!(table, "user{number}@import{import}.example,Ada,Lovelace,Team {}", number % 10)
            .expect("a string takes it");
    }
    let begun = Instant::now();
    let url = format!("{address}?mode=ATOMIC&createMissingTeams=true");
    let request = ureq::post(&url).header("authorization", format!("Bearer {key}"));
    let request = request.header("content-type", "text/csv").header("prefer", "wait=60");
    let mut answer = request.send(table.as_bytes()).expect("the import is taken");
    let took = begun.elapsed();
    let body = answer.body_mut().read_to_string().expect("a body");
    let report: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(report["created"], MAX_ATOMIC_USERS_ON_SQLITE, "{report}");
    took
}

fn print(what: &str, took: Duration, alone: Duration) {
    let ratio = took.as_secs_f64() / alone.as_secs_f64();
    println!("| {what} | {:.1} | {ratio:.1} |", took.as_secs_f64() * 1e3);
}
