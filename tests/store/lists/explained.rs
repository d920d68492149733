//! How a database means to answer the statements of some work.

use std::cell::RefCell;

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection,
    connection::{InstrumentationEvent, SimpleConnection, set_default_instrumentation},
    sql_query,
    sql_types::Text,
};
use usher::store::Db;

use crate::support::db::{TestDb, options};

thread_local! {
    /// What this thread has sent.
    static SENT_QUERIES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// A second way into a test's database, on which statements are heard, and can
/// be explained.
pub(crate) struct StatementListener {
    pub(crate) db: Db,
    query: Query,
}

enum Query {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl StatementListener {
    pub(crate) fn new(db: &TestDb) -> Self {
        set_default_instrumentation(|| {
            Some(Box::new(|event: InstrumentationEvent<'_>| {
                if let InstrumentationEvent::StartQuery { query, .. } = event {
                    SENT_QUERIES.with_borrow_mut(|sent| sent.push(query.to_string()));
                }
            }))
        })
        .expect("nobody panics in there");
        let opened = Db::open(db.address(), &options()).expect("it has been opened before");
        let query = match db.address().strip_prefix("sqlite:") {
            Some(path) => Query::Sqlite(SqliteConnection::establish(path).expect("the file opens")),
            None => Query::Postgres(
                PgConnection::establish(db.address()).expect("the test's database opens"),
            ),
        };
        Self { db: opened, query }
    }

    /// The plans of the statements that some work sends.
    pub(crate) fn explain_work(&mut self, work: impl FnOnce(&Db)) -> Vec<StatementPlan> {
        SENT_QUERIES.with_borrow_mut(Vec::clear);
        work(&self.db);
        let sent = SENT_QUERIES.with_borrow_mut(std::mem::take);
        let mut plans = Vec::new();
        for statement in sent.into_iter().filter(|statement| statement.starts_with("SELECT")) {
            plans.push(StatementPlan { steps: self.query.steps(&statement), statement });
        }
        plans
    }
}

/// The query plan of a statement: its steps.
pub(crate) struct StatementPlan {
    pub(crate) statement: String,
    pub(crate) steps: Vec<String>,
}

impl StatementPlan {
    /// What is wrong with the plan of a page that must scan one of these indexes
    /// (`one|other`): steps whose cost grows with the table, or with the place in the list.
    pub(crate) fn find_errors(&self, indexes: &str) -> Vec<String> {
        let bad = |step: &&String| {
            step.starts_with("SCAN")
                || ["TEMP B-TREE", "Seq Scan", "Sort", "Hash"].iter().any(|it| step.contains(it))
        };
        let mut errors: Vec<_> = self.steps.iter().filter(bad).cloned().collect();
        let scans = |index: &str| self.steps.iter().any(|step| step.contains(index));
        // Rows that are loaded by the ids that the index scan has found.
        let by_ids = ["id` IN (", "id\" = ANY("].iter().any(|it| self.statement.contains(it));
        if !by_ids && !indexes.split('|').any(scans) {
            errors.push(format!("it does not scan {indexes}"));
        }
        let message = |error| format!("{error}: {:?}, for {}", self.steps, self.statement);
        errors.into_iter().map(message).collect()
    }
}

/// `SQLite`'s names for the indexes of constraints, and ours.
const OF_CONSTRAINTS: [(&str, &str); 15] = [
    ("sqlite_autoindex_users_1", "users_pkey"),
    ("sqlite_autoindex_users_2", "users_of_account"),
    ("sqlite_autoindex_teams_2", "teams_of_account"),
    ("sqlite_autoindex_teams_3", "teams_name"),
    ("memberships USING PRIMARY KEY", "memberships_pkey"),
    ("sqlite_autoindex_attempts_1", "attempts_pkey"),
    ("sqlite_autoindex_audit_events_1", "audit_events_pkey"),
    ("sqlite_autoindex_connections_2", "connections_of_account"),
    ("sqlite_autoindex_api_keys_3", "api_keys_of_account"),
    ("sqlite_autoindex_scim_clients_2", "scim_clients_of_account"),
    ("sqlite_autoindex_scim_clients_3", "scim_clients_name"),
    ("sqlite_autoindex_import_jobs_1", "import_jobs_pkey"),
    ("sqlite_autoindex_deleted_users_1", "deleted_users_pkey"),
    ("sqlite_autoindex_deleted_users_2", "deleted_users_of_account"),
    ("sqlite_autoindex_deleted_users_3", "deleted_users_email"),
];

#[derive(QueryableByName)]
struct PlanDetail {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct PlanLine {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

impl Query {
    fn steps(&mut self, sent: &str) -> Vec<String> {
        let (statement, values) = sent.split_once(" -- binds: ").expect("diesel tells the values");
        match self {
            // The values change nothing.
            Self::Sqlite(conn) => {
                let explain = sql_query(format!("EXPLAIN QUERY PLAN {statement}"));
                let plan: Vec<PlanDetail> = explain.load(conn).unwrap();
                let named = |detail: String| {
                    OF_CONSTRAINTS
                        .iter()
                        .fold(detail, |it, (theirs, ours)| it.replace(theirs, ours))
                };
                plan.into_iter().map(|step| named(step.detail)).collect()
            }
            Self::Postgres(conn) => {
                let values = literals(values);
                let values = if values.is_empty() { values } else { format!("({values})") };
                conn.batch_execute(&format!("PREPARE it AS {statement}")).unwrap();
                let explain = sql_query(format!("EXPLAIN (COSTS OFF) EXECUTE it{values}"));
                let plan: Vec<PlanLine> = explain.load(conn).unwrap();
                conn.batch_execute("DEALLOCATE it").unwrap();
                plan.into_iter().map(|line| line.line.trim().to_owned()).collect()
            }
        }
    }
}

/// Values as diesel tells them, `[Id(0199…), Some(Str("a")), None]`, as SQL.
fn literals(message: &str) -> String {
    let inside = message.trim().strip_prefix('[').and_then(|message| message.strip_suffix(']'));
    let inside = inside.expect("a list of values");
    let mut values = Vec::new();
    let mut rest = inside;
    while !rest.is_empty() {
        let (value, left) = match rest.strip_prefix('[') {
            Some(array) => array.split_once(']').map(|(array, left)| {
                let items: Vec<_> = array.split(", ").map(bare).collect();
                (format!("'{{{}}}'", items.join(",")), left)
            }),
            None => Some(match rest.split_once(", ") {
                Some((value, left)) => (literal(value), left),
                None => (literal(rest), ""),
            }),
        }
        .expect("brackets are closed");
        values.push(value);
        rest = left.trim_start_matches(", ");
    }
    values.join(", ")
}

fn literal(value: &str) -> String {
    if value == "None" { "NULL".to_owned() } else { format!("'{}'", bare(value)) }
}

/// What is left of `Some(Str("a"))`.
fn bare(value: &str) -> &str {
    let inner = value.rsplit('(').next().unwrap_or(value);
    inner.trim_end_matches(')').trim_matches('"')
}

#[test]
fn values_are_written_as_sql() {
    let message = r#"[Id(0199-a), Some(Str("a b")), At(2026-11-23T08:00:00Z), None, [Id(x), Id(y)], true, 101]"#;
    let sql = "'0199-a', 'a b', '2026-11-23T08:00:00Z', NULL, '{x,y}', 'true', '101'";
    assert_eq!(literals(message), sql);
    assert_eq!(literals("[]"), "");
}
