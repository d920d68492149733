//! `usher user import`

use serde_json::{Value, json};

use crate::program::Folder;

fn report(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_file_is_imported_with_a_report() {
    let folder = Folder::migrated();
    folder.file("users.csv", "E-Mail;First Name;teamName\nada@example.com;Ada;Ops\n;;\n");
    let dry = folder.does(&["user", "import", "users.csv", "--dry-run", "--create-missing-teams"]);
    assert!(dry.contains("Dry run, nothing was written: 1 created"), "{dry}");
    assert!(dry.contains("firstName: - -> Ada"), "{dry}");
    assert!(dry.contains("teamName Ops: - -> RESPONDER"), "{dry}");
    let output = folder.does(&["user", "import", "users.csv", "--create-missing-teams"]);
    assert!(output.contains("Rows: 1 created"), "{output}");
    let again = folder.does(&["user", "import", "users.csv", "--json"]);
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
    let body = folder.does(&[
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
fn what_can_not_be_imported_is_refused() {
    let folder = Folder::migrated();
    folder.file("users.csv", "emial\nada@example.com\n");
    folder.file("good.csv", "email\n");
    for (arguments, message) in [
        (vec!["users.csv"], "Did you mean email?"),
        (vec!["nothing.csv"], "nothing.csv"),
        (vec![".", "--format", "CSV"], "directory"),
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
