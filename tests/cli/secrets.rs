//! Secrets, which no error shows, and the secret key.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
};

use crate::program::Folder;

/// Base64 of 32 bytes.
const KEY: &str = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ=";
const OTHER_KEY: &str = "b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItMTI=";
const PASSWORD: &str = "geheim";

/// Addresses with the password in each place where libpq takes one.
const ADDRESSES: [&str; 8] = [
    "postgres://ada:geheim@127.0.0.1:1/usher",
    "postgresql://ada:geheim@127.0.0.1:1/usher?sslmode=disable",
    "postgres://127.0.0.1:1/usher?user=ada&password=geheim",
    "postgres:///usher?host=/nowhere&password=geheim",
    "postgres://ada:geheim@127.0.0.1:1,127.0.0.1:2/usher",
    "postgres://ada:geheim@%2Fnowhere/usher",
    "postgres://ada:geheim@[::1/usher",
    "mysql://ada:geheim@127.0.0.1/usher",
];

/// `serve` would wait for the database: see `recovery.rs`.
#[test]
fn database_password_is_never_printed() {
    for address in ADDRESSES {
        let folder = Folder::new();
        folder.file("usher.toml", format!("database = {address:?}\n"));
        let by_file = ["--config", "usher.toml"];
        let by_flag = ["--database", address];
        let by_environment = Folder::new().with("USHER_DATABASE", address);
        for command in [
            &["config", "print"][..],
            &["config", "check"],
            &["migrate"],
            &["account", "list"],
            &["--help"],
            &["config", "print", "--session-hours", "0"],
            &["config", "print", "--session-hours", "x"],
        ] {
            for output in [
                folder.usher(&[command, &by_file].concat()),
                folder.usher(&[command, &by_flag].concat()),
                by_environment.usher(command),
            ] {
                assert!(!output.out.contains(PASSWORD), "{address} {command:?}: {output:#?}");
                assert!(!output.err.contains(PASSWORD), "{address} {command:?}: {output:#?}");
            }
        }
    }
}

/// A line of the file that can't be read is named, not repeated.
#[test]
fn error_beside_a_secret_does_not_print_the_secret() {
    let folder = Folder::new();
    for line in [
        "database = \"postgres://ada:geheim@127.0.0.1/usher",
        "database = \"postgres://ada:geheim@127.0.0.1/usher\" session_hours = 1",
        "secret_key = geheim",
        "secret_key = [\"geheim\"]",
        "secret_keys = \"geheim\"",
    ] {
        folder.file("usher.toml", line);
        let output = folder.run_failing(&["config", "check", "--config", "usher.toml"]);
        assert!(!output.contains(PASSWORD), "{line}: {output}");
        assert!(output.contains("usher.toml") && output.contains("line 1"), "{line}: {output}");
    }
}

#[test]
fn secret_key_is_never_printed() {
    let folder = Folder::new();
    folder.file("usher.toml", format!("secret_key = \"{KEY}\"\n"));
    let by_environment = Folder::new().with("USHER_SECRET_KEY", KEY);
    for command in [
        &["config", "print"][..],
        &["config", "check"],
        &["migrate"],
        &["account", "create", "acme", "--json"],
        &["account", "create", "BAD"],
        &["config", "print", "--listen", "x"],
        &["--help"],
    ] {
        let by_file = folder.usher(&[command, &["--config", "usher.toml"]].concat());
        for output in [by_file, by_environment.usher(command)] {
            assert!(!format!("{output:?}").contains(KEY), "{command:?}: {output:#?}");
        }
    }
    assert!(by_environment.run(&["config", "print"]).contains("secret_key = \"(hidden)\""));
    // There is no flag, since flags can be seen by others.
    folder.run_failing(&["config", "print", "--secret-key", KEY]);
}

#[test]
fn wrong_secret_key_is_reported_and_nothing_is_changed() {
    let folder = Folder::new().with("USHER_SECRET_KEY", KEY);
    folder.run(&["migrate", "--create"]);
    let database = format!("sqlite:{}", folder.path().join("usher.sqlite").display());
    let other = Folder::new().with("USHER_SECRET_KEY", OTHER_KEY).with("USHER_DATABASE", &database);
    for command in [&["config", "check"][..], &["migrate"], &["serve"]] {
        let why = other.run_failing(command);
        assert!(why.contains("sealed with another secret key"), "{command:?}: {why}");
        assert!(!why.contains(OTHER_KEY));
    }
    folder.run(&["config", "check"]);
}

#[test]
fn invalid_secret_key_is_rejected() {
    for key in ["x", "geheim", "AAAA", &KEY[..43]] {
        let folder = Folder::new().with("USHER_SECRET_KEY", key);
        let why = folder.run_failing(&["migrate"]);
        assert!(why.contains("base64 of 32 bytes") && why.contains("openssl rand"), "{why}");
        assert!(key.len() < 6 || !why.contains(key), "{why}");
    }
}

#[test]
fn the_key_file_is_created_once_and_readable_by_its_owner_only() {
    let folder = Folder::new();
    folder.run(&["migrate", "--secret-key-file", "keys/usher.key"]);
    let file = folder.path().join("keys/usher.key");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let key = fs::read_to_string(&file).unwrap();
    folder.run(&["config", "check", "--secret-key-file", "keys/usher.key"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), key);
    // Another key file could not open what is there, so none is made.
    for command in [&["config", "check"][..], &["serve"], &["migrate"], &["migrate", "--create"]] {
        let why = folder.run_failing(command);
        assert!(why.contains("usher.key does not exist, but the database"), "{why}");
        assert!(!folder.path().join("usher.key").exists(), "{command:?}");
    }
}

#[test]
fn key_file_readable_by_other_users_is_rejected() {
    let folder = Folder::migrated();
    let file = folder.path().join("usher.key");
    for mode in [0o640, 0o604, 0o660, 0o644] {
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        for command in [&["config", "check"][..], &["serve"], &["account", "list"]] {
            let why = folder.run_failing(command);
            assert!(
                why.contains("\"usher.key\" can be read by users other than its owner"),
                "{mode:o}: {why}"
            );
            assert!(why.contains("chmod 600"), "{why}");
        }
    }
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    folder.run(&["config", "check"]);
}
