//! SCIM clients: their keys, their external IDs, and the migration that made
//! clients of keys.

use usher::{
    domain::{
        api_key::{ApiKey, Dialect, Scope, Scopes},
        compatibility_fix::{CompatibilityFix, FixCount},
        id::{ApiKeyId, ScimClientId},
        scim_client::ScimClient,
    },
    store::{MigrationReport, StoreError, UniqueKey},
};

use crate::{
    older_version,
    support::db::TestDb,
    world::{
        account, id, insert_account_with_user, now, scim_client, scim_key, seconds_later, team,
    },
};

/// The tables of keys and external IDs before there were clients, as the first
/// migrations made them.
fn restore_older_tables(db: &TestDb) {
    let (keys, scim) = match db.is_embedded() {
        true => (
            include_str!("../../migrations/sqlite/0002_admin_api/up.sql"),
            include_str!("../../migrations/sqlite/0003_scim/up.sql"),
        ),
        false => (
            include_str!("../../migrations/postgres/0002_admin_api/up.sql"),
            include_str!("../../migrations/postgres/0003_scim/up.sql"),
        ),
    };
    let keys = keys.split_once("CREATE TABLE api_keys").unwrap().1;
    let keys = keys.split_once("-- Answers to requests").unwrap().0;
    let scim = scim.split_once("-- How a SCIM client speaks.").unwrap().1;
    older_version::run(
        db,
        &format!(
            "DROP TABLE scim_repairs; DROP TABLE user_external_ids; DROP TABLE team_external_ids;
             DROP TABLE api_keys; DROP TABLE scim_clients;
             CREATE TABLE api_keys{keys}; {scim};
             DELETE FROM __diesel_schema_migrations WHERE version IN ('0011', '0020');"
        ),
    );
}

/// Adds a key as an older version wrote it. Its hash repeats one byte.
fn insert_older_key(db: &TestDb, key: &ApiKey, dialect: Option<Dialect>, byte: u8) {
    let at = |at: usher::domain::Timestamp| match db.is_embedded() {
        true => at.timestamp_micros().to_string(),
        false => format!("'{}'", at.to_rfc3339()),
    };
    let hash = hex::encode([byte; 32]);
    let hash = match db.is_embedded() {
        true => format!("x'{hash}'"),
        false => format!("'\\x{hash}'"),
    };
    let scopes: Vec<_> = key.scopes.iter().map(Scope::as_str).collect();
    crate::corruption::run(
        db,
        &format!(
            "INSERT INTO api_keys (id, account_id, name, hash, hint, scopes, dialect, created_at, expires_at)
             VALUES ('{}', '{}', '{}', {hash}, '{}', '{}', {}, {}, {})",
            key.id,
            key.account,
            key.name,
            key.hint,
            serde_json::to_string(&scopes).unwrap(),
            dialect.map_or_else(|| "NULL".into(), |dialect| format!("'{}'", dialect.as_str().to_lowercase())),
            at(key.created_at),
            key.expires_at.map_or_else(|| "NULL".into(), at),
        ),
    );
}

on_both_databases! {
    fn keys_with_the_scope_scim_become_clients_and_keep_their_external_ids(db) {
        let (ours, _, ada) = insert_account_with_user(db, "a");
        let (theirs, ops) = (account("b"), team(&ours, "Ops"));
        db.write(|tx| {
            tx.insert_account(&theirs)?;
            tx.insert_team(&ops)
        })
        .unwrap();
        restore_older_tables(db);
        let key = |account, name: &str, scopes: Scopes, expires_at| ApiKey {
            id: id::<ApiKeyId>(),
            name: name.into(),
            scopes,
            expires_at,
            ..scim_key(&scim_client(account, name))
        };
        let scim = || [Scope::UsersRead, Scope::Scim].into_iter().collect::<Scopes>();
        let okta = key(&ours, "Okta", scim(), Some(seconds_later(90 * 86_400)));
        let same_name = key(&ours, "OKTA", scim(), None);
        let other_account = key(&theirs, "Okta", scim(), None);
        let program = key(&ours, "Okta", [Scope::UsersRead].into_iter().collect(), None);
        insert_older_key(db, &okta, Some(Dialect::Okta), 1);
        insert_older_key(db, &same_name, None, 2);
        insert_older_key(db, &other_account, Some(Dialect::Entra), 3);
        insert_older_key(db, &program, Some(Dialect::Entra), 4);
        let time = if db.is_embedded() { "1" } else { "now()" };
        crate::corruption::run(db, &format!(
            "INSERT INTO user_external_ids VALUES ('{ours}', '{okta}', '{ada}', '00u1');
             INSERT INTO team_external_ids VALUES ('{ours}', '{okta}', '{ops}', '00g1');
             INSERT INTO scim_repairs VALUES ('{ours}', '{okta}', 'operation-case', 3, {time});",
            ours = ours.id, okta = okta.id, ada = ada.id, ops = ops.id,
        ));

        let MigrationReport { applied, notes } = older_version::migrate(db);
        assert_eq!(applied, ["0011_scim_clients", "0020_key_names"]);
        let [note] = notes.as_slice() else { panic!("{notes:?}") };
        for part in [&ours.id.to_string(), &same_name.id.to_string(), "\"OKTA\"", "\"OKTA (2)\""] {
            assert!(note.contains(part), "{part}: {note}");
        }
        db.read(|tx| {
            for (byte, key, client) in [
                (1, &okta, Some(("Okta", Dialect::Okta))),
                (2, &same_name, Some(("OKTA (2)", Dialect::Strict))),
                (3, &other_account, Some(("Okta", Dialect::Entra))),
                (4, &program, None),
            ] {
                let (found, of) = tx.api_key_by_hash([byte; 32])?.unwrap();
                let found_client = of.as_ref().map(|client| (client.name.as_str(), client.dialect));
                assert_eq!(found_client, client, "{}", key.name);
                assert_eq!(found.scim_client, of.map(|client| client.id));
                let unchanged = ApiKey {
                    scim_client: found.scim_client,
                    lifetime: key.expires_at.map(|end| end - key.created_at),
                    ..key.clone()
                };
                assert_eq!(found, unchanged);
            }
            // The audit log says what the key did, and repairs and external IDs stay.
            let client = ScimClientId::from(okta.id.as_uuid());
            assert_eq!(tx.scim_client_by_name(ours.id, " okta ")?.map(|one| one.id), Some(client));
            assert_eq!(tx.user_external_ids(client, &[ada.id])?, [(ada.id, "00u1".to_owned())]);
            assert_eq!(tx.teams_by_scim_external_id(client, "00g1", 2)?, [ops.id]);
            let fixes = tx.compatibility_fixes(ours.id, client)?;
            let fixes: Vec<_> = fixes.iter().map(|one| (one.fix, one.request_count)).collect();
            assert_eq!(fixes, [(CompatibilityFix::OperationCase, 3)]);
            Ok::<_, StoreError>(())
        })
        .unwrap();
        assert_eq!(db.migrate().unwrap(), MigrationReport::default());
    }

    fn external_ids_outlive_keys_and_go_with_their_client(db) {
        let (ours, _, ada) = insert_account_with_user(db, "a");
        let ops = team(&ours, "Ops");
        let [okta, entra] = ["Okta", "Entra"].map(|name| scim_client(&ours, name));
        let [first, second] = [scim_key(&okta), scim_key(&okta)];
        db.write(|tx| {
            tx.insert_team(&ops)?;
            tx.insert_scim_client(&okta)?;
            tx.insert_scim_client(&entra)?;
            tx.insert_api_key(&first, [1; 32])?;
            tx.insert_api_key(&second, [2; 32])?;
            tx.insert_api_key(&scim_key(&entra), [3; 32])?;
            for (client, name) in [(&okta, "00u1"), (&entra, "e1")] {
                tx.put_user_external_id(ours.id, client.id, ada.id, Some(name))?;
                tx.put_team_external_id(ours.id, client.id, ops.id, Some(name))?;
            }
            tx.count_compatibility_fixes(ours.id, okta.id, &[FixCount { fix: CompatibilityFix::OperationCase, request_count: 1, last_at: now() }])
        })
        .unwrap();

        assert!(db.write(|tx| tx.delete_api_key(ours.id, first.id)).unwrap());
        assert_eq!(db.read(|tx| tx.count_external_ids(okta.id)).unwrap(), (1, 1));
        let left = db.read(|tx| tx.api_keys_of_client(ours.id, okta.id)).unwrap();
        assert_eq!(left, [second]);
        assert!(!db.write(|tx| tx.delete_scim_client(id(), okta.id)).unwrap(), "another account");

        assert!(db.write(|tx| tx.delete_scim_client(ours.id, okta.id)).unwrap());
        db.read(|tx| {
            assert_eq!(tx.count_external_ids(okta.id)?, (0, 0));
            assert_eq!(tx.compatibility_fixes(ours.id, okta.id)?, []);
            assert_eq!(tx.api_key_by_hash([2; 32])?, None);
            assert_eq!(tx.count_external_ids(entra.id)?, (1, 1));
            assert!(tx.api_key_by_hash([3; 32])?.is_some());
            assert!(tx.user(ours.id, ada.id)?.is_some() && tx.team(ours.id, ops.id)?.is_some());
            Ok::<_, StoreError>(())
        })
        .unwrap();
    }

    fn scim_client_is_changed_once_and_its_name_is_unique(db) {
        let (ours, theirs) = (account("a"), account("b"));
        let [okta, entra] = ["Okta", "Entra"].map(|name| scim_client(&ours, name));
        db.write(|tx| {
            tx.insert_account(&ours)?;
            tx.insert_account(&theirs)?;
            tx.insert_scim_client(&okta)?;
            tx.insert_scim_client(&entra)?;
            tx.insert_scim_client(&scim_client(&theirs, "Okta"))
        })
        .unwrap();
        let changed = ScimClient { name: "Öcta".into(), version: 2, ..okta.clone() };
        db.write(|tx| tx.update_scim_client(&changed)).unwrap();
        assert_eq!(db.read(|tx| tx.scim_client(ours.id, okta.id)).unwrap(), Some(changed.clone()));
        let found = db.read(|tx| tx.scim_client_by_name(ours.id, "O\u{308}CTA")).unwrap();
        assert_eq!(found, Some(changed.clone()));
        let stale = db.write(|tx| tx.update_scim_client(&changed)).unwrap_err();
        assert!(matches!(stale, StoreError::Stale { .. }), "{stale:?}");
        let same_name = ScimClient { name: "ÖCTA".into(), version: 2, ..entra };
        for taken in [
            db.write(|tx| tx.update_scim_client(&same_name)),
            db.write(|tx| tx.insert_scim_client(&scim_client(&ours, "öcta"))),
        ] {
            let taken = taken.unwrap_err();
            assert!(matches!(taken, StoreError::Conflict(UniqueKey::ScimClientName)), "{taken:?}");
        }
    }

    fn key_has_a_client_of_its_account_if_and_only_if_it_has_the_scope(db) {
        let (ours, theirs) = (account("a"), account("b"));
        let (okta, other) = (scim_client(&ours, "Okta"), scim_client(&theirs, "Okta"));
        db.write(|tx| {
            tx.insert_account(&ours)?;
            tx.insert_account(&theirs)?;
            tx.insert_scim_client(&okta)?;
            tx.insert_scim_client(&other)
        })
        .unwrap();
        let program: Scopes = [Scope::UsersRead].into_iter().collect();
        for (key, is_stored) in [
            (scim_key(&okta), true),
            (ApiKey { scopes: Scopes::full(), ..scim_key(&okta) }, true),
            (ApiKey { scopes: program.clone(), scim_client: None, ..scim_key(&okta) }, true),
            (ApiKey { scim_client: None, ..scim_key(&okta) }, false),
            (ApiKey { scopes: program, ..scim_key(&okta) }, false),
            (ApiKey { scim_client: Some(other.id), ..scim_key(&okta) }, false),
            (ApiKey { scim_client: Some(id()), ..scim_key(&okta) }, false),
        ] {
            let mut hash = [0; 32];
            hash[..16].copy_from_slice(key.id.as_uuid().as_bytes());
            let stored = db.write(|tx| tx.insert_api_key(&key, hash));
            assert_eq!(stored.is_ok(), is_stored, "{key:?}: {stored:?}");
        }
    }
}
