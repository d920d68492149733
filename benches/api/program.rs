//! The real program, on an account with many users.

use std::{
    net::TcpListener,
    process::{Child, Command, Output},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::database::Database;

/// Longer than the program takes to start on any machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program; stopped when it is dropped.
pub(crate) struct Program {
    child: Child,
    pub(crate) address: String,
    pub(crate) key: String,
    pub(crate) account: String,
    _folder: tempfile::TempDir,
}

impl Program {
    /// Makes so many users in a fresh database, and a key with these options
    /// of `usher key create`; serves it.
    pub(crate) fn start(database: &Database, users: u64, key: &[&str]) -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let secret = folder.path().join("secret.key").display().to_string();
        let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let listen = socket.local_addr().expect("an address").to_string();
        drop(socket);
        let address = format!("http://{listen}");
        let usher = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_usher"));
            command
                .args(arguments)
                .env("USHER_DATABASE", database.address())
                .env("USHER_SECRET_KEY_FILE", &secret)
                .env("USHER_LISTEN", &listen)
                .env("USHER_BASE_URL", &address)
                .env("USHER_LOG", "warn")
                // It is ours: the program knows no such setting.
                .env_remove("USHER_BENCH_USERS");
            command
        };
        done(usher(&["migrate"]).output());
        let key = done(usher(&[&KEY, key].concat()).output());
        let key: Value = serde_json::from_slice(&key.stdout).expect("JSON");
        let key = key["secret"].as_str().expect("a key").to_owned();
        let id = if matches!(database, Database::Sqlite(_)) { "lower(hex(id))" } else { "id" };
        let account = database.run(&format!("SELECT {id} FROM accounts;")).trim().to_owned();
        database.run(&seed(database, &account, users));
        let child = usher(&["serve"]).spawn().expect("the program starts");
        let program = Self { child, address, key, account, _folder: folder };
        program.wait();
        program
    }

    fn wait(&self) {
        let begin = Instant::now();
        while ureq::get(format!("{}/healthz", self.address)).call().is_err() {
            assert!(begin.elapsed() < PATIENCE, "the program does not start");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const KEY: [&str; 5] = ["key", "create", "--name", "bench", "--json"];

fn done(output: std::io::Result<Output>) -> Output {
    let output = output.expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// The identifier of the user of this number: version 7, so that they sort by
/// their number.
pub(crate) fn user(number: u64) -> String {
    let time = format!("{:012x}", 1_717_986_918_400_u64 + number);
    let (high, low) = time.split_at(8);
    format!("{high}-{low}-7000-8000-000000000001")
}

/// The identifier of the team that every second user is in.
pub(crate) const TEAM: &str = "01900000-0000-7000-8000-000000000002";

/// Statements that make users, a team, and its members: every second user.
fn seed(database: &Database, account: &str, users: u64) -> String {
    let (before, numbers, id, at, index) = match database {
        Database::Sqlite(_) => (
            byte_table(),
            format!(
                "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {users})"
            ),
            "CAST(x'0190' || (SELECT byte FROM bytes WHERE number = i >> 24 & 255) || (SELECT byte FROM bytes WHERE number = i >> 16 & 255) || (SELECT byte FROM bytes WHERE number = i >> 8 & 255) || (SELECT byte FROM bytes WHERE number = i & 255) || x'70008000000000000001' AS BLOB)",
            "1700000000000000",
            "printf('%07d', i)",
        ),
        Database::Postgres { .. } => (
            String::new(),
            format!("WITH n(i) AS (SELECT generate_series(0, {users} - 1))"),
            "(lpad(to_hex(1717986918400 + i), 12, '0') || '70008000000000000001')::uuid",
            "'2024-01-01T00:00:00Z'::timestamptz",
            "lpad(i::text, 7, '0')",
        ),
    };
    let names = ["lovelace", "hopper", "turing", "noether", "curie", "meitner", "hamilton"];
    let name = names.iter().enumerate().fold(String::from("CASE i % 7"), |text, (index, name)| {
        format!("{text} WHEN {index} THEN '{name}'")
    });
    let into = "INSERT INTO users (id, account_id, email, email_key, user_name_key, role, first_name, last_name, first_name_key, last_name_key, department, department_key, status, origin, created_at, updated_at, version)";
    let (account, team) = (database.id(account), database.id(TEAM));
    format!(
        "{before} {into} {numbers} SELECT {id}, {account}, 'user' || {index} || '@example.com', 'user' || {index} || '@example.com', 'user' || {index} || '@example.com', 'USER', 'Ada', {name} END, 'ada', {name} END, 'Research', 'research', 'STAGED', 'ADMIN', {at}, {at}, 1 FROM n;
        INSERT INTO teams (id, account_id, name, name_key, origin, created_at, updated_at, version) VALUES ({team}, {account}, 'Everybody', 'everybody', 'ADMIN', {at}, {at}, 1);
        INSERT INTO memberships (account_id, team_id, user_id, requested_role, created_at) {numbers} SELECT {account}, {team}, {id}, 'USER', {at} FROM n WHERE i % 2 = 0;
        ANALYZE;"
    )
}

/// A statement that makes a table of all bytes: older clients of SQLite can't convert a number
/// to a BLOB.
fn byte_table() -> String {
    let rows: Vec<_> = (0..=255).map(|byte| format!("({byte}, x'{byte:02x}')")).collect();
    format!(
        "CREATE TEMP TABLE bytes (number INTEGER PRIMARY KEY, byte BLOB); INSERT INTO bytes VALUES {};",
        rows.join(", ")
    )
}
