//! The error of a row that no version of Usher wrote names its table and key.

use diesel::{Connection, PgConnection, SqliteConnection, connection::SimpleConnection};
use usher::store::StoreError;

use crate::{
    support::db::TestDb,
    world::{attempt, id, insert_account_with_user, now},
};

/// Runs a statement without the store.
pub(crate) fn run(db: &TestDb, sql: &str) {
    match db.address().strip_prefix("sqlite:") {
        Some(path) => {
            let mut conn = SqliteConnection::establish(path).unwrap();
            conn.batch_execute("PRAGMA busy_timeout = 60000; PRAGMA foreign_keys = ON").unwrap();
            conn.batch_execute(sql).unwrap();
        }
        None => PgConnection::establish(db.address()).unwrap().batch_execute(sql).unwrap(),
    }
}

fn describe<T: std::fmt::Debug>(found: Result<T, StoreError>) -> (&'static str, String) {
    match found {
        Err(StoreError::Corrupt { table, id, .. }) => (table, id),
        other => panic!("{other:?}"),
    }
}

on_both_databases! {
    fn a_corrupt_row_is_an_error_and_not_a_missing_row(db) {
        let (account, connection, ada) = insert_account_with_user(db, "a");
        let attempt = attempt(&connection, now());
        db.write(|tx| tx.insert_attempt(&attempt)).unwrap();
        for sql in [
            "UPDATE users SET email = 'nobody'",
            "UPDATE connections SET settings = '{\"mapping\": {\"shoeSize\": \"x\"}}'",
            "UPDATE attempts SET checks = '[{\"id\": 7}]'",
        ] {
            run(db, sql);
        }

        let found = describe(db.read(|tx| tx.user(account.id, ada.id)));
        assert_eq!(found, ("users", ada.id.to_string()));
        let found = describe(db.read(|tx| tx.connection(connection.id)));
        assert_eq!(found, ("connections", connection.id.to_string()));
        let found = describe(db.read(|tx| tx.attempt_of_any_account(&attempt.reference)));
        assert_eq!(found, ("attempts", attempt.id.to_string()));
    }

    fn no_error_quotes_the_values_of_a_row(db) {
        let (account, connection, ada) = insert_account_with_user(db, "a");
        run(db, "UPDATE users SET email = 'SECRET'");
        run(db, "UPDATE connections SET certificates = '[\"SECRET\", 1]'");
        for error in [
            db.read(|tx| tx.user(account.id, ada.id)).unwrap_err(),
            db.read(|tx| tx.connection(connection.id)).unwrap_err(),
        ] {
            let text = format!("{error} {error:?}");
            assert!(!text.contains("SECRET"), "{text}");
        }
    }

    fn deleting_an_account_deletes_all_its_records(db) {
        let (account, connection, ada) = insert_account_with_user(db, "a");
        let (_, stored, _) = insert_account_with_user(db, "b");
        db.write(|tx| {
            tx.insert_attempt(&attempt(&connection, now()))?;
            tx.insert_identity(&crate::world::identity(&connection, &ada, "ada"))?;
            crate::world::insert_session(tx, &crate::world::session(&connection, &ada))
        })
        .unwrap();
        run(db, &format!("DELETE FROM accounts WHERE id = {}", db.id(account.id)));

        db.read(|tx| {
            assert_eq!(tx.connection(connection.id)?, None);
            assert_eq!(tx.session_by_hash([1; 32])?, None);
            assert_eq!(tx.connection(stored.id)?.as_ref(), Some(&stored));
            assert_eq!(tx.account(id())?, None);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    }
}
