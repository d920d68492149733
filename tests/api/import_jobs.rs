//! Background imports of big files.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::{
    domain::{
        Timestamp,
        api_key::{Scope, Scopes},
        audit::Author,
        id::ImportId,
        import::{Format, ImportCounts, ImportJob, ImportOptions, JobState, Mode},
    },
    store::{PoolOptions, StoreError},
};

use crate::{
    client::{ApiClient, ApiResponse, path_with_query},
    import::{failed_rows, report_counts, table, users},
    support::{browser::Browser, db::TestDb, server::TestServerOptions},
    world::World,
};

on_both_databases! {
    large_file_is_imported_in_the_background,
    small_file_is_imported_in_the_background_if_preferred,
    import_is_answered_when_finished_if_preferred,
    large_file_without_users_is_rejected_at_once,
    failed_import_is_reported_and_writes_nothing,
    background_dry_run_reports_changes,
    import_of_a_stopped_process_is_resumed,
    import_leased_by_another_process_is_not_taken,
    deleting_the_callers_key_stops_the_import,
    an_import_is_cancelled,
    import_is_visible_in_its_account_only,
    imports_are_listed_without_the_results_of_their_rows,
    imports_are_filtered_and_paged,
    number_of_simultaneous_imports_of_an_account_is_bounded,
    the_stored_file_of_an_import_is_sealed_and_deleted,
}

async fn send(
    api: &ApiClient,
    query: &str,
    prefer: &'static str,
    body: impl Into<Vec<u8>>,
) -> ApiResponse {
    let request = api.request(Method::POST, &format!("/users/import{query}"));
    let request = request.header("content-type", "text/csv").header("prefer", prefer);
    api.send(request.body(body.into())).await
}

/// The path of an accepted import, relative to the base path of the API.
fn location(answer: &ApiResponse) -> String {
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    let location = answer.headers["location"].to_str().unwrap();
    assert_eq!(location, format!("/api/v1/imports/{}", answer.body["id"].as_str().unwrap()));
    location.strip_prefix("/api/v1").unwrap().to_owned()
}

/// Waits until an import has ended, and returns it.
pub(crate) async fn wait_until_ended(api: &ApiClient, location: &str) -> Value {
    let until = Instant::now() + Duration::from_secs(120);
    loop {
        let import = api.get(location).await.body(StatusCode::OK);
        if !matches!(import["state"].as_str().unwrap(), "PENDING" | "RUNNING") {
            return import;
        }
        assert!(Instant::now() < until, "{import}");
    }
}

fn rows_of(world: &World, table: &str) -> usize {
    world.server.db().rows_of(table).len()
}

async fn large_file_is_imported_in_the_background(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let mut table = table(5_001);
    table.push_str("nobody,,,\n");
    let query = "?createMissingTeams=true&mode=ROW_BY_ROW";
    let response = send(&api, query, "", table.as_str()).await;
    assert_eq!((&response.body["rows"], &response.body["report"]), (&json!(5_002), &Value::Null));
    let location = location(&response);
    let import = wait_until_ended(&api, &location).await;
    assert_eq!(import["state"], "SUCCEEDED", "{import}");
    assert_eq!((&import["processed"], &import["failure"]), (&json!(5_002), &Value::Null));
    assert_eq!(report_counts(&import["report"]), [5_002, 5_001, 0, 0, 0, 1]);
    assert_eq!(import["report"]["committed"], true);
    assert_eq!(failed_rows(&import["report"]), [(5_002, vec!["email"])]);
    assert!(import["startedAt"].is_string() && import["finishedAt"].is_string());
    assert_eq!((users(&world), rows_of(&world, "import_parts")), (5_001, 0));

    let again = send(&api, "?results=ALL", "", table.replace("nobody,,,\n", "")).await;
    let import = wait_until_ended(&api, &self::location(&again)).await;
    assert_eq!(report_counts(&import["report"]), [5_001, 0, 0, 5_001, 0, 0], "all or nothing");
    assert_eq!(import["report"]["results"].as_array().unwrap().len(), 5_001);
}

async fn small_file_is_imported_in_the_background_if_preferred(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    for prefer in ["respond-async", "Respond-Async, return=minimal"] {
        let response = send(&api, "", prefer, "email\nada@example.com\n").await;
        assert_eq!(response.headers["preference-applied"], "respond-async");
        let import = wait_until_ended(&api, &location(&response)).await;
        assert_eq!((&import["state"], users(&world)), (&json!("SUCCEEDED"), 1));
    }
    let response = send(&api, "", "respond-asynchronously", "email\nada@example.com\n").await;
    response.body(StatusCode::OK);
}

async fn import_is_answered_when_finished_if_preferred(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let prefer = "respond-async, wait=60";
    let report = send(&api, "", prefer, "email\nada@example.com\n").await.body(StatusCode::OK);
    assert_eq!((report_counts(&report), &report["committed"]), ([1, 1, 0, 0, 0, 0], &json!(true)));
    let response = send(&api, "", prefer, "email\nbob@example.com\nnobody\n").await;
    let report = response.body(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        (&report["code"], report_counts(&report)),
        (&json!("import_failed"), [2, 0, 0, 0, 0, 1])
    );
    let query = "?mode=ROW_BY_ROW";
    let report = send(&api, query, prefer, "email\nbob@example.com\nnobody\n").await;
    assert_eq!(report_counts(&report.body(StatusCode::OK)), [2, 1, 0, 0, 0, 1]);
}

async fn large_file_without_users_is_rejected_at_once(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let name = "Augusta Ada King, Countess of Lovelace".replace(',', "");
    let rows = format!("a@example.com,{name}\n").repeat(90_000);
    let long = format!("email,firstName\n{rows}b@example.com,\"Ada\n");
    let unknown = format!("emial\n{}", "ada@example.com\n".repeat(300_000));
    let many = format!("email\n{}", "ada@example.com\n".repeat(300_000));
    for (table, place) in [(&*long, "/rows"), (&*unknown, "/header/0"), (&*many, "/rows")] {
        let response = send(&api, "", "", table).await;
        let (code, places) = response.problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!((code.as_str(), places.first().unwrap().as_str()), ("invalid", place));
    }
    let response = send(&api, "", "respond-async", "emial\n").await;
    assert_eq!(response.problem(StatusCode::UNPROCESSABLE_ENTITY).0, "invalid");
    assert_eq!((rows_of(&world, "import_jobs"), rows_of(&world, "import_parts")), (0, 0));
}

async fn failed_import_is_reported_and_writes_nothing(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let response = send(&api, "", "respond-async", "email\nada@example.com\nnobody\n").await;
    let import = wait_until_ended(&api, &location(&response)).await;
    assert_eq!(
        (&import["state"], &import["failure"]["code"]),
        (&json!("FAILED"), &json!("import_failed"))
    );
    assert_eq!(report_counts(&import["report"]), [2, 0, 0, 0, 0, 1]);
    assert_eq!((&import["report"]["notWritten"], users(&world)), (&json!(1), 0));
}

async fn background_dry_run_reports_changes(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let response = send(&api, "?dryRun=true", "respond-async", "email\nada@example.com\n").await;
    let import = wait_until_ended(&api, &location(&response)).await;
    let report = &import["report"];
    assert_eq!((&report["dryRun"], &report["committed"]), (&json!(true), &json!(false)));
    assert_eq!(report["results"][0]["changes"][0]["to"], "ada@example.com");
    assert_eq!(users(&world), 0);
}

/// An import leased to a process that has stopped.
fn insert_interrupted_import(world: &World, table: &str, mode: Mode) -> ImportId {
    let app = &world.server.app;
    let now = world.server.clock.now();
    let account = world.server.account.id;
    let job = ImportJob {
        id: ImportId::new(now, [7; 10]),
        author: Author::command_line(account),
        options: ImportOptions {
            mode,
            create_missing_teams: true,
            ..ImportOptions::new(Format::Csv)
        },
        state: JobState::Receiving,
        rows: 0,
        processed: 0,
        counts: ImportCounts::default(),
        failure: None,
        created_at: now,
        started_at: None,
        finished_at: None,
        expires_at: now + chrono::TimeDelta::days(1),
    };
    let sealed = app.sealer.seal(&format!("import/{}/part/0", job.id), table.as_bytes()).unwrap();
    let (job_id, runner_id) = (job.id, ImportId::new(now, [8; 10]).as_uuid());
    app.db
        .write(|tx| {
            tx.insert_import(&job)?;
            tx.insert_import_part(job_id, 0, &sealed)?;
            tx.submit_import(account, job_id, 600, job.expires_at)?;
            tx.claim_import(runner_id, now, now + chrono::TimeDelta::seconds(60))?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    job_id
}

async fn import_of_a_stopped_process_is_resumed(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    for mode in [Mode::Atomic, Mode::RowByRow] {
        let id = insert_interrupted_import(&world, &table(600), mode);
        let path = format!("/imports/{id}");
        let running = api.get(&path).await.body(StatusCode::OK);
        assert_eq!(
            (&running["state"], users(&world)),
            (&json!("RUNNING"), 0),
            "its lease is valid"
        );
        world.server.clock.advance(chrono::TimeDelta::seconds(61));
        let replica = world.server.replica();
        let import = wait_until_ended(&api, &path).await;
        assert_eq!((&import["state"], users(&world)), (&json!("SUCCEEDED"), 600), "{import}");
        assert_eq!(report_counts(&import["report"]), [600, 600, 0, 0, 0, 0]);
        drop(replica);
        world.server.db().run("DELETE FROM users; DELETE FROM teams; DELETE FROM import_jobs;");
    }
}

async fn import_leased_by_another_process_is_not_taken(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let id = insert_interrupted_import(&world, &table(600), Mode::RowByRow);
    // A later import finishes first, so the worker has skipped the leased one.
    let response = send(&api, "", "respond-async", "email\nada@example.com\n").await;
    wait_until_ended(&api, &location(&response)).await;
    let import = api.get(&format!("/imports/{id}")).await.body(StatusCode::OK);
    assert_eq!((&import["state"], users(&world)), (&json!("RUNNING"), 1));
}

async fn deleting_the_callers_key_stops_the_import(db: TestDb) {
    let world = World::new(db);
    let admin = ApiClient::for_server(&world.server);
    let scopes: Scopes = [Scope::UsersWrite, Scope::TeamsWrite].into_iter().collect();
    let caller = ApiClient::with_scopes(&world.server, &world.server.account, scopes);
    let me = caller.get("/me").await.body(StatusCode::OK);
    let key = me["key"]["id"].as_str().unwrap();
    // The import may end before the key of its caller is deleted.
    let response = send(&caller, "?mode=ROW_BY_ROW", "respond-async", table(600)).await;
    let location = location(&response);
    admin.delete(&format!("/keys/{key}")).await;
    let import = wait_until_ended(&admin, &location).await;
    let written = u64::try_from(users(&world)).unwrap();
    if import["state"] == "FAILED" {
        assert_eq!(import["failure"]["code"], "invalid_key", "{import}");
        assert_eq!(
            report_counts(&import["report"])[1],
            written,
            "the report counts the written rows"
        );
    } else {
        assert_eq!(written, 600, "it ended before the deletion");
    }
    assert_eq!(rows_of(&world, "import_parts"), 0);
}

async fn an_import_is_cancelled(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let id = insert_interrupted_import(&world, &table(600), Mode::RowByRow);
    let path = format!("/imports/{id}");
    assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT);
    let import = api.get(&path).await.body(StatusCode::OK);
    assert_eq!((&import["state"], &import["report"]["rows"]), (&json!("CANCELLED"), &json!(0)));
    assert_eq!(rows_of(&world, "import_parts"), 0);
    world.server.clock.advance(chrono::TimeDelta::seconds(61));
    let response = send(&api, "", "respond-async", "email\nada@example.com\n").await;
    wait_until_ended(&api, &location(&response)).await;
    assert_eq!(users(&world), 1, "a cancelled import is not resumed");
    assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT, "its report is deleted");
    assert_eq!(api.get(&path).await.problem(StatusCode::NOT_FOUND).0, "not_found");
    assert_eq!(api.delete(&path).await.problem(StatusCode::NOT_FOUND).0, "not_found");
}

async fn import_is_visible_in_its_account_only(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let id = insert_interrupted_import(&world, &table(10), Mode::RowByRow);
    let other = world.server.add_account("other", "Another account", None);
    let other = ApiClient::with_scopes(&world.server, &other, Scopes::full());
    let path = format!("/imports/{id}");
    assert_eq!(other.get(&path).await.problem(StatusCode::NOT_FOUND).0, "not_found");
    assert_eq!(other.delete(&path).await.problem(StatusCode::NOT_FOUND).0, "not_found");
    let scopes: Scopes = [Scope::UsersRead].into_iter().collect();
    let reader = ApiClient::with_scopes(&world.server, &world.server.account, scopes);
    reader.get(&path).await.body(StatusCode::OK);
    assert_eq!(reader.delete(&path).await.problem(StatusCode::FORBIDDEN).0, "missing_scope");
    assert_eq!(api.get("/imports/x").await.problem(StatusCode::NOT_FOUND).0, "not_found");
}

async fn imports_are_listed_without_the_results_of_their_rows(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let query = "?mode=ROW_BY_ROW&results=ALL";
    let response = send(&api, query, "respond-async", "email\nada@example.com\nnobody\n").await;
    let mut import = wait_until_ended(&api, &location(&response)).await;
    assert_eq!(import["report"]["results"].as_array().unwrap().len(), 2);
    import["report"]["results"] = json!([]);
    import["report"]["resultsOmitted"] = json!(2);
    world.server.clock.advance(chrono::TimeDelta::seconds(1));
    let id = insert_interrupted_import(&world, &table(10), Mode::Atomic);
    let running = api.get(&format!("/imports/{id}")).await.body(StatusCode::OK);
    assert_eq!(running["report"], Value::Null);
    let listed = api.get("/imports?total=true").await.body(StatusCode::OK);
    assert_eq!(listed, json!({"items": [running, import], "total": 2}), "the newest first");

    let other = world.server.add_account("other", "Another account", None);
    let other = ApiClient::with_scopes(&world.server, &other, Scopes::full());
    let none = other.get("/imports?total=1").await.body(StatusCode::OK);
    assert_eq!(none, json!({"items": [], "total": 0}));
    let [reader, writer] = [Scope::UsersRead, Scope::UsersWrite].map(|scope| {
        ApiClient::with_scopes(&world.server, &world.server.account, [scope].into_iter().collect())
    });
    reader.get("/imports").await.body(StatusCode::OK);
    assert_eq!(writer.get("/imports").await.problem(StatusCode::FORBIDDEN).0, "missing_scope");
    assert_eq!(api.post("/imports", &json!({})).await.status, StatusCode::METHOD_NOT_ALLOWED);

    api.delete(&location(&response)).await.body(StatusCode::NO_CONTENT);
    let left = api.get("/imports").await.body(StatusCode::OK);
    assert_eq!(left["items"].as_array().unwrap().len(), 1);
}

async fn imports_are_filtered_and_paged(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let copy = insert_interrupted_import(&world, "email\n", Mode::RowByRow);
    let states = [JobState::Succeeded, JobState::Failed, JobState::Receiving, JobState::Pending];
    let account = world.server.account.id;
    let copy = world.server.app.db.read(|tx| tx.import_job(account, copy)).unwrap().unwrap();
    for (number, state) in (1..).zip(states) {
        let at = copy.created_at + chrono::TimeDelta::seconds(number);
        let id = ImportId::new(at, [9; 10]);
        let finished_at = state.has_ended().then_some(at);
        // The worker would claim a PENDING import, so the test stores CANCELLED instead.
        let state = if state == JobState::Pending { JobState::Cancelled } else { state };
        let job = ImportJob { id, state, created_at: at, finished_at, ..copy.clone() };
        world.server.app.db.write(|tx| tx.insert_import(&job)).unwrap();
    }
    let all = ["CANCELLED", "FAILED", "SUCCEEDED", "RUNNING"];
    let oldest_first = ["RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"];
    let second = copy.created_at + chrono::TimeDelta::seconds(2);
    let since = format!("createdAt ge \"{}\"", second.to_rfc3339());
    let ended_by = format!("finishedAt le \"{}\"", second.to_rfc3339());
    for (parameters, expected) in [
        (&[][..], &all[..]),
        (&[("sortBy", "createdAt")], &all),
        (&[("sortOrder", "ASCENDING")], &oldest_first),
        (&[("filter", "state eq \"FAILED\"")], &["FAILED"]),
        (&[("filter", "state eq \"failed\" or state eq \"RUNNING\"")], &["FAILED", "RUNNING"]),
        (&[("filter", "state ne \"FAILED\"")], &["CANCELLED", "SUCCEEDED", "RUNNING"]),
        (&[("filter", &*since)], &["CANCELLED", "FAILED"]),
        (&[("filter", &*ended_by)], &["FAILED", "SUCCEEDED"]),
        (&[("filter", "not (finishedAt pr)")], &["CANCELLED", "RUNNING"]),
    ] {
        for count in ["1", "3", "1000"] {
            let mut found = Vec::new();
            let mut cursor = None;
            loop {
                let mut query = parameters.to_vec();
                query.extend([("count", count), ("total", "true")]);
                query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
                let page = api.get(&path_with_query("/imports", &query)).await.body(StatusCode::OK);
                assert_eq!(page["total"], expected.len(), "{parameters:?}");
                let items = page["items"].as_array().unwrap().iter();
                found.extend(items.map(|item| item["state"].as_str().unwrap().to_owned()));
                let next = page.get("nextCursor").map(|next| next.as_str().unwrap().to_owned());
                let Some(next) = next else { break };
                cursor = Some(next);
            }
            assert_eq!(found, expected, "{parameters:?}, {count} at a time");
        }
    }
    let wrong = [("filter", "state eq \"RECEIVING\""), ("sortBy", "state"), ("count", "0")];
    let rejected = api.get(&path_with_query("/imports", &wrong)).await;
    let places = rejected.problem(StatusCode::BAD_REQUEST).1;
    assert_eq!(places, ["filter", "sortBy", "count"]);
}

async fn number_of_simultaneous_imports_of_an_account_is_bounded(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let now: Timestamp = world.server.clock.now();
    let account = world.server.account.id;
    let id = insert_interrupted_import(&world, "email\n", Mode::RowByRow);
    for number in 1..10_u8 {
        let app = &world.server.app;
        let copy = app.db.read(|tx| tx.import_job(account, id)).unwrap().unwrap();
        let job = ImportJob {
            id: ImportId::new(now, [10 + number; 10]),
            state: JobState::Receiving,
            ..copy
        };
        app.db.write(|tx| tx.insert_import(&job)).map_err(|error: StoreError| error).unwrap();
    }
    let response = send(&api, "", "respond-async", "email\n").await;
    assert_eq!(response.problem(StatusCode::CONFLICT).0, "too_many_imports");
    send(&api, "", "", "email\nada@example.com\n").await.body(StatusCode::OK);
    api.delete(&format!("/imports/{id}")).await;
    let response = send(&api, "", "respond-async", "email\n").await;
    wait_until_ended(&api, &location(&response)).await;
}

async fn the_stored_file_of_an_import_is_sealed_and_deleted(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let response = send(&api, "?results=ALL", "respond-async", "email\nhedy@example.com\n").await;
    let location = location(&response);
    wait_until_ended(&api, &location).await;
    let id = insert_interrupted_import(&world, "email\nhedy@example.com\n", Mode::Atomic);
    let rows = world.server.db().rows();
    for stored in ["import_jobs", "import_parts", "import_results"] {
        let stored = format!("{:?}", rows[stored]);
        assert!(!stored.contains("hedy") && !stored.contains("6865647940"), "{stored}");
    }
    world.server.clock.advance(chrono::TimeDelta::days(8));
    usher::app::housekeeping::sweep(&world.server.app).unwrap();
    for path in [location, format!("/imports/{id}")] {
        assert_eq!(api.get(&path).await.problem(StatusCode::NOT_FOUND).0, "not_found");
    }
    for stored in ["import_jobs", "import_parts", "import_results"] {
        assert_eq!(rows_of(&world, stored), 0);
    }
}

/// Logins wait for the one writer of SQLite.
#[tokio::test]
async fn atomic_import_too_large_for_sqlite_is_rejected() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    let large = table(10_001);
    let query = "?createMissingTeams=true";
    let response = send(&api, query, "", large.as_str()).await;
    let import = wait_until_ended(&api, &location(&response)).await;
    assert_eq!(import["state"], "FAILED", "{import}");
    assert_eq!(import["failure"]["code"], "import_too_large", "{import}");
    let detail = import["failure"]["detail"].as_str().unwrap();
    assert!(detail.contains(&format!("mode={}", Mode::RowByRow.as_str())), "{detail}");
    assert_eq!((users(&world), rows_of(&world, "teams")), (0, 0));
    let report = &import["report"];
    assert_eq!((&report["rows"], &report["notWritten"]), (&json!(10_001), &json!(10_001)));
    assert_eq!((&report["committed"], &import["processed"]), (&json!(false), &json!(10_001)));
    // A caller that waits gets the error, not a 202.
    let response = send(&api, query, "wait=60", large.as_str()).await;
    assert_eq!(response.problem(StatusCode::CONFLICT).0, "import_too_large");
    assert_eq!(response.body["detail"], import["failure"]["detail"]);

    // A dry run only reads.
    let response = send(&api, "?createMissingTeams=true&dryRun=true", "", large.as_str()).await;
    let import = wait_until_ended(&api, &location(&response)).await;
    assert_eq!(import["state"], "SUCCEEDED", "{import}");
    assert_eq!(report_counts(&import["report"])[..2], [10_001, 10_001]);
}

/// How long logins wait depends on the machine, not only on the rows.
#[tokio::test]
async fn atomic_import_that_takes_too_long_on_sqlite_is_aborted() {
    let pool = PoolOptions { connections: 4, wait: Duration::from_secs(1) };
    let world = World::with_deployment(
        TestDb::sqlite(),
        TestServerOptions { pool, ..TestServerOptions::default() },
    );
    let api = ApiClient::for_server(&world.server);
    let response = send(&api, "?createMissingTeams=true", "", table(10_000)).await;
    let import = wait_until_ended(&api, &location(&response)).await;
    assert_eq!(import["state"], "FAILED", "{import}");
    assert_eq!(import["failure"]["code"], "import_too_large", "{import}");
    assert_eq!((users(&world), rows_of(&world, "teams")), (0, 0));
}

#[tokio::test]
async fn logins_succeed_during_an_atomic_import_on_sqlite() {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    let query = "?createMissingTeams=true";
    let response = send(&api, query, "respond-async", table(5_000)).await;
    let import = location(&response);
    let mut logins = 0;
    loop {
        let login = Browser::new().get(&world.server.saml("login")).await;
        assert_eq!(login.status(), StatusCode::SEE_OTHER, "after {logins}");
        logins += 1;
        let import = api.get(&import).await.body(StatusCode::OK);
        if !matches!(import["state"].as_str().unwrap(), "PENDING" | "RUNNING") {
            assert_eq!(import["state"], "SUCCEEDED", "{import}");
            break;
        }
    }
    assert_eq!(users(&world), 5_000);
}
