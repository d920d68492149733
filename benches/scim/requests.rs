//! The requests that are measured.

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    client::{CLIENTS, Request, ScimServer},
    groups::SIZES,
};

/// A server with its users.
pub(crate) struct BenchServer {
    pub(crate) server: ScimServer,
    /// Their ids; the one of this bench has the name `user{bench}@example.com`,
    /// the number with seven digits.
    pub(crate) users: Vec<String>,
    /// Where to get a group of a size, if it can be had.
    pub(crate) groups: fn(&ScimServer, &[String], usize) -> Option<String>,
}

/// What was asked, and how often in a second it was answered; nothing if it
/// can't be asked there.
pub(crate) type Rate = (String, Option<f64>);

/// Measures one kind of request after the other.
pub(crate) fn measure(bench: &BenchServer) -> Vec<Rate> {
    let mut rates = vec![
        ("get a user".to_owned(), bench.rate(get)),
        ("list 100 users".to_owned(), bench.rate(list)),
        ("filter: `userName eq`".to_owned(), bench.rate(filter)),
        ("create a user".to_owned(), bench.rate(create)),
        ("PATCH a user".to_owned(), bench.rate(patch)),
    ];
    for size in SIZES {
        let what = format!("PATCH one member of a group of {size}");
        let rate = (bench.groups)(&bench.server, &bench.users, size).and_then(|group| {
            bench.rate(|bench, client, run| patch_member(bench, &group, size, client, run))
        });
        rates.push((what, rate));
    }
    rates
}

/// A user of this name, as a client makes one.
pub(crate) fn user_body(name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"value": name, "type": "work", "primary": true}],
        "active": true,
    })
}

impl BenchServer {
    fn rate(&self, make: impl Fn(&Self, u64, u64) -> Request + Sync) -> Option<f64> {
        match self.server.rate(|client, run| make(self, client, run)) {
            Ok(rate) => Some(rate),
            Err(why) => {
                eprintln!("{why}");
                None
            }
        }
    }

    /// One of the users, another one for each request, all over the table.
    fn user_index(&self, client: u64, run: u64) -> usize {
        let number = (run * CLIENTS + client).wrapping_mul(7_919);
        usize::try_from(number).expect("64 bits") % self.users.len()
    }
}

fn get(bench: &BenchServer, client: u64, run: u64) -> Request {
    Request::get(format!("/Users/{}", bench.users[bench.user_index(client, run)]))
}

fn list(_: &BenchServer, _: u64, _: u64) -> Request {
    Request::get("/Users?startIndex=1&count=100".into())
}

fn filter(bench: &BenchServer, client: u64, run: u64) -> Request {
    let number = bench.user_index(client, run);
    Request::get(format!("/Users?filter=userName%20eq%20%22user{number:07}@example.com%22"))
}

fn create(_: &BenchServer, client: u64, run: u64) -> Request {
    let body = user_body(&format!("made{client}.{run}@example.org"));
    Request::with(Method::POST, "/Users".into(), body)
}

fn patch(bench: &BenchServer, client: u64, run: u64) -> Request {
    let operation = json!({"op": "replace", "path": "title", "value": format!("Engineer {run}")});
    patch_request(format!("/Users/{}", bench.users[bench.user_index(client, run)]), &operation)
}

/// Puts a user into the group who is not there; the next request of the same
/// client takes them out again, so that the group stays as large as it is.
fn patch_member(bench: &BenchServer, group: &str, size: usize, client: u64, run: u64) -> Request {
    // Who is not in the group at the outset, a share for each client.
    let first = size.min(bench.users.len() / 2);
    let share = (bench.users.len() - first) / usize::try_from(CLIENTS).expect("few");
    let number = usize::try_from(run / 2).expect("64 bits") % share;
    let user = &bench.users[first + usize::try_from(client).expect("few") * share + number];
    let operation = if run.is_multiple_of(2) {
        json!({"op": "add", "path": "members", "value": [{"value": user}]})
    } else {
        json!({"op": "remove", "path": format!("members[value eq \"{user}\"]")})
    };
    patch_request(format!("/Groups/{group}"), &operation)
}

fn patch_request(path: String, operation: &Value) -> Request {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [operation],
    });
    Request::with(Method::PATCH, path, body)
}
