//! Clients that send requests as fast as they are answered.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use ureq::{Agent, http::Method};

/// How many clients send at the same time, each over a connection of its own.
pub(crate) const CLIENTS: u64 = 8;

/// How long they send.
const TIME: Duration = Duration::from_secs(4);

/// Before that, so that caches are full on both sides.
const WARM_UP: Duration = Duration::from_secs(1);

/// A request that takes longer is sent alone, and not in a crowd.
const SLOW: Duration = Duration::from_millis(500);

/// A text that no server accepts as a request.
const TIMEOUT: Duration = Duration::from_secs(600);

/// Where a SCIM server is, and the token that opens it.
pub(crate) struct ScimServer {
    pub(crate) base: String,
    pub(crate) key: String,
}

/// A request: its path under the server's base, and its body.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
}

impl Request {
    pub(crate) fn get(path: String) -> Self {
        Self { method: Method::GET, path, body: None }
    }

    pub(crate) fn with(method: Method, path: String, body: Value) -> Self {
        Self { method, path, body: Some(body) }
    }
}

impl ScimServer {
    /// Sends a request by a client of its own; its answer, which must be a good
    /// one.
    pub(crate) fn send_and_parse(&self, request: &Request) -> Value {
        let text = self.send(&agent(), request).unwrap_or_else(|why| panic!("{why}"));
        if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") }
    }

    /// Requests a second, or why one of them went wrong. What is sent follows
    /// from the number of the client and of its request.
    pub(crate) fn rate(&self, make: impl Fn(u64, u64) -> Request + Sync) -> Result<f64, String> {
        let begin = Instant::now();
        self.send(&agent(), &make(0, 0))?;
        if begin.elapsed() > SLOW {
            let begin = Instant::now();
            self.send(&agent(), &make(0, 1))?;
            return Ok(1.0 / begin.elapsed().as_secs_f64());
        }
        let (is_counted, is_over) = (AtomicBool::new(false), AtomicBool::new(false));
        let count = AtomicU64::new(0);
        let client = |number: u64| -> Result<(), String> {
            let agent = agent();
            // The first client has sent one already.
            for run in u64::from(number == 0).. {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                self.send(&agent, &make(number, run))?;
                if is_counted.load(Ordering::Relaxed) && !is_over.load(Ordering::Relaxed) {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
            Ok(())
        };
        thread::scope(|scope| {
            let client = &client;
            let clients: Vec<_> =
                (0..CLIENTS).map(|number| scope.spawn(move || client(number))).collect();
            thread::sleep(WARM_UP);
            is_counted.store(true, Ordering::Relaxed);
            let begin = Instant::now();
            thread::sleep(TIME);
            is_over.store(true, Ordering::Relaxed);
            let (count, took) = (count.load(Ordering::Relaxed), begin.elapsed());
            clients.into_iter().try_for_each(|client| client.join().expect("it does not panic"))?;
            Ok(to_f64(count) / took.as_secs_f64())
        })
    }

    fn send(&self, agent: &Agent, request: &Request) -> Result<String, String> {
        let address = format!("{}{}", self.base, request.path);
        let sent = ureq::http::Request::builder()
            .method(&request.method)
            .uri(&address)
            .header("authorization", format!("Bearer {}", self.key))
            .header("accept", "application/scim+json")
            .header("content-type", "application/scim+json")
            .body(request.body.as_ref().map(Value::to_string).unwrap_or_default())
            .map_err(|why| why.to_string())?;
        let failed = |why| format!("{} {address}: {why}", request.method);
        let mut answer = agent.run(sent).map_err(failed)?;
        let status = answer.status();
        let text = answer.body_mut().with_config().limit(1 << 30).read_to_string();
        let text = text.map_err(failed)?;
        if status.is_success() {
            return Ok(text);
        }
        let text: String = text.chars().take(400).collect();
        Err(format!("{} {address}: {status} {text}", request.method))
    }
}

fn agent() -> Agent {
    // The body of the response has the error.
    Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT)).build().into()
}

/// Counts are small enough for that.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn to_f64(count: u64) -> f64 {
    count as f64
}
