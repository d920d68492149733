//! `usher config`, and where settings come from.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::program::Folder;

#[test]
fn the_default_file_is_a_configuration_file() {
    let folder = Folder::new();
    let default = folder.run(&["config", "default"]);
    assert!(default.contains("# The configuration of Usher"));
    folder.file("usher.toml", &default);
    let with = folder.run(&["config", "print", "--config", "usher.toml"]);
    assert_eq!(with, folder.run(&["config", "print"]));
    // And so it is with every line of it in force.
    let lines = default.lines().filter(|line| !line.starts_with("# ") && *line != "#");
    let lines: Vec<_> = lines.map(|line| line.trim_start_matches('#')).collect();
    folder.file("all.toml", lines.join("\n"));
    assert_eq!(folder.run(&["config", "print", "--config", "all.toml"]), with);
}

#[test]
fn printed_defaults_are_a_configuration_file() {
    let folder = Folder::new();
    let printed = folder.run(&["config", "print", "--session-hours", "7"]);
    assert!(printed.contains("session_hours = 7\n"), "{printed}");
    folder.file("printed.toml", &printed);
    assert_eq!(folder.run(&["config", "print", "--config", "printed.toml"]), printed);
}

#[test]
fn flag_overrides_the_environment_and_the_environment_overrides_the_file() {
    let folder = Folder::new();
    folder.file("usher.toml", "session_hours = 1\nrequest_minutes = 1\ntoken_minutes = 1\n");
    let folder = folder
        .with("USHER_CONFIG", "usher.toml")
        .with("USHER_REQUEST_MINUTES", "2")
        .with("USHER_TOKEN_MINUTES", "2");
    let printed = folder.run(&["config", "print", "--token-minutes", "3"]);
    for line in ["session_hours = 1\n", "request_minutes = 2\n", "token_minutes = 3\n"] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
}

#[test]
fn unknown_setting_is_an_error_in_file_and_environment() {
    let folder = Folder::new();
    folder.file("usher.toml", "listen = \"127.0.0.1:1\"\nbase_uri = \"https://x.example\"\n");
    for command in ["print", "check"] {
        let why = folder.run_failing(&["config", command, "--config", "usher.toml"]);
        assert!(why.contains("usher.toml") && why.contains("base_uri"), "{why}");
        assert!(why.contains("line 2") && why.contains("base_url"), "{why}");
    }
    folder.run_failing(&["config", "print", "--base-uri", "https://x.example"]);
    let folder = folder.with("USHER_BASE_URI", "https://x.example");
    let why = folder.run_failing(&["config", "check"]);
    assert!(why.contains("USHER_BASE_URI") && why.contains("USHER_BASE_URL"), "{why}");
    let output = folder.usher(&["config", "print"]);
    assert_eq!(output.code, Some(0), "{output:#?}");
    assert!(output.err.contains("Did you mean USHER_BASE_URL?"), "{output:#?}");
}

#[test]
fn variables_of_a_kubernetes_service_called_usher_are_ignored() {
    let folder = Folder::migrated()
        .with("USHER_SERVICE_HOST", "10.0.0.1")
        .with("USHER_SERVICE_PORT", "80")
        .with("USHER_PORT", "tcp://10.0.0.1:80")
        .with("USHER_PORT_80_TCP_ADDR", "10.0.0.1");
    folder.run(&["config", "check"]);
    folder.run(&["account", "list"]);
}

#[test]
fn invalid_log_level_is_rejected() {
    let folder = Folder::new();
    for log in ["verbose", "inof", "usher=loud", "info,verbose"] {
        let why = folder.run_failing(&["config", "print", "--log", log]);
        assert!(why.contains("\n  --log: ") && why.contains("must be a level"), "{why}");
    }
    for log in ["INFO", "info,usher::http=debug", "off", "warn,usher[request]=trace"] {
        folder.run(&["config", "print", "--log", log]);
    }
}

#[test]
fn all_invalid_values_are_reported_together() {
    let folder = Folder::new();
    let file = "base_url = 'http://login.example.com'\nlog_format = 'xml'\nattempt_days = 0\n";
    folder.file("usher.toml", file);
    let folder = folder.with("USHER_SESSION_HOURS", "1000");
    for command in [&["config", "check"][..], &["config", "print"], &["migrate"], &["health"]] {
        let flags = ["--config", "usher.toml", "--listen", "8080", "--landing", "//evil.example"];
        let why = folder.run_failing(&[command, &flags].concat());
        for field in [
            "usher.toml, base_url",
            "usher.toml, log_format",
            "usher.toml, attempt_days",
            "USHER_SESSION_HOURS",
            "--listen",
            "--landing",
        ] {
            assert!(why.contains(&format!("\n  {field}: ")), "{field}: {why}");
        }
        assert!(why.contains("1 to 720"), "{why}");
    }
    assert!(!folder.path().join("usher.sqlite").exists(), "nothing was begun");
    let folder = Folder::new();
    let why = folder.run_failing(&["config", "check", "--landing", "//evil.example"]);
    assert!(why.contains("landing"), "{why}");
}

#[test]
fn a_value_of_the_wrong_kind_is_an_error() {
    let folder = Folder::new();
    for (line, field) in [
        ("session_hours = '12'", "session_hours"),
        ("return_origins = 'https://app.example.com'", "return_origins"),
        ("listen = 8080", "listen"),
        ("listen = '127.0.0.1:80", "line 1"),
    ] {
        folder.file("usher.toml", line);
        let why = folder.run_failing(&["config", "check", "--config", "usher.toml"]);
        assert!(why.contains(field), "{line}: {why}");
    }
    let why = folder.run_failing(&["config", "check", "--config", "none.toml"]);
    assert!(why.contains("none.toml: the file or folder does not exist"), "{why}");
}

#[test]
fn config_check_reports_the_result_and_creates_nothing() {
    let folder = Folder::new();
    let fresh = folder.run(&["config", "check"]);
    assert!(fresh.contains("does not exist yet") && fresh.contains("usher migrate"), "{fresh}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    folder.run(&["migrate"]);
    let checked = folder.run(&["config", "check"]);
    assert!(checked.contains("The configuration is in order."), "{checked}");
    assert!(checked.contains("sqlite:usher.sqlite answers and is of this version"), "{checked}");
    assert!(checked.contains("No damage was found"), "{checked}");
}

/// Whichever is missing, something was lost: a new one would hide it.
#[test]
fn database_and_key_file_must_exist_together() {
    for (lost, remedy) in
        [("usher.sqlite", "usher restore FILE"), ("usher.key", "Restore the file")]
    {
        let folder = Folder::migrated();
        fs::remove_file(folder.path().join(lost)).unwrap();
        for command in [&["serve"][..], &["migrate"], &["config", "check"], &["account", "list"]] {
            let why = folder.run_failing(command);
            assert!(why.contains(remedy), "{lost} {command:?}: {why}");
            assert!(!folder.path().join(lost).exists(), "{lost} {command:?}");
        }
    }
    let folder = Folder::migrated();
    fs::remove_file(folder.path().join("usher.sqlite")).unwrap();
    folder.run(&["migrate", "--create"]);
    folder.run(&["config", "check"]);
    // An empty file is no database either.
    let folder = Folder::migrated();
    fs::write(folder.path().join("usher.sqlite"), "").unwrap();
    assert!(folder.run_failing(&["serve"]).contains("is empty"));
}

#[test]
fn config_check_detects_a_damaged_database() {
    let folder = Folder::migrated();
    let path = folder.path().join("usher.sqlite");
    let mut bytes = fs::read(&path).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    let why = folder.run_failing(&["config", "check"]);
    assert!(why.contains("damaged") && why.contains("usher restore"), "{why}");
}

#[test]
fn unwritable_database_is_reported_by_the_check_and_at_a_start() {
    for (read_only, mode, before) in [("usher.sqlite", 0o400, 0o600), (".", 0o500, 0o700)] {
        let folder = Folder::new().obeying_file_permissions();
        folder.run(&["migrate"]);
        let permit = |mode| {
            let path = folder.path().join(read_only);
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        permit(mode);
        let path = folder.path().join(read_only).canonicalize().unwrap();
        for command in [&["config", "check"][..], &["serve"], &["account", "create", "acme"]] {
            let why = folder.run_failing(command);
            assert!(why.contains("the database is read-only"), "{read_only} {command:?}: {why}");
            assert!(why.contains(&format!("{}: ", path.display())), "{command:?}: {why}");
        }
        permit(before);
        folder.run(&["config", "check"]);
    }
}

#[test]
fn address_of_an_unsupported_database_is_named() {
    let folder = Folder::new();
    for (database, what) in [
        ("mysql://ada:geheim@db/usher", "is MySQL"),
        ("mongodb://ada:geheim@db/usher", "is MongoDB"),
        ("jdbc:postgresql://db/usher", "JDBC"),
        ("postgres://ada:ge/heim@db/usher", "%2F"),
    ] {
        // Beside every other error.
        let flags = ["--database", database, "--session-hours", "0"];
        let why = folder.run_failing(&[&["config", "print"][..], &flags].concat());
        assert!(why.contains(what) && why.contains("--session-hours: "), "{database}: {why}");
        assert!(!why.contains("heim"), "{why}");
    }
    for (database, printed) in [
        ("postgres://ada:geheim@a:5432,b:5433/usher", "postgres://ada:hidden@a:5432,b:5433/usher"),
        ("host=a,b user=ada password='ge heim'", "host=a,b user=ada password=hidden"),
    ] {
        let output = folder.run(&["config", "print", "--database", database]);
        assert!(output.contains(printed) && !output.contains("heim"), "{output}");
    }
}

#[test]
fn unreachable_database_is_named() {
    let folder = Folder::new();
    for (database, why) in [
        ("sqlite:no/such/folder/usher.sqlite", "no/such/folder"),
        ("mysql://u@h/d", "postgres://"),
        ("usher.sqlite", "sqlite:"),
        ("sqlite::memory:", "memory"),
        ("postgres://usher@127.0.0.1:1/usher", "127.0.0.1"),
    ] {
        let output = folder.run_failing(&["config", "check", "--database", database]);
        assert!(output.contains(why), "{database}: {output}");
    }
}

#[test]
fn file_that_is_not_a_database_is_named() {
    let folder = Folder::new();
    folder.file("usher.sqlite", "this is no database, but a text of some length. ".repeat(100));
    let why = folder.run_failing(&["config", "check"]);
    assert!(why.contains("database"), "{why}");
}

#[test]
fn errors_of_file_environment_and_key_files_are_reported_together() {
    let folder = Folder::new();
    let file = "base_uri = 'https://x.example'\nlisten = 8080\nworkers = 'many'\n\
                landing = '//evil.example'\nbase_url = 'login'\nsecret_key = ['geheim']\n";
    folder.file("usher.toml", file);
    fs::create_dir(folder.path().join("data")).unwrap();
    let folder = folder
        .with("USHER_SESSION_HOURS", "abc")
        .with("USHER_GRACE", "-1")
        .with("USHER_DATABASE", "sqlite:data")
        .with("USHER_SECRET_KEY_FILE", "data");
    for command in [&["config", "check"][..], &["serve"], &["migrate"], &["user", "list"]] {
        let why = folder.run_failing(&[command, &["--config", "usher.toml"]].concat());
        for words in [
            "usher.toml, line 1: base_uri is not a setting. Did you mean base_url?",
            "usher.toml, line 2: listen must be a string in quotes",
            "usher.toml, line 6: secret_key must be a string in quotes",
            "usher.toml, workers: \"many\" must be a whole number from 0 to 1024",
            "usher.toml, landing: ",
            "usher.toml, base_url: ",
            "USHER_SESSION_HOURS: \"abc\" must be a whole number from 1 to 720",
            "USHER_GRACE: \"-1\" must be a whole number from 1 to 3600",
            "USHER_DATABASE: \"sqlite:data\" must be a file, not a folder",
            "USHER_SECRET_KEY_FILE: \"data\" must be a file, not a folder",
        ] {
            assert!(why.contains(words), "{words}: {why}");
        }
        assert!(!why.contains("geheim"), "{why}");
    }
    // A variable that is none is one error among the others.
    let folder = folder.with("USHER_LSITEN", "x").with("USHER_USHER_SERVICE_HOST", "10.0.0.1");
    let why = folder.run_failing(&["config", "check"]);
    assert!(why.contains("Did you mean USHER_LISTEN?") && why.contains("USHER_GRACE: "), "{why}");
    assert!(!why.contains("SERVICE_HOST"), "{why}");
}
