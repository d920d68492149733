//! All or nothing, and nothing after a failure.

use usher::store::{Db, StoreError, UniqueKey};

use crate::world::{account, insert_account_with_user, user};

/// An error of a caller's own.
#[derive(Debug)]
enum CallerError {
    Rule,
    Store,
}

impl From<StoreError> for CallerError {
    fn from(_: StoreError) -> Self {
        Self::Store
    }
}

fn slugs(db: &Db) -> Vec<String> {
    let accounts = db.read(|tx| tx.accounts()).unwrap();
    accounts.into_iter().map(|account| account.slug).collect()
}

on_both_databases! {
    fn failed_write_is_rolled_back(db) {
        let rejected = db.write(|tx| {
            tx.insert_account(&account("a"))?;
            assert!(tx.account_by_slug("a")?.is_some(), "seen within");
            Err::<(), _>(CallerError::Rule)
        });
        assert!(matches!(rejected, Err(CallerError::Rule)));
        assert!(slugs(db).is_empty());
    }

    fn panicking_write_is_rolled_back_and_the_next_one_succeeds(db) {
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            db.write(|tx| -> Result<(), StoreError> {
                tx.insert_account(&account("a"))?;
                panic!("by intention");
            })
        }));
        assert!(panicked.is_err());
        db.write(|tx| tx.insert_account(&account("b"))).unwrap();
        assert_eq!(slugs(db), ["b"]);
    }

    fn ignored_failure_still_rolls_back_the_write(db) {
        insert_account_with_user(db, "a");
        let written = db.write(|tx| {
            tx.insert_account(&account("b"))?;
            let conflict = tx.insert_account(&account("a"));
            assert!(matches!(conflict, Err(StoreError::Conflict(UniqueKey::AccountSlug))));
            let next = tx.insert_account(&account("c"));
            assert!(matches!(next, Err(StoreError::Aborted)), "{next:?}");
            Ok::<_, StoreError>(())
        });
        assert!(matches!(written, Err(StoreError::Aborted)), "{written:?}");
        assert_eq!(slugs(db), ["a"]);
    }

    fn read_transaction_cannot_write(db) {
        let written = db.read(|tx| tx.insert_account(&account("a")));
        assert!(matches!(written, Err(StoreError::ReadOnly(_))), "{written:?}");
        assert!(slugs(db).is_empty());
    }

    fn read_sees_one_snapshot(db) {
        let (account, _, ada) = insert_account_with_user(db, "a");
        let bob = user(&account, "bob@acme.example");
        db.read(|tx| {
            assert!(tx.user(account.id, ada.id)?.is_some());
            db.write(|tx| tx.insert_user(&bob))?;
            assert_eq!(tx.user(account.id, bob.id)?, None);
            Ok::<_, StoreError>(())
        })
        .unwrap();
        assert!(db.read(|tx| tx.user(account.id, bob.id)).unwrap().is_some());
    }

    fn committed_data_is_read_after_reopening(db) {
        insert_account_with_user(db, "a");
        let again = Db::open(db.address(), &crate::support::db::options()).unwrap();
        assert_eq!(slugs(&again), ["a"]);
        assert!(!format!("{again:?}").contains("://"), "its address is not told");
    }
}
