//! Writes that depend on what was read before.

use std::time::{Duration, Instant};

use usher::{
    domain::{
        Timestamp,
        account::Account,
        api_key::ApiKey,
        id::UserId,
        membership::MembershipEffect::{Add, Change, Remove},
        profile_field::ProfileField,
        role::TeamRole,
        user::{DeletedUser, User},
    },
    store::{Db, PlannedChange, PlannedWrite, StoreError, UniqueKey, with_deadline},
};

use crate::{
    support::db::TestDb,
    world::{
        account, insert_account_with_user, membership, now, scim_client, scim_key, seconds_later,
        team, user,
    },
};

/// Adds a key to an account.
fn insert_key(db: &Db, account: &Account) -> ApiKey {
    let client = scim_client(account, "Okta");
    let key = scim_key(&client);
    db.write(|tx| {
        tx.insert_scim_client(&client)?;
        tx.insert_api_key(&key, [1; 32])
    })
    .unwrap();
    key
}

fn write_at(
    db: &Db,
    key: &ApiKey,
    change: PlannedChange<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (account, key) = (key.account, key.id);
    let planned = PlannedWrite { account, key, now, change, entries: &[] };
    db.write_statement_for(account, |tx| tx.write_planned(&planned))
}

fn write(db: &Db, key: &ApiKey, change: PlannedChange<'_>) -> Result<(), StoreError> {
    write_at(db, key, change, now())
}

#[track_caller]
fn assert_stale(result: &Result<(), StoreError>) {
    assert!(matches!(result, Err(StoreError::Stale { .. })), "{result:?}");
}

/// The user with a nickname, which has a row in the index of values.
fn with_nickname(user: &User, nickname: &str) -> User {
    let mut after = User { version: user.version + 1, ..user.clone() };
    after.profile.texts.insert(ProfileField::NickName, nickname.into());
    after
}

on_both_databases! {
    fn user_is_updated_only_as_they_were_read(db) {
        let (account, _, ada) = insert_account_with_user(db, "a");
        let key = insert_key(db, &account);
        let stored = || db.read(|tx| tx.user(account.id, ada.id)).unwrap().unwrap();
        let after = with_nickname(&ada, "Countess");
        let change = || PlannedChange::UpdateUser { before: &ada, after: &after };
        for sql in [
            "UPDATE users SET version = 7",
            "UPDATE users SET external_id = 'x'",
            "UPDATE users SET last_login_at = created_at",
        ] {
            db.run(sql);
            assert_stale(&write(db, &key, change()));
            assert_eq!(stored().profile.texts.len(), 0, "{sql}");
            db.run("UPDATE users SET version = 1, external_id = NULL, last_login_at = NULL");
        }
        write(db, &key, change()).unwrap();
        assert_eq!((stored(), db.assert_values_agree()), (after.clone(), 1));
        assert_stale(&write(db, &key, change()));
        let mut other = with_nickname(&after, "Ada");
        other.profile.texts.insert(ProfileField::Locale, "en".into());
        write(db, &key, PlannedChange::UpdateUser { before: &after, after: &other }).unwrap();
        assert_eq!((stored(), db.assert_values_agree()), (other.clone(), 2));
        let last = User { version: 4, profile: ada.profile.clone(), ..other.clone() };
        write(db, &key, PlannedChange::UpdateUser { before: &other, after: &last }).unwrap();
        assert_eq!((stored(), db.assert_values_agree()), (last, 0));
    }

    fn planned_write_needs_a_valid_key_of_the_account(db) {
        let (account, _, ada) = insert_account_with_user(db, "a");
        let key = insert_key(db, &account);
        let after = with_nickname(&ada, "Countess");
        let change = || PlannedChange::UpdateUser { before: &ada, after: &after };
        assert_stale(&write_at(db, &key, change(), seconds_later(90 * 86_400)));
        let foreign = ApiKey { account: self::account("b").id, ..key.clone() };
        assert_stale(&write(db, &foreign, PlannedChange::Nothing));
        db.write(|tx| tx.delete_api_key(account.id, key.id)).unwrap();
        assert_stale(&write(db, &key, change()));
        assert_stale(&write(db, &key, PlannedChange::Nothing));
        assert_eq!(db.read(|tx| tx.user(account.id, ada.id)).unwrap(), Some(ada));
    }

    fn user_is_created_unless_deleted_before(db) {
        let (account, _, ada) = insert_account_with_user(db, "a");
        let key = insert_key(db, &account);
        let bob = with_nickname(&user(&account, "bob@acme.example"), "Bob");
        let external_id = key.scim_client.map(|client| (client, "4711"));
        let create = |user: &User| write(db, &key, PlannedChange::CreateUser { user, external_id });
        let deleted_at = now();
        let (id, email) = (UserId::from(uuid::Uuid::nil()), bob.email.clone());
        let tombstone = DeletedUser { id, account: account.id, email, deleted_at };
        db.write(|tx| tx.insert_deleted_user(&tombstone, &[])).unwrap();
        assert_stale(&create(&bob));
        db.write(|tx| tx.delete_deleted_user(account.id, id)).unwrap();
        create(&bob).unwrap();
        assert_eq!(db.read(|tx| tx.user(account.id, bob.id)).unwrap().as_ref(), Some(&bob));
        assert_eq!(db.assert_values_agree(), 1);
        let stored = db.read(|tx| tx.user_external_ids(key.scim_client.unwrap(), &[bob.id]));
        assert_eq!(stored.unwrap(), [(bob.id, "4711".to_owned())]);
        let again = create(&user(&account, ada.email.as_str()));
        match db.is_embedded() {
            true => assert!(
                matches!(again, Err(StoreError::Conflict(UniqueKey::UserEmail | UniqueKey::UserName))),
                "{again:?}"
            ),
            false => assert_stale(&again),
        }
        assert_eq!(crate::world::count_users(db, &account), 2);
    }

    fn members_change_only_as_they_were_read(db) {
        let (account, _, ada) = insert_account_with_user(db, "a");
        let key = insert_key(db, &account);
        let ops = team(&account, "Ops");
        db.write(|tx| tx.insert_team(&ops)).unwrap();
        let states = || db.read(|tx| tx.member_states(account.id, ops.id, &[ada.id])).unwrap();
        let write_all = |version, changes: &[(TeamRole, _)]| {
            let effects = changes.iter().map(|(role, effect)| (membership(&ops, &ada, *role), *effect));
            let (effects, users): (Vec<_>, _) = (effects.collect(), &[(ada.id, version)]);
            write(db, &key, PlannedChange::ChangeMembers { team: ops.id, users, effects: &effects })
        };
        let role = || states().0[0].requested_role;
        let (user_role, admin) = (TeamRole::User, TeamRole::Admin);
        assert_eq!((role(), states().1), (None, false));
        assert_stale(&write_all(2, &[(user_role, Add(user_role))]));
        assert_eq!(role(), None, "of another version");
        write_all(1, &[(user_role, Add(user_role))]).unwrap();
        let again = write_all(1, &[(user_role, Add(user_role))]);
        assert!(matches!(again, Err(StoreError::Conflict(UniqueKey::Membership))), "{again:?}");
        assert_stale(&write_all(1, &[(admin, Change { from: admin, to: user_role })]));
        write_all(1, &[(admin, Change { from: user_role, to: admin })]).unwrap();
        assert_eq!(role(), Some(admin));
        assert_stale(&write_all(1, &[(user_role, Remove(user_role))]));
        write_all(1, &[(admin, Remove(admin))]).unwrap();
        assert_eq!(role(), None);
        db.write(|tx| tx.delete_team(account.id, ops.id)).unwrap();
        assert_stale(&write_all(1, &[(user_role, Add(user_role))]));
    }
}

/// One statement can't be taken back at the deadline of a request, so it ends by itself.
#[test]
fn statement_that_takes_longer_than_the_request_may_is_not_committed() {
    let db = TestDb::postgres();
    let (account, _, ada) = insert_account_with_user(&db, "a");
    let key = insert_key(&db, &account);
    let after = with_nickname(&ada, "Countess");
    let change = PlannedChange::UpdateUser { before: &ada, after: &after };
    let planned =
        PlannedWrite { account: account.id, key: key.id, now: now(), change, entries: &[] };
    let until = Instant::now() + Duration::from_millis(200);
    let result = with_deadline(until, || {
        db.write(|tx| {
            while Instant::now() < until {
                std::thread::yield_now();
            }
            tx.write_planned(&planned)
        })
    });
    assert_stale(&result);
}
