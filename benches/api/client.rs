//! A program that calls the API over one connection.

use std::time::Instant;

use serde_json::Value;
use ureq::{Agent, http::Method};

use crate::program::Program;

pub(crate) struct Client<'a> {
    program: &'a Program,
    agent: Agent,
}

impl<'a> Client<'a> {
    pub(crate) fn new(program: &'a Program) -> Self {
        Self { program, agent: Agent::new_with_defaults() }
    }

    /// Sends a request and reads the whole answer, which must be a good one.
    pub(crate) fn send(&self, method: &Method, path: &str, kind: &str, body: &str) -> String {
        let address = format!("{}/api/v1{path}", self.program.address);
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(&address)
            .header("authorization", format!("Bearer {}", self.program.key))
            .header("content-type", kind)
            .body(body.to_owned())
            .expect("a request");
        let mut answer = self.agent.run(request).unwrap_or_else(|why| panic!("{address}: {why}"));
        let limit = 64 * 1024 * 1024;
        answer.body_mut().with_config().limit(limit).read_to_string().expect("an answer")
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        serde_json::from_str(&self.send(&Method::GET, path, "application/json", "")).expect("JSON")
    }

    /// Seconds for each of so many requests, one after the other.
    pub(crate) fn seconds_per_request(&self, runs: u64, request: impl Fn(&Self, u64)) -> f64 {
        // The first ones fill caches on both sides.
        (0..runs / 10).for_each(|run| request(self, run + runs));
        let begin = Instant::now();
        (0..runs).for_each(|run| request(self, run));
        begin.elapsed().as_secs_f64() / to_f64(runs)
    }
}

/// Counts are small enough for that.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(crate) fn to_f64(count: u64) -> f64 {
    count as f64
}
