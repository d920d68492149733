//! The whole login, over HTTP, one request after the other.

use criterion::{Criterion, SamplingMode};
use reqwest::StatusCode;
use std::time::Duration;
use usher::app::clock::Clock;

use crate::{
    browser::Browser, database::Database, forge::Key, message::PERSON, meter::Meter, server::Usher,
};

/// Measures requests to the program: one that does nothing, and whole logins.
pub(crate) fn measure(criterion: &mut Criterion, meter: &mut Meter) {
    let idp = Key::identity_provider(Clock::system().now());
    let Usher { server, address, .. } = Usher::start(Database::sqlite(), &idp);
    let mut browser = Browser::new(server, idp);
    let mut group = criterion.benchmark_group("over HTTP");
    group.sampling_mode(SamplingMode::Flat).sample_size(40);
    group.measurement_time(Duration::from_secs(8));
    let health = format!("{address}healthz");
    meter.measure(&mut group, "GET /healthz", |runs| {
        browser.measure(runs, |browser| {
            assert_eq!(browser.get(&health).status(), StatusCode::OK);
        })
    });
    // Most of this time goes into making the responses.
    meter.measure(&mut group, "login of a known user, on SQLite", |runs| {
        let answers = (0..runs).map(|_| browser.begin_login(PERSON)).collect::<Vec<_>>();
        let mut answers = answers.into_iter();
        browser.measure(runs, |browser| {
            browser.post_response(&answers.next().expect("one for each run"));
        })
    });
    meter.measure(&mut group, "beginning a login: a signed request", |runs| {
        browser.measure(runs, |browser| drop(browser.send(browser.begin_request())))
    });
    group.finish();
}
