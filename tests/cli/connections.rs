//! `usher connection`

use serde_json::json;

use crate::{
    program::{Folder, identity_provider, now, rows},
    support::forge::Key,
};

const ENTITY_ID: &str = "https://idp.example/entity";
const SSO_URL: &str = "https://idp.example/sso";

/// The words of a command, with some more.
pub(crate) fn words<'a>(command: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [command, more].concat()
}

/// From its entity ID, its URL and a certificate in this file.
fn from_fields(certificate: &str) -> Vec<&str> {
    vec![
        "connection",
        "create",
        "--name",
        "Okta",
        "--idp-entity-id",
        ENTITY_ID,
        "--sso-url",
        SSO_URL,
        "--certificate",
        certificate,
    ]
}

/// A folder with the connection `Okta`.
pub(crate) fn connected() -> Folder {
    let folder = Folder::migrated();
    folder.file("idp.pem", Key::identity_provider(now()).certificate.to_pem().unwrap());
    folder.does(&from_fields("idp.pem"));
    folder
}

#[test]
fn a_connection_is_made_from_a_metadata_file() {
    let folder = Folder::migrated();
    let idp = identity_provider();
    folder.file("idp.xml", idp.metadata_xml().unwrap());
    let made = folder.tells(&["connection", "create", "--name", "Okta", "--metadata", "idp.xml"]);
    assert_eq!((&made["idpEntityId"], &made["ssoUrl"]), (&json!(ENTITY_ID), &json!(SSO_URL)));
    assert_eq!(made["enabled"], true);
    let certificates = made["certificates"].as_array().unwrap();
    assert_eq!(certificates.len(), 1);
    let fingerprint = usher::saml::keys::fingerprint(idp.certificate_der());
    assert_eq!(certificates[0]["fingerprint"], fingerprint);
    // What the identity provider's administrator needs.
    let id = made["id"].as_str().unwrap();
    let base = format!("http://localhost:8080/saml/{id}");
    assert_eq!(
        made["serviceProvider"],
        json!({
            "entityId": format!("{base}/metadata"),
            "metadataUrl": format!("{base}/metadata"),
            "acsUrl": format!("{base}/acs"),
            "loginUrl": format!("{base}/login"),
        })
    );
}

#[test]
fn a_connection_is_made_from_its_facts_with_a_certificate_in_any_form() {
    let folder = Folder::migrated();
    let key = Key::identity_provider(now());
    let pem = key.certificate.to_pem().unwrap();
    let text = String::from_utf8(pem.clone()).unwrap();
    let bare: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    folder.file("pem", pem);
    folder.file("der", key.der());
    folder.file("base64", bare);
    for file in ["pem", "der", "base64"] {
        let made = folder.tells(&from_fields(file));
        let fingerprint = usher::saml::keys::fingerprint(&key.der());
        assert_eq!(made["certificates"][0]["fingerprint"], fingerprint, "{file}");
    }
    // During a rollover there are several.
    folder.file("new", Key::attacker(now()).der());
    let made = folder.tells(&words(&from_fields("der"), &["--certificate", "new"]));
    assert_eq!(made["certificates"].as_array().unwrap().len(), 2);
}

#[test]
fn without_a_usable_certificate_there_is_no_connection() {
    let folder = Folder::migrated();
    let bare = ["connection", "create", "--name", "Okta", "--idp-entity-id", ENTITY_ID];
    let fields = words(&bare, &["--sso-url", SSO_URL]);
    let why = folder.refuses(&fields);
    assert!(why.contains("no signing certificate that can be used"), "{why}");

    let metadata = identity_provider().metadata_xml().unwrap();
    for (file, from, to) in [
        ("encryption.xml", "use=\"signing\"", "use=\"encryption\""),
        ("strange.xml", "use=\"signing\"", "use=\"Signing\""),
        ("keyless.xml", "md:KeyDescriptor", "md:Other"),
    ] {
        assert!(metadata.contains(from));
        folder.file(file, metadata.replace(from, to));
        let why = folder.refuses(&["connection", "create", "--name", "Okta", "--metadata", file]);
        assert!(
            why.to_lowercase().contains("sign") || why.contains("KeyDescriptor"),
            "{file}: {why}"
        );
    }

    let yesterday = now() - chrono::TimeDelta::days(400);
    folder.file("expired", Key::identity_provider(yesterday).der());
    let why = folder.refuses(&from_fields("expired"));
    assert!(why.contains("expired"), "{why}");
    folder.file("weak", Key::rsa(1024, now()).der());
    folder.refuses(&from_fields("weak"));
    folder.file("private", Key::attacker(now()).private.private_key_to_pem_pkcs8().unwrap());
    let why = folder.refuses(&from_fields("private"));
    assert!(why.contains("certificate"), "{why}");
    let why = folder.refuses(&from_fields("not there"));
    assert!(why.contains("not there: No such file"), "{why}");

    assert_eq!(folder.tells(&["connection", "list"]), json!([]));
}

#[test]
fn a_connection_that_nobody_may_use_yet_needs_no_certificate() {
    let folder = Folder::migrated();
    let fields = [
        "connection",
        "create",
        "--name",
        "Okta",
        "--idp-entity-id",
        ENTITY_ID,
        "--sso-url",
        SSO_URL,
        "--enabled=false",
    ];
    assert_eq!(folder.tells(&fields)["enabled"], false);
    let why = folder.refuses(&["connection", "set", "Okta", "--enabled"]);
    assert!(why.contains("no signing certificate that can be used"), "{why}");
    folder.file("idp.der", Key::identity_provider(now()).der());
    let set = folder.tells(&["connection", "set", "Okta", "--certificate", "idp.der", "--enabled"]);
    assert_eq!(set["enabled"], true);
}

#[test]
fn half_of_what_is_needed_is_not_enough() {
    let folder = Folder::migrated();
    folder.file("idp.xml", identity_provider().metadata_xml().unwrap());
    let create = ["connection", "create", "--name", "Okta"];
    for half in [
        &[][..],
        &["--idp-entity-id", ENTITY_ID],
        &["--sso-url", SSO_URL],
        &["--metadata-entity-id", ENTITY_ID],
        &["--metadata", "idp.xml", "--sso-url", SSO_URL],
        &["--metadata", "idp.xml", "--metadata-entity-id", "https://another.example"],
    ] {
        folder.refuses(&words(&create, half));
    }
    assert_eq!(folder.tells(&["connection", "list"]), json!([]));
}

#[test]
fn a_connection_is_found_by_its_id_or_its_name() {
    let folder = connected();
    let by_name = folder.tells(&["connection", "show", "Okta"]);
    let id = by_name["id"].as_str().unwrap();
    assert_eq!(folder.tells(&["connection", "show", id]), by_name);
    let why = folder.refuses(&["connection", "show", "okta"]);
    assert!(why.contains("there is no connection okta"), "{why}");
    folder.does(&from_fields("idp.pem"));
    let why = folder.refuses(&["connection", "show", "Okta"]);
    assert!(why.contains("the name of several connections"), "{why}");
    assert_eq!(folder.tells(&["connection", "show", id]), by_name);
}

#[test]
fn accounts_do_not_see_each_other_s_connections() {
    let folder = connected();
    folder.does(&["account", "create", "acme"]);
    assert_eq!(folder.tells(&["connection", "list", "--account", "acme"]), json!([]));
    let id = folder.tells(&["connection", "list"])[0]["id"].as_str().unwrap().to_owned();
    for command in [&["connection", "show", &id][..], &["connection", "set", &id, "--name", "x"]] {
        let why = folder.refuses(&words(command, &["--account", "acme"]));
        assert!(why.contains("there is no connection"), "{why}");
    }
    let why = folder.refuses(&["connection", "list", "--account", "nobody"]);
    assert!(why.contains("there is no account nobody"), "{why}");
}

#[test]
fn a_person_can_read_the_list_and_what_to_paste() {
    let folder = connected();
    let list = folder.does(&["connection", "list"]);
    let rows = rows(&list);
    assert_eq!(rows[0], ["connection", "id", "enabled", "identity provider"]);
    assert_eq!((rows[1][0], rows[1][2], rows[1][3]), ("Okta", "yes", ENTITY_ID));
    let shown = folder.does(&["connection", "show", "Okta"]);
    let id = rows[1][1];
    for words in [
        "For the identity provider:",
        &format!("http://localhost:8080/saml/{id}/acs"),
        &format!("http://localhost:8080/saml/{id}/metadata"),
        "check provision attribute",
        "SHA-256 ",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
}

/// Metadata comes from elsewhere: what it holds can't write to the terminal.
#[test]
fn a_hostile_name_can_not_steer_the_terminal() {
    let folder = Folder::migrated();
    let hostile = "Okta\u{1b}]0;owned\u{7}";
    let metadata = identity_provider().metadata_xml().unwrap();
    folder.file("idp.xml", metadata);
    let why = folder.refuses(&["connection", "create", "--name", hostile, "--metadata", "idp.xml"]);
    assert!(!why.contains('\u{1b}'), "{why}");
}
