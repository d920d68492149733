//! Logins of many browsers at once: how many a second, and how long each takes.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::StatusCode;

use crate::{
    meter,
    program::{Browser, IdpResponse},
};

/// How many browsers post at the same time, each one response after the other.
const CLIENTS: [usize; 3] = [1, 8, 64];

/// How many logins are measured with each number of browsers.
const LOGINS: usize = 1_920;

/// Measures logins of a known user on SQLite, and prints a table.
pub(crate) fn measure() {
    println!("| clients | logins/s | ratio of the CPU time | p50, ms | p99, ms |");
    println!("|---|---|---|---|---|");
    for clients in CLIENTS {
        let mut browser = Browser::start();
        let answers: Vec<_> = (0..LOGINS).map(|_| browser.begin_login()).collect();
        let mut took = Vec::new();
        let load = browser.measure_together(|browser| {
            let logins = answers.chunks(LOGINS / clients).map(|part| log_in(browser, part));
            took = browser.block_on(join_all(logins)).concat();
        });
        took.sort();
        let (seconds, each) = (
            load.wall.map_or(0.0, |wall| wall.as_secs_f64()),
            load.cpu.as_secs_f64() / count(LOGINS),
        );
        let ms = |part: usize| took[took.len() * part / 100].as_secs_f64() * 1e3;
        println!(
            "| {clients} | {:.0} | {:.1} | {:.2} | {:.2} |",
            count(LOGINS) / seconds,
            each / meter::measure_bare_seconds(),
            ms(50),
            ms(99)
        );
    }
}

/// Posts one response after the other. Returns how long each took.
async fn log_in(browser: &Browser, answers: &[IdpResponse]) -> Vec<Duration> {
    let mut took = Vec::with_capacity(answers.len());
    for answer in answers {
        let begun = Instant::now();
        let response = browser.response_request(answer).send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        took.push(begun.elapsed());
    }
    took
}

#[expect(clippy::cast_precision_loss, reason = "not that many")]
fn count(number: usize) -> f64 {
    number as f64
}
