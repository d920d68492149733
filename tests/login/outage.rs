//! An outage of the database: every request is answered 503. Nobody counts as
//! signed in, or as a new user.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::{Method, Response, StatusCode};
use usher::store::PoolOptions;

use crate::{
    support::{browser::Browser, db::TestDb, proxy::Proxy, server::TestServerOptions},
    world::{Person, World},
};

const ADA: &str = "ada@example.com";

/// Details of the outage that no response may contain.
const INNER: [&str; 12] = [
    "sql",
    "SQL",
    "diesel",
    "database",
    "postgres",
    "connection",
    "table",
    "/tmp",
    "usher_test",
    "relation",
    "panicked",
    "r2d2",
];

fn impatient() -> TestServerOptions {
    let pool = PoolOptions { connections: 2, wait: Duration::from_millis(500) };
    TestServerOptions { pool, ..TestServerOptions::default() }
}

async fn assert_generic_failure(answer: Response, status: StatusCode, kind: &str) {
    let what = answer.url().path().to_owned();
    assert_eq!(answer.status(), status, "{what}");
    assert_eq!(answer.headers()["content-type"], kind, "{what}");
    assert!(answer.headers().get("set-cookie").is_none(), "{what}");
    let is_outage = status == StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(answer.headers().contains_key("retry-after"), is_outage, "{what}");
    let body = answer.text().await.unwrap();
    for inner in INNER {
        assert!(!body.contains(inner), "{what}: {inner} is in {body}");
    }
}

async fn assert_unavailable_everywhere(db: TestDb, status: StatusCode) {
    let world = World::with_deployment(db, impatient());
    let server = &world.server;
    let browser = world.login(&Person::with_email(ADA)).await;
    let coming = Browser::new();
    let request = server.begin_login(&coming).await;
    let message = world.response_to(&request, &Person::with_email(ADA));
    server.db().destroy();

    let (page, problem) = ("text/html; charset=utf-8", "application/problem+json");
    let acs = server.post_acs(&coming, Some(&message), Some(&request.relay_state)).await;
    assert_generic_failure(acs, status, page).await;
    let login = server.saml("login");
    for url in
        [world.url("/"), world.url("/signin"), login, world.url("/signin/error/7KQ3M2XB90FD")]
    {
        assert_generic_failure(browser.get(&url).await, status, page).await;
    }
    for path in ["/session", "/.well-known/jwks.json"] {
        let response = browser.get(&world.url(path)).await;
        assert_generic_failure(response, status, problem).await;
    }
    let metadata = browser.get(&server.saml("metadata")).await;
    assert_generic_failure(metadata, status, problem).await;
    for (method, path) in [(Method::DELETE, "/session"), (Method::POST, "/session/token")] {
        let response = world.send_from_own_page(&browser, method, path).await;
        assert_generic_failure(response, status, problem).await;
    }
    assert_eq!(browser.get(&world.url("/healthz")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn postgres_outage_is_answered_with_an_error_page() {
    assert_unavailable_everywhere(TestDb::postgres(), StatusCode::SERVICE_UNAVAILABLE).await;
}

#[tokio::test]
async fn sqlite_without_tables_is_answered_with_an_error_page() {
    assert_unavailable_everywhere(TestDb::sqlite(), StatusCode::INTERNAL_SERVER_ERROR).await;
}

#[tokio::test]
async fn unready_server_states_when_to_retry() {
    let world = World::with_deployment(TestDb::postgres(), impatient());
    world.server.db().destroy();
    let response = Browser::new().get(&world.url("/readyz")).await;
    assert!(response.headers().contains_key("retry-after"));
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    assert_generic_failure(response, unavailable, "application/problem+json").await;
}

/// The response to a request to each interface of a server.
async fn statuses(server: &crate::support::server::Server) -> Vec<(&'static str, StatusCode)> {
    let browser = Browser::new();
    let connection = server.connection.id;
    let login = format!("/saml/{connection}/login");
    let doors = [
        ("/signin", "/signin"),
        ("login", login.as_str()),
        ("/.well-known/jwks.json", "/.well-known/jwks.json"),
        ("/readyz", "/readyz"),
        ("/healthz", "/healthz"),
    ];
    let mut statuses = Vec::new();
    for (name, path) in doors {
        let response = browser.get(&format!("{}{path}", server.address)).await;
        statuses.push((name, response.status()));
    }
    statuses
}

async fn is_ready(server: &crate::support::server::Server) -> bool {
    let response = Browser::new().get(&format!("{}/readyz", server.address)).await;
    response.status() == StatusCode::OK
}

/// Each finding holds for a second, so this takes as many tries.
#[tokio::test]
async fn a_server_whose_database_works_stays_ready() {
    for db in [TestDb::sqlite(), TestDb::postgres()] {
        let world = World::new(db);
        let (started, mut request) = (Instant::now(), 0);
        while started.elapsed() < Duration::from_secs(4) {
            assert!(is_ready(&world.server).await, "{:?}", started.elapsed());
            request += 1;
        }
        assert!(request > 4);
    }
}

/// As one that is stopped, or that hangs on its disk: it takes everything, and
/// answers nothing.
#[tokio::test]
async fn requests_meet_their_deadline_with_a_silent_database() {
    let world = World::new(TestDb::postgres());
    let proxy = Proxy::to(world.server.db().address(), 0);
    let pool = PoolOptions { connections: 3, wait: Duration::from_millis(500) };
    let server = world.server.replica_by(&proxy.address, &pool);
    for (endpoint, status) in statuses(&server).await {
        assert!(status.is_success() || status.is_redirection(), "{endpoint}: {status}");
    }

    proxy.set_silent(true);
    let started = Instant::now();
    let browser = Browser::new();
    let request = ["/signin", "/.well-known/jwks.json"].map(|path| {
        let (browser, url) = (&browser, format!("{}{path}", server.address));
        async move { browser.get(&url).await }
    });
    for answer in join_all(request).await {
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{answer:?}");
        assert!(answer.headers().contains_key("retry-after"), "{answer:?}");
    }
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert!(!is_ready(&server).await);
    let alive = browser.get(&format!("{}/healthz", server.address)).await;
    assert_eq!(alive.status(), StatusCode::OK);

    proxy.set_silent(false);
    while !is_ready(&server).await {
        assert!(started.elapsed() < Duration::from_secs(60), "it does not come back");
    }
    for (endpoint, status) in statuses(&server).await {
        assert!(status.is_success() || status.is_redirection(), "{endpoint}: {status}");
    }
}

/// The connections to the old server stay silent for ever; new ones reach the
/// new one. Every connection of the pool waits on the old one, reading or writing.
#[tokio::test]
async fn server_uses_the_database_again_after_a_failover_with_silent_connections() {
    let world = World::new(TestDb::postgres());
    let proxy = Proxy::to(world.server.db().address(), 0);
    let pool = PoolOptions { connections: 4, wait: Duration::from_millis(500) };
    let server = world.server.replica_by(&proxy.address, &pool);
    let browser = Browser::new();
    let login = format!("{}/saml/{}/login", server.address, server.connection.id);
    let ask_every_door = || async {
        let urls = ["/signin", "/.well-known/jwks.json", "/readyz"]
            .map(|path| format!("{}{path}", server.address));
        let urls = urls.into_iter().chain([login.clone(), login.clone()]);
        let request = urls.cycle().take(15).map(|url| {
            let browser = &browser;
            async move { browser.get(&url).await.status() }
        });
        join_all(request).await
    };
    assert!(ask_every_door().await.iter().all(|status| !status.is_server_error()));

    proxy.fail_over();
    let started = Instant::now();
    let during = ask_every_door().await;
    assert!(during.contains(&StatusCode::SERVICE_UNAVAILABLE), "{during:?}");
    while !is_ready(&server).await {
        assert!(started.elapsed() < Duration::from_secs(60), "it is not ready again");
    }
    loop {
        let statuses = ask_every_door().await;
        if statuses.iter().all(|status| !status.is_server_error()) {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(90), "{statuses:?}");
    }
}

#[tokio::test]
async fn read_only_database_is_unready_and_answers_503() {
    let world = World::with_deployment(TestDb::postgres(), impatient());
    let server = &world.server;
    let browser = Browser::new();
    let request = server.begin_login(&browser).await;
    let message = world.response_to(&request, &Person::with_email(ADA));
    server.db().run(
        "DO $$ BEGIN
            EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database());
            PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid();
        END $$",
    );
    assert!(!is_ready(server).await);
    let acs = server.post_acs(&browser, Some(&message), Some(&request.relay_state)).await;
    let page = "text/html; charset=utf-8";
    assert_generic_failure(acs, StatusCode::SERVICE_UNAVAILABLE, page).await;
    // Who only reads is served.
    assert_eq!(browser.get(&world.url("/signin")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn deleted_or_replaced_file_is_unready_and_rejects_writes() {
    for replaced in [false, true] {
        let world = World::with_deployment(TestDb::sqlite(), impatient());
        let server = &world.server;
        assert!(is_ready(server).await);
        let path = server.db().address().strip_prefix("sqlite:").unwrap().to_owned();
        if replaced {
            std::fs::copy(&path, format!("{path}.new")).unwrap();
            std::fs::rename(format!("{path}.new"), &path).unwrap();
        } else {
            std::fs::remove_file(&path).unwrap();
        }
        let login = Browser::new().get(&server.saml("login")).await;
        let page = "text/html; charset=utf-8";
        assert_generic_failure(login, StatusCode::SERVICE_UNAVAILABLE, page).await;
        let started = Instant::now();
        // What was found a moment ago holds for a second.
        while is_ready(server).await {
            assert!(started.elapsed() < Duration::from_secs(10), "replaced: {replaced}");
        }
        let alive = Browser::new().get(&world.url("/healthz")).await;
        assert_eq!(alive.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn overwritten_file_is_unready() {
    use std::os::unix::fs::FileExt;

    let world = World::with_deployment(TestDb::sqlite(), impatient());
    let server = &world.server;
    assert!(is_ready(server).await);
    // What is in the log is taken from there, so nothing is to be in it.
    server.db().run("PRAGMA wal_checkpoint(TRUNCATE)");
    let path = server.db().address().strip_prefix("sqlite:").unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    let length = usize::try_from(file.metadata().unwrap().len()).unwrap();
    file.write_all_at(&vec![0xa5; length - 4096], 4096).unwrap();
    let started = Instant::now();
    while is_ready(server).await {
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}
