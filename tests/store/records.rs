//! Records are read as they were written.

use usher::{
    domain::{
        audit::{Actor, AuditChange, AuditEntry, AuditTarget},
        connection::{ProvisioningPolicy, SamlPolicy},
        custom_attribute::AttributeRemoval,
        id::{AttemptId, AuditId, KeyId, TeamId},
        lists::Listing,
        membership::MemberRole,
        mobile::Mobile,
        profile_field::ProfileField,
        role::{AccountRole, TeamRole},
        user::{Origin, Profile, User, UserStatus},
    },
    store::{KeyOwner, KeyPurpose, StoreError, StoredKey, UniqueKey},
};

use crate::world::{
    account, connection, id, insert_account_with_user, insert_session, membership, now,
    seconds_later, session, team, user,
};

on_both_databases! {
    fn account_is_read_by_id_by_slug_and_in_the_list(db) {
        let (b, mut a) = (account("b"), account("a"));
        a.contact = None;
        db.write(|tx| tx.insert_account(&b).and_then(|()| tx.insert_account(&a))).unwrap();

        db.read(|tx| {
            assert_eq!(tx.account(a.id)?.as_ref(), Some(&a));
            assert_eq!(tx.account_by_slug("b")?.as_ref(), Some(&b));
            assert_eq!(tx.account_by_slug("B")?, None, "slugs are compared as they are");
            assert_eq!(tx.accounts()?, [a.clone(), b.clone()], "by slug");
            Ok::<_, StoreError>(())
        })
        .unwrap();
    }

    // A process that is late with the first one must not end the second one.
    fn removals_of_the_same_name_are_distinguished(db) {
        let account = account("a");
        let removal = |deletion: AuditId| AttributeRemoval {
            account: account.id,
            name: "shoeSize".parse().unwrap(),
            deletion,
        };
        let (first, second) = (removal(id()), removal(id()));
        db.write(|tx| {
            tx.insert_account(&account)?;
            tx.insert_attribute_removal(&first)?;
            assert!(tx.lock_attribute_removal(&first)?);
            tx.delete_attribute_removal(&first)?;
            assert!(!tx.lock_attribute_removal(&first)?);
            tx.insert_attribute_removal(&second)?;
            tx.delete_attribute_removal(&first)?;
            assert!(!tx.lock_attribute_removal(&first)?);
            assert!(tx.lock_attribute_removal(&second)?);
            assert_eq!(tx.attribute_removals(9)?, std::slice::from_ref(&second));
            Ok::<_, StoreError>(())
        })
        .unwrap();
    }

    fn account_slug_is_unique(db) {
        db.write(|tx| tx.insert_account(&account("a"))).unwrap();
        let again = db.write(|tx| tx.insert_account(&account("a")));
        assert!(matches!(again, Err(StoreError::Conflict(UniqueKey::AccountSlug))), "{again:?}");
    }

    fn connection_round_trips_with_and_without_optional_fields(db) {
        let account = account("a");
        let full = connection(&account);
        let mut bare = connection(&account);
        bare.name = "Entra".into();
        bare.enabled = false;
        bare.idp.certificates.clear();
        bare.saml = SamlPolicy::default();
        bare.provisioning = ProvisioningPolicy::default();
        db.write(|tx| {
            tx.insert_account(&account)?;
            tx.insert_connection(&full)?;
            tx.insert_connection(&bare)
        })
        .unwrap();

        db.read(|tx| {
            assert_eq!(tx.connection(full.id)?.as_ref(), Some(&full));
            assert_eq!(tx.connection(bare.id)?.as_ref(), Some(&bare));
            assert_eq!(tx.list_connections(account.id, &Listing::first(9))?.items, [full.clone(), bare.clone()]);
            assert_eq!(tx.connection(id())?, None);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    }

    fn a_changed_connection_replaces_the_stored_one_field_by_field(db) {
        let (account, stored, _) = insert_account_with_user(db, "a");
        let mut changed = connection(&account);
        changed.id = stored.id;
        changed.saml = SamlPolicy::default();
        changed.provisioning = ProvisioningPolicy::default();
        changed.idp.certificates = vec![vec![9]];
        changed.version = 2;
        db.write(|tx| {
            assert_eq!(tx.connection_for_update(account.id, stored.id)?.as_ref(), Some(&stored));
            tx.update_connection(&changed)
        })
        .unwrap();

        let found = db.read(|tx| tx.connection(stored.id)).unwrap();
        assert_eq!(found, Some(changed));
    }

    fn changed_connection_is_not_overwritten_by_an_outdated_update(db) {
        let (_, mut stored, _) = insert_account_with_user(db, "a");
        for version in [1, 3, i64::MIN] {
            stored.version = version;
            let updated = db.write(|tx| tx.update_connection(&stored));
            assert!(
                matches!(updated, Err(StoreError::Stale { table: "connections" })),
                "{version}: {updated:?}"
            );
        }
    }

    fn keys_are_listed_by_owner_oldest_first(db) {
        let account = account("a");
        let key = |owner, purpose, at, retired_at| StoredKey {
            id: id::<KeyId>(),
            owner,
            purpose,
            public: vec![0, 1, 255],
            sealed_private: vec![3; 2000],
            created_at: at,
            retired_at,
        };
        let own = KeyOwner::Account(account.id);
        let second = key(own, KeyPurpose::SamlEncryption, seconds_later(2), None);
        let first = key(own, KeyPurpose::SamlSigning, seconds_later(1), Some(seconds_later(9)));
        let deployment = key(KeyOwner::Deployment, KeyPurpose::TokenSigning, now(), None);
        db.write(|tx| {
            tx.insert_account(&account)?;
            tx.insert_key(&second)?;
            tx.insert_key(&first)?;
            tx.insert_key(&deployment)
        })
        .unwrap();

        db.read(|tx| {
            assert_eq!(tx.keys(own)?, [first.clone(), second.clone()]);
            assert_eq!(tx.keys(KeyOwner::Deployment)?, std::slice::from_ref(&deployment));
            assert_eq!(tx.keys(KeyOwner::Account(id()))?, []);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    }

    fn user_round_trips_with_and_without_optional_fields(db) {
        let (account, _, bare) = insert_account_with_user(db, "a");
        let full = User {
            role: AccountRole::Guest,
            profile: Profile {
                first_name: "Åda".into(),
                last_name: "Løvelace".into(),
                texts: ProfileField::text_fields()
                    .map(|field| (field, format!("a {}", field.label())))
                    .collect(),
                mobile: Some(Mobile {
                    region: "DE".into(),
                    number: "0221 123 123".into(),
                    e164: "+49221123123".into(),
                }),
                profile_image: Some("https://acme.example/ada.png".into()),
                values: std::collections::BTreeMap::default(),
                custom: [("shoeSize".parse().unwrap(), 42.into())].into(),
            },
            status: UserStatus::Disabled,
            origin: Origin::Admin,
            updated_at: seconds_later(1),
            first_login_at: Some(seconds_later(2)),
            last_login_at: Some(seconds_later(3)),
            version: 42,
            ..user(&account, "Full.Of+Things@Acme.example")
        };
        db.write(|tx| tx.insert_user(&full)).unwrap();

        db.read(|tx| {
            assert_eq!(tx.user(account.id, full.id)?.as_ref(), Some(&full));
            assert_eq!(tx.user(account.id, bare.id)?.as_ref(), Some(&bare));
            assert_eq!(tx.user(account.id, id())?, None);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    }

    fn address_is_unique_in_an_account_regardless_of_case(db) {
        let (account, ..) = insert_account_with_user(db, "a");
        let again = db.write(|tx| tx.insert_user(&user(&account, "ADA@Acme.Example")));
        // Their name is taken as well: it is the address.
        let Err(StoreError::Conflict(taken)) = again else { panic!("{again:?}") };
        assert!(matches!(taken, UniqueKey::UserEmail | UniqueKey::UserName), "{taken}");
        insert_account_with_user(db, "b");
    }

    fn team_name_is_unique_in_an_account_regardless_of_case(db) {
        let (first, ..) = insert_account_with_user(db, "a");
        let (second, ..) = insert_account_with_user(db, "b");
        db.write(|tx| tx.insert_team(&team(&first, "Ångström"))).unwrap();
        let again = db.write(|tx| tx.insert_team(&team(&first, " ÅNGSTRÖM ")));
        assert!(matches!(again, Err(StoreError::Conflict(UniqueKey::TeamName))), "{again:?}");
        db.write(|tx| tx.insert_team(&team(&second, "Ångström"))).unwrap();
    }

    fn existing_teams_are_found_by_name(db) {
        let (account, ..) = insert_account_with_user(db, "a");
        let (ops, dev) = (team(&account, "Ops"), team(&account, "Dev"));
        db.write(|tx| tx.insert_team(&ops).and_then(|()| tx.insert_team(&dev))).unwrap();

        let missing = team(&account, "Missing");
        let mut many: Vec<_> =
            (0..1200).map(|n| team(&account, &format!("t{n}")).name.key().clone()).collect();
        many.push(ops.name.key().clone());
        db.read(|tx| {
            let keys = [ops.name.key().clone(), missing.name.key().clone()];
            let known = tx.existing_teams(account.id, &keys)?;
            assert_eq!(known.len(), 1);
            assert_eq!((known[0].id, &known[0].name), (ops.id, &ops.name));
            assert_eq!(tx.existing_teams(account.id, &[])?, []);
            assert_eq!(tx.existing_teams(account.id, &many)?.len(), 1, "any number of names");
            Ok::<_, StoreError>(())
        })
        .unwrap();
    }

    fn teams_of_a_user_are_sorted_by_key_with_their_roles(db) {
        let (account, _, user) = insert_account_with_user(db, "a");
        // Bytes, not a language's alphabet: upper and lower case apart from
        // each other would sort otherwise, and accents.
        let names = ["_x", "A b", "ab", "B", "zebra", "école"];
        let teams: Vec<_> = names.iter().map(|name| team(&account, name)).collect();
        db.write(|tx| {
            for (team, role) in teams.iter().rev().zip(TeamRole::ALL.into_iter().cycle()) {
                tx.insert_team(team)?;
                tx.insert_membership(&membership(team, &user, role))?;
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();

        let found = db.read(|tx| tx.teams_of(account.id, user.id)).unwrap();
        let found_names: Vec<_> = found.iter().map(|(team, _)| team.name.as_str()).collect();
        assert_eq!(found_names, names);
        let role = |requested| MemberRole::new(requested, user.role);
        assert_eq!(found[5], (teams[5].clone(), role(TeamRole::Stakeholder)));
        assert_eq!(found[4], (teams[4].clone(), role(TeamRole::Responder)));
        assert_eq!(db.read(|tx| tx.teams_of(account.id, id())).unwrap(), []);
    }

    fn a_user_is_in_a_team_once(db) {
        let (account, _, user) = insert_account_with_user(db, "a");
        let team = team(&account, "Ops");
        db.write(|tx| {
            tx.insert_team(&team)?;
            tx.insert_membership(&membership(&team, &user, TeamRole::User))
        })
        .unwrap();
        let again = db.write(|tx| tx.insert_membership(&membership(&team, &user, TeamRole::Admin)));
        assert!(matches!(again, Err(StoreError::Conflict(UniqueKey::Membership))), "{again:?}");
    }

    fn a_session_is_found_by_the_hash_of_its_token_until_it_is_deleted(db) {
        let (account, connection, user) = insert_account_with_user(db, "a");
        let session = session(&connection, &user);
        db.write(|tx| insert_session(tx, &session)).unwrap();

        assert_eq!(db.read(|tx| tx.session_by_hash([1; 32])).unwrap(), Some(session.clone()));
        assert_eq!(db.read(|tx| tx.session_by_hash([2; 32])).unwrap(), None);
        assert!(db.write(|tx| tx.delete_session(account.id, session.id)).unwrap());
        assert!(!db.write(|tx| tx.delete_session(account.id, session.id)).unwrap());
        assert_eq!(db.read(|tx| tx.session_by_hash([1; 32])).unwrap(), None);
    }

    fn session_token_is_unique(db) {
        let (_, connection, user) = insert_account_with_user(db, "a");
        db.write(|tx| insert_session(tx, &session(&connection, &user))).unwrap();
        let again = db.write(|tx| insert_session(tx, &session(&connection, &user)));
        assert!(matches!(again, Err(StoreError::Conflict(UniqueKey::SessionToken))), "{again:?}");
    }

    fn audit_is_listed_newest_first_within_its_limit(db) {
        let (account, ..) = insert_account_with_user(db, "a");
        let entry = |at, actor, changes| AuditEntry {
            id: id::<AuditId>(),
            account: account.id,
            at,
            actor,
            request: None,
            action: "user.create".into(),
            target: AuditTarget { id: id::<TeamId>().as_uuid(), user: None },
            changes,
        };
        let change = |from: Option<&str>, to: Option<&str>| AuditChange {
            field: "role".into(),
            from: from.map(Into::into),
            to: to.map(Into::into),
        };
        let old = entry(now(), Actor::CommandLine, vec![]);
        let new = entry(
            seconds_later(1),
            Actor::Login(id::<AttemptId>()),
            vec![change(None, Some("ADMIN")), change(Some("\"é\\"), None)],
        );
        db.write(|tx| tx.insert_audit(&new).and_then(|()| tx.insert_audit(&old))).unwrap();

        let found = |account, count| {
            let page = db.read(|tx| tx.list_audit(account, &Listing::first(count)));
            page.map_err(|error: StoreError| error).unwrap().items
        };
        assert_eq!(found(account.id, 9), [new.clone(), old]);
        assert_eq!(found(account.id, 1), [new]);
        assert_eq!(found(id(), 9), []);
    }

    fn text_with_nul_is_rejected(db) {
        let (account, connection, _) = insert_account_with_user(db, "a");
        let mut named = crate::world::account("b");
        named.name = "a\0b".into();
        let mut listed = crate::world::connection(&account);
        listed.saml.relay_states = vec!["a\0b".into()];

        for rejected in [
            db.write(|tx| tx.insert_account(&named)),
            db.write(|tx| tx.insert_connection(&listed)),
            db.write(|tx| tx.account_by_slug("\0").map(drop)),
        ] {
            assert!(matches!(rejected, Err(StoreError::Nul)), "{rejected:?}");
        }
        let found = db.read(|tx| tx.list_connections(account.id, &Listing::first(9))).unwrap();
        assert_eq!(found.items, [connection]);
    }
}
