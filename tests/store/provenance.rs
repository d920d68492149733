//! Who set the attributes of a user and their memberships is stored with them.

use usher::{
    domain::{
        profile_field::ProfileField,
        provenance::{Provenance, Setter},
        role::TeamRole,
        team::Membership,
        user::User,
    },
    store::StoreError,
};

use crate::world::{id, insert_account_with_user, membership, now, seconds_later, team, user};

/// One record of each kind.
fn records() -> Vec<Provenance> {
    let login = |connection| Setter::Login { connection, attempt: id() };
    let setters = [
        login(Some(id())),
        login(None),
        Setter::ScimClient(id()),
        Setter::ApiKey(id()),
        Setter::User(id()),
        Setter::CommandLine,
        Setter::Default,
    ];
    let record = |setter| Provenance { setter, is_import: false, at: now(), request: None };
    let import = Provenance {
        is_import: true,
        at: seconds_later(1),
        request: Some("0f8fad5b".into()),
        ..record(Setter::ApiKey(id()))
    };
    setters.into_iter().map(record).chain([import]).collect()
}

on_both_databases! {
    fn provenance_and_locks_of_a_user_are_stored(db) {
        let (account, _, ada) = insert_account_with_user(db, "a");
        for (number, record) in records().into_iter().enumerate() {
            let mut bob = user(&account, &format!("bob{number}@acme.example"));
            bob.profile.first_name = "Bob".into();
            bob.profile.texts.insert(ProfileField::Locale, "en-GB".into());
            bob.record_creation(&[ProfileField::Role.into()], &record);
            bob.locks = [ProfileField::Role.into(), ProfileField::TeamName.into()].into();
            db.write(|tx| tx.insert_user(&bob)).unwrap();
            let stored = db.read(|tx| tx.user(account.id, bob.id)).unwrap();
            assert_eq!(stored.as_ref(), Some(&bob));

            let mut changed = User { version: bob.version + 1, ..bob.clone() };
            changed.profile.texts.remove(&ProfileField::Locale);
            changed.locks.clear();
            let other = Provenance { at: seconds_later(2), ..record.clone() };
            changed.record_changes(&bob, &other);
            db.write(|tx| tx.update_user(&bob, &changed)).unwrap();
            let stored = db.read(|tx| tx.user(account.id, bob.id)).unwrap();
            assert_eq!(stored.as_ref(), Some(&changed));
            assert_eq!(changed.provenance.get(ProfileField::Locale.into()), Some(&other));
        }
        let stored = db.read(|tx| tx.user(account.id, ada.id)).unwrap();
        assert_eq!(stored.unwrap().provenance.groups().count(), 0, "not recorded is not stored");
    }

    fn provenance_of_a_membership_is_that_of_its_role(db) {
        let (account, _, ada) = insert_account_with_user(db, "a");
        let ops = team(&account, "Ops");
        db.write(|tx| tx.insert_team(&ops)).unwrap();
        let first = membership(&ops, &ada, TeamRole::User);
        db.write(|tx| tx.insert_membership(&first)).unwrap();
        let stored = || db.read(|tx| tx.memberships_of_user(account.id, ada.id)).unwrap();
        assert_eq!(stored(), std::slice::from_ref(&first));
        for record in records() {
            let changed = Membership { provenance: Some(record), ..first.clone() };
            db.write(|tx| tx.put_memberships(std::slice::from_ref(&changed))).unwrap();
            assert_eq!(stored(), [changed]);
        }
        db.read(|tx| {
            assert_eq!(tx.memberships_of_user(id(), ada.id)?, [], "of another account");
            assert_eq!(tx.memberships_of_user(account.id, id())?, [], "of another user");
            Ok::<_, StoreError>(())
        })
        .unwrap();
    }
}
