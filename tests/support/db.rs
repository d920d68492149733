//! A database for each test: migrated, empty, its own, gone afterwards.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    ops::Deref,
    path::Path,
    time::Duration,
};

use diesel::{Connection, PgConnection, RunQueryDsl, connection::SimpleConnection, sql_query};
use url::Url;
use usher::store::{Db, PoolOptions};

/// A database of a test. Behaves as the [`Db`] that it holds.
pub(crate) struct TestDb {
    // Dropped before what it stands on: fields are, in their order.
    db: Option<Db>,
    address: String,
    ground: Ground,
}

enum Ground {
    Folder(tempfile::TempDir),
    Cluster { admin: Url, name: String },
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
        Self { db: Some(db), address, ground: Ground::Folder(folder) }
    }

    /// A database in the cluster that `scripts/with-postgres` started.
    ///
    /// # Panics
    /// If there is none: these tests are never skipped.
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
        Self { db: Some(db), address, ground: Ground::Cluster { admin, name } }
    }

    /// What [`Db::open`] opens this database by.
    pub(crate) fn address(&self) -> &str {
        &self.address
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
        match &self.ground {
            Ground::Folder(_folder) => {}
            Ground::Cluster { admin, name } => {
                let mut conn = connect(admin);
                run(&mut conn, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
            }
        }
    }
}

fn random() -> String {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("random bytes");
    hex::encode(bytes)
}

fn connect(address: &Url) -> PgConnection {
    PgConnection::establish(address.as_str()).expect("the cluster of USHER_TEST_POSTGRES is there")
}

fn run(conn: &mut PgConnection, sql: &str) {
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
