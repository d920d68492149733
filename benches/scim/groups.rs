//! Groups of three sizes.

use crate::{client::ScimServer, database::Database, peers, program::user};

/// How many members the groups have.
pub(crate) const SIZES: [usize; 3] = [10, 1_000, 100_000];

/// Creates a group of a peer by its own API. Returns its ID.
pub(crate) fn create_by_api(server: &ScimServer, users: &[String], size: usize) -> Option<String> {
    Some(peers::create_group(server, users, size))
}

/// The ID of a group that [`insert`] created, if there were enough users.
pub(crate) fn inserted_group_id(_: &ScimServer, users: &[String], size: usize) -> Option<String> {
    fits(users.len(), size).then(|| id(size))
}

/// Creates the groups in Usher's database: as many as there are users for.
pub(crate) fn insert(database: &Database, account: &str, users: u64) {
    let at = match database {
        Database::Sqlite(_) => "1700000000000000",
        Database::Postgres { .. } => "'2024-01-01T00:00:00Z'::timestamptz",
    };
    let users = usize::try_from(users).expect("few enough");
    for size in SIZES.into_iter().filter(|size| fits(users, *size)) {
        let (account, team) = (database.id(account), database.id(&id(size)));
        let last = database.id(&user(u64::try_from(size).expect("few enough")));
        database.run(&format!(
            "INSERT INTO teams (id, account_id, name, name_key, origin, created_at, updated_at, version) VALUES ({team}, {account}, 'Group of {size}', 'group of {size}', 'ADMIN', {at}, {at}, 1);
            INSERT INTO memberships (account_id, team_id, user_id, requested_role, created_at) SELECT {account}, {team}, id, 'USER', {at} FROM users WHERE account_id = {account} AND id < {last};
            ANALYZE;"
        ));
    }
}

/// Whether there are others besides the members.
fn fits(users: usize, size: usize) -> bool {
    size < users / 2
}

fn id(size: usize) -> String {
    format!("01900000-0000-7000-8000-{size:012}")
}
