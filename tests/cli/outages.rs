//! A disk that is full while the server runs.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::{html::links, program::Folder, running::Running, support::browser::Browser};

impl Running {
    /// How long a file of the program may become: any write behind that fails,
    /// as on a disk that is full.
    fn limit_files(&self, bytes: &str) {
        let limit = format!("--fsize={bytes}:unlimited");
        let limited =
            Command::new("prlimit").args(["--pid", &self.id().to_string(), &limit]).status();
        assert!(limited.unwrap().success());
    }

    async fn is_ready(&self) -> bool {
        let answer = Browser::new().get(&self.at("/readyz")).await;
        let is_ready = answer.status() == StatusCode::OK;
        assert_eq!(answer.headers().contains_key("retry-after"), !is_ready);
        is_ready
    }

    async fn becomes_ready(&self, is_ready: bool) {
        let started = Instant::now();
        while self.is_ready().await != is_ready {
            assert!(started.elapsed() < Duration::from_secs(30), "ready: {}", !is_ready);
        }
    }

    /// The statuses of requests that write: a login, one to the admin API, and
    /// one to SCIM. Each 503 says when to ask again.
    async fn statuses_of_writes(&self, login: &str, key: &str, number: usize) -> [u16; 3] {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let post = |path, body| {
            client.request(Method::POST, self.at(path)).bearer_auth(key).json(&body).send()
        };
        let name = format!("user{number}@example.com");
        let user = post("/api/v1/users", json!({ "email": name })).await.unwrap();
        let name = format!("scim{number}@example.com");
        let schema = "urn:ietf:params:scim:schemas:core:2.0:User";
        let scim = post("/scim/v2/Users", json!({ "schemas": [schema], "userName": name }));
        let login = Browser::new().get(&self.at(login)).await;
        [login, user, scim.await.unwrap()].map(|answer| {
            let is_unavailable = answer.status() == StatusCode::SERVICE_UNAVAILABLE;
            assert_eq!(answer.headers().contains_key("retry-after"), is_unavailable);
            answer.status().as_u16()
        })
    }
}

#[tokio::test]
async fn full_disk_is_503_at_every_door_and_one_line_of_the_log() {
    let folder = Folder::new().with("USHER_LOG", "info").ignoring_file_size_signal();
    let mut demo = Running::demo(&folder);
    let key = folder.tells(&["key", "create", "--name", "Writer"]);
    let key = key["apiKey"].as_str().unwrap();
    let page = Browser::new().get(&demo.at("/signin")).await.text().await.unwrap();
    let login = links(&page).into_iter().find(|link| link.starts_with("/saml/")).unwrap();
    assert_eq!(demo.statuses_of_writes(&login, key, 0).await, [303, 201, 201]);

    demo.limit_files("4096");
    demo.becomes_ready(false).await;
    for number in 1..20 {
        assert_eq!(demo.statuses_of_writes(&login, key, number).await, [503; 3]);
    }
    let alive = Browser::new().get(&demo.at("/healthz")).await;
    assert_eq!(alive.status(), StatusCode::OK);

    demo.limit_files("unlimited");
    demo.becomes_ready(true).await;
    assert_eq!(demo.statuses_of_writes(&login, key, 1).await, [303, 201, 201]);
    demo.signal("TERM");
    assert!(demo.ends().success());
    let log = demo.rest_of_log();
    let count = |words: &str| log.iter().filter(|line| line.contains(words)).count();
    assert_eq!(count("the database can't be used"), 1, "{log:#?}");
    assert_eq!(count("the database can be used again"), 1, "{log:#?}");
    assert_eq!(count("ERROR"), 1, "{log:#?}");
}
