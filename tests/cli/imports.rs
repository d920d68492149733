//! `usher user import`

use serde_json::{Value, json};

use crate::program::{Folder, rows};

fn report(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_file_is_imported_with_a_report() {
    let folder = Folder::migrated();
    folder.file("users.csv", "E-Mail;First Name;teamName\nada@example.com;Ada;Ops\n;;\n");
    let dry = folder.run(&["user", "import", "users.csv", "--dry-run", "--create-missing-teams"]);
    assert!(dry.contains("Dry run, nothing was written: 1 created"), "{dry}");
    assert!(dry.contains("firstName: - -> Ada"), "{dry}");
    assert!(dry.contains("teamName Ops: - -> RESPONDER"), "{dry}");
    let output = folder.run(&["user", "import", "users.csv", "--create-missing-teams"]);
    assert!(output.contains("Rows: 1 created"), "{output}");
    let again = folder.run(&["user", "import", "users.csv", "--json"]);
    let again = report(&again);
    assert_eq!((&again["unchanged"], &again["committed"]), (&json!(1), &json!(true)));
}

#[test]
fn rows_that_fail_make_the_command_fail() {
    let folder = Folder::migrated();
    folder.file("users.ndjson", "{\"email\":\"ada@example.com\"}\n{\"email\":\"nobody\"}\n");
    let output = folder.usher(&["user", "import", "users.ndjson"]);
    assert_eq!(output.code, Some(1), "{output:?}");
    assert!(
        output.out.contains("FAILED") && output.out.contains("1 not written, 1 failed"),
        "{output:?}"
    );
    assert!(output.err.contains("nothing was written"), "{output:?}");
    let output =
        folder.usher(&["user", "import", "users.ndjson", "--mode", "ROW_BY_ROW", "--json"]);
    assert_eq!(output.code, Some(1), "{output:?}");
    assert_eq!(report(&output.out)["created"], 1);
    assert!(!output.err.contains('\r'), "no progress bar, as it is no terminal: {output:?}");
}

#[test]
fn a_file_in_another_encoding_is_imported() {
    let folder = Folder::migrated();
    folder.file("users.csv", b"email,firstName\nada@example.com,Zo\xEB\n");
    let output = folder.usher(&["user", "import", "users.csv"]);
    assert!(output.out.contains("charset"), "{output:?}");
    let body = folder.run(&[
        "user",
        "import",
        "users.csv",
        "--charset",
        "windows-1252",
        "--dry-run",
        "--json",
    ]);
    assert!(body.contains("Zoë"), "{body}");
}

#[test]
fn invalid_import_is_rejected() {
    let folder = Folder::migrated();
    folder.file("users.csv", "emial\nada@example.com\n");
    folder.file("good.csv", "email\n");
    for (arguments, message) in [
        (vec!["users.csv"], "Did you mean email?"),
        (vec!["nothing.csv"], "nothing.csv"),
        (vec![".", "--format", "CSV"], "is a folder, but a file is expected"),
        (vec!["users.csv", "--charset", "utf-7"], "windows-1252"),
        (vec!["users.csv", "--mode", "all"], "ATOMIC, ROW_BY_ROW"),
        (vec!["users.csv", "--on-existing", "Fail"], "FAIL, SKIP, UPDATE"),
        (vec!["good.csv", "--account", "nobody"], "nobody"),
    ] {
        let output = folder.usher(&[vec!["user", "import"], arguments].concat());
        assert_ne!(output.code, Some(0), "{output:?}");
        assert!(output.err.contains(message), "{message}: {output:?}");
    }
}

/// Messages of an import name flags of the command, not parameters of the API.
#[test]
fn import_errors_name_flags() {
    let folder = Folder::migrated();
    folder.file("ada.csv", "email,firstName\nada@example.com,Ada\n");
    folder.run(&["user", "import", "ada.csv"]);
    folder.file("exists.csv", "email,firstName\nada@example.com,Augusta\n");
    folder.file("role.csv", "email,role\nada@example.com,OWNER\n");
    folder.file("team.csv", "email,teamName\nada@example.com,Ops\n");
    folder.file("latin.csv", b"email,firstName\nada@example.com,Zo\xEB\n");
    folder.file("header.csv", b"email,firstN\xE4me\n");
    folder.file("sheet.csv", b"PK\x03\x04");
    folder.file("quote.csv", "email\n\"ada@example.com\n");
    folder.file("users.csv", "[{\"email\": \"ada@example.com\"}]");
    for (file, message) in [
        ("exists.csv", "Use --on-existing UPDATE to change"),
        ("role.csv", "role: \"OWNER\" must be one of STAKEHOLDER"),
        ("team.csv", "--create-missing-teams"),
        ("latin.csv", "name its encoding by --charset"),
        ("header.csv", "header.csv: must be text in UTF-8"),
        ("sheet.csv", "sheet.csv: must be a table in CSV"),
        ("quote.csv", "must close each quote"),
        ("users.csv", "end the file's name with .ndjson"),
    ] {
        let output = folder.usher(&["user", "import", file]);
        let text = format!("{}{}", output.out, output.err);
        assert!(text.contains(message), "{message}: {text}");
        for word in [
            "\"\"",
            "onExisting",
            "mode=",
            "Content-Type",
            "createMissingTeams",
            "application/",
            "/api/",
        ] {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }
}

#[test]
fn rows_of_a_report_have_the_address() {
    let folder = Folder::migrated();
    folder.file("users.csv", "email,role\nada@example.com,USER\nbob@example.com,OWNER\nnobody,\n");
    let dry = folder.usher(&["user", "import", "users.csv", "--dry-run"]);
    let rows = rows(&dry.out);
    for cells in [
        ["2", "CREATED", "ada@example.com"],
        ["3", "FAILED", "bob@example.com"],
        ["4", "FAILED", "nobody"],
    ] {
        assert!(rows.iter().any(|row| row.starts_with(&cells)), "{cells:?}: {dry:#?}");
    }
}
