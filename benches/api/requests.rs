//! The requests that are measured, each beside the statements that it sends.

use std::fmt::Write as _;

use serde_json::json;
use ureq::http::Method;

use crate::{
    client::{Client, to_f64},
    database::Database,
    program::{Program, TEAM, user},
};

/// How many requests of a kind are sent.
const RUNS: u64 = 200;

/// How many rows an import has.
const ROWS: u64 = 100_000;

pub(crate) struct BenchRow {
    pub(crate) request: &'static str,
    /// Seconds for each request.
    pub(crate) ours: f64,
    /// Seconds for its statements, by the database's own client.
    pub(crate) theirs: f64,
}

pub(crate) fn measure(program: &Program, database: &Database, users: u64) -> Vec<BenchRow> {
    let bench = Bench { client: Client::new(program), program, database, users };
    vec![
        bench.get(),
        bench.page(),
        bench.filter_by_email(),
        bench.create(),
        bench.patch(),
        bench.member(),
        bench.import(),
    ]
}

struct Bench<'a> {
    client: Client<'a>,
    program: &'a Program,
    database: &'a Database,
    users: u64,
}

impl Bench<'_> {
    /// The account as a literal of SQL.
    fn account(&self) -> String {
        self.database.id(&self.program.account)
    }

    /// A user as a literal of SQL.
    fn user(&self, number: u64) -> String {
        self.database.id(&user(number))
    }

    /// One of the users, another one for each run, all over the table.
    fn user_of_run(&self, run: u64) -> String {
        user(run.wrapping_mul(7_919) % self.users)
    }

    fn row(
        &self,
        request: &'static str,
        ours: f64,
        statements: impl Fn(u64) -> String,
    ) -> BenchRow {
        let mut all = String::new();
        (0..RUNS).for_each(|run| {
            let _ = writeln!(all, "{}", statements(run));
        });
        let theirs = self.database.took(&all).as_secs_f64() / to_f64(RUNS);
        BenchRow { request, ours, theirs }
    }

    fn get(&self) -> BenchRow {
        let ours = self.client.seconds_per_request(RUNS, |client, run| {
            client.get(&format!("/users/{}", self.user_of_run(run)));
        });
        self.row("get a user", ours, |run| {
            self.render(&format!("= {}", self.database.id(&self.user_of_run(run))))
        })
    }

    fn page(&self) -> BenchRow {
        // A page from the middle of the list, as its cursor asks for it.
        let mut path = "/users?count=100".to_owned();
        for _ in 0..5 {
            let page = self.client.get(&path);
            let cursor = page["nextCursor"].as_str().expect("a next page");
            path = format!("/users?count=100&cursor={cursor}");
        }
        let ours = self.client.seconds_per_request(RUNS, |client, _| {
            client.get(&path);
        });
        let from = self.users / 2;
        let ids = format!(
            "IN (SELECT id FROM users WHERE account_id = {} AND id > {} ORDER BY id LIMIT 101)",
            self.account(),
            self.user(from)
        );
        self.row("list a page of 100", ours, |_| self.render(&ids))
    }

    fn filter_by_email(&self) -> BenchRow {
        let email =
            |run: u64| format!("user{:07}@example.com", run.wrapping_mul(7_919) % self.users);
        let ours = self.client.seconds_per_request(RUNS, |client, run| {
            client.get(&format!("/users?filter=email%20eq%20%22{}%22", email(run)));
        });
        self.row("filter by e-mail", ours, |run| {
            let account = self.account();
            let of = format!("account_id = {account} AND email_key = '{}'", email(run));
            self.render(&format!("IN (SELECT id FROM users WHERE {of})"))
        })
    }

    fn create(&self) -> BenchRow {
        let ours = self.client.seconds_per_request(RUNS, |client, run| {
            let body = json!({"email": format!("made{run}@example.org")}).to_string();
            client.send(&Method::POST, "/users", "application/json", &body);
        });
        self.row("create a user", ours, |run| {
            let (account, at) = (self.account(), self.now());
            let id = self.user(2_000_000_000 + run);
            format!(
                "BEGIN; INSERT INTO users (id, account_id, email, email_key, user_name_key, role, first_name, last_name, first_name_key, last_name_key, status, origin, created_at, updated_at, version)
                VALUES ({id}, {account}, 'x{run}@example.org', 'x{run}@example.org', 'x{run}@example.org', 'USER', 'A', 'B', 'a', 'b', 'STAGED', 'ADMIN', {at}, {at}, 1);
                {} COMMIT;",
                self.audit_statement(&id, run)
            )
        })
    }

    fn patch(&self) -> BenchRow {
        let ours = self.client.seconds_per_request(RUNS, |client, run| {
            let body = json!({"position": format!("Engineer {run}")}).to_string();
            let path = format!("/users/{}", self.user_of_run(run));
            client.send(&Method::PATCH, &path, "application/merge-patch+json", &body);
        });
        self.row("change a user", ours, |run| {
            let (account, id) = (self.account(), self.database.id(&self.user_of_run(run)));
            format!(
                "BEGIN; SELECT * FROM users WHERE account_id = {account} AND id = {id};
                UPDATE users SET position = 'P{run}', position_key = 'p{run}', version = version + 1 WHERE account_id = {account} AND id = {id};
                {} COMMIT;",
                self.audit_statement(&id, 1_000_000 + run)
            )
        })
    }

    fn member(&self) -> BenchRow {
        // Those with an odd number are not in the team yet.
        let odd = |run: u64| user((run.wrapping_mul(7_919) * 2 + 1) % self.users);
        let ours = self.client.seconds_per_request(RUNS, |client, run| {
            let path = format!("/teams/{TEAM}/members/{}", odd(run));
            client.send(&Method::PUT, &path, "application/json", r#"{"role":"ADMIN"}"#);
        });
        self.row("put a member into a team", ours, |run| {
            let (account, at, team) = (self.account(), self.now(), self.database.id(TEAM));
            let id = self.database.id(&self.user_of_run(run));
            format!(
                "BEGIN; SELECT * FROM teams WHERE account_id = {account} AND id = {team};
                SELECT * FROM users WHERE account_id = {account} AND id = {id};
                INSERT INTO memberships (account_id, team_id, user_id, requested_role, created_at) VALUES ({account}, {team}, {id}, 'ADMIN', {at}) ON CONFLICT (team_id, user_id) DO UPDATE SET requested_role = excluded.requested_role;
                {} COMMIT;",
                self.audit_statement(&id, 2_000_000 + run)
            )
        })
    }

    fn import(&self) -> BenchRow {
        let mut csv = "email,firstName,lastName\n".to_owned();
        (0..ROWS).for_each(|row| {
            let _ = writeln!(csv, "import{row}@example.net,Grace,Hopper");
        });
        let begin = std::time::Instant::now();
        let accepted = self.client.send(&Method::POST, "/users/import", "text/csv", &csv);
        let accepted: serde_json::Value = serde_json::from_str(&accepted).expect("JSON");
        let import = format!("/imports/{}", accepted["id"].as_str().expect("an id"));
        while self.client.get(&import)["finishedAt"].is_null() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let ours = begin.elapsed().as_secs_f64();
        let (account, at) = (self.account(), self.now());
        let mut sql = "BEGIN;\n".to_owned();
        (0..ROWS).for_each(|row| {
            let id = self.user(3_000_000_000 + row);
            let _ = writeln!(
                sql,
                "INSERT INTO users (id, account_id, email, email_key, user_name_key, role, first_name, last_name, first_name_key, last_name_key, status, origin, created_at, updated_at, version) VALUES ({id}, {account}, 'i{row}@example.net', 'i{row}@example.net', 'i{row}@example.net', 'USER', 'A', 'B', 'a', 'b', 'STAGED', 'ADMIN', {at}, {at}, 1); {}",
                self.audit_statement(&id, 10_000_000 + row)
            );
        });
        sql.push_str("COMMIT;");
        let theirs = self.database.took(&sql).as_secs_f64();
        BenchRow { request: "import 100,000 users", ours, theirs }
    }

    /// The statements that show users: themselves, their teams, their
    /// identities.
    fn render(&self, ids: &str) -> String {
        let account = self.account();
        format!(
            "BEGIN; SELECT * FROM users WHERE account_id = {account} AND id {ids} ORDER BY id;
            SELECT m.user_id, m.requested_role, t.* FROM memberships m JOIN teams t ON t.id = m.team_id WHERE m.account_id = {account} AND m.user_id {ids};
            SELECT * FROM identities WHERE account_id = {account} AND user_id {ids}; COMMIT;"
        )
    }

    fn audit_statement(&self, target: &str, number: u64) -> String {
        let (account, at) = (self.account(), self.now());
        let entry = self.user(4_000_000_000 + number);
        format!(
            "INSERT INTO audit_events (id, account_id, at, actor, actor_id, action, target, changes) VALUES ({entry}, {account}, {at}, 'api_key', {account}, 'user.update', {target}, '[]');"
        )
    }

    fn now(&self) -> &'static str {
        match self.database {
            Database::Sqlite(_) => "1764000000000000",
            Database::Postgres { .. } => "'2025-11-24T16:00:00Z'",
        }
    }
}
