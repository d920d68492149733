//! `usher backup` and `usher restore`

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::mpsc::{Receiver, Sender, channel},
};

use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use reqwest::{Client, StatusCode, Url};
use serde_json::{Value, json};

use crate::{program::Folder, running::RunningServer, support::db::TestDb};

/// How many writes there are before the backup, and how many after it.
const WRITES: usize = 60;

/// Who creates users, each with an address of its own, as fast as they are
/// answered; the addresses of those that were acknowledged.
fn load(server: &RunningServer, key: &str) -> Receiver<String> {
    let (acknowledge, acknowledged) = channel();
    for writer in 0..4 {
        let (url, key) = (server.url("/api/v1/users"), key.to_owned());
        tokio::spawn(create_users(url, key, writer, acknowledge.clone()));
    }
    acknowledged
}

async fn create_users(url: String, key: String, writer: usize, acknowledge: Sender<String>) {
    let client = Client::builder().no_proxy().build().unwrap();
    for number in 0.. {
        let email = format!("w{writer}n{number}@example.com");
        let request = client.post(&url).bearer_auth(&key).json(&json!({"email": email}));
        // Until the server is gone.
        let Ok(answer) = request.send().await else { return };
        if answer.status() == StatusCode::CREATED && acknowledge.send(email).is_err() {
            return;
        }
    }
}

async fn has_user(server: &RunningServer, key: &str, email: &str) -> bool {
    let client = Client::builder().no_proxy().build().unwrap();
    let mut url = Url::parse(&server.url("/api/v1/users")).unwrap();
    url.query_pairs_mut().append_pair("filter", &format!("email eq \"{email}\""));
    let response = client.get(url).bearer_auth(key).send().await.unwrap();
    let page: Value = response.json().await.unwrap();
    page["items"].as_array().is_some_and(|items| items.len() == 1)
}

fn beside(folder: &Folder) -> Vec<String> {
    let names = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> =
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn run(path: &Path, sql: &str) {
    let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    conn.batch_execute(sql).unwrap();
}

/// The log of the database that died is not replayed onto the backup.
#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_writes_survive_a_crash_and_a_restore() {
    let folder = Folder::migrated();
    let made = folder.run_json(&["key", "create", "--name", "Load"]);
    let key = made["secret"].as_str().unwrap();
    let server = RunningServer::serve(&folder, &[]);
    let acknowledged = load(&server, key);
    let before: Vec<_> = acknowledged.iter().take(WRITES).collect();
    folder.run(&["backup", "backup.sqlite"]);
    let after: Vec<_> = acknowledged.iter().take(WRITES).collect();
    assert_eq!((before.len(), after.len()), (WRITES, WRITES));
    // As `kill -9` does.
    drop(server);
    assert!(folder.path().join("usher.sqlite-wal").exists(), "{:?}", beside(&folder));

    let output = folder.run(&["restore", "backup.sqlite"]);
    assert!(output.contains("Restored sqlite:usher.sqlite from backup.sqlite"), "{output}");
    for gone in ["usher.sqlite-wal", "usher.sqlite-shm", "usher.sqlite-journal"] {
        assert!(!folder.path().join(gone).exists(), "{:?}", beside(&folder));
    }
    assert!(folder.run(&["config", "check"]).contains("No damage was found"));
    let server = RunningServer::serve(&folder, &[]);
    for email in before {
        assert!(has_user(&server, key, &email).await, "{email}");
    }
}

#[test]
fn backup_is_private_and_overwrites_only_by_force() {
    let folder = Folder::migrated();
    fs::create_dir(folder.path().join("folder")).unwrap();
    folder.run(&["backup", "folder/backup.sqlite"]);
    let path = folder.path().join("folder/backup.sqlite");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(
        fs::read_dir(folder.path().join("folder")).unwrap().count(),
        1,
        "nothing is beside it"
    );
    let before = fs::read(&path).unwrap();
    let why = folder.run_failing(&["backup", "folder/backup.sqlite"]);
    assert!(why.contains("exists already") && why.contains("--force"), "{why}");
    assert_eq!(fs::read(&path).unwrap(), before);
    folder.run(&["account", "create", "acme"]);
    folder.run(&["backup", "folder/backup.sqlite", "--force"]);
    assert_ne!(fs::read(&path).unwrap(), before);
}

#[test]
fn backup_that_does_not_fit_on_the_disk_leaves_no_file() {
    let folder = Folder::migrated().with_a_full_disk();
    let why = folder.run_failing(&["backup", "backup.sqlite"]);
    assert!(why.contains("backup.sqlite: the copy can't be written"), "{why}");
    assert_eq!(beside(&folder), ["usher.key", "usher.sqlite", "usher.sqlite-lock"]);
}

#[test]
fn the_database_is_not_its_own_backup() {
    let folder = Folder::migrated();
    fs::hard_link(folder.path().join("usher.sqlite"), folder.path().join("other")).unwrap();
    for file in ["usher.sqlite", "usher.sqlite-wal", "usher.sqlite-lock", "other"] {
        let why = folder.run_failing(&["backup", file, "--force"]);
        assert!(why.contains("belongs to the database itself"), "{file}: {why}");
    }
    assert!(
        folder.run_failing(&["restore", "usher.sqlite"]).contains("belongs to the database itself")
    );
    assert!(folder.run_failing(&["backup", "no/folder/b.sqlite"]).contains("no/folder"));
    assert!(folder.run_failing(&["backup", ".", "--force"]).contains("is not a file"));
    folder.run(&["config", "check"]);
}

#[test]
fn nothing_is_restored_while_a_server_or_another_program_uses_the_database() {
    let folder = Folder::migrated();
    folder.run(&["backup", "backup.sqlite"]);
    let server = RunningServer::serve(&folder, &[]);
    let why = folder.run_failing(&["restore", "backup.sqlite"]);
    assert!(why.contains("is in use") && why.contains("Stop `usher serve`"), "{why}");
    // Who was killed holds nothing.
    drop(server);
    folder.run(&["restore", "backup.sqlite"]);

    // One that does not say so by the lock.
    folder.run(&["account", "create", "acme"]);
    let path = folder.path().join("usher.sqlite");
    let mut other = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    other.batch_execute("PRAGMA journal_mode = WAL; BEGIN; SELECT * FROM accounts").unwrap();
    let why = folder.run_failing(&["restore", "backup.sqlite"]);
    assert!(why.contains("is in use"), "{why}");
    drop(other);
    assert!(folder.run(&["account", "list"]).contains("acme"), "it is as it was");
    folder.run(&["restore", "backup.sqlite"]);
    assert!(!folder.run(&["account", "list"]).contains("acme"));
}

#[test]
fn a_file_that_is_not_a_backup_is_rejected_and_the_database_stays() {
    let folder = Folder::migrated();
    folder.run(&["account", "create", "acme"]);
    folder.run(&["backup", "backup.sqlite"]);
    let path = |name: &str| folder.path().join(name);
    let mut damaged = fs::read(path("backup.sqlite")).unwrap();
    let half = damaged.len() / 2;
    damaged[half..].fill(0xa5);
    fs::write(path("damaged.sqlite"), damaged).unwrap();
    fs::write(path("notes.txt"), "no database, but a text of some length. ".repeat(99)).unwrap();
    fs::write(path("empty.sqlite"), "").unwrap();
    run(&path("foreign.sqlite"), "CREATE TABLE songs (name TEXT)");
    fs::copy(path("backup.sqlite"), path("newer.sqlite")).unwrap();
    run(&path("newer.sqlite"), "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')");
    fs::copy(path("backup.sqlite"), path("copied.sqlite")).unwrap();
    fs::write(path("copied.sqlite-wal"), "what was not written back").unwrap();
    for (file, reason) in [
        ("damaged.sqlite", "damaged"),
        ("notes.txt", "not a backup"),
        ("empty.sqlite", "no tables of Usher"),
        ("foreign.sqlite", "no tables of Usher"),
        ("newer.sqlite", "newer than this program"),
        ("copied.sqlite", "lies beside it"),
        (".", "not a file"),
        ("nowhere.sqlite", "No such file"),
    ] {
        let why = folder.run_failing(&["restore", file]);
        assert!(why.contains(reason), "{file}: {why}");
        assert!(folder.run(&["account", "list"]).contains("acme"), "{file}");
    }
    assert!(!beside(&folder).iter().any(|name| name.contains("partial")), "{:?}", beside(&folder));
}

#[test]
fn backup_is_restored_without_an_existing_database() {
    let folder = Folder::migrated();
    folder.run(&["account", "create", "acme"]);
    folder.run(&["backup", "backup.sqlite"]);
    fs::remove_file(folder.path().join("usher.sqlite")).unwrap();
    let readable = fs::Permissions::from_mode(0o644);
    fs::set_permissions(folder.path().join("backup.sqlite"), readable).unwrap();
    folder.run(&["restore", "backup.sqlite"]);
    let mode = fs::metadata(folder.path().join("usher.sqlite")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    folder.run(&["config", "check"]);
    assert!(folder.run(&["account", "list"]).contains("acme"));
}

#[test]
fn backup_of_postgresql_refers_to_its_own_tools() {
    let folder = Folder::new().with("USHER_DATABASE", "postgres://ada:geheim@127.0.0.1:1/usher");
    for (command, tool) in [("backup", "pg_dump"), ("restore", "pg_restore")] {
        let why = folder.run_failing(&[command, "backup.sqlite"]);
        assert!(why.contains(tool) && !why.contains("geheim"), "{why}");
    }
}

#[test]
fn server_waits_for_a_database_that_is_starting() {
    let db = TestDb::postgres();
    let proxy = crate::support::proxy::Proxy::to(db.address(), 2);
    let address = proxy.address.replace("usher@", "usher:geheim@");
    let folder = Folder::new().with("USHER_DATABASE", &address);
    let server = RunningServer::serve(&folder, &[]);
    let waiting = server.output.iter().filter(|line| line.contains("waiting for the database"));
    assert_eq!(waiting.count(), 1, "{:#?}", server.output);
    assert!(server.output.iter().any(|line| line.contains("the database answers")));
    assert!(!server.output.iter().any(|line| line.contains("geheim")), "{:#?}", server.output);
}

#[test]
fn a_server_does_not_wait_for_a_database_that_refuses_it() {
    let db = TestDb::postgres();
    let address = db.address().replace("usher_test_", "usher_test_not_");
    let folder = Folder::new().with("USHER_DATABASE", &address);
    let why = folder.usher(&["serve"]);
    assert_eq!(why.code, Some(1), "{why:?}");
    assert!(why.err.contains("does not exist"), "{why:?}");
}
