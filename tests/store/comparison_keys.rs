//! The keys by which names are compared, computed anew at an upgrade.

use usher::{
    domain::{
        connection::Connection,
        id::UserId,
        subject::{SubjectComparison, SubjectKey},
    },
    store::{MigrationReport, StoreError},
};

use crate::{
    older_version,
    world::{
        account, connection, id, identity, insert_account_with_user, scim_client, seconds_later,
        user,
    },
};

on_both_databases! {
    fn keys_of_an_older_version_are_recomputed_and_collisions_are_reported(db) {
        let (account, connection, ada) = insert_account_with_user(db, "a");
        let others = [user(&account, "mike@acme.example"), user(&account, "alan@acme.example")];
        db.write(|tx| {
            tx.insert_users(&others)?;
            tx.insert_identity(&identity(&connection, &others[0], "mike@acme.example"))?;
            tx.insert_identity(&identity(&connection, &others[1], "00u1"))
        })
        .unwrap();
        let [mike, alan] = others.map(|user| user.id);
        older_version::run(db, &format!(
            "UPDATE users SET email = 'ﬁona@acme.example', email_key = 'fiona@acme.example',
                 user_name_key = 'fiona@acme.example' WHERE id = '{mike}';
             UPDATE users SET email = 'ADA@acme.example' WHERE id = '{ada}';
             UPDATE users SET email = 'Ada@Acme.example' WHERE id = '{alan}';
             DELETE FROM __diesel_schema_migrations WHERE version IN ('0006', '0015');
             DROP INDEX identities_subject;
             DROP INDEX deleted_identities_subject;
             ALTER TABLE identities DROP COLUMN comparison;
             ALTER TABLE deleted_identities DROP COLUMN comparison;",
            ada = ada.id,
        ));
        let MigrationReport { applied, notes } = older_version::migrate(db);
        assert_eq!(applied, ["0006_exact_identifiers", "0015_subject_comparison"]);
        let key = |id: UserId| {
            let rows = db.rows_of("users");
            // SQLite's are quoted.
            let text = |value: &serde_json::Value| value.as_str().unwrap().trim_matches('\'').to_owned();
            let row = rows.iter().find(|row| text(&row["id"]) == id.to_string()).unwrap();
            text(&row["email_key"])
        };
        assert_eq!(key(mike), "ﬁona@acme.example");
        assert_eq!(key(ada.id), "ada@acme.example");
        assert_eq!(key(alan), "alan@acme.example", "the key that it had");
        assert_eq!(notes.len(), 2, "address and userName: {notes:?}");
        for note in notes {
            assert!(note.contains(&alan.to_string()) && note.contains(&ada.id.to_string()), "{note}");
            assert!(!note.to_lowercase().contains("acme"), "no personal data: {note}");
        }
        let known = db.read(|tx| {
            let subject = SubjectKey::exact("Mike@Acme.example");
            tx.existing_user_by_identity(account.id, connection.id, &subject)
        });
        let known = known.unwrap().map(|user| (user.id, user.subject.unwrap().comparison));
        assert_eq!(known, Some((mike, SubjectComparison::Folded)));
        let subject = SubjectKey::exact("00U1");
        let known = db.read(|tx| tx.existing_user_by_identity(account.id, connection.id, &subject));
        assert_eq!(known.unwrap(), None);
    }

    fn keys_with_a_final_sigma_are_recomputed(db) {
        let account = account("a");
        let mut connection = connection(&account);
        "ΟΔΟΣ".clone_into(&mut connection.name);
        let other = Connection {
            id: id(),
            name: "ΟΔΟΣ (2)".into(),
            created_at: seconds_later(1),
            ..connection.clone()
        };
        let client = scim_client(&account, "ΟΔΟΣ");
        let ada = user(&account, "ada@acme.example");
        db.write(|tx| {
            tx.insert_account(&account)?;
            tx.insert_connection(&connection)?;
            tx.insert_connection(&other)?;
            tx.insert_scim_client(&client)?;
            tx.insert_user(&ada)?;
            tx.insert_identity(&identity(&connection, &ada, "οδος@acme.example"))
        })
        .unwrap();
        older_version::run(db, &format!(
            "UPDATE connections SET name_key = 'οδος' WHERE id = '{}';
             UPDATE connections SET name_key = 'οδοσ', name = 'οδοσ' WHERE id = '{}';
             UPDATE scim_clients SET name_key = 'οδος';
             DELETE FROM __diesel_schema_migrations WHERE version IN ('0006', '0015');
             DROP INDEX identities_subject;
             DROP INDEX deleted_identities_subject;
             ALTER TABLE identities DROP COLUMN comparison;
             ALTER TABLE deleted_identities DROP COLUMN comparison;",
            connection.id, other.id,
        ));
        let notes = older_version::migrate(db).notes;
        assert_eq!(notes.len(), 1, "one connection is renamed: {notes:?}");
        db.read(|tx| {
            for (name, expected) in [("οδοσ", connection.id), ("ΟΔΟΣ (2)", other.id)] {
                let found = tx.connection_by_name(account.id, name)?;
                assert_eq!(found.map(|one| one.id), Some(expected), "{name}");
            }
            let found = tx.scim_client_by_name(account.id, "οδοσ")?;
            assert_eq!(found.map(|one| one.id), Some(client.id));
            let subject = SubjectKey::address(&"ΟΔΟΣ@acme.example".parse().unwrap());
            let known = tx.existing_user_by_identity(account.id, connection.id, &subject)?;
            assert_eq!(known.map(|known| known.id), Some(ada.id));
            Ok::<_, StoreError>(())
        })
        .unwrap();
    }
}
