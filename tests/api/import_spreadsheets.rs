//! Files as spreadsheets save them.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    client::{ApiClient, ApiResponse},
    import::{csv, expect_failed_import, report_counts, send, users},
    support::db::TestDb,
    world::World,
};

on_both_databases! {
    blank_rows_and_blank_columns_are_left_out,
    a_value_in_a_column_without_a_name_is_rejected,
    headings_match_without_case_and_blanks,
    every_separator_is_supported,
    every_encoding_is_read,
    an_unknown_charset_is_rejected_with_those_that_are_supported,
    unclosed_quote_is_reported_with_its_line,
    a_column_disables_and_enables_users,
    kind_of_a_file_that_is_not_a_table_is_reported,
}

async fn first_name(api: &ApiClient, email: &str) -> Value {
    let list = api.get(&format!("/users?filter=email%20eq%20%22{email}%22")).await;
    list.body(StatusCode::OK)["items"][0]["firstName"].clone()
}

async fn blank_rows_and_blank_columns_are_left_out(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    for (number, table) in [
        "email,firstName\n,\n \t,  \nX@example.com,Ada\n,\n,,,,\n",
        "email;firstName;;;\nX@example.com;Ada;;;\n;;;;\n",
        "email;firstName;;;\nX@example.com;Ada\n",
        "email,,firstName, ,\nX@example.com,,Ada,\u{a0},\n",
        "email,firstName\nX@example.com,Ada,,,,\n",
        "email,firstName,lastName,role\nX@example.com,Ada\n",
        "\n\n,,\n\nemail,firstName\nX@example.com,Ada\n",
        ";;;\nemail;firstName\nX@example.com;Ada",
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("user{number}@example.com");
        let report = csv(&api, "", &table.replace("X@example.com", &email)).await;
        assert_eq!(report_counts(&report), [1, 1, 0, 0, 0, 0], "{table:?} {report}");
        assert_eq!(first_name(&api, &email).await, "Ada", "{table:?}");
    }
    assert_eq!(report_counts(&csv(&api, "", "email,firstName\n,\n,\n").await), [0; 6]);
    let long = expect_failed_import(&api, "", "email,firstName\nx@example.com,Ada,King\n").await;
    let errors = long["results"][0]["errors"].to_string();
    assert!(errors.contains("must have at most 2 cells, as the header has, but has 3"), "{errors}");
}

async fn a_value_in_a_column_without_a_name_is_rejected(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let table = "email,,firstName\na@example.com,,Ada\n\nb@example.com,note,Bob\n";
    for mode in ["ATOMIC", "ROW_BY_ROW"] {
        let response = send(&api, &format!("?mode={mode}"), "text/csv", table).await;
        let (code, places) = response.problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!((code.as_str(), places), ("invalid", vec!["/header/1".to_owned()]));
        let detail = response.body["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains("column B") && detail.contains("line 4"), "{detail}");
        assert_eq!(response.body["errors"][0]["value"], "note");
    }
    let report = expect_failed_import(&api, "", "email,firstName\na@example.com,Ada,x\n").await;
    assert_eq!(report_counts(&report)[5], 1, "a value behind the last column");
    assert_eq!(users(&world), 0);
}

async fn headings_match_without_case_and_blanks(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    for (number, header) in [
        "Email,First Name,mobile_region-code",
        "E-MAIL, FIRST_NAME ,MobileRegionCode",
        "e mail,first-name,mobile region code",
        "\"EMAIL\",\"First\u{a0}Name\",MOBILEREGIONCODE",
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("user{number}@example.com");
        let report = csv(&api, "", &format!("{header}\n{email},Ada,\n")).await;
        assert_eq!(report_counts(&report), [1, 1, 0, 0, 0, 0], "{header} {report}");
        assert_eq!(first_name(&api, &email).await, "Ada", "{header}");
    }
    let response = send(&api, "", "text/csv", "E-Mail,First Name,firstName\n").await;
    assert_eq!(response.problem(StatusCode::UNPROCESSABLE_ENTITY).1, ["/header/2"]);
}

async fn every_separator_is_supported(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    for (number, table) in [
        "email\tfirstName\nX@example.com\tAda\n",
        "sep=;\nemail;firstName\nX@example.com;Ada\n",
        "sep=\t\r\nemail\tfirstName\r\nX@example.com\tAda\r\n",
        "\u{feff}SEP=,\nemail,firstName\nX@example.com,Ada\n",
        "\"sep=;\"\nemail;firstName\nX@example.com;Ada\n",
        "sep=;\n\nemail;firstName\nX@example.com;Ada\n",
        "\n;;\n\nemail;firstName\nX@example.com;Ada\n",
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("user{number}@example.com");
        let report = csv(&api, "", &table.replace("X@example.com", &email)).await;
        assert_eq!(report_counts(&report), [1, 1, 0, 0, 0, 0], "{table:?} {report}");
        assert_eq!(first_name(&api, &email).await, "Ada", "{table:?}");
    }
    let report = expect_failed_import(&api, "", "sep=;\nemail;firstName\nnobody;Ada\n").await;
    assert_eq!(report["results"][0]["line"], 3, "the line sep= is one of the file");
}

async fn every_encoding_is_read(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    };
    let table = |email: &str| format!("email;firstName\r\n{email};Zoë\r\n");
    let latin = |email: &str| -> Vec<u8> {
        table(email).chars().map(|char| u8::try_from(u32::from(char)).unwrap()).collect()
    };
    let cases: [(&'static str, Vec<u8>); 8] = [
        ("text/csv", utf16(&format!("\u{feff}{}", table("u0@example.com")), u16::to_le_bytes)),
        ("text/csv", utf16(&format!("\u{feff}{}", table("u1@example.com")), u16::to_be_bytes)),
        (
            "text/csv; charset=utf-8",
            utf16(&format!("\u{feff}{}", table("u2@example.com")), u16::to_le_bytes),
        ),
        ("text/csv; charset=utf-16le", utf16(&table("u3@example.com"), u16::to_le_bytes)),
        ("text/csv; charset=UTF-16BE", utf16(&table("u4@example.com"), u16::to_be_bytes)),
        ("text/csv; charset=windows-1252", latin("u5@example.com")),
        ("text/csv;header=present;Charset=\"ISO-8859-1\"", latin("u6@example.com")),
        ("text/csv; charset=utf-8", table("u7@example.com").into_bytes()),
    ];
    for (number, (kind, body)) in cases.into_iter().enumerate() {
        let report = send(&api, "", kind, body).await.body(StatusCode::OK);
        assert_eq!(report_counts(&report), [1, 1, 0, 0, 0, 0], "{kind} {report}");
        let name = first_name(&api, &format!("u{number}@example.com")).await;
        assert_eq!(name, "Zoë", "{number} {kind}");
    }
    let lines =
        utf16("\u{feff}{\"email\":\"n@example.com\",\"firstName\":\"Zoë\"}", u16::to_le_bytes);
    send(&api, "", "application/x-ndjson", lines).await.body(StatusCode::OK);
    assert_eq!(first_name(&api, "n@example.com").await, "Zoë");

    let response = send(&api, "", "text/csv", latin("l@example.com")).await;
    let report = response.body(StatusCode::UNPROCESSABLE_ENTITY);
    let detail = report["results"][0]["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("UTF-8") && detail.contains("charset"), "{detail}");
    let unmarked = utf16(&table("m@example.com"), u16::to_le_bytes);
    let response = send(&api, "", "text/csv", unmarked).await;
    assert_eq!(response.problem(StatusCode::UNPROCESSABLE_ENTITY).1, ["/header"]);
    let detail = response.body["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("UTF-16"), "{detail}");
}

async fn an_unknown_charset_is_rejected_with_those_that_are_supported(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    for kind in [
        "text/csv; charset=utf-7",
        "text/csv; charset=ebcdic",
        "text/csv; charset=",
        "application/x-ndjson; charset=utf-32",
    ] {
        let response: ApiResponse = send(&api, "", kind, "email\n").await;
        assert_eq!(response.problem(StatusCode::UNSUPPORTED_MEDIA_TYPE).0, "media_type", "{kind}");
        let detail = response.body["detail"].as_str().unwrap();
        assert!(detail.contains("utf-8") && detail.contains("windows-1252"), "{detail}");
    }
}

async fn unclosed_quote_is_reported_with_its_line(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    for (table, line) in [
        ("email,firstName\na@example.com,\"Ada\nb@example.com,Bob\n", "line 2"),
        ("email,firstName\r\n\r\na@example.com,Ada\r\n\"b@example.com,Bob", "line 4"),
        ("\"email,firstName\na@example.com,Ada\n", "line 1"),
    ] {
        for query in ["", "?mode=ROW_BY_ROW", "?dryRun=true"] {
            let response = send(&api, query, "text/csv", table).await;
            assert_eq!(response.problem(StatusCode::UNPROCESSABLE_ENTITY).0, "invalid");
            let detail = response.body["errors"][0]["detail"].as_str().unwrap();
            assert!(detail.contains(line) && detail.contains("never closed"), "{detail}");
        }
    }
    let misquoted = "email,firstName\na@example.com,\"Ada\" the first\nb@example.com,Bob\n";
    let report = csv(&api, "?mode=ROW_BY_ROW", misquoted).await;
    assert_eq!(report_counts(&report), [2, 1, 0, 0, 0, 1]);
    assert_eq!(report["results"][0]["line"], json!(2));
    assert_eq!(users(&world), 1);
}

async fn a_column_disables_and_enables_users(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let filter = "/users?filter=email%20eq%20%22ada%40example.com%22";
    for (cell, disabled, status) in [
        ("true", true, "DISABLED"),
        ("", true, "DISABLED"),
        ("false", false, "STAGED"),
        ("1", true, "DISABLED"),
    ] {
        let table = format!("email,firstName,disabled\nada@example.com,Ada,{cell}\n");
        csv(&api, "?onExisting=UPDATE", &table).await;
        let list = api.get(filter).await.body(StatusCode::OK);
        let user = &list["items"][0];
        assert_eq!((&user["disabled"], &user["status"]), (&json!(disabled), &json!(status)));
    }
    for disabled in [false, true] {
        let line = json!({"email": "ada@example.com", "disabled": disabled}).to_string();
        let response = send(&api, "?onExisting=UPDATE", "application/x-ndjson", line).await;
        assert_eq!(
            report_counts(&response.body(StatusCode::OK))[2],
            1,
            "a line of JSON changes it as well"
        );
        let list = api.get(filter).await.body(StatusCode::OK);
        assert_eq!(list["items"][0]["disabled"], disabled);
    }
    let table = "email,disabled\nada@example.com,perhaps\n";
    let report = expect_failed_import(&api, "?onExisting=UPDATE", table).await;
    assert_eq!(report["results"][0]["errors"][0]["field"], "disabled", "{report}");
}

async fn kind_of_a_file_that_is_not_a_table_is_reported(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    for (file, kind) in [
        (&b"PK\x03\x04\x14\0\x06\0"[..], "spreadsheet"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0", "Excel 97"),
        (b"{\"email\": \"ada@example.com\"}", "JSON"),
        (b"\n[{\"email\": \"ada@example.com\"}]", "JSON"),
        (b"<html><table><tr><td>email</td></tr></table></html>", "HTML"),
    ] {
        let response = send(&api, "", "text/csv", file.to_vec()).await;
        let (code, places) = response.problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!((code.as_str(), places), ("invalid", vec!["/header".to_owned()]));
        let detail = response.body["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains(kind), "{detail}");
    }
    assert_eq!(users(&world), 0);
}
