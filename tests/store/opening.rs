//! Opening and migrating.

use std::{fs, os::unix::fs::PermissionsExt, time::Duration};

use usher::{
    domain::{
        audit::{Actor, AuditChange, AuditEntry, AuditTarget},
        filter::{Condition, TextOperator},
        id::{IdentityId, TeamId},
        lists::{Listing, SortOrder, UserAttribute},
        profile_field::ProfileField,
        user::{Profile, User},
    },
    store::{Db, MigrationReport, PoolOptions, StoreError},
};

use crate::{
    older_version,
    support::db::options,
    world::{account, connection, count_users, id, insert_account_with_user, now, user},
};

on_both_databases! {
    fn migrating_a_migrated_database_does_nothing(db) {
        assert_eq!(db.pending_migrations().unwrap(), [""; 0]);
        assert_eq!(db.migrate().unwrap(), MigrationReport::default());
    }

    fn a_database_of_a_newer_version_is_rejected(db) {
        crate::corruption::run(db, "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')");
        for rejected in [db.migrate().map(|report| report.applied), db.pending_migrations()] {
            let newer = matches!(&rejected, Err(StoreError::Newer(version)) if version == "9999");
            assert!(newer, "{rejected:?}");
        }
    }

    fn connections_of_an_older_version_get_unique_names(db) {
        let (ours, other) = (account("acme"), account("other"));
        let named = |account, name: &str| {
            let mut named = connection(account);
            named.name = name.to_owned();
            named
        };
        let (first, second) = (named(&ours, "Okta"), named(&ours, "Okta 2"));
        let theirs = named(&other, "Okta");
        db.write(|tx| {
            tx.insert_account(&ours)?;
            tx.insert_account(&other)?;
            [&first, &second, &theirs].into_iter().try_for_each(|one| tx.insert_connection(one))
        })
        .unwrap();
        let older = "DROP INDEX connections_name;
            ALTER TABLE connections DROP COLUMN name_key;
            ALTER TABLE connections DROP COLUMN ignored_certificates;
            DROP TABLE idp_metadata;
            DROP TABLE certificate_uses;
            UPDATE connections SET name = 'OKTA' WHERE name = 'Okta 2';
            DELETE FROM __diesel_schema_migrations WHERE version = '0010';";
        older_version::run(db, older);
        let MigrationReport { applied, notes } = older_version::migrate(db);
        assert_eq!(applied, ["0010_connections"]);
        let [note] = notes.as_slice() else { panic!("{notes:?}") };
        for part in [&ours.id.to_string(), &second.id.to_string(), "\"OKTA\"", "\"OKTA (2)\""] {
            assert!(note.contains(part), "{part}: {note}");
        }
        db.read(|tx| {
            for (account, name, expected) in [
                (ours.id, "okta", first.id),
                (ours.id, "okta (2)", second.id),
                (other.id, "OKTA", theirs.id),
            ] {
                let found = tx.connection_by_name(account, name)?;
                assert_eq!(found.map(|one| one.id), Some(expected), "{name}");
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    }

    fn users_of_an_earlier_version_are_found_by_their_displayed_values(db) {
        let account = account("acme");
        let names = ("Ada".to_owned(), "LOVELACE".to_owned());
        let profile = Profile { first_name: names.0, last_name: names.1, ..Profile::default() };
        let ada = User { profile, ..user(&account, "ada@acme.example") };
        db.write(|tx| {
            tx.insert_account(&account)?;
            tx.insert_user(&ada)
        })
        .unwrap();
        let older = "DROP INDEX users_by_display_name;
            ALTER TABLE users DROP COLUMN display_name_key;
            DELETE FROM __diesel_schema_migrations WHERE version = '0004';";
        older_version::run(db, older);
        assert_eq!(older_version::migrate(db).applied, ["0004_display_name"]);
        let body = Condition::Text(
            UserAttribute::Profile(ProfileField::DisplayName),
            TextOperator::Eq,
            "ada lovelace".to_owned(),
        );
        let (after, order) = (None, SortOrder::Ascending);
        let listing =
            Listing { condition: Some(body), sort: None, order, after, count: 2, with_total: false };
        let page = db.read(|tx| tx.list_users(account.id, &listing)).unwrap();
        assert_eq!(page.items, [ada]);
    }

    fn audit_entries_of_an_older_version_are_found_by_their_user(db) {
        let (account, _, ada) = insert_account_with_user(db, "a");
        let entry = |action: &'static str, target: AuditTarget| {
            let user = target.user.map(|user| user.to_string());
            let from = user.clone().filter(|_| action.ends_with("delete"));
            AuditEntry {
                id: id(),
                account: account.id,
                at: now(),
                actor: Actor::CommandLine,
                request: None,
                action: action.into(),
                target,
                changes: vec![AuditChange { field: "user".into(), to: user.filter(|_| from.is_none()), from }],
            }
        };
        let mut entries = [
            entry("user.update", ada.id.into()),
            entry("deleted_user.delete", ada.id.into()),
            entry("identity.create", (id::<IdentityId>(), ada.id).into()),
            entry("identity.delete", (id::<IdentityId>(), ada.id).into()),
            entry("team.member.add", (id::<TeamId>(), ada.id).into()),
            entry("team.create", id::<TeamId>().into()),
        ];
        db.write(|tx| tx.insert_audits(&entries)).unwrap();
        older_version::run(
            db,
            "DROP INDEX audit_events_of_user; ALTER TABLE audit_events DROP COLUMN user_id;
             DELETE FROM __diesel_schema_migrations WHERE version = '0018'",
        );
        assert_eq!(older_version::migrate(db).applied, ["0018_audit_of_users"]);
        let mut stored = db.read(|tx| tx.list_audit(account.id, &Listing::first(9))).unwrap().items;
        entries.sort_by_key(|entry| entry.id);
        stored.sort_by_key(|entry| entry.id);
        assert_eq!(stored, entries);
    }

    fn users_of_an_older_version_are_counted(db) {
        let account = account("acme");
        db.write(|tx| {
            tx.insert_account(&account)?;
            tx.insert_users(&[user(&account, "ada@acme.example"), user(&account, "alan@acme.example")])
        })
        .unwrap();
        older_version::run(db, match db.is_embedded() {
            true => "DROP TRIGGER users_come; DROP TRIGGER users_go; DROP TABLE user_counts;",
            false => "DROP FUNCTION count_users CASCADE; DROP TABLE user_counts;",
        });
        crate::corruption::run(
            db,
            "DELETE FROM __diesel_schema_migrations WHERE version = '0005'",
        );
        assert_eq!(older_version::migrate(db).applied, ["0005_user_counts"]);
        assert_eq!(count_users(db, &account), 2);
        db.write(|tx| tx.insert_user(&user(&account, "grace@acme.example"))).unwrap();
        assert_eq!(count_users(db, &account), 3);
    }
}

#[test]
fn mistyped_address_is_rejected_and_creates_no_file() {
    for address in [
        "",
        "usher.sqlite",
        "postgress://ada:secret@db/usher",
        "postgres:/ada:secret@db/usher",
        "postgresql:ada:secret@db/usher",
        "Postgres://ada:secret@db/usher",
        "mysql://ada:secret@db/usher",
        "file:usher.sqlite",
        ":memory:",
        "sqlite:",
        "sqlite://",
        "sqlite::memory:",
        "sqlite:a\0b",
        "postgres://ada:secret@localhost:99999999/usher",
        "postgres://ada:secret@[::1/usher",
        "postgres://ada:sec/secret@localhost/usher",
    ] {
        let error = Db::open(address, &options()).unwrap_err();
        assert!(matches!(error, StoreError::Address(_)), "{address}: {error:?}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }
}

#[test]
fn unreachable_postgresql_is_reported_without_its_password() {
    for address in [
        "postgres://ada:s%65cret@%2Fnowhere/usher",
        "postgres://ada:secret@%2Fnowhere/usher?colour=red",
        "postgres://ada@%2Fnowhere/usher?password=secret&colour=red",
        "host=/nowhere password=secret colour=red",
    ] {
        let error = Db::open(address, &options()).unwrap_err();
        let may_come_back = !address.contains("colour");
        let is_unavailable = matches!(error, StoreError::Unavailable(_));
        assert_eq!(is_unavailable, may_come_back, "{address}: {error:?}");
        assert!(is_unavailable || matches!(error, StoreError::Rejected(_)), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }
}

#[test]
fn new_database_files_are_readable_by_their_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.sqlite");
    let db = Db::open(path.to_str().unwrap(), &options()).unwrap();
    db.migrate().unwrap();
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap()).collect();
    assert_eq!(files.len(), 4, "the file, its log, the log's index, and the lock: {files:?}");
    for file in files {
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file:?}");
    }
}

#[test]
fn a_file_is_found_by_each_spelling_of_its_address() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file:odd name?x=1#.db");
    let path = path.to_str().unwrap();
    Db::open(path, &options()).unwrap().migrate().unwrap();
    for address in [path.to_owned(), format!("sqlite:{path}"), format!("sqlite://{path}")] {
        let db = Db::open(&address, &options()).unwrap();
        assert_eq!(db.pending_migrations().unwrap(), [""; 0], "{address}");
    }
}

#[test]
fn a_file_that_must_exist_is_not_created() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.sqlite");
    let error = Db::open_existing(path.to_str().unwrap(), &options()).unwrap_err();
    assert!(matches!(&error, StoreError::Missing(name) if name.ends_with("usher.sqlite")));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// As one that is stopped, or whose machine hangs.
#[test]
fn silent_server_is_abandoned_within_seconds() {
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = silent.local_addr().unwrap().port();
    let started = std::time::Instant::now();
    for address in [
        format!("postgres://ada@127.0.0.1:{port}/usher?connect_timeout=2"),
        format!("host=127.0.0.1 port={port} user=ada"),
    ] {
        let error = Db::open(&address, &options()).unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    }
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn missing_folder_is_reported() {
    let error = Db::open("sqlite:/nowhere/at/all/usher.sqlite", &options()).unwrap_err();
    assert!(
        matches!(&error, StoreError::Unavailable(why) if why.contains("/nowhere")),
        "{error:?}"
    );
}

#[test]
fn file_that_is_not_a_database_is_rejected_and_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let notes = "not a database at all, but more than a hundred bytes of notes: ".repeat(9);
    fs::write(&path, &notes).unwrap();
    let short = PoolOptions { wait: Duration::from_millis(200), ..options() };
    let error = Db::open(path.to_str().unwrap(), &short).unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_)), "{error:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), notes);
}

#[test]
fn a_database_is_pending_until_it_is_migrated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.sqlite");
    let db = Db::open(path.to_str().unwrap(), &options()).unwrap();
    let pending = db.pending_migrations().unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut all: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    all.sort();
    assert!(pending[0].starts_with("0001"), "{pending:?}");
    assert_eq!(pending, all);
    assert_eq!(db.migrate().unwrap().applied, pending);
    assert_eq!(db.pending_migrations().unwrap(), [""; 0]);
}
