//! How long `usher migrate` takes for a database of an earlier schema with many users.
//!
//! The migrations of the repository make the earlier schema, and the client of the
//! database adds the users. Then the program migrates it to the current schema.
//! `USHER_BENCH_USERS` sets the number of users.

#[expect(dead_code, reason = "shared with the benchmark of the admin API")]
#[path = "../api/database.rs"]
mod database;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use self::database::Database;

/// How many users there are, unless `USHER_BENCH_USERS` says otherwise.
const USERS: u64 = 100_000;

/// The last migrations of the earlier schemas: the first schema, the last one without the
/// index of values, and the last one whose IDs are texts on SQLite.
const SCHEMAS: [&str; 3] = ["0001", "0018", "0025"];

const ACCOUNT: &str = "01900000-0000-7000-8000-000000000001";

fn main() {
    // `cargo bench` asks so; what is written as a test asks to be listed.
    if env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    let users = env::var("USHER_BENCH_USERS").ok();
    let users = users.map_or(USERS, |text| text.parse().expect("a number of users"));
    println!(
        "| schema | database | users | seconds | load of the machine |\n|---|---|---|---|---|"
    );
    for schema in SCHEMAS {
        for database in [Some(Database::sqlite()), Database::postgres()] {
            let Some(database) = database else {
                eprintln!("no PostgreSQL: run it by scripts/with-postgres");
                continue;
            };
            create(&database, schema, users);
            let took = migrate(&database).as_secs_f64();
            let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
            let load = load.split(' ').next().unwrap_or_default();
            println!("| {schema} | {} | {users} | {took:.1} | {load} |", database.name());
        }
    }
}

/// Creates a database of an earlier schema, with users.
fn create(database: &Database, schema: &str, users: u64) {
    let mut account = Some(account_of(database));
    database.run(
        "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
         run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);",
    );
    for folder in migrations(database) {
        let name = folder.file_name().and_then(|name| name.to_str()).expect("a name");
        let (version, _) = name.split_once('_').expect("a version");
        if version > schema {
            break;
        }
        let sql = fs::read_to_string(folder.join("up.sql")).expect("a migration");
        database.run(&format!(
            "BEGIN;\n{sql}\nINSERT INTO __diesel_schema_migrations (version) VALUES ('{version}');\nCOMMIT;"
        ));
        // A later migration fills in its new columns.
        if let Some(account) = account.take() {
            database.run(&account);
        }
    }
    database.run(&users_of(database, schema, users));
}

/// The folders of the migrations, in order.
fn migrations(database: &Database) -> Vec<PathBuf> {
    let kind = match database {
        Database::Sqlite(_) => "sqlite",
        Database::Postgres { .. } => "postgres",
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(kind);
    let entries = fs::read_dir(folder).expect("the migrations");
    let mut folders: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    folders.sort();
    folders
}

/// The statement that adds an account to the first schema.
fn account_of(database: &Database) -> String {
    let at = created_at(database);
    format!(
        "INSERT INTO accounts (id, slug, name, created_at) VALUES ('{ACCOUNT}', 'default', 'Default', {at});"
    )
}

fn created_at(database: &Database) -> &'static str {
    match database {
        Database::Sqlite(_) => "1700000000000000",
        Database::Postgres { .. } => "'2024-01-01T00:00:00Z'::timestamptz",
    }
}

/// A statement that adds users, whose texts and addresses have keys that SQL can compute.
fn users_of(database: &Database, schema: &str, users: u64) -> String {
    let at = created_at(database);
    let (numbers, id, index) = match database {
        Database::Sqlite(_) => (
            format!(
                "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {users})"
            ),
            "substr(printf('%012x', 1717986918400 + i), 1, 8) || '-' || substr(printf('%012x', 1717986918400 + i), 9) || '-7000-8000-000000000001'",
            "printf('%07d', i)",
        ),
        Database::Postgres { .. } => (
            format!("WITH n(i) AS (SELECT generate_series(0, {users} - 1))"),
            "(lpad(to_hex(1717986918400 + i), 12, '0') || '70008000000000000001')::uuid",
            "lpad(i::text, 7, '0')",
        ),
    };
    let email = format!("'user' || {index} || '@example.com'");
    let mut columns = vec![
        ("id", id.to_owned()),
        ("account_id", format!("'{ACCOUNT}'")),
        ("email", email.clone()),
        ("email_key", email.clone()),
        ("role", "'USER'".to_owned()),
        ("first_name", "'Ada'".to_owned()),
        ("last_name", format!("'Lovelace' || {index}")),
        ("position", "'Analyst'".to_owned()),
        ("department", "'Engines'".to_owned()),
        ("mobile_region", "'DE'".to_owned()),
        ("mobile_number", format!("'0151 2' || {index}")),
        ("mobile_e164", format!("'+491512' || {index}")),
        ("status", "'STAGED'".to_owned()),
        ("origin", "'ADMIN'".to_owned()),
        ("created_at", at.to_owned()),
        ("updated_at", at.to_owned()),
        ("version", "1".to_owned()),
    ];
    if schema > "0001" {
        let profile =
            format!("'{{\"nickName\": \"Addie\", \"employeeNumber\": \"' || {index} || '\"}}'");
        let profile = match database {
            Database::Sqlite(_) => profile,
            Database::Postgres { .. } => format!("({profile})::jsonb"),
        };
        columns.extend([("user_name_key", email), ("profile", profile)]);
    }
    let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
    let values: Vec<_> = columns.into_iter().map(|(_, value)| value).collect();
    let (names, values) = (names.join(", "), values.join(", "));
    format!("INSERT INTO users ({names}) {numbers} SELECT {values} FROM n;")
}

/// Migrates the database. Returns the time that it took.
fn migrate(database: &Database) -> Duration {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let secret = folder.path().join("secret.key");
    let run = |address: &str| {
        let begin = Instant::now();
        let output = Command::new(env!("CARGO_BIN_EXE_usher"))
            .arg("migrate")
            .env("USHER_DATABASE", address)
            .env("USHER_SECRET_KEY_FILE", &secret)
            .env_remove("USHER_BENCH_USERS")
            .output()
            .expect("the program runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        begin.elapsed()
    };
    // The program wants the key of an existing database: that of another one will do.
    run(&format!("sqlite:{}", folder.path().join("other.db").display()));
    run(&database.address())
}
