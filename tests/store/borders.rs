//! Accounts: nothing of one can be seen, changed or tied from another.

use usher::{
    domain::{
        lists::Listing, role::TeamRole, subject::SubjectKey, team::Membership, user::Identity,
    },
    store::StoreError,
};

use crate::world::{
    attempt, identity, insert_account_with_user, insert_session, membership, now, seconds_later,
    session, team,
};

on_both_databases! {
    fn data_is_invisible_to_other_accounts(db) {
        let (first, okta, ada) = insert_account_with_user(db, "a");
        let (other, its_connection, _) = insert_account_with_user(db, "b");
        let (_, nobodys, _) = insert_account_with_user(db, "c");
        let team = team(&first, "Ops");
        let attempt = attempt(&okta, now());
        let session = session(&okta, &ada);
        db.write(|tx| {
            tx.insert_identity(&identity(&okta, &ada, "ada"))?;
            tx.insert_team(&team)?;
            tx.insert_membership(&membership(&team, &ada, TeamRole::User))?;
            tx.insert_attempt(&attempt)?;
            insert_session(tx, &session)
        })
        .unwrap();

        db.write(|tx| {
            assert_eq!(tx.list_connections(other.id, &Listing::first(9))?.items, std::slice::from_ref(&its_connection));
            assert_eq!(tx.connection_for_update(other.id, okta.id)?, None);
            assert_eq!(tx.user(other.id, ada.id)?, None);
            assert_eq!(tx.existing_user_by_identity(other.id, okta.id, &SubjectKey::exact("ada"))?, None);
            let of_this_address = tx.existing_user_by_email(other.id, okta.id, ada.email.key())?.unwrap();
            assert_ne!(of_this_address.id, ada.id, "its own user of that address");
            assert_eq!(of_this_address.subject, None);
            assert_eq!(tx.existing_teams(other.id, &[team.name.key().clone()])?, []);
            assert_eq!(tx.teams_of(other.id, ada.id)?, []);
            assert_eq!(tx.list_attempts(other.id, &Listing::first(9))?.items, []);
            assert_eq!(tx.list_audit(other.id, &Listing::first(9))?.items, []);
            assert!(!tx.delete_session(other.id, session.id)?);
            assert!(tx.session_by_hash([1; 32])?.is_some());
            Ok::<_, StoreError>(())
        })
        .unwrap();

        let mut foreign = okta.clone();
        foreign.account = nobodys.account;
        foreign.version += 1;
        let updated = db.write(|tx| tx.update_connection(&foreign));
        assert!(matches!(updated, Err(StoreError::Stale { .. })), "{updated:?}");
        let locked = db.write(|tx| tx.lock_for_login(other.id, ada.id, None));
        assert!(matches!(locked, Err(StoreError::Stale { .. })), "{locked:?}");
        db.write(|tx| tx.record_last_login(other.id, ada.id, seconds_later(1))).unwrap();
        let stored = db.read(|tx| tx.user(ada.account, ada.id)).unwrap();
        assert_eq!(stored.as_ref(), Some(&ada));
    }

    fn references_across_accounts_are_rejected(db) {
        let (first, okta, ada) = insert_account_with_user(db, "a");
        let (second, entra, bob) = insert_account_with_user(db, "b");
        let ops = team(&first, "Ops");
        db.write(|tx| tx.insert_team(&ops)).unwrap();

        let identities = [
            identity(&okta, &bob, "bob"),
            Identity { account: second.id, ..identity(&okta, &bob, "bob") },
            Identity { account: second.id, ..identity(&okta, &ada, "ada") },
        ];
        for identity in identities {
            let tied = db.write(|tx| tx.insert_identity(&identity));
            assert!(matches!(tied, Err(StoreError::Dangling)), "{identity:?}: {tied:?}");
        }
        let memberships = [
            membership(&ops, &bob, TeamRole::User),
            Membership { account: second.id, ..membership(&ops, &bob, TeamRole::User) },
        ];
        for membership in memberships {
            let tied = db.write(|tx| tx.insert_membership(&membership));
            assert!(matches!(tied, Err(StoreError::Dangling)), "{membership:?}: {tied:?}");
        }
        let mut its_attempt = attempt(&okta, now());
        its_attempt.account = second.id;
        for tied in [
            db.write(|tx| insert_session(tx, &session(&okta, &bob))),
            db.write(|tx| insert_session(tx, &session(&entra, &ada))),
            db.write(|tx| tx.insert_attempt(&its_attempt)),
            db.write(|tx| {
                tx.remember_request(second.id, okta.id, "_a", seconds_later(9), now()).map(drop)
            }),
            db.write(|tx| {
                tx.remember_assertion(second.id, okta.id, "_a", seconds_later(9), now()).map(drop)
            }),
        ] {
            assert!(matches!(tied, Err(StoreError::Dangling)), "{tied:?}");
        }
    }
}
