//! A database that can't be used while the server runs: a full disk, a file that
//! became read-only, a PostgreSQL server that was stopped or is silent.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    process::Command,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::json;

use crate::{
    html::links,
    program::{Folder, identity_provider},
    running::RunningServer,
    support::{browser::Browser, db::TestDb, proxy::Proxy},
};

/// Longer than an outage takes to be noticed, on any machine.
const PATIENCE: Duration = Duration::from_secs(60);

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

impl RunningServer {
    /// The maximum size of a file of the program. Any write after that fails, as on a full
    /// disk.
    fn limit_files(&self, bytes: &str) {
        let limit = format!("--fsize={bytes}:unlimited");
        let limited =
            Command::new("prlimit").args(["--pid", &self.id().to_string(), &limit]).status();
        assert!(limited.unwrap().success());
    }

    async fn is_ready(&self) -> bool {
        status(Browser::new().get(&self.url("/readyz")).await) == StatusCode::OK
    }

    async fn becomes_ready(&self, is_ready: bool) {
        let started = Instant::now();
        while self.is_ready().await != is_ready {
            assert!(started.elapsed() < PATIENCE, "ready: {}", !is_ready);
        }
    }

    /// Ends it, and checks that its log has one line for the beginning of an outage
    /// and one for the end.
    fn has_logged_one_outage(mut self) {
        self.signal("TERM");
        assert!(self.wait().success());
        let log = self.rest_of_log();
        let count = |words: &str| log.iter().filter(|line| line.contains(words)).count();
        assert_eq!(count("the database can't be used"), 1, "{log:#?}");
        assert_eq!(count("the database can be used again"), 1, "{log:#?}");
        assert_eq!(count("ERROR"), 1, "{log:#?}");
        assert_eq!(count("WARN"), 0, "{log:#?}");
    }
}

/// The status of an answer. Each 503 says when to ask again, and nothing else does.
fn status(answer: Response) -> StatusCode {
    let is_unavailable = answer.status() == StatusCode::SERVICE_UNAVAILABLE;
    let has_retry_after = answer.headers().contains_key("retry-after");
    assert_eq!(has_retry_after, is_unavailable, "{} {}", answer.url().path(), answer.status());
    answer.status()
}

/// A server, and the credentials for each of its interfaces.
struct OutageRequests<'a> {
    server: &'a RunningServer,
    /// The path of the login through a connection.
    login: String,
    key: String,
}

impl OutageRequests<'_> {
    /// The statuses of requests that write: a login, one to the admin API, and
    /// one to SCIM.
    async fn write_statuses(&self, number: usize) -> Vec<u16> {
        let user = json!({ "email": format!("user{number}@example.com") });
        let name = format!("scim{number}@example.com");
        let scim = json!({ "schemas": [USER], "userName": name });
        let requests = [
            self.request_status(Method::GET, &self.login, None),
            self.request_status(Method::POST, "/api/v1/users", Some(user)),
            self.request_status(Method::POST, "/scim/v2/Users", Some(scim)),
        ];
        join_all(requests).await
    }

    /// The statuses of requests that only read.
    async fn read_statuses(&self) -> Vec<u16> {
        let paths = ["/signin", "/api/v1/users", "/scim/v2/Users", "/.well-known/jwks.json"];
        join_all(paths.map(|path| self.request_status(Method::GET, path, None))).await
    }

    /// The status of the answer to a response that an identity provider sends.
    async fn response(&self) -> u16 {
        let acs = self.login.replace("/login", "/acs");
        let form = [("SAMLResponse", "PHg+"), ("RelayState", "x")];
        status(Browser::new().post_form(&self.server.url(&acs), &form).await).as_u16()
    }

    async fn request_status(
        &self,
        method: Method,
        path: &str,
        body: Option<serde_json::Value>,
    ) -> u16 {
        let redirects = reqwest::redirect::Policy::none();
        let client = Client::builder().no_proxy().redirect(redirects).build().unwrap();
        let mut request = client.request(method, self.server.url(path)).bearer_auth(&self.key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        status(request.send().await.unwrap()).as_u16()
    }

    /// Many requests at once, to every interface: each is told to retry.
    async fn are_all_unavailable(&self) {
        let rounds = (0..10).map(|number| async move {
            let answers =
                tokio::join!(self.write_statuses(number), self.read_statuses(), self.response());
            assert_eq!(answers, (vec![503; 3], vec![503; 4], 503));
        });
        join_all(rounds).await;
        let alive = Browser::new().get(&self.server.url("/healthz")).await;
        assert_eq!(alive.status(), StatusCode::OK);
    }
}

/// A key of the account `default` with all scopes.
fn key(folder: &Folder) -> String {
    let made = folder.run_json(&["key", "create", "--name", "Writer"]);
    made["secret"].as_str().unwrap().to_owned()
}

/// The interfaces of a demo.
async fn doors<'a>(folder: &Folder, demo: &'a RunningServer) -> OutageRequests<'a> {
    let page = Browser::new().get(&demo.url("/signin")).await.text().await.unwrap();
    let login = links(&page).into_iter().find(|link| link.starts_with("/saml/")).unwrap();
    OutageRequests { server: demo, login, key: key(folder) }
}

#[tokio::test]
async fn full_disk_is_503_at_every_door_and_one_line_of_the_log() {
    let folder = Folder::new().with("USHER_LOG", "info").ignoring_file_size_signal();
    let demo = RunningServer::demo(&folder);
    let doors = doors(&folder, &demo).await;
    assert_eq!(doors.write_statuses(0).await, [303, 201, 201]);

    demo.limit_files("4096");
    demo.becomes_ready(false).await;
    for number in 1..20 {
        // Beginning a login writes nothing.
        assert_eq!(doors.write_statuses(number).await, [303, 503, 503]);
    }
    let alive = Browser::new().get(&demo.url("/healthz")).await;
    assert_eq!(alive.status(), StatusCode::OK);

    demo.limit_files("unlimited");
    demo.becomes_ready(true).await;
    assert_eq!(doors.write_statuses(1).await, [303, 201, 201]);
    demo.has_logged_one_outage();
}

/// Reads go on.
#[tokio::test]
async fn read_only_file_is_503_for_writes_and_one_line_of_the_log() {
    let folder = Folder::new().with("USHER_LOG", "info").obeying_file_permissions();
    let demo = RunningServer::demo(&folder);
    let doors = doors(&folder, &demo).await;
    assert_eq!(doors.write_statuses(0).await, [303, 201, 201]);
    let permit = |mode| {
        let file = folder.path().join("usher.sqlite");
        fs::set_permissions(file, Permissions::from_mode(mode)).unwrap();
    };

    permit(0o400);
    demo.becomes_ready(false).await;
    for number in 1..20 {
        // Beginning a login writes nothing.
        assert_eq!(doors.write_statuses(number).await, [303, 503, 503]);
        assert_eq!(doors.read_statuses().await, [200; 4]);
    }
    assert_eq!(doors.response().await, 503);
    let alive = Browser::new().get(&demo.url("/healthz")).await;
    assert_eq!(alive.status(), StatusCode::OK);

    permit(0o600);
    demo.becomes_ready(true).await;
    assert_eq!(doors.write_statuses(1).await, [303, 201, 201]);
    demo.has_logged_one_outage();
}

/// A server of PostgreSQL behind a proxy, with a connection.
struct Replica {
    proxy: Proxy,
    folder: Folder,
    _db: TestDb,
}

impl Replica {
    fn new() -> Self {
        let db = TestDb::postgres();
        let proxy = Proxy::to(db.address(), 0);
        let folder = Folder::new().with("USHER_DATABASE", &proxy.address);
        folder.file("idp.xml", identity_provider().metadata_xml().unwrap());
        folder.run(&["migrate"]);
        Self { proxy, folder, _db: db }
    }

    async fn has_one_outage(&self, set_away: impl Fn(bool)) {
        let create = ["connection", "create", "--name", "Okta", "--metadata", "idp.xml"];
        let connection = self.folder.run_json(&create);
        let login = format!("/saml/{}/login", connection["id"].as_str().unwrap());
        let server = RunningServer::serve(&self.folder, &[]);
        let doors = OutageRequests { server: &server, login, key: key(&self.folder) };
        assert_eq!(doors.write_statuses(0).await, [303, 201, 201]);
        assert_eq!(doors.read_statuses().await, [200; 4]);

        set_away(true);
        doors.are_all_unavailable().await;
        assert!(!server.is_ready().await);

        set_away(false);
        server.becomes_ready(true).await;
        assert_eq!(doors.write_statuses(100).await, [303, 201, 201]);
        assert_eq!(doors.read_statuses().await, [200; 4]);
        server.has_logged_one_outage();
    }
}

#[tokio::test]
async fn postgres_that_was_stopped_is_503_at_every_door_and_one_line_of_the_log() {
    let replica = Replica::new();
    replica.has_one_outage(|is_away| replica.proxy.set_closed(is_away)).await;
}

#[tokio::test]
async fn postgres_that_is_silent_is_503_at_every_door_and_one_line_of_the_log() {
    let replica = Replica::new();
    replica.has_one_outage(|is_away| replica.proxy.set_silent(is_away)).await;
}
