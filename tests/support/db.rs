//! A database for each test: migrated, empty, its own, gone afterwards.

use std::{
    collections::BTreeMap,
    fmt::Display,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    ops::Deref,
    path::Path,
    time::Duration,
};

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection, sql_query, sql_types::Text,
};
use serde_json::{Map, Value};
use url::Url;
use usher::store::{Db, PoolOptions};

/// A database of a test. Behaves as the [`Db`] that it holds.
pub(crate) struct TestDb {
    // Dropped before what it stands on: fields are, in their order.
    db: Option<Db>,
    address: String,
    storage: Storage,
}

enum Storage {
    Folder(tempfile::TempDir),
    Cluster { admin: Url, name: String },
}

/// Rows by their table's name, each with its columns; a table's in an order
/// that is the same whenever the rows are.
pub(crate) type Rows = BTreeMap<String, Vec<Map<String, Value>>>;

/// A row with one text column, `line`.
#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Long waits: a test machine may be slow, and no test is about waiting.
pub(crate) fn options() -> PoolOptions {
    PoolOptions { connections: 8, wait: Duration::from_secs(60) }
}

impl TestDb {
    /// A file in a folder of its own.
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let address = format!("sqlite:{}/usher.sqlite", folder.path().display());
        let db = Db::open(&address, &options()).expect("a new file opens");
        db.migrate().expect("a new file is migrated");
        Self { db: Some(db), address, storage: Storage::Folder(folder) }
    }

    /// A database in the cluster that `scripts/with-postgres` started.
    ///
    /// # Panics
    /// If there is no database, because these tests are never skipped.
    pub(crate) fn postgres() -> Self {
        let admin = std::env::var("USHER_TEST_POSTGRES").unwrap_or_else(|_| {
            panic!(
                "USHER_TEST_POSTGRES is not set: run the tests by `make test`, \
                 or by `scripts/with-postgres cargo nextest run …`"
            )
        });
        let admin = Url::parse(&admin).expect("USHER_TEST_POSTGRES is a URL");
        let name = format!("usher_test_{}", random());
        let mut conn = connect(&admin);
        let template = template(&mut conn, &admin);
        run(&mut conn, &format!("CREATE DATABASE {name} TEMPLATE {template}"));
        let address = sibling(&admin, &name).to_string();
        let db = Db::open(&address, &options()).expect("the test's database opens");
        Self { db: Some(db), address, storage: Storage::Cluster { admin, name } }
    }

    /// What [`Db::open`] opens this database by.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// All rows of all tables, read on a connection of its own.
    pub(crate) fn rows(&self) -> Rows {
        let tables = self.query_lines(match &self.storage {
            Storage::Folder(_) => {
                "SELECT name AS line FROM sqlite_master WHERE type = 'table' \
                 AND name NOT LIKE 'sqlite%' AND substr(name, 1, 2) <> '__'"
            }
            Storage::Cluster { .. } => {
                "SELECT tablename::text AS line FROM pg_tables \
                 WHERE schemaname = 'public' AND substr(tablename, 1, 2) <> '__'"
            }
        });
        tables.into_iter().map(|table| (table.clone(), self.rows_of(&table))).collect()
    }

    /// Every row of a table. An ID of SQLite is written as a text.
    pub(crate) fn rows_of(&self, table: &str) -> Vec<Map<String, Value>> {
        let lines = match &self.storage {
            Storage::Folder(_) => {
                let columns = format!("SELECT name AS line FROM pragma_table_info('{table}')");
                let value = |column: &String| {
                    let id = format!(
                        "iif(typeof({column}) = 'blob' AND length({column}) = 16, {}, {column})",
                        uuid_text(column)
                    );
                    format!("'{column}', quote({id})")
                };
                let columns: Vec<_> = self.query_lines(&columns).iter().map(value).collect();
                let columns = columns.join(", ");
                self.query_lines(&format!(
                    "SELECT json_object({columns}) AS line FROM {table} ORDER BY 1"
                ))
            }
            Storage::Cluster { .. } => self.query_lines(&format!(
                "SELECT row_to_json(t)::text AS line FROM {table} t ORDER BY 1"
            )),
        };
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// An ID as a literal of SQL.
    pub(crate) fn id(&self, id: impl Display) -> String {
        let id = id.to_string();
        match &self.storage {
            Storage::Folder(_) => format!("x'{}'", id.replace('-', "")),
            Storage::Cluster { .. } => format!("'{id}'::uuid"),
        }
    }

    /// Asserts that the index of values is what the documents of the users say. Returns
    /// the number of its rows.
    #[track_caller]
    pub(crate) fn assert_values_agree(&self) -> usize {
        let index = || {
            let mut rows = self.rows_of("user_values");
            rows.sort_by_key(|row| format!("{row:?}"));
            rows
        };
        let written = index();
        self.write(|tx| tx.fill_user_values()).expect("the index is filled");
        assert_eq!(written, index());
        written.len()
    }

    /// Closes the connections of this process.
    pub(crate) fn close(&mut self) {
        self.db = None;
    }

    /// Opens the database again.
    pub(crate) fn open(&mut self) {
        self.db = Some(Db::open(&self.address, &options()).expect("the test's database opens"));
    }

    /// Runs SQL on a connection of its own.
    pub(crate) fn run(&self, sql: &str) {
        match &self.storage {
            Storage::Folder(_) => run(&mut self.sqlite_connection(), sql),
            Storage::Cluster { .. } => run(&mut self.postgres_connection(), sql),
        }
    }

    /// Makes each insertion into a table fail.
    pub(crate) fn reject_rows_of(&self, table: &str) {
        self.run(&match &self.storage {
            Storage::Folder(_) => format!(
                "CREATE TRIGGER rejected BEFORE INSERT ON {table} \
                 BEGIN SELECT RAISE(ABORT, 'rejected'); END"
            ),
            Storage::Cluster { .. } => {
                format!("ALTER TABLE {table} ADD CONSTRAINT rejected CHECK (false) NOT VALID")
            }
        });
    }

    /// Destroys the database while it is in use: drops the database of PostgreSQL,
    /// or all tables of SQLite.
    pub(crate) fn destroy(&self) {
        match &self.storage {
            Storage::Folder(_) => {
                for table in self.rows().into_keys() {
                    self.run(&format!("PRAGMA foreign_keys = OFF; DROP TABLE {table}"));
                }
            }
            Storage::Cluster { admin, name } => {
                run(&mut connect(admin), &format!("DROP DATABASE {name} WITH (FORCE)"));
            }
        }
    }

    /// Runs a query with one text column, `line`, on a connection of its own, and returns
    /// its rows.
    pub(crate) fn query_lines(&self, sql: &str) -> Vec<String> {
        let lines: Result<Vec<TextRow>, _> = match &self.storage {
            Storage::Folder(_) => sql_query(sql).load(&mut self.sqlite_connection()),
            Storage::Cluster { .. } => sql_query(sql).load(&mut self.postgres_connection()),
        };
        let lines = lines.unwrap_or_else(|why| panic!("{sql}: {why}"));
        lines.into_iter().map(|row| row.line).collect()
    }

    fn sqlite_connection(&self) -> SqliteConnection {
        let path = self.address.strip_prefix("sqlite:").expect("a file");
        let mut conn = SqliteConnection::establish(path).expect("the file opens");
        run(&mut conn, "PRAGMA busy_timeout = 60000");
        conn
    }

    fn postgres_connection(&self) -> PgConnection {
        PgConnection::establish(&self.address).expect("the test's database opens")
    }
}

impl Deref for TestDb {
    type Target = Db;

    fn deref(&self) -> &Db {
        self.db.as_ref().expect("there until it is dropped")
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        drop(self.db.take());
        match &self.storage {
            Storage::Folder(_folder) => {}
            Storage::Cluster { admin, name } => {
                let mut conn = connect(admin);
                run(&mut conn, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
            }
        }
    }
}

/// The text of an ID that is a BLOB of SQLite.
pub(crate) fn uuid_text(column: &str) -> String {
    let parts = [(1, 8), (9, 4), (13, 4), (17, 4), (21, 12)];
    let parts = parts.map(|(from, count)| format!("substr(hex({column}), {from}, {count})"));
    format!("lower({})", parts.join(" || '-' || "))
}

fn random() -> String {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("random bytes");
    hex::encode(bytes)
}

fn connect(address: &Url) -> PgConnection {
    PgConnection::establish(address.as_str()).expect("the cluster of USHER_TEST_POSTGRES is there")
}

fn run(conn: &mut impl SimpleConnection, sql: &str) {
    conn.batch_execute(sql).unwrap_or_else(|why| panic!("{sql}: {why}"));
}

/// The address of another database of the same cluster.
fn sibling(admin: &Url, name: &str) -> Url {
    let mut address = admin.clone();
    address.set_path(&format!("/{name}"));
    address
}

/// The name of a migrated database to copy: made by the first who needs it,
/// named after the migrations, so that a changed one is not missed.
fn template(conn: &mut PgConnection, admin: &Url) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres");
    let mut migrations: Vec<_> =
        fs::read_dir(folder).expect("migrations").map(|entry| entry.unwrap().path()).collect();
    migrations.sort();
    let mut hasher = DefaultHasher::new();
    for migration in migrations {
        fs::read_to_string(migration.join("up.sql")).expect("up.sql").hash(&mut hasher);
    }
    let name = format!("usher_template_{:x}", hasher.finish());

    let exists = format!("SELECT 1 FROM pg_database WHERE datname = '{name}'");
    run(conn, "SELECT pg_advisory_lock(4771)");
    if sql_query(&exists).execute(conn).expect("pg_database") == 0 {
        let unfinished = format!("{name}_unfinished");
        run(conn, &format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)"));
        run(conn, &format!("CREATE DATABASE {unfinished}"));
        let db = Db::open(sibling(admin, &unfinished).as_str(), &options()).expect("it opens");
        db.migrate().expect("it is migrated");
        drop(db);
        run(conn, &format!("ALTER DATABASE {unfinished} RENAME TO {name}"));
    }
    run(conn, "SELECT pg_advisory_unlock(4771)");
    name
}
