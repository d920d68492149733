//! Many at once: what one may have, one gets; what all do, all is done.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use usher::{
    domain::{lists::Listing, subject::SubjectKey},
    store::{Db, StoreError, UniqueKey},
};

use crate::{
    support::db::TestDb,
    world::{
        count_users, identity, insert_account_with_user, membership, now, seconds_later, team, user,
    },
};

/// Runs the work on so many threads, which begin together.
fn together<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(threads);
    let begin = |n| {
        start.wait();
        work(n)
    };
    thread::scope(|scope| {
        let begin = &begin;
        let running: Vec<_> = (0..threads).map(|n| scope.spawn(move || begin(n))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn wins(results: &[bool]) -> usize {
    results.iter().filter(|won| **won).count()
}

on_both_databases! {
    fn one_of_fifty_simultaneous_inserts_of_an_assertion_succeeds(db) {
        let (account, connection, _) = insert_account_with_user(db, "a");
        let new = together(50, |_| {
            db.write(|tx| tx.remember_assertion(account.id, connection.id, "_a", seconds_later(9), now()))
                .unwrap()
        });
        assert_eq!(wins(&new), 1);
    }

    fn one_of_fifty_simultaneous_inserts_of_an_expired_assertion_succeeds(db) {
        let (account, connection, _) = insert_account_with_user(db, "a");
        let remember = |until, at| {
            db.write(|tx| {
                tx.remember_assertion(account.id, connection.id, "_a", seconds_later(until), seconds_later(at))
            })
            .unwrap()
        };
        assert!(remember(1, 0));
        assert_eq!(wins(&together(50, |_| remember(9, 2))), 1);
    }

    fn simultaneous_creations_and_deletions_of_users_are_all_counted(db) {
        let (account, ..) = insert_account_with_user(db, "a");
        let before = count_users(db, &account);
        together(16, |n| {
            let some: Vec<_> =
                (0..3).map(|i| user(&account, &format!("u{n}.{i}@example.com"))).collect();
            db.write(|tx| tx.insert_users(&some)).unwrap();
            db.write(|tx| tx.insert_user(&user(&account, &format!("v{n}@example.com")))).unwrap();
            db.write(|tx| tx.delete_user(account.id, some[1].id)).unwrap();
        });
        assert_eq!(count_users(db, &account), before + 16 * 3);
        let failed = db.write(|tx| {
            tx.insert_user(&user(&account, "w@example.com"))?;
            tx.insert_user(&user(&account, "w@example.com"))
        });
        assert!(matches!(failed, Err(StoreError::Conflict(_))), "{failed:?}");
        assert_eq!(count_users(db, &account), before + 16 * 3, "what was rolled back was counted");
        // An account takes everything with it.
        crate::corruption::run(db, "DELETE FROM accounts");
        assert_eq!(count_users(db, &account), 0);
    }

    fn one_of_fifty_simultaneous_responses_answers_a_request(db) {
        let (account, connection, _) = insert_account_with_user(db, "a");
        let until = now() + chrono::TimeDelta::seconds(9);
        let answered = together(50, |_| {
            db.write(|tx| tx.remember_request(account.id, connection.id, "_1", until, now())).unwrap()
        });
        assert_eq!(wins(&answered), 1);
    }

    fn none_of_32_simultaneous_updates_of_a_connection_is_lost(db) {
        let (account, connection, _) = insert_account_with_user(db, "a");
        together(32, |n| {
            db.write(|tx| {
                let found = tx.connection_for_update(account.id, connection.id)?;
                let mut found = found.expect("it is there");
                found.saml.relay_states.push(n.to_string());
                found.version += 1;
                tx.update_connection(&found)
            })
            .unwrap();
        });
        let found = db.read(|tx| tx.connection(connection.id)).unwrap().unwrap();
        assert_eq!(found.version, connection.version + 32);
        assert_eq!(found.saml.relay_states.len(), connection.saml.relay_states.len() + 32);
    }

    fn one_of_fifty_first_logins_creates_the_user_and_all_find_it(db) {
        let (account, connection, _) = insert_account_with_user(db, "a");
        let made = AtomicUsize::new(0);
        let first_login = || {
            db.write(|tx| {
                if let Some(known) = tx.existing_user_by_identity(account.id, connection.id, &SubjectKey::exact("grace"))? {
                    return Ok(known.id);
                }
                let grace = user(&account, "grace@acme.example");
                let ops = team(&account, "Ops");
                tx.insert_user(&grace)?;
                tx.insert_identity(&identity(&connection, &grace, "grace"))?;
                tx.insert_team(&ops)?;
                tx.insert_membership(&membership(&ops, &grace, usher::domain::role::TeamRole::User))?;
                Ok::<_, StoreError>(grace.id)
            })
        };
        let ids = together(50, |_| match first_login() {
            Ok(id) => id,
            // The loser of the race rolls back, and runs once more.
            Err(StoreError::Conflict(UniqueKey::UserEmail | UniqueKey::IdentitySubject)) => {
                made.fetch_add(1, Ordering::Relaxed);
                first_login().unwrap()
            }
            Err(other) => panic!("{other:?}"),
        });
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        let teams = db.read(|tx| tx.teams_of(account.id, ids[0])).unwrap();
        assert_eq!(teams.len(), 1);
    }

    fn two_processes_update_a_connection_without_lost_updates(db) {
        let (account, connection, _) = insert_account_with_user(db, "a");
        let programs =
            [(); 2].map(|()| Db::open(db.address(), &crate::support::db::options()).unwrap());
        together(2, |n| {
            for _ in 0..20 {
                programs[n]
                    .write(|tx| {
                        let found = tx.connection_for_update(account.id, connection.id)?;
                        let mut found = found.expect("it is there");
                        found.version += 1;
                        tx.update_connection(&found)
                    })
                    .unwrap();
            }
        });
        let found = db.read(|tx| tx.connection(connection.id)).unwrap().unwrap();
        assert_eq!(found.version, connection.version + 40);
    }

    fn readers_read_while_others_write(db) {
        let (account, connection, _) = insert_account_with_user(db, "a");
        let counts = together(16, |n| {
            for m in 0..10 {
                if n % 2 == 0 {
                    let person = user(&account, &format!("u{n}-{m}@acme.example"));
                    db.write(|tx| {
                        tx.insert_user(&person)?;
                        tx.insert_identity(&identity(&connection, &person, &person.id.to_string()))
                    })
                    .unwrap();
                } else {
                    db.read(|tx| tx.connection(connection.id)).unwrap().unwrap();
                }
            }
            n
        });
        assert_eq!(counts.len(), 16);
    }

    fn several_replicas_migrate_at_once(db) {
        let replicas: Vec<_> = (0..8)
            .map(|_| Db::open(db.address(), &crate::support::db::options()).unwrap())
            .collect();
        let run = together(8, |n| replicas[n].migrate().unwrap().applied);
        assert!(run.iter().all(Vec::is_empty), "{run:?}");
    }
}

#[test]
fn deadlocked_transactions_on_postgresql_are_retried() {
    let db = TestDb::postgres();
    let (account, first, _) = insert_account_with_user(&db, "a");
    let second = crate::world::connection(&account);
    db.write(|tx| tx.insert_connection(&second)).unwrap();

    let both_hold_one = Barrier::new(2);
    let orders = [[first.id, second.id], [second.id, first.id]];
    let runs = together(2, |n| {
        let mut runs = 0;
        db.write(|tx| {
            runs += 1;
            for (place, id) in orders[n].into_iter().enumerate() {
                let found = tx.connection_for_update(account.id, id)?;
                if runs == 1 && place == 0 {
                    both_hold_one.wait();
                }
                let mut found = found.expect("it is there");
                found.version += 1;
                tx.update_connection(&found)?;
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
        runs
    });
    assert!(runs.iter().sum::<u32>() > 2, "at least one had to run again: {runs:?}");
    let found = db.read(|tx| tx.list_connections(account.id, &Listing::first(9))).unwrap().items;
    assert!(found.iter().all(|connection| connection.version == 3), "{found:?}");
}

#[test]
fn closed_connections_to_postgresql_are_reopened_at_once() {
    let db = TestDb::postgres();
    insert_account_with_user(&db, "a");
    // As many connections as the pool can have.
    let all = Barrier::new(8);
    together(8, |_| {
        db.read(|tx| {
            all.wait();
            tx.accounts()
        })
        .unwrap();
    });
    crate::corruption::run(
        &db,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    for _ in 0..10 {
        assert_eq!(db.read(|tx| tx.accounts()).unwrap().len(), 1);
    }
}
