//! What a login costs, in the CPU time of a bare verification of an RSA-2048
//! signature: the one thing in it that can't be saved.
//!
//! Every sample is divided by bare verifications that are made right after it,
//! so that a machine that is slower for a while is slower for both. How to
//! read what is printed stands in docs/performance.md.

mod browser;
#[expect(dead_code, reason = "shared with the benchmark of the admin API")]
#[path = "../api/database.rs"]
mod database;
mod import;
mod load;
mod message;
mod meter;
#[path = "../support/peer.rs"]
mod peer;
mod program;
mod rules;
mod server;

/// The tests' own forge signs and encrypts as identity providers do.
#[path = "../../tests/support/forge/mod.rs"]
#[allow(unused_imports, reason = "the tests use more of it")]
mod forge;

use std::time::Duration;

use criterion::Criterion;

/// Measures the memory over so many logins instead, if it is set.
const MEMORY_LOGINS: &str = "USHER_BENCH_MEMORY_LOGINS";

fn main() {
    if let Ok(logins) = std::env::var(MEMORY_LOGINS) {
        load::measure_memory(logins.parse().expect("a number of logins"));
        return;
    }
    let (warm_up, measured) = (Duration::from_millis(500), Duration::from_secs(2));
    let criterion = Criterion::default().warm_up_time(warm_up).measurement_time(measured);
    let mut criterion = criterion.configure_from_args();
    let mut meter = meter::Meter::new();
    rules::measure(&mut criterion, &mut meter);
    program::measure(&mut criterion, &mut meter);
    criterion.final_summary();
    meter.print();
    // `cargo bench` asks so; what is written as a test is only tried.
    if std::env::args().any(|argument| argument == "--bench") {
        load::measure();
        import::measure();
    }
}
