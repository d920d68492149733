//! What a login looks up and records.

use usher::{
    domain::{
        lists::Listing,
        provisioning::ExistingUser,
        subject::{SubjectComparison, SubjectKey},
        user::{DeletedUser, Identity, User, UserStatus},
    },
    store::{SignInRecords, StoreError, UniqueKey},
};

use crate::world::{
    attempt, connection, id, identity, insert_account_with_user, now, opening_response,
    seconds_later, session, user,
};

on_both_databases! {
    fn user_is_found_by_identity_on_its_connection(db) {
        let (account, okta, ada) = insert_account_with_user(db, "a");
        let entra = connection(&account);
        db.write(|tx| {
            tx.insert_connection(&entra)?;
            tx.insert_identity(&identity(&okta, &ada, "Ada"))
        })
        .unwrap();

        db.read(|tx| {
            let [subject, other] = ["Ada", "ada"].map(SubjectKey::exact);
            let known = ExistingUser {
                id: ada.id,
                status: UserStatus::Active,
                subject: Some(subject.clone()),
                last_login_at: None,
            };
            assert_eq!(tx.existing_user_by_identity(account.id, okta.id, &subject)?, Some(known));
            assert_eq!(tx.existing_user_by_identity(account.id, okta.id, &other)?, None, "compared exactly");
            assert_eq!(tx.existing_user_by_identity(account.id, entra.id, &subject)?, None);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    }

    fn identity_is_found_by_subject_and_comparison(db) {
        use SubjectComparison::{Address, Exact, Folded, Unknown};
        let (account, okta, ada) = insert_account_with_user(db, "a");
        let bob = user(&account, "bob@acme.example");
        let key = |text: &str, comparison| SubjectKey { text: text.to_owned(), comparison };
        let [exact, address] = [Exact, Address].map(|comparison| key("vic@x.com", comparison));
        let stored = [(&ada, &exact), (&bob, &address)];
        let stored = stored.map(|(user, subject)| Identity {
            subject: subject.clone(),
            ..identity(&okta, user, "")
        });
        db.write(|tx| {
            tx.insert_user(&bob)?;
            stored.iter().try_for_each(|identity| tx.insert_identity(identity))
        })
        .unwrap();
        let find = |subject: &SubjectKey| {
            let known = db.read(|tx| tx.existing_user_by_identity(account.id, okta.id, subject)).unwrap();
            known.map(|user| user.id)
        };
        assert_eq!([&exact, &address].map(find), [Some(ada.id), Some(bob.id)]);

        let delete = |user: &User, identity: &Identity| {
            let (account, email) = (user.account, user.email.clone());
            let deleted = DeletedUser { id: user.id, account, email, deleted_at: now() };
            db.write(|tx| {
                tx.delete_user(account, user.id)?;
                tx.insert_deleted_user(&deleted, std::slice::from_ref(identity))
            })
            .unwrap();
        };
        let tombstone = |subject: &SubjectKey| {
            db.read(|tx| tx.deleted_by_subject(account.id, okta.id, subject)).unwrap()
        };
        delete(&ada, &stored[0]);
        assert_eq!([&exact, &address].map(tombstone), [Some(ada.id), None]);
        delete(&bob, &stored[1]);
        assert_eq!([&exact, &address].map(tombstone), [Some(ada.id), Some(bob.id)]);

        // As earlier releases stored them.
        for (comparison, in_other_case) in [(Unknown, None), (Folded, Some(bob.id))] {
            let sql = "DELETE FROM deleted_identities WHERE comparison = 'EXACT';
                       UPDATE deleted_identities SET comparison = ";
            crate::corruption::run(db, &format!("{sql}'{}'", comparison.as_str()));
            assert_eq!([&exact, &address].map(tombstone), [Some(bob.id); 2], "{comparison:?}");
            assert_eq!(tombstone(&key("Vic@X.com", Exact)), in_other_case, "{comparison:?}");
        }
    }

    fn user_is_found_by_address_with_the_subject_on_the_connection(db) {
        let (account, okta, ada) = insert_account_with_user(db, "a");
        let entra = connection(&account);
        db.write(|tx| {
            tx.insert_connection(&entra)?;
            tx.insert_identity(&identity(&okta, &ada, "at okta"))
        })
        .unwrap();

        db.read(|tx| {
            let here = tx.existing_user_by_email(account.id, okta.id, ada.email.key())?.unwrap();
            assert_eq!((here.id, here.subject), (ada.id, Some(SubjectKey::exact("at okta"))));
            let there = tx.existing_user_by_email(account.id, entra.id, ada.email.key())?.unwrap();
            assert_eq!((there.id, there.subject), (ada.id, None));
            let nobody = user(&account, "nobody@acme.example");
            assert_eq!(tx.existing_user_by_email(account.id, okta.id, nobody.email.key())?, None);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    }

    fn subject_and_user_are_linked_once_on_a_connection(db) {
        let (account, okta, ada) = insert_account_with_user(db, "a");
        let entra = connection(&account);
        let bob = user(&account, "bob@acme.example");
        db.write(|tx| {
            tx.insert_connection(&entra)?;
            tx.insert_user(&bob)?;
            tx.insert_identity(&identity(&okta, &ada, "ada"))?;
            tx.insert_identity(&identity(&entra, &ada, "ada"))
        })
        .unwrap();

        let subject = db.write(|tx| tx.insert_identity(&identity(&okta, &bob, "ada")));
        assert!(matches!(subject, Err(StoreError::Conflict(UniqueKey::IdentitySubject))), "{subject:?}");
        let user = db.write(|tx| tx.insert_identity(&identity(&okta, &ada, "other")));
        assert!(matches!(user, Err(StoreError::Conflict(UniqueKey::IdentityUser))), "{user:?}");
    }

    fn first_login_of_a_staged_user_changes_the_version(db) {
        let (account, ..) = insert_account_with_user(db, "a");
        let staged =
            User { status: UserStatus::Staged, ..user(&account, "staged@acme.example") };
        db.write(|tx| {
            tx.insert_user(&staged)?;
            tx.record_first_login(account.id, staged.id, seconds_later(5))
        })
        .unwrap();

        let expected = User {
            status: UserStatus::Active,
            first_login_at: Some(seconds_later(5)),
            last_login_at: Some(seconds_later(5)),
            updated_at: seconds_later(5),
            version: 2,
            ..staged.clone()
        };
        assert_eq!(db.read(|tx| tx.user(account.id, staged.id)).unwrap(), Some(expected));
    }

    fn later_login_changes_only_the_time_of_the_latest_login(db) {
        let (account, _, ada) = insert_account_with_user(db, "a");
        // Those within a minute are not recorded.
        for (seconds, recorded) in [(5, 5), (64, 5), (65, 65), (60, 65)] {
            db.write(|tx| tx.record_last_login(account.id, ada.id, seconds_later(seconds))).unwrap();
            let expected = User { last_login_at: Some(seconds_later(recorded)), ..ada.clone() };
            assert_eq!(db.read(|tx| tx.user(account.id, ada.id)).unwrap(), Some(expected));
        }
        db.write(|tx| tx.record_last_login(account.id, id(), seconds_later(5))).unwrap();
    }

    fn a_login_is_not_recorded_for_a_user_whose_status_has_changed(db) {
        let (account, _, active) = insert_account_with_user(db, "a");
        let disabled =
            User { status: UserStatus::Disabled, ..user(&account, "disabled@acme.example") };
        db.write(|tx| tx.insert_user(&disabled)).unwrap();
        for user in [disabled.id, active.id, id()] {
            let recorded =
                db.write(|tx| tx.record_first_login(account.id, user, seconds_later(5)));
            assert!(matches!(recorded, Err(StoreError::Stale { table: "users" })), "{recorded:?}");
        }
        for user in [disabled.id, id()] {
            let locked = db.write(|tx| tx.lock_for_login(account.id, user, None));
            assert!(matches!(locked, Err(StoreError::Stale { table: "users" })), "{locked:?}");
        }
        assert_eq!(db.read(|tx| tx.user(account.id, disabled.id)).unwrap(), Some(disabled));
    }

    fn user_without_the_identity_is_not_locked_for_a_login(db) {
        let (account, okta, ada) = insert_account_with_user(db, "a");
        let entra = connection(&account);
        db.write(|tx| tx.insert_connection(&entra)).unwrap();
        let lock = |connection: &usher::domain::connection::Connection| {
            db.write(|tx| tx.lock_for_login(account.id, ada.id, Some(connection.id)))
        };
        let locked = lock(&okta);
        assert!(matches!(locked, Err(StoreError::Stale { .. })), "{locked:?}");
        let identity = identity(&okta, &ada, "ada");
        db.write(|tx| tx.insert_identity(&identity)).unwrap();
        assert_eq!(lock(&okta).unwrap(), ada.last_login_at);
        let locked = lock(&entra);
        assert!(matches!(locked, Err(StoreError::Stale { .. })), "{locked:?}");
        db.write(|tx| tx.delete_identity(account.id, identity.id)).unwrap();
        let locked = lock(&okta);
        assert!(matches!(locked, Err(StoreError::Stale { .. })), "{locked:?}");
    }

    fn sign_in_is_written_once_for_an_active_user_with_the_identity(db) {
        let (account, okta, ada) = insert_account_with_user(db, "a");
        let identity = identity(&okta, &ada, "ada");
        db.write(|tx| tx.insert_identity(&identity)).unwrap();
        let sign_in = |subject: &str, assertion: &str, request: Option<&str>| {
            let (session, attempt) = (session(&okta, &ada), attempt(&okta, now()));
            let subject = SubjectKey { text: subject.into(), ..identity.subject.clone() };
            let mut token_hash = [0; 32];
            token_hash[..16].copy_from_slice(session.id.as_uuid().as_bytes());
            let records = SignInRecords {
                session: &session,
                subject: &subject,
                token_hash,
                opened_by: &opening_response(),
                attempt: &attempt,
                assertion: (assertion, seconds_later(9)),
                request: request.map(|request| (request, seconds_later(9))),
            };
            db.write_statement_for(account.id, |tx| tx.insert_sign_in(&records))
        };
        let count = || {
            let attempts = db.read(|tx| tx.list_attempts(account.id, &Listing::first(9))).unwrap();
            let sessions = db.read(|tx| tx.sessions_of(account.id, ada.id, now())).unwrap();
            assert_eq!(attempts.items.len(), sessions.len());
            sessions.len()
        };
        sign_in("ada", "_a", Some("_r")).unwrap();
        sign_in("ada", "_b", None).unwrap();
        assert_eq!(count(), 2);
        let is_known = |id: &str| db.read(|tx| tx.is_remembered(account.id, okta.id, id, now())).unwrap();
        for (assertion, request) in [("_a", Some("_s")), ("_c", Some("_r")), ("_b", None)] {
            let replayed = sign_in("ada", assertion, request);
            assert!(matches!(replayed, Err(StoreError::Conflict(_))), "{replayed:?}");
        }
        let foreign = sign_in("Ada", "_c", None);
        assert!(matches!(foreign, Err(StoreError::Stale { .. })), "{foreign:?}");
        let status = |status: &str| db.run(&format!("UPDATE users SET status = '{status}'"));
        for other in ["DISABLED", "STAGED"] {
            status(other);
            let stale = sign_in("ada", "_c", Some("_t"));
            assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
        }
        status("ACTIVE");
        assert!(is_known("_a") && is_known("_b") && !is_known("_c"));
        assert_eq!(count(), 2, "nothing else was written");
        db.write(|tx| tx.delete_identity(account.id, identity.id)).unwrap();
        let unlinked = sign_in("ada", "_c", None);
        assert!(matches!(unlinked, Err(StoreError::Stale { .. })), "{unlinked:?}");
        assert_eq!((is_known("_c"), count()), (false, 2));
    }

    fn assertion_is_new_once_on_a_connection_until_it_expires(db) {
        let (account, okta, _) = insert_account_with_user(db, "a");
        let entra = connection(&account);
        db.write(|tx| tx.insert_connection(&entra)).unwrap();
        let remember = |connection: &usher::domain::connection::Connection, id: &str, until, now| {
            db.write(|tx| {
                tx.remember_assertion(account.id, connection.id, id, seconds_later(until), seconds_later(now))
            })
            .unwrap()
        };
        assert!(remember(&okta, "_a", 100, 0));
        assert!(!remember(&okta, "_a", 100, 0), "a replay");
        assert!(!remember(&okta, "_a", 500, 100), "a replay in its last moment");
        assert!(remember(&okta, "_A", 100, 0), "another one");
        assert!(remember(&entra, "_a", 100, 0), "another connection's");
        assert!(remember(&okta, "_a", 200, 101), "its time is over, swept or not");
        assert!(!remember(&okta, "_a", 300, 150), "and it is remembered anew");
        let request = |id: &str| {
            db.write(|tx| {
                tx.remember_request(account.id, okta.id, id, seconds_later(100), now())
            })
            .unwrap()
        };
        assert!(request("_a"), "a request with the ID of an assertion");
        assert!(!request("_a"), "its second response");
    }

    fn only_expired_records_are_deleted(db) {
        let (account, okta, ada) = insert_account_with_user(db, "a");
        let keep_attempt = crate::world::attempt(&okta, now());
        db.write(|tx| {
            for (n, name) in ["_old", "_due", "_new"].into_iter().enumerate() {
                let expires_at = seconds_later(i64::try_from(n).unwrap() - 1);
                let session = usher::domain::session::Session {
                    expires_at,
                    ..crate::world::session(&okta, &ada)
                };
                tx.insert_session(&session, [u8::try_from(n).unwrap(); 32], &opening_response())?;
                tx.remember_assertion(account.id, okta.id, name, expires_at, seconds_later(-9))?;
                tx.remember_request(account.id, okta.id, name, expires_at, seconds_later(-9))?;
            }
            tx.insert_attempt(&keep_attempt)?;
            tx.insert_attempt(&crate::world::attempt(&okta, seconds_later(-1)))
        })
        .unwrap();

        assert_eq!(db.write(|tx| tx.delete_expired(now(), now())).unwrap(), 4);
        assert_eq!(db.write(|tx| tx.delete_expired(now(), now())).unwrap(), 0);
        db.write(|tx| {
            assert_eq!(tx.session_by_hash([0; 32])?, None);
            assert!(tx.session_by_hash([1; 32])?.is_some());
            assert!(tx.attempt_of_any_account(&keep_attempt.reference)?.is_some());
            assert!(!tx.remember_assertion(account.id, okta.id, "_due", seconds_later(9), now())?);
            assert!(tx.remember_assertion(account.id, okta.id, "_old", seconds_later(9), seconds_later(-9))?);
            assert!(!tx.remember_request(account.id, okta.id, "_due", seconds_later(9), now())?);
            assert!(tx.remember_request(account.id, okta.id, "_old", seconds_later(9), seconds_later(-9))?);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    }

    fn sweep_deletes_a_bounded_number_of_the_oldest_records(db) {
        let (account, okta, _) = insert_account_with_user(db, "a");
        let bound = usize::try_from(usher::store::EXPIRED_AT_ONCE).unwrap();
        let count = i64::try_from(bound).unwrap() + 3;
        db.write(|tx| {
            (0..count).rev().try_for_each(|n| {
                let until = seconds_later(n);
                tx.remember_request(account.id, okta.id, &format!("_{n}"), until, now()).map(drop)
            })
        })
        .unwrap();
        let is_forgotten = |n: i64| {
            let remember = |tx: &mut usher::store::Tx<'_>| {
                let until = seconds_later(n);
                tx.remember_request(account.id, okta.id, &format!("_{n}"), until, now())
            };
            db.write(remember).unwrap()
        };

        let sweep = || db.write(|tx| tx.delete_expired(seconds_later(100_000), now())).unwrap();
        assert_eq!(sweep(), bound);
        assert!(!is_forgotten(count - 1));
        assert_eq!(sweep(), 3);
        assert!(is_forgotten(0) && is_forgotten(count - 1));
    }
}
