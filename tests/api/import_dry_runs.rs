//! Dry runs of imports: what would change, and nothing that is written.

use reqwest::StatusCode;
use serde_json::{Value, json};
use usher::store::StoreError;

use crate::{
    client::ApiClient,
    import::{csv, report_counts, table, users},
    support::db::TestDb,
    world::World,
};

on_both_databases! {
    a_dry_run_names_each_field_that_would_change,
    a_dry_run_of_json_names_fields_by_path_and_pointer,
    dry_run_does_not_block_writes,
    dry_run_and_import_agree_on_an_external_id_that_moves,
}

fn changes(row: &Value) -> Vec<(String, Value, Value, Value)> {
    let changes = row["changes"].as_array().unwrap().iter();
    let field = |change: &Value| change["field"].as_str().unwrap().to_owned();
    changes
        .map(|it| (field(it), it["team"].clone(), it["from"].clone(), it["to"].clone()))
        .collect()
}

fn change(
    field: &str,
    team: Option<&str>,
    from: Option<&str>,
    to: Option<&str>,
) -> (String, Value, Value, Value) {
    (field.to_owned(), json!(team), json!(from), json!(to))
}

async fn a_dry_run_names_each_field_that_would_change(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let before = "email,firstName,position,role,mobileRegionCode,mobileNumber,teamName,teamRole\n\
                  ada@example.com,Ada,Countess,USER,DE,0221 123123,Ops|Dev,USER|ADMIN\n\
                  bob@example.com,Bob,,USER,,,,\n";
    csv(&api, "?createMissingTeams=true", before).await;
    let after = "email,firstName,position,role,mobileRegionCode,mobileNumber,teamName,teamRole\n\
                 ada@example.com,Augusta,Duchess,RESPONDER,GB,07400 123456,Dev|Qa,USER|RESPONDER\n\
                 bob@example.com,Bob,,USER,,,,\n\
                 eve@example.com,Eve,,,,,Ops,\n\
                 nobody,,,,,,,\n";
    let query = "?dryRun=true&onExisting=UPDATE&createMissingTeams=true";
    for mode in ["", "&mode=ROW_BY_ROW"] {
        let report = csv(&api, &format!("{query}{mode}"), after).await;
        assert_eq!(report_counts(&report), [4, 1, 1, 1, 0, 1], "{report:#}");
        assert_eq!((&report["committed"], &report["dryRun"]), (&json!(false), &json!(true)));
        let rows = report["results"].as_array().unwrap();
        let status: Vec<_> = rows.iter().map(|row| row["status"].as_str().unwrap()).collect();
        assert_eq!(status, ["CHANGED", "UNCHANGED", "CREATED", "FAILED"]);
        let mut ada = changes(&rows[0]);
        ada.sort_by_key(|change| format!("{change:?}"));
        let mut expected = vec![
            change("firstName", None, Some("Ada"), Some("Augusta")),
            change("position", None, Some("Countess"), Some("Duchess")),
            change("role", None, Some("USER"), Some("RESPONDER")),
            change("mobileRegionCode", None, Some("DE"), Some("GB")),
            change("mobileNumber", None, Some("0221 123123"), Some("07400 123456")),
            change("teamName", Some("Ops"), Some("USER"), None),
            change("teamName", Some("Dev"), Some("ADMIN"), Some("USER")),
            change("teamName", Some("Qa"), None, Some("RESPONDER")),
        ];
        expected.sort_by_key(|change| format!("{change:?}"));
        assert_eq!(ada, expected);
        assert_eq!(changes(&rows[1]), []);
        let eve = changes(&rows[2]);
        assert!(eve.contains(&change("email", None, None, Some("eve@example.com"))), "{eve:?}");
        assert!(eve.contains(&change("teamName", Some("Ops"), None, Some("RESPONDER"))), "{eve:?}");
    }
    assert_eq!(users(&world), 2);
    let report = csv(
        &api,
        "?onExisting=UPDATE&createMissingTeams=true&results=ALL",
        &after.replace("nobody,,,,,,,\n", ""),
    )
    .await;
    assert_eq!(
        changes(&report["results"][0]),
        [],
        "an import tells what is written in the audit log"
    );
}

async fn a_dry_run_of_json_names_fields_by_path_and_pointer(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    csv(&api, "", "email,mobileRegionCode,mobileNumber\nada@example.com,DE,0221 123123\n").await;
    let ada = json!({"email": "ada@example.com", "mobile": {"regionCode": "DE", "number": "0221 123124"}});
    let body = json!({"users": [ada]});
    let report = api.post("/users/batch?dryRun=true&onExisting=UPDATE", &body).await;
    let report = report.body(StatusCode::OK);
    let expected = [change("mobile.number", None, Some("0221 123123"), Some("0221 123124"))];
    assert_eq!(changes(&report["results"][0]), expected);
    assert_eq!(report["results"][0]["changes"][0]["pointer"], "/mobile/number");
}

async fn dry_run_and_import_agree_on_an_external_id_that_moves(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let owner = json!({"email": "owner@example.com", "externalId": "X"});
    api.post("/users", &owner).await.body(StatusCode::CREATED);
    // The row that takes the ID: in the transaction of the row that frees it, and in a later one.
    for (at, taker) in [(0, "near@example.com"), (300, "far@example.com")] {
        api.post("/users", &json!({"email": taker})).await.body(StatusCode::CREATED);
        let mut users = vec![json!({"email": "owner@example.com", "externalId": null})];
        users.extend((0..at).map(|number| json!({"email": format!("{number}@example.com")})));
        users.push(json!({"email": taker, "externalId": "X"}));
        let body = json!({"users": users});
        for mode in ["ATOMIC", "ROW_BY_ROW"] {
            let path = format!("/users/batch?onExisting=UPDATE&mode={mode}&results=FAILED");
            let dry = api.post(&format!("{path}&dryRun=true"), &body).await.body(StatusCode::OK);
            let real = api.post(&path, &body).await.body(StatusCode::OK);
            assert_eq!(report_counts(&dry), report_counts(&real), "{mode} {real:#}");
            assert_eq!(report_counts(&real)[5], 0, "{real:#}");
            let back = json!({"users": [{"email": taker, "externalId": null}, owner]});
            let back = api.post("/users/batch?onExisting=UPDATE", &back).await;
            assert_eq!(report_counts(&back.body(StatusCode::OK))[2], 2);
            assert_eq!(find_by_external_id(&api, "X").await, ["owner@example.com"]);
        }
    }
}

async fn find_by_external_id(api: &ApiClient, external_id: &str) -> Vec<String> {
    let path = format!("/users?filter=externalId%20eq%20%22{external_id}%22");
    let page = api.get(&path).await.body(StatusCode::OK);
    let items = page["items"].as_array().unwrap().iter();
    items.map(|user| user["email"].as_str().unwrap().to_owned()).collect()
}

async fn dry_run_does_not_block_writes(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let table = table(600);
    // That the key is used is noted now, and not later.
    api.get("/me").await.body(StatusCode::OK);
    // Somebody writes all the while: on SQLite there is one who can.
    let (app, (ended, until)) = (world.server.app.clone(), std::sync::mpsc::channel::<()>());
    let (began, begun) = std::sync::mpsc::channel();
    let writer = std::thread::spawn(move || {
        app.db.write(|_| {
            let _ = began.send(());
            let _ = until.recv();
            Ok::<_, StoreError>(())
        })
    });
    begun.recv().unwrap();
    let report = csv(&api, "?dryRun=true&createMissingTeams=true", &table).await;
    assert_eq!(report_counts(&report), [600, 600, 0, 0, 0, 0]);
    let failed = format!("{table}nobody,,,\n");
    let rejected =
        crate::import::expect_failed_import(&api, "?createMissingTeams=true", failed).await;
    assert_eq!(report_counts(&rejected)[5], 1, "to reject a file needs no writing either");
    drop(ended);
    writer.join().unwrap().unwrap();
}
