//! Users, out of a file.

use std::fmt::Write as _;

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::{
    domain::{
        api_key::{Scope, Scopes},
        user::DeletedUser,
    },
    store::StoreError,
};

use crate::{
    client::{ApiClient, ApiResponse},
    members::stage,
    support::db::TestDb,
    teams::make,
    world::World,
};

on_both_databases! {
    repeated_import_of_a_table_changes_nothing,
    json_lines_are_staged_with_all_fields,
    failed_row_aborts_the_import_unless_row_by_row,
    dry_run_writes_nothing,
    the_row_that_would_remove_the_last_administrator_is_reported,
    a_failed_row_does_not_block_later_rows,
    on_existing_selects_skip_update_or_fail,
    every_form_of_csv_is_read,
    row_has_its_first_line,
    file_without_users_is_rejected,
    options_are_accepted_in_the_previous_spelling,
    errors_are_reported_by_row,
    a_missing_team_is_created_only_if_requested,
    large_file_is_imported_in_chunks,
    simultaneous_imports_of_one_file_create_each_user_once,
    too_many_rows_are_rejected_with_nothing_written,
    a_deleted_user_is_staged_again,
}

pub(crate) async fn send(
    api: &ApiClient,
    query: &str,
    kind: &'static str,
    body: impl Into<Vec<u8>>,
) -> ApiResponse {
    let request = api.request(Method::POST, &format!("/users/import{query}"));
    api.send(request.header("content-type", kind).body(body.into())).await
}

pub(crate) async fn csv(api: &ApiClient, query: &str, body: &str) -> Value {
    send(api, query, "text/csv", body).await.body(StatusCode::OK)
}

/// The report of an import of which a row failed, so that nothing was written.
pub(crate) async fn expect_failed_import(
    api: &ApiClient,
    query: &str,
    body: impl Into<Vec<u8>>,
) -> Value {
    let report = send(api, query, "text/csv", body).await.body(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!((&report["code"], &report["status"]), (&json!("import_failed"), &json!(422)));
    assert_eq!((&report["committed"], &report["created"]), (&json!(false), &json!(0)));
    assert_eq!((&report["changed"], &report["dryRun"]), (&json!(0), &json!(false)));
    assert!(report["requestId"].is_string() && report["detail"].is_string());
    report
}

/// The counts of a report: rows, created, changed, unchanged, skipped, failed.
pub(crate) fn report_counts(report: &Value) -> [u64; 6] {
    ["rows", "created", "changed", "unchanged", "skipped", "failed"]
        .map(|name| report[name].as_u64().unwrap())
}

/// Each row that is told, with the places of its errors.
pub(crate) fn failed_rows(report: &Value) -> Vec<(u64, Vec<&str>)> {
    let results = report["results"].as_array().unwrap().iter();
    let fields = |result: &'_ Value| -> Vec<String> {
        let errors = result["errors"].as_array().unwrap().iter();
        errors.map(|error| error["field"].as_str().unwrap().to_owned()).collect()
    };
    let leak = |fields: Vec<String>| fields.into_iter().map(|it| &*it.leak()).collect();
    results.map(|result| (result["row"].as_u64().unwrap(), leak(fields(result)))).collect()
}

pub(crate) fn users(world: &World) -> usize {
    world.server.db().rows_of("users").len()
}

async fn repeated_import_of_a_table_changes_nothing(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let table = "email,firstName,lastName,role,mobileRegionCode,mobileNumber,teamName,teamRole\n\
                 ada@example.com,Ada,Lovelace,USER,DE,0221 123123,Ops|Dev,ADMIN\n\
                 grace.hopper@example.com,,,,,,,\n\
                 alan@example.com,Alan,,ADMIN,,,Ops,\n";
    let report = csv(&api, "?createMissingTeams=true&results=ALL", table).await;
    assert_eq!(report_counts(&report), [3, 3, 0, 0, 0, 0], "{report}");
    assert_eq!((&report["committed"], &report["resultsOmitted"]), (&json!(true), &json!(0)));
    let ids: Vec<_> = report["results"].as_array().unwrap().iter().collect();
    assert!(ids.iter().all(|result| result["status"] == "CREATED" && result["userId"].is_string()));
    let before = world.server.db().rows();
    assert_eq!(
        (before["users"].len(), before["teams"].len(), before["memberships"].len()),
        (3, 2, 3)
    );

    for query in ["", "?mode=ROW_BY_ROW", "?onExisting=UPDATE", "?createMissingTeams=true"] {
        let report = csv(&api, query, table).await;
        assert_eq!(report_counts(&report), [3, 0, 0, 3, 0, 0], "{query} {report}");
        assert_eq!(report["results"], json!([]));
    }
    let mut after = world.server.db().rows();
    after.insert("api_keys".into(), before["api_keys"].clone());
    assert_eq!(after, before, "not even the audit log has more");
}

async fn json_lines_are_staged_with_all_fields(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let team = make(&api, "Ops").await;
    let lines = [
        json!({
            "email": "ada@example.com", "externalId": "7", "firstName": "Ada", "lastName": "",
            "position": "Countess", "department": "Engines", "role": "USER",
            "mobile": {"regionCode": "DE", "number": "0221 123123"},
            "userProfileImage": "https://example.com/ada.png",
            "teams": [{"id": team}],
        }),
        json!({"email": "bob@example.com", "position": null, "teams": []}),
    ];
    let body = format!("\u{feff}{}\r\n\n  \n{}", lines[0], lines[1]);
    let report = send(&api, "?results=ALL", "application/x-ndjson; charset=utf-8", body).await;
    let report = report.body(StatusCode::OK);
    assert_eq!(report_counts(&report), [2, 2, 0, 0, 0, 0], "{report}");
    assert_eq!(
        (&report["results"][1]["row"], &report["results"][1]["line"]),
        (&json!(2), &json!(4))
    );

    let bad = "{\"email\": \"ada\", \"mobile\": {\"regionCode\": \"DE\", \"number\": \"1\"}, \
               \"teams\": [{\"name\": \"Ops\"}, {\"name\": \"Ops\", \"role\": \"BOSS\"}]}\n\
               {\"emial\": \"ada@example.com\", \"role\": 7}\n[]\nnonsense\n\"x\"\n";
    let report =
        send(&api, "?mode=ROW_BY_ROW", "application/x-ndjson", bad).await.body(StatusCode::OK);
    let mut found = failed_rows(&report);
    for (_, fields) in &mut found {
        fields.sort_unstable();
    }
    assert_eq!(
        found,
        [
            (1, vec!["email", "mobile.number", "teams.1", "teams.1.role"]),
            (2, vec!["email", "emial", "role"]),
            (3, vec![""]),
            (4, vec![""]),
            (5, vec![""]),
        ],
        "{report}"
    );
    assert_eq!(users(&world), 2);
}

async fn failed_row_aborts_the_import_unless_row_by_row(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    for name in ["Ops", "Dev"] {
        api.post("/teams", &json!({"name": name})).await.body(StatusCode::CREATED);
    }
    let table = "email,role,teamName,teamRole,mobileNumber\n\
                 ada@example.com,USER,,,\n\
                 bob,BOSS,,,0221 123123\n\
                 eve@example.com,ADMIN,Ops|Dev,USER,\n\
                 ADA@example.com,USER,,,\n\
                 zoe@example.com,,,,,x\n";
    let expected = vec![
        (2, vec!["email", "role", "mobileRegionCode"]),
        (3, vec!["teamRole", "teamRole"]),
        (4, vec!["email"]),
        (5, vec![""]),
    ];
    let report = expect_failed_import(&api, "", table).await;
    assert_eq!((report_counts(&report), &report["notWritten"]), ([5, 0, 0, 0, 0, 4], &json!(1)));
    assert_eq!(failed_rows(&report), expected, "{report}");
    let pair = report["results"][1]["errors"][0]["detail"].as_str().unwrap();
    assert!(
        pair.contains("ADMIN") && report["results"][1]["errors"][0]["value"] == "USER",
        "{pair}"
    );
    assert_eq!(users(&world), 0);

    let report = csv(&api, "?mode=ROW_BY_ROW", table).await;
    assert_eq!((report_counts(&report), &report["committed"]), ([5, 1, 0, 0, 0, 4], &json!(true)));
    assert_eq!(failed_rows(&report), expected);
    assert_eq!(users(&world), 1);
}

async fn the_row_that_would_remove_the_last_administrator_is_reported(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let admin = json!({"email": "admin@example.com", "role": "ADMIN"});
    api.post("/users", &admin).await.body(StatusCode::CREATED);
    let file = "email,role\nada@example.com,USER\nadmin@example.com,USER\ngrace@example.com,USER\n";

    for (query, created) in [("?onExisting=UPDATE", 0), ("?onExisting=UPDATE&dryRun=true", 2)] {
        let response = send(&api, &format!("{query}&results=FAILED"), "text/csv", file).await;
        let report = &response.body;
        assert_eq!(report_counts(report), [3, created, 0, 0, 0, 1], "{query} {report:#}");
        assert_eq!((failed_rows(report), users(&world)), (vec![(2, vec!["role"])], 1), "{query}");
    }
    let off = "email,disabled\nadmin@example.com,true\n";
    let dry = csv(&api, "?onExisting=UPDATE&dryRun=true", off).await;
    assert_eq!(failed_rows(&dry), [(1, vec!["disabled"])]);
    let other = "email,role\nnext@example.com,ADMIN\nadmin@example.com,USER\n";
    let dry = csv(&api, "?onExisting=UPDATE&dryRun=true", other).await;
    assert_eq!(report_counts(&dry), [2, 1, 1, 0, 0, 0], "another administrator comes first");

    let report = csv(&api, "?onExisting=UPDATE&mode=ROW_BY_ROW", file).await;
    assert_eq!(report_counts(&report), [3, 2, 0, 0, 0, 1], "{report:#}");
    assert_eq!(failed_rows(&report), [(2, vec!["role"])]);
    assert_eq!(users(&world), 3);
}

async fn dry_run_writes_nothing(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let table = "email,teamName\nada@example.com,Ops\nbob@example.com,Ops\nnobody,\n";
    let before = world.server.db().rows();
    for mode in ["ATOMIC", "ROW_BY_ROW"] {
        let query = format!("?dryRun=true&createMissingTeams=true&results=ALL&mode={mode}");
        let report = csv(&api, &query, table).await;
        assert_eq!(
            (report_counts(&report), &report["committed"]),
            ([3, 2, 0, 0, 0, 1], &json!(false))
        );
        assert_eq!(report["results"][0]["userId"], Value::Null, "who was not made is nobody");
    }
    let mut after = world.server.db().rows();
    after.insert("api_keys".into(), before["api_keys"].clone());
    assert_eq!(after, before);
}

async fn a_failed_row_does_not_block_later_rows(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    // The last of them is written with others than the first.
    let many: String = (0..600).map(|row| format!("user{row}@example.com,\n")).collect();
    let table = format!(
        "email,externalId\nada@example.com,7\nbob@example.com,7\n{many}eve@example.com,7\n"
    );
    for query in ["?dryRun=true&results=FAILED", "?results=FAILED", "?dryRun=true&mode=ROW_BY_ROW"]
    {
        let response = send(&api, query, "text/csv", table.as_str()).await;
        let mut report = response.body;
        report["results"].as_array_mut().unwrap().retain(|row| row["status"] == "FAILED");
        assert_eq!(failed_rows(&report), [(2, vec!["externalId"]), (603, vec!["externalId"])]);
        for result in report["results"].as_array().unwrap() {
            assert_eq!(result["userId"], Value::Null, "{query} {result}");
        }
    }
    let report = csv(&api, "?mode=ROW_BY_ROW", &table).await;
    let ada = world.user("ada@example.com").id.to_string();
    for result in report["results"].as_array().unwrap() {
        assert_eq!(result["userId"], ada, "who was made is there");
    }
}

async fn on_existing_selects_skip_update_or_fail(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    csv(&api, "", "email,externalId,position\nada@example.com,1,Countess\n").await;
    let other = "email,externalId,position\nADA@example.com,1,Duchess\nbob@example.com,1,\n";
    let report = csv(&api, "?mode=ROW_BY_ROW", other).await;
    assert_eq!(failed_rows(&report), [(1, vec!["email"]), (2, vec!["externalId"])], "{report}");
    for result in report["results"].as_array().unwrap() {
        assert_eq!(result["errors"][0]["code"], "EXISTS");
        assert!(result["userId"].is_string(), "whose it is");
    }
    let report = csv(&api, "?onExisting=SKIP&mode=ROW_BY_ROW", other).await;
    assert_eq!(report_counts(&report), [2, 0, 0, 0, 1, 1]);
    let same = "email\nada@example.com\n";
    assert_eq!(report_counts(&csv(&api, "", same).await), [1, 0, 0, 1, 0, 0], "what it leaves out");
    let report = csv(&api, "?onExisting=UPDATE", "email,position\nada@example.com,Duchess\n").await;
    assert_eq!(report_counts(&report), [1, 0, 1, 0, 0, 0], "{report}");
    let rows = world.server.db().rows_of("users");
    assert!(rows[0]["position"].to_string().contains("Duchess"));
    assert!(rows[0]["external_id"].to_string().contains('1'), "what a row leaves out stays");
}

async fn every_form_of_csv_is_read(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    for (number, table) in [
        "email,firstName\nX@example.com,\"Ada, \"\"the\"\" first\"\n",
        "\u{feff}email;firstName\r\nX@example.com;Ada\r\n",
        "firstName;email\nAda, Countess;X@example.com",
        "email\n\n\r\nX@example.com\n\n",
        "\"email\",\" firstName \"\n\"X@example.com\",\"Ada\"\n",
        "email,firstName\nX@example.com,Zoë\n",
    ]
    .into_iter()
    .enumerate()
    {
        let report = csv(&api, "", &table.replace('X', &format!("user{number}"))).await;
        assert_eq!(report_counts(&report), [1, 1, 0, 0, 0, 0], "{table:?} {report}");
    }
    let broken = b"email,firstName\nx@example.com,\xff\ny@example.com,Ada\n".to_vec();
    let report = send(&api, "?mode=ROW_BY_ROW", "text/csv", broken).await.body(StatusCode::OK);
    assert_eq!((failed_rows(&report), users(&world)), (vec![(1, vec![""])], 7));
    assert_eq!(report_counts(&csv(&api, "", "email\n").await), [0; 6], "a header is enough");
}

async fn row_has_its_first_line(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let blank = "\n".repeat(40);
    let table = format!("email,firstName\none,\ntwo,\"a\nb\"\n{blank}three,\n\u{ff},\nfive,");
    let mut bytes = Vec::new();
    for char in table.chars() {
        // The only letter beyond ASCII represents a byte that is not valid text.
        if char.is_ascii() { bytes.push(char as u8) } else { bytes.push(0xff) }
    }
    let windows: Vec<u8> = bytes
        .iter()
        .flat_map(|byte| if *byte == b'\n' { vec![b'\r', b'\n'] } else { vec![*byte] })
        .collect();
    let marked = [b"\xEF\xBB\xBF".as_slice(), &windows].concat();
    let old: Vec<u8> =
        bytes.iter().map(|byte| if *byte == b'\n' { b'\r' } else { *byte }).collect();
    for file in [bytes, windows, marked, old] {
        let report = expect_failed_import(&api, "", file).await;
        let lines = report["results"].as_array().unwrap().iter().map(|result| &result["line"]);
        assert_eq!(lines.collect::<Vec<_>>(), [2, 3, 45, 46, 47], "{report}");
    }
}

async fn file_without_users_is_rejected(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    for (table, places) in [
        ("", vec!["/header"]),
        ("ada@example.com,Ada\n", vec!["/header/0", "/header/1", "/header"]),
        ("emial,firstName,First Name\na,b,c\n", vec!["/header/0", "/header/2", "/header"]),
        ("email,,firstName\n\na@example.com,x,Ada\n", vec!["/header/1"]),
        ("email,firstName\na@example.com,\"Ada\n\nb@example.com,\n", vec!["/rows"]),
        ("sep=|\nemail|firstName\n", vec!["/header"]),
        ("{\"email\": \"ada@example.com\"}", vec!["/header"]),
    ] {
        let response = send(&api, "", "text/csv", table).await;
        let (code, found) = response.problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            (code.as_str(), found),
            ("invalid", places.iter().map(ToString::to_string).collect())
        );
    }
    let hint = send(&api, "", "text/csv", "emial\n").await;
    let hint = hint.body["errors"][0]["detail"].as_str().unwrap().to_owned();
    assert!(hint.contains("Did you mean email?"), "{hint}");
    for kind in ["application/json", "text/html", "application/csv"] {
        let response = send(&api, "", kind, "email\n").await;
        assert_eq!(response.problem(StatusCode::UNSUPPORTED_MEDIA_TYPE).0, "media_type");
    }
    for query in [
        "?mode=all",
        "?dryRun=yes",
        "?dryrun=true",
        "?mode=ATOMIC&mode=ATOMIC",
        "?onExisting=Update",
    ] {
        let response = send(&api, query, "text/csv", "email\n").await;
        assert_eq!(response.problem(StatusCode::BAD_REQUEST).0, "invalid_parameter", "{query}");
    }
    assert_eq!(api.get("/users/import").await.status, StatusCode::METHOD_NOT_ALLOWED);
    let reader: Scopes = [Scope::UsersRead, Scope::TeamsWrite].into_iter().collect();
    let reader = ApiClient::with_scopes(&world.server, &world.server.account, reader);
    let rejected = send(&reader, "", "text/csv", "email\n").await;
    assert_eq!(rejected.problem(StatusCode::FORBIDDEN).0, "missing_scope");
}

async fn options_are_accepted_in_the_previous_spelling(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let row = "email\nada@example.com\n";
    for (old, new) in [
        ("mode=atomic&onExisting=fail&results=auto", "mode=ATOMIC&onExisting=FAIL&results=AUTO"),
        ("mode=rowByRow&onExisting=skip", "mode=ROW_BY_ROW&onExisting=SKIP"),
        ("onExisting=update&results=all", "onExisting=UPDATE&results=ALL"),
        ("results=failed", "results=FAILED"),
    ] {
        let report = |query: &str| format!("?dryRun=true&{query}");
        let old = csv(&api, &report(old), row).await;
        assert_eq!(old, csv(&api, &report(new), row).await);
    }
}

async fn errors_are_reported_by_row(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let long = "x".repeat(100_000);
    let table = format!(
        "email,firstName,userProfileImage,teamName,teamRole\n\
         a@example.com,{long},,,\n\
         b@example.com,nul\0,,,\n\
         c@example.com,,javascript:alert(1),,\n\
         d@example.com,,,,USER\n\
         e@example.com,,,Ops|,\n\
         f@example.com,,,Ops|Dev,USER|USER|USER\n\
         =cmd()@example.com,=1+1,,,\n"
    );
    make(&api, "Ops").await;
    let report = csv(&api, "?mode=ROW_BY_ROW", &table).await;
    let expected = [
        (1, vec!["firstName"]),
        (2, vec!["firstName"]),
        (3, vec!["userProfileImage"]),
        (4, vec!["teamRole"]),
        (5, vec!["teamName"]),
        (6, vec!["teamRole"]),
        (7, vec!["email"]),
    ];
    assert_eq!(failed_rows(&report), expected, "{report}");
    let body = report["results"][0]["errors"][0]["value"].as_str().unwrap();
    assert!(body.len() < 1_000, "values are shortened");
}

async fn a_missing_team_is_created_only_if_requested(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let table = "email,teamName\nada@example.com,Ops\nbob@example.com,ops\n";
    let report = expect_failed_import(&api, "", table).await;
    assert_eq!(failed_rows(&report), [(1, vec!["teamName"]), (2, vec!["teamName"])]);
    let scopes: Scopes = [Scope::UsersWrite].into_iter().collect();
    let fewer = ApiClient::with_scopes(&world.server, &world.server.account, scopes);
    let denied = send(&fewer, "?createMissingTeams=true", "text/csv", table).await;
    assert_eq!(denied.problem(StatusCode::FORBIDDEN).0, "missing_scope");
    let report = csv(&api, "?createMissingTeams=true", table).await;
    assert_eq!(report_counts(&report), [2, 2, 0, 0, 0, 0]);
    let teams = api.get("/teams?total=true").await.body(StatusCode::OK);
    assert_eq!((&teams["total"], &teams["items"][0]["name"]), (&json!(1), &json!("Ops")));
    assert_eq!(report_counts(&csv(&fewer, "", table).await), [2, 0, 0, 2, 0, 0]);
}

pub(crate) fn table(rows: usize) -> String {
    let mut table = "email,externalId,firstName,teamName\n".to_owned();
    for row in 0..rows {
        writeln!(table, "user{row}@example.com,{row},Ada,Team {}", row % 50).unwrap();
    }
    table
}

async fn large_file_is_imported_in_chunks(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let mut table = table(3_000);
    table.push_str("user7@example.com,x,Ada,\nnobody,,,\n");
    let report = expect_failed_import(&api, "?createMissingTeams=true", table.as_str()).await;
    assert_eq!(
        (report_counts(&report), &report["notWritten"]),
        ([3_002, 0, 0, 0, 0, 2], &json!(3_000))
    );
    assert_eq!(failed_rows(&report), [(3_001, vec!["email"]), (3_002, vec!["email"])]);
    assert_eq!(users(&world), 0);
    let report = csv(&api, "?createMissingTeams=true&mode=ROW_BY_ROW", &table).await;
    assert_eq!(report_counts(&report), [3_002, 3_000, 0, 0, 0, 2]);
    assert_eq!(users(&world), 3_000);
    let all = csv(&api, "?results=ALL&mode=ROW_BY_ROW", &table).await;
    assert_eq!(all["results"].as_array().unwrap().len(), 3_002);
    let bad = format!("email\n{}", "nobody\n".repeat(1_200));
    let report = expect_failed_import(&api, "", bad.as_str()).await;
    assert_eq!(report["results"].as_array().unwrap().len(), 1_000);
    assert_eq!((&report["failed"], &report["resultsOmitted"]), (&json!(1_200), &json!(200)));
}

async fn simultaneous_imports_of_one_file_create_each_user_once(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let table = table(700);
    for mode in ["ROW_BY_ROW", "ATOMIC"] {
        let query = format!("?createMissingTeams=true&mode={mode}");
        let reports = join_all((0..6).map(|_| csv(&api, &query, &table))).await;
        let made: u64 = reports.iter().map(|report| report["created"].as_u64().unwrap()).sum();
        let failed: u64 = reports.iter().map(|report| report["failed"].as_u64().unwrap()).sum();
        assert_eq!((made, failed, users(&world)), (700, 0, 700), "{mode}");
        world.server.db().run("DELETE FROM users; DELETE FROM teams;");
    }
}

async fn too_many_rows_are_rejected_with_nothing_written(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let body = table(100_001);
    for mode in ["ATOMIC", "ROW_BY_ROW"] {
        let response = send(&api, &format!("?mode={mode}"), "text/csv", body.clone()).await;
        let (code, places) = response.problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!((code.as_str(), places), ("invalid", vec!["/rows".to_owned()]));
    }
    assert_eq!(users(&world), 0);
    let huge = vec![b' '; 64 * 1024 * 1024 + 1];
    let response = send(&api, "", "text/csv", huge).await;
    assert_eq!(response.problem(StatusCode::PAYLOAD_TOO_LARGE).0, "too_large");
}

async fn a_deleted_user_is_staged_again(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let user = stage(&world, "ada@example.com", "USER");
    let deleted = DeletedUser {
        id: user,
        account: world.server.account.id,
        email: "ada@example.com".parse().unwrap(),
        deleted_at: world.server.clock.now(),
    };
    let gone = world.server.app.db.write(|tx| {
        tx.delete_user(deleted.account, deleted.id)?;
        tx.insert_deleted_user(&deleted, &[])
    });
    gone.map_err(|error: StoreError| error).unwrap();
    assert_eq!(world.server.db().rows_of("deleted_users").len(), 1);
    let report = csv(&api, "?results=ALL", "email\nada@example.com\n").await;
    assert_eq!(report_counts(&report), [1, 1, 0, 0, 0, 0]);
    assert_ne!(report["results"][0]["userId"], user.to_string());
    assert!(world.server.db().rows_of("deleted_users").is_empty());
}
