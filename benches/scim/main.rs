//! How many requests a second the SCIM server takes, beside two other SCIM
//! servers in the same minutes: scim2-server and scimmy-routers, which keep
//! everything in memory.
//!
//! Everything is the real thing: each server in a process of its own, one
//! after the other; Usher with its database on the disk. How to read what is
//! printed stands in docs/performance.md.

mod client;
#[expect(dead_code, reason = "shared with the benchmark of the admin API")]
#[path = "../api/database.rs"]
mod database;
mod groups;
#[path = "../support/peer.rs"]
mod peer;
mod peers;
#[path = "../api/program.rs"]
mod program;
mod requests;
mod table;

use std::env;

use self::{
    client::ScimServer,
    database::Database,
    peer::PeerFiles,
    peers::Peer,
    program::Program,
    requests::{BenchServer, measure},
    table::Column,
};

/// How many users a peer has.
const OF_A_PEER: u64 = 10_000;

/// How many users Usher has, unless `USHER_BENCH_USERS` says otherwise: numbers
/// with commas between them.
const USERS: &str = "10000,1000000";

fn main() {
    // `cargo bench` asks so; what is written as a test asks to be listed.
    if env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    let users = env::var("USHER_BENCH_USERS").unwrap_or_else(|_| USERS.into());
    let users = users.split(',').map(|text| text.trim().parse().expect("a number of users"));
    let files = PeerFiles::install("scim");
    let mut columns: Vec<Column> =
        Peer::ALL.iter().map(|peer| measure_peer(*peer, &files)).collect();
    for users in users {
        for database in [Some(Database::sqlite()), Database::postgres()] {
            match database {
                Some(database) => columns.push(measure_usher(&database, users)),
                None => eprintln!("no PostgreSQL: run it by scripts/with-postgres"),
            }
        }
    }
    table::print(&columns);
}

fn measure_peer(peer: Peer, files: &PeerFiles) -> Column {
    let running = peer.start(files);
    let server = ScimServer { base: format!("http://{}/v2", running.address), key: "bench".into() };
    let users = peers::create_users(&server, OF_A_PEER);
    let bench = BenchServer { server, users, groups: groups::create_by_api };
    let name = format!("{}, {OF_A_PEER}", peer.name());
    Column { name, is_peer: true, rates: measure(&bench) }
}

fn measure_usher(database: &Database, users: u64) -> Column {
    let program = Program::start(database, users, &["--scope", "scim", "--dialect", "STRICT"]);
    groups::insert(database, &program.account, users);
    let server =
        ScimServer { base: format!("{}/scim/v2", program.address), key: program.key.clone() };
    let users: Vec<String> = (0..users).map(program::user).collect();
    let name = format!("Usher, {}, {}", database.name(), users.len());
    let bench = BenchServer { server, users, groups: groups::inserted_group_id };
    Column { name, is_peer: false, rates: measure(&bench) }
}
