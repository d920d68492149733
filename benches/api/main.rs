//! What a request of the admin API costs, beside the same statements sent by
//! the database's own client (`psql`, `sqlite3`) in the same minute.
//!
//! Everything is the real thing: the program in a process of its own, a
//! database on the disk, requests one after the other over one connection.
//! docs/performance.md explains the output.

mod client;
mod database;
mod program;
mod requests;

use std::env;

use self::{database::Database, program::Program, requests::measure};

/// How many users the account has, unless `USHER_BENCH_USERS` says otherwise:
/// numbers with commas between them.
const USERS: &str = "1000,100000,1000000";

fn main() {
    // `cargo bench` asks so; what is written as a test asks to be listed.
    if env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    let users = env::var("USHER_BENCH_USERS").unwrap_or_else(|_| USERS.into());
    let users = users.split(',').map(|text| text.trim().parse().expect("a number of users"));
    println!("| database | users | request | ms | the client's statements, ms | ratio |");
    println!("|---|---|---|---|---|---|");
    for users in users {
        for database in [Some(Database::sqlite()), Database::postgres()] {
            let Some(database) = database else {
                eprintln!("no PostgreSQL: run it by scripts/with-postgres");
                continue;
            };
            let program = Program::start(&database, users, &[]);
            for row in measure(&program, &database, users) {
                println!(
                    "| {} | {users} | {} | {:.2} | {:.2} | {:.1} |",
                    database.name(),
                    row.request,
                    row.ours * 1e3,
                    row.theirs * 1e3,
                    row.ours / row.theirs
                );
            }
        }
    }
}
