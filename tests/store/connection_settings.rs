//! The migration that moved the settings of connections into one document.

use usher::domain::{connection::ProvisioningPolicy, profile_field::ProfileField};

use crate::{
    older_version,
    world::{account, connection},
};

/// The columns of an earlier release, each with its type and a value, in both
/// databases.
const COLUMNS: [(&str, &str, &str); 15] = [
    ("skew_seconds", "integer NOT NULL DEFAULT 300", "INTEGER NOT NULL DEFAULT 300"),
    ("idp_initiated", "boolean NOT NULL DEFAULT true", "INTEGER NOT NULL DEFAULT 1"),
    (
        "relay_states",
        r#"jsonb NOT NULL DEFAULT '["/a b", "/\"c"]'"#,
        r#"TEXT NOT NULL DEFAULT '["/a b", "/\"c"]'"#,
    ),
    (
        "sha1_until",
        "timestamptz DEFAULT '2026-09-21T14:13:21.123456Z'",
        "INTEGER DEFAULT 1790000001123456",
    ),
    ("allow_cbc", "boolean NOT NULL DEFAULT false", "INTEGER NOT NULL DEFAULT 0"),
    ("allow_rsa_pss", "boolean NOT NULL DEFAULT true", "INTEGER NOT NULL DEFAULT 1"),
    ("name_id_format", "text DEFAULT 'urn:\"ä'", "TEXT DEFAULT 'urn:\"ä'"),
    ("force_authn", "boolean NOT NULL DEFAULT true", "INTEGER NOT NULL DEFAULT 1"),
    (
        "authn_contexts",
        r#"jsonb NOT NULL DEFAULT '["urn:x"]'"#,
        r#"TEXT NOT NULL DEFAULT '["urn:x"]'"#,
    ),
    ("check_provision_attribute", "text DEFAULT 'role'", "TEXT DEFAULT 'role'"),
    (
        "mapping",
        r#"jsonb NOT NULL DEFAULT '{"firstName": "fn"}'"#,
        r#"TEXT NOT NULL DEFAULT '{"firstName": "fn"}'"#,
    ),
    ("email_attribute", "text", "TEXT"),
    ("subject_attribute", "text DEFAULT 'uid'", "TEXT DEFAULT 'uid'"),
    ("match_friendly_names", "boolean NOT NULL DEFAULT false", "INTEGER NOT NULL DEFAULT 0"),
    ("keep_messages_hours", "integer NOT NULL DEFAULT 24", "INTEGER NOT NULL DEFAULT 24"),
];

on_both_databases! {
    fn settings_of_an_earlier_release_are_kept(db) {
        let account = account("acme");
        let mut expected = connection(&account);
        db.write(|tx| {
            tx.insert_account(&account)?;
            tx.insert_connection(&expected)
        })
        .unwrap();
        let columns = COLUMNS.map(|(name, postgres, sqlite)| {
            let kind = if db.is_embedded() { sqlite } else { postgres };
            format!("ALTER TABLE connections ADD COLUMN {name} {kind};")
        });
        older_version::run(db, &columns.concat());
        older_version::run(
            db,
            "ALTER TABLE connections DROP COLUMN settings;
             DELETE FROM __diesel_schema_migrations WHERE version = '0017';",
        );
        assert_eq!(older_version::migrate(db).applied, ["0017_connection_settings"]);
        let found = db.read(|tx| tx.connection_of(account.id, expected.id)).unwrap();
        expected.saml.relay_states = vec!["/a b".into(), "/\"c".into()];
        expected.saml.allow_cbc = false;
        expected.saml.name_id_format = Some("urn:\"ä".into());
        expected.provisioning = ProvisioningPolicy {
            check_provision_attribute: Some("role".into()),
            mapping: [(ProfileField::FirstName.into(), "fn".into())].into(),
            subject_attribute: Some("uid".into()),
            ..ProvisioningPolicy::default()
        };
        assert_eq!(found, Some(expected.clone()));
        // What is written next has the form of this release.
        expected.version += 1;
        db.write(|tx| tx.update_connection(&expected)).unwrap();
        let found = db.read(|tx| tx.connection_of(account.id, expected.id)).unwrap();
        assert_eq!(found, Some(expected));
    }
}
