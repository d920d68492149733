//! Names of connections, the use of their certificates, and their metadata.

use chrono::TimeDelta;
use usher::{
    domain::{connection::CertificateUse, id::AccountId},
    store::{StoreError, UniqueKey},
};

use crate::world::{connection, id, insert_account_with_user, now};

on_both_databases! {
    fn the_names_of_an_account_s_connections_are_unique_in_any_case(db) {
        let (ours, okta, _) = insert_account_with_user(db, "a");
        let (theirs, _, _) = insert_account_with_user(db, "b");
        let mut same = connection(&ours);
        same.name = okta.name.to_uppercase();
        let rejected = db.write(|tx| tx.insert_connection(&same));
        let taken = StoreError::Conflict(UniqueKey::ConnectionName).to_string();
        assert_eq!(rejected.unwrap_err().to_string(), taken);
        same.name = "Entra".into();
        db.write(|tx| tx.insert_connection(&same)).unwrap();
        same.name = format!(" {} ", okta.name);
        same.version += 1;
        let rejected = db.write(|tx| tx.update_connection(&same));
        assert_eq!(rejected.unwrap_err().to_string(), taken);
        // Another account may have the name.
        let mut other = connection(&theirs);
        other.name = okta.name.clone();
        db.write(|tx| tx.insert_connection(&other)).unwrap();
        let found = db.read(|tx| tx.connection_by_name(theirs.id, &okta.name)).unwrap();
        assert_eq!(found.map(|one| one.id), Some(other.id));
    }

    fn use_of_a_certificate_is_recorded_once_a_minute(db) {
        let (account, okta, _) = insert_account_with_user(db, "a");
        let at = |seconds| now() + TimeDelta::seconds(seconds);
        let record = |fingerprints: &[&str], seconds| {
            let fingerprints: Vec<_> = fingerprints.iter().map(|one| (*one).to_owned()).collect();
            let record = |tx: &mut usher::store::Tx<'_>| {
                tx.record_certificate_uses(account.id, okta.id, &fingerprints, at(seconds))
            };
            db.write(record).unwrap();
        };
        let uses = |account: AccountId| {
            let uses = db.read(|tx| tx.certificate_uses(account, okta.id)).unwrap();
            let read = |one: CertificateUse| {
                (one.fingerprint, (one.last_used_at - now()).num_seconds())
            };
            uses.into_iter().map(read).collect::<Vec<_>>()
        };
        let pair = |fingerprint: &str, seconds: i64| (fingerprint.to_owned(), seconds);
        record(&["old"], 0);
        record(&["old"], 30);
        assert_eq!(uses(account.id), [pair("old", 0)], "within the minute");
        record(&["old"], 90);
        assert_eq!(uses(account.id), [pair("old", 90)]);
        record(&["new"], 100);
        record(&["old"], 110);
        assert_eq!(uses(account.id), [pair("new", 100), pair("old", 110)], "the latest is exact");
        record(&["old", "new"], 200);
        assert_eq!(uses(account.id), [pair("new", 200), pair("old", 200)]);
        assert_eq!(uses(id()), []);
        db.write(|tx| tx.forget_certificate_use(account.id, okta.id, "old")).unwrap();
        assert_eq!(uses(account.id), [pair("new", 200)]);
    }

    fn metadata_is_stored_beside_its_connection(db) {
        let (account, okta, _) = insert_account_with_user(db, "a");
        let read = |account: AccountId| db.read(|tx| tx.idp_metadata(account, okta.id)).unwrap();
        assert_eq!(read(account.id), None);
        for xml in ["<a/>", "<b>\u{f6}</b>"] {
            db.write(|tx| tx.put_idp_metadata(account.id, okta.id, xml)).unwrap();
            assert_eq!(read(account.id).as_deref(), Some(xml));
            assert_eq!(read(id()), None, "another account's");
        }
        db.write(|tx| tx.delete_idp_metadata(account.id, okta.id)).unwrap();
        assert_eq!(read(account.id), None);
        db.write(|tx| {
            tx.put_idp_metadata(account.id, okta.id, "<c/>")?;
            tx.delete_connection(account.id, okta.id)
        })
        .unwrap();
        assert_eq!(read(account.id), None);
    }
}
