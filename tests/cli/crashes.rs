//! A server that is killed while it writes: acknowledged changes survive, and the index of
//! values agrees with the documents of the users.

use std::{
    collections::HashMap,
    sync::mpsc::{Sender, channel},
};

use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::{program::Folder, running::RunningServer, support::db::TestDb};

/// How often the server is killed, unless [`KILLS_VARIABLE`] says otherwise.
const KILLS: usize = 8;

const KILLS_VARIABLE: &str = "USHER_TEST_KILLS";

/// How many clients write at the same time, so that SQLite commits them in groups.
const WRITERS: usize = 64;

/// How many changes are acknowledged before the server is killed.
const CHANGES: usize = 100;

/// The state of a user after all changes: deleted.
const DELETED: usize = 4;

/// The URL of a user, and the number of changes that were acknowledged.
type UserProgress = (String, usize);

/// The lists of a user after a number of changes. Their lengths differ.
fn lists(name: &str, state: usize) -> Value {
    let texts = || (0..=(state * 2) % 3).map(move |place| format!("{state}.{place}"));
    let email = format!("{name}@example.com");
    let login = json!({"value": email, "primary": true});
    let emails = texts().map(|text| json!({"value": format!("{text}.{name}@home.example")}));
    let emails: Vec<_> = [login].into_iter().chain(emails).collect();
    let numbers = texts().map(|text| json!({"value": format!("ext. {text}")}));
    let numbers: Vec<_> = numbers.collect();
    let addresses = texts().map(|text| json!({"locality": text, "country": "DE"}));
    let addresses: Vec<_> = addresses.collect();
    json!({"email": email, "emails": emails, "phoneNumbers": numbers, "addresses": addresses})
}

/// A client that changes users of its own until the server is gone.
#[derive(Clone)]
struct Writer {
    client: Client,
    key: String,
    acknowledge: Sender<UserProgress>,
}

impl Writer {
    /// Sends a request. Returns `None` once the server is gone.
    async fn send(&self, method: Method, url: &str, body: Value) -> Option<Response> {
        let request = self.client.request(method, url).bearer_auth(&self.key);
        let response = request.json(&body).send().await.ok()?;
        if !response.status().is_success() {
            panic!("{url}: {}", response.text().await.unwrap_or_default());
        }
        Some(response)
    }

    async fn write_users(self, users: String, writer: String) -> Option<()> {
        for number in 0.. {
            let name = format!("{writer}.{number}");
            let created = self.send(Method::POST, &users, lists(&name, 0)).await?;
            let created: Value = created.json().await.ok()?;
            let url = format!("{users}/{}", created["id"].as_str()?);
            self.acknowledge.send((url.clone(), 0)).ok()?;
            for state in 1..DELETED {
                self.send(Method::PATCH, &url, lists(&name, state)).await?;
                self.acknowledge.send((url.clone(), state)).ok()?;
            }
            if number % 3 == 0 {
                self.send(Method::DELETE, &url, json!({})).await?;
                self.acknowledge.send((url, DELETED)).ok()?;
            }
        }
        None
    }
}

/// Returns the number of changes that a user has. Each is complete.
async fn read_state(client: &Client, key: &str, url: &str) -> usize {
    let response = client.get(url).bearer_auth(key).send().await.unwrap();
    if response.status() == StatusCode::NOT_FOUND {
        return DELETED;
    }
    let user: Value = response.json().await.unwrap();
    let name = user["email"].as_str().unwrap().strip_suffix("@example.com").unwrap();
    let texts = |user: &Value, list: &str, part: &str| -> Vec<Value> {
        let values = user[list].as_array().unwrap_or_else(|| panic!("{list}: {user}"));
        values.iter().map(|value| value[part].clone()).collect()
    };
    let text = user["addresses"][0]["locality"].as_str().unwrap();
    let state = text.split_once('.').unwrap().0.parse().unwrap();
    let expected = lists(name, state);
    for (list, part) in [("emails", "value"), ("phoneNumbers", "value"), ("addresses", "locality")]
    {
        assert_eq!(texts(&user, list, part), texts(&expected, list, part), "{user}");
    }
    state
}

/// Starts writers, and kills the server. Returns the acknowledged changes of each user.
fn write_until_killed(server: RunningServer, key: &str, round: usize) -> HashMap<String, usize> {
    let (acknowledge, acknowledged) = channel();
    let client = Client::builder().no_proxy().build().unwrap();
    let writer = Writer { client, key: key.into(), acknowledge };
    let writers: Vec<_> = (0..WRITERS)
        .map(|number| {
            let users = server.url("/api/v1/users");
            tokio::spawn(writer.clone().write_users(users, format!("w{number}r{round}")))
        })
        .collect();
    // From here on, only the writers can send.
    drop(writer);
    let mut states: HashMap<_, _> = acknowledged.iter().take(CHANGES).collect();
    assert!(writers.iter().all(|writer| !writer.is_finished()), "a writer has ended");
    // As `kill -9` does.
    drop(server);
    states.extend(acknowledged.iter());
    states
}

async fn check_after_crashes(mut db: TestDb) {
    let folder = Folder::new().with("USHER_DATABASE", db.address());
    folder.run(&["migrate"]);
    let created = folder.run_json(&["key", "create", "--name", "Load"]);
    let key = created["secret"].as_str().unwrap();
    let client = Client::builder().no_proxy().build().unwrap();
    // The server is the only process that has the database open when it is killed.
    db.close();
    let mut server = RunningServer::serve(&folder, &[]);
    let kills = std::env::var(KILLS_VARIABLE);
    for round in 0..kills.map_or(KILLS, |kills| kills.parse().expect("a number of kills")) {
        let port = server.socket.clone();
        let states = write_until_killed(server, key, round);
        server = RunningServer::serve(&folder, &[]);
        assert!(states.len() > CHANGES / 8, "{states:?}");
        for (url, acknowledged) in states {
            let url = url.replace(&port.replace("127.0.0.1", "localhost"), &server.socket);
            let state = read_state(&client, key, &url).await;
            // The server may have completed one change without an answer.
            let possible = acknowledged..=acknowledged + 1;
            assert!(possible.contains(&state), "{url}: {state}, acknowledged: {acknowledged}");
        }
        db.open();
        assert!(db.assert_values_agree() > CHANGES / 2);
        db.close();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_values_survive_crashes_and_agree_with_their_index() {
    check_after_crashes(TestDb::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_values_survive_crashes_and_agree_with_their_index_on_postgresql() {
    check_after_crashes(TestDb::postgres()).await;
}
