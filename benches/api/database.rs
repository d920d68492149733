//! The two databases, and their own clients.

use std::{
    env,
    io::Write,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use url::Url;

/// A database of its own, deleted when it is dropped.
pub(crate) enum Database {
    Sqlite(TempDir),
    Postgres { admin: Url, name: String },
}

impl Database {
    /// A file on the disk on which this is built.
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder"))
    }

    /// A database of the cluster of `USHER_TEST_POSTGRES`, if there is one.
    pub(crate) fn postgres() -> Option<Self> {
        let admin = Url::parse(&env::var("USHER_TEST_POSTGRES").ok()?).expect("an address");
        let name = format!("usher_bench_{}", std::process::id());
        let database = Self::Postgres { admin, name };
        database.administer(&format!(
            "DROP DATABASE IF EXISTS {} WITH (FORCE)",
            database.database_name()
        ));
        database.administer(&format!("CREATE DATABASE {}", database.database_name()));
        Some(database)
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres { .. } => "PostgreSQL",
        }
    }

    /// An ID as a literal of SQL.
    pub(crate) fn id(&self, id: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("x'{}'", id.replace('-', "")),
            Self::Postgres { .. } => format!("'{id}'"),
        }
    }

    /// The address, as `usher` takes it.
    pub(crate) fn address(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite:{}", self.path(folder)),
            Self::Postgres { admin, name } => {
                let mut own = admin.clone();
                own.set_path(&format!("/{name}"));
                own.into()
            }
        }
    }

    /// Runs SQL with the database's own client. Returns its output.
    pub(crate) fn run(&self, sql: &str) -> String {
        let mut command = match self {
            Self::Sqlite(folder) => {
                let mut command = Command::new("sqlite3");
                command.args(["-batch", "-bail", &self.path(folder)]);
                command
            }
            Self::Postgres { .. } => {
                let mut command = Command::new("psql");
                command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", &self.address()]);
                command
            }
        };
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sqlite3 and psql are there");
        let mut input = child.stdin.take().expect("its input");
        let sql = match self {
            Self::Sqlite(_) => {
                format!(".timeout 60000\nPRAGMA foreign_keys=ON; PRAGMA synchronous=FULL;\n{sql}\n")
            }
            Self::Postgres { .. } => format!("{sql}\n"),
        };
        let writer = std::thread::spawn(move || input.write_all(sql.as_bytes()));
        let output = child.wait_with_output().expect("it ends");
        writer.join().expect("it is written").expect("it is read");
        assert!(output.status.success(), "the client failed");
        String::from_utf8(output.stdout).expect("text")
    }

    /// How long the client takes for statements, less what it takes for none.
    pub(crate) fn took(&self, sql: &str) -> Duration {
        let timed = |sql| {
            let begin = Instant::now();
            self.run(sql);
            begin.elapsed()
        };
        let nothing = timed("SELECT 1;");
        timed(sql).saturating_sub(nothing)
    }

    fn path(&self, folder: &TempDir) -> String {
        folder.path().join("usher.db").display().to_string()
    }

    fn database_name(&self) -> &str {
        match self {
            Self::Sqlite(_) => "",
            Self::Postgres { name, .. } => name,
        }
    }

    fn administer(&self, sql: &str) {
        let Self::Postgres { admin, .. } = self else { return };
        let done = Command::new("psql").args(["-X", "-q", "-c", sql, admin.as_str()]).status();
        assert!(done.expect("psql is there").success(), "{sql}");
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.administer(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.database_name()));
    }
}
